# SPDX-License-Identifier: EUPL-1.2
"""The lines of a work list as HTML, every value escaped by `format_html`.

Fifty lines by the template language cost three times as much as everything else on the page (PERF), so this one piece
is written in Python; its marks are those of the look.
"""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from melayani.cases.queries import CaseRow
from melayani.desk.words import SHAPES, SHORT_STAGES, is_late, promise_words

_PLACEHOLDER = "JT-0000-000"
_LINE = (
    '<li><a href="{href}"{current}><span class="t">{title}</span><span class="tag {shape}">{state}</span>'
    '<span class="m">{number} · {place}{unit}</span><span class="m {late}">{promise}</span>'
    '<svg class="thread {late}" viewBox="0 0 300 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
    '<line class="way" x1="4" y1="4" x2="296" y2="4"/><line class="done" x1="4" y1="4" x2="{used}" y2="4"/></svg>'
    "</a></li>"
)
_CURRENT = format_html(' aria-current="{}"', "true")


def lines(rows: Iterable[CaseRow], *, at: datetime, current: str = "", with_unit: bool = False) -> SafeString:
    """One `<li>` for each row; `current` is the number of the case beside the list."""
    before, after = reverse("desk:case", args=[_PLACEHOLDER]).split(_PLACEHOLDER)
    return format_html_join(
        "", "{}", ((_line(row, f"{before}{row.number}{after}", at, current, with_unit),) for row in rows)
    )


def _line(row: CaseRow, href: str, at: datetime, current: str, with_unit: bool) -> SafeString:
    late = is_late(row, at=at)
    return format_html(
        _LINE,
        href=href,
        current=_CURRENT if row.number == current else "",
        title=row.title,
        shape="late" if late else SHAPES[row.stage],
        state=gettext("Lewat janji") if late else SHORT_STAGES[row.stage],
        number=row.number,
        place=row.place_name.split(",", 1)[0],
        unit=f" · {row.unit_name}" if with_unit else "",
        late="late" if late else "",
        promise=promise_words(row, at=at),
        used=f"{4 + 292 * used_share(row, at=at):.0f}",
    )


def used_share(row: CaseRow, *, at: datetime) -> float:
    """How much of the promised time is used, 0 to 1: up to now, the pause, or the answer."""
    end = row.answered_at or row.closed_at or row.asked_at or at
    whole = (row.due_at - row.filed_at).total_seconds()
    return 1.0 if whole <= 0 else min(1.0, max(0.0, (end - row.filed_at).total_seconds() / whole))
