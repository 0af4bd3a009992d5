# SPDX-License-Identifier: EUPL-1.2
"""The lock by which one worker works while others stand by. It is let go by the system when its holder dies.

On SQLite a lock on a file beside the database, on PostgreSQL an advisory lock of a session of its own. The acts of the
worker are safe without it too; it saves doing them twice.
"""

import fcntl
import os
from pathlib import Path
from typing import Protocol

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from melayani.site.schema import sqlite_file

WORKER_LOCK = 0x4D454C57  # an arbitrary but fixed number for PostgreSQL's advisory lock ("MELW")


class WorkerLock(Protocol):
    """What the worker asks of either lock."""

    def held(self) -> bool:
        """Whether this process holds the lock now; takes it when it is free."""

    def release(self) -> None:
        """Somebody else may work."""


class FileLock:
    """The lock file of an SQLite database."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held = False

    def held(self) -> bool:
        """Whether this process holds the lock now; takes it when it is free."""
        if not self._held:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._held = True
        return True

    def release(self) -> None:
        """The lock is free and the file closed."""
        os.close(self._file)
        self._held = False


class SessionLock:
    """An advisory lock of a PostgreSQL session that does nothing else. With the session the lock is gone."""

    def __init__(self) -> None:
        self._session: BaseDatabaseWrapper = connection.copy(alias="worker_lock")
        self._held = False

    def held(self) -> bool:
        """Whether this process holds the lock now; takes it when it is free. A lost session is opened anew."""
        try:
            with self._session.cursor() as cursor:
                if self._held:
                    cursor.execute("SELECT 1")
                else:
                    cursor.execute("SELECT pg_try_advisory_lock(%s)", [WORKER_LOCK])
                    self._held = bool(cursor.fetchone()[0])
        except DatabaseError:
            self.release()
        return self._held

    def release(self) -> None:
        """The session is closed, and with it the lock is free."""
        self._held = False
        self._session.close()


def worker_lock() -> WorkerLock:
    """The lock of this instance, not taken yet."""
    path = lock_file()
    return SessionLock() if path is None else FileLock(path)


def lock_file() -> Path | None:
    """The lock file beside the SQLite database; None on PostgreSQL."""
    database = sqlite_file()
    return None if database is None else database.with_name(f"{database.name}.worker")


def worker_is_there() -> bool:
    """Whether some worker holds the lock, asked without taking it."""
    path = lock_file()
    if path is None:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT COUNT(*) FROM pg_locks
                 WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1 AND granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """,
                [WORKER_LOCK],
            )
            return bool(cursor.fetchone()[0])
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
