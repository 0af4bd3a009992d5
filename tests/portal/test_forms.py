# SPDX-License-Identifier: EUPL-1.2
"""The shape of what people type: numbers as Indonesians write them, texts in plain form, messages that help."""

from typing import Any

import pytest
from django.utils.datastructures import MultiValueDict
from hypothesis import given
from hypothesis import strategies as st

from melayani.cases.rules import Figure
from melayani.catalogue.queries import QuestionRow
from melayani.ground.case_number import key_from_bytes, new_number
from melayani.portal.forms import FIGURE_WORDS, FollowForm, PageForm, PlainField
from melayani.portal.service_answers import answers_form


def a_question(datatype: str, *, required: bool = True, variable: bool = True) -> QuestionRow:
    values = (("a", "Satu"), ("b", "Dua")) if datatype.endswith("list") else ()
    return QuestionRow("UJI", 1, datatype, required, variable, "Uji", "Boleh kosong. Contoh.", values)


def answered(datatype: str, *given_: str, required: bool = True) -> PageForm:
    form = answers_form([a_question(datatype, required=required)], data=MultiValueDict({"j-UJI": list(given_)}))
    form.full_clean()
    return form


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1.000", "1000"),
        ("1.250.000", "1250000"),
        ("1.250,75", "1250.75"),
        (" 3 ", "3"),
        ("007", "007"),
    ],
)
def test_numbers_as_people_write_them(typed: str, number: str) -> None:
    assert answered("number", typed).cleaned_data == {"j-UJI": number}


@pytest.mark.parametrize(
    "typed", ["dua", "1e9", "NaN", "inf", "-3", "1..2", "1,2,3", "9" * 40, "٣", "0x10", "12 lampu"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert answered("number", typed).problems() == [("j-UJI", "Uji: Tulis angka saja, misalnya 12.")]


@pytest.mark.parametrize(
    ("datatype", "typed", "kept"),
    [
        ("string", ("  dua  kata ",), "dua kata"),
        ("text", ("satu\r\ndua",), "satu\ndua"),
        ("datetime", ("2026-01-02",), "2026-01-02"),
        ("singlevaluelist", ("a",), "a"),
        ("multivaluelist", ("a", "b"), ["a", "b"]),
    ],
)
def test_every_datatype_is_kept_in_plain_form(datatype: str, typed: tuple[str, ...], kept: object) -> None:
    assert answered(datatype, *typed).cleaned_data == {"j-UJI": kept}


@pytest.mark.parametrize(
    ("datatype", "typed"),
    [
        ("string", ("x" * 201,)),
        ("text", ("x" * 2001,)),
        ("datetime", ("kemarin",)),
        ("datetime", ("2026-13-40",)),
        ("singlevaluelist", ("c",)),
        ("multivaluelist", ("a", "c")),
    ],
)
def test_every_datatype_refuses_what_does_not_fit(datatype: str, typed: tuple[str, ...]) -> None:
    form = answered(datatype, *typed)
    assert form.problems()
    assert form.problems()[0][0] == ("j-UJI_0" if datatype.endswith("list") else "j-UJI")


@pytest.mark.parametrize("datatype", ["string", "text", "number", "datetime", "singlevaluelist", "multivaluelist"])
def test_an_answer_may_be_left_out_only_where_the_question_says_so(datatype: str) -> None:
    assert answered(datatype, required=True).problems()
    assert answered(datatype, required=False).problems() == []


def test_a_text_to_read_has_no_field_and_optional_is_said_once() -> None:
    assert answers_form([a_question("text", variable=False)]).fields == {}
    assert answers_form([a_question("string")]).fields["j-UJI"].help_text == "Contoh."


class _OneText(PageForm):
    teks = PlainField(least=3, most=5, lines=2, label="Teks")


@given(st.text(max_size=40))
def test_a_text_is_judged_by_its_plain_form(typed: str) -> None:
    form = _OneText({"teks": typed})
    form.full_clean()
    kept: Any = form.cleaned_data.get("teks")
    assert (kept is None) == bool(form.problems())
    if kept is not None:
        assert 3 <= len(kept) <= 5


@pytest.mark.parametrize(
    ("number", "key", "wrong"),
    [
        ("", "", ["nomor", "kunci"]),
        ("JT-0000-001", "", ["nomor", "kunci"]),
        ("JT-0000-000", "pendek", ["kunci"]),
        ("\x00", "\x00", ["nomor", "kunci"]),
        ("x" * 10_000, "y" * 10_000, ["nomor", "kunci"]),
    ],
)
def test_number_and_key_that_cannot_be_are_typing_mistakes(number: str, key: str, wrong: list[str]) -> None:
    form = FollowForm({"nomor": number, "kunci": key})
    assert [anchor for anchor, _message in form.problems()] == wrong


def test_number_and_key_in_any_spelling() -> None:
    number, key = new_number(), key_from_bytes(bytes(range(16)))
    form = FollowForm({"nomor": number.lower().replace("-", " "), "kunci": f" {key.lower()} "})
    assert form.is_valid()
    assert form.cleaned_data == {"nomor": number, "kunci": key}


def test_every_figure_has_a_word_for_the_address() -> None:
    assert set(FIGURE_WORDS.values()) == set(Figure)
