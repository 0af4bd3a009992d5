# SPDX-License-Identifier: EUPL-1.2
"""Acts of administrators on the catalogue. Loading what comes with the program stands in `loading.py`.

`by` is the username of an administrator of the province, or "system"; anybody else is refused (`NotAdministrator`).
Every act is one entry of the administrative stream (government), with its reason, before and after, and makes the
remembered shelf forget. `seen` is the mark of what the form showed: a form that is behind raises `MeanwhileRefused`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from melayani.catalogue.facts import (
    profile_facts,
    promise_facts,
    promise_of,
    service_facts,
    standard_facts,
    topic_facts,
)
from melayani.catalogue.loading import load_catalogue
from melayani.catalogue.models import PromiseProfile, Service, StandardComponent, Topic
from melayani.catalogue.queries import UNKNOWN_SERVICE, UNKNOWN_TOPIC
from melayani.catalogue.rules import PUBLIC_COMPONENTS, CatalogueRefused, check_promise
from melayani.government.administration import (
    Facts,
    administration,
    check_administrator,
    check_news,
    check_seen,
    checked_reason,
    record_administration,
)
from melayani.government.rules import PROVINCE
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line, plain_text

__all__ = [
    "activate_profile",
    "close_service",
    "close_topic",
    "drop_promise",
    "edit_topic",
    "load_catalogue",
    "open_service",
    "open_topic",
    "set_promise",
    "set_standard",
]

MOST_COMPONENT = 2000
MOST_TOPIC_NAME = 80
MOST_DESCRIPTION = 500
LAST_PLACE = 999


@contextmanager
def _provincial(by: str) -> Iterator[None]:
    """One act of an administrator of the province, in one transaction; then every memory of this process is empty."""
    with transaction.atomic(), administration():
        check_administrator(by, region_code=PROVINCE)
        yield
    forget_all()


# Promises


def set_promise(
    *,
    service_code: str,
    days: int,
    basis: str,
    source: str,
    confidence: str,
    reason: str,
    by: str,
    at: datetime,
    seen: str = "",
) -> Service:
    """New cases of the service are promised an answer within `days`; promises already given stay as they are.

    Raises `CatalogueRefused` (unknown service, days not 1 to 1000, unknown basis or confidence, nothing changed),
    `TextRefused` (no source) or `MeanwhileRefused`; then nothing was written.
    """
    source, reason = plain_line(source), checked_reason(reason)
    check_length(source, most=200, name="Sumber")
    promise = check_promise(days=days, basis=basis, source=source, confidence=confidence)
    with _provincial(by):
        service = _locked_service(service_code)
        before = promise_facts(service)
        check_seen(seen, before)
        if promise_of(service) == promise:
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
            reason=reason,
            before=before,
            after=promise_facts(service),
        )
    return service


def drop_promise(*, service_code: str, reason: str, by: str, at: datetime, seen: str = "") -> Service:
    """New cases of the service are promised what the active profile says; promises already given stay as they are.

    Raises `CatalogueRefused` (unknown service, no promise of its own), `TextRefused` or `MeanwhileRefused`.
    """
    reason = checked_reason(reason)
    with _provincial(by):
        service = _locked_service(service_code)
        before = promise_facts(service)
        check_seen(seen, before)
        if service.promise_days is None:
            raise CatalogueRefused("promise_same", "Janji layanan ini sudah seperti itu. Tidak ada yang diubah.")
        service.promise_days, service.promise_source, service.promise_confidence = None, "", ""
        service.save(update_fields=["promise_days", "promise_source", "promise_confidence"])
        record_administration(
            kind="catalogue.promise_dropped",
            event={"service": service.code},
            by=by,
            at=at,
            reason=reason,
            before=before,
            after=promise_facts(service),
        )
    return service


def activate_profile(*, code: str, reason: str, by: str, at: datetime) -> PromiseProfile:
    """The profile is the one in use, and no other; new cases are promised by its clocks.

    Raises `CatalogueRefused` when it is unknown or in use already; then nothing was written.
    """
    reason = checked_reason(reason)
    with _provincial(by):
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
            kind="catalogue.profile_activated",
            event={"profile": code, "before": before},
            by=by,
            at=at,
            reason=reason,
            before=profile_facts(before),
            after=profile_facts([code]),
        )
    return profile


# Services


def set_standard(
    *, service_code: str, texts: Mapping[str, str], reason: str, by: str, at: datetime, seen: str = ""
) -> Service:
    """The six public components of the service standard are these texts; an empty one is shown to nobody.

    All or nothing. Raises `CatalogueRefused` (unknown service or component), `ChangeRefused` (nothing differs),
    `TextRefused` or `MeanwhileRefused`; then nothing was written.
    """
    reason = checked_reason(reason)
    said = {key: plain_text(text) for key, text in texts.items()}
    if set(said) != set(PUBLIC_COMPONENTS):
        raise CatalogueRefused("component_unknown", "Standar pelayanan terdiri atas enam komponen yang diumumkan.")
    for text in said.values():
        check_length(text, most=MOST_COMPONENT, least=0, name="Komponen")
    with _provincial(by):
        service = _locked_service(service_code)
        before = standard_facts(service)
        check_seen(seen, before)
        check_news(before, said)
        for key in PUBLIC_COMPONENTS:
            # An emptied component stays as an empty row, so that a newer release does not fill it again.
            if said[key] != before[key]:
                StandardComponent.objects.update_or_create(service=service, key=key, defaults={"text": said[key]})
        record_administration(
            kind="catalogue.standard_set",
            event={"service": service.code},
            by=by,
            at=at,
            reason=reason,
            before=before,
            after=said,
        )
    return service


def close_service(*, code: str, reason: str, by: str, at: datetime) -> Service:
    """The service takes no new cases; the ones it has go on. Raises `CatalogueRefused` (unknown, closed already)."""
    return _set_service_active(code=code, active=False, reason=reason, by=by, at=at)


def open_service(*, code: str, reason: str, by: str, at: datetime) -> Service:
    """The service takes new cases again. Raises `CatalogueRefused` (unknown, open already, its topic is closed)."""
    return _set_service_active(code=code, active=True, reason=reason, by=by, at=at)


def _set_service_active(*, code: str, active: bool, reason: str, by: str, at: datetime) -> Service:
    reason = checked_reason(reason)
    with _provincial(by):
        service = _locked_service(code)
        if service.active == active:
            raise CatalogueRefused(
                "service_same", "Layanan ini sudah dibuka." if active else "Layanan ini sudah ditutup."
            )
        if active and not Topic.objects.filter(pk=service.topic_id, active=True).exists():
            raise CatalogueRefused("topic_closed", "Topik layanan ini ditutup. Buka topiknya lebih dahulu.")
        before = service_facts(service)
        service.active = active
        service.save(update_fields=["active"])
        record_administration(
            kind="catalogue.service_opened" if active else "catalogue.service_closed",
            event={"service": code},
            by=by,
            at=at,
            reason=reason,
            before=before,
            after=service_facts(service),
        )
    return service


def _locked_service(code: str) -> Service:
    service = Service.objects.select_for_update().filter(code=plain_line(code)).first()
    if service is None:
        raise CatalogueRefused("service_unknown", UNKNOWN_SERVICE)
    return service


# Topics


def edit_topic(
    *, code: str, name: str, description: str, order: int, reason: str, by: str, at: datetime, seen: str = ""
) -> Topic:
    """The topic is called so, described so, and stands at this place of the lists. Cases keep the name they have.

    Raises `CatalogueRefused` (unknown topic, name taken, order not 1 to 999), `ChangeRefused`, `TextRefused` or
    `MeanwhileRefused`; then nothing was written.
    """
    name, description, reason = plain_line(name), plain_line(description), checked_reason(reason)
    check_length(name, most=MOST_TOPIC_NAME, name="Nama topik")
    check_length(description, most=MOST_DESCRIPTION, name="Penjelasan")
    if not 1 <= order <= LAST_PLACE:
        raise CatalogueRefused("order_range", "Urutan harus 1 sampai %(most)s.", most=LAST_PLACE)
    with _provincial(by):
        topic = _locked_topic(code)
        before = topic_facts(topic)
        check_seen(seen, before)
        if Topic.objects.filter(name__iexact=name).exclude(pk=topic.pk).exists():
            raise CatalogueRefused("topic_name_taken", "Topik lain sudah bernama begitu. Pilih nama lain.")
        topic.name, topic.description, topic.order = name, description, order
        _keep_topic(topic, before, kind="catalogue.topic_edited", reason=reason, by=by, at=at)
    return topic


def close_topic(*, code: str, reason: str, by: str, at: datetime) -> Topic:
    """Nobody can choose the topic any more; cases about it go on.

    Raises `CatalogueRefused` (unknown, closed already, or services of it still take cases: close them first).
    """
    reason = checked_reason(reason)
    with _provincial(by):
        topic = _locked_topic(code)
        before = topic_facts(topic)
        if not topic.active:
            raise CatalogueRefused("topic_same", "Topik ini sudah ditutup.")
        if Service.objects.filter(topic=topic, active=True).exists():
            raise CatalogueRefused(
                "topic_has_services", "Masih ada layanan yang dibuka di topik ini. Tutup layanan itu lebih dahulu."
            )
        topic.active = False
        _keep_topic(topic, before, kind="catalogue.topic_closed", reason=reason, by=by, at=at)
    return topic


def open_topic(*, code: str, reason: str, by: str, at: datetime) -> Topic:
    """The topic can be chosen again. Raises `CatalogueRefused` (unknown, open already)."""
    reason = checked_reason(reason)
    with _provincial(by):
        topic = _locked_topic(code)
        before = topic_facts(topic)
        if topic.active:
            raise CatalogueRefused("topic_same", "Topik ini sudah dibuka.")
        topic.active = True
        _keep_topic(topic, before, kind="catalogue.topic_opened", reason=reason, by=by, at=at)
    return topic


def _keep_topic(topic: Topic, before: Facts, *, kind: str, reason: str, by: str, at: datetime) -> None:
    after = topic_facts(topic)
    check_news(before, after)
    topic.save(update_fields=["name", "description", "order", "active"])
    record_administration(
        kind=kind, event={"topic": topic.code}, by=by, at=at, reason=reason, before=before, after=after
    )


def _locked_topic(code: str) -> Topic:
    topic = Topic.objects.select_for_update().filter(code=plain_line(code)).first()
    if topic is None:
        raise CatalogueRefused("topic_unknown", UNKNOWN_TOPIC)
    return topic
