# SPDX-License-Identifier: EUPL-1.2
"""Acts of administrators on the catalogue. Loading what comes with the program stands in `loading.py`.

`by` is the username of an administrator of the province, or "system"; anybody else is refused (`NotAdministrator`).
Every act is one entry of the administrative stream (government) and makes the remembered shelf forget.
"""

from datetime import datetime

from django.db import transaction

from melayani.catalogue.loading import load_catalogue
from melayani.catalogue.models import PromiseProfile, Service
from melayani.catalogue.queries import UNKNOWN_SERVICE
from melayani.catalogue.rules import CatalogueRefused, Promise, check_promise
from melayani.government.actions import check_administrator, record_administration
from melayani.government.rules import PROVINCE
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line

__all__ = ["activate_profile", "close_service", "load_catalogue", "open_service", "set_promise"]


def set_promise(
    *, service_code: str, days: int, basis: str, source: str, confidence: str, by: str, at: datetime
) -> Service:
    """New cases of the service are promised an answer within `days`; promises already given stay as they are.

    Raises `CatalogueRefused` (unknown service, days not 1 to 1000, unknown basis or confidence, nothing changed) or
    `TextRefused` (no source); then nothing was written.
    """
    source = plain_line(source)
    check_length(source, most=200, name="Sumber")
    promise = check_promise(days=days, basis=basis, source=source, confidence=confidence)
    with transaction.atomic():
        check_administrator(by, region_code=PROVINCE)
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


def activate_profile(*, code: str, by: str, at: datetime) -> PromiseProfile:
    """The profile is the one in use, and no other; new cases are promised by its clocks.

    Raises `CatalogueRefused` when it is unknown or in use already; then nothing was written.
    """
    with transaction.atomic():
        check_administrator(by, region_code=PROVINCE)
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


def close_service(*, code: str, by: str, at: datetime) -> Service:
    """The service takes no new cases; the ones it has go on. Raises `CatalogueRefused` (unknown, closed already)."""
    return _set_active(code=code, active=False, by=by, at=at)


def open_service(*, code: str, by: str, at: datetime) -> Service:
    """The service takes new cases again. Raises `CatalogueRefused` (unknown, open already)."""
    return _set_active(code=code, active=True, by=by, at=at)


def _set_active(*, code: str, active: bool, by: str, at: datetime) -> Service:
    with transaction.atomic():
        check_administrator(by, region_code=PROVINCE)
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
