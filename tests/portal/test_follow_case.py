# SPDX-License-Identifier: EUPL-1.2
"""The own case by number and key: one answer to everything wrong, and the key in no address."""

import logging
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases import actions, citizen_actions
from melayani.cases.models import Vault
from melayani.cases.rules import CITIZEN, Outcome, Visibility
from melayani.ground.case_number import key_from_bytes
from tests.builders import ANSWER, STORY, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, key_page, opened_case, tried
from tests.portal.paper_browser import Page, pressed

WRONG_KEY = key_from_bytes(b"\x00" * 16)
HOUR = timedelta(hours=1)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
pytestmark = pytest.mark.django_db


def without_token(answer: HttpResponse) -> str:
    return TOKEN.sub("", answer.content.decode())


def test_anybody_sees_the_form(client: Client) -> None:
    form = key_page(client)
    assert (form.action, form.method) == ("/lacak", "post")
    assert {name for name, _value in form.fields} == {"csrfmiddlewaretoken", "nomor", "kunci"}


@pytest.mark.parametrize("number", ["JT-0000-000", "jt0000000", "0000000"])
def test_number_in_the_address_is_filled_in_and_unknown_ones_get_the_same_page(client: Client, number: str) -> None:
    known = filed().number
    assert key_page(client, f"/lacak/{number}").value("nomor") == "JT-0000-000"
    first, second = client.get(f"/lacak/{known}"), client.get("/lacak/JT-0000-000")
    assert isinstance(first, HttpResponse)
    assert isinstance(second, HttpResponse)
    assert without_token(first).replace(known, "N") == without_token(second).replace("JT-0000-000", "N")


def test_address_of_a_number_reads_nothing(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        client.get("/lacak/JT-0000-000?kunci=rahasia")


def test_key_in_the_query_opens_nothing(client: Client) -> None:
    told = filed()
    answer = client.get(f"/lacak/{told.number}?kunci={told.key}&nomor={told.number}")
    assert answer.status_code == 200
    assert told.key not in answer.content.decode()
    assert STORY not in answer.content.decode()


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.SECRET])
def test_unknown_number_and_wrong_key_are_the_same_answer(client: Client, visibility: Visibility) -> None:
    told = filed(visibility=visibility)
    unknown = tried(client, number="JT-0000-000", key=WRONG_KEY)
    wrong = tried(client, number=told.number, key=WRONG_KEY)
    assert unknown.status_code == wrong.status_code == 404
    assert without_token(unknown).replace("JT-0000-000", "N") == without_token(wrong).replace(told.number, "N")
    assert "tidak membuka kasus apa pun" in Page(wrong).text
    # The control: the right key is another answer.
    assert tried(client, number=told.number, key=told.key).status_code == 200


def test_a_case_without_its_key_that_was_not_erased_is_as_if_unknown(client: Client) -> None:
    told = filed()
    Vault.objects.update(wrapped_key=None)
    assert tried(client, number=told.number, key=told.key).status_code == 404


@pytest.mark.parametrize(("number", "key"), [("", ""), ("JT-0000-001", WRONG_KEY), ("\x00", "\x00"), ("💥", "ab")])
def test_typing_mistakes_are_told_and_kept(client: Client, number: str, key: str) -> None:
    answer = tried(client, number=number, key=key)
    assert answer.status_code == 422
    page = Page(answer)
    assert "Ada yang perlu diperbaiki" in page.text
    assert page.form("kunci").value("nomor").strip("\x00�") == number.strip("\x00")


def test_key_in_any_spelling_opens(client: Client) -> None:
    told = filed()
    assert tried(client, number=told.number.lower(), key=told.key.lower().replace("-", "")).status_code == 200


