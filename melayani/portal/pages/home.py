# SPDX-License-Identifier: EUPL-1.2
"""The first page: what a person can do here, and how we are doing, late cases included."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from melayani.cases.figures import Figures, most_overdue, overdue_total, public_figures
from melayani.cases.queries import CaseRow, public_cases
from melayani.cases.rules import Figure
from melayani.ground.clock import now
from melayani.ground.memo import remembered
from melayani.portal.answering import page
from melayani.portal.standing import listed

PERIOD = timedelta(days=30)
MOST_LATE = 5
MOST_NEW = 5
# What is neither waiting nor answered nor confirmed: closed in another way, each told apart in the list of cases.
_OTHER = (
    Figure.SILENCE,
    Figure.EXPLAINED_NO,
    Figure.REFERRED,
    Figure.DUPLICATE,
    Figure.WITHDRAWN,
    Figure.UNREACHABLE,
    Figure.OUT_OF_SCOPE,
)


@dataclass(frozen=True)
class Front:
    """What the first page tells about cases."""

    figures: Figures
    late: tuple[CaseRow, ...]
    newest: tuple[CaseRow, ...]


@remembered(seconds=15)
def front() -> Front:
    """The figures and the two short lists, at most fifteen seconds old; three queries."""
    at = now()
    return Front(
        figures=public_figures(since=at - PERIOD, at=at),
        late=most_overdue(at=at, limit=MOST_LATE),
        newest=public_cases(at=at, limit=MOST_NEW).rows,
    )


@remembered(seconds=60)
def late_in_all() -> int:
    """How many public cases are late now, at most a minute old; one query."""
    return overdue_total(at=now())


def _facts(figures: Figures) -> list[tuple[int, Promise, str, str]]:
    """(count, words, mark, filter word) of each line; they add up to the total."""
    count = figures.counts
    return [
        (count[Figure.WAITING], _("menunggu jawaban, masih dalam janji"), "work", "menunggu"),
        (count[Figure.OVERDUE], _("lewat janji, belum dijawab"), "late", "lewat-janji"),
        (count[Figure.UNCONFIRMED], _("dijawab, belum dikonfirmasi warga"), "open", "dijawab"),
        (count[Figure.CONFIRMED], _("dinyatakan selesai oleh warga sendiri"), "done", "selesai"),
        (sum(count[figure] for figure in _OTHER), _("ditutup dengan hasil lain"), "done", ""),
    ]


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """What you can do, the figures of the last thirty days, the latest promises broken, the newest cases."""
    seen, at = front(), now()
    context = {
        "total": seen.figures.total,
        "facts": _facts(seen.figures),
        "fallen_due": seen.figures.fallen_due,
        "kept_of_100": seen.figures.kept_of_100,
        "since": at - PERIOD,
        "today": at,
        "late": listed(seen.late, at=at),
        "late_in_all": max(late_in_all(), len(seen.late)),
        "newest": listed(seen.newest, at=at),
    }
    return page(request, "home", context)
