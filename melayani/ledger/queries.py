# SPDX-License-Identifier: EUPL-1.2
"""Reads of the ledger that anybody may ask for."""

from dataclasses import dataclass
from datetime import UTC, datetime

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.note import split_note
from melayani.ledger.tiles import TilesRefused


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


@dataclass(frozen=True)
class LogState:
    """How many leaves the published checkpoint covers (None = none yet), when it was signed, and why nothing is signed.

    `refusal` is the code of the reason, empty when all is well.
    """

    size: int | None
    signed_at: datetime | None
    refusal: str


def log_state(files: LogFiles) -> LogState:
    """The state of the log at this moment, from its files alone."""
    note, refusal = files.published(), files.refusal()
    try:
        signed = files.signed()
    except TilesRefused as refused:
        signed, refusal = None, refused.code
    if note is None:
        return LogState(size=None, signed_at=None, refusal=refusal)
    moment = None if signed is None else datetime.fromtimestamp(signed.signed_at, tz=UTC)
    return LogState(size=parse_checkpoint(split_note(note).text).size, signed_at=moment, refusal=refusal)
