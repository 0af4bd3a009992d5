# SPDX-License-Identifier: EUPL-1.2
"""Wrong keys and bursts of filings have a limit, told calmly; people who did nothing are not shut out by others."""

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from melayani.cases.filing import Filed
from melayani.cases.models import Case, Upload
from melayani.portal import limits, urls
from melayani.portal.limits import few_filings
from tests.builders import STORY, filed
from tests.portal.filing_walk import at_check, at_photos, sent
from tests.portal.own_case import tried
from tests.portal.paper_browser import Page
from tests.some_files import a_photo

pytestmark = pytest.mark.django_db
WRONG = "0" * 20
THEIRS, OURS = "10.7.0.1", "10.7.0.2"


def from_(address: str) -> Client:
    """A browser at this network address."""
    return Client(REMOTE_ADDR=address)


def guessed(client: Client, told: Filed, times: int = 1) -> HttpResponse:
    """The answer to the last of so many wrong keys."""
    for _ in range(times):
        answer = tried(client, number=told.number, key=WRONG)
    return answer


def test_ten_wrong_keys_then_a_calm_page_that_says_how_long(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    told, guesser = filed(), from_(THEIRS)
    assert guessed(guesser, told, 10).status_code == 404
    with django_assert_num_queries(0):
        stopped = guessed(guesser, told)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "90")
    assert stopped.headers["Cache-Control"] == "no-store"
    text = Page(stopped).text
    assert "Coba lagi 2 menit lagi." in text
    assert "Nomor saja cukup" in text
    # From there not even the right key is looked at; the number is public, so its citizen comes from elsewhere.
    assert tried(guesser, number=told.number, key=told.key).status_code == 429
    assert tried(from_(OURS), number=told.number, key=told.key).status_code == 200


def test_spelling_the_number_otherwise_is_no_way_around() -> None:
    told, guesser = filed(), from_(THEIRS)
    guessed(guesser, told, 10)
    spelt = told.number.lower().replace("-", " ")
    assert tried(guesser, number=spelt, key=WRONG).status_code == 429


def test_after_the_wait_there_is_one_more_try(monkeypatch: pytest.MonkeyPatch, clock: datetime) -> None:
    told, guesser = filed(), from_(THEIRS)
    guessed(guesser, told, 11)
    monkeypatch.setenv("MELAYANI_NOW", (clock + timedelta(seconds=90)).isoformat())
    assert guessed(guesser, told).status_code == 404
    assert guessed(guesser, told).status_code == 429


def test_other_numbers_and_right_keys_from_the_same_address_are_not_touched() -> None:
    carrier, told, other = from_(THEIRS), filed(), filed(text="Jalan di depan pasar berlubang besar sekali.")
    guessed(carrier, told, 11)
    for _ in range(30):
        assert tried(carrier, number=other.number, key=other.key).status_code == 200
    assert guessed(carrier, other).status_code == 404


def test_behind_an_address_that_guesses_on_and_on_the_right_key_still_opens(clock: datetime) -> None:
    told, carrier = filed(), from_(THEIRS)
    for _ in range(300):
        limits.KEYS_OF_ADDRESS.spend(THEIRS, at=clock)
    # One wrong try for each number is all that is left; thousands of neighbours have the right one.
    assert tried(carrier, number=told.number, key=told.key).status_code == 200
    assert guessed(carrier, told).status_code == 404
    assert guessed(carrier, told).status_code == 429


def test_many_phones_behind_one_address_follow_their_cases() -> None:
    carrier, told = from_(THEIRS), filed()
    answers = {tried(carrier, number=told.number, key=told.key).status_code for _ in range(40)}
    assert answers == {200}


KEYED = [
    pattern.name
    for pattern in urls.urlpatterns
    if str(pattern.pattern).startswith("lacak") and pattern.name not in ("own-photo", "own-small-photo")
]


def stops_guessing(view: str, told: Filed) -> bool:
    """Whether the address stops answering wrong keys after ten."""
    path = reverse(f"portal:{view}", args=[told.number] if view == "follow-this-case" else [])
    client, form = from_(THEIRS), {"nomor": told.number, "kunci": WRONG, "versi": "1", "teks": "x" * 20, "alasan": "x"}
    codes = [client.post(path, form).status_code for _ in range(11)]
    assert codes[:10] == [404] * 10
    return codes[10] == 429


@pytest.mark.parametrize("view", KEYED)
def test_every_address_that_takes_a_key_stops_guessing(view: str) -> None:
    assert len(KEYED) >= 7
    assert stops_guessing(view, filed())


