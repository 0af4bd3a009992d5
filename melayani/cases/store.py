# SPDX-License-Identifier: EUPL-1.2
"""The one fast write: all rows of a new case in one statement (PostgreSQL) or one short stay in the lane (SQLite).

`prepare` is pure but for randomness: it makes a frozen set of rows before any lock is held. `write` stores them. A test
ties the columns to the models and reads the result back by the ORM. Every other act uses the ORM (PERF has the why).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from melayani.cases import vault
from melayani.cases.files import file_hashes
from melayani.cases.rules import Actor, ActorKind, EventKind, Stage
from melayani.catalogue.queries import ServiceRow, TopicRow
from melayani.catalogue.rules import Kind, Promise
from melayani.government.queries import Due, PlaceRow, UnitRow
from melayani.ground.canonical_json import Json
from melayani.ledger.rules import new_salt, new_stream, prepare_entry, text_hash
from melayani.triage.rules import Routing

if TYPE_CHECKING:
    from melayani.cases.filing import Filing

ENTRY_COLUMNS = (
    "stream", "sequence", "kind", "unit_code", "sealed", "recorded_at", "salt", "leaf", "leaf_hash",
)  # fmt: skip
CASE_COLUMNS = (
    "number", "stream", "key_hash", "channel", "client_id", "identity", "visibility", "kind", "topic_id", "service_id",
    "place_id", "latitude", "longitude", "imported", "desk_id", "rule_code", "rule_version", "why", "promise_days",
    "promise_basis", "promise_source", "calendar_version", "unit_id", "officer_id", "stage", "outcome", "proposed",
    "referred_to", "filed_at", "due_at", "unit_since", "asked_at", "paused_days", "answered_at", "closed_at",
    "reopened", "broken", "confirmed", "joined", "updated_at", "version", "title", "unit_name", "topic_name",
    "place_name",
)  # fmt: skip
EVENT_COLUMNS = ("entry_id", "case_id", "sequence", "kind", "at", "officer_id", "data")
TEXT_COLUMNS = ("event_id", "sealed", "released", "released_media_url")
VAULT_COLUMNS = ("case_id", "key_id", "wrapped_key", "contact")
SUBMISSION_COLUMNS = ("token_hash", "body_hash", "case_id", "answer", "created_at")


@dataclass(frozen=True)
class FilingRows:
    """All rows of a new case, as tuples in the order of the column lists above, without the ids that rows get."""

    number: str
    entry: tuple[Any, ...]
    case: tuple[Any, ...]
    event: tuple[Any, ...]
    text: tuple[Any, ...]
    vault: tuple[Any, ...]
    submission: tuple[Any, ...] | None


def default_title(*, topic_name: str, place: str) -> str:
    """The public title while the text is held: "<topic>, <village or district>"."""
    return f"{topic_name or 'Laporan warga'}, {place}"[:200]


def short_place(place: PlaceRow) -> str:
    """The first part of a place's full name: the village, district, regency or city itself."""
    return place.full_name.split(",", 1)[0]


@dataclass(frozen=True)
class Understood:
    """What a filing means: its subject, place, accountable unit and promise."""

    kind: Kind
    topic: TopicRow | None
    service: ServiceRow | None
    place: PlaceRow
    routing: Routing
    unit: UnitRow
    desk: UnitRow
    promise: Promise
    due: Due


