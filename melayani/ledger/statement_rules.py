# SPDX-License-Identifier: EUPL-1.2
"""What the log says of itself, as far as nobody needs a database for it: the kinds, the stream, spans of leaves. Pure.

Source: LEDGER "Keys" and "Restore". A monitor reads statements with this alone.
"""

import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import accumulate

from melayani.ledger.encodings import write_base64
from melayani.ledger.rules import STREAM_BYTES

_SPAN = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
STREAM_LABEL = "melayani/log-stream/v1"
# What one statement may list, so that its receipt stays small enough to be read.
MOST_SPANS = 1_000


class StatementKind(StrEnum):
    """What a statement says; the kind of its ledger entry."""

    KEY_ANNOUNCED = "log.key_announced"  # data: {"purpose": "log" or "promise", "old": vkey, "new": vkey}
    KEY_RETIRED = "log.key_retired"  # data: {"purpose", "vkey"}: it signs no longer
    LEAVES_LOST = "log.leaves_lost"  # data: {"indexes": spans of leaf indexes, as `spans` writes them}
    LOG_OPENED = "log.opened"  # data: {"origin", "old_origin", "old_size", "old_root", "reason"}


def log_stream(origin: str) -> bytes:
    """The 16 bytes of the stream of the log `origin` itself; anybody can compute them."""
    return hashlib.sha256(f"{STREAM_LABEL}\n{origin}".encode()).digest()[:STREAM_BYTES]


def statement_number(leaf: bytes, *, stream: bytes) -> int | None:
    """The number under which the log whose own stream this is shows the statement in `leaf`; None for another leaf."""
    written = write_base64(stream)
    if f'"s":"{written}"'.encode() not in leaf:
        return None
    try:
        said = json.loads(leaf)
    except (ValueError, RecursionError):
        return None
    number = said.get("n") if isinstance(said, dict) and said.get("s") == written else None
    return number if type(number) is int and number >= 0 else None


def spans(indexes: Iterable[int]) -> str:
    """These numbers, in order, as a text: `300-304,307`."""
    found: list[list[int]] = []
    for index in indexes:
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def in_parts(said: str, *, most: int = MOST_SPANS) -> Iterator[str]:
    """The same spans in texts of at most `most` of them each."""
    pieces = said.split(",")
    for start in range(0, len(pieces), most):
        yield ",".join(pieces[start : start + most])


class Spans:
    """The numbers that texts of `spans` name; to find one among very many takes a bisection. Other texts name nothing.

    `index in Spans(texts)` is the question.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = sorted((int(each[1]), int(each[2] or each[1])) for text in texts for each in _read(text))
        self._firsts = [first for first, _ in found]
        # How far any of the spans reaches that begin here or earlier: they may overlap.
        self._lasts = list(accumulate((last for _, last in found), max))

    def __contains__(self, index: int) -> bool:
        place = bisect_right(self._firsts, index) - 1
        return place >= 0 and index <= self._lasts[place]


def _read(text: str) -> Iterator[re.Match[str]]:
    return (found for part in text.split(",") if (found := _SPAN.fullmatch(part)))
