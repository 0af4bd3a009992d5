# SPDX-License-Identifier: EUPL-1.2
"""The file beside the keys: what was erased is remembered in order, and a line that a crash cut off harms no other."""

import json
from collections.abc import Sequence
from pathlib import Path

from melayani.cases.erasing import Reason
from melayani.cases.erasure_list import NAME, note_done, note_erasure, noted_erasures
from tests.conftest import MONDAY


def noted(folder: Path) -> Sequence[tuple[str, str, bool]]:
    return [(one.number, one.reason.value, one.done) for one in noted_erasures(folder)]


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


def test_the_file_holds_no_personal_data(tmp_path: Path) -> None:
    note_erasure(keys=tmp_path, stream=b"a" * 16, number="JT-A", reason=Reason.REQUEST, at=MONDAY)
    said = json.loads((tmp_path / NAME).read_text())
    assert set(said) == {"at", "number", "reason", "stream"}
