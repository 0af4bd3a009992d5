# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `desk` exists."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The room `desk`."""

    name = "melayani.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"
