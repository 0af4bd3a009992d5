# SPDX-License-Identifier: EUPL-1.2
"""The catalogue as typed rows, read whole and remembered by each process for some seconds.

It is small and every page needs it: nine statements fill the shelf, and while it is warm a filing asks nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from melayani.catalogue.models import (
    Limit,
    Programme,
    PromiseClock,
    PromiseProfile,
    Question,
    Service,
    StandardComponent,
    Topic,
)
from melayani.catalogue.rules import Basis
from melayani.ground.memo import remembered

SHELF_SECONDS = 20


@dataclass(frozen=True)
class TopicRow:
    """A topic as pages and routing need it."""

    code: str
    name: str
    description: str
    active: bool
    order: int


@dataclass(frozen=True)
class ServiceRow:
    """A service; `promise_days` None = the active profile decides; `active` false = closed for new cases."""

    id: int
    code: str
    slug: str
    name: str
    topic: str
    kind: str
    level: str
    sector: str
    summary: str
    keywords: tuple[str, ...]
    has_questions: bool
    promise_days: int | None
    promise_basis: Basis
    promise_source: str
    promise_confidence: str
    confidence: str
    confidence_note: str
    active: bool


@dataclass(frozen=True)
class QuestionRow:
    """An extra question of a service; `values` are (key, name) of a list; `variable` false = a text to read."""

    code: str
    order: int
    datatype: str
    required: bool
    variable: bool
    label: str
    help: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class LimitRow:
    """A period of the regulation that is not a promise (`verify_days`, `silence_days`)."""

    code: str
    days: int
    basis: Basis
    source: str
    confidence: str


@dataclass(frozen=True)
class ClockRow:
    """The clock of one kind under a profile."""

    kind: str
    days: int
    basis: Basis
    confidence: str
    note: str


@dataclass(frozen=True)
class ProfileRow:
    """A promise profile with its clocks by kind."""

    code: str
    name: str
    source: str
    confidence: str
    verified: bool
    active: bool
    note: str
    clocks: Mapping[str, ClockRow]


@dataclass(frozen=True)
class ProgrammeRow:
    """A programme of Nawa Bhakti Satya, valid from `valid_from` up to and with `valid_to`."""

    code: str
    set: str
    name: str
    order: int
    description: str
    valid_from: date
    valid_to: date
    source: str
    confidence: str


@dataclass(frozen=True)
class Shelf:
    """The whole catalogue as one process remembers it."""

    topics: Mapping[str, TopicRow]
    services: Mapping[str, ServiceRow]
    slugs: Mapping[str, ServiceRow]
    questions: Mapping[str, tuple[QuestionRow, ...]]
    components: Mapping[str, Mapping[str, str]]
    profiles: Mapping[str, ProfileRow]
    limits: Mapping[str, LimitRow]
    programmes: tuple[ProgrammeRow, ...]
    programmes_by_topic: Mapping[str, tuple[ProgrammeRow, ...]]


@remembered(seconds=SHELF_SECONDS)
def shelf() -> Shelf:
    """All of it, at most twenty seconds old."""
    questions_by_service = _questions()
    services_by_code = {
        service.code: _service_row(service, has_questions=service.pk in questions_by_service)
        for service in Service.objects.all()
    }
    codes = {row.id: row.code for row in services_by_code.values()}
    components_by_service: dict[str, dict[str, str]] = {}
    for component in StandardComponent.objects.all():
        components_by_service.setdefault(codes[component.service_id], {})[component.key] = component.text
    programme_rows = {programme.code: _programme_row(programme) for programme in Programme.objects.all()}
    ordered = tuple(sorted(programme_rows.values(), key=lambda row: (row.valid_from, row.order, row.code)))
    links = set(Topic.programmes.through.objects.values_list("topic_id", "programme_id"))
    topic_rows = {
        topic.code: TopicRow(topic.code, topic.name, topic.description, topic.active, topic.order)
        for topic in Topic.objects.all()
    }
    return Shelf(
        topics=topic_rows,
        services=services_by_code,
        slugs={row.slug: row for row in services_by_code.values()},
        questions={codes[service_id]: rows for service_id, rows in questions_by_service.items()},
        components=components_by_service,
        profiles=_profiles(),
        limits={row.code: _limit_row(row) for row in Limit.objects.all()},
        programmes=ordered,
        programmes_by_topic={code: tuple(row for row in ordered if (code, row.code) in links) for code in topic_rows},
    )


def _questions() -> Mapping[int, tuple[QuestionRow, ...]]:
    rows: dict[int, tuple[QuestionRow, ...]] = {}
    for question in Question.objects.order_by("service_id", "order", "code"):
        row = QuestionRow(
            code=question.code,
            order=question.order,
            datatype=question.datatype,
            required=question.required,
            variable=question.variable,
            label=question.label,
            help=question.help,
            values=tuple((value["key"], value["name"]) for value in question.values),
        )
        rows[question.service_id] = (*rows.get(question.service_id, ()), row)
    return rows


def _profiles() -> Mapping[str, ProfileRow]:
    clocks: dict[str, dict[str, ClockRow]] = {}
    for clock in PromiseClock.objects.all():
        clocks.setdefault(clock.profile_id, {})[clock.kind] = ClockRow(
            kind=clock.kind,
            days=clock.days,
            basis=Basis(clock.basis),
            confidence=clock.confidence,
            note=clock.note,
        )
    return {
        profile.code: ProfileRow(
            code=profile.code,
            name=profile.name,
            source=profile.source,
            confidence=profile.confidence,
            verified=profile.verified,
            active=profile.active,
            note=profile.note,
            clocks=MappingProxyType(clocks.get(profile.code, {})),
        )
        for profile in PromiseProfile.objects.all()
    }


def _service_row(service: Service, *, has_questions: bool) -> ServiceRow:
    return ServiceRow(
        id=service.pk,
        code=service.code,
        slug=service.slug,
        name=service.name,
        topic=service.topic_id,
        kind=service.kind,
        level=service.level,
        sector=service.sector,
        summary=service.summary,
        keywords=tuple(service.keywords),
        has_questions=has_questions,
        promise_days=service.promise_days,
        promise_basis=Basis(service.promise_basis),
        promise_source=service.promise_source,
        promise_confidence=service.promise_confidence,
        confidence=service.confidence,
        confidence_note=service.confidence_note,
        active=service.active,
    )


def _limit_row(limit_: Limit) -> LimitRow:
    return LimitRow(
        code=limit_.code,
        days=limit_.days,
        basis=Basis(limit_.basis),
        source=limit_.source,
        confidence=limit_.confidence,
    )


def _programme_row(programme: Programme) -> ProgrammeRow:
    return ProgrammeRow(
        code=programme.code,
        set=programme.set,
        name=programme.name,
        order=programme.order,
        description=programme.description,
        valid_from=programme.valid_from,
        valid_to=programme.valid_to,
        source=programme.source,
        confidence=programme.confidence,
    )
