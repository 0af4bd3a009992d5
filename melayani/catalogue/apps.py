# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `catalogue` exists."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """The room `catalogue`."""

    name = "melayani.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
