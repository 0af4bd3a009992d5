# SPDX-License-Identifier: EUPL-1.2
"""How acts of administration are said: what was done to what, by whom, why, and each fact before and after."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from melayani.cases.wording import Words
from melayani.catalogue.queries import COMPONENT_TITLES, profiles, service_row, topic_row
from melayani.desk.words import BASES, DAY_KINDS, ROLES, moment_words
from melayani.government.queries import body_row, place_row, unit_row
from melayani.government.reference_queries import officer_names
from melayani.government.registers import ActRecord
from melayani.government.rules import PROVINCE
from melayani.ground.errors import Refused

KINDS: Mapping[str, Words] = {
    "officer.created": _("Akun dibuat"),
    "officer.password_changed": _("Kata sandi diganti sendiri"),
    "officer.password_reset": _("Kata sandi baru dibuatkan"),
    "officer.deactivated": _("Akun ditutup"),
    "officer.role_given": _("Peran diberikan"),
    "officer.role_taken": _("Peran dicabut"),
    "officers.seeded": _("Akun contoh dimuat"),
    "unit.added": _("Unit ditambah"),
    "unit.renamed": _("Nama unit diubah"),
    "unit.closed": _("Unit ditutup"),
    "unit.opened": _("Unit dibuka lagi"),
    "units.imported": _("Unit dimuat dari berkas"),
    "place.corrected": _("Tempat diperbaiki"),
    "places.imported": _("Tempat dimuat dari berkas"),
    "client.created": _("Sistem lain didaftarkan"),
    "client.key_renewed": _("Kunci sistem lain diganti"),
    "client.disabled": _("Sistem lain dimatikan"),
    "client.enabled": _("Sistem lain dinyalakan"),
    "calendar.day_set": _("Hari dicatat di kalender"),
    "calendar.year_set": _("Keputusan tahun dicatat"),
    "catalogue.promise_set": _("Janji layanan diubah"),
    "catalogue.promise_dropped": _("Janji layanan kembali ke profil"),
    "catalogue.profile_activated": _("Profil janji diganti"),
    "catalogue.standard_set": _("Standar pelayanan diubah"),
    "catalogue.service_opened": _("Layanan dibuka"),
    "catalogue.service_closed": _("Layanan ditutup"),
    "catalogue.retention_set": _("Masa simpan kasus ditetapkan"),
    "catalogue.topic_edited": _("Topik diubah"),
    "catalogue.topic_opened": _("Topik dibuka"),
    "catalogue.topic_closed": _("Topik ditutup"),
    "triage.rule_added": _("Aturan ditambah"),
    "triage.rule_changed": _("Aturan diubah"),
    "triage.rule_retired": _("Aturan dihentikan"),
    "template.created": _("Templat surat dibuat"),
    "template.changed": _("Templat surat diubah"),
    "template.retired": _("Templat surat dihentikan"),
    "template.brought_back": _("Templat surat dipakai lagi"),
    "cases.exported": _("Daftar kasus diunduh"),
}
# What the list of changes can be narrowed to: the beginning of a kind.
GROUPS: Mapping[str, Words] = {
    "unit": pgettext_lazy("semua unit", "Unit"),
    "place": pgettext_lazy("semua tempat", "Tempat"),
    "catalogue": _("Layanan, topik, janji"),
    "triage": _("Aturan"),
    "client": _("Sistem lain"),
    "calendar": _("Kalender"),
    "officer": pgettext_lazy("semua petugas", "Petugas"),
    "template": _("Templat surat"),
    "cases": _("Unduhan"),
}
CONFIDENCES: Mapping[str, Words] = {
    "A": _("A: dibaca di sumber aslinya"),
    "B": _("B: dari sumber lain"),
    "C": _("C: bawaan, dapat diubah"),
}
LEVELS: Mapping[str, Words] = {"PROVINSI": _("provinsi"), "DAERAH": _("kabupaten atau kota")}
FACTS: Mapping[str, Words] = {
    "name": _("Nama"),
    "active": _("Keadaan"),
    "latitude": _("Lintang"),
    "longitude": _("Bujur"),
    "description": _("Penjelasan"),
    "order": _("Urutan"),
    "days": _("Hari"),
    "basis": _("Dihitung dengan"),
    "source": _("Sumber"),
    "confidence": _("Keyakinan"),
    "topic": _("Topik"),
    "service": _("Layanan"),
    "place": _("Tempat"),
    "level": _("Tingkat"),
    "sector": _("Bidang"),
    "refer_to": _("Lembaga rujukan"),
    "why": _("Penjelasan untuk warga"),
    "kind": _("Jenis"),
    "profile": _("Profil"),
    "decree": _("Keputusan"),
    "provisional": _("Sementara"),
    "text": _("Isi templat"),
    **COMPONENT_TITLES,
}
# Where a thing has a page of its own: the beginning of `about`, the name of the route, and of its part.
PAGES: Mapping[str, tuple[str, str]] = {
    "unit": ("unit-record", "unit"),
    "place": ("place-record", "place"),
    "service": ("service-record", "service"),
    "topic": ("topic-record", "topic"),
    "rule": ("rule-record", "rule"),
}


@dataclass(frozen=True)
class Difference:
    """A fact before and after, in words; empty = nothing was there."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """An act in words; `where` is the address of the page about the thing, empty when it has none."""

    what: str
    thing: str
    where: str
    by: str
    when: str
    reason: str
    differences: tuple[Difference, ...]


def told(records: Iterable[ActRecord], *, at: datetime, regions: frozenset[str]) -> tuple[Told, ...]:
    """The acts in words. Names of officers of other regions than `regions` stay out. One query for names at most."""
    rows = tuple(records)
    ids = {int(row.about.partition(":")[2]) for row in rows if row.about.startswith("officer:") and row.about[8:]}
    names = officer_names(ids)
    return tuple(_told(row, at=at, people=names, regions=regions) for row in rows)


def _told(row: ActRecord, *, at: datetime, people: Mapping[int, tuple[str, str]], regions: frozenset[str]) -> Told:
    sort, _colon, code = row.about.partition(":")
    route, part = PAGES.get(sort, ("", ""))
    name, region = people.get(int(code), ("", "")) if sort == "officer" and code else ("", "")
    thing = _name(name, region, regions) if sort == "officer" else _thing(sort, code)
    return Told(
        what=str(KINDS.get(row.kind, row.kind)),
        thing=" · ".join(text for text in (thing, _more(row)) if text),
        where=reverse(f"desk:{route}", kwargs={part: code}) if route and code else "",
        by=_name(row.by, row.by_region, regions) or gettext("sistem"),
        when=moment_words(row.at, at=at),
        # A reason about an officer may name the officer.
        reason=row.reason if sort != "officer" or _within(region, regions) else "",
        differences=tuple(_differences(row)),
    )


def _within(region: str, regions: frozenset[str]) -> bool:
    return bool({PROVINCE, region} & regions)


def _name(name: str, region: str, regions: frozenset[str]) -> str:
    """The name of an officer of this region, as far as it is for who reads; empty when there is nobody.

    Whoever works for the province acts for every region and is named.
    """
    if not name or _within(region, regions) or region == PROVINCE:
        return name
    return gettext("petugas di wilayah lain")


def _thing(sort: str, code: str) -> str:
    """The thing by its name as it is now, with its code."""
    if not code:
        return ""
    name = _value(sort, code)
    return f"{name} ({code})" if name != code else code


def _more(row: ActRecord) -> str:
    """What else must be said of the thing: the role and where, or for which region a day holds."""
    if row.kind in ("officer.role_given", "officer.role_taken"):
        role = str(ROLES.get(row.data.get("role", ""), ""))
        return f"{role}, {_value('unit', str(row.data.get('unit', '')))}"
    if row.kind == "calendar.day_set":
        region = str(row.data.get("region", ""))
        return _value("place", region) if region else gettext("semua wilayah")
    return ""


def _differences(row: ActRecord) -> Iterable[Difference]:
    for key in {**row.before, **row.after}:
        name, before = fact_words(key, row.before.get(key))
        yield Difference(name=name, before=before, after=fact_words(key, row.after.get(key))[1])


def fact_words(key: str, value: object) -> tuple[str, str]:
    """The name of a fact and its value in words; an empty text when there is no value."""
    name = str(FACTS.get(key, key))
    if value is None or value == "":
        return name, ""
    if isinstance(value, bool):
        return name, _state(key, yes=value)
    return name, _value(key, str(value))


def _state(key: str, *, yes: bool) -> str:
    if key == "active":
        return gettext("dibuka") if yes else gettext("ditutup")
    return gettext("ya") if yes else gettext("tidak")


def _value(key: str, value: str) -> str:
    """The value of a fact by its name, where it is a code; unknown codes stay as they are."""
    words = VALUES.get(key)
    if words is not None:
        return str(words.get(value, value))
    look_up = LOOK_UPS.get(key)
    return (_named(lambda: look_up(value)) or value) if look_up else value


VALUES: Mapping[str, Mapping[str, Words]] = {
    "basis": BASES,
    "confidence": CONFIDENCES,
    "level": LEVELS,
    "kind": DAY_KINDS,
}
LOOK_UPS: Mapping[str, Callable[[str], str]] = {
    "topic": lambda code: topic_row(code).name,
    "service": lambda code: service_row(code).name,
    "place": lambda code: place_row(code).full_name,
    "unit": lambda code: unit_row(code).name,
    "refer_to": lambda code: body_row(code).name,
    "profile": lambda code: next((profile.name for profile in profiles() if profile.code == code), code),
}


def _named(look_up: Callable[[], str]) -> str:
    try:
        return look_up()
    except Refused:
        return ""
