# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `portal` exists."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The room `portal`."""

    name = "melayani.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
