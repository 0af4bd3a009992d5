# SPDX-License-Identifier: EUPL-1.2
"""SQLite with one write lane: a file lock beside the database, taken before BEGIN IMMEDIATE, let go after COMMIT.

SQLite's own waiting sleeps in growing steps, which starves writers under load (TRUST has the figures). The kernel's
queue for a file lock does not. Web, worker and commands all go through this one place; a single write outside a
transaction queues too. The lock is per connection (its own open file), so two threads of one process queue like two
processes.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LONGEST_WAIT_SECONDS = 20.0
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class LaneCursor(base.SQLiteCursorWrapper):
    """As Django's; a write that is its own transaction goes through the lane."""

    wrapper: "DatabaseWrapper"

    def execute(self, query: Any, params: Any = None) -> Any:
        """As Django's."""
        if not self._writes_alone(query):
            return super().execute(query, params)
        with self.wrapper.in_lane():
            return super().execute(query, params)

    def executemany(self, query: Any, param_list: Any) -> Any:
        """As Django's."""
        if not self._writes_alone(query):
            return super().executemany(query, param_list)
        with self.wrapper.in_lane():
            return super().executemany(query, param_list)

    def _writes_alone(self, query: Any) -> bool:
        return not self.wrapper.in_atomic_block and str(query).lstrip()[:7].upper().startswith(WRITES)


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's, and every transaction queues in the lane first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An open file, not a bare descriptor: when a thread ends without closing, it is closed with the object.
        self._lane: FileIO | None = None
        self._in_lane = False

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_lane()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._leave_lane()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave_lane()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave_lane()

    def close(self) -> None:
        super().close()
        if self.connection is None or self.closed_in_transaction:
            self._leave_lane()
            if self._lane is not None:
                self._lane.close()
                self._lane = None

    def create_cursor(self, name: str | None = None) -> LaneCursor:  # noqa: ARG002  # Django's shape
        """A cursor that knows the lane."""
        cursor: LaneCursor = self.connection.cursor(factory=LaneCursor)
        cursor.wrapper = self
        return cursor

    @contextmanager
    def in_lane(self) -> Iterator[None]:
        """The lane is held inside; already being in it changes nothing."""
        if self._in_lane:
            yield
            return
        self._enter_lane()
        try:
            yield
        finally:
            self._leave_lane()

    def _enter_lane(self) -> None:
        if self._in_lane or self.is_in_memory_db():
            return
        if self._lane is None:
            path = f"{self.settings_dict['NAME']}.lane"
            self._lane = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
        try:
            fcntl.flock(self._lane, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait_in_lane(self._lane)
        self._in_lane = True

    @staticmethod
    def _wait_in_lane(lane: FileIO) -> None:
        """Try again every half millisecond; give up after twenty seconds, as SQLite's own timeout would."""
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(lane, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise OperationalError("database is locked: the write lane is busy") from error
                time.sleep(0.0005)
            else:
                return

    def _leave_lane(self) -> None:
        if self._in_lane and self._lane is not None:
            fcntl.flock(self._lane, fcntl.LOCK_UN)
        self._in_lane = False
