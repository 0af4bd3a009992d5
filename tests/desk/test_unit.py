# SPDX-License-Identifier: EUPL-1.2
"""The head's view: who holds how much, what nobody has taken on, and nothing of other units."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case
from melayani.cases.rules import Stage
from melayani.government.models import Officer
from tests.builders import a_case, an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import browser, joko, ratih

pytestmark = pytest.mark.django_db


def board() -> dict[str, list[int]]:
    """The lines of the table: name to open, soon, overdue."""
    page = browser(joko()).get("/meja/unit").content.decode()
    lines = {}
    for row in re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>")[1], re.DOTALL):
        words = [re.sub(r"<[^>]+>", " ", cell).split() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
        lines[" ".join(words[0])] = [int(cell[0]) for cell in words[1:]]
    return lines


def test_the_head_sees_who_holds_how_much() -> None:
    a_case(stage=Stage.TAKEN)
    soon = a_case(stage=Stage.TAKEN)
    Case.objects.filter(pk=soon.pk).update(due_at=MONDAY + timedelta(days=1))
    a_case(at=MONDAY - timedelta(days=60))
    a_case(stage=Stage.ANSWERED)
    an_officer("andi")
    assert board() == {"Belum diambil siapa pun": [1, 0, 1], "Andi": [0, 0, 0], "Joko": [0, 0, 0], "Ratih": [2, 1, 0]}


def test_who_left_is_shown_only_while_holding_something() -> None:
    a_case(stage=Stage.TAKEN)
    an_officer("andi")
    Officer.objects.filter(username__in=("andi", "ratih")).update(is_active=False)
    assert board() == {"Belum diambil siapa pun": [0, 0, 0], "Joko": [0, 0, 0], "Ratih akun ditutup": [1, 0, 0]}


@pytest.mark.parametrize("cases", [1, 3])
def test_the_statements_do_not_grow(cases: int) -> None:
    client = browser(joko())
    for _ in range(cases):
        a_case(stage=Stage.TAKEN)
    client.get("/meja/unit")
    with CaptureQueriesContext(connection) as queries:
        client.get("/meja/unit")
    assert len(queries) <= 4


def test_only_heads() -> None:
    assert browser(ratih()).get("/meja/unit").status_code == 403
