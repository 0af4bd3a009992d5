# SPDX-License-Identifier: EUPL-1.2
"""The board of a unit (LOOK): the threads of its open cases side by side over one span of time, as HTML.

Every value is escaped on its way in. The drawing repeats what the words of each line say; who does not see it misses
nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from html import escape

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from melayani.cases.desk_board import BoardRow
from melayani.desk.rows import PLACEHOLDER
from melayani.desk.words import SHAPES, SHORT_STAGES, is_late, promise_words
from melayani.ground.clock import jakarta

# Drawn are at most so many days before and after now; what lies outside begins or ends at the edge.
BACK, AHEAD = timedelta(days=28), timedelta(days=28)
LEAST_SPAN = timedelta(days=7)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Span:
    """The time that a board shows."""

    start: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """Where the moment lies, in percent of the width; outside at the edge."""
        share = (moment - self.start) / (self.end - self.start)
        return 100 * min(1.0, max(0.0, share))

    def holds(self, moment: datetime) -> bool:
        """Whether the moment is inside."""
        return self.start <= moment <= self.end

    def mondays(self) -> Iterator[datetime]:
        """The beginnings of weeks inside, in Jakarta."""
        first = jakarta(self.start)
        day = datetime.combine(first.date(), time(), tzinfo=first.tzinfo) + timedelta(days=-first.weekday() % 7)
        while day <= self.end:
            if day >= self.start:
                yield day
            day += WEEK


def span_of(rows: Sequence[BoardRow], *, at: datetime) -> Span:
    """From the first filing to the last promise: at least a week each way from now, at most four."""
    start = max(at - BACK, min((row.filed_at for row in rows), default=at))
    end = min(at + AHEAD, max((row.due_at for row in rows), default=at))
    return Span(start=min(start, at - LEAST_SPAN), end=max(end, at + LEAST_SPAN))


def board(rows: Sequence[BoardRow], *, at: datetime) -> SafeString:
    """One `<li>` for each case, after one with the weeks; empty for no cases."""
    if not rows:
        return SafeString("")
    span = span_of(rows, at=at)
    grid = _grid(span, at)
    before, after = reverse("desk:case", args=[PLACEHOLDER]).split(PLACEHOLDER)
    # `_line` and `_axis` have escaped every value.
    drawn = (_line(row, link=f"{before}{escape(row.number)}{after}", span=span, grid=grid, at=at) for row in rows)
    return SafeString(_axis(span, at) + "".join(drawn))


def _axis(span: Span, at: datetime) -> str:
    now = span.place(at)
    weeks = "".join(
        f'<text x="{x:.1f}%" y="14" text-anchor="middle">{escape(date_format(day, "j M"))}</text>'
        for day in span.mondays()
        if 3 < (x := span.place(day)) < 97 and abs(x - now) > 13  # room for a word
    )
    today = f'<text class="now" x="{now:.1f}%" y="14" text-anchor="middle">{escape(gettext("sekarang"))}</text>'
    return (
        f'<li class="axis" aria-hidden="true"><svg width="100%" height="20" focusable="false">{weeks}{today}</svg></li>'
    )


def _grid(span: Span, at: datetime) -> str:
    """The weeks and now, behind every thread at the same place."""
    weeks = "".join(_mark("week", span.place(day)) for day in span.mondays())
    return weeks + _mark("now", span.place(at))


def _mark(name: str, x: float) -> str:
    return f'<line class="{name}" x1="{x:.1f}%" y1="0" x2="{x:.1f}%" y2="100%"/>'


def _line(row: BoardRow, *, link: str, span: Span, grid: str, at: datetime) -> str:
    late = is_late(row, at=at)
    holder = row.officer_name or gettext("belum diambil")
    state = gettext("Lewat janji") if late else str(SHORT_STAGES[row.stage])
    return (
        f'<li><a href="{link}"><span class="t">{escape(row.title)}</span>'
        f'<span class="m">{escape(row.number)} · {escape(row.place_name.split(",", 1)[0])} · {escape(holder)}</span>'
        f'<span class="tag {"late" if late else SHAPES[row.stage]}">{escape(state)}</span>'
        f'<span class="m when{" late" if late else ""}">{escape(promise_words(row, at=at))}</span></a>'
        f'<svg class="strand{" late" if late else ""}{" paused" if row.asked_at else ""}" width="100%" height="100%" '
        f'aria-hidden="true" focusable="false">{grid}{"".join(_thread(row, span, at))}</svg></li>'
    )


def _thread(row: BoardRow, span: Span, at: datetime) -> Iterable[str]:
    """From the filing over the part that is behind us to the promise."""
    filed, goal, tip = span.place(row.filed_at), span.place(row.due_at), span.place(row.asked_at or at)
    yield f'<line class="way" x1="{filed:.1f}%" y1="50%" x2="{max(goal, tip):.1f}%" y2="50%"/>'
    yield f'<line class="done" x1="{filed:.1f}%" y1="50%" x2="{min(tip, goal):.1f}%" y2="50%"/>'
    if tip > goal:
        yield f'<line class="over" x1="{goal:.1f}%" y1="50%" x2="{tip:.1f}%" y2="50%"/>'
    if span.holds(row.filed_at):
        yield f'<circle class="knot" cx="{filed:.1f}%" cy="50%" r="3"/>'
    if span.holds(row.due_at):
        yield f'<circle class="goal" cx="{goal:.1f}%" cy="50%" r="4.5"/>'
