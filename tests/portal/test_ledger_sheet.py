# SPDX-License-Identifier: EUPL-1.2
"""The sheet to print: what was promised and where it stands in the ledger, with neither key nor content."""

import re
from pathlib import Path

import pytest
import segno
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from melayani.cases.filing import Filed
from melayani.cases.models import Case, Event
from melayani.cases.parties import join_case
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.sealing import SETTLED_AFTER, batch_after, seal
from melayani.portal.qr import QUIET, qr_code
from tests.builders import STORY, filed
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page
from tests.portal.test_every_page import FIRST_VIEW, forbidden_here

pytestmark = pytest.mark.django_db


def sheet(client: Client, told: Filed) -> Page:
    """The page, by the button of the own case."""
    form = act_form(opened_case(client, told), "/lacak/resi")
    [address] = {address for _name, _value, words, address in form.buttons if words == "Lembar untuk dicetak"}
    answer = client.post(address, dict(form.fields))
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return Page(answer)


def test_it_tells_number_promise_leaf_and_tree_number(client: Client) -> None:
    filed()
    told = filed(email="sari@contoh.example")
    stamp_positions()
    seal(files=LogFiles(Path(settings.LEDGER)), keys=[log_key(Path(settings.KEYS))], at=MONDAY)
    page = sheet(client, told)
    event = Event.objects.select_related("entry").get(case__number=told.number)
    leaf_hash = bytes(event.entry.leaf_hash).hex()
    assert leaf_hash in page.html.replace("<wbr>", "")
    for words in (told.number, told.unit_name, leaf_hash[:16], "Nomor catatan 1", date_format(told.due_at, "l, j F Y")):
        assert words in page.text, words
    assert f"{settings.PUBLIC_URL}/buku-besar#{told.number}.{leaf_hash[:16]}" in page.text
    assert list(forbidden_here(page)) == []
    assert len(page.html) < FIRST_VIEW


def test_neither_key_nor_content_is_on_it(client: Client) -> None:
    told = filed(email="sari@contoh.example")
    page = sheet(client, told)
    salt = bytes(Event.objects.get(case__number=told.number).entry.salt or b"")
    for secret in (told.key, told.key.replace("-", ""), STORY, STORY[:20], "sari@", salt.hex()):
        assert secret not in page.html
    assert told.key in opened_case(client, told).html  # the control: where it is, this finds it


def test_the_code_is_the_address_and_nothing_more(client: Client) -> None:
    told = filed()
    page = sheet(client, told)
    leaf_hash = bytes(Event.objects.get(case__number=told.number).entry.leaf_hash).hex()
    address = f"{settings.PUBLIC_URL}/buku-besar#{told.number}.{leaf_hash[:16]}"
    drawn = [path["d"] for path in page.all("path") if path.get("fill") == "#000"]
    assert drawn == [qr_code(address).path]
    assert drawn != [qr_code(address + told.key).path]


def test_before_sealing_and_before_the_batch_it_says_when(client: Client) -> None:
    assert "biasanya kurang dari satu menit" in sheet(client, filed()).text
    told = filed(visibility="SECRET")
    assert "06.00 dan 18.00 WIB" in sheet(client, told).text
    stamp_positions()
    evening = batch_after(MONDAY) + SETTLED_AFTER
    seal(files=LogFiles(Path(settings.LEDGER)), keys=[log_key(Path(settings.KEYS))], at=evening)
    assert re.search(r"Nomor catatan \d", sheet(client, told).text)


def test_nobody_else_gets_it(client: Client) -> None:
    told = filed()
    joined = join_case(number=told.number, token="a" * 24, at=MONDAY)
    for key, status in ((joined.key, 403), ("AAAA-BBBB-CCCC-DDDD-EEEE", 404), ("", 422)):
        answer = client.post("/lacak/bukti", {"nomor": told.number, "kunci": key})
        assert answer.status_code == status
        assert "buku-besar#" not in answer.content.decode()
    assert client.get("/lacak/bukti").status_code == 405


def test_one_query_more_than_opening_the_case(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    told = filed()
    sheet(client, told)
    with django_assert_max_num_queries(8):
        client.post("/lacak/bukti", {"nomor": told.number, "kunci": told.key})
    assert Case.objects.count() == 1


@pytest.mark.parametrize("text", ["a", "http://127.0.0.1:8000/buku-besar#JT-7KQ4-MX2.0123456789abcdef", "x" * 300])
def test_the_drawing_has_every_dark_module_and_no_other(text: str) -> None:
    code = qr_code(text)
    dark = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path)
        for step in range(int(length))
    }
    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix
    assert dark == {(x + QUIET, y + QUIET) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    assert code.size == len(rows) + 8
