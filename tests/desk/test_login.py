# SPDX-License-Identifier: EUPL-1.2
"""Logging in and out: happy path, one message for every mistake, guessing is stopped before hashing, safe way back."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.auth import authenticate
from django.test import Client

from melayani.desk.pages import login
from melayani.government.models import LoginTry, Officer
from melayani.government.rules import FAILED_LOGINS_WITHIN, MOST_FAILED_LOGINS
from tests.builders import an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import browser, ratih

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]
PASSWORD = "bintang-timur-di-atas-bromo"
WRONG = "salah"


def with_password(username: str = "ratih") -> Officer:
    """An officer who knows a password."""
    officer = an_officer(username)
    officer.set_password(PASSWORD)
    officer.save()
    return officer


def tried(client: Client, username: str = "ratih", password: str = WRONG, **more: str) -> tuple[int, str, str]:
    """Status, page and way on after an attempt."""
    response = client.post("/masuk", {"username": username, "password": password, **more})
    return response.status_code, response.content.decode(), response.headers.get("Location", "")


def test_an_officer_logs_in_in_any_case_and_is_at_the_desk() -> None:
    with_password()
    client = browser()
    assert tried(client, " Ratih ", PASSWORD)[0::2] == (302, "/meja")
    assert client.get("/meja").status_code == 200
    assert client.get("/masuk").headers["Location"] == "/meja"


def test_the_way_back_is_the_page_that_was_asked_for() -> None:
    with_password()
    client = browser()
    asked = client.get("/meja/daftar/unit?sesudah=1-2")
    assert asked.headers["Location"] == "/masuk?next=%2Fmeja%2Fdaftar%2Funit%3Fsesudah%3D1-2"
    page = client.get(asked.headers["Location"]).content.decode()
    assert 'name="next" value="/meja/daftar/unit?sesudah=1-2"' in page
    assert tried(client, "ratih", PASSWORD, next="/meja/daftar/unit?sesudah=1-2")[2] == "/meja/daftar/unit?sesudah=1-2"


def test_who_was_writing_when_the_session_ended_loses_nothing() -> None:
    with_password()
    number = "JT-0000-000"
    client = browser()
    response = client.post(
        f"/meja/kasus/{number}/jawab", {"version": "3", "text": "Sudah kami <b>perbaiki</b> tadi pagi."}
    )
    page = response.content.decode()
    assert response.status_code == 403
    assert "Sesi Anda sudah berakhir" in page
    assert "Sudah kami &lt;b&gt;perbaiki&lt;/b&gt; tadi pagi." in page
    assert f'name="next" value="/meja/kasus/{number}"' in page
    assert response.headers["Cache-Control"] == "no-store, private"
    assert client.post(f"/meja/kasus/{number}/ambil", {"version": "3"}).headers["Location"].endswith(number)


ELSEWHERE = [
    "https://jahat.example/", "//jahat.example/", "/\\jahat.example/", "\\\\jahat.example", "javascript:alert(1)",
    "http:jahat.example", "meja", " /meja", "/\t/jahat.example", "///jahat.example", "data:text/html,x",
]  # fmt: skip


def followed_elsewhere(safe: Callable[[str], str]) -> list[str]:
    """The addresses that a check lets through."""
    return [address for address in ELSEWHERE if safe(address)]


@pytest.mark.parametrize("where", ELSEWHERE)
def test_nobody_is_sent_elsewhere(where: str) -> None:
    with_password()
    assert tried(browser(), "ratih", PASSWORD, next=where)[2] == "/meja"


def test_control_a_simpler_check_would_send_people_elsewhere() -> None:
    assert followed_elsewhere(login.safe_next) == []
    assert followed_elsewhere(lambda address: address if address.startswith("/") else "") != []


def test_unknown_name_wrong_password_and_closed_account_look_the_same() -> None:
    with_password()
    closed = with_password("lama")
    Officer.objects.filter(pk=closed.pk).update(is_active=False)
    pages = [
        tried(browser(), "ratih", "salah"),
        tried(browser(), "siapa-ya", "salah"),
        tried(browser(), "lama", PASSWORD),
    ]
    plain = {(status, re.sub(r'value="[^"]*"', "", page)) for status, page, _ in pages}
    assert len(plain) == 1
    assert "tidak cocok" in pages[0][1]
    assert 'value="siapa-ya"' in pages[1][1]  # what was typed is kept, but never the password
    assert "salah" not in pages[0][1]


def hashed_logins(monkeypatch: pytest.MonkeyPatch, tries: int, password: str) -> int:
    """How many of these tries reach the hashing of a password."""
    hashed = 0

    def counting(*args: object, **kwargs: str) -> object:
        nonlocal hashed
        hashed += 1
        return authenticate(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(auth, "authenticate", counting)
    client = browser()
    for _ in range(tries):
        tried(client, "ratih", password)
    return hashed


def test_guessing_is_stopped_before_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_password()
    assert hashed_logins(monkeypatch, MOST_FAILED_LOGINS + 3, "salah") == MOST_FAILED_LOGINS
    status, page, _ = tried(browser(), "RATIH", PASSWORD)  # even the right password waits, from any browser
    assert status == 429
    assert "menit lagi" in page
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + FAILED_LOGINS_WITHIN + timedelta(seconds=1)).isoformat())
    assert tried(browser(), "ratih", PASSWORD)[0] == 302


def test_control_without_the_check_guessing_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with_password()
    monkeypatch.setattr(login, "check_login_allowed", lambda **_: None)
    assert hashed_logins(monkeypatch, MOST_FAILED_LOGINS + 3, "salah") > MOST_FAILED_LOGINS


def test_one_name_waiting_does_not_hold_up_another() -> None:
    with_password("nanik")
    client = browser()
    for _ in range(MOST_FAILED_LOGINS):
        tried(client, "ratih")
    assert tried(client, "nanik", PASSWORD)[0] == 302


def test_names_that_no_account_can_have_cost_nothing() -> None:
    for name in ("x" * 200, "a\x00b"):
        assert tried(browser(), name)[0] == 400
    assert LoginTry.objects.count() == 0


def test_a_forged_form_is_refused() -> None:
    with_password()
    client = browser(csrf=True)
    assert tried(client, "ratih", PASSWORD)[0] == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/masuk").content.decode())
    assert token is not None
    assert tried(client, "ratih", PASSWORD, csrfmiddlewaretoken=token.group(1))[0] == 302


def test_the_session_is_new_after_login_and_gone_after_logout() -> None:
    with_password()
    client = browser()
    client.get("/masuk")
    client.session["before"] = True
    client.session.save()
    tried(client, "ratih", PASSWORD)
    inside = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/keluar").status_code == 405
    assert client.post("/keluar").headers["Location"] == "/masuk"
    assert client.get("/meja").headers["Location"].startswith("/masuk")
    client.cookies[settings.SESSION_COOKIE_NAME] = inside
    assert client.get("/meja").headers["Location"].startswith("/masuk")


def test_a_closed_account_and_a_changed_password_end_open_sessions() -> None:
    officer = ratih()
    client = browser(officer)
    assert client.get("/meja").status_code == 200
    officer.set_password("lain-sama-sekali-kini")
    officer.save()
    assert client.get("/meja").status_code == 302
    client = browser(officer)
    Officer.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get("/meja").status_code == 302


def test_nothing_of_the_desk_is_kept_by_browsers() -> None:
    for address in ("/masuk", "/meja", "/meja/kasus/JT-0000-000"):
        assert browser(ratih()).get(address).headers["Cache-Control"] == "no-store, private"
    assert browser().get("/meja").headers["Cache-Control"] == "no-store, private"
