# SPDX-License-Identifier: EUPL-1.2
"""What administrators ask about cases: how many, where they went, when a system last filed one. Never a text.

Each question costs the same beside a thousand cases and a million: counting stops, and the past is read back from the
newest case up to a fixed number.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from melayani.cases.models import Case
from melayani.cases.rules import WITH_UNIT, WORKING_STAGES, Visibility
from melayani.triage.rules import PastCase

# Counting stops here ("1.000+").
MOST_COUNTED = 1000
# How many of the newest cases a question about the past goes back, and how far at most.
MOST_PAST = 30_000
PAST = timedelta(days=30)


@dataclass(frozen=True)
class PastCases:
    """Cases filed since `since`. `whole` is false when more were filed in the time asked for than are read back.

    The number of a secret case is empty: who administers does not learn that there is one.
    """

    cases: tuple[PastCase, ...]
    since: datetime
    whole: bool


def open_cases_in(unit_id: int) -> int:
    """How many cases of the unit are open, counted up to 1,000."""
    held = Case.objects.filter(unit_id=unit_id, stage__in=sorted(WORKING_STAGES))
    return held.values("id")[:MOST_COUNTED].count()


def cases_held_in(*, officer_id: int, unit_id: int) -> int:
    """How many open cases of the unit the officer holds."""
    return Case.objects.filter(officer_id=officer_id, unit_id=unit_id, stage__in=sorted(WITH_UNIT)).count()


def past_cases(*, topics: Collection[str], at: datetime, most: int = MOST_PAST) -> PastCases:
    """What was filed about these topics in the last thirty days, the newest first, as a dry run needs it.

    Of the newest `most` cases only, so that the question is answered at once in any size of database. Three queries,
    one more when not all of the time was read.
    """
    since, beyond = at - PAST, _beyond_newest(most)
    left_out = Case.objects.filter(pk__lte=beyond).order_by("-pk").values_list("filed_at", flat=True).first()
    whole = left_out is None or left_out < since
    rows = (
        Case.objects.filter(pk__gt=beyond, filed_at__gte=since, topic_id__in=sorted(topics))
        .order_by("-pk")
        .values_list("topic_id", "service__code", "place_id", "unit__code", "number", "visibility")
    )
    cases = tuple(
        PastCase(topic or "", service or "", place, unit, number if visibility == Visibility.PUBLIC else "")
        for topic, service, place, unit, number, visibility in rows
    )
    return PastCases(cases=cases, since=since if whole else _first_filing_after(beyond) or since, whole=whole)


def last_filings(*, most: int = MOST_PAST) -> Mapping[int, datetime]:
    """When each other system (by internal id) last filed, as far as the newest `most` cases tell. Two queries."""
    filed = Case.objects.filter(pk__gt=_beyond_newest(most), client__isnull=False)
    rows = filed.order_by().values_list("client_id").annotate(last=Max("filed_at"))
    return {client_id: last for client_id, last in rows if client_id is not None}


def _first_filing_after(pk: int) -> datetime | None:
    return Case.objects.filter(pk__gt=pk).order_by("pk").values_list("filed_at", flat=True).first()


def _beyond_newest(most: int) -> int:
    """The id below which cases are not among the newest `most`: numbers are given one after another."""
    return int(Case.objects.aggregate(newest=Max("pk", default=0))["newest"]) - most
