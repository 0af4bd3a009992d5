# SPDX-License-Identifier: EUPL-1.2
"""The piece that keeps a draft: on every step, silent without a script, and gone on the receipt."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from melayani.cases.rules import Privacy
from melayani.portal.draft import PERSON
from tests.portal.filing_walk import at_check, at_person, at_place, opened, sent, went_on
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
STEPS: dict[str, Callable[[Client], Page]] = {
    "story": opened,
    "questions": lambda client: went_on(
        client, opened(client, "/lapor?layanan=air-pdam"), {"cerita": "Air mati sejak kemarin."}
    ),
    "place": at_place,
    "matches": lambda client: went_on(client, at_place(client), {"cari": "malang"}, button="cari"),
    "person": at_person,
    "person, errors": lambda client: went_on(client, at_person(client), {"privasi": "terbuka"}, status=422),
    "check": at_check,
    "offline": lambda client: opened(client, "/lapor/luring"),
}
EVERY_STEP = pytest.mark.parametrize("visit", STEPS.values(), ids=STEPS.keys())
ONE_ANSWER = re.compile(
    r"\binnerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|\bimport\b|sendBeacon|XMLHttp"
)


def code() -> str:
    found = finders.find("portal/draft.js")
    assert isinstance(found, str)
    return Path(found).read_text(encoding="utf-8")


def parts(page: Page) -> dict[str, dict[str, str]]:
    return {e.attributes["data-part"]: e.attributes for e in page.elements if "data-part" in e.attributes}


@EVERY_STEP
def test_every_step_carries_it_hidden_until_a_script_shows_it(client: Client, visit: Callable[[Client], Page]) -> None:
    page = visit(client)
    found = parts(page)
    for name in ("offers", "lost", "carried", "waiting", "note"):
        assert "hidden" in found[name]
    assert [script for script in page.all("script") if "portal/draft" in script["src"] and "defer" in script]
    assert "Hapus draf" in page.text
    # Its buttons and its box send nothing.
    for button in page.all("button"):
        if "data-do" in button:
            assert button["type"] == "button"
    assert all("name" not in box for box in page.all("input") if box.get("id") == "simpan")


def test_only_where_contact_and_privacy_are_asked_stands_the_wish_to_keep_them(client: Client) -> None:
    with_box = [name for name, visit in STEPS.items() if 'id="simpan"' in visit(client).html]
    assert with_box == ["person", "person, errors", "offline"]


def test_receipt_ends_the_draft_and_shows_nothing_of_it(client: Client) -> None:
    page = Page(sent(client, at_check(client)))
    script = next(one for one in page.all("script") if "portal/draft" in one["src"])
    assert "data-finished" in script
    assert not parts(page)
    # A worker is not set up from here.
    assert "data-worker" not in script


def test_the_script_knows_the_fields_that_must_not_be_kept() -> None:
    found = re.search(r"const CONTACT = \[(.*)\]", code())
    assert found is not None
    assert {name.strip(' "') for name in found[1].split(",")} == set(PERSON) - {"privasi"}
    assert f'const SECRET = "{Privacy.RAHASIA}"' in code()


def test_the_script_asks_only_the_form_itself_and_writes_no_markup() -> None:
    text = code()
    assert ONE_ANSWER.findall(text) == []
    assert re.findall(r"fetch\((.*?)\)", text) == ["form.action"]


def test_control_a_script_that_writes_markup_is_found() -> None:
    assert ONE_ANSWER.findall(code() + "\nnote.innerHTML = words;")


def test_the_script_runs_on_a_phone_of_2019() -> None:
    """No syntax or method that came to Chrome for Android after the summer of 2019 (version 75)."""
    newer = re.compile(
        r"\?\.[a-zA-Z(\[]|\?\?|replaceChildren|requestSubmit|\.submitter|\.at\(|structuredClone|Promise\.any|\|\|="
    )
    assert newer.findall(code()) == []
    assert newer.findall("a?.b")


def test_the_script_is_small() -> None:
    assert len(gzip.compress(code().encode(), 9)) < 5_000
