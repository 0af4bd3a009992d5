# SPDX-License-Identifier: EUPL-1.2
"""Javanese, beta: home and filing are translated, the rest falls back to Indonesian, and every page of it says so."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format, number_format

import melayani
from melayani.cases import actions
from tests.builders import STORY, filed, triage_actor
from tests.conftest import MONDAY
from tests.desk.visiting import browser, joko, ratih
from tests.missing_words import missing
from tests.portal.filing_walk import PERSON_STEP, STORY_STEP, opened, sent, went_on
from tests.portal.message_catalogue import read_mo, read_po
from tests.portal.own_case import tried
from tests.portal.paper_browser import Page, pressed
from tests.portal.test_english import PLACEHOLDER

pytestmark = pytest.mark.once
FOLDER = Path(melayani.__file__).parent / "site" / "locale" / "jv" / "LC_MESSAGES"
PAGES = (
    "/", "/lapor", "/lacak", "/kasus", "/layanan", "/layanan/lampu-jalan", "/status", "/privasi", "/tentang",
    "/aksesibilitas", "/tidak-ada", "/masuk",
)  # fmt: skip


def got(client: Client, address: str) -> Page:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return Page(answer)


def test_home_filing_and_trouble_are_wholly_translated() -> None:
    """What is missing is listed by `python -m tests.missing_words jv`."""
    assert missing("jv") == []


def test_control_a_sentence_without_javanese_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.missing_words.TRANSLATED_PAGES", ("portal/home.html", "portal/privacy.html"))
    assert len(missing("jv")) > 5


def test_compiled_catalogue_is_the_written_one() -> None:
    written, compiled = read_po(FOLDER / "django.po"), read_mo(FOLDER / "django.mo")
    assert compiled == {key: texts for key, texts in written.items() if all(texts)}


def test_every_sentence_has_one_form_and_keeps_its_placeholders() -> None:
    for (_context, sentence), texts in read_po(FOLDER / "django.po").items():
        assert len(texts) == 1, sentence
        assert sorted(PLACEHOLDER.findall(texts[0])) == sorted(PLACEHOLDER.findall(sentence)), sentence


def test_days_are_javanese_and_months_and_numbers_as_in_indonesian() -> None:
    with translation.override("jv"):
        said = [date_format(MONDAY.replace(day=day), "l D") for day in range(5, 12)]
        assert said == ["Senin Sen", "Slasa Sla", "Rebo Reb", "Kemis Kem", "Jumat Jum", "Setu Set", "Minggu Min"]
        assert date_format(MONDAY, "j F Y") == "5 Januari 2026"
        assert (number_format(1284, force_grouping=True), number_format(0.5)) == ("1.284", "0,5")
        assert translation.ngettext("%(days)s hari, dihitung mulai besok.", "x", 2) == (
            "%(days)s dinten, dipunetang wiwit benjing."
        )


def beta_link(page: Page) -> str:
    """Where the notice on top of the page leads."""
    note = re.search(r"<aside class=\"beta.*?</aside>", page.html, re.DOTALL)
    assert note is not None
    assert "Beta." in note[0]
    assert "Saperangan kaca punika taksih ngginakaken basa Indonesia." in note[0]
    link = re.search(r"(?:<a href|formaction)=\"([^\"]+)\"[^>]* lang=\"id\"", note[0])
    return link[1] if link else ""


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_page_says_beta_and_leads_to_the_indonesian_one(client: Client, address: str) -> None:
    page = got(client, f"/jv{address}")
    assert page.all("html")[0]["lang"] == "jv"
    assert beta_link(page) == address
    # Links stay in the language.
    inner = [link["href"] for link in page.all("a") if link.get("href", "").startswith("/") and "hreflang" not in link]
    assert inner
    assert all(link.startswith("/jv") for link in inner)
    assert "beta" not in got(client, address).html.lower()


@pytest.mark.django_db
def test_pages_of_the_desk_and_refusals_say_so_too() -> None:
    for officer, address in ((ratih(), "/meja"), (joko(), "/meja/unit"), (ratih(), "/meja/unit")):
        assert beta_link(got(browser(officer), f"/jv{address}")) == address
    expired = Client(enforce_csrf_checks=True).post("/jv/lacak/balas", {"teks": "Nomor 14 di depan warung"})
    assert beta_link(Page(expired.content.decode())) == "/lacak/balas"


@pytest.mark.django_db
def test_what_is_not_translated_falls_back_to_indonesian(client: Client) -> None:
    indonesian, page = (re.search(r"<h1>(.*)</h1>", got(client, f"{prefix}/privasi").html) for prefix in ("", "/jv"))
    assert indonesian is not None
    assert page is not None
    assert indonesian[1] == page[1]
    assert "Langsung dhateng isi" in got(client, "/jv/privasi").text


@pytest.mark.django_db
def test_filing_in_javanese_from_the_first_page_to_the_receipt(client: Client) -> None:
    assert "Janji kita saged panjenengan tagih." in got(client, "/jv/").text
    page = went_on(client, opened(client, "/jv/lapor"), {"cerita": "cekak"}, status=422)
    assert "Wonten ingkang perlu dipundandosi" in page.text
    assert "Serat langkung kathah sekedhik: paling sekedhik 10 aksara." in page.text
    page = went_on(client, page, {**STORY_STEP, "cerita": STORY})
    page = went_on(client, page, {"tempat": "35.07.13"})
    page = went_on(client, page, {})
    page = went_on(client, page, PERSON_STEP)
    assert "Priksani wangsulan panjenengan" in page.text
    receipt = Page(sent(client, page))
    assert receipt.all("html")[0]["lang"] == "jv"
    assert "Matur nuwun. Kasus panjenengan sampun kacathet." in receipt.text
    assert "Dipunwangsuli paling kasep Senin, 26 Januari 2026." in receipt.text
    # The receipt is shown once, so the Indonesian page opens beside it.
    assert 'target="_blank"' in receipt.html.partition("</aside>")[0]


@pytest.mark.django_db
def test_switching_in_the_middle_keeps_what_was_typed(client: Client) -> None:
    page = opened(client, "/lapor")
    for language, words in (("jv", "Wonten kedadosan menapa?"), ("en", "What happened?"), ("id", "Apa yang terjadi?")):
        form = page.form("langkah")
        (address,) = {button[3] for button in form.buttons if button[2] == NAMES[language]}
        body = dict(form.fields) | {"cerita": "Lampu padam di depan balai desa", "tuju": "tetap"}
        page = Page(client.post(address, body).content.decode())
        assert page.all("html")[0]["lang"] == language
        assert words in page.text
        assert page.form("langkah").value("cerita") == "Lampu padam di depan balai desa"


NAMES = {"id": "Bahasa Indonesia", "en": "English", "jv": "Basa Jawa"}


@pytest.mark.django_db
def test_the_own_case_is_switched_with_its_key(client: Client) -> None:
    told = filed()
    page = Page(tried(client, number=told.number, key=told.key))
    for language in ("jv", "en", "id"):
        form = next(form for form in page.forms if any(button[2] == NAMES[language] for button in form.buttons))
        page = Page(pressed(client, form))
        assert page.all("html")[0]["lang"] == language
        assert told.number in page.text


# Alternates and lists


def alternates(page: Page) -> dict[str, str]:
    """Language and address of every version that the head of the page names."""
    return {link["hreflang"]: link["href"] for link in page.all("link") if "hreflang" in link}


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/en", "/jv"])
def test_every_version_names_all_versions(client: Client, prefix: str) -> None:
    for address in ("/", "/kasus", "/layanan/lampu-jalan", "/lapor"):
        told = {"id": address, "x-default": address, "en": f"/en{address}", "jv": f"/jv{address}"}
        assert alternates(got(client, f"{prefix}{address}")) == told


@pytest.mark.django_db
def test_pages_that_are_not_for_search_engines_name_none(client: Client) -> None:
    number = filed().number
    for address in ("/lacak", "/kasus?topik=infrastruktur", f"/kasus/{number}", "/tidak-ada", "/masuk"):
        page = got(client, address)
        assert alternates(page) == {}, address
        assert any(meta.get("name") == "robots" and "noindex" in meta["content"] for meta in page.all("meta")), address


@pytest.mark.django_db
def test_a_case_is_for_search_engines_while_its_text_is_released(client: Client) -> None:
    number = filed().number
    address, by = f"/kasus/{number}", triage_actor()

    def found_by_search_engines() -> bool:
        page = got(client, address)
        return bool(alternates(page)) and not [meta for meta in page.all("meta") if meta.get("name") == "robots"]

    assert not found_by_search_engines()
    actions.release_text(number=number, sequence=0, masked=STORY, by=by, at=MONDAY)
    assert found_by_search_engines()
    actions.hold_text(number=number, sequence=0, by=by, at=MONDAY)
    assert not found_by_search_engines()


@pytest.mark.django_db
def test_nothing_of_the_desk_is_for_search_engines() -> None:
    for officer, address in (
        (None, "/masuk"),
        (None, "/meja"),
        (ratih(), "/meja"),
        (ratih(), "/meja/kasus/JT-0000-000"),
    ):
        assert browser(officer).get(address).headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.django_db
def test_a_filtered_list_is_switched_with_its_filter_and_others_without_what_stands_behind_the_address(
    client: Client,
) -> None:
    def switches(address: str) -> set[str]:
        links = got(client, address).all("a")
        return {link["href"] for link in links if "hreflang" in link and link["hreflang"] != "id"}

    assert switches("/kasus?topik=infrastruktur") == {f"/{code}/kasus?topik=infrastruktur" for code in ("en", "jv")}
    number = filed().number
    # The page of a case is remembered: one visitor's query must not stand in the next one's page.
    assert switches(f"/kasus/{number}?x=%22%3E%3Cb%3E") == {f"/{code}/kasus/{number}" for code in ("en", "jv")}


@pytest.mark.django_db
def test_no_address_leads_to_another_site_by_way_of_the_switch(client: Client) -> None:
    for address in ("/jv//evil.example/", "/en//evil.example", "/jv/%5Cevil.example", "//evil.example/kasus"):
        page = Page(client.get(address).content.decode())
        assert not [link["href"] for link in page.all("a") if link.get("href", "").startswith(("//", "/\\"))]


@pytest.mark.django_db
def test_lists_link_without_query_or_prefix_in_indonesian(client: Client) -> None:
    number = filed().number
    for address in ("/", "/kasus"):
        links = [link["href"] for link in got(client, address).all("a") if number in link.get("href", "")]
        assert links == [f"/kasus/{number}"]
