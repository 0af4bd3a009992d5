# SPDX-License-Identifier: EUPL-1.2
"""The public figures in sum, and what is late: what the public may ask of us first. Secret cases are not in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from melayani.cases.models import Case
from melayani.cases.queries import CaseRow, in_figure, rows_of
from melayani.cases.rules import Figure, Visibility


@dataclass(frozen=True)
class Figures:
    """How many public cases are in each figure; every one is in exactly one, so that they add up to `total`."""

    counts: Mapping[Figure, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def public_figures(*, since: datetime, at: datetime) -> Figures:
    """The figures at the moment `at` of the public cases filed after `since`; one query along the public list."""
    found = Case.objects.filter(visibility=Visibility.PUBLIC, filed_at__gt=since).aggregate(
        **{figure.value: Count("id", filter=in_figure(figure, at=at)) for figure in Figure}
    )
    return Figures(counts={figure: int(found[figure.value]) for figure in Figure})


def most_overdue(*, at: datetime, limit: int) -> tuple[CaseRow, ...]:
    """The public cases whose promise passed first and that have no answer yet; one query."""
    late = Case.objects.filter(in_figure(Figure.OVERDUE, at=at), visibility=Visibility.PUBLIC)
    return rows_of(late.order_by("due_at", "id")[:limit])
