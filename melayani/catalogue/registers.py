# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as administrators read it. Nothing here is remembered: who changed something sees it at once, whichever
process answers. `mark` is what a form carries about what it showed."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from melayani.catalogue.facts import promise_facts, promise_of, standard_facts, topic_facts
from melayani.catalogue.models import PromiseProfile, Service, StandardComponent, Topic
from melayani.catalogue.rules import PUBLIC_COMPONENTS, Promise
from melayani.government.administration import mark_of
from melayani.ground.plain_text import plain_line

MOST_SEARCH = 80


@dataclass(frozen=True)
class ServiceLine:
    """A service in the register: `filled` = how many of the six public components say something."""

    code: str
    name: str
    topic: str
    active: bool
    own_days: int | None
    own_basis: str
    own_confidence: str
    filled: int


@dataclass(frozen=True)
class ServiceRecord:
    """A service as it is kept, with its public standard; `promise` None = the active profile decides."""

    code: str
    slug: str
    name: str
    summary: str
    topic: str
    kind: str
    level: str
    sector: str
    active: bool
    confidence: str
    confidence_note: str
    promise: Promise | None
    promise_mark: str
    standard: Mapping[str, str]
    standard_mark: str


@dataclass(frozen=True)
class TopicRecord:
    """A topic as it is kept, with how many services it has and how many of them take cases."""

    code: str
    name: str
    description: str
    order: int
    active: bool
    services: int
    open_services: int
    mark: str


@dataclass(frozen=True)
class ProfileRecord:
    """A promise profile and whether it is the one in use."""

    code: str
    name: str
    source: str
    active: bool
    verified: bool


def service_register(*, words: str = "", topic: str = "", active: bool | None = None) -> tuple[ServiceLine, ...]:
    """The services with all `words` in name, code or summary, of a topic, open or closed; by topic and name.

    One query: there are some dozens.
    """
    found = Service.objects.annotate(
        filled=Count("components", filter=Q(components__key__in=PUBLIC_COMPONENTS) & ~Q(components__text=""))
    )
    for word in plain_line(words)[:MOST_SEARCH].split():
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(summary__icontains=word))
    if topic:
        found = found.filter(topic_id=plain_line(topic))
    if active is not None:
        found = found.filter(active=active)
    rows = found.order_by("topic__order", "topic__name", "name").values_list(
        "code", "name", "topic_id", "active", "promise_days", "promise_basis", "promise_confidence", "filled"
    )
    return tuple(ServiceLine(*values) for values in rows)


def service_record(code: str) -> ServiceRecord | None:
    """The service with this code, closed or not; None for others. Two queries."""
    service = Service.objects.filter(code=plain_line(code)).first()
    if service is None:
        return None
    standard = standard_facts(service)
    return ServiceRecord(
        code=service.code,
        slug=service.slug,
        name=service.name,
        summary=service.summary,
        topic=service.topic_id,
        kind=service.kind,
        level=service.level,
        sector=service.sector,
        active=service.active,
        confidence=service.confidence,
        confidence_note=service.confidence_note,
        promise=promise_of(service),
        promise_mark=mark_of(promise_facts(service)),
        standard=standard,
        standard_mark=mark_of(standard),
    )


def services_without_standard() -> int:
    """How many open services lack one of the six components that must be published. One query."""
    written = StandardComponent.objects.filter(key__in=PUBLIC_COMPONENTS).exclude(text="")
    whole = written.values("service_id").annotate(n=Count("id")).filter(n=len(PUBLIC_COMPONENTS))
    return Service.objects.filter(active=True).exclude(pk__in=whole.values("service_id")).count()


def topic_register() -> tuple[TopicRecord, ...]:
    """All topics in their order. One query."""
    return tuple(map(_topic_record, _counted(Topic.objects.order_by("order", "name"))))


def topic_record(code: str) -> TopicRecord | None:
    """The topic with this code, or None."""
    found = _counted(Topic.objects.filter(code=plain_line(code))).first()
    return None if found is None else _topic_record(found)


def _counted(topics: QuerySet[Topic]) -> QuerySet[Topic]:
    return topics.annotate(n=Count("services"), n_open=Count("services", filter=Q(services__active=True)))


def _topic_record(topic: Topic) -> TopicRecord:
    counts = vars(topic)
    return TopicRecord(
        code=topic.code,
        name=topic.name,
        description=topic.description,
        order=topic.order,
        active=topic.active,
        services=counts["n"],
        open_services=counts["n_open"],
        mark=mark_of(topic_facts(topic)),
    )


def profile_record(code: str) -> ProfileRecord | None:
    """The promise profile with this code, or None."""
    row = PromiseProfile.objects.filter(code=plain_line(code)).first()
    if row is None:
        return None
    return ProfileRecord(code=row.code, name=row.name, source=row.source, active=row.active, verified=row.verified)
