# SPDX-License-Identifier: EUPL-1.2
"""What the log says of itself, in leaves of a stream of its own: keys that change, lost leaves, the log it follows.

Source: LEDGER "Keys" (a new key is announced in a leaf signed under the old one) and "Restore" (a new origin starts
with a statement that names the old one). Statements are public: whoever asks gets data and salt.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from django.db.models import Max

from melayani.ground.canonical_json import Json
from melayani.ledger.actions import record
from melayani.ledger.models import Statement
from melayani.ledger.rules import STREAM_BYTES, new_salt

_SPAN = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
STREAM_LABEL = "melayani/log-stream/v1"


class StatementKind(StrEnum):
    """What a statement says; the kind of its ledger entry."""

    KEY_ANNOUNCED = "log.key_announced"  # data: {"purpose": "log" or "promise", "old": vkey, "new": vkey}
    KEY_RETIRED = "log.key_retired"  # data: {"purpose", "vkey"}: it signs no longer
    LEAVES_LOST = "log.leaves_lost"  # data: {"indexes": spans of leaf indexes, as `spans` writes them}
    LOG_OPENED = "log.opened"  # data: {"origin", "old_origin", "old_size", "old_root", "reason"}


def log_stream(origin: str) -> bytes:
    """The 16 bytes of the stream of the log `origin` itself; anybody can compute them."""
    return hashlib.sha256(f"{STREAM_LABEL}\n{origin}".encode()).digest()[:STREAM_BYTES]


def record_statement(*, kind: StatementKind, data: Mapping[str, Json], origin: str, at: datetime) -> Statement:
    """The statement is recorded like any act, and enters the tree with the next seal. Runs in the caller's transaction.

    Two at once: one of them fails at the unique sequence, and nothing of it is written.
    """
    last = Statement.objects.aggregate(last=Max("sequence"))["last"]
    sequence = 0 if last is None else last + 1
    entry = record(
        stream=log_stream(origin), sequence=sequence, kind=kind, event=data, salt=new_salt(), at=at, sealed=False
    )
    return Statement.objects.create(entry=entry, sequence=sequence, data=dict(data))


def spans(indexes: Iterable[int]) -> str:
    """These numbers, in order, as a text: `300-304,307`."""
    found: list[list[int]] = []
    for index in indexes:
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def is_within(index: int, said: str) -> bool:
    """Whether the number is among the spans that `spans` wrote; False for a text that it did not write."""
    for part in said.split(","):
        found = _SPAN.fullmatch(part)
        if found and int(found[1]) <= index <= int(found[2] or found[1]):
            return True
    return False
