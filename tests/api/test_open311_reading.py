# SPDX-License-Identifier: EUPL-1.2
"""The pure parts: XML writing, moments, spans, numbers, addresses of photos, answers to questions."""

import json
from datetime import UTC, datetime, timedelta

import defusedxml.ElementTree as SafeTree
import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.api.open311 import xml_writer
from melayani.api.open311.attributes import AnswerRefused, checked, in_words, read_answers
from melayani.api.open311.clients import is_public_url
from melayani.api.open311.dates import read_moment, read_span, written_moment
from melayani.api.open311.errors import CallRefused
from melayani.api.open311.formats import Answer, Format, written
from melayani.api.open311.reading import Fields, finite_number
from melayani.api.open311.xml_writer import xml_document
from melayani.catalogue.shelf import QuestionRow
from tests.conftest import MONDAY

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)


@given(ANY_TEXT)
def test_whatever_the_text_the_document_can_be_parsed(text: str) -> None:
    element = SafeTree.fromstring(xml_document("services", [{"description": text}]))
    read = element.findtext("service/description") or ""
    assert read == xml_writer._BARRED.sub("", text)
    json.loads(written(Answer(root="services", content=[{"description": text}]), Format.JSON))


def test_control_without_the_guard_a_control_character_breaks_the_document() -> None:
    document = xml_document("services", [{"description": "a?b"}]).replace(b"?b", b"\x01b")
    with pytest.raises(SafeTree.ParseError):
        SafeTree.fromstring(document)


def test_values_are_written_as_the_standard_writes_them() -> None:
    document = xml_document(
        "service_definition", {"a": True, "b": False, "c": 1, "d": -8.13, "e": None, "f": "", "values": [], "g": "<&>"}
    )
    assert document.decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<service_definition><a>true</a><b>false</b><c>1</c><d>-8.13</d><e/>'
        "<f/><values/><g>&lt;&amp;&gt;</g></service_definition>"
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1994-11-05T08:15:30-05:00", "1994-11-05T13:15:30+00:00"),
        ("1994-11-05T13:15:30Z", "1994-11-05T13:15:30+00:00"),
        ("1994-11-05t13:15:30z", "1994-11-05T13:15:30+00:00"),
        ("2026-01-05T09:00+07:00", "2026-01-05T02:00:00+00:00"),
        ("2026-01-05T09:00:00.123456789+07:00", "2026-01-05T02:00:00.123456+00:00"),
        ("2026-01-05T09:00:00 07:00", "2026-01-05T02:00:00+00:00"),
        ("2026-01-05", "2026-01-04T17:00:00+00:00"),
    ],
)
def test_moments_are_read(text: str, moment: str) -> None:
    found = read_moment(text)
    assert found is not None
    assert found.start.astimezone(UTC).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        "kemarin", "2026", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-05T09:00:00", "2026-01-05T25:00:00Z",
        "2026-01-05T09:00:00+15:00", "2026-01-05T09:00:00+7", "0001-01-01T00:00:00+07:00", "9999-12-31T23:00:00-07:00",
        "٢٠٢٦-01-05T09:00:00Z", "2026-01-05T09:00:60Z", "-2026-01-05", "2026-W01-1", "20260105",
    ],
)  # fmt: skip
def test_other_texts_are_no_moments(text: str) -> None:
    assert read_moment(text) is None


