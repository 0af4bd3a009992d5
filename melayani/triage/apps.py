# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `triage` exists."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """The room `triage`."""

    name = "melayani.triage"
    label = "triage"
    default_auto_field = "django.db.models.BigAutoField"
