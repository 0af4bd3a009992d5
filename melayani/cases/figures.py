# SPDX-License-Identifier: EUPL-1.2
"""The public figures in sum, and what is late: what the public may ask of us first. Secret cases are not in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from melayani.cases.models import Case
from melayani.cases.queries import CaseRow, in_figure, rows_of
from melayani.cases.rules import WORKING_STAGES, Figure, Visibility
from melayani.government.models import Unit


@dataclass(frozen=True)
class Figures:
    """How many public cases are in each figure; every one is in exactly one, so that they add up to `total`.

    `fallen_due`: those whose promise has been put to the test, by an answer or because its day has passed; `kept`:
    those of them that were answered in time and never late.
    """

    counts: Mapping[Figure, int]
    fallen_due: int = 0
    kept: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def kept_of_100(self) -> int | None:
        """How many promises of a hundred were kept, rounded down so that 100 means all; None when none was tested."""
        return self.kept * 100 // self.fallen_due if self.fallen_due else None


def public_figures(*, since: datetime, at: datetime) -> Figures:
    """The figures at the moment `at` of the public cases filed after `since`; one query along the public list."""
    late = in_figure(Figure.OVERDUE, at=at) | Q(broken=True)
    in_time = Q(answered_at__lte=F("due_at"))
    found = Case.objects.filter(visibility=Visibility.PUBLIC, filed_at__gt=since).aggregate(
        **{figure.value: Count("id", filter=in_figure(figure, at=at)) for figure in Figure},
        fallen_due=Count("id", filter=late | Q(answered_at__isnull=False)),
        kept=Count("id", filter=in_time & ~late),
    )
    return Figures(
        counts={figure: int(found[figure.value]) for figure in Figure},
        fallen_due=int(found["fallen_due"]),
        kept=int(found["kept"]),
    )


def most_overdue(*, at: datetime, limit: int) -> tuple[CaseRow, ...]:
    """The public cases whose promise passed first and that have no answer yet; one query."""
    return rows_of(_overdue(at).order_by("due_at", "id")[:limit])


def overdue_total(*, at: datetime) -> int:
    """How many public cases are late and have no answer yet; one query."""
    return _overdue(at).count()


def _overdue(at: datetime) -> "QuerySet[Case]":
    # Naming units and stages lets the database walk the index of the work lists: only what is late is touched.
    return Case.objects.filter(
        in_figure(Figure.OVERDUE, at=at),
        unit_id__in=Unit.objects.order_by().values("id"),
        stage__in=sorted(WORKING_STAGES),
        due_at__lt=at,
        visibility=Visibility.PUBLIC,
    )