def test_citizen_reads_everything_that_happened_in_plain_words(client: Client) -> None:
    told = filed(
        name="Sari Wulandari",
        email="sari@contoh.example",
        identity="NAMED",
        visibility=Visibility.SECRET,
        address="Depan balai desa",
    )
    ratih = officer_actor()
    actions.take_on_case(number=told.number, by=ratih, at=MONDAY + HOUR)
    actions.ask_citizen(number=told.number, text="Nomor tiang berapa?", by=ratih, at=MONDAY + 2 * HOUR)
    citizen_actions.reply_to_question(number=told.number, text="Nomor 14.", by=CITIZEN, at=MONDAY + 3 * HOUR)
    actions.view_identity(number=told.number, reason="Perlu menelepon warga", by=ratih, at=MONDAY + 4 * HOUR)
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih, at=MONDAY + 5 * HOUR)
    text = opened_case(client, told).text
    for shown in (
        STORY,
        "Anda menyampaikan kasus ini.",
        "Diambil petugas.",
        "Nomor tiang berapa?",
        "Anda menjawab pertanyaan.",
        "Nomor 14.",
        "Identitas Anda dibaca petugas.",
        "Perlu menelepon warga",
        ANSWER,
        "Hasil menurut petugas: Diselesaikan.",
        "Sari Wulandari",
        "sari@contoh.example",
        "Depan balai desa",
        "rahasia",
        "Ya, masalah saya selesai",
        "Bila sampai Selasa, 20 Januari 2026 tidak ada kabar dari Anda",
    ):
        assert shown in text
    assert "Anda menyatakan selesai atau membuka kembali" in text


def test_key_is_in_hidden_fields_only_and_the_answer_is_kept_by_nobody(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = filed()
    answer = tried(client, number=told.number, key=told.key)
    page = Page(answer)
    holders = [element for element in page.elements if told.key in str(element.attributes)]
    assert holders
    assert all(holder.tag == "input" and holder.attributes["type"] == "hidden" for holder in holders)
    assert told.key not in page.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert {"name": "robots", "content": "noindex"} in page.all("meta")
    assert told.key not in caplog.text
    assert "sessionid" not in client.cookies
    assert told.key not in str(client.cookies)


def test_other_language_keeps_the_case_open(client: Client) -> None:
    told = filed()
    form = act_form(opened_case(client, told), "/en/lacak")
    page = Page(pressed(client, form))
    assert page.all("html")[0]["lang"] == "en"
    assert STORY in page.text


def test_what_can_be_done_follows_the_stage(client: Client) -> None:
    told, ratih = filed(), officer_actor()

    def acts() -> set[str]:
        return {form.action.rpartition("/")[2] for form in opened_case(client, told).forms} - {"lacak", "resi"}

    assert acts() == {"foto", "tarik"}
    actions.ask_citizen(number=told.number, text="Nomor tiang?", by=ratih, at=MONDAY)
    assert acts() == {"balas", "foto", "tarik"}
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=ratih, at=MONDAY)
    assert acts() == {"terima", "buka-lagi", "foto", "tarik"}
    citizen_actions.confirm_case(number=told.number, by=CITIZEN, at=MONDAY)
    assert acts() == {"buka-lagi"}
    citizen_actions.reopen_case(number=told.number, text="Masih padam juga.", by=CITIZEN, at=MONDAY)
    assert acts() == {"foto", "tarik"}
    citizen_actions.withdraw_case(number=told.number, by=CITIZEN, at=MONDAY)
    assert acts() == set()


def test_ombudsman_is_named_when_the_law_s_period_has_passed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    told = filed()
    monkeypatch.setenv("MELAYANI_NOW", "2026-03-04T09:00:00+07:00")
    assert "Ombudsman" not in opened_case(client, told).text
    monkeypatch.setenv("MELAYANI_NOW", "2026-03-08T09:00:00+07:00")
    assert "Ombudsman" in opened_case(client, told).text


@pytest.mark.parametrize(
    ("link", "shown"),
    [("https://contoh.example/foto.jpg", True), ("javascript:alert(1)", False), ("//contoh.example/foto.jpg", False)],
)
def test_link_of_another_system_is_shown_only_when_it_is_a_web_page(client: Client, link: str, shown: bool) -> None:
    page = opened_case(client, filed(media_url=link))
    assert (link in {anchor.get("href") for anchor in page.all("a")}) == shown


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)("/lacak").status_code == 405


def test_cost_is_the_same_with_one_and_three_happenings(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, three = filed(), filed()
    for hour in range(3):
        actions.note_progress(number=three.number, text="Kabar.", by=officer_actor(), at=MONDAY + hour * HOUR)
    opened_case(client, one)
    form = key_page(client)
    for told in (one, three):
        with django_assert_num_queries(4):
            pressed(client, form, typed={"nomor": told.number, "kunci": told.key})
