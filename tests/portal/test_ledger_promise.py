# SPDX-License-Identifier: EUPL-1.2
"""The signed promise on the pages: after filing and on the own case, the same bytes; a filing never fails for it."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Case, Event
from melayani.cases.promises import signed_promise
from melayani.ledger.keys import PROMISE_KEY_FILE, promise_key
from melayani.ledger.promises import verify_promise
from tests.builders import filed
from tests.portal.filing_walk import PERSON_STEP, at_check, at_person, sent, went_on
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


def test_after_filing_the_promise_is_told_and_downloaded(client: Client) -> None:
    page = Page(sent(client, at_check(client)))
    assert "paling lambat 5 Januari 2026, 09.01 WIB" in page.text
    answer = pressed(client, act_form(page, "/lacak/janji"))
    case = Case.objects.get()
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.number}-janji.txt"'
    assert answer.headers["Cache-Control"] == "no-store"
    promise = verify_promise(answer.content, keys=[promise_key(Path(settings.KEYS)).verifier])
    assert promise.leaf_hash == bytes(Event.objects.get().entry.leaf_hash)
    # Neither who filed what nor which case it is stands in it.
    assert case.number not in answer.content.decode()


def test_a_secret_case_is_told_its_later_moment(client: Client) -> None:
    steps = {**PERSON_STEP, "privasi": "rahasia"}
    page = Page(sent(client, went_on(client, at_person(client), steps)))
    assert "paling lambat 5 Januari 2026, 18.01 WIB" in page.text


def test_the_own_case_has_the_same_bytes(client: Client) -> None:
    told = filed()
    form = act_form(opened_case(client, told), "/lacak/resi")
    [address] = {address for _name, _value, words, address in form.buttons if words == "Janji bertanda tangan"}
    answer = client.post(address, dict(form.fields))
    signed = signed_promise(number=told.number)
    assert signed is not None
    assert (answer.status_code, answer.content) == (200, signed.note)


@pytest.mark.parametrize("key", ["", "AAAA-BBBB-CCCC-DDDD-EEEE"])
def test_without_the_key_there_is_none(client: Client, key: str) -> None:
    told = filed()
    answer = client.post("/lacak/janji", {"nomor": told.number, "kunci": key})
    assert answer.status_code in (404, 422)
    assert "Content-Disposition" not in answer.headers
    assert "melayani/promise" not in answer.content.decode()
    assert client.get("/lacak/janji").status_code == 405


def test_without_the_promise_key_the_case_is_filed_and_the_page_says_so(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(settings.KEYS, keys)
    (keys / PROMISE_KEY_FILE).unlink()
    monkeypatch.setattr(settings, "KEYS", keys)
    answer = sent(client, at_check(client))
    page = Page(answer)
    assert answer.status_code == 200
    assert Case.objects.count() == 1
    assert "Janji bertanda tangan belum dapat dibuat" in page.text
    assert "/lacak/janji" not in page.html
    key_form = act_form(page, "/lacak")
    later = client.post("/lacak/janji", dict(key_form.fields))
    assert isinstance(later, HttpResponse)
    assert later.status_code == 503
    assert "tetap tercatat" in Page(later).text
