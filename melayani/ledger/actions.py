# SPDX-License-Identifier: EUPL-1.2
"""Writes of the ledger: record an entry, stamp positions, read forward."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import connection, transaction

from melayani.ground.canonical_json import Json
from melayani.ledger.models import Entry, Reader
from melayani.ledger.rules import PreparedEntry, prepare_entry

STAMP_LOCK = 0x4D454C41  # an arbitrary but fixed number for PostgreSQL's advisory lock ("MELA")


def record(
    *,
    stream: bytes,
    sequence: int,
    kind: str,
    event: Mapping[str, Json],
    salt: bytes,
    at: datetime,
    unit_code: str = "",
    sealed: bool = False,
) -> Entry:
    """The act is in the ledger, in the transaction of the caller, without its two numbers.

    `at` is the moment of recording (not of the act, which stands in `event`). Must run inside a transaction, so that
    act and entry live or die together.
    """
    prepared = prepare_entry(
        stream=stream,
        sequence=sequence,
        kind=kind,
        event=event,
        salt=salt,
        recorded_at=int(at.timestamp()),
        unit_code=unit_code,
        sealed=sealed,
    )
    return store(prepared)


def store(prepared: PreparedEntry) -> Entry:
    """The prepared entry is a row; raises RuntimeError outside a transaction (a bug of the caller)."""
    if not connection.in_atomic_block:
        raise RuntimeError("an entry is recorded in the same transaction as its act")
    return Entry.objects.create(
        stream=prepared.stream,
        sequence=prepared.sequence,
        kind=prepared.kind,
        unit_code=prepared.unit_code,
        sealed=prepared.sealed,
        recorded_at=prepared.recorded_at,
        salt=prepared.salt,
        leaf=prepared.leaf,
        leaf_hash=prepared.leaf_hash,
    )


# The rows are found again by their id alone. If the partial index could serve that too ("AND position IS NULL"),
# PostgreSQL would walk all of it for each row whenever its statistics are older than the rows.
STAMP = """
    UPDATE ledger_entry SET position = fresh.position
      FROM (SELECT id,
                   (SELECT COALESCE(MAX(position), 0) FROM ledger_entry WHERE position IS NOT NULL)
                   + ROW_NUMBER() OVER (ORDER BY id) AS position
              FROM ledger_entry WHERE position IS NULL ORDER BY id LIMIT %s) AS fresh
     WHERE ledger_entry.id = fresh.id
"""


def stamp_positions(*, most: int = 20_000) -> int:
    """Every committed entry without a position has one, gap-free, in the order of ids; answers how many were stamped.

    Safe beside writers in flight: what is not committed is not seen and gets a later position. On PostgreSQL one
    runner at a time is made sure by an advisory lock taken as a statement of its own, before the rows are looked at;
    on SQLite by the single write lane.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STAMP_LOCK])
        cursor.execute(STAMP, [most])
        return int(cursor.rowcount)


def read_forward(*, name: str, act: Callable[[Entry], None], most: int = 100) -> int:
    """The reader `name` has had the effect of up to `most` further entries, each exactly once; answers how many.

    Effects and the new position are one transaction: a crash between them leaves neither. `act` writes only to the
    database and may raise: then nothing of this batch has happened and the next call tries again.
    """
    with transaction.atomic():
        Reader.objects.get_or_create(name=name)
        reader = Reader.objects.select_for_update().get(name=name)
        entries = list(Entry.objects.filter(position__gt=reader.position).order_by("position")[:most])
        for entry in entries:
            act(entry)
        if entries:
            reader.position = entries[-1].position or reader.position
            reader.save(update_fields=["position"])
        return len(entries)


def reset_reader(*, name: str) -> None:
    """The reader `name` starts again from the first entry; its room rebuilds what it holds."""
    with transaction.atomic():
        Reader.objects.filter(name=name).update(position=0)