def prepare(
    *,
    number: str,
    key: str,
    filing: "Filing",
    understood: Understood,
    by: Actor,
    at: datetime,
    token_hash: bytes | None,
    body_hash: bytes,
) -> FilingRows:
    """The rows of a new case: sealed, hashed, ready to store."""
    topic, service, place = understood.topic, understood.service, understood.place
    routing, unit, desk = understood.routing, understood.unit, understood.desk
    kind, promise, due = understood.kind, understood.promise, understood.due
    stream, salt = new_stream(), new_salt()
    case_key, wrapped = vault.wrapped_new_key(stream=stream)
    contact = _contact(filing)
    detail = _detail(filing)
    topic_name = topic.name if topic else ""
    data: dict[str, Json] = {
        "at": at.isoformat(),
        "basis": promise.basis,
        "by": by.kind,
        "calendar": due.calendar_version,
        "channel": filing.channel,
        "contact": text_hash(salt=salt, text=json.dumps(contact, sort_keys=True)) if contact else None,
        "days": promise.days,
        "decided": routing.decided,
        "desk": desk.code,
        "detail": text_hash(salt=salt, text=json.dumps(detail, sort_keys=True)) if detail else None,
        "due_at": due.at.isoformat(),
        "identity": filing.identity,
        "imported": by.imported_at is not None,
        "kind": kind,
        "number": number,
        "place": place.code,
        "rule": routing.rule,
        "rule_version": routing.version,
        "service": service.code if service else "",
        "text": text_hash(salt=salt, text=filing.text),
        "topic": topic.code if topic else "",
        "unit": unit.code,
        "visibility": filing.visibility,
    }
    if filing.uploads:
        data["files"] = file_hashes(filing.uploads, salt=salt)
    if by.officer_id is not None:
        data["acting"] = by.officer_id
    if by.kind == ActorKind.CLIENT:
        data["client"] = by.code
    recorded = by.imported_at or at
    entry = prepare_entry(
        stream=stream,
        sequence=0,
        kind=EventKind.FILED,
        event=data,
        salt=salt,
        recorded_at=int(recorded.timestamp()),
        unit_code=unit.code,
        sealed=filing.visibility == "SECRET",
    )
    sealed_text = vault.seal_text(
        key=case_key,
        stream=stream,
        sequence=0,
        content={"text": filing.text, **detail},
    )
    when = connection.ops.adapt_datetimefield_value
    filed = when(at)
    return FilingRows(
        number=number,
        entry=(
            stream, 0, entry.kind, entry.unit_code, entry.sealed, entry.recorded_at, salt, entry.leaf, entry.leaf_hash,
        ),
        case=(
            number, stream, hashlib.sha256(key.encode()).digest(), filing.channel, filing.client_id, filing.identity,
            filing.visibility, kind, topic.code if topic else None, service.id if service else None, place.code,
            None if filing.latitude is None else round(filing.latitude, 3),
            None if filing.longitude is None else round(filing.longitude, 3),
            by.imported_at is not None, desk.id, routing.rule, routing.version, routing.why[:300], promise.days,
            promise.basis, promise.source[:200], due.calendar_version, unit.id, None,
            Stage.ROUTED if routing.decided else Stage.WAITING, "", "", "", filed, when(due.at), filed, None, 0, None,
            None, 0, False, False, 0, filed, 1, default_title(topic_name=topic_name, place=short_place(place)),
            unit.name, topic_name, place.full_name,
        ),
        event=(0, EventKind.FILED, filed, by.officer_id, json.dumps(data, separators=(",", ":"))),
        text=(sealed_text, None, ""),
        vault=(
            vault.MASTER_KEY_ID,
            wrapped,
            vault.seal_contact(key=case_key, stream=stream, content=contact) if contact else None,
        ),
        submission=None if token_hash is None else (token_hash, body_hash, "", when(recorded)),
    )  # fmt: skip


def _contact(filing: "Filing") -> dict[str, object]:
    """What tells who somebody is; read by officers only with a reason, and never for anonymous cases."""
    return {name: value for name in ("name", "email", "phone") if (value := getattr(filing, name))}


def _detail(filing: "Filing") -> dict[str, object]:
    """What belongs to the story beside its text: answers, a link, the exact spot."""
    said: dict[str, object] = {
        name: value for name in ("answers", "media_url", "address") if (value := getattr(filing, name))
    }
    if "answers" in said:
        said["answers"] = dict(filing.answers)
    if filing.latitude is not None:
        said |= {"latitude": f"{filing.latitude:.6f}", "longitude": f"{filing.longitude:.6f}"}
    return said


