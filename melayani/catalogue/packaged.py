# SPDX-License-Identifier: EUPL-1.2
"""The catalogue that comes with the program, checked against itself and ready to be stored. Pure.

Every reference resolves: a topic to its programmes, a service to its topic and to an office that exists, a clock to a
kind of case. Files: `data/programmes.toml`, `topics.toml`, `services.toml`, `promises.toml`.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from melayani.catalogue.rules import (
    CLOCK_KINDS,
    COMPONENTS,
    LEAST_DAYS,
    LISTS,
    MOST_DAYS,
    MOST_KEPT_DAYS,
    PUBLIC_COMPONENTS,
    RETENTION,
    Basis,
    Datatype,
    Kind,
    Level,
)
from melayani.catalogue.toml_rows import PackagedRow, packaged_rows
from melayani.government.rules import Confidence

DATA = Path(__file__).parent / "data"
PROGRAMME_SETS = ("programme_2019", "programme_2025")

Columns = Mapping[str, Any]


@dataclass(frozen=True)
class PackagedTopic:
    """A topic and the codes of its programmes in every set."""

    columns: Columns
    programmes: tuple[str, ...]


@dataclass(frozen=True)
class PackagedService:
    """A service with the texts of its standard by key, and its questions."""

    columns: Columns
    components: Mapping[str, str]
    questions: tuple[Columns, ...]


@dataclass(frozen=True)
class PackagedProfile:
    """A promise profile with its clocks; `default` is the one that is used until an administrator chooses."""

    columns: Columns
    default: bool
    clocks: tuple[Columns, ...]


@dataclass(frozen=True)
class PackagedCatalogue:
    """All of it; columns are named as the fields of the models."""

    programmes: tuple[Columns, ...]
    topics: tuple[PackagedTopic, ...]
    services: tuple[PackagedService, ...]
    profiles: tuple[PackagedProfile, ...]
    limits: tuple[Columns, ...]


def packaged_catalogue(*, directory: Path = DATA, offices: Container[tuple[str, str]]) -> PackagedCatalogue:
    """The packaged catalogue; `offices` are the (level, sector) for which a unit exists.

    Raises `PackagedRefused` with file, row and why for the first thing that is wrong.
    """
    programmes = tuple(_programme(row) for row in packaged_rows(directory / "programmes.toml", "programme"))
    programme_codes = {columns["code"] for columns in programmes}
    topics = tuple(_topic(row, programme_codes) for row in packaged_rows(directory / "topics.toml", "topic"))
    topic_codes = {topic.columns["code"] for topic in topics}
    service_rows = packaged_rows(directory / "services.toml", "service")
    packaged_rows(directory / "services.toml", "service", code="slug")  # slugs are addresses: each occurs once
    return PackagedCatalogue(
        programmes=programmes,
        topics=topics,
        services=tuple(_service(row, topic_codes, offices) for row in service_rows),
        profiles=_profiles(directory / "promises.toml"),
        limits=tuple(_limit(row) for row in packaged_rows(directory / "promises.toml", "limit")),
    )


def _programme(row: PackagedRow) -> Columns:
    first, last = row.day("valid_from"), row.day("valid_to")
    if last < first:
        raise row.refusal("valid_to lebih awal daripada valid_from.")
    return {
        "code": row.text("code", most=40),
        "set": row.text("set", most=20),
        "name": row.text("name", most=80),
        "order": row.whole("order", least=1, most=99),
        "description": row.text("description", most=1000),
        "valid_from": first,
        "valid_to": last,
        "source": row.text("source", most=200),
        "confidence": row.member("confidence", Confidence),
    }


def _topic(row: PackagedRow, programmes: Container[str]) -> PackagedTopic:
    codes = tuple(code for key in PROGRAMME_SETS for code in row.texts(key))
    for code in codes:
        row.known(code, among=programmes, what="program")
    return PackagedTopic(
        columns={
            "code": row.text("code", most=40),
            "name": row.text("name", most=80),
            "description": row.text("description", most=1000),
        },
        programmes=codes,
    )


def _service(row: PackagedRow, topics: Container[str], offices: Container[tuple[str, str]]) -> PackagedService:
    level, sector = row.member("level", Level), row.text("sector", most=40)
    if (level, sector) not in offices:
        raise row.refusal(f"tidak ada unit {level} dengan bidang {sector}.")
    columns = {
        "code": row.text("code", most=20),
        "slug": row.text("slug", most=80),
        "name": row.text("name", most=120),
        "topic_id": row.known(row.text("topic", most=40), among=topics, what="topik"),
        "kind": row.member("kind", Kind),
        "level": level,
        "sector": sector,
        "summary": row.text("summary", most=1000),
        "keywords": list(row.texts("keywords")),
        "confidence": row.member("confidence", Confidence, default=Confidence.B),
        "confidence_note": row.text("confidence_note", most=300, least=0),
        **_promise(row.part("promise")),
    }
    return PackagedService(
        columns=columns,
        components=_components(row, row.part("components")),
        questions=tuple(_question(question) for question in row.parts("question", code="code")),
    )


def _promise(row: PackagedRow | None) -> Columns:
    if row is None:
        return {}
    return {
        "promise_days": row.whole("days", least=LEAST_DAYS, most=MOST_DAYS),
        "promise_basis": row.member("basis", Basis),
        "promise_source": row.text("source", most=200),
        "promise_confidence": row.member("confidence", Confidence),
    }


def _components(service: PackagedRow, row: PackagedRow | None) -> Mapping[str, str]:
    """The texts of the standard. The six public components must be published (UU 25/2009), so none may be missing."""
    fields = {} if row is None else row.fields
    for key in fields:
        service.known(key, among=COMPONENTS, what="komponen standar pelayanan")
    for key in PUBLIC_COMPONENTS:
        if key not in fields:
            raise service.refusal(f"komponen {key} wajib diumumkan tetapi belum diisi.")
    return {} if row is None else {key: row.text(key, most=4000) for key in COMPONENTS if key in fields}


def _question(row: PackagedRow) -> Columns:
    datatype = row.member("datatype", Datatype)
    values = [
        {"key": value.text("key", most=40), "name": value.text("name", most=120)}
        for value in row.parts("values", code="key")
    ]
    if (datatype in LISTS) != bool(values):
        raise row.refusal("daftar pilihan (values) harus ada untuk jenis daftar, dan hanya untuk itu.")
    required, variable = row.truth("required", default=False), row.truth("variable", default=True)
    if required and not variable:
        raise row.refusal("teks yang hanya dibaca (variable = false) tidak dapat wajib dijawab.")
    return {
        "code": row.text("code", most=40),
        "order": row.whole("order", least=1, most=99),
        "datatype": datatype,
        "required": required,
        "variable": variable,
        "label": row.text("label", most=200),
        "help": row.text("help", most=300, least=0),
        "values": values,
    }


def _profiles(path: Path) -> tuple[PackagedProfile, ...]:
    rows = packaged_rows(path, "profile")
    profiles = tuple(_profile(row) for row in rows)
    if sum(profile.default for profile in profiles) != 1:
        raise rows[0].refusal("tepat satu profil harus menjadi bawaan (default = true).")
    return profiles


def _profile(row: PackagedRow) -> PackagedProfile:
    clocks = tuple(_clock(clock) for clock in row.parts("clock", code="kind"))
    missing = [kind for kind in CLOCK_KINDS if kind not in {clock["kind"] for clock in clocks}]
    if missing:
        raise row.refusal(f"belum ada batas hari untuk {', '.join(missing)}.")
    return PackagedProfile(
        columns={
            "code": row.text("code", most=40),
            "name": row.text("name", most=120),
            "source": row.text("source", most=200),
            "confidence": row.member("confidence", Confidence),
            "verified": row.truth("verified", default=False),
            "note": row.text("note", most=1000, least=0),
        },
        default=row.truth("default", default=False),
        clocks=clocks,
    )


def _clock(row: PackagedRow) -> Columns:
    return {
        "kind": row.known(row.text("kind", most=40), among=CLOCK_KINDS, what="jenis kasus"),
        "days": row.whole("days", least=LEAST_DAYS, most=MOST_DAYS),
        "basis": row.member("basis", Basis),
        "confidence": row.member("confidence", Confidence),
        "note": row.text("note", most=300, least=0),
    }


def _limit(row: PackagedRow) -> Columns:
    return {
        "code": row.text("code", most=40),
        "days": (
            row.whole("days", least=0, most=MOST_KEPT_DAYS)
            if row.fields.get("code") == RETENTION
            else row.whole("days", least=LEAST_DAYS, most=MOST_DAYS)
        ),
        "basis": row.member("basis", Basis),
        "source": row.text("source", most=200),
        "confidence": row.member("confidence", Confidence),
    }
