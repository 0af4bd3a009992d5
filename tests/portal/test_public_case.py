# SPDX-License-Identifier: EUPL-1.2
"""The public page of a case: what everybody reads, one statement while nothing changes, gone at once when it does."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases import actions, citizen_actions
from melayani.cases.models import Case
from melayani.cases.rules import CITIZEN, Outcome, Stage, Visibility
from melayani.portal import rendered
from melayani.portal.pages.public_case import PAGES
from tests.builders import ANSWER, STORY, a_case, filed, head_actor, officer_actor
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def the_page(client: Client, number: str, prefix: str = "") -> HttpResponse:
    answer = client.get(f"{prefix}/kasus/{number}")
    assert isinstance(answer, HttpResponse)
    return answer


def test_stranger_reads_state_unit_promise_and_reason(client: Client) -> None:
    case = a_case()
    answer = the_page(client, case.number)
    page = Page(answer)
    assert answer.status_code == 200
    assert case.number in page.text
    assert "Diteruskan" in page.text
    assert "Dipegang Dinas Perhubungan Kabupaten Malang." in page.text
    assert "Dijawab paling lambat Senin, 26 Januari 2026." in page.text
    assert "Tidak dihitung: Jumat, 16 Januari (Isra Mikraj" in page.text
    assert "14 hari kerja" in page.text
    assert "Nawa Bhakti Satya:" in page.text
    assert case.why in page.text


def test_held_text_is_not_shown_and_a_released_one_is(client: Client) -> None:
    case = a_case()
    assert STORY not in Page(the_page(client, case.number)).text
    actions.release_text(number=case.number, sequence=0, masked="Lampu padam.", by=officer_actor(), at=MONDAY)
    page = Page(the_page(client, case.number))
    assert "Lampu padam." in page.text
    assert STORY not in page.text
    actions.hold_text(number=case.number, sequence=0, by=officer_actor(), at=MONDAY)
    assert "Lampu padam." not in Page(the_page(client, case.number)).text


def test_readings_of_the_identity_and_the_name_are_for_the_citizen_alone(client: Client) -> None:
    told = filed(name="Sari Wulandari", email="sari@contoh.example", identity="NAMED")
    actions.view_identity(number=told.number, reason="Perlu menelepon", by=officer_actor(), at=MONDAY)
    html = the_page(client, told.number).content.decode()
    for secret in ("Sari", "contoh.example", "Identitas", "Perlu menelepon", told.key):
        assert secret not in html


def test_secret_case_is_the_same_answer_as_an_unknown_number(client: Client) -> None:
    secret = a_case(visibility=Visibility.SECRET)
    unknown = the_page(client, "JT-0000-000")
    found = the_page(client, secret.number)
    assert unknown.status_code == found.status_code == 404
    assert found.content == unknown.content
    assert set(found.headers.items()) == set(unknown.headers.items())
    # The control: a public case is another answer.
    assert the_page(client, a_case().number).content != unknown.content


@pytest.mark.parametrize("spelling", [str.lower, lambda n: n.replace("-", ""), lambda n: n[3:].lower()])
def test_other_spellings_lead_to_the_one_address(client: Client, spelling: Callable[[str], str]) -> None:
    case = a_case()
    answer = client.get(f"/kasus/{spelling(case.number)}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/kasus/{case.number}"


@pytest.mark.parametrize("typed", ["JT-0000-001", "x", "%00", "a" * 500, "JT-%F0%9F%92%A5-000", "..%2f..%2f"])
def test_what_is_no_number_is_not_found(client: Client, typed: str) -> None:
    assert client.get(f"/kasus/{typed}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_reading(client: Client, method: str) -> None:
    assert getattr(client, method)(f"/kasus/{a_case().number}").status_code == 405


def test_one_statement_while_nothing_changed_and_three_else(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = a_case()
    three = a_case(stage=Stage.ASKED)
    the_page(client, a_case().number)  # reference data is in memory
    for case in (one, three):
        with django_assert_num_queries(3):
            assert the_page(client, case.number).status_code == 200
        with django_assert_num_queries(1):
            assert the_page(client, case.number).status_code == 200
    with django_assert_num_queries(1):
        assert the_page(client, "JT-0000-000").status_code == 404


def test_unchanged_page_is_304_by_its_tag(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    case = a_case()
    first = the_page(client, case.number)
    assert first.headers["Cache-Control"] == "no-cache"
    with django_assert_num_queries(1):
        again = client.get(f"/kasus/{case.number}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    actions.note_progress(number=case.number, text="Regu berangkat.", by=officer_actor(), at=MONDAY)
    changed = client.get(f"/kasus/{case.number}", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_no_session_login_or_token_is_touched(client: Client) -> None:
    answer = the_page(client, a_case().number)
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.content.decode()
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_cached_page_is_dropped_when_the_version_changes(client: Client) -> None:
    case = a_case()
    assert "Sedang dikerjakan" not in Page(the_page(client, case.number)).text
    actions.take_on_case(number=case.number, by=officer_actor(), at=MONDAY)
    assert "Sedang dikerjakan" in Page(the_page(client, case.number)).text


def test_control_a_cache_without_the_version_would_show_the_old_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rendered.RenderedPages.get

    def forgetful(self: rendered.RenderedPages, key: tuple[object, ...], **rest: object) -> object:
        return real(self, (key[0],), **rest)  # type: ignore[arg-type]  # the broken variant drops the version

    monkeypatch.setattr(rendered.RenderedPages, "get", forgetful)
    case = a_case()
    the_page(client, case.number)
    actions.take_on_case(number=case.number, by=officer_actor(), at=MONDAY)
    assert "Sedang dikerjakan" not in Page(the_page(client, case.number)).text


def test_hidden_case_is_gone_at_once_although_its_page_was_remembered(client: Client) -> None:
    case = a_case()
    assert the_page(client, case.number).status_code == 200
    Case.objects.filter(pk=case.pk).update(visibility=Visibility.SECRET)
    assert the_page(client, case.number).status_code == 404


def test_page_turns_overdue_when_the_promise_passes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case()
    monkeypatch.setenv("MELAYANI_NOW", "2026-01-26T23:59:30+07:00")
    assert "Lewat janji" not in Page(the_page(client, case.number)).text
    monkeypatch.setenv("MELAYANI_NOW", "2026-01-27T00:00:05+07:00")
    late = Page(the_page(client, case.number)).text
    assert "Lewat janji" in late
    assert "Seharusnya dijawab paling lambat Senin, 26 Januari 2026." in late
    monkeypatch.setenv("MELAYANI_NOW", "2026-01-29T09:00:00+07:00")
    assert "Sudah lewat 3 hari kerja." in Page(the_page(client, case.number)).text


def test_paused_promise_says_so_and_moves_openly(client: Client) -> None:
    case = a_case(stage=Stage.ASKED)
    asked = Page(the_page(client, case.number)).text
    assert "Jam berhenti. Janji semula Senin, 26 Januari 2026" in asked
    citizen_actions.reply_to_question(
        number=case.number, text="Tiang 14", by=CITIZEN, at=MONDAY + timedelta(days=1, hours=3)
    )
    text = Page(the_page(client, case.number)).text
    assert "Dijawab paling lambat Selasa, 27 Januari 2026." in text
    assert "Janji bergeser dari Senin, 26 Januari 2026 ke Selasa, 27 Januari 2026." in text
    assert "Tiang 14" not in text


def test_every_end_is_told_in_words(client: Client) -> None:
    answered = a_case(stage=Stage.ANSWERED)
    assert "Hasil menurut petugas: Diselesaikan." in Page(the_page(client, answered.number)).text
    confirmed = a_case(stage=Stage.CLOSED)
    assert "Diterima oleh warga." in Page(the_page(client, confirmed.number)).text
    explained = a_case(stage=Stage.CLOSED, outcome=Outcome.EXPLAINED_NO)
    assert "Dijelaskan, tidak dapat dipenuhi" in Page(the_page(client, explained.number)).text
    reopened = a_case(stage=Stage.REOPENED)
    assert "kepala Dinas Perhubungan Kabupaten Malang" in Page(the_page(client, reopened.number)).text
    referred = a_case()
    actions.refer_case(number=referred.number, body="pln", text=ANSWER, by=officer_actor(), at=MONDAY)
    assert "Yang berwenang: PLN." in Page(the_page(client, referred.number)).text
    moved = a_case()
    actions.move_promise(
        number=moved.number,
        due_at=moved.due_at + timedelta(days=2),
        reason="Suku cadang datang hari Rabu.",
        by=head_actor(),
        at=MONDAY,
    )
    text = Page(the_page(client, moved.number)).text
    assert "Janji bergeser dari Senin, 26 Januari 2026 ke Rabu, 28 Januari 2026." in text
    assert "Suku cadang datang hari Rabu." in text


def test_english_page_has_its_own_address_and_its_own_memory(client: Client) -> None:
    case = a_case()
    indonesian = Page(the_page(client, case.number))
    english = Page(the_page(client, case.number, "/en"))
    assert indonesian.all("html")[0]["lang"] == "id"
    assert english.all("html")[0]["lang"] == "en"
    assert {"href": f"/en/kasus/{case.number}", "lang": "en", "hreflang": "en"} in indonesian.all("a")
    assert {"href": f"/kasus/{case.number}", "lang": "id", "hreflang": "id"} in english.all("a")


def test_memory_is_bounded() -> None:
    pages = rendered.RenderedPages(most=2)
    for key in "abc":
        pages.get((key,), at=MONDAY, make=lambda: rendered.rendered(body=b"x", at=MONDAY))
    made: list[str] = []

    def make() -> rendered.Rendered:
        made.append("again")
        return rendered.rendered(body=b"y", at=MONDAY)

    pages.get(("c",), at=MONDAY, make=make)
    assert made == []
    pages.get(("a",), at=MONDAY, make=make)
    assert made == ["again"]
    pages.get(("a",), at=MONDAY + rendered.MOST_AGE, make=make)
    assert made == ["again", "again"]
    assert PAGES is not pages
