# SPDX-License-Identifier: EUPL-1.2
"""Erasing as a whole: remembered first, carried through after any crash, repeated after a restore, no byte left."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries

from melayani.cases import citizen_actions, erasing
from melayani.cases.erasing import Reason
from melayani.cases.erasure_list import NAME, noted_erasures
from melayani.cases.files import keep_upload, path_of
from melayani.cases.models import Attachment, Case, Vault
from melayani.cases.rules import CITIZEN, EventKind, Stage, UnknownCase
from melayani.ledger.models import Entry
from melayani.site import erasures, traces
from melayani.site.erasures import erase, finish, replay_erasures
from melayani.site.traces import lies_in
from melayani.site.worker import Worker
from tests.builders import a_case, filed
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant
from tests.some_files import a_photo

DAY = timedelta(days=1)
in_database = pytest.mark.django_db


class Crash(Exception):  # noqa: N818  # it stands for the end of a process
    """The process is gone."""


def wiped(traces: object, *, at: datetime, any_hour: bool) -> bool:  # the shape of `traces.wipe`
    """Nothing is left."""
    return True


def not_now(traces: object, *, at: datetime, any_hour: bool) -> bool:  # as above
    """Somebody reads all the time."""
    return False


def crash(*args: object, **more: object) -> None:
    raise Crash


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the file beside the keys; and nothing is wiped inside the transaction of a test."""
    folder = tmp_path / "keys"
    folder.mkdir()
    monkeypatch.setattr(erasures, "_keys", lambda: folder)
    monkeypatch.setattr(erasures, "wipe", wiped)
    return folder


def is_erased(case: Case) -> bool:
    found = Case.objects.get(pk=case.pk)
    gone = not Vault.objects.filter(case=case, wrapped_key__isnull=False).exists()
    assert gone == (found.erased_at is not None)
    return gone


def noted(keys: Path) -> list[tuple[str, str, bool]]:
    return [(one.number, one.reason.value, one.done) for one in noted_erasures(keys)]


@in_database
def test_an_erasure_is_remembered_and_finished(keys: Path) -> None:
    photo = keep_upload(token="form", sent=a_photo(), at=MONDAY)
    case = Case.objects.get(number=filed(uploads=(photo,)).number)
    report = erase([case.number], reason=Reason.COURT, at=MONDAY + DAY)
    assert (report.erased, report.clean, is_erased(case)) == (1, True, True)
    assert noted(keys) == [(case.number, "court", True)]
    assert not path_of(photo.name).exists()
    assert not Attachment.objects.exists()
    again = erase([case.number], reason=Reason.COURT, at=MONDAY + DAY)
    assert (again.erased, again.clean, finish(case.number, at=MONDAY)) == (0, True, True)
    assert len((keys / NAME).read_text().splitlines()) == 2


@in_database
def test_one_unknown_number_and_nothing_is_erased(keys: Path) -> None:
    case = a_case()
    with pytest.raises(UnknownCase):
        erase([case.number, "JT-0000-000"], reason=Reason.REQUEST, at=MONDAY)
    assert not is_erased(case)
    assert noted(keys) == []


@in_database
@pytest.mark.parametrize(
    ("room", "step"),
    [
        (erasing, "act"),
        (erasing, "_destroy"),
        (erasures, "remove_erased_files"),
        (erasures, "wipe"),
        (erasures, "note_done"),
    ],
)
def test_whatever_a_crash_left_undone_the_next_worker_does(
    keys: Path, monkeypatch: pytest.MonkeyPatch, room: object, step: str
) -> None:
    photo = keep_upload(token="form", sent=a_photo(), at=MONDAY)
    case = Case.objects.get(number=filed(uploads=(photo,)).number)
    with monkeypatch.context() as broken:
        broken.setattr(room, step, crash)
        with pytest.raises(Crash):
            erase([case.number], reason=Reason.REQUEST, at=MONDAY)
    assert [one[2] for one in noted(keys)] == [False]
    Worker().step()
    assert is_erased(case)
    assert noted(keys) == [(case.number, "request", True)]
    assert not path_of(photo.name).exists()
    assert Entry.objects.filter(kind=EventKind.ERASED).count() == 1


