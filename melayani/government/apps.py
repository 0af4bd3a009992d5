# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `government` exists."""

from django.apps import AppConfig


class GovernmentConfig(AppConfig):
    """The room `government`."""

    name = "melayani.government"
    label = "government"
    default_auto_field = "django.db.models.BigAutoField"
