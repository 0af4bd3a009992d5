# SPDX-License-Identifier: EUPL-1.2
"""Maintenance: one calm page for every address, in every language, without a database, and nothing typed is lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from melayani.cases.models import Case
from melayani.site.maintenance import announced
from tests.builders import STORY
from tests.portal.filing_walk import at_check
from tests.portal.paper_browser import Page, pressed
from tests.site.running import an_instance, run


@pytest.fixture
def switch(tmp_path: Path, settings: Settings) -> Path:
    """The file that switches maintenance on, not there yet."""
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    file: Path = settings.MAINTENANCE_FILE
    return file


def answered(client: Client, address: str) -> HttpResponse:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return answer


# No mark for the database here: a single question to it would fail these tests.
@pytest.mark.parametrize(
    ("address", "language", "words"),
    [
        ("/", "id", "Sistem sedang dirawat sebentar"),
        ("/kasus/JT-0000-000", "id", "Sistem sedang dirawat sebentar"),
        ("/tidak-ada", "id", "Sistem sedang dirawat sebentar"),
        ("/meja", "id", "Sistem sedang dirawat sebentar"),
        ("/metrics", "id", "Sistem sedang dirawat sebentar"),
        ("/en/lapor", "en", "The system is being looked after"),
        ("/jv/", "jv", "Sistem saweg dipunopeni sekedhap"),
    ],
)
def test_every_page_says_so_in_its_language(
    client: Client, switch: Path, address: str, language: str, words: str
) -> None:
    switch.touch()
    answer = answered(client, address)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "600"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = Page(answer)
    assert page.all("html")[0]["lang"] == language
    assert words in page.text
    assert "112" in page.text
    assert {link["hreflang"] for link in page.all("a") if "hreflang" in link} >= {"id", "en", "jv"} - {language}


def test_what_makes_the_page_readable_is_served(client: Client, switch: Path) -> None:
    switch.touch()
    assert client.get("/static/site/melayani.css").status_code == 200


@pytest.mark.django_db
def test_a_watchdog_can_look_and_everything_is_back_when_the_file_is_gone(client: Client, switch: Path) -> None:
    switch.touch()
    assert client.get("/status/health").status_code == 200
    assert client.get("/kasus").status_code == 503
    switch.unlink()
    assert client.get("/kasus").status_code == 200


ENDS = (
    ("2026-01-05T09:30+07:00", "1800", "Senin, 5 Januari 2026, 09.30 WIB"),
    ("2026-01-05T09:30", "1800", "Senin, 5 Januari 2026, 09.30 WIB"),
    ("2026-01-05T23:00", "3600", "Senin, 5 Januari 2026, 23.00 WIB"),
    ("2026-01-05T08:00", "60", "Kami segera kembali"),
    ("nanti <b>malam</b>", "600", "Kami segera kembali"),
)


@pytest.mark.parametrize("end", ENDS)
def test_the_end_is_told_when_somebody_has_said_it(
    client: Client, switch: Path, settings: Settings, end: tuple[str, str, str]
) -> None:
    said, seconds, words = end
    switch.write_text(f"{said}\n")
    answer = answered(client, "/")
    assert (answer.headers["Retry-After"], words in Page(answer).text) == (seconds, True)
    switch.unlink()
    settings.MAINTENANCE = said
    assert answered(client, "/").headers["Retry-After"] == seconds


def test_a_file_that_cannot_be_read_still_means_maintenance(client: Client, switch: Path) -> None:
    switch.write_bytes(b"\xff\xfe\x00")
    assert client.get("/").status_code == 503


@pytest.mark.django_db
def test_the_setting_can_be_off(client: Client, switch: Path, settings: Settings) -> None:
    settings.MAINTENANCE = "0"
    assert client.get("/tentang").status_code == 200


def test_machines_are_told_in_their_own_form(client: Client, switch: Path) -> None:
    switch.touch()
    xml = answered(client, "/open311/v2/services.xml")
    assert xml.status_code == 503
    assert b"<errors><error><code>503</code>" in xml.content.replace(b"\n", b"")
    listed = json.loads(answered(client, "/open311/v2/requests.json").content)
    assert listed[0]["code"] == "503"
    problem = answered(client, "/api/v1/cases")
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert json.loads(problem.content)["status"] == 503
    assert problem.headers["Retry-After"] == "600"


@pytest.mark.django_db
def test_a_filing_sent_meanwhile_is_kept_on_the_page_and_goes_through_afterwards(switch: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    check = at_check(client)
    switch.touch()
    refused = pressed(client, check.form("langkah"), button="kirim")
    assert refused.status_code == 503
    assert not Case.objects.exists()
    page = Page(refused)
    form = page.form("kiriman")
    assert form.value("cerita") == STORY
    again = pressed(client, form)
    assert again.status_code == 503
    switch.unlink()
    # The page carries the button that was pressed, so this sends the filing.
    assert pressed(client, form).status_code == 200
    assert Case.objects.count() == 1


def test_markup_that_was_typed_stays_text_and_secrets_are_not_repeated(client: Client, switch: Path) -> None:
    switch.touch()
    typed = client.post("/lapor", {"cerita": "</textarea><script>x</script> \x00 gelap", "kiriman": '"><i>'})
    assert "<script>x" not in typed.content.decode()
    login = client.post("/masuk", {"username": "ratih", "password": "kata sandi dengan spasi"})
    assert "dengan spasi" not in login.content.decode()
    act = client.post("/meja/kasus/JT-0000-000/jawab", {"text": "Sudah kami ganti lampunya."})
    assert "Sudah kami ganti lampunya." in act.content.decode()
    assert "<form" not in act.content.decode()


@contextmanager
def tidied_up(file: Path) -> Iterator[None]:
    """The control: clears its sign away whatever happened."""
    file.touch()
    try:
        yield
    finally:
        file.unlink()


def test_after_work_that_failed_the_page_stays_until_somebody_has_looked(switch: Path) -> None:
    with announced():
        assert switch.exists()
    assert not switch.exists()
    for work, stays in ((announced(), True), (tidied_up(switch), False)):
        with pytest.raises(RuntimeError), work:
            raise RuntimeError
        assert switch.exists() is stays
    switch.touch()
    with announced():
        pass
    assert switch.exists()


@pytest.mark.once
def test_an_upgrade_announces_itself_and_check_says_when_the_page_is_on(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    assert run("upgrade", "--data", folder).returncode == 0
    assert not (folder / "maintenance").exists()
    (folder / "maintenance").touch()
    assert "Halaman perawatan menyala" in run("check", "--data", folder).stdout
