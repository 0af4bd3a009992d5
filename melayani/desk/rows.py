# SPDX-License-Identifier: EUPL-1.2
"""The lines of a work list as HTML, every value escaped on its way in.

Fifty lines by the template language cost three times as much as everything else on the page (PERF), so this one piece
is written in Python. It draws what `site/_thread.html` draws small.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from melayani.cases.desk_queries import WorkRow
from melayani.cases.thread import Thread, drawn_thread
from melayani.desk.words import SHAPES, SHORT_STAGES, Timed, is_late, promise_words

_PLACEHOLDER = "JT-0000-000"
HERE = ' aria-current="true"'


def lines(rows: Iterable[WorkRow], *, at: datetime, current: str = "", with_unit: bool = False) -> SafeString:
    """One `<li>` for each row; `current` is the number of the case beside the list."""
    before, after = reverse("desk:case", args=[_PLACEHOLDER]).split(_PLACEHOLDER)
    states = {stage: escape(str(words)) for stage, words in SHORT_STAGES.items()}
    states[""] = escape(gettext("Lewat janji"))
    # The one place that says of a text that it is HTML: `_line` has escaped every value in it.
    return SafeString(
        "".join(
            _line(
                row,
                link=f"{before}{escape(row.number)}{after}",
                states=states,
                at=at,
                unit=with_unit,
                here=row.number == current,
            )
            for row in rows
        )
    )


def _line(row: WorkRow, *, link: str, states: Mapping[str, str], at: datetime, unit: bool, here: bool) -> str:
    late = is_late(row, at=at)
    return (
        f'<li><a href="{link}"{HERE if here else ""}><span class="t">{escape(row.title)}</span>'
        f'<span class="m what">{escape(row.number)} · {escape(row.place_name.split(",", 1)[0])}'
        f"{f' · {escape(row.unit_name)}' if unit else ''}</span>"
        f'<span class="tag {"late" if late else SHAPES[row.stage]}">{states["" if late else row.stage]}</span>'
        f'<span class="m when{" late" if late else ""}">{escape(promise_words(row, at=at))}</span>'
        f"{_small(thread_of(row, at=at))}</a></li>"
    )


def _small(thread: Thread) -> str:
    """The thread of one line: numbers only."""
    tip, goal = f"{thread.tip_at:.0f}%", f"{thread.goal_at:.0f}%"
    over = f'<line class="over" x1="{goal}" y1="6" x2="{tip}" y2="6"/>' if thread.late else ""
    return (
        f'<svg class="thread small{" late" if thread.late else ""}{" ended" if thread.ended else ""}" width="100%" '
        'height="12" aria-hidden="true" focusable="false"><line class="way" x1="0" y1="6" x2="100%" y2="6"/>'
        f'<line class="done" x1="0" y1="6" x2="{tip}" y2="6"/>{over}'
        f'<circle class="goal" cx="{goal}" cy="6" r="4"/></svg>'
    )


def thread_of(row: Timed, *, at: datetime, acts: Iterable[datetime] = ()) -> Thread:
    """The thread of a case at the desk: it runs to now, to the pause, or to the answer."""
    return drawn_thread(
        filed_at=row.filed_at,
        due_at=row.due_at,
        at=row.asked_at or at,
        ended_at=row.answered_at or row.closed_at,
        acts=acts,
    )
