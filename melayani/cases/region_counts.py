# SPDX-License-Identifier: EUPL-1.2
"""How many public cases wait for an answer in each place, for the map. Secret cases are in no number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from melayani.cases.models import Case
from melayani.cases.queries import in_figure
from melayani.cases.rules import WORKING_STAGES, Figure, Visibility
from melayani.government.models import Unit
from melayani.government.rules import parent_of


@dataclass(frozen=True)
class Unanswered:
    """Public cases without an answer: all of them, and those of them whose promise has passed."""

    all: int = 0
    late: int = 0

    def __add__(self, other: "Unanswered") -> "Unanswered":
        return Unanswered(all=self.all + other.all, late=self.late + other.late)

    def __sub__(self, other: "Unanswered") -> "Unanswered":
        return Unanswered(all=self.all - other.all, late=self.late - other.late)


def unanswered_by_place(*, at: datetime) -> Mapping[str, Unanswered]:
    """By the code of every place that has some, the places around included (`35.07` counts its villages); one query."""
    # Naming the units lets the database walk the index of their work lists instead of the whole table.
    waiting = Case.objects.filter(
        unit_id__in=Unit.objects.order_by().values("id"),
        stage__in=sorted(WORKING_STAGES),
        visibility=Visibility.PUBLIC,
    )
    counted = (
        waiting.order_by()
        .values_list("place_id")
        .annotate(all=Count("id"), late=Count("id", filter=in_figure(Figure.OVERDUE, at=at)))
    )
    sums: dict[str, Unanswered] = {}
    for code, all_, late in counted:
        around = code
        while around:
            sums[around] = sums.get(around, Unanswered()) + Unanswered(all=all_, late=late)
            around = parent_of(around)
    return sums
