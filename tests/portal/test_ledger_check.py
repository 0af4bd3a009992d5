# SPDX-License-Identifier: EUPL-1.2
"""Checking a file on the page of the ledger without JavaScript: sent, judged, told in plain words, and forgotten."""

import logging
import re
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from melayani.ledger import checkpoint, note, promises, receipts, vkeys
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.note import sign_note
from melayani.ledger.promises import Promise, format_promise
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, public_extra
from melayani.ledger.vkeys import NoteKey, VkeyRefused
from melayani.portal import ledger_check, ledger_words
from melayani.portal.ledger_check import PublicKey, Trusted, check, public_keys, trusted
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, passed, turned_bits, variant
from tests.ledger.some_receipts import AT, EVENT, a_leaf, a_receipt, a_tree, citizens, public
from tests.portal.paper_browser import Page

PROMISER = a_key(f"{ORIGIN}/promise")
OTHER = a_key(ORIGIN, seed="other")
LINES = f"log {LOG.vkey}\npromise {PROMISER.vkey}\n".encode()
KEYS = Trusted(logs=(LOG.verifier,), promises=(PROMISER.verifier,))


def a_promise(key: NoteKey = PROMISER) -> bytes:
    promise = Promise(origin=ORIGIN, leaf_hash=bytes(range(32)), recorded_at=AT, deadline=AT + 60)
    return sign_note(format_promise(promise), keys=[key])


def sent(client: Client, content: bytes | None, *, own: str = "", language: str = "") -> HttpResponse:
    """The answer of the page when this file is chosen and the button pressed."""
    fields: dict[str, object] = {"kunci": own}
    if content is not None:
        fields["berkas"] = SimpleUploadedFile("kasus.tlog-proof", content)
    answer = client.post(f"{language}/buku-besar", fields)
    assert isinstance(answer, HttpResponse)
    return answer


def told(answer: HttpResponse) -> str:
    """The words of the result, apart from the rest of the page."""
    return Page(answer.content.decode().split('id="hasil"')[1].split("<template")[0].partition(">")[2]).text


@pytest.fixture
def published() -> None:
    """The log of this instance publishes these keys."""
    Path(settings.LEDGER).mkdir()
    LogFiles(Path(settings.LEDGER)).publish_keys(LINES)


pages = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