def write(rows: FilingRows) -> None:
    """The rows are stored, all or none. Raises IntegrityError when number or token are taken.

    Outside a transaction PostgreSQL gets one statement that commits by itself; SQLite gets one short transaction.
    """
    if connection.vendor == "sqlite":
        with transaction.atomic():
            _write_sqlite(rows)
    elif connection.in_atomic_block:
        with transaction.atomic():
            _write_postgres(rows)
    else:
        _write_postgres(rows)


def _insert(table: str, columns: Sequence[str], values: Sequence[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(values)})"  # noqa: S608  # names are constants above


def _marks(columns: Sequence[str], mark: str, given: Callable[[str], str | None]) -> list[str]:
    """A mark for each column, except those that get a value of the statement itself."""
    return [given(column) or mark for column in columns]


def _postgres_statement(*, with_submission: bool) -> str:
    parts = {
        "entry_id": "(SELECT id FROM entry)",
        "event_id": "(SELECT id FROM entry)",
        "case_id": "(SELECT id FROM filed)",
    }
    given = parts.get
    steps = [
        f"entry AS ({_insert('ledger_entry', ENTRY_COLUMNS, _marks(ENTRY_COLUMNS, '%s', given))} RETURNING id)",
        f"filed AS ({_insert('cases_case', CASE_COLUMNS, _marks(CASE_COLUMNS, '%s', given))} RETURNING id)",
        f"event AS ({_insert('cases_event', EVENT_COLUMNS, _marks(EVENT_COLUMNS, '%s', given))})",
        f"text AS ({_insert('cases_casetext', TEXT_COLUMNS, _marks(TEXT_COLUMNS, '%s', given))})",
    ]
    last = _insert("cases_vault", VAULT_COLUMNS, _marks(VAULT_COLUMNS, "%s", given))
    if with_submission:
        steps.append(f"vault AS ({last})")
        last = _insert("cases_submission", SUBMISSION_COLUMNS, _marks(SUBMISSION_COLUMNS, "%s", given))
    return f"WITH {', '.join(steps)} {last}"


_POSTGRES = {kept: _postgres_statement(with_submission=kept) for kept in (True, False)}


def _write_postgres(rows: FilingRows) -> None:
    submission = rows.submission or ()
    with connection.cursor() as cursor:
        cursor.execute(
            _POSTGRES[rows.submission is not None],
            [*rows.entry, *rows.case, *rows.event, *rows.text, *rows.vault, *submission],
        )


def _no_value(column: str) -> str | None:  # noqa: ARG001  # on SQLite every column gets a mark
    return None


def _sqlite(table: str, columns: Sequence[str]) -> str:
    return _insert(table, columns, _marks(columns, "?", _no_value))


_SQLITE_ENTRY = _sqlite("ledger_entry", ENTRY_COLUMNS)
_SQLITE_CASE = _sqlite("cases_case", CASE_COLUMNS)
_SQLITE_EVENT = _sqlite("cases_event", EVENT_COLUMNS)
_SQLITE_TEXT = _sqlite("cases_casetext", TEXT_COLUMNS)
_SQLITE_VAULT = _sqlite("cases_vault", VAULT_COLUMNS)
_SQLITE_SUBMISSION = _sqlite("cases_submission", SUBMISSION_COLUMNS)


def _write_sqlite(rows: FilingRows) -> None:
    with connection.wrap_database_errors:
        run = connection.connection.execute
        case_id = run(_SQLITE_CASE, rows.case).lastrowid
        entry_id = run(_SQLITE_ENTRY, rows.entry).lastrowid
        run(_SQLITE_EVENT, (entry_id, case_id, *rows.event))
        run(_SQLITE_TEXT, (entry_id, *rows.text))
        run(_SQLITE_VAULT, (case_id, *rows.vault))
        if rows.submission is not None:
            token, body, answer, created = rows.submission
            run(_SQLITE_SUBMISSION, (token, body, case_id, answer, created))
