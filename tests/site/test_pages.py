# SPDX-License-Identifier: EUPL-1.2
"""Health, metrics, robots, security.txt and the page for a bug; and what the middleware does to every answer."""

import gzip
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from melayani.ledger.actions import stamp_positions
from melayani.ledger.models import Entry
from melayani.site import urls as all_urls
from melayani.site.health import Health
from melayani.site.logs import AllowedLines
from melayani.site.middleware import CompressedPages, language_by_address, proxy_headers, security_headers
from melayani.site.pages import LAST_WORDS, server_error
from tests.builders import a_case
from tests.portal.paper_browser import Page

# Health and metrics


@pytest.mark.django_db
def test_health_says_that_the_database_answers_and_nobody_works(client: Client) -> None:
    answer = client.get("/status/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "worker": "missing", "oldest_unstamped_seconds": None}
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_health_fails_when_acts_wait_too_long_for_their_position(client: Client, clock: datetime) -> None:
    a_case()
    Entry.objects.filter(position__isnull=True).update(recorded_at=int(clock.timestamp()) - 59)
    assert client.get("/status/health").json()["oldest_unstamped_seconds"] == 59
    Entry.objects.filter(position__isnull=True).update(recorded_at=int(clock.timestamp()) - 61)
    late = client.get("/status/health")
    assert (late.status_code, late.json()["worker"]) == (503, "late")
    stamp_positions()
    assert client.get("/status/health").status_code == 200


def test_a_database_that_is_gone_is_not_well() -> None:
    gone = Health(database="gone", worker="unknown", oldest_unstamped_seconds=None)
    assert not gone.well
    assert gone.said()["status"] == "failing"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/status/health", "/metrics", "/robots.txt", "/.well-known/security.txt"])
def test_only_reading(address: str, client: Client) -> None:
    assert client.post(address).status_code in (404, 405)
    assert client.head(address).status_code == 200


@pytest.mark.django_db
def test_metrics_on_this_machine(client: Client) -> None:
    a_case()
    stamp_positions()
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    assert f"melayani_ledger_position {float(Entry.objects.count())}" in lines
    assert "melayani_ledger_unstamped 0.0" in lines
    assert "melayani_worker_working 0.0" in lines


@pytest.mark.django_db
@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "10.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_AUTHORIZATION": "Bearer "},
    ],
)
def test_metrics_are_not_there_for_others_and_through_proxies(meta: dict[str, str], client: Client) -> None:
    if "HTTP_AUTHORIZATION" in meta:
        meta = meta | {"REMOTE_ADDR": "10.0.0.1"}
    assert client.get("/metrics", **meta).status_code == 404  # type: ignore[arg-type]  # WSGI names


@pytest.mark.django_db
@override_settings(METRICS_TOKEN="a-token")
def test_metrics_with_the_token_from_anywhere(client: Client) -> None:
    there = {"REMOTE_ADDR": "10.0.0.1"}
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer a-token", **there).status_code == 200  # type: ignore[arg-type]  # WSGI names
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer a-tokem", **there).status_code == 404  # type: ignore[arg-type]  # as above


def test_robots_may_read_the_public_pages_only(client: Client) -> None:
    said = client.get("/robots.txt").content.decode()
    assert "Disallow: /meja\n" in said
    assert "Disallow: /lacak\n" in said
    assert "Disallow: /kasus" not in said
    assert "Disallow: /en/meja\n" in said
    assert "Disallow: /jv/lacak\n" in said
    assert "Disallow: /\n" not in said


def test_security_txt_has_what_the_rfc_asks_for(client: Client, clock: datetime) -> None:
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"].startswith(("https://", "http://", "mailto:"))
    expires = datetime.fromisoformat(fields["Expires"])
    assert 0 < (expires - clock).days <= 366


# The page for a bug


def broken(request: HttpRequest) -> HttpResponse:
    """A page with a bug whose message quotes somebody's words."""
    raise KeyError("kata rahasia warga")


