# SPDX-License-Identifier: EUPL-1.2
"""The English catalogue: complete for the citizens' pages, compiled as written, with every placeholder kept."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client

import melayani
from melayani.portal.refusals import SAID_BELOW
from tests.builders import STORY, a_case
from tests.portal.filing_walk import PERSON_STEP, STORY_STEP, opened, went_on
from tests.portal.message_catalogue import Key, marked_in_code, marked_in_template, read_mo, read_po
from tests.portal.paper_browser import Page
from tests.refusal_sentences import refusals_of

pytestmark = pytest.mark.once
PACKAGE = Path(melayani.__file__).parent
FOLDER = PACKAGE / "site" / "locale" / "en" / "LC_MESSAGES"
TEMPLATES = [*(PACKAGE / "portal" / "templates").rglob("*.html"), *(PACKAGE / "site" / "templates").rglob("*.html")]
CODE = [*(PACKAGE / "portal").rglob("*.py"), PACKAGE / "cases" / "wording.py", PACKAGE / "catalogue" / "queries.py"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|</?b>")


def marked() -> set[Key]:
    found: set[Key] = set()
    for path in TEMPLATES:
        template = engines["django"].from_string(path.read_text(encoding="utf-8"))
        found.update(marked_in_template(template.template))  # type: ignore[attr-defined]  # the engine's own template
    for path in CODE:
        found.update(marked_in_code(path))
    return found


def test_every_marked_sentence_of_the_citizens_pages_is_translated() -> None:
    sentences = marked()
    assert len(sentences) > 400
    catalogue = read_po(FOLDER / "django.po")
    assert sorted(sentences - set(catalogue)) == []
    assert [key for key in sentences if not all(catalogue[key])] == []


def test_control_a_sentence_that_is_not_in_the_catalogue_is_found(tmp_path: Path) -> None:
    new = tmp_path / "new.py"
    new.write_text('_("Kalimat yang belum diterjemahkan.")\nngettext("satu", "banyak", 2)\n_(name)\n')
    catalogue = read_po(FOLDER / "django.po")
    assert set(marked_in_code(new)) - set(catalogue) == {("", "Kalimat yang belum diterjemahkan."), ("", "satu")}


def test_compiled_catalogue_is_the_written_one() -> None:
    written, compiled = read_po(FOLDER / "django.po"), read_mo(FOLDER / "django.mo")
    # Sentences without a translation yet are not compiled; they show in Indonesian.
    assert compiled == {key: texts for key, texts in written.items() if all(texts)}


def test_placeholders_and_emphasis_are_kept() -> None:
    for (_context, sentence), texts in read_po(FOLDER / "django.po").items():
        for text in filter(None, texts):
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(sentence)), sentence


def test_refusals_listed_for_translation_are_really_said_below() -> None:
    below = ("cases", "catalogue", "government", "ground", "triage")
    code = "".join(path.read_text(encoding="utf-8") for room in below for path in (PACKAGE / room).rglob("*.py"))
    measured = refusals_of("cases.filing", "cases.citizen_actions")
    # What a loop measures is named in the code, and only the name.
    named = {sentence for sentence in SAID_BELOW if f'"{sentence.partition(" terlalu panjang")[0]}")' in code}
    assert [sentence for sentence in SAID_BELOW if sentence not in code and sentence not in measured | named] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/en/", "You can hold us to our promise."),
        ("/en/lapor", "What happened?"),
        ("/en/lacak", "Follow my case"),
        ("/en/kasus", "All public cases, newest first."),
        ("/en/layanan", "Requirements, fee and time of every service."),
        ("/en/layanan/lampu-jalan", "Answered within 14 working days of submitting."),
        ("/en/status", "The system is running"),
        ("/en/buku-besar", "A book that cannot be changed in silence"),
        ("/en/privasi", "Your data, in plain words"),
        ("/en/tentang", "A public service you can hold to its word"),
        ("/en/aksesibilitas", "Usable by everybody"),
        ("/en/kasus/x", "This page does not exist"),
    ],
)
def test_english_pages_are_english(client: Client, address: str, words: str) -> None:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    page = Page(answer)
    assert page.all("html")[0]["lang"] == "en"
    assert words in page.text
    # Links stay in the language.
    inner = [link["href"] for link in page.all("a") if link.get("href", "").startswith("/") and "hreflang" not in link]
    assert inner
    assert all(link.startswith("/en") for link in inner)


@pytest.mark.django_db
def test_address_alone_decides_the_language(client: Client) -> None:
    answer = client.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert 'lang="id"' in answer.content.decode()[:200]
    client.cookies["django_language"] = "en"
    assert "Janji kami bisa Anda tagih." in client.get("/").content.decode()


@pytest.mark.django_db
def test_case_and_dates_in_english(client: Client) -> None:
    number = a_case().number
    text = Page(client.get(f"/en/kasus/{number}")).text  # type: ignore[arg-type]  # the client answers with one
    assert "Answered by Monday, 26 January 2026 at the latest." in text
    assert "0 of 14 working days used." in text
    assert "Passed on" in text


@pytest.mark.django_db
def test_filing_in_english_stays_english_with_its_errors(client: Client) -> None:
    page = went_on(client, opened(client, "/en/lapor"), {"cerita": "short"}, status=422)
    assert "Something needs correcting" in page.text
    assert "Write a little more: at least 10 characters." in page.text
    page = went_on(client, page, {**STORY_STEP, "cerita": STORY})
    page = went_on(client, page, {"tempat": "35.07.13"})
    page = went_on(client, page, {})
    page = went_on(client, page, PERSON_STEP)
    assert "Check your answers" in page.text
    page = went_on(client, page, {}, button="kirim")
    assert "Thank you. Your case is recorded." in page.text
