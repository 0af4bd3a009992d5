# SPDX-License-Identifier: EUPL-1.2
"""Files go after the rows, and a crash anywhere leaves a whole case or an erased one."""

from datetime import timedelta
from types import ModuleType

import pytest

from melayani.cases import erasing, files
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.files import path_of, remove_erased_files
from melayani.cases.models import Attachment, Case
from melayani.cases.rules import Stage
from tests.builders import a_case
from tests.cases.test_erasing import a_full_case, erased, everything_of
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_files_go_after_the_rows_and_a_crash_between_leaves_only_rubbish_that_the_sweep_finds() -> None:
    case = a_full_case()
    name = Attachment.objects.get(case=case).name
    erased(case)
    assert path_of(name).exists()
    assert files.opened_attachment(name=name, small=False, released_only=False) is None
    assert files.kept_files() == []
    assert remove_erased_files() == 1
    assert not path_of(name).exists()
    assert not path_of(f"{name}.small").exists()
    assert not Attachment.objects.exists()
    assert remove_erased_files() == 0


def test_a_file_that_cannot_be_removed_keeps_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    case = erased(a_full_case())
    monkeypatch.setattr(files, "_unlink", str)
    assert remove_erased_files() == 0
    assert Attachment.objects.filter(case=case).count() == 1
    monkeypatch.undo()
    assert remove_erased_files() == 1


class Crash(Exception):  # noqa: N818  # it stands for the end of a process
    """The process is gone."""


def crash(*args: object, **more: object) -> None:
    raise Crash


@pytest.mark.parametrize("step", ["_traces", "_destroy", "_plain_columns"])
def test_a_crash_within_leaves_the_case_as_it_was(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_full_case()
    before = everything_of(case)
    monkeypatch.setattr(erasing, step, crash)
    with pytest.raises(Crash):
        erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    assert everything_of(case) == before


@pytest.mark.parametrize("step", ["_destroy", "_plain_columns"])
def test_without_the_transaction_it_would_be_torn(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_full_case()
    before = everything_of(case)
    torn = without_transaction(erasing)
    monkeypatch.setattr(torn, step, crash)
    with pytest.raises(Crash):
        torn.erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + DAY)
    assert everything_of(case) != before


def without_transaction(module: ModuleType) -> ModuleType:
    return variant(module, "with transaction.atomic():", "if True:")


def test_what_must_come_first_can_keep_the_case() -> None:
    case = a_case(stage=Stage.CLOSED)

    def full(stream: bytes) -> None:
        assert stream == bytes(case.stream)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        erase_case(number=case.number, reason=Reason.REQUEST, at=MONDAY + DAY, first=full)
    assert Case.objects.get(pk=case.pk).erased_at is None
