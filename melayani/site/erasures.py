# SPDX-License-Identifier: EUPL-1.2
"""Erasing as a whole: remembered beside the keys first, then rows, then files, then what the database still holds.

Every step can be repeated: whatever a crash left undone, `replay_erasures` finishes at the next start of the worker,
and after an old backup was restored it erases again what the backup brought back.
"""

import base64
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from melayani.cases.erasing import Reason, erase_case
from melayani.cases.erasure_list import note_done, note_erasure, noted_erasures
from melayani.cases.files import FORGOTTEN_AT_ONCE, remove_erased_files
from melayani.cases.models import Case
from melayani.cases.rules import EventKind, UnknownCase
from melayani.ledger.models import LostLeaf
from melayani.site.traces import MOST_TRACES, wipe

log = logging.getLogger("melayani.erasures")
AT_ONCE = 500


@dataclass(frozen=True)
class Report:
    """How many cases were erased now. `clean`: nothing of them lies in the files of the database any more."""

    erased: int
    clean: bool


def erase(
    numbers: Sequence[str],
    *,
    reason: Reason,
    at: datetime,
    closed_before: datetime | None = None,
    told: Callable[[int], None] | None = None,
    any_hour: bool = False,
) -> Report:
    """These cases are erased; `told` hears after each how many are done. An erased one is only cleaned up after.

    With `closed_before` those that were not closed before that moment are left. `any_hour`: a large database file may
    be written anew at once, although nobody can file anything meanwhile (`traces.wipe`). Raises `UnknownCase` before
    anything is erased when one does not exist, and OSError when an erasure cannot be remembered: then that case is
    kept.
    """
    if not numbers:
        return Report(erased=0, clean=True)
    known = {number for number, _, _ in _known(numbers)}
    if not known.issuperset(numbers):
        raise UnknownCase("unknown_case", "Kasus dengan nomor ini tidak ada.")
    unfinished = {one.stream: one.reason for one in noted_erasures(_keys()) if not one.done}
    touched: list[bytes] = []
    traces: list[bytes] | None = []
    erased = 0
    for done, number in enumerate(numbers, start=1):

        def remember(stream: bytes, number: str = number) -> None:
            touched.append(stream)
            if unfinished.get(stream) is not reason:
                note_erasure(
                    keys=_keys(), stream=stream, number=number, reason=reason, at=at, closed_before=closed_before
                )

        found = erase_case(number=number, reason=reason, at=at, first=remember, closed_before=closed_before)
        erased += not (found.already or found.kept)
        # Very many are not looked for one by one (`traces.wipe`), so they need not be remembered.
        traces = None if traces is None or len(traces) > MOST_TRACES else [*traces, *found.traces]
        if told is not None:
            told(done)
    return Report(erased=erased, clean=_finished(touched, traces, at=at, any_hour=any_hour))


def _finished(
    streams: Sequence[bytes], traces: Sequence[bytes] | None, *, at: datetime, any_hour: bool = False
) -> bool:
    """Files and traces of these erasures are gone, and it is noted; False when that must wait. None: unknown traces."""
    while remove_erased_files() == FORGOTTEN_AT_ONCE:
        pass
    if not streams:
        return True
    if not wipe(traces, at=at, any_hour=any_hour):
        log.warning("traces left")
        return False
    for stream in streams:
        note_done(keys=_keys(), stream=stream)
    return True


def replay_erasures(*, at: datetime) -> int:
    """Every erasure that is remembered beside the keys has happened in this database; answers how many happened now.

    What was begun before a crash is carried through, and what an old backup brought back is erased again, under the
    reason of then. Cheap when there is nothing to do: one read of the file and one query for each 500 lines.
    """
    noted = noted_erasures(_keys())
    there = {stream: gone for _, stream, gone in _known([one.number for one in noted])}
    again = [one for one in noted if one.stream in there and not there[one.stream]]
    erased = 0
    for reason in Reason:
        sure = [one.number for one in again if one.reason is reason and (one.done or reason is not Reason.RETENTION)]
        erased += erase(sure, reason=reason, at=at).erased
    # Of these it is not known whether they were erased; a citizen may have opened them again meanwhile.
    for one in again:
        if one.reason is Reason.RETENTION and not one.done:
            limit = one.closed_before or at
            erased += erase([one.number], reason=Reason.RETENTION, at=at, closed_before=limit).erased
    # Erased before the crash, but not cleaned up after: what to look for is no longer known.
    _finished([one.stream for one in noted if not one.done and there.get(one.stream)], None, at=at)
    if erased:
        log.info("erasures replayed", extra={"count": erased})
    return erased


def erase_lost(*, at: datetime) -> int:
    """Cases whose erasure is only a lost leaf by now are erased again; answers how many.

    An old backup brought them back, and the copy of the keys was older than their erasure too. Of secret cases a leaf
    does not tell the stream: for them only the list beside the keys helps.
    """
    streams: list[bytes] = []
    for leaf in LostLeaf.objects.values_list("leaf", flat=True).iterator():
        said = json.loads(bytes(leaf))
        if said["k"] == EventKind.ERASED:
            streams.append(base64.b64decode(said["s"]))
    numbers = list(Case.objects.filter(stream__in=streams, erased_at__isnull=True).values_list("number", flat=True))
    return erase(numbers, reason=Reason.BEFORE, at=at).erased


def finish(number: str, *, at: datetime, any_hour: bool = False) -> bool:
    """Whether nothing is left of an erased case in the files of the database; what was left goes now if it may."""
    stream = next((stream for _, stream, gone in _known([number]) if gone), None)
    waiting = [one.stream for one in noted_erasures(_keys()) if one.stream == stream and not one.done]
    return _finished(waiting, None, at=at, any_hour=any_hour)


def _known(numbers: Sequence[str]) -> list[tuple[str, bytes, bool]]:
    """Number, stream and whether it is erased, of those of these cases that exist."""
    found: list[tuple[str, bytes, bool]] = []
    for start in range(0, len(numbers), AT_ONCE):
        rows = Case.objects.filter(number__in=numbers[start : start + AT_ONCE])
        found += [
            (number, bytes(stream), erased is not None)
            for number, stream, erased in rows.values_list("number", "stream", "erased_at")
        ]
    return found


def _keys() -> Path:
    return Path(settings.KEYS)
