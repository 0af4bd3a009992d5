# SPDX-License-Identifier: EUPL-1.2
"""The worker: stamps positions about once a second, seals, moves readers forward, does what time brings.

One works at once.
"""

import logging
import time
from collections.abc import Mapping

from django.contrib.sessions.models import Session
from django.db import DatabaseError, connections

from melayani.cases.files import FORGOTTEN_AT_ONCE, forget_uploads, remove_erased_files
from melayani.cases.tick import MOST_AT_ONCE, tick
from melayani.ground.clock import now
from melayani.ledger.actions import read_forward, stamp_positions
from melayani.site.erasures import replay_erasures
from melayani.site.processes import Stopping
from melayani.site.readers import READERS, Reaction
from melayani.site.sealer import Sealer
from melayani.site.worker_lock import WorkerLock

log = logging.getLogger("melayani.worker")

STEP_SECONDS = 1.0
TICK_SECONDS = 60.0
SWEEP_SECONDS = 3600.0
READ_AT_ONCE = 100


class Worker:
    """What the worker has to remember between steps: when each of the slower things is next."""

    def __init__(self, *, readers: Mapping[str, Reaction] = READERS) -> None:
        self._readers = readers
        self._sealer = Sealer()
        self._tick_at = 0.0
        self._sweep_at = 0.0
        self._replay_at = 0.0

    def step(self) -> None:
        """One round: what is committed has a position and is sealed, readers are forward, what is due has happened."""
        if time.monotonic() >= self._replay_at:
            self._replay_at = time.monotonic() + SWEEP_SECONDS
            erase_again()
        while stamp_positions() > 0:
            pass
        self._sealer.step()
        for name, reaction in self._readers.items():
            move_reader(name, reaction)
        moment = time.monotonic()
        if moment >= self._tick_at:
            done = tick(at=now())
            # More than it does at once was waiting: go on in the next round.
            self._tick_at = moment if max(done.values()) >= MOST_AT_ONCE else moment + TICK_SECONDS
        if moment >= self._sweep_at:
            Session.objects.filter(expire_date__lt=now()).delete()
            # A flood of them is swept in many rounds: positions never wait for rubbish.
            more = FORGOTTEN_AT_ONCE in (forget_uploads(at=now()), remove_erased_files())
            self._sweep_at = moment if more else moment + SWEEP_SECONDS


def erase_again() -> None:
    """What was erased is gone, also after an old backup was put in place or a crash came between.

    A file that cannot be read is logged and tried again in an hour: acts and seals do not wait for it.
    """
    try:
        replay_erasures(at=now())
    except OSError:
        log.exception("erasures not replayed")


def move_reader(name: str, reaction: Reaction) -> None:
    """The reader has heard of every stamped entry; one that fails is logged, keeps its place and stops nobody else."""
    try:
        while read_forward(name=name, act=reaction, most=READ_AT_ONCE) == READ_AT_ONCE:
            pass
    except DatabaseError:
        raise
    except Exception:  # the reader loop: a bug in one room must not stop the others
        log.exception("reader failed", extra={"reader": name})


def work_until(
    stopping: Stopping, *, lock: WorkerLock, worker: Worker | None = None, pause: float = STEP_SECONDS
) -> None:
    """Works while this process holds the lock, stands by while another does, until asked to stop.

    `pause` in seconds between two rounds.
    """
    worker, working = worker or Worker(), False
    try:
        while not stopping.asked:
            if lock.held() != working:
                working = not working
                log.info("working" if working else "standing by")
            wait = pause
            if working:
                try:
                    worker.step()
                except DatabaseError:
                    # Gone, full or restarting: nothing is acknowledged meanwhile; we try again with new connections.
                    log.exception("database failed")
                    connections.close_all()
                    wait = 2 * pause
            stopping.wait(wait)
    finally:
        lock.release()
