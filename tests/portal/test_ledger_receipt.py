# SPDX-License-Identifier: EUPL-1.2
"""The citizen's receipt: downloaded with the key, it opens the commitment for any verifier; without the key nothing."""

import json
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases import actions, proofs
from melayani.cases.file_actions import note_case
from melayani.cases.filing import Filed
from melayani.cases.parties import join_case
from melayani.cases.proofs import act_receipt
from melayani.cases.rules import Outcome
from melayani.ledger.actions import stamp_positions
from melayani.ledger.cosignatures import cosign
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.note import SignatureLine, split_note
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import Proven, ReceiptRefused, parse_receipt, verify_receipt
from melayani.ledger.sealing import SETTLED_AFTER, batch_after, seal
from melayani.portal import witness_words
from melayani.portal.witness_words import witnesses_awaited
from melayani.site.sealer import Sealer
from tests.builders import ANSWER, STORY, filed, officer_actor
from tests.conftest import MONDAY
from tests.ledger.some_keys import WITNESSES, variant
from tests.portal.own_case import act_form, opened_case, tried
from tests.portal.paper_browser import Page, pressed

pytestmark = pytest.mark.django_db


def log_files() -> LogFiles:
    return LogFiles(Path(settings.LEDGER))


def sealed() -> None:
    stamp_positions()
    Sealer().step()


def asked(client: Client, told: Filed) -> HttpResponse:
    """The answer to a tap on the button of the own case."""
    return pressed(client, act_form(opened_case(client, told), "/lacak/resi"))


def verified(content: bytes) -> Proven:
    return verify_receipt(content, policy=policy_of_logs([log_key(Path(settings.KEYS)).vkey]))


def test_the_receipt_opens_and_tells_texts_only_as_hashes(client: Client) -> None:
    told = filed(email="sari@contoh.example")
    sealed()
    answer = asked(client, told)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{told.number}.tlog-proof"'
    assert answer.headers["Cache-Control"] == "no-store"
    proven = verified(answer.content)
    assert (proven.opened, proven.kind) == (True, "case.filed")
    said = json.dumps(proven.event)
    assert STORY not in said
    assert "sari@contoh.example" not in said
    assert len(answer.content) < 3_000


def test_before_it_is_sealed_the_case_says_when(client: Client) -> None:
    told = filed()
    answer = asked(client, told)
    assert answer.status_code == 409
    assert "belum disegel" in Page(answer).text
    stamp_positions()
    sealed()
    assert asked(client, told).status_code == 200


def test_a_secret_case_has_its_receipt_after_the_batch(client: Client) -> None:
    told = filed(visibility="SECRET")
    sealed()
    answer = asked(client, told)
    assert answer.status_code == 409
    assert "06.00 dan 18.00 WIB" in Page(answer).text
    evening = batch_after(MONDAY) + SETTLED_AFTER
    assert seal(files=log_files(), keys=[log_key(Path(settings.KEYS))], at=evening) > 0
    proven = verified(asked(client, told).content)
    assert (proven.opened, proven.kind) == (True, "case.filed")
    assert json.loads(proven.leaf).keys() == {"c", "k", "v"}


@pytest.mark.parametrize("key", ["", "AAAA-BBBB-CCCC-DDDD-EEEE"])
def test_without_the_key_there_is_none(client: Client, key: str) -> None:
    told = filed()
    sealed()
    answer = client.post("/lacak/resi", {"nomor": told.number, "kunci": key})
    assert "tlog-proof" not in answer.content.decode()
    assert "Content-Disposition" not in answer.headers
    assert client.get("/lacak/resi").status_code == 405


def test_after_erasure_there_is_none_and_the_one_given_before_stays_valid(client: Client) -> None:
    told = filed()
    sealed()
    before = asked(client, told).content
    Entry.objects.update(salt=None)
    answer = asked(client, told)
    assert answer.status_code == 409
    assert "sudah dihapus" in Page(answer).text
    assert verified(before).opened


def test_every_act_of_the_story_has_a_button_for_its_receipt(client: Client) -> None:
    told = filed()
    actions.take_on_case(number=told.number, by=officer_actor(), at=MONDAY)
    note_case(number=told.number, text="Hanya untuk petugas.", by=officer_actor(), at=MONDAY)
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY)
    sealed()
    form = act_form(opened_case(client, told), "/lacak/resi")
    assert [value for name, value, _words, address in form.buttons if name and not address] == ["0", "1", "3"]
    for sequence, kind, opened in (
        ("0", "case.filed", True),
        ("1", "case.taken_on", False),
        ("3", "case.answered", True),
    ):
        answer = pressed(client, form, button=sequence)
        assert answer.status_code == 200
        which = f"-{sequence}" if sequence != "0" else ""
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{told.number}{which}.tlog-proof"'
        assert (verified(answer.content).kind, verified(answer.content).opened) == (kind, opened)


@pytest.mark.parametrize("sequence", ["2", "4", "-1", "00", "x", "9" * 30, "2147483647", "2147483648"])
def test_an_act_the_citizen_is_not_told_of_is_not_there(client: Client, sequence: str) -> None:
    told = filed()
    actions.take_on_case(number=told.number, by=officer_actor(), at=MONDAY)
    note_case(number=told.number, text="Hanya untuk petugas.", by=officer_actor(), at=MONDAY)
    sealed()
    answer = client.post("/lacak/resi", {"nomor": told.number, "kunci": told.key, "urutan": sequence})
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 404
    assert "Tindakan ini tidak ada" in Page(answer).text