@given(st.integers(0, 7_000_000_000_000_000))
def test_a_written_moment_is_read_again(microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    found = read_moment(written_moment(moment))
    assert found is not None
    # Answers carry whole seconds, and the second that was named holds the moment.
    assert found.start <= moment < found.end


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_moments(text: str) -> None:
    read_moment(text)


def test_a_span_takes_both_ends_with_it() -> None:
    span = read_span(_fields(start_date="2026-01-05T09:00:00+07:00", end_date="2026-01-05T09:00:00+07:00"), at=MONDAY)
    assert (span.since, span.before) == (MONDAY, MONDAY + timedelta(seconds=1))
    day = read_span(_fields(start_date="2026-01-05", end_date="2026-01-05"), at=MONDAY)
    assert day.before - day.since == timedelta(days=1)


def test_without_dates_the_span_is_the_last_ninety_days() -> None:
    span = read_span(_fields(), at=MONDAY)
    assert span.since == MONDAY - timedelta(days=90)
    assert span.since < MONDAY < span.before
    ending = read_span(_fields(end_date="2025-06-01T00:00:00Z"), at=MONDAY)
    assert ending.since.isoformat() == "2025-03-03T00:00:00+00:00"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_mean_ever(text: str) -> None:
    read_span(_fields(start_date=text), at=MONDAY)
    read_span(_fields(end_date=text), at=MONDAY)


@pytest.mark.parametrize(
    ("query", "both"),
    [
        ({"start_date": "kemarin"}, False),
        ({"end_date": "2026-01-05T09:00:00"}, False),
        ({"start_date": "2026-01-06T00:00:00Z", "end_date": "2026-01-05T00:00:00Z"}, False),
        ({"start_date": "2026-01-06T00:00:00Z"}, True),
        ({"end_date": "2026-01-06T00:00:00Z"}, True),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(query: dict[str, str], both: bool) -> None:
    with pytest.raises(CallRefused) as refused:
        read_span(_fields(**query), at=MONDAY, both=both)
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["3", "-8.13", "+1.5", ".5", "5.", "1e3", "-1.5E-2"])
def test_numbers_are_read(text: str) -> None:
    assert finite_number(text) == float(text)


@pytest.mark.parametrize("text", ["", "nan", "inf", "-Infinity", "1e999", "1_000", "1,5", "0x10", "٣", "3 ", "1e19"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert finite_number(text) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://foto.example.id/a/b.jpg?x=1#y", "http://contoh.co.id/", "https://contoh.id:8443/a", "http://8.8.8.8/a.jpg",
        "https://xn--bcher-kva.example/a",
    ],
)  # fmt: skip
def test_public_addresses_of_photos_are_taken(url: str) -> None:
    assert is_public_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "ftp://contoh.id/a", "//contoh.id/a", "https://", "https://contoh", "http://localhost/a",
        "http://a.local/x", "http://127.0.0.1/a", "http://10.0.0.8/a", "http://[::1]/a", "http://[::ffff:10.0.0.1]/a",
        "http://169.254.169.254/latest", "https://budi:rahasia@contoh.id/a", "https://contoh.id@evil.id/", "http://[bad/a",
        "https://contoh.id/a b", "https://contoh.id/a\nb", "https://contoh.id:99999/a", "https://contoh.id\\@evil.id/",
        "http://2130706433/a", "https://foto.internal/a",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(url: str) -> None:
    assert not is_public_url(url)


@given(st.text(max_size=80))
def test_no_text_breaks_the_check_of_addresses(text: str) -> None:
    is_public_url(text)
    is_public_url(f"https://{text}")


def _fields(**query: str) -> Fields:
    return Fields(query.items())


def _question(datatype: str, *, required: bool = False, variable: bool = True) -> QuestionRow:
    values = (("a", "Pilihan A"), ("b", "Pilihan B")) if datatype.endswith("list") else ()
    return QuestionRow(
        code="Q",
        order=1,
        datatype=datatype,
        required=required,
        variable=variable,
        label="Nomor tiang?",
        help="",
        values=values,
    )


@pytest.mark.parametrize(
    ("datatype", "typed", "kept"),
    [
        ("string", ["  14\nA "], "14 A"),
        ("text", ["satu\r\ndua"], "satu\ndua"),
        ("number", ["14"], "14"),
        ("number", ["-2.5"], "-2.5"),
        ("datetime", ["2026-01-05T09:00:00+07:00"], "2026-01-05T09:00:00+07:00"),
        ("datetime", ["2026-01-05"], "2026-01-05"),
        ("singlevaluelist", ["a"], "a"),
        ("singlevaluelist", ["a", "a"], "a"),
        ("multivaluelist", ["b", "a", "b"], ["b", "a"]),
        ("multivaluelist", ["a"], ["a"]),
    ],
)
def test_answers_that_fit_are_kept(datatype: str, typed: list[str], kept: object) -> None:
    assert checked(_question(datatype), typed) == kept


@pytest.mark.parametrize(
    ("datatype", "typed"),
    [
        ("string", ["x" * 501]),
        ("string", ["a", "b"]),
        ("text", ["x" * 4001]),
        ("number", ["nan"]),
        ("number", ["1e999"]),
        ("number", ["tiga"]),
        ("datetime", ["kemarin"]),
        ("datetime", ["2026-02-30"]),
        ("singlevaluelist", ["c"]),
        ("singlevaluelist", ["a", "b"]),
        ("singlevaluelist", ["Pilihan A"]),
        ("multivaluelist", ["a", "c"]),
    ],
)
def test_answers_that_do_not_fit_are_refused(datatype: str, typed: list[str]) -> None:
    with pytest.raises(AnswerRefused):
        checked(_question(datatype), typed)


def test_a_text_to_read_takes_no_answer() -> None:
    with pytest.raises(AnswerRefused):
        checked(_question("text", variable=False), ["saya mengerti"])


def test_every_wrong_answer_is_told_at_once() -> None:
    fields = Fields([("attribute[Z]", "1"), ("attribute[", "1"), ("attribute[Q]", "x"), ("attribute[Q][]", "y")])
    assert read_answers(fields, [_question("string", required=True)]) == {}
    assert len(fields.problems) == 3
    missing = Fields([("attribute[Q]", " ")])
    read_answers(missing, [_question("number", required=True)])
    assert missing.problems == ["attribute[Q] wajib diisi: Nomor tiang?"]
    # A text to read is never missed.
    unread = Fields([])
    read_answers(unread, [_question("text", required=True, variable=False)])
    assert unread.problems == []


def test_answers_are_said_with_the_names_of_what_was_chosen() -> None:
    asked = [_question("multivaluelist")]
    assert in_words(asked, {"Q": ["b", "a"]}) == ["Nomor tiang: Pilihan B, Pilihan A"]
    assert in_words(asked, {}) == []


def test_a_field_sent_twice_with_two_contents_is_a_problem() -> None:
    fields = Fields([("lat", "1"), ("lat", "2"), ("long", "3"), ("long", "3"), ("email", "  ")])
    assert (fields.one("lat"), fields.one("long"), fields.one("email")) == ("", "3", "")
    assert len(fields.problems) == 1


def test_a_list_may_be_declared_several_times() -> None:
    fields = Fields([("service_code", "A, B,,"), ("service_code", "B,C")])
    assert fields.listed("service_code", most=3) == ["A", "B", "C"]
    with pytest.raises(CallRefused):
        fields.listed("service_code", most=2)