def test_control_an_address_without_the_guard_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits.KEYS_OF_NUMBER, "burst", 1000)
    assert not stops_guessing("follow-case", filed())


def test_a_key_typed_in_groups_is_never_shown_again() -> None:
    told, guesser = filed(), from_(THEIRS)
    spaced = "0000 0000 0000 0000 0000"
    for _ in range(10):
        guesser.post("/lacak", {"nomor": told.number, "kunci": WRONG})
    stopped = guesser.post("/lacak", {"nomor": told.number, "kunci": spaced})
    assert stopped.status_code == 429
    assert spaced not in stopped.content.decode()


def test_malformed_numbers_and_keys_count_for_nobody() -> None:
    guesser = from_(THEIRS)
    for number, key in (("\x00", WRONG), ("JT-0000-000", "kurang"), ("x" * 10_000, "y" * 10_000), ("", "")):
        for _ in range(12):
            assert guesser.post("/lacak", {"nomor": number, "kunci": key}).status_code in (404, 422)


# Filings


def test_a_burst_of_filings_gets_a_page_that_keeps_what_was_typed(clock: datetime) -> None:
    client = from_(THEIRS)
    check = at_check(client)
    for _ in range(300):
        limits.FILINGS_OF_ADDRESS.spend(THEIRS, at=clock)
    stopped = sent(client, check)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "1")
    page = Page(stopped)
    assert "Ini bukan salah Anda" in page.text
    form = page.form("kiriman")
    assert (form.value("cerita"), form.value("tuju")) == (STORY, "kirim")
    assert not Case.objects.exists()
    limits.FILINGS_OF_ADDRESS.forget()
    assert client.post("/lapor", dict(form.fields)).status_code == 200
    assert Case.objects.count() == 1


def joined(client: Client, number: str, times: int) -> list[int]:
    """What so many forms of their own get."""
    return [client.post(f"/kasus/{number}/ikut", {"kiriman": f"{n:024}"}).status_code for n in range(times)]


def test_one_address_does_not_decide_how_grave_a_case_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = filed(), filed()
    assert joined(from_(THEIRS), one.number, 35) == [200] * 30 + [429] * 5
    assert Case.objects.get(number=one.number).joined == 30
    # Another case, and another address, are not touched; the control: with a wide limit all go through.
    assert joined(from_(THEIRS), other.number, 1) == [200]
    monkeypatch.setattr(limits.JOININGS_OF_CASE, "burst", 1000)
    assert joined(from_(THEIRS), other.number, 35)[1:] == [200] * 34


def test_photos_from_one_address_are_many_but_not_without_end() -> None:
    request = RequestFactory(REMOTE_ADDR=THEIRS).post("/lapor")
    assert sum(limits.photo_fits(request) for _ in range(220)) == 200
    assert limits.photo_fits(RequestFactory(REMOTE_ADDR=OURS).post("/lapor"))
    form = dict(at_photos(from_(THEIRS)).form("kiriman").fields)
    photo = SimpleUploadedFile("a.jpg", a_photo(shade=1))
    stopped = from_(THEIRS).post("/lapor", {**form, "tuju": "tambah", "foto": photo})
    assert "lanjutkan tanpa foto" in stopped.content.decode()
    assert not Upload.objects.exists()


def received(request: HttpRequest) -> HttpResponse:
    """Stands behind the guard."""
    return HttpResponse("diterima")


def counted(address: str, times: int, **form: str) -> int:
    """How many of these sendings from the address were let through."""
    view = few_filings(received)
    factory = RequestFactory(REMOTE_ADDR=address)
    answers = [view(factory.post("/lapor", form or {"tuju": "kirim"})).status_code for _ in range(times)]
    return answers.count(200)


def test_three_hundred_at_once_are_let_through_from_one_address() -> None:
    assert counted(THEIRS, 320) == 300
    assert counted(OURS, 10) == 10


def test_walking_through_the_form_is_not_counted_and_neither_is_this_machine() -> None:
    assert counted(THEIRS, 310, tuju="lanjut") == 310
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "", "unix:"):
        assert counted(address, 310) == 310


@pytest.mark.parametrize(
    ("prefix", "words"), [("/en", "Try again in 2 minutes."), ("/jv", "Cobi malih 2 menit malih.")]
)
def test_the_page_speaks_the_language_of_the_address(prefix: str, words: str) -> None:
    told, guesser = filed(), from_(THEIRS)
    guessed(guesser, told, 10)
    answer = guesser.post(f"{prefix}/lacak", {"nomor": told.number, "kunci": WRONG})
    page = Page(answer.content.decode())
    assert words in page.text
    assert page.all("html")[0]["lang"] == prefix[1:]
