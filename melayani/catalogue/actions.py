# SPDX-License-Identifier: EUPL-1.2
"""Writes of the catalogue: loading what comes with the program, and the acts of administrators.

Every act is recorded in the ledger on the administrative stream and tells the remembered shelf to forget.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import Manager, Model

from melayani.catalogue.loading import DATA, Columns, PackagedCatalogue, packaged_catalogue
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
from melayani.catalogue.queries import UNKNOWN_SERVICE
from melayani.catalogue.rules import CatalogueRefused, Level, Promise, check_promise
from melayani.government.actions import record_administration
from melayani.government.models import Officer
from melayani.government.queries import units
from melayani.government.rules import Tier
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line

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


def known_offices() -> frozenset[tuple[str, str]]:
    """The (level, sector) for which at least one unit exists."""
    return frozenset((Level.PROVINSI if unit.tier == Tier.PROVINSI else Level.DAERAH, unit.sector) for unit in units())


def set_promise(
    *, service_code: str, days: int, basis: str, source: str, confidence: str, by: Officer, at: datetime
) -> Service:
    """New cases of the service are promised an answer within `days`; promises already given stay as they are.

    Raises `CatalogueRefused` (unknown service, days not 1 to 1000, unknown basis or confidence, nothing changed) or
    `TextRefused` (no source); then nothing was written.
    """
    source = plain_line(source)
    check_length(source, most=200, name="Sumber")
    promise = check_promise(days=days, basis=basis, source=source, confidence=confidence)
    with transaction.atomic():
        service = _locked_service(service_code)
        if _promise_of(service) == promise:
            raise CatalogueRefused("promise_same", "Janji layanan ini sudah seperti itu. Tidak ada yang diubah.")
        service.promise_days, service.promise_basis = promise.days, promise.basis
        service.promise_source, service.promise_confidence = promise.source, promise.confidence
        service.save(update_fields=["promise_days", "promise_basis", "promise_source", "promise_confidence"])
        record_administration(
            kind="catalogue.promise_set",
            event={
                "service": service.code,
                "days": promise.days,
                "basis": promise.basis,
                "confidence": promise.confidence,
            },
            by=by,
            at=at,
        )
    forget_all()
    return service


def activate_profile(*, code: str, by: Officer, at: datetime) -> PromiseProfile:
    """The profile is the one in use, and no other; new cases are promised by its clocks.

    Raises `CatalogueRefused` when it is unknown or in use already; then nothing was written.
    """
    with transaction.atomic():
        # All profiles are locked in one order: two administrators at once must not both find theirs the only one.
        profiles = {row.code: row for row in PromiseProfile.objects.select_for_update().order_by("code")}
        profile = profiles.get(code)
        if profile is None:
            raise CatalogueRefused("profile_unknown", "Profil janji ini tidak dikenal.")
        if profile.active:
            raise CatalogueRefused("profile_same", "Profil janji ini sudah dipakai.")
        before = [row.code for row in profiles.values() if row.active]
        PromiseProfile.objects.filter(active=True).update(active=False)
        profile.active = True
        profile.save(update_fields=["active"])
        record_administration(
            kind="catalogue.profile_activated", event={"profile": code, "before": before}, by=by, at=at
        )
    forget_all()
    return profile


def close_service(*, code: str, by: Officer, at: datetime) -> Service:
    """The service takes no new cases; the ones it has go on. Raises `CatalogueRefused` (unknown, closed already)."""
    return _set_active(code=code, active=False, by=by, at=at)


def open_service(*, code: str, by: Officer, at: datetime) -> Service:
    """The service takes new cases again. Raises `CatalogueRefused` (unknown, open already)."""
    return _set_active(code=code, active=True, by=by, at=at)


def _set_active(*, code: str, active: bool, by: Officer, at: datetime) -> Service:
    with transaction.atomic():
        service = _locked_service(code)
        if service.active == active:
            raise CatalogueRefused(
                "service_same", "Layanan ini sudah dibuka." if active else "Layanan ini sudah ditutup."
            )
        service.active = active
        service.save(update_fields=["active"])
        kind = "catalogue.service_opened" if active else "catalogue.service_closed"
        record_administration(kind=kind, event={"service": code}, by=by, at=at)
    forget_all()
    return service


def _locked_service(code: str) -> Service:
    service = Service.objects.select_for_update().filter(code=code).first()
    if service is None:
        raise CatalogueRefused("service_unknown", UNKNOWN_SERVICE)
    return service


def _promise_of(service: Service) -> Promise | None:
    if service.promise_days is None:
        return None
    return check_promise(
        days=service.promise_days,
        basis=service.promise_basis,
        source=service.promise_source,
        confidence=service.promise_confidence,
    )


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
