# SPDX-License-Identifier: EUPL-1.2
"""The audit by several processes, all in one snapshot of the database, beside a running service.

PostgreSQL hands a snapshot on from one connection to another. SQLite does not: there all processes begin to read while
this one holds the write lock, for a few milliseconds, so that nothing can come between them.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError
from typing import Any

from django.db import connection, connections

from melayani.cases.audit import Part, Plan, Report, Task, audit_here, audited, collected, plan_for, settled, tasks
from melayani.cases.audit_content import Depth
from melayani.cases.audit_rows import Codes, query, read_codes
from melayani.ground.errors import Refused
from melayani.ledger.vkeys import VerifierKey

# Below this many entries starting processes takes longer than it saves.
WORTH_ENTRIES = 20_000
PATIENCE_SECONDS = 60.0


class AuditRefused(Refused):
    """The audit cannot begin now: the database cannot be read at one moment."""


def audit(
    *,
    at: datetime,
    depth: Depth | None = None,
    keys: Sequence[VerifierKey] = (),
    processes: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> Report:
    """The audit of the instance; `tell` hears how many cases so far. `processes` None: as many as it is worth.

    Raises `AuditRefused` when the processes cannot begin together within a minute.
    """
    if processes is None:
        [(entries,)] = query("SELECT COUNT(*) FROM ledger_entry")
        processes = min(4, os.cpu_count() or 1) if entries >= WORTH_ENTRIES else 0
    if processes == 0:
        with _snapshot():
            return audit_here(at=at, depth=depth, keys=keys, tell=tell)
    plan = plan_for(at=at, depth=depth or Depth(), keys=keys)
    # A forked process must not use the connection of its parent.
    connections.close_all()
    context = multiprocessing.get_context("fork")
    words: SimpleQueue[str] = context.SimpleQueue()
    together = context.Barrier(processes + 1)
    with context.Pool(processes, _enter, (plan, words, together)) as pool:
        parts = _begun_together(words, together, processes)
        report = collected(pool.imap_unordered(_audited_there, parts), tell=tell)
    return settled(report, plan=plan)


@contextmanager
def _snapshot(shared: str = "") -> Iterator[None]:
    """What is read within is of one moment: that of the snapshot `shared`, else of now."""
    _begin(shared)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def _begin(shared: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if shared:
                # A command without placeholders; the name comes from the server itself.
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{shared}'")
        else:
            # Not Django's transactions, which take the write lock at once.
            cursor.execute("BEGIN")
        # The first reading fixes the moment.
        cursor.execute("SELECT COUNT(*) FROM ledger_checkpoint")
        cursor.fetchall()


def _begun_together(words: "SimpleQueue[str]", together: Barrier, processes: int) -> list[Task]:
    """All processes are in one snapshot; answers the tasks that it holds."""
    with connection.cursor() as cursor:
        word = ""
        if connection.vendor == "postgresql":
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            [(word,)] = cursor.fetchall()
        else:
            cursor.execute("BEGIN IMMEDIATE")
        try:
            for _ in range(processes):
                words.put(word)
            together.wait(PATIENCE_SECONDS)
            return tasks()
        except BrokenBarrierError as error:
            raise AuditRefused("audit_begin", "Pemeriksaan tidak dapat dimulai. Coba lagi sebentar lagi.") from error
        finally:
            cursor.execute("ROLLBACK")


_there: list[tuple[Plan, Codes]] = []


def _enter(plan: Plan, words: "SimpleQueue[str]", together: Any) -> None:
    """A process begins to read at the moment of all."""
    try:
        _begin(words.get())
        together.wait(PATIENCE_SECONDS)
        _there[:] = [(plan, read_codes())]
    except BaseException:
        # Nobody waits for one who cannot come.
        together.abort()
        raise


def _audited_there(task: Task) -> Part:
    [(plan, codes)] = _there
    return audited(task, plan=plan, codes=codes)
