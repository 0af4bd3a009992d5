# SPDX-License-Identifier: EUPL-1.2
"""Bulk writing of prepared rows: many rows in one short transaction, by COPY on PostgreSQL, in the lane on SQLite."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from melayani.cases import store
from melayani.site.seed_cases import Rows

TABLES = (
    ("cases_case", ("id", *store.CASE_COLUMNS), "cases"),
    ("ledger_entry", ("id", *store.ENTRY_COLUMNS), "entries"),
    ("cases_event", store.EVENT_COLUMNS, "events"),
    ("cases_casetext", store.TEXT_COLUMNS, "texts"),
    ("cases_vault", store.VAULT_COLUMNS, "vaults"),
)


def reserved_ids(table: str, count: int) -> Sequence[int]:
    """`count` ids of the table that nobody else will get; those that stay unused are harmless gaps."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        if found is None:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
            return range(1, count + 1)
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        return range(found[0] + 1, found[0] + count + 1)


def write_rows(rows: Rows) -> None:
    """All rows are stored, or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, columns, name in TABLES:
            _insert(cursor, table, columns, getattr(rows, name))


def settle() -> None:
    """PostgreSQL knows what was written, as it would by itself some minutes later: statistics and visible pages.

    Until then its plans are those of an empty table. Nothing happens inside a transaction, where it is not possible.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(table for table, _, _ in TABLES)}")


def _insert(cursor: Any, table: str, columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # names are constants above
    with connection.wrap_database_errors:
        connection.connection.executemany(statement, values)
