# SPDX-License-Identifier: EUPL-1.2
"""What Open311 clients read of cases: requests and their updates, public ones only, each list by one query.

Nothing here opens a sealed text: a description exists only when it was released.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from melayani.cases.models import Attachment, Case, Event
from melayani.cases.rules import NO_NEWS, EventKind, FileKind, Stage, Visibility

MOST_ROWS = 1000
# How far a client's clock may be ahead of ours: it names no later moment for what it tells us.
CLOCKS_DIFFER = timedelta(days=1)
# Others who join, what is added to a case and what is erased change nothing of its state: an update would only seem to.
NO_UPDATES = NO_NEWS | {EventKind.JOINED, EventKind.FILES_ADDED, EventKind.ERASED}


@dataclass(frozen=True)
class RequestRow:
    """A public case as a service request. `text` is the released description, None while it is held."""

    number: str
    stage: str
    outcome: str
    referred_to: str
    service_code: str | None
    service_name: str | None
    topic_name: str
    unit_name: str
    filed_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    due_at: datetime
    place_name: str
    place_code: str
    postal_code: str
    latitude: float | None
    longitude: float | None
    text: str | None
    media_url: str | None
    # The name of a released photo.
    photo: str | None = None


_REQUEST_COLUMNS = (
    "number", "stage", "outcome", "referred_to", "service__code", "service__name", "topic_name", "unit_name",
    "filed_at", "updated_at", "closed_at", "due_at", "place_name", "place_id", "place__postal_code", "latitude",
    "longitude", "filing__text__released", "filing__text__released_media_url", "photo",
)  # fmt: skip


@dataclass(frozen=True)
class UpdateRow:
    """A public happening of a public case. `data` is the event's; only chosen parts of it may be shown."""

    number: str
    sequence: int
    kind: str
    at: datetime
    data: dict[str, Any]
    text: str | None
    media_url: str | None
    # The name of a released photo.
    photo: str | None = None


_UPDATE_COLUMNS = (
    "case__number", "sequence", "kind", "at", "data", "text__released", "text__released_media_url", "photo",
)  # fmt: skip


@dataclass(frozen=True)
class UpdateTarget:
    """What must be known before a client's update is looked at: who filed the case, and whether it is public."""

    client_id: int | None
    is_public: bool


def requests_by_number(numbers: Sequence[str]) -> tuple[RequestRow, ...]:
    """The public cases with these numbers (at most `MOST_ROWS`), newest first; others are left out."""
    return _requests(Case.objects.filter(number__in=numbers[:MOST_ROWS]))


def requests_filed(
    *, since: datetime, before: datetime, services: Sequence[str] = (), closed: bool | None = None
) -> tuple[RequestRow, ...]:
    """The public cases filed from `since` and before `before`, newest first, at most `MOST_ROWS`.

    `services` are codes, none = of all services and of none; `closed` None = whatever the stage.
    """
    cases = Case.objects.filter(filed_at__gte=since, filed_at__lt=before)
    if services:
        cases = cases.filter(service__code__in=services)
    if closed is not None:
        cases = cases.filter(stage=Stage.CLOSED) if closed else cases.exclude(stage=Stage.CLOSED)
    return _requests(cases)


def _requests(cases: "QuerySet[Case]") -> tuple[RequestRow, ...]:
    rows = (
        cases.filter(visibility=Visibility.PUBLIC)
        .annotate(filing=FilteredRelation("events", condition=Q(events__sequence=0)), photo=_photo_of("filing__pk"))
        .order_by("-filed_at", "-id")
        .values_list(*_REQUEST_COLUMNS)
    )
    return tuple(RequestRow(*values) for values in rows[:MOST_ROWS])


def _photo_of(event: str) -> Subquery:
    """The name of the first released photo of the event with this primary key."""
    released = Attachment.objects.filter(event_id=OuterRef(event), released=True, kind=FileKind.PHOTO)
    return Subquery(released.order_by("position").values("name")[:1])


def public_updates(*, since: datetime, before: datetime) -> tuple[UpdateRow, ...]:
    """What happened to public cases from `since` and before `before`, in the order of receipt; the newest `MOST_ROWS`.

    An update of a client counts when it was received and also at the moment it named (`said_at`), so that nobody who
    asks again and again for the time since the last answer misses one that names an earlier moment.
    """
    rows = (
        Event.objects.filter(case__visibility=Visibility.PUBLIC, sequence__gt=0, at__gte=since - CLOCKS_DIFFER)
        .exclude(kind__in=sorted(NO_UPDATES))
        .annotate(said_at=Cast(KT("data__said_at"), DateTimeField()), photo=_photo_of("pk"))
        .filter(Q(at__gte=since, at__lt=before) | Q(kind=EventKind.UPDATED, said_at__gte=since, said_at__lt=before))
        .order_by("-entry_id")
        .values_list(*_UPDATE_COLUMNS)
    )
    return tuple(UpdateRow(*values) for values in reversed(rows[:MOST_ROWS]))


def update_target(number: str) -> UpdateTarget | None:
    """Who filed the case and whether it is public; None when there is no such case."""
    found = Case.objects.filter(number=number).values_list("client_id", "visibility").first()
    return None if found is None else UpdateTarget(client_id=found[0], is_public=found[1] == Visibility.PUBLIC)