@in_database
def test_remembered_only_afterwards_a_crash_would_lose_it(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the line written after the commit, an old backup would bring the case back for ever."""
    late = variant(erasing, "if first is not None:", "if False:")
    case = a_case()
    monkeypatch.setattr(erasures, "erase_case", late.erase_case)
    erase([case.number], reason=Reason.REQUEST, at=MONDAY)
    assert noted(keys) == []


@in_database
def test_when_it_cannot_be_remembered_the_case_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case()

    def full(**more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(erasures, "note_erasure", full)
    with pytest.raises(OSError, match="No space"):
        erase([case.number], reason=Reason.REQUEST, at=MONDAY)
    assert not is_erased(case)


@in_database
def test_what_an_old_backup_brings_back_is_erased_again(keys: Path) -> None:
    case = a_case(stage=Stage.ANSWERED)
    erase([case.number], reason=Reason.RETENTION, at=MONDAY)
    # A backup from before: the case as it was, under its number and stream.
    other = a_case(stage=Stage.ANSWERED)
    Case.objects.filter(pk=case.pk).update(number="JT-OLD")
    Case.objects.filter(pk=other.pk).update(number=case.number, stream=case.stream)
    assert replay_erasures(at=MONDAY + DAY) == 1
    assert is_erased(other)
    assert noted(keys) == [(case.number, "retention", True)]
    assert replay_erasures(at=MONDAY + DAY) == 0


@in_database
def test_a_number_of_another_stream_is_left_alone(keys: Path) -> None:
    case, other = a_case(), a_case()
    erase([case.number], reason=Reason.REQUEST, at=MONDAY)
    Case.objects.filter(pk=case.pk).update(number="JT-OLD")
    Case.objects.filter(pk=other.pk).update(number=case.number)
    assert replay_erasures(at=MONDAY) == 0
    assert not is_erased(other)


@in_database
def test_a_retention_run_that_broke_off_does_not_take_what_was_opened_again(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = a_case(stage=Stage.CLOSED), a_case(stage=Stage.CLOSED)
    for case in (kept, gone):
        with monkeypatch.context() as broken:
            broken.setattr(erasing, "_destroy", crash)
            with pytest.raises(Crash):
                erase([case.number], reason=Reason.RETENTION, at=MONDAY + 9 * DAY, closed_before=MONDAY + 9 * DAY)
    citizen_actions.reopen_case(number=kept.number, text="Masih padam juga.", by=CITIZEN, at=MONDAY + 9 * DAY)
    assert replay_erasures(at=MONDAY + 9 * DAY) == 1
    assert (is_erased(kept), is_erased(gone)) == (False, True)


@in_database
def test_a_replay_with_nothing_to_do_costs_one_question(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    erase([a_case().number for _ in range(3)], reason=Reason.REQUEST, at=MONDAY)
    with django_assert_num_queries(2):  # which cases are there, and whether files wait
        assert replay_erasures(at=MONDAY) == 0


@in_database
def test_traces_that_cannot_be_wiped_now_are_wiped_later(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case()
    asked: list[object] = []

    def wiped_now(traces: object, *, at: datetime, any_hour: bool) -> bool:
        asked.append(traces)
        return True

    monkeypatch.setattr(erasures, "wipe", not_now)
    assert not erase([case.number], reason=Reason.REQUEST, at=MONDAY).clean
    assert noted(keys) == [(case.number, "request", False)]
    monkeypatch.setattr(erasures, "wipe", wiped_now)
    assert finish(case.number, at=MONDAY)
    assert asked == [None]
    assert noted(keys) == [(case.number, "request", True)]


@pytest.mark.once
def test_a_file_is_searched_at_both_ends_of_what_is_looked_for(tmp_path: Path) -> None:
    file, secret = tmp_path / "f", bytes(range(200))
    for content, found in ((b"x" * 50, False), (secret[:24] + b"xx", True), (b"xx" + secret[-24:], True)):
        file.write_bytes(content)
        assert lies_in(file, [b"y" * 32, secret]) is found


@in_database
def test_inside_a_transaction_nothing_can_be_wiped_on_postgres() -> None:
    assert traces.wipe([b"x" * 32], at=MONDAY) is (connection.vendor == "sqlite")


@in_database
def test_no_room_for_a_copy_and_no_readable_file_stop_neither_erasing_nor_the_worker(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(traces: object, *, may_block: bool) -> bool:  # the shape of `traces._wiped`
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(traces, "_wiped", full)
    assert traces.wipe(None, at=MONDAY) is False
    (keys / NAME).mkdir()
    case = a_case()
    Worker().step()
    assert Entry.objects.get(event__case=case).position is not None
