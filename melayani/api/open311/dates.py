# SPDX-License-Identifier: EUPL-1.2
"""Dates of the standard: ISO 8601 as in the note of the W3C, always with a zone. A bare date is a day in Jakarta."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from melayani.api.open311.errors import CallRefused
from melayani.api.open311.reading import Fields
from melayani.ground.clock import JAKARTA, jakarta

DEFAULT_SPAN = timedelta(days=90)
# "Since ever" and "for ever" are asked for with the first and last moments of a calendar; nothing here is that old.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)

_W3C = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?P<clock>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.](?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]))?"
)


@dataclass(frozen=True)
class Stretch:
    """A moment as precise as it was written: from `start` until just before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Span:
    """From `since` until just before `before`."""

    since: datetime
    before: datetime


def written_moment(moment: datetime) -> str:
    """The moment as answers carry it: Jakarta time, whole seconds, `2026-01-05T09:00:00+07:00`."""
    return jakarta(moment).replace(microsecond=0).isoformat()


def read_moment(text: str) -> Stretch | None:
    """The moment written in `text`; None when it is none, or has no zone. A bare date lasts a whole day in Jakarta."""
    # An unescaped "+" of a zone arrives as a blank.
    match = _W3C.fullmatch(text.strip().replace(" ", "+").upper())
    if match is None:
        return None
    try:
        if match["clock"] is None:
            start = datetime.fromisoformat(match["day"]).replace(tzinfo=JAKARTA)
            length = timedelta(days=1)
        else:
            fraction = (match["fraction"] or "")[:6]
            clock = f"{match['clock']}:{match['second'] or '00'}.{fraction:0<6}"
            start = datetime.fromisoformat(f"{match['day']}T{clock}{match['zone'].replace('Z', '+00:00')}")
            length = timedelta(minutes=1) if match["second"] is None else timedelta(seconds=1)
            length = timedelta(microseconds=1) if fraction else length
        first = start.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Stretch(start=start, end=min(first, LATEST - length) + length)


def read_span(fields: Fields, *, at: datetime, both: bool = False) -> Span:
    """The span of `start_date` and `end_date`, both ends included; by default the last 90 days up to `at`.

    `both` = neither or both must be sent. Raises a 400 naming what is wrong.
    """
    start, end = (_date(fields, name) for name in ("start_date", "end_date"))
    if both and bool(fields.all("start_date")) != bool(fields.all("end_date")):
        fields.problems.append("Kirim start_date dan end_date bersama, atau tidak keduanya.")
    fields.refuse_problems()
    if start and end and start.start >= end.end:
        raise CallRefused(400, "end_date lebih awal daripada start_date.")
    before = end.end if end else at + timedelta(seconds=1)
    since = start.start if start else max(end.start if end else at, EARLIEST) - DEFAULT_SPAN
    return Span(since=max(since, EARLIEST), before=before)


def _date(fields: Fields, name: str) -> Stretch | None:
    text = fields.one(name, most=60)
    if not text:
        return None
    found = read_moment(text)
    if found is None:
        fields.problems.append(f"{name} tidak terbaca. Tulis seperti 2026-01-05T09:00:00+07:00.")
    return found