def test_somebody_who_joined_has_no_buttons_and_gets_none(client: Client) -> None:
    told = filed()
    joined = join_case(number=told.number, token="a" * 24, at=MONDAY)
    sealed()
    page = Page(tried(client, number=told.number, key=joined.key))
    assert "/lacak/resi" not in page.html
    answer = client.post("/lacak/resi", {"nomor": told.number, "kunci": joined.key})
    assert answer.status_code == 403
    assert "Content-Disposition" not in answer.headers


def test_a_row_that_was_changed_gives_no_receipt_and_the_citizen_is_told(client: Client) -> None:
    """The receipt is checked as it is made: what the row says now must be what was recorded."""
    from melayani.cases.models import Event

    told = filed()
    sealed()
    event = Event.objects.get(case__number=told.number, sequence=0)
    Event.objects.filter(pk=event.pk).update(data=event.data | {"place": "35.07.13"})
    with pytest.raises(ReceiptRefused):
        act_receipt(number=told.number, sequence=0, files=log_files())
    answer = asked(client, told)
    assert answer.status_code == 409
    assert "tidak cocok dengan buku besar" in Page(answer).text


# Witnesses that have not answered yet

AWAITED = "Tanda tangan saksi untuk catatan terbaru kasus ini masih ditunggu."


def watched(quorum: str = "g") -> None:
    """The log asks for witnesses."""
    log_files().tell_witnesses(json.dumps({"quorum": quorum, "met": True, "witnesses": [A_WITNESS]}).encode())


A_WITNESS = {"name": "w0", "vkey": WITNESSES[0].vkey, "size": 1, "at": 1, "problem": ""}


def seen() -> None:
    """A witness has cosigned what is published, and the sealer has kept that."""
    parts = split_note(log_files().published() or b"")
    w = WITNESSES[0]
    line = SignatureLine(w.name, w.key_id, cosign(text=parts.text.encode(), key=w, at=1))
    log_files().add_cosignatures([line], text=parts.text)
    log_files().keep_cosigned(log_files().published())


def witnessed(content: bytes) -> bool:
    return len(split_note(parse_receipt(content).checkpoint).lines) == 2


def test_a_receipt_waits_for_no_witness_and_has_them_when_fetched_again(client: Client) -> None:
    told = filed()
    sealed()
    watched()
    assert AWAITED in opened_case(client, told).text
    assert not witnessed(asked(client, told).content)
    seen()
    assert AWAITED not in opened_case(client, told).text
    before = asked(client, told).content
    assert witnessed(before)
    # Others' acts are sealed, and no witness has seen them yet: what was seen of this case stays witnessed.
    other = filed(token="another-token")
    sealed()
    assert asked(client, told).content == before
    assert client.get(f"/ledger/proof/{told.number}").content.endswith(before.partition(b"\n\n")[2])
    assert AWAITED not in opened_case(client, told).text
    assert not witnessed(asked(client, other).content)
    assert not witnessed(client.get(f"/ledger/proof/{other.number}").content)
    assert AWAITED in opened_case(client, other).text
    assert verified(asked(client, other).content).opened
    # A note among officers is no act that the citizen has a receipt of.
    seen()
    note_case(number=other.number, text="Hanya untuk petugas.", by=officer_actor(), at=MONDAY)
    sealed()
    assert AWAITED not in opened_case(client, other).text


def test_without_witnesses_nothing_is_awaited_and_nothing_is_asked(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    told = filed()
    sealed()
    assert AWAITED not in opened_case(client, told).text
    watched(quorum="none")
    assert AWAITED not in opened_case(client, told).text
    with django_assert_num_queries(0):
        assert not witnesses_awaited(told.number)
    watched()
    with django_assert_num_queries(1):
        assert witnesses_awaited(told.number)
    seen()
    with django_assert_num_queries(0):
        assert not witnesses_awaited(told.number)
    (Path(settings.LEDGER) / "checkpoint").write_bytes(b"damaged")
    assert not witnesses_awaited(told.number)


@pytest.mark.parametrize(
    ("module", "step", "instead"),
    [
        (witness_words, "if not witnesses_told(files.folder).wanted:", "if False:"),
        (proofs, ".exclude(kind__in=OFFICERS_ONLY).exists()", ".exists()"),
        (proofs, ", entry__leaf_index__gte=first", ", entry__leaf_index__gte=0"),
    ],
)
def test_control_a_word_without_its_condition_is_seen(module: ModuleType, step: str, instead: str) -> None:
    careless = variant(module, step, instead)
    told = filed()
    sealed()
    watched()
    seen()
    note_case(number=told.number, text="Hanya untuk petugas.", by=officer_actor(), at=MONDAY)
    sealed()
    if module is witness_words:
        watched(quorum="none")
        first = told.number
        log_files().keep_cosigned(None)
        assert not witnesses_awaited(first)
        assert careless.witnesses_awaited(first)
    else:
        assert not proofs.awaits_witnesses(number=told.number, files=log_files())
        assert careless.awaits_witnesses(number=told.number, files=log_files())
