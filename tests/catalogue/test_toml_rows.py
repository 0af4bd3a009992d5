# SPDX-License-Identifier: EUPL-1.2
"""Rows of packaged files: what is right is read, what is wrong is refused with file, row and why."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from melayani.catalogue.rules import Basis
from melayani.catalogue.toml_rows import PackagedRefused, PackagedRow, packaged_rows


def a_row(**fields: object) -> PackagedRow:
    return PackagedRow(file="things.toml", name="thing T1", fields=fields)


def test_right_fields_are_read() -> None:
    row = a_row(name=" Lampu ", days=5, basis="WORKING", on=True, since=date(2025, 2, 20), words=["a", "b"])
    assert row.text("name", most=10) == "Lampu"
    assert row.text("missing", most=10, least=0) == ""
    assert row.whole("days", least=1, most=5) == 5
    assert row.member("basis", Basis) is Basis.WORKING
    assert row.member("missing", Basis, default=Basis.CALENDAR) is Basis.CALENDAR
    assert row.truth("on", default=False) is True
    assert row.truth("missing", default=True) is True
    assert row.day("since") == date(2025, 2, 20)
    assert row.texts("words") == ("a", "b")
    assert row.texts("missing") == ()
    assert row.known("a", among={"a"}, what="kata") == "a"
    assert row.part("missing") is None
    assert row.parts("missing", code="code") == ()


WRONG: list[tuple[str, PackagedRow, Callable[[PackagedRow], object]]] = [
    ("no text", a_row(), lambda row: row.text("name", most=10)),
    ("text too long", a_row(name="x" * 11), lambda row: row.text("name", most=10)),
    ("text of blanks", a_row(name="  "), lambda row: row.text("name", most=10)),
    ("a number for a text", a_row(name=7), lambda row: row.text("name", most=10)),
    ("no number", a_row(), lambda row: row.whole("days", least=1, most=9)),
    ("number too small", a_row(days=0), lambda row: row.whole("days", least=1, most=9)),
    ("number too large", a_row(days=10), lambda row: row.whole("days", least=1, most=9)),
    ("true for a number", a_row(days=True), lambda row: row.whole("days", least=1, most=9)),
    ("a fraction for a number", a_row(days=1.5), lambda row: row.whole("days", least=1, most=9)),
    ("a text for a truth", a_row(on="ya"), lambda row: row.truth("on", default=False)),
    ("a text for a date", a_row(since="2025-02-20"), lambda row: row.day("since")),
    ("no member", a_row(basis="HARI"), lambda row: row.member("basis", Basis)),
    ("missing member", a_row(), lambda row: row.member("basis", Basis)),
    ("a text for a list", a_row(words="a"), lambda row: row.texts("words")),
    ("an empty text in a list", a_row(words=["a", " "]), lambda row: row.texts("words")),
    ("a repetition in a list", a_row(words=["a", "a"]), lambda row: row.texts("words")),
    ("not among the known", a_row(), lambda row: row.known("b", among={"a"}, what="kata")),
    ("a text for a table", a_row(promise="x"), lambda row: row.part("promise")),
    ("a text for tables", a_row(parts="x"), lambda row: row.parts("parts", code="code")),
    ("a part without code", a_row(parts=[{"name": "x"}]), lambda row: row.parts("parts", code="code")),
    ("a code twice", a_row(parts=[{"code": "x"}, {"code": "x"}]), lambda row: row.parts("parts", code="code")),
]


@pytest.mark.parametrize(("row", "read"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_field_is_refused_with_file_and_row(row: PackagedRow, read: Callable[[PackagedRow], object]) -> None:
    with pytest.raises(PackagedRefused) as refusal:
        read(row)
    assert refusal.value.message.startswith("things.toml, thing T1")
    assert refusal.value.code == "packaged_row"


def test_rows_of_a_file_are_named_by_their_code(tmp_path: Path) -> None:
    path = tmp_path / "things.toml"
    path.write_text('[[thing]]\ncode = "T1"\n[[thing]]\ncode = "T2"\n')
    assert [row.name for row in packaged_rows(path, "thing")] == ["thing T1", "thing T2"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "tidak dapat dibaca"),
        ("[[thing]\n", "bukan TOML"),
        ("", "tidak ada baris [[thing]]"),
        ('thing = "x"\n', "tidak ada baris [[thing]]"),
        ('[[thing]]\nname = "x"\n', "thing ke-1: code belum diisi"),
        ('[[thing]]\ncode = "T1"\n[[thing]]\ncode = "T1"\n', "thing T1: tertulis dua kali"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "things.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PackagedRefused) as refusal:
        packaged_rows(path, "thing")
    assert refusal.value.message.startswith("things.toml")
    assert said in refusal.value.message
