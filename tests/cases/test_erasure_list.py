# SPDX-License-Identifier: EUPL-1.2
"""The file beside the keys: what was erased is remembered in order, and a line that a crash cut off harms no other."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from melayani.cases.erasing import Reason
from melayani.cases.erasure_list import NAME, note_done, note_erasure, noted_erasures
from tests.conftest import MONDAY


def noted(folder: Path) -> Sequence[tuple[str, str, bool]]:
    return [(one.number, one.reason.value, one.done) for one in noted_erasures(folder)]


class Narrow:
    """A file that takes 20 bytes of what is written to it, as an unbuffered one may."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __enter__(self) -> "Narrow":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, line: bytes) -> int:
        """So many bytes were written."""
        return int(self._file.write(line[:20]))


def test_erasures_are_remembered_in_order_with_what_is_done(tmp_path: Path) -> None:
    assert noted_erasures(tmp_path) == ()
    note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    note_erasure(keys=tmp_path, stream=b"b" * 16, number="JT-B", reason=Reason.COURT, at=MONDAY)
    note_done(keys=tmp_path, stream=b"a" * 16)
    assert noted(tmp_path) == [("JT-A", "request", True), ("JT-B", "court", False)]
    # Brought back by an old backup and begun anew.
    note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    assert noted(tmp_path) == [("JT-A", "request", False), ("JT-B", "court", False)]
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_is_left_out_and_harms_no_other(tmp_path: Path) -> None:
    note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    whole = (tmp_path / NAME).read_bytes()
    for cut in range(1, len(whole) - 1, 9):
        (tmp_path / NAME).write_bytes(whole + whole[:cut])
        note_erasure(keys=tmp_path, stream=b"b" * 16, number="JT-B", reason=Reason.COURT, at=MONDAY)
        assert [one[0] for one in noted(tmp_path)] == ["JT-A", "JT-B"]


def test_half_a_line_is_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle of the line takes it without an error."""
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args, **more: Narrow(real(*args, **more)))
    with pytest.raises(OSError, match="space"):
        note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    monkeypatch.undo()
    assert noted(tmp_path) == []


def test_the_last_reason_counts_and_a_limit_is_kept(tmp_path: Path) -> None:
    for reason, limit in ((Reason.RETENTION, MONDAY), (Reason.REQUEST, None)):
        note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=reason, at=MONDAY, closed_before=limit)
        [one] = noted_erasures(tmp_path)
        assert (one.reason, one.closed_before) == (reason, limit)


def test_the_file_holds_no_personal_data(tmp_path: Path) -> None:
    note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    said = json.loads((tmp_path / NAME).read_text())
    assert set(said) == {"at", "number", "reason", "stream"}
