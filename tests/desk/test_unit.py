# SPDX-License-Identifier: EUPL-1.2
"""The head's view: figures, who holds how much, the board of threads, and nothing of other units."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_board
from melayani.cases.desk_board import BoardRow
from melayani.cases.models import Case
from melayani.cases.rules import Stage
from melayani.desk.board import Span, board, span_of
from melayani.government.models import Officer
from tests.builders import DESK, a_case, an_officer
from tests.conftest import MONDAY
from tests.desk.test_work import numbers
from tests.desk.visiting import browser, joko, ratih

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'


def page() -> str:
    """What the head sees."""
    response = browser(joko()).get("/meja/unit")
    assert response.status_code == 200
    return response.content.decode()


def load() -> dict[str, list[int]]:
    """The lines of the table: name to open, soon, overdue, answered."""
    lines = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page().split("<tbody>")[1], re.DOTALL):
        words = [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        lines[" ".join(words[0])] = [int(cell[0]) for cell in words[1:]]
    return lines


def figures() -> dict[str, tuple[int, str]]:
    """The figures: words to number and address."""
    listed = re.search(r'<ul class="figures">(.*?)</ul>', page(), re.DOTALL)
    assert listed is not None
    found = re.findall(r'<a href="([^"]+)"><span class="tag \w+">([^<]+)</span><b>(\d+)</b>', listed[1])
    return {words: (int(number), unescape(where)) for where, words, number in found}


def test_the_head_sees_who_holds_how_much() -> None:
    a_case(stage=Stage.TAKEN)
    soon = a_case(stage=Stage.TAKEN)
    Case.objects.filter(pk=soon.pk).update(due_at=MONDAY + timedelta(days=1))
    a_case(at=MONDAY - timedelta(days=60))
    a_case(stage=Stage.ANSWERED)
    an_officer("andi")
    assert load() == {
        "Belum diambil siapa pun": [1, 0, 1, 0],
        "Andi": [0, 0, 0, 0],
        "Joko": [0, 0, 0, 0],
        "Ratih": [2, 1, 0, 1],
    }


def test_who_left_is_shown_only_while_holding_something() -> None:
    a_case(stage=Stage.TAKEN)
    an_officer("andi")
    Officer.objects.filter(username__in=("andi", "ratih")).update(is_active=False)
    assert load() == {
        "Belum diambil siapa pun": [0, 0, 0, 0],
        "Joko": [0, 0, 0, 0],
        "Ratih akun ditutup": [1, 0, 0, 0],
    }


def test_every_number_leads_to_the_list_of_what_it_counts() -> None:
    a_case(at=MONDAY - timedelta(days=60))
    soon = a_case(stage=Stage.TAKEN)
    Case.objects.filter(pk=soon.pk).update(due_at=MONDAY + timedelta(days=1))
    a_case(stage=Stage.REOPENED)
    a_case(stage=Stage.ASKED)
    a_case(stage=Stage.TAKEN)
    client = browser(joko())
    shown = figures()
    assert {words: number for words, (number, _where) in shown.items()} == {
        "Lewat janji": 1, "Hampir lewat": 1, "Dibuka kembali": 1, "Menunggu warga": 1, "Semua yang terbuka": 5,
    }  # fmt: skip
    for number, where in shown.values():
        which, _, query = where.removeprefix("/meja/daftar/").partition("?")
        assert len(numbers(client, which, f"?{query}")) == number
    cells = re.findall(r'<td class="num"><a[^>]*href="([^"]+)"[^>]*>(\d+)</a></td>', page().replace("\n", ""))
    assert cells
    for where, number in cells:
        which, _, query = unescape(where).removeprefix("/meja/daftar/").partition("?")
        assert len(numbers(client, which, f"?{query}")) == int(number)


def test_a_head_of_two_units_sees_both_and_lists_name_the_unit() -> None:
    a_case()
    an_officer("joko", unit=DESK, roles=("head",))
    shown = page()
    assert shown.count('<ul class="figures">') == 2
    assert 'href="/meja/daftar/lewat?unit=35.07.dishub"' in shown


def test_the_board_draws_each_open_case_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    late, taken = a_case(at=MONDAY - timedelta(days=60)), a_case(stage=Stage.TAKEN)
    a_case(stage=Stage.ANSWERED)
    shown = page().split('<ol class="board"')[1].split("</ol>")[0]
    assert re.findall(r"JT-\w{4}-\w{3} ·", shown) == [f"{late.number} ·", f"{taken.number} ·"]
    assert "Lewat janji" in shown
    assert "· Ratih" in shown
    assert "· belum diambil" in shown
    assert shown.count('<line class="over"') == 1
    assert "sekarang" in shown
    monkeypatch.setattr(desk_board, "MOST_ON_BOARD", 1)
    assert "1 kasus lain di daftar unit" in page()


def test_an_empty_board_teaches() -> None:
    assert "Tidak ada kasus terbuka di unit Anda." in page()


def a_row(**changes: object) -> BoardRow:
    """A case filed a week ago and promised in a week."""
    values: dict[str, object] = {
        "id": 1, "number": "JT-0000-000", "title": "Lampu", "place_name": "Kepanjen, Kab. Malang", "officer_name": "",
        "stage": Stage.TAKEN, "filed_at": MONDAY - timedelta(days=7), "due_at": MONDAY + timedelta(days=7),
        "asked_at": None, "answered_at": None, "closed_at": None,
    }  # fmt: skip
    return BoardRow(**{**values, **changes})  # type: ignore[arg-type]  # the names are those of the row


def test_no_word_of_the_board_is_markup() -> None:
    row = a_row(number=HOSTILE.replace("/", ""), title=HOSTILE, place_name=HOSTILE, officer_name=HOSTILE)
    assert "<script" not in board([row], at=MONDAY)
    assert board([], at=MONDAY) == ""


def test_threads_lie_side_by_side_over_one_span() -> None:
    rows = [a_row(), a_row(filed_at=MONDAY - timedelta(days=300), due_at=MONDAY + timedelta(days=300))]
    span = span_of(rows, at=MONDAY)
    assert span == Span(start=MONDAY - timedelta(days=28), end=MONDAY + timedelta(days=28))
    assert span.place(MONDAY) == 50
    assert span.place(MONDAY - timedelta(days=300)) == 0
    assert span_of([], at=MONDAY) == Span(start=MONDAY - timedelta(days=7), end=MONDAY + timedelta(days=7))
    mondays = list(span.mondays())
    assert len(mondays) == 8
    assert {day.weekday() for day in mondays} == {0}
    drawn = board(rows, at=MONDAY)
    # What begins or ends beyond the edge has no knot there.
    assert drawn.count('class="knot"') == 1
    assert drawn.count('class="goal"') == 1


def test_a_paused_thread_stands_where_the_question_was_asked() -> None:
    asked: datetime = MONDAY - timedelta(days=3)
    drawn = board([a_row(stage=Stage.ASKED, asked_at=asked)], at=MONDAY)
    place = span_of([a_row()], at=MONDAY).place(asked)
    assert f'x2="{place:.1f}%" y2="50%"/>' in drawn
    assert "strand paused" in drawn


@pytest.mark.parametrize("cases", [1, 3])
def test_the_statements_do_not_grow(cases: int) -> None:
    client = browser(joko())
    for _ in range(cases):
        a_case(stage=Stage.TAKEN)
    client.get("/meja/unit")
    with CaptureQueriesContext(connection) as queries:
        client.get("/meja/unit")
    assert len(queries) <= 5


def test_only_heads() -> None:
    assert browser(ratih()).get("/meja/unit").status_code == 403
