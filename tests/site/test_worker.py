# SPDX-License-Identifier: EUPL-1.2
"""The worker: one works, others stand by and take over; one failing reader holds up nobody."""

import logging
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from melayani.cases.files import FORGOTTEN_AT_ONCE, keep_upload, path_of
from melayani.cases.models import Upload
from melayani.cases.rules import Outcome, Stage
from melayani.ledger.models import Entry, Reader
from melayani.site import worker
from melayani.site.processes import Stopping
from melayani.site.worker import Worker, work_until
from melayani.site.worker_lock import WORKER_LOCK, FileLock, SessionLock, worker_is_there
from tests.builders import a_case
from tests.site.running import environment, settings_of, started
from tests.some_files import a_photo

ROOT = Path(__file__).resolve().parents[2]


def file_one(settings: dict[str, str], number: int) -> None:
    """One more case, by a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "tests.site.crashing", "file", str(number), str(number + 1)],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )


def unstamped(settings: dict[str, str]) -> int:
    """How many entries have no position."""
    code = (
        "import django; django.setup(); from melayani.ledger.models import Entry\n"
        "print(Entry.objects.filter(position__isnull=True).count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout)


def all_stamped(settings: dict[str, str]) -> bool:
    """Whether everything has a position within some seconds."""
    until = time.monotonic() + 20
    while unstamped(settings):
        if time.monotonic() > until:
            return False
    return True


def test_a_standby_waits_and_takes_over_when_the_worker_is_killed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    with started("work", **settings) as first:
        file_one(settings, 1)
        assert all_stamped(settings)
        with started("work", **settings) as second:
            time.sleep(2)
            # Stopped, it holds the lock and does nothing; the standby must not act meanwhile.
            first.send_signal(signal.SIGSTOP)
            file_one(settings, 2)
            time.sleep(2.5)
            assert unstamped(settings) == 1
            first.kill()
            assert all_stamped(settings)
            second.terminate()
            assert second.wait(timeout=15) == 0


@pytest.mark.once
def test_the_file_lock_has_one_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.held()
    assert not second.held()
    assert first.held()
    first.release()
    assert second.held()
    second.release()


@pytest.mark.only_postgres
@pytest.mark.django_db(transaction=True)
def test_the_session_lock_has_one_holder_and_dies_with_its_session() -> None:
    first, second = SessionLock(), SessionLock()
    try:
        assert not worker_is_there()
        assert first.held()
        assert worker_is_there()
        assert not second.held()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
                [WORKER_LOCK],
            )
        # It notices that its session is gone before it believes to hold anything.
        assert not first.held()
        assert second.held()
    finally:
        first.release()
        second.release()


@pytest.mark.django_db
def test_a_round_stamps_and_moves_every_reader_forward() -> None:
    a_case()
    heard: list[int] = []
    rounds = Worker(readers={"one": lambda entry: heard.append(entry.pk)})
    rounds.step()
    assert not Entry.objects.filter(position__isnull=True).exists()
    assert heard == list(Entry.objects.order_by("position").values_list("pk", flat=True))
    rounds.step()
    assert len(heard) == Entry.objects.count()


@pytest.mark.django_db
def test_a_failing_reader_is_logged_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    a_case()
    heard: list[int] = []

    def fail(entry: Entry) -> None:
        raise KeyError("a secret text")

    with caplog.at_level(logging.ERROR):
        Worker(readers={"bad": fail, "good": lambda entry: heard.append(entry.pk)}).step()
    assert heard
    assert not Reader.objects.filter(name="bad", position__gt=0).exists()
    assert [record.__dict__["reader"] for record in caplog.records] == ["bad"]


@pytest.mark.django_db
def test_what_time_brings_happens_and_old_sessions_go(clock: datetime) -> None:
    case = a_case(stage=Stage.ANSWERED, at=clock - timedelta(days=40))
    Session.objects.create(session_key="old", session_data="", expire_date=clock - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=clock + timedelta(days=1))
    Worker(readers={}).step()
    case.refresh_from_db()
    assert case.outcome == Outcome.SILENCE
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


@pytest.mark.django_db
def test_photos_of_forms_that_were_never_sent_are_forgotten_about_hourly(clock: datetime) -> None:
    old, young = (
        keep_upload(token="form", sent=a_photo(shade=shade), at=clock - timedelta(hours=hours))
        for shade, hours in ((1, 25), (2, 23))
    )
    Worker(readers={}).step()
    assert list(Upload.objects.values_list("name", flat=True)) == [young.name]
    assert (path_of(old.name).exists(), path_of(young.name).exists()) == (False, True)


class Flaky(Worker):
    """A worker whose database fails twice and then answers."""

    def __init__(self, stopping: Stopping) -> None:
        super().__init__(readers={})
        self.rounds = 0
        self._stopping = stopping

    def step(self) -> None:
        self.rounds += 1
        if self.rounds < 3:
            raise OperationalError("the database is gone")
        self._stopping.asked = True


def test_a_database_that_is_gone_is_tried_again(tmp_path: Path) -> None:
    stopping, lock = Stopping(), FileLock(tmp_path / "lock")
    flaky = Flaky(stopping)
    work_until(stopping, lock=lock, worker=flaky, pause=0.01)
    assert flaky.rounds == 3


@pytest.mark.django_db
def test_a_flood_of_rubbish_is_swept_in_many_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions never wait for it: one batch a round. The control: when little is left, the next is an hour on."""
    left, swept = [FORGOTTEN_AT_ONCE], list[datetime]()

    def forget(*, at: datetime) -> int:
        swept.append(at)
        return left[0]

    monkeypatch.setattr(worker, "forget_uploads", forget)
    working = Worker(readers={})
    for _ in range(3):
        working.step()
    assert len(swept) == 3
    left[0] = 1
    for _ in range(3):
        working.step()
    assert len(swept) == 4
