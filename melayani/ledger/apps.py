# SPDX-License-Identifier: EUPL-1.2
"""Tells Django that the room `ledger` exists."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room `ledger`."""

    name = "melayani.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
