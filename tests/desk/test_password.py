# SPDX-License-Identifier: EUPL-1.2
"""Changing the own password: the old one is asked, a temporary one must go, and guessing is stopped as at login."""

import pytest
from django.test import Client

from melayani.government.models import Officer
from melayani.government.rules import MOST_FAILED_LOGINS
from tests.builders import an_officer
from tests.desk.visiting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]
OLD, NEW = "bintang-timur-di-atas-bromo", "gerimis-di-alun-alun-batu"


def known(*, must_change: bool = False) -> tuple[Officer, Client]:
    """An officer with a password, logged in."""
    officer = an_officer("ratih")
    officer.set_password(OLD)
    officer.must_change_password = must_change
    officer.save()
    return officer, browser(officer)


def sent(client: Client, old: str = OLD, new: str = NEW, again: str = NEW) -> tuple[int, str]:
    """Status and page after sending the form."""
    response = client.post("/meja/sandi", {"old": old, "new": new, "again": again})
    return response.status_code, response.content.decode()


def test_the_new_password_holds_and_only_this_session_goes_on() -> None:
    officer, client = known()
    elsewhere = browser(officer)
    assert sent(client)[0] == 302
    officer.refresh_from_db()
    assert officer.check_password(NEW)
    assert client.get("/meja").status_code == 200
    assert elsewhere.get("/meja").status_code == 302
    assert "sudah diganti" not in client.get("/meja").content.decode()  # said once


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("salah", NEW, NEW, "lama tidak cocok"),
        (OLD, NEW, "lain", "tidak sama"),
        (OLD, OLD, OLD, "harus berbeda"),
        (OLD, "pendek", "pendek", "12"),
        (OLD, "", "", "12"),
        (OLD, "x" * 2000, "x" * 2000, "terlalu panjang"),
    ],
)
def test_a_refusal_changes_nothing(old: str, new: str, again: str, words: str) -> None:
    officer, client = known()
    status, page = sent(client, old, new, again)
    assert status == 400
    assert words in page
    officer.refresh_from_db()
    assert officer.check_password(OLD)


def test_the_old_password_cannot_be_guessed_here() -> None:
    officer, client = known()
    for _ in range(MOST_FAILED_LOGINS):
        sent(client, "salah")
    assert "menit lagi" in sent(client)[1]
    officer.refresh_from_db()
    assert officer.check_password(OLD)


def test_a_temporary_password_comes_first() -> None:
    _, client = known(must_change=True)
    for address in ("/meja", "/meja/daftar/unit", "/meja/kasus/JT-0000-000"):
        assert client.get(address).headers["Location"] == "/meja/sandi"
    assert client.post("/meja/kasus/JT-0000-000/ambil", {"version": "1"}).headers["Location"] == "/meja/sandi"
    assert "dibuat orang lain" in client.get("/meja/sandi").content.decode()
    assert sent(client)[0] == 302
    assert client.get("/meja").status_code == 200
    assert client.post("/keluar").status_code == 302
