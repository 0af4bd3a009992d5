# SPDX-License-Identifier: EUPL-1.2
"""Reads of the catalogue, all from the remembered shelf: no query while it is warm."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from melayani.catalogue.rules import (
    COMPONENTS,
    PUBLIC_COMPONENTS,
    CatalogueRefused,
    Level,
    Promise,
    promise_of_service,
)
from melayani.catalogue.shelf import (
    ClockRow,
    LimitRow,
    ProfileRow,
    ProgrammeRow,
    QuestionRow,
    ServiceRow,
    TopicRow,
    shelf,
)
from melayani.government.models import Unit
from melayani.government.rules import Tier

__all__ = [
    "ClockRow",
    "ComponentRow",
    "LimitRow",
    "ProfileRow",
    "ProgrammeRow",
    "QuestionRow",
    "ServiceRow",
    "TopicRow",
    "active_profile",
    "components",
    "known_offices",
    "limit",
    "profiles",
    "programmes",
    "programmes_of",
    "promise_for",
    "questions",
    "service_by_slug",
    "service_row",
    "services",
    "topic_row",
    "topics",
]

UNKNOWN_TOPIC = "Topik ini tidak dikenal. Pilih dari daftar."
UNKNOWN_SERVICE = "Layanan ini tidak dikenal. Pilih dari daftar layanan."
COMPONENT_TITLES: Mapping[str, LazyText] = MappingProxyType(
    {
        "persyaratan": _("Persyaratan"),
        "prosedur": _("Sistem, mekanisme, dan prosedur"),
        "waktu": _("Jangka waktu penyelesaian"),
        "biaya": _("Biaya atau tarif"),
        "produk": _("Produk pelayanan"),
        "pengaduan": _("Penanganan pengaduan, saran, dan masukan"),
        "dasar_hukum": _("Dasar hukum"),
        "sarana": _("Sarana, prasarana, dan fasilitas"),
        "kompetensi": _("Kompetensi pelaksana"),
        "pengawasan": _("Pengawasan internal"),
        "jumlah_pelaksana": _("Jumlah pelaksana"),
        "jaminan_pelayanan": _("Jaminan pelayanan"),
        "jaminan_keamanan": _("Jaminan keamanan dan keselamatan pelayanan"),
        "evaluasi": _("Evaluasi kinerja pelaksana"),
    }
)


@dataclass(frozen=True)
class ComponentRow:
    """One component of a service standard; `title` is translated when it is shown."""

    key: str
    title: LazyText
    text: str


Row = TypeVar("Row")


def topics(*, also_unused: bool = False) -> tuple[TopicRow, ...]:
    """The topics in use, in their order and then by name; with `also_unused` the others too."""
    rows = (row for row in shelf().topics.values() if also_unused or row.active)
    return tuple(sorted(rows, key=lambda row: (row.order, row.name)))


def topic_row(code: str) -> TopicRow:
    """The topic with this code; raises `CatalogueRefused`."""
    return _found(shelf().topics, code, refusal="topic_unknown", message=UNKNOWN_TOPIC)


def services(topic: str | None = None, *, also_closed: bool = False) -> tuple[ServiceRow, ...]:
    """The services that take new cases, by name; of one topic; with `also_closed` the closed ones too."""
    chosen = (
        row
        for row in shelf().services.values()
        if (also_closed or row.active) and (topic is None or row.topic == topic)
    )
    return tuple(sorted(chosen, key=lambda row: row.name))


def service_row(code: str) -> ServiceRow:
    """The service with this code, closed or not; raises `CatalogueRefused`."""
    return _found(shelf().services, code, refusal="service_unknown", message=UNKNOWN_SERVICE)


def service_by_slug(slug: str) -> ServiceRow:
    """The service with this slug, closed or not; raises `CatalogueRefused`."""
    return _found(shelf().slugs, slug, refusal="service_unknown", message=UNKNOWN_SERVICE)


def questions(service_code: str) -> tuple[QuestionRow, ...]:
    """The questions of a service in their order; raises `CatalogueRefused` for an unknown service."""
    return shelf().questions.get(service_row(service_code).code, ())


def components(service_code: str, public_only: bool = True) -> tuple[ComponentRow, ...]:
    """The filled components of a service standard in the order of the regulation; raises `CatalogueRefused`."""
    texts = shelf().components.get(service_row(service_code).code, {})
    keys = PUBLIC_COMPONENTS if public_only else COMPONENTS
    return tuple(ComponentRow(key=key, title=COMPONENT_TITLES[key], text=texts[key]) for key in keys if texts.get(key))


def promise_for(*, service_code: str, kind: str) -> Promise:
    """Within how many days a case is answered: the service's own days first, then the active profile's clock.

    `service_code` is empty when only a topic was chosen. Own days hold for the service's own kind only.
    Raises `CatalogueRefused` for an unknown service or kind, and when no profile is active.
    """
    if service_code:
        service = service_row(service_code)
        own = promise_of_service(
            kind=kind,
            own_kind=service.kind,
            days=service.promise_days,
            basis=service.promise_basis,
            source=service.promise_source,
            confidence=service.promise_confidence,
        )
        if own is not None:
            return own
    profile = active_profile()
    clock = _found(profile.clocks, kind, refusal="kind_unknown", message="Jenis laporan ini tidak dikenal.")
    return Promise(days=clock.days, basis=clock.basis, source=profile.source, confidence=clock.confidence)


def limit(code: str) -> LimitRow:
    """The period with this code (`silence_days`); raises `CatalogueRefused`."""
    return _found(shelf().limits, code, refusal="limit_unknown", message=f"Batas waktu {code} tidak dikenal.")


def profiles() -> tuple[ProfileRow, ...]:
    """The promise profiles by code."""
    return tuple(sorted(shelf().profiles.values(), key=lambda row: row.code))


def active_profile() -> ProfileRow:
    """The profile in use; raises `CatalogueRefused` when there is none."""
    for row in shelf().profiles.values():
        if row.active:
            return row
    raise CatalogueRefused("profile_none", "Belum ada profil janji yang aktif. Aktifkan satu profil lebih dahulu.")


def programmes(on: date) -> tuple[ProgrammeRow, ...]:
    """The programmes in force on the day `on`, in their order."""
    return _in_force(shelf().programmes, on)


def programmes_of(topic_code: str, on: date) -> tuple[ProgrammeRow, ...]:
    """The programmes a topic serves that are in force on the day `on`; raises `CatalogueRefused`."""
    return _in_force(shelf().programmes_by_topic.get(topic_row(topic_code).code, ()), on)


def known_offices() -> frozenset[tuple[str, str]]:
    """The (level, sector) for which a unit exists somewhere, in use or not: what services and rules may name."""
    tiers = Unit.objects.order_by().values_list("tier", "sector").distinct()
    return frozenset((Level.PROVINSI if tier == Tier.PROVINSI else Level.DAERAH, sector) for tier, sector in tiers)


def _found(rows: Mapping[str, Row], code: str, *, refusal: str, message: str) -> Row:
    try:
        return rows[code]
    except KeyError as error:
        raise CatalogueRefused(refusal, message) from error


def _in_force(rows: Iterable[ProgrammeRow], on: date) -> tuple[ProgrammeRow, ...]:
    return tuple(row for row in rows if row.valid_from <= on <= row.valid_to)
