# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `cases` exists."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """The room `cases`."""

    name = "melayani.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
