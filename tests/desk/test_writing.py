# SPDX-License-Identifier: EUPL-1.2
"""Two officers, one case: whoever opens it sees who is writing, and since when; sending the letter ends it."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Case, Event, Writing
from melayani.cases.rules import Stage
from tests.builders import ANSWER, a_case
from tests.conftest import MONDAY
from tests.desk.visiting import address, bambang, browser, dewi, joko, nanik, paper, ratih
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db


def tells(case: Case, who: object, **typed: str) -> dict[str, str]:
    """What the script of the officer's page learns."""
    assert callable(who)
    answer = browser(who()).post(address(case, "menulis"), {"text": "", "outcome": "", **typed})
    assert answer.status_code == 200
    pieces = json.loads(answer.content)
    assert set(pieces) == {"writers", "hints"}
    return {name: " ".join(Page(piece).text.split()) for name, piece in pieces.items()}


def at_minute(monkeypatch: pytest.MonkeyPatch, minute: int) -> None:
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(minutes=minute)).isoformat())


def test_others_see_who_is_writing_and_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.TAKEN)
    before = Event.objects.count()
    assert tells(case, ratih)["writers"] == ""
    assert "Ratih baru mulai menulis kepada warga." in paper(browser(joko()).get(address(case))).text
    at_minute(monkeypatch, 3)
    tells(case, ratih)
    words = paper(browser(joko()).get(address(case))).text
    assert "Ratih sedang menulis kepada warga sejak 3 menit." in words
    assert "menulis kepada warga" not in paper(browser(ratih()).get(address(case))).text
    assert "Ratih sedang menulis kepada warga sejak 3 menit." in tells(case, joko)["writers"]
    assert "Joko baru mulai menulis kepada warga." in tells(case, ratih)["writers"]
    assert "Ratih" in paper(browser(dewi()).get(address(case))).text
    assert Event.objects.count() == before


def test_after_ten_minutes_it_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.TAKEN)
    tells(case, ratih)
    at_minute(monkeypatch, 10)
    assert "menulis kepada warga" not in paper(browser(joko()).get(address(case))).text


def test_it_is_said_in_english() -> None:
    case = a_case(stage=Stage.TAKEN)
    tells(case, ratih)
    assert "Ratih has just begun to write to the citizen." in paper(browser(joko()).get(f"/en{address(case)}")).text


def test_a_sent_letter_ends_it_and_an_unsent_one_does_not() -> None:
    case = a_case(stage=Stage.TAKEN)
    tells(case, ratih)
    client = browser(ratih())
    typed = {"version": str(case.version), "text": ANSWER, "outcome": "SOLVED"}
    client.post(address(case, "jawab"), {**typed, "wish": "preview"})
    client.post(address(case, "jawab"), {**typed, "outcome": ""})
    assert Writing.objects.count() == 1
    client.post(address(case, "jawab"), typed)
    assert Writing.objects.count() == 0


def test_the_case_page_asks_no_more_for_it() -> None:
    case = a_case(stage=Stage.TAKEN)
    for who in (ratih, joko, nanik):
        tells(case, who)
    client = browser(dewi())
    client.get(address(case))
    with CaptureQueriesContext(connection) as queries:
        words = paper(client.get(address(case))).text
    assert len(queries) <= 6
    assert words.count("baru mulai menulis") == 3


@pytest.mark.parametrize(("who", "status"), [(dewi, 403), (bambang, 404)])
def test_who_may_not_write_is_not_known_as_writing(who: object, status: int) -> None:
    assert callable(who)
    case = a_case(stage=Stage.TAKEN)
    assert browser(who()).post(address(case, "menulis"), {"text": "x"}).status_code == status
    assert not Writing.objects.exists()


def test_a_forged_request_is_refused() -> None:
    case = a_case(stage=Stage.TAKEN)
    assert browser(ratih(), csrf=True).post(address(case, "menulis"), {"text": "x"}).status_code == 403
    assert not Writing.objects.exists()


def test_the_answer_is_looked_at_while_it_grows() -> None:
    case = a_case(stage=Stage.TAKEN)
    assert tells(case, ratih)["hints"] == ""
    hints = tells(case, ratih, text="Akan kami tindaklanjuti.", outcome="SOLVED")["hints"]
    assert "belum mengatakan apa yang dikerjakan" in hints
    assert tells(case, ratih, text=ANSWER, outcome="SOLVED")["hints"] == ""


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\x00", "\u202e", "x" * 100_000])
def test_whatever_is_typed_does_no_harm(text: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    assert "<script>" not in tells(case, ratih, text=text, outcome=text[:1000])["hints"]
