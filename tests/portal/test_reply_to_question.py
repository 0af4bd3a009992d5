# SPDX-License-Identifier: EUPL-1.2
"""The citizen replies: the clock runs again; refusals change nothing and keep what was typed."""

from datetime import timedelta

import pytest
from django.test import Client

from melayani.cases import actions
from melayani.cases.filing import Filed
from melayani.cases.models import Case, Event
from melayani.cases.rules import EventKind, Stage
from tests.builders import filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case, tried
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked() -> Filed:
    """A case whose officer asked something."""
    told = filed()
    actions.ask_citizen(number=told.number, text="Nomor tiang berapa?", by=officer_actor(), at=MONDAY)
    return told


def test_reply_resumes_the_clock_and_the_case_is_shown_as_it_is_then(client: Client, asked: Filed) -> None:
    form = act_form(opened_case(client, asked), "/lacak/balas")
    answer = pressed(client, form, typed={"teks": "Nomor 14."})
    assert answer.status_code == 200
    page = Page(answer)
    assert "Jawaban Anda sudah ada pada petugas. Jam berjalan lagi." in page.text
    assert "Nomor 14." in page.text
    assert Case.objects.get(number=asked.number).stage == Stage.TAKEN
    assert answer.headers["Cache-Control"] == "no-store"
    assert asked.key not in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [("", "Tulis jawaban Anda."), (" \u200b ", "Tulis jawaban"), ("x" * 4001, "Terlalu panjang: 4001")],
)
def test_bad_replies_are_refused_kept_and_change_nothing(client: Client, asked: Filed, typed: str, words: str) -> None:
    before = Event.objects.count()
    answer = pressed(client, act_form(opened_case(client, asked), "/lacak/balas"), typed={"teks": typed})
    assert answer.status_code == 422
    page = Page(answer)
    assert words in page.text
    assert act_form(page, "/lacak/balas").value("teks") == typed
    assert Event.objects.count() == before


def test_same_reply_twice_is_one_reply(client: Client, asked: Filed) -> None:
    form = act_form(opened_case(client, asked), "/lacak/balas")
    pressed(client, form, typed={"teks": "Nomor 14."})
    again = pressed(client, form, typed={"teks": "Nomor 14."})
    assert again.status_code == 409
    assert "sudah berubah sejak halaman dibuka" in Page(again).text
    assert Event.objects.filter(kind=EventKind.REPLIED).count() == 1


def test_old_page_does_not_answer_a_newer_question(client: Client, asked: Filed) -> None:
    form = act_form(opened_case(client, asked), "/lacak/balas")
    pressed(client, form, typed={"teks": "Nomor 14."})
    actions.ask_citizen(number=asked.number, text="Sejak kapan?", by=officer_actor(), at=MONDAY + timedelta(hours=2))
    stale = pressed(client, form, typed={"teks": "Nomor 14."})
    assert stale.status_code == 409
    assert Case.objects.get(number=asked.number).stage == Stage.ASKED
    page = Page(stale)
    assert act_form(page, "/lacak/balas").value("teks") == "Nomor 14."
    # The control: the page that was just shown is up to date.
    assert pressed(client, act_form(page, "/lacak/balas"), typed={"teks": "Sejak Jumat."}).status_code == 200


def test_reply_without_a_question_is_refused(client: Client) -> None:
    told = filed()
    page = opened_case(client, told)
    version = act_form(page, "/lacak/tarik").value("versi")
    answer = client.post(
        "/lacak/balas", {"nomor": told.number, "kunci": told.key, "versi": version, "teks": "Nomor 14."}
    )
    assert answer.status_code == 409
    assert Event.objects.count() == 1


def test_strangers_and_other_methods(client: Client, asked: Filed) -> None:
    assert client.get("/lacak/balas").status_code == 405
    wrong = tried(client, number=asked.number, key="0" * 20)
    reply = client.post("/lacak/balas", {"nomor": asked.number, "kunci": "0" * 20, "versi": "2", "teks": "x"})
    assert wrong.status_code == reply.status_code == 404
    assert client.post("/lacak/balas", {}).status_code == 422
    assert Case.objects.get(number=asked.number).stage == Stage.ASKED
