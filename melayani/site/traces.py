# SPDX-License-Identifier: EUPL-1.2
"""What a database still holds of rows that are gone: pages of its file, its journal, dead rows. All of it goes too.

SQLite: every connection overwrites what it deletes or replaces (`settings`). Copies may still lie in free parts of
pages and in the journal, so the journal is emptied, the file is searched, and only when something is found is the whole
file written anew. Nothing can be filed meanwhile, so a large file is written anew at night only, unless a person who
runs a command says otherwise. PostgreSQL: VACUUM frees the dead rows; their bytes are overwritten when the page is used
again, and the write-ahead log keeps them until it is recycled.
"""

import logging
import mmap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from django.db import DatabaseError, connection

from melayani.ground.clock import jakarta
from melayani.site.schema import sqlite_file
from melayani.site.sqlite_lane.base import DatabaseWrapper

log = logging.getLogger("melayani.erasures")
# With more to look for, writing the file anew is faster.
MOST_TRACES = 400
# A smaller file is written anew in a few seconds, and writers wait for 20.
SMALL_FILE = 200 * 2**20
NIGHT = range(1, 4)  # hours of the local clock; the worker looks once an hour
# A long value may lie in two pages; one of its ends is whole.
END = 24
TRIES = 10
WAIT_SECONDS = 0.5
TABLES = (
    "ledger_entry", "cases_case", "cases_event", "cases_casetext", "cases_vault", "cases_party", "cases_attachment",
    "cases_submission", "cases_writing",
)  # fmt: skip


def wipe(traces: Sequence[bytes] | None, *, at: datetime, any_hour: bool = False) -> bool:
    """No trace lies in the files of the database any more; None = it is not known what to look for.

    False when it cannot be done now: somebody has been reading for so long that the journal cannot be emptied, there
    is no room for a copy, a transaction is open, or a large file must be written anew and it is not night (nor
    `any_hour`). Then it is done later (`erasures.replay_erasures`).
    """
    try:
        return _wiped(traces, may_block=any_hour or jakarta(at).hour in NIGHT)
    except DatabaseError:
        log.exception("traces not wiped")
        return False


def _wiped(traces: Sequence[bytes] | None, *, may_block: bool) -> bool:
    if connection.vendor == "postgresql":
        return _vacuum_postgres()
    if cast("DatabaseWrapper", connection).is_in_memory_db():
        return True
    file = sqlite_file()
    if file is None or connection.in_atomic_block or not _journal_emptied():
        return False
    if traces is not None and len(traces) <= MOST_TRACES and not lies_in(file, traces):
        return True
    if not may_block and file.stat().st_size > SMALL_FILE:
        return False
    _write_anew()
    return _journal_emptied()


def lies_in(file: Path, traces: Sequence[bytes]) -> bool:
    """Whether any of the traces stands somewhere in the file, as a row or in a part that no row uses."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(end) >= 0 for trace in traces for end in {trace[:END], trace[-END:]})


def _journal_emptied() -> bool:
    """Everything is in the file itself and the journal is empty; False when readers did not let go in time."""
    for _ in range(TRIES):
        with _lane():
            busy = _said("PRAGMA wal_checkpoint(TRUNCATE)")
        if not busy:
            return True
        time.sleep(WAIT_SECONDS)
    return False


def _write_anew() -> None:
    """The file holds the rows and nothing else. Other writers wait meanwhile; readers go on."""
    began = time.monotonic()
    with _lane():
        # Else SQLite would build the whole copy in memory.
        _said("PRAGMA temp_store=FILE")
        try:
            _said("VACUUM")
        finally:
            _said("PRAGMA temp_store=MEMORY")
    log.info("database file written anew", extra={"seconds": round(time.monotonic() - began, 1)})


@contextmanager
def _lane() -> Iterator[None]:
    """The write lane is held, and SQLite itself waits half a second and no longer: the others are waiting for us."""
    with cast("DatabaseWrapper", connection).in_lane():
        usual = _said("PRAGMA busy_timeout")
        _said(f"PRAGMA busy_timeout={int(1000 * WAIT_SECONDS)}")
        try:
            yield
        finally:
            _said(f"PRAGMA busy_timeout={usual}")


def _said(statement: str) -> int:
    """The first number that SQLite answers, 0 if nothing. Read to the end: VACUUM refuses beside an open statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    return int(rows[0][0]) if rows else 0


def _vacuum_postgres() -> bool:
    """Dead rows of the tables of cases are freed; not possible inside a transaction."""
    if connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(TABLES)}")
    return True
