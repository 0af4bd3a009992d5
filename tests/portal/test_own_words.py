# SPDX-License-Identifier: EUPL-1.2
"""The own text as a file: with the salt of the receipt its hash is the one in the event, to the last byte."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from melayani.cases import actions, citizen_actions
from melayani.cases.filing import Filed
from melayani.cases.models import Case
from melayani.cases.parties import join_case
from melayani.cases.rules import CITIZEN
from melayani.ground.clock import now
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import parse_receipt, verify_receipt
from melayani.site.sealer import Sealer
from tests.builders import filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
# Letters beyond ASCII, an accent that could be written in two ways, lines, quotes: each would show a changed byte.
WORDS = "Lampu padam — sudah 3 malam.\n\nKata tetangga: “nggih, peteng ndhedhet”. Café Rojali ikut gelap."


def posted(client: Client, address: str, told: Filed, **more: str) -> HttpResponse:
    answer = client.post(address, {"nomor": told.number, "kunci": told.key, **more})
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("sequence", ["", "0", "1", "2"])
def test_salt_and_file_give_the_hash_in_the_event(client: Client, sequence: str) -> None:
    told = filed(text=WORDS, email="sari@contoh.example")
    actions.ask_citizen(number=told.number, text="Nomor tiang berapa?", by=officer_actor(), at=MONDAY)
    citizen_actions.reply_to_question(number=told.number, text="Tiang 14 — dekat “Rojali”.", by=CITIZEN, at=MONDAY)
    stamp_positions()
    Sealer().step()
    receipt = posted(client, "/lacak/resi", told, urutan=sequence).content
    words = posted(client, "/lacak/cerita", told, urutan=sequence)
    assert words.headers["Content-Disposition"] == f'attachment; filename="{told.number}-{sequence or 0}.txt"'
    assert words.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert words.headers["Cache-Control"] == "no-store"
    assert verify_receipt(receipt, policy=policy_of_logs([log_key(Path(settings.KEYS)).vkey])).opened
    extra = json.loads(parse_receipt(receipt).extra or b"")
    salt = base64.b64decode(extra["salt"])
    assert base64.b64encode(hashlib.sha256(salt + words.content).digest()).decode() == extra["event"]["text"]
    # The control: one byte more, such as the line end an editor adds, is another text.
    assert base64.b64encode(hashlib.sha256(salt + words.content + b"\n").digest()).decode() != extra["event"]["text"]


def test_the_story_has_a_button_where_there_is_a_text(client: Client) -> None:
    told = filed(text=WORDS)
    actions.take_on_case(number=told.number, by=officer_actor(), at=MONDAY)
    form = act_form(opened_case(client, told), "/lacak/resi")
    assert [(value, address) for _name, value, _words, address in form.buttons if "cerita" in address] == [
        ("0", "/lacak/cerita")
    ]
    assert posted(client, "/lacak/cerita", told).content.decode() == WORDS


@pytest.mark.parametrize("sequence", ["1", "2", "7", "x"])
def test_acts_without_a_text_that_could_be_checked(client: Client, sequence: str) -> None:
    told = filed(name="Sari", identity="NAMED")
    actions.take_on_case(number=told.number, by=officer_actor(), at=MONDAY)
    actions.view_identity(number=told.number, reason="Menanyakan letak tiang.", by=officer_actor(), at=MONDAY)
    answer = posted(client, "/lacak/cerita", told, urutan=sequence)
    assert answer.status_code == 404
    assert "tidak ada teks" in Page(answer).text


def test_nobody_else_gets_it(client: Client) -> None:
    told = filed(text=WORDS)
    joined = join_case(number=told.number, token="a" * 24, at=MONDAY)
    for key, status in ((joined.key, 403), ("AAAA-BBBB-CCCC-DDDD-EEEE", 404), ("", 422)):
        answer = client.post("/lacak/cerita", {"nomor": told.number, "kunci": key})
        assert answer.status_code == status
        assert "Content-Disposition" not in answer.headers
        assert "peteng" not in answer.content.decode()
    assert client.get("/lacak/cerita").status_code == 405


def test_after_erasure_there_is_none(client: Client) -> None:
    told = filed(text=WORDS)
    Case.objects.update(erased_at=now())
    answer = posted(client, "/lacak/cerita", told)
    assert answer.status_code == 409
    assert "sudah dihapus" in Page(answer).text
    assert "peteng" not in answer.content.decode()
