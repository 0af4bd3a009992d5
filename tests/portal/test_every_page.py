# SPDX-License-Identifier: EUPL-1.2
"""What holds on every page: no inline script or style, nothing from elsewhere, one language, labels, weight."""

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client

from melayani.cases import actions
from melayani.cases.rules import Outcome
from melayani.ledger.actions import stamp_positions
from melayani.ledger.statements import StatementKind, record_statement
from melayani.site.sealer import Sealer
from tests.builders import ANSWER, a_case, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.filing_walk import PERSON_STEP, at_check, at_person, at_photos, at_place, opened, sent, went_on
from tests.portal.own_case import act_form, opened_case, tried
from tests.portal.paper_browser import Page, pressed
from tests.portal.some_cases import filed_with_photos, joined_case, names_of, release
from tests.some_files import a_photo

pytestmark = [pytest.mark.django_db, pytest.mark.once]
FIRST_VIEW = 60_000
HTML_COMPRESSED = 14_000


def got(address: str) -> Callable[[Client], Page]:
    def visit(client: Client) -> Page:
        answer = client.get(address)
        assert isinstance(answer, HttpResponse)
        return Page(answer)

    return visit


def full_case(client: Client) -> Page:
    number = filed().number
    actions.take_on_case(number=number, by=officer_actor(), at=MONDAY)
    actions.answer_case(number=number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY, release=True)
    return got(f"/kasus/{number}")(client)


def full_home(client: Client) -> Page:
    for _ in range(6):
        filed()
    return got("/")(client)


def full_list(client: Client) -> Page:
    for _ in range(26):
        filed()
    return got("/kasus")(client)


def full_map(client: Client) -> Page:
    for place in ("35.07.13", "35.78.01", "35.73"):
        filed(place=place)
    return got("/kasus?tampilan=peta")(client)


def own_answered(client: Client) -> Page:
    told = filed(name="Sari", identity="NAMED")
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY)
    return opened_case(client, told)


def own_asked(client: Client) -> Page:
    told = filed()
    actions.ask_citizen(number=told.number, text="Nomor tiang?", by=officer_actor(), at=MONDAY)
    return opened_case(client, told)


def withdrawing(client: Client) -> Page:
    return Page(pressed(client, act_form(opened_case(client, filed()), "/lacak/tarik")))


def to_print(client: Client) -> Page:
    told = filed()
    return Page(client.post("/lacak/bukti", {"nomor": told.number, "kunci": told.key}))  # type: ignore[arg-type]  # as sent


def full_ledger(client: Client) -> Page:
    said = {"purpose": "log", "old": f"old.example+{'0' * 8}+{'A' * 44}", "new": f"new.example+{'0' * 8}+{'A' * 44}"}
    for _ in range(6):
        with transaction.atomic():
            record_statement(kind=StatementKind.KEY_ANNOUNCED, data=said, origin="o.example", at=MONDAY)
    stamp_positions()
    Sealer().step()
    return got("/buku-besar")(client)


def expired(client: Client) -> Page:
    return Page(Client(enforce_csrf_checks=True).post("/lacak/balas", {"teks": "x"}))  # type: ignore[arg-type]  # as sent


def with_photos(client: Client) -> Page:
    files = [SimpleUploadedFile(f"{n}.jpg", a_photo(shade=n)) for n in (1, 2)]
    return Page(pressed(client, at_photos(client).form("langkah"), button="tambah", files=files))


def case_with_photos(client: Client) -> Page:
    told = filed_with_photos(1, 2)
    release(told.number, names_of(told.number)[0])
    return got(f"/kasus/{told.number}")(client)


def following(client: Client) -> Page:
    number = filed_with_photos(1).number
    return Page(tried(client, number=number, key=joined_case(number).key))


PAGES: dict[str, Callable[[Client], Page]] = {
    "home, empty": got("/"),
    "home": full_home,
    "cases, empty": got("/kasus"),
    "cases": full_list,
    "cases, wrong filter": got("/kasus?topik=x"),
    "cases, filtered": got("/kasus?wilayah=35.07.13&keadaan=belum-dijawab&jenis=PENGADUAN"),
    "cases, map": full_map,
    "cases, map of a region": got("/kasus?tampilan=peta&wilayah=35.07"),
    "services, found": got("/layanan?cari=ktp"),
    "services, nothing found": got("/layanan?cari=zzzqqq"),
    "file, point": lambda client: went_on(client, at_place(client), {"titik": "-8.1304, 112.5709"}, button="titik"),
    "file, point elsewhere": lambda client: went_on(
        client, at_place(client), {"titik": "-6.2, 106.8"}, button="titik", status=422
    ),
    "public case": full_case,
    "public case, photos": case_with_photos,
    "not found": got("/kasus/x"),
    "services": got("/layanan"),
    "service": got("/layanan/lampu-jalan"),
    "status": got("/status"),
    "ledger": full_ledger,
    "ledger, checked": lambda client: Page(client.post("/buku-besar", {})),  # type: ignore[arg-type]  # as sent
    "privacy": got("/privasi"),
    "about": got("/tentang"),
    "accessibility": got("/aksesibilitas"),
    "follow": got("/lacak"),
    "follow, wrong": lambda client: Page(tried(client, number="JT-0000-000", key="0" * 20)),
    "own case": own_answered,
    "own case, asked": own_asked,
    "own case, photos": lambda client: opened_case(client, filed_with_photos(1, 2)),
    "own case, joined": following,
    "withdraw": withdrawing,
    "sheet": to_print,
    "expired": expired,
    "file": opened,
    "file, errors": lambda client: went_on(client, opened(client), {}, status=422),
    "file, questions": lambda client: went_on(
        client, opened(client, "/lapor?layanan=air-pdam"), {"cerita": "Air mati sejak kemarin."}
    ),
    "file, place": at_place,
    "file, matches": lambda client: went_on(client, at_place(client), {"cari": "malang"}, button="cari"),
    "file, lists": lambda client: went_on(client, at_place(client), {"kabupaten": "35.07"}, button="daftar"),
    "file, photos": with_photos,
    "file, photos, errors": lambda client: Page(
        pressed(client, at_photos(client).form("langkah"), button="tambah", files=[SimpleUploadedFile("x", b"x")])
    ),
    "file, person": at_person,
    "file, person, errors": lambda client: went_on(client, at_person(client), {"privasi": "terbuka"}, status=422),
    "file, check": at_check,
    "file, check, photos": lambda client: went_on(client, went_on(client, with_photos(client), {}), PERSON_STEP),
    "receipt": lambda client: Page(sent(client, at_check(client))),
    "400": lambda _client: Page(render_to_string("400.html")),
    "403": lambda _client: Page(render_to_string("403.html")),
    "413": lambda _client: Page(render_to_string("413.html")),
    "500": lambda _client: Page(render_to_string("500.html", {"incident": "ABCD1234"})),
}
EVERY = pytest.mark.parametrize("visit", PAGES.values(), ids=PAGES.keys())


