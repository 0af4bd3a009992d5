# SPDX-License-Identifier: EUPL-1.2
"""The lines of a work list as HTML, every value escaped on its way in.

Fifty lines by the template language cost three times as much as everything else on the page (PERF), so this one piece
is written in Python. It draws what `site/_thread.html` draws small.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from types import MappingProxyType

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from melayani.cases.desk_queries import WorkRow
from melayani.cases.rules import Visibility
from melayani.cases.thread import Thread, drawn_thread
from melayani.desk.words import SHAPES, SHORT_STAGES, Timed, is_late, promise_words

PLACEHOLDER = "JT-0000-000"
HERE = ' aria-current="true"'
NOTHING_SAID: Mapping[str, str] = MappingProxyType({})


def lines(
    rows: Iterable[WorkRow],
    *,
    at: datetime,
    current: str = "",
    with_unit: bool = False,
    said: Mapping[str, str] = NOTHING_SAID,
    query: str = "",
) -> SafeString:
    """One `<li>` for each row; `current` is the number of the case beside the list.

    `said`: by number, a piece of the story to show below. `query`: what each address carries of the list (`came_from`).
    """
    before, after = reverse("desk:case", args=[PLACEHOLDER]).split(PLACEHOLDER)
    after += escape(f"?{query}") if query else ""
    states = {stage: escape(str(words)) for stage, words in SHORT_STAGES.items()}
    states[""] = escape(gettext("Lewat janji"))
    marks = {name: f" · {escape(words)}" for name, words in _marks().items()}
    # The one place that says of a text that it is HTML: `_line` has escaped every value in it.
    return SafeString(
        "".join(
            _line(
                row,
                link=f"{before}{escape(row.number)}{after}",
                states=states,
                marks=marks,
                at=at,
                unit=with_unit,
                here=row.number == current,
                said=said.get(row.number, ""),
            )
            for row in rows
        )
    )


def _marks() -> Mapping[str, str]:
    """Short words for what a case has beside its state."""
    return {"joined": gettext("+%(others)s ikut"), "photos": gettext("berfoto"), "secret": gettext("rahasia")}


def _line(
    row: WorkRow,
    *,
    link: str,
    states: Mapping[str, str],
    marks: Mapping[str, str],
    at: datetime,
    unit: bool,
    here: bool,
    said: str,
) -> str:
    late = is_late(row, at=at)
    more = (
        (f" · {escape(row.unit_name)}" if unit else "")
        + (marks["joined"] % {"others": row.joined} if row.joined else "")
        + (marks["photos"] if row.with_photos else "")
        + (marks["secret"] if row.visibility != Visibility.PUBLIC else "")
    )
    return (
        f'<li><a href="{link}"{HERE if here else ""}><span class="t">{escape(row.title)}</span> '
        f'<span class="m what">{escape(row.number)} · {escape(row.place_name.split(",", 1)[0])}{more}</span> '
        f'<span class="tag {"late" if late else SHAPES[row.stage]}">{states["" if late else row.stage]}</span> '
        f'<span class="m when{" late" if late else ""}">{escape(promise_words(row, at=at))}</span>'
        f"{_small(thread_of(row, at=at))}{_said(said) if said else ''}</a></li>"
    )


def _said(piece: str) -> str:
    return f'<span class="m said">“{escape(piece)}”</span>'


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
