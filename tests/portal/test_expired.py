# SPDX-License-Identifier: EUPL-1.2
"""CSRF protection is on, and a page that is too old to be sent loses nothing that was typed."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern

from melayani.cases import actions
from melayani.cases.models import Case, Event
from melayani.cases.rules import Stage
from melayani.desk import urls as desk_urls
from melayani.portal import urls as portal_urls
from melayani.portal.typed_again import SECRET
from tests.builders import STORY, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.filing_walk import at_check, sent
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Form, Page, pressed

pytestmark = pytest.mark.django_db


@pytest.fixture
def strict() -> Client:
    """A browser whose cross-site protection is really checked."""
    return Client(enforce_csrf_checks=True)


def test_filing_without_cookie_loses_nothing_and_goes_through_on_the_second_try(client: Client, strict: Client) -> None:
    check = at_check(client, {"privasi": "terbuka", "nama": "Sari", "surel": "sari@contoh.example"})
    refused = sent(strict, check)
    assert refused.status_code == 403
    page = Page(refused)
    assert "tekan kirim sekali lagi" in page.text
    form = page.form("langkah")
    assert form.value("langkah") == "periksa"
    for name, value in (("cerita", STORY), ("nama", "Sari"), ("surel", "sari@contoh.example"), ("privasi", "terbuka")):
        assert form.value(name) == value
    assert form.value("kiriman") == check.form("langkah").value("kiriman")
    assert not Case.objects.exists()
    # The refusal brought a cookie and a fresh token: the same button now works.
    assert sent(strict, page).status_code == 200
    assert Case.objects.count() == 1


def test_filing_without_any_cookies_keeps_what_was_typed_every_time(client: Client, strict: Client) -> None:
    page = at_check(client)
    for _ in range(3):
        strict.cookies.clear()
        answer = sent(strict, page)
        assert answer.status_code == 403
        page = Page(answer)
        assert page.form("langkah").value("cerita") == STORY
        assert "izinkan kuki" in page.text
    assert not Case.objects.exists()


@pytest.mark.parametrize("step", ["apa", "tempat", "siapa", "periksa", "x"])
def test_a_half_filled_step_is_shown_again(strict: Client, step: str) -> None:
    answer = strict.post("/lapor", {"langkah": step, "cerita": "Lampu", "tuju": "lanjut", "telepon": "0812"})
    assert answer.status_code == 403
    assert isinstance(answer, HttpResponse)
    form = Page(answer).form("langkah")
    assert form.value("cerita") == "Lampu"
    assert form.value("telepon") == "0812"


def test_key_form_keeps_number_and_key(strict: Client) -> None:
    told = filed()
    answer = strict.post("/lacak", {"nomor": told.number, "kunci": told.key})
    assert answer.status_code == 403
    assert answer.headers["Cache-Control"] == "no-store"
    assert isinstance(answer, HttpResponse)
    form = Page(answer).form("kunci")
    assert (form.value("nomor"), form.value("kunci")) == (told.number, told.key)
    assert STORY in Page(pressed(strict, form)).text


def test_an_act_keeps_its_text_and_goes_through_on_the_second_try(client: Client, strict: Client) -> None:
    told = filed()
    actions.ask_citizen(number=told.number, text="Nomor tiang?", by=officer_actor(), at=MONDAY)
    form = act_form(opened_case(client, told), "/lacak/balas")
    refused = pressed(strict, form, typed={"teks": "Nomor 14,\nsebelah warung"})
    assert refused.status_code == 403
    again = Page(refused).form("teks")
    assert again.value("teks").replace("\r\n", "\n") == "Nomor 14,\nsebelah warung"
    assert Event.objects.count() == 2
    assert pressed(strict, again).status_code == 200
    assert Case.objects.get(number=told.number).stage == Stage.TAKEN


TYPED = "Lampu di depan <b>pasar</b>\npadam & gelap sejak kemarin"
PARTS = {"number": "JT-0000-000", "slug": "lampu-jalan", "signed": "x", "name": "x", "region": "35.07", "which": "unit"}
PARTS |= {"username": "ratih", "year": "2026", "code": "x", "pk": "1", "sequence": "1"}


def where(pattern: URLPattern) -> str:
    """An address of this page."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: PARTS.get(part[1], "1"), str(pattern.pattern))


def shown(page: Page) -> bool:
    """Whether what was typed stands in a field or a box of the page."""
    texts = [value for form in page.forms for _name, value in form.fields] + page.boxes
    return TYPED in {text.replace("\r\n", "\n") for text in texts}


# The feed is for machines and has no form (tests/site/test_only_read.py).
PAGES = [pattern for pattern in portal_urls.urlpatterns if pattern.name != "case-feed"]


@pytest.mark.parametrize("pattern", PAGES, ids=lambda pattern: pattern.name)
def test_no_form_of_a_citizen_loses_what_was_typed(strict: Client, pattern: URLPattern) -> None:
    names = ("cerita", "nomor", "teks", "alasan", "terima-komentar", "tarik-komentar", "surel", "sesuatu-yang-baru")
    answer = strict.post(where(pattern), dict.fromkeys(names, TYPED))
    assert answer.status_code == 403
    page = Page(answer.content.decode())
    assert shown(page)
    assert any(form.method == "post" and shown_in(form) for form in page.forms)
    assert "<b>pasar" not in page.html


def shown_in(form: Form) -> bool:
    """Whether the form would send it again."""
    return any(value.replace("\r\n", "\n") == TYPED for _name, value in form.fields)


@pytest.mark.parametrize("pattern", desk_urls.urlpatterns, ids=lambda pattern: pattern.name)
def test_texts_of_officers_are_shown_to_be_copied_and_never_offered_again(strict: Client, pattern: URLPattern) -> None:
    answer = strict.post(where(pattern), {"text": TYPED, "masked": "kunci", "version": "3"})
    assert answer.status_code == 403
    page = Page(answer.content.decode())
    assert shown(page) is (f"desk:{pattern.name}" not in SECRET)
    assert not any(form.method == "post" for form in page.forms)


def test_control_a_page_that_says_only_that_it_is_too_late_shows_nothing() -> None:
    assert not shown(Page("<textarea name='teks'></textarea><p>Halaman kedaluwarsa</p>"))


def test_secrets_are_not_shown(strict: Client) -> None:
    answer = strict.post("/masuk", {"username": "ratih", "password": "rahasia sekali, dengan spasi"})
    assert answer.status_code == 403
    assert "rahasia sekali" not in answer.content.decode()


def test_unknown_address_is_a_plain_page(strict: Client) -> None:
    assert strict.post("/tidak-ada", {"teks": "x"}).status_code in (403, 404)


def test_control_with_cookie_and_token_nothing_is_refused(strict: Client) -> None:
    assert sent(strict, at_check(strict)).status_code == 200
