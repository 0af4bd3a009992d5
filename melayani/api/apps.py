# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `api` exists."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The room `api`."""

    name = "melayani.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
