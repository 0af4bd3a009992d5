# SPDX-License-Identifier: EUPL-1.2
"""A short memory of rendered public pages, each kept for one version of what it shows.

The caller asks the database for the version first, so that a page is gone the moment its case changes, is hidden or
is erased. Nothing that one person alone may read is ever put here.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from melayani.ground.clock import jakarta

MOST_PAGES = 1000
# Names of units, topics and programmes on a page are reference data, which is remembered for seconds anyway.
MOST_AGE = timedelta(minutes=5)


@dataclass(frozen=True)
class Rendered:
    """A page as it is sent: its bytes, the tag of exactly these bytes, and until when its words are true."""

    body: bytes
    etag: str
    until: datetime


def rendered(*, body: bytes, at: datetime, turns_at: datetime | None = None) -> Rendered:
    """The page made at `at`. It says "today", so it ends with the day in Jakarta; `turns_at`: when its words change."""
    today = jakarta(at).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = [at + MOST_AGE, today + timedelta(days=1)]
    if turns_at is not None and turns_at > at:
        ends.append(turns_at)
    return Rendered(body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"', until=min(ends))


class RenderedPages:
    """The pages most recently asked for, at most `most`; safe between threads."""

    def __init__(self, *, most: int = MOST_PAGES) -> None:
        """Empty."""
        self._most = most
        self._pages: OrderedDict[tuple[object, ...], Rendered] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...], *, at: datetime, make: Callable[[], Rendered]) -> Rendered:
        """The page under `key`, made anew when it is not here or its words are no longer true."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is not None and at < kept.until:
                self._pages.move_to_end(key)
                return kept
        fresh = make()
        with self._lock:
            self._pages[key] = fresh
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return fresh

    def clear(self) -> None:
        """Nothing is remembered."""
        with self._lock:
            self._pages.clear()