urlpatterns = [path("broken", broken, name="broken"), *all_urls.urlpatterns]
handler500 = all_urls.handler500


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines that our logger writes, as they would stand in the log."""
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(AllowedLines().format(record))

    handler = Kept()
    logging.getLogger("melayani").addHandler(handler)
    yield written
    logging.getLogger("melayani").removeHandler(handler)


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_bug_is_a_page_with_an_incident_number_and_a_line_without_personal_data(lines: list[str]) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/broken?nama=Sari")
    assert answer.status_code == 500
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = lines
    said = json.loads(line)
    assert said["incident"] in answer.content.decode()
    assert (said["view"], said["method"], said["error"]) == ("broken", "GET", "KeyError")
    assert any("test_pages.py" in frame and frame.endswith(" broken") for frame in said["trace"])
    assert "rahasia" not in line
    assert "Sari" not in line
    assert "kata rahasia" not in answer.content.decode()


@pytest.mark.parametrize(
    ("address", "language", "words"),
    [("/lapor", "id", "Nomor kejadian"), ("/en/lapor", "en", "incident"), ("/jv/lapor", "jv", "nomer kedadosan")],
)
def test_the_page_for_a_bug_speaks_the_language_of_the_address_and_keeps_what_was_typed(
    address: str, language: str, words: str
) -> None:
    request = RequestFactory().post(address, {"cerita": "Lampu <b>padam</b> sejak kemarin", "kiriman": "t" * 32})
    answer = language_by_address(server_error)(request)
    page = Page(answer)
    assert answer.status_code == 500
    assert page.all("html")[0]["lang"] == language
    assert words.lower() in page.text.lower()
    form = page.form("kiriman")
    assert (form.value("cerita"), form.value("kiriman")) == ("Lampu <b>padam</b> sejak kemarin", "t" * 32)


@override_settings(TEMPLATES=[])
def test_when_even_the_page_for_a_bug_is_broken_there_are_last_words() -> None:
    request = RequestFactory().get("/")
    answer = server_error(request)
    assert answer.status_code == 500
    assert "Nomor kejadian" in answer.content.decode()
    assert LAST_WORDS.split("{")[0] in answer.content.decode()


# Logs


def record(name: str = "melayani.x", **more: object) -> dict[str, Any]:
    made = logging.LogRecord(name, logging.WARNING, "f.py", 1, "an event", None, None)
    made.__dict__.update(more)
    said: dict[str, Any] = json.loads(AllowedLines().format(made))
    return said


def test_only_allowed_fields_are_written() -> None:
    said = record(incident="AB", count=3, name_of_citizen="Sari", path="/lacak/JT-1", request="x")
    assert set(said) == {"at", "level", "logger", "event", "incident", "count"}


def test_what_libraries_say_is_reduced_to_who_and_how_bad() -> None:
    said = record(name="django.db.backends", args=("Sari",))
    assert set(said) == {"at", "level", "logger"}


def test_causes_of_an_error_are_told_by_type_and_place_only() -> None:
    try:
        try:
            raise ValueError("nomor telepon 0812")
        except ValueError as error:
            raise KeyError("nama Sari") from error
    except KeyError as error:
        said = record(exc_info=(KeyError, error, error.__traceback__))
    assert said["error"] == "KeyError"
    assert "caused by ValueError" in said["trace"]
    assert "0812" not in json.dumps(said)
    assert "Sari" not in json.dumps(said)


# Middleware


def text(request: HttpRequest) -> HttpResponse:
    """An answer that is worth compressing."""
    return HttpResponse("kasus " * 500, headers={"ETag": '"v1"'})


def through(middleware: Any, **meta: str) -> tuple[HttpRequest, HttpResponse]:
    """The request after it went through the middleware, and the answer."""
    request = RequestFactory().get("/kasus", **meta)  # type: ignore[arg-type]  # WSGI names
    answer: HttpResponse = middleware(text)(request)
    return request, answer


def test_every_answer_has_the_security_headers(client: Client) -> None:
    answer = client.get("/robots.txt")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in answer.headers


@override_settings(HTTPS=True)
def test_over_https_browsers_are_told_to_insist() -> None:
    _, answer = through(security_headers)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_text_is_compressed_for_visitors() -> None:
    _, answer = through(CompressedPages, HTTP_ACCEPT_ENCODING="gzip, br")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == b"kasus " * 500
    assert answer.headers["ETag"] == 'W/"v1"'
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "meta", [{"HTTP_ACCEPT_ENCODING": "gzip", "HTTP_COOKIE": "sessionid=abc"}, {"HTTP_ACCEPT_ENCODING": "br"}, {}]
)
def test_whoever_has_a_session_or_does_not_ask_gets_it_plain(meta: dict[str, str]) -> None:
    _, answer = through(CompressedPages, **meta)
    assert "Content-Encoding" not in answer.headers


def test_an_answer_that_opens_a_session_is_plain() -> None:
    def login(request: HttpRequest) -> HttpResponse:
        answer = text(request)
        answer.set_cookie("sessionid", "abc")
        return answer

    request = RequestFactory().get("/", HTTP_ACCEPT_ENCODING="gzip")
    assert "Content-Encoding" not in CompressedPages(login).process_response(request, login(request)).headers


@pytest.mark.parametrize(
    ("address", "language"),
    [("/kasus", "id"), ("/en/kasus", "en"), ("/en", "en"), ("/enough", "id"), ("/jv/x", "jv"), ("/su/x", "id")],
)
def test_the_address_alone_says_the_language(address: str, language: str) -> None:
    request = RequestFactory().get(address, HTTP_ACCEPT_LANGUAGE="en-US,en;q=0.9")
    answer = language_by_address(text)(request)
    assert answer.headers["Content-Language"] == language
    assert language == request.LANGUAGE_CODE
    assert "Accept-Language" not in answer.headers.get("Vary", "")


@override_settings(TRUSTED_PROXIES=["10.0.0.9"])
def test_a_trusted_proxy_is_believed_by_its_last_word() -> None:
    request, _ = through(
        proxy_headers,
        REMOTE_ADDR="10.0.0.9",
        HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_X_FORWARDED_HOST="layanan.contoh.example",
    )
    assert request.META["REMOTE_ADDR"] == "2.2.2.2"
    assert request.META["wsgi.url_scheme"] == "https"
    assert request.META["HTTP_HOST"] == "layanan.contoh.example"


@override_settings(TRUSTED_PROXIES=["10.0.0.9"])
def test_others_are_not_believed() -> None:
    request, _ = through(
        proxy_headers, REMOTE_ADDR="9.9.9.9", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https"
    )
    assert request.META["REMOTE_ADDR"] == "9.9.9.9"
    assert request.META["wsgi.url_scheme"] == "http"
    assert "HTTP_X_FORWARDED_FOR" not in request.META
