# SPDX-License-Identifier: EUPL-1.2
"""Reading the tables for an audit: as they lie, without what the ORM would make of them, many cases at once.

The columns are those of the models, so that a new one is read as soon as it is there. Nothing here writes.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, models

from melayani.cases.models import Attachment, Case, CaseText, Event, Party, Vault
from melayani.catalogue.models import Service
from melayani.government.models import ApiClient, Place, Unit
from melayani.ground.canonical_json import Json
from melayani.ledger.auditing import ENTRY_COLUMNS, EntryRow
from melayani.ledger.models import Entry

Row = dict[str, Any]


class EventRow(NamedTuple):
    """An event with its entry and its text, each as it lies; `entry.id` or `text_event` None: there is none."""

    entry_id: int
    case_id: int
    sequence: int
    kind: str
    at: Any
    officer_id: int | None
    data: str
    entry: EntryRow
    text_event: int | None
    sealed: bytes | None
    released: str | None
    released_media_url: str | None


@dataclass
class CaseRows:
    """A case with everything that belongs to it, in order."""

    case: Row
    events: list[EventRow] = field(default_factory=list)
    vault: Row | None = None
    files: list[Row] = field(default_factory=list)
    parties: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Codes:
    """The codes by which events call what the columns of a case call by ids."""

    units: dict[int, str]
    services: dict[int, str]
    clients: dict[int, str]
    # Places by code, as a title names them.
    places: dict[str, str]


def read_codes() -> Codes:
    """The codes of units, services and clients, and the names of places."""
    return Codes(
        units=dict(Unit.objects.values_list("id", "code")),
        services=dict(Service.objects.values_list("id", "code")),
        clients=dict(ApiClient.objects.values_list("id", "code")),
        places={code: name.split(",", 1)[0] for code, name in Place.objects.values_list("code", "full_name")},
    )


def query(statement: str, values: Sequence[int | str | bytes] = ()) -> list[tuple[Any, ...]]:
    """The rows of a SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def selected(model: type[models.Model], alias: str, names: Sequence[str] | None = None) -> str:
    """The columns of the model for a SELECT, raw: on SQLite without the conversions that a declared type brings."""
    fields = {field.column: field for field in columns_of(model)}
    return ", ".join(_raw(fields[name], f'{alias}."{name}"') for name in names or fields)


def columns_of(model: type[models.Model]) -> list[Any]:
    """The fields of the model that are columns of its table."""
    return list(model._meta.concrete_fields)  # noqa: SLF001  # Django's documented way to look at a model


def _raw(field: Any, column: str) -> str:
    if connection.vendor != "sqlite":
        return column
    if isinstance(field, models.DateTimeField):
        # A value that is no moment must be read too, to be named.
        return f"CAST({column} AS TEXT)"
    return f"+{column}" if isinstance(field, models.BooleanField) else column


def moment_of(value: object) -> datetime | None:
    """A moment as it lies in a column (text in UTC on SQLite); None for null and for what is no moment."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        return None


def data_of(text: object) -> dict[str, Json] | None:
    """The data of an event out of its column; None when it is no JSON object."""
    try:
        said = json.loads(text) if isinstance(text, str | bytes) else text
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def read_cases(first: int, last: int) -> Iterator[CaseRows]:
    """The cases with these ids, both included, with all that belongs to them."""
    there = {row["id"]: CaseRows(case=row) for row in _rows(Case, "id", first, last)}
    for event in read_events("e.case_id BETWEEN %s AND %s", (first, last)):
        if event.case_id in there:
            there[event.case_id].events.append(event)
    for row in _rows(Vault, "case_id", first, last):
        if row["case_id"] in there:
            there[row["case_id"]].vault = row
    belonging: list[tuple[type[models.Model], Callable[[CaseRows], list[Row]]]] = [
        (Attachment, lambda rows: rows.files),
        (Party, lambda rows: rows.parties),
    ]
    for model, place in belonging:
        for row in _rows(model, "case_id", first, last):
            if row["case_id"] in there:
                place(there[row["case_id"]]).append(row)
    yield from there.values()


def _rows(model: type[models.Model], key: str, first: int, last: int) -> Iterator[Row]:
    names, table = [each.column for each in columns_of(model)], model._meta.db_table  # noqa: SLF001  # as above
    statement = f"SELECT {selected(model, 'r')} FROM {table} r WHERE r.{key} BETWEEN %s AND %s ORDER BY r.{names[0]}"  # noqa: S608  # names of models
    for row in query(statement, (first, last)):
        yield dict(zip(names, row, strict=True))


def read_events(where: str, values: Sequence[int]) -> Iterator[EventRow]:
    """The events that fit, with entry and text, by case and sequence. `where` is a constant of ours."""
    own, text = EventRow._fields[:7], ("event_id", "sealed", "released", "released_media_url")
    statement = (
        f"SELECT {selected(Event, 'e', own)}, {selected(Entry, 'n', ENTRY_COLUMNS)}, {selected(CaseText, 't', text)} "  # noqa: S608  # names of models
        "FROM cases_event e LEFT JOIN ledger_entry n ON n.id = e.entry_id "
        f"LEFT JOIN cases_casetext t ON t.event_id = e.entry_id WHERE {where} ORDER BY e.case_id, e.sequence"
    )
    for row in query(statement, values):
        own_values, text_values = row[:7], row[19:]
        yield EventRow._make((*own_values, EntryRow._make(row[7:19]), *text_values))
