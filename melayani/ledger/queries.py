# SPDX-License-Identifier: EUPL-1.2
"""Reads of the ledger that anybody may ask for."""

from dataclasses import dataclass
from datetime import UTC, datetime

from melayani.ledger.models import Entry


@dataclass(frozen=True)
class LedgerState:
    """How far the ledger is: the last position and when its act was recorded (None = none yet), and how many wait."""

    last_position: int | None
    last_recorded_at: datetime | None
    waiting: int


def ledger_state() -> LedgerState:
    """The state of this moment; two queries along indexes."""
    last = (
        Entry.objects.filter(position__isnull=False)
        .order_by("-position")
        .values_list("position", "recorded_at")
        .first()
    )
    waiting = Entry.objects.filter(position__isnull=True).count()
    if last is None:
        return LedgerState(last_position=None, last_recorded_at=None, waiting=waiting)
    return LedgerState(last_position=last[0], last_recorded_at=datetime.fromtimestamp(last[1], tz=UTC), waiting=waiting)