def forbidden_here(page: Page) -> Iterator[str]:
    """Everything the content security policy would stop, or that asks somebody else."""
    for element in page.elements:
        said = element.attributes
        if element.tag == "script" and not said.get("src"):
            yield "inline script"
        if element.tag == "style" or "style" in said:
            yield "inline style"
        yield from (f"handler {name}" for name in said if name.startswith("on"))
        for name in ("href", "src", "action", "formaction"):
            target = said.get(name, "")
            if target.lower().startswith(("javascript:", "data:")) or "//" in target:
                yield f"{name} to {target}"


@EVERY
def test_nothing_inline_and_nothing_from_elsewhere(client: Client, visit: Callable[[Client], Page]) -> None:
    assert list(forbidden_here(visit(client))) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        '<script type="application/ld+json">{}</script>',
        "<style>p{}</style>",
        '<p style="x">',
        '<p onclick="x">',
        '<a href="javascript:x">',
        '<img src="https://elsewhere.example/x.png">',
        '<link href="//elsewhere.example/x.css">',
    ],
)
def test_control_each_forbidden_thing_is_found(html: str) -> None:
    assert list(forbidden_here(Page(html)))


@EVERY
def test_frame_language_and_headings(client: Client, visit: Callable[[Client], Page]) -> None:
    page = visit(client)
    assert page.all("html")[0]["lang"] == "id"
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#isi"}
    assert page.all("main")[0]["id"] == "isi"
    assert re.search(r"<title>[^<]{3,}</title>", page.html)
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch(r"h[1-6]", element.tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@EVERY
def test_ids_are_unique_and_every_field_has_a_label(client: Client, visit: Callable[[Client], Page]) -> None:
    page = visit(client)
    ids = Counter(element.attributes["id"] for element in page.elements if element.attributes.get("id"))
    assert [id_ for id_, count in ids.items() if count > 1] == []
    labelled = {label.get("for") for label in page.all("label")}
    for element in page.elements:
        said = element.attributes
        if element.tag in ("select", "textarea") or (element.tag == "input" and said.get("type") != "hidden"):
            assert said.get("id") in labelled, said
        for name in ("aria-describedby", "aria-labelledby", "for"):
            for target in said.get(name, "").split():
                assert target in ids, (name, target)
        if said.get("href", "").startswith("#"):
            assert said["href"][1:] in ids, said


@EVERY
def test_page_is_light(client: Client, visit: Callable[[Client], Page]) -> None:
    page = visit(client)
    html = len(gzip.compress(page.html.encode(), 9))
    files = [link["href"] for link in page.all("link") if link.get("rel") in ("stylesheet", "icon")]
    files += [script["src"] for script in page.all("script")]
    weight = html + sum(static_weight(address) for address in files)
    assert html <= HTML_COMPRESSED
    assert weight <= FIRST_VIEW


def static_weight(address: str) -> int:
    found = finders.find(address.removeprefix(f"/{settings.STATIC_URL.strip('/')}/"))
    assert isinstance(found, str), address
    with open(found, "rb") as file:  # noqa: PTH123  # finders give strings
        return len(gzip.compress(file.read(), 9))


@EVERY
def test_no_untranslated_or_unfilled_marks(client: Client, visit: Callable[[Client], Page]) -> None:
    page = visit(client)
    assert not re.search(r"\{\{|\{%|%\(\w+\)s|None|Undefined", page.text)


def test_headers_of_every_kind_of_answer(client: Client) -> None:
    for address in ("/", "/kasus", f"/kasus/{a_case().number}", "/lapor", "/lacak", "/kasus/x", "/status"):
        headers = client.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_scripts_ask_nobody() -> None:
    for name in ("site/fill-key.js", "site/print.js", "portal/photos.js"):
        found = finders.find(name)
        assert isinstance(found, str)
        with open(found) as file:  # noqa: PTH123  # finders give strings
            code = file.read()
        assert not re.search(r"fetch|XMLHttpRequest|sendBeacon|import|eval|localStorage|sessionStorage|innerHTML", code)
