# SPDX-License-Identifier: EUPL-1.2
"""Loads the packaged catalogue: programmes, topics, services with standard and questions, promise profiles, limits.

Loading again changes nothing: rows that are there stay as they are, so that an administrator's edits are kept; a newer
release adds what is new. Reference data is not an act and leaves nothing in the ledger.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import Manager, Model

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
from melayani.catalogue.packaged import DATA, Columns, PackagedCatalogue, packaged_catalogue
from melayani.catalogue.queries import known_offices
from melayani.ground.memo import forget_all

Row = TypeVar("Row", bound=Model)


def load_catalogue(*, directory: Path = DATA) -> int:
    """Everything the packaged files name is there; answers how many rows are new (0 the second time).

    A row that is there stays as it is, so an administrator's change is never undone. Needs the units (government).
    Raises `PackagedRefused` with file, row and why; then nothing was written.
    """
    packaged = packaged_catalogue(directory=directory, offices=known_offices())
    with transaction.atomic():
        added = _load_topics(packaged) + _load_services(packaged) + _load_promises(packaged)
    forget_all()
    return added


def _load_topics(packaged: PackagedCatalogue) -> int:
    """Programmes and topics. A link is added only when one of its ends is new: who removed a link meant it."""
    programmes = _add_missing(Programme.objects, packaged.programmes, key=("code",))
    topics = _add_missing(Topic.objects, (topic.columns for topic in packaged.topics), key=("code",))
    fresh = {row.code for row in programmes} | {row.code for row in topics}
    links = [
        {"topic_id": topic.columns["code"], "programme_id": programme}
        for topic in packaged.topics
        for programme in topic.programmes
        if topic.columns["code"] in fresh or programme in fresh
    ]
    linked = _add_missing(Topic.programmes.through.objects, links, key=("topic_id", "programme_id"))
    return len(programmes) + len(topics) + len(linked)


def _load_services(packaged: PackagedCatalogue) -> int:
    services = _add_missing(Service.objects, (service.columns for service in packaged.services), key=("code",))
    ids = dict(Service.objects.values_list("code", "id"))
    components = [
        {"service_id": ids[service.columns["code"]], "key": key, "text": text}
        for service in packaged.services
        for key, text in service.components.items()
    ]
    questions = [
        {"service_id": ids[service.columns["code"]], **question}
        for service in packaged.services
        for question in service.questions
    ]
    return (
        len(services)
        + len(_add_missing(StandardComponent.objects, components, key=("service_id", "key")))
        + len(_add_missing(Question.objects, questions, key=("service_id", "code")))
    )


def _load_promises(packaged: PackagedCatalogue) -> int:
    """Profiles with their clocks, and limits. The default becomes the active one only where none is active yet."""
    chosen = PromiseProfile.objects.filter(active=True).exists()
    profiles = ({**profile.columns, "active": profile.default and not chosen} for profile in packaged.profiles)
    clocks = [
        {"profile_id": profile.columns["code"], **clock} for profile in packaged.profiles for clock in profile.clocks
    ]
    return (
        len(_add_missing(PromiseProfile.objects, profiles, key=("code",)))
        + len(_add_missing(PromiseClock.objects, clocks, key=("profile_id", "kind")))
        + len(_add_missing(Limit.objects, packaged.limits, key=("code",)))
    )


def _add_missing(manager: Manager[Row], rows: Iterable[Columns], *, key: tuple[str, ...]) -> list[Row]:
    """The rows whose `key` is not stored yet are stored and answered; what is there stays untouched."""
    stored = set(manager.values_list(*key))
    missing = [columns for columns in rows if tuple(columns[name] for name in key) not in stored]
    return manager.bulk_create([manager.model(**columns) for columns in missing])
