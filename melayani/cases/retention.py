# SPDX-License-Identifier: EUPL-1.2
"""How long closed cases are kept: the period, and the cases whose time has passed.

Source: DOMAIN (archives): no figure for complaints is known, so nothing is erased until the archivist has set one. The
period is a limit of the catalogue (`retention_days`), with its source; 0 = not set, everything is kept.
"""

from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractYear

from melayani.cases.models import Case
from melayani.cases.rules import Stage
from melayani.catalogue.queries import limit
from melayani.catalogue.rules import RETENTION


def kept_since(*, at: datetime) -> datetime | None:
    """Cases closed before this moment have been kept for long enough; None while no period is set."""
    days = limit(RETENTION).days
    return at - timedelta(days=days) if days else None


def past_retention(*, at: datetime) -> "QuerySet[Case]":
    """The cases whose time has passed: closed for longer than the period and not erased yet, the oldest first.

    A case that was opened again is not closed and stays.
    """
    since = kept_since(at=at)
    if since is None:
        return Case.objects.none()
    return Case.objects.filter(stage=Stage.CLOSED, closed_at__lt=since, erased_at__isnull=True).order_by("id")


def counted_by_year(*, at: datetime) -> dict[int, int]:
    """How many cases are past their time, by the year (in Jakarta) in which they were closed."""
    years = past_retention(at=at).order_by().annotate(year=ExtractYear("closed_at")).values("year")
    return {row["year"]: row["count"] for row in years.annotate(count=Count("id")).order_by("year")}


def numbers_past(*, at: datetime) -> list[str]:
    """The numbers of the cases whose time has passed, in order."""
    return list(past_retention(at=at).values_list("number", flat=True))