class TestPage:
    """What a person reads."""

    pytestmark = pages

    def test_a_receipt_that_opens(self, client: Client) -> None:
        answer = sent(client, citizens())
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        words = told(answer)
        for part in (
            "Terbukti",
            "Disampaikan oleh warga",
            "4, di antara 7 catatan",
            "35.07.dpupr",
            "sama dengan yang dicatat",
        ):
            assert part in words
        assert "Senin, 5 Januari 2026, 09.00 WIB" in words
        assert str(EVENT["topic"]) in words

    def test_a_public_proof_and_a_secret_case_keep_their_content(self, client: Client) -> None:
        assert "Disampaikan oleh warga" in told(sent(client, public()))
        leaf = a_leaf(sealed=True)
        words = told(sent(client, a_receipt(extra=public_extra(leaf=leaf), leaf=leaf)))
        assert "Kejadian pada kasus rahasia" in words
        assert "35.07" not in words

    def test_a_promise(self, client: Client) -> None:
        words = told(sent(client, a_promise()))
        assert "Janji ini asli" in words
        assert "Senin, 5 Januari 2026, 09.01.00 WIB" in words
        assert bytes(range(32)).hex() in words

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "Pilih dahulu berkas yang akan diperiksa."),
            (b"", "Berkas ini bukan tanda terima yang utuh."),
            (b"x" * (MOST_RECEIPT_BYTES + 2), "Berkas ini bukan tanda terima yang utuh."),
            (public().replace(b"index 4", b"index 5"), "Catatan ini tidak ada di buku besar yang ditandatangani itu."),
            (public().replace(b"\n7\n", b"\n8\n"), "Tanda tangannya palsu"),
            (a_promise().replace(b"02:01:00Z", b"02:02:00Z"), "Tanda tangannya palsu"),
            (a_promise(a_key("other.example/promise")), "Tidak ada tanda tangan dari kunci yang dipercaya."),
        ],
    )
    def test_what_does_not_hold_and_why(self, client: Client, content: bytes | None, reason: str) -> None:
        answer = sent(client, content)
        assert answer.status_code == 422
        assert "Tidak terbukti" in told(answer)
        assert reason in told(answer)

    def test_the_key_of_somebody_else_counts_alone(self, client: Client) -> None:
        assert sent(client, public(), own=f" {LOG.vkey}\n").status_code == 200
        answer = sent(client, public(), own=OTHER.vkey)
        assert "Tidak ada tanda tangan dari kunci yang dipercaya." in told(answer)
        assert f'value="{OTHER.vkey}"' in answer.content.decode().replace("&#x2B;", "+")
        assert "tidak terbaca" in told(sent(client, public(), own="x"))
        assert sent(client, a_promise(), own=PROMISER.vkey).status_code == 200

    def test_in_english(self, client: Client) -> None:
        assert "This entry is in the ledger" in told(sent(client, citizens(), language="/en"))
        assert "Not proven" in told(sent(client, b"", language="/en"))

    def test_nothing_of_the_file_is_logged(self, client: Client, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        for content in (citizens(), citizens()[:-30], b"Sari 081234"):
            sent(client, content)
        assert all(word not in caplog.text for word in ("Sari", "dpupr", "tlog-proof"))
        assert [record for record in caplog.records if record.name.startswith("melayani")] == []


@pytest.mark.django_db
def test_before_there_are_keys_nothing_can_be_checked(client: Client) -> None:
    assert "belum menerbitkan kunci" in told(sent(client, public()))
    assert sent(client, public(), own=LOG.vkey).status_code == 200


# The judge


def test_what_is_checked() -> None:
    found = check(citizens(), keys=KEYS)
    assert (found.holds, found.form, found.index, found.size, found.kind) == (True, "receipt", 4, 7, "case.filed")
    assert found.digest == leaf_hash(a_leaf()).hex()
    assert check(public(), keys=KEYS).event == ""


@pytest.mark.parametrize(
    "content", [public(), citizens(sealed=True), a_promise()], ids=["public", "citizen", "promise"]
)
def test_no_changed_bit_passes(content: bytes) -> None:
    """Every 17th here; the readers below have their own long proofs. A changed witness means nothing."""
    length = content.index("\u2014 witness".encode()) if b"witness" in content else len(content)
    changed = islice(turned_bits(content[:length]), 0, None, 17)
    assert [bits for bits in changed if check(bits + content[length:], keys=KEYS).holds] == []


def test_every_code_that_can_come_out_has_its_words() -> None:
    code = "".join(Path(module.__file__ or "").read_text() for module in (receipts, promises, note, checkpoint, vkeys))
    codes = set(re.findall(r'"((?:receipt|note|checkpoint|promise|vkey)_[a-z]+)"', code))
    assert codes - {"checkpoint_key"} <= set(ledger_words.REASONS)
    assert str(ledger_words.reason_words("never_heard_of")) == "Berkas ini tidak dapat diperiksa."


def test_keys_are_read_by_their_purpose() -> None:
    lines = LINES + f"log-retired {OTHER.vkey}\nwitness {WITNESSES[0].vkey}\nlog broken\n\xff\n".encode("latin-1")
    keys = public_keys(lines)
    assert [key.purpose for key in keys] == ["log", "promise", "log-retired", "witness"]
    found = trusted(keys)
    assert (found.logs, found.promises) == ((LOG.verifier, OTHER.verifier), (PROMISER.verifier,))
    assert [key.purpose for key in found.published.values()] == ["log-retired", "log", "promise", "witness"]
    assert public_keys(None) == ()
    for wrong in ("x", WITNESSES[0].vkey, LOG.vkey[:-1], LOG.vkey.replace("+", "+0", 1)):
        with pytest.raises(VkeyRefused):
            trusted(keys, own=wrong)
    assert trusted((PublicKey("log", WITNESSES[0].vkey),)).logs == ()


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("logs=_of(keys, LOG_PURPOSES),", "logs=(*_of(keys, LOG_PURPOSES), OTHER.verifier),"),
        ("promise = is_promise(content)", "promise = False"),
        ("_of(keys, LOG_PURPOSES)", "_of(keys, LOG_PURPOSES | PROMISE_PURPOSES)"),
        ("if key.kind != ED25519_NOTE:", "if False:"),
        ("if own:", "if False:"),
        ("except Refused as refused:", "except ZeroDivisionError as refused:"),
    ],
)
def test_control_a_judge_without_a_rule_is_seen(step: str, instead: str) -> None:
    careless = variant(ledger_check, step, instead)
    vars(careless)["OTHER"] = OTHER
    assert misjudged(careless)


def misjudged(module: object) -> bool:
    """Whether this judge believes what the others do not, or the other way round."""
    read, judge = vars(module)["trusted"], vars(module)["check"]
    known = public_keys(LINES)
    forged = a_receipt_by(OTHER)
    try:
        keys = read(known)
        wrong = judge(forged, keys=keys).holds or len(keys.logs) != 1 or judge(b"", keys=keys).holds
        right = judge(a_promise(), keys=keys).holds and judge(public(), keys=read(known, own=LOG.vkey)).holds
        right = right and not judge(public(), keys=read(known, own=OTHER.vkey)).holds
        refused = passed(
            lambda vkey: read(known, own=vkey.decode()), iter([WITNESSES[0].vkey.encode()]), refusals=(VkeyRefused,)
        )
    except Exception:  # whatever else is raised would be an error page
        return True
    return wrong or not right or bool(refused)


def a_receipt_by(key: NoteKey) -> bytes:
    """A receipt that holds in everything, of another log that calls itself the same."""
    tree = a_tree(a_leaf(), 4, 7)
    note_of = sign_checkpoint(origin=ORIGIN, size=7, root=tree.root(), keys=[key])
    return receipts.format_receipt(
        extra=public_extra(leaf=a_leaf()), index=4, proof=tree.inclusion_proof(index=4), checkpoint=note_of
    )


def test_the_judge_itself_misjudges_nothing() -> None:
    assert not misjudged(ledger_check)


def test_the_script_sends_and_keeps_nothing() -> None:
    found = finders.find("portal/check-receipt.js")
    assert isinstance(found, str)
    code = Path(found).read_text()
    sends = r"fetch|XMLHttpRequest|sendBeacon|\bimport\b|eval|localStorage|sessionStorage|indexedDB|WebSocket|innerHTML"
    assert re.findall(sends, code) == []
