# SPDX-License-Identifier: EUPL-1.2
"""The page of the ledger: what it says of the log, of its witnesses and of itself, in every state the log can be in."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.ground.canonical_json import Json
from melayani.ledger.actions import stamp_positions
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.encodings import write_base64
from melayani.ledger.keys import log_key, promise_key, read_origin
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry, LostLeaf, Statement
from melayani.ledger.note import split_note
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import verify_receipt
from melayani.ledger.statements import StatementKind, record_statement
from melayani.portal import ledger_words, witness_words
from melayani.site.sealer import Sealer
from tests.builders import filed
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
KEYS = Path(settings.KEYS)


def log_files() -> LogFiles:
    return LogFiles(Path(settings.LEDGER))


def sealed() -> None:
    stamp_positions()
    Sealer().step()


def opened(client: Client, address: str = "/buku-besar") -> Page:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 200
    return Page(answer)


def witnesses(said: object) -> None:
    folder = Path(settings.LEDGER)
    folder.mkdir(exist_ok=True)
    (folder / "witnesses.json").write_text(said if isinstance(said, str) else json.dumps(said))


def a_statement(kind: StatementKind, data: dict[str, Json]) -> Statement:
    with transaction.atomic():
        return record_statement(kind=kind, data=data, origin=read_origin(KEYS), at=MONDAY)


# What it says of the log


def test_five_short_sentences_say_what_it_is(client: Client) -> None:
    page = opened(client)
    sentences = page.html.split('<ol class="next">')[1].split("</ol>")[0].split("</li>")[:-1]
    assert len(sentences) == 5
    assert all(len(sentence.split()) <= 20 for sentence in sentences)


def test_before_the_first_checkpoint_it_says_so(client: Client) -> None:
    page = opened(client)
    assert "Titik periksa pertama belum diterbitkan" in page.text
    assert "Belum ada kunci yang diterbitkan" in page.text


def test_the_latest_checkpoint_and_the_keys_as_everybody_gets_them(client: Client) -> None:
    filed()
    sealed()
    page = opened(client)
    said = parse_checkpoint(split_note(log_files().published() or b"").text)
    assert said.size > 0
    for words in (write_base64(said.root), read_origin(KEYS), "Senin, 5 Januari 2026, 09.00 WIB"):
        assert words in page.text
    assert log_key(KEYS).vkey in page.text
    assert promise_key(KEYS).vkey in page.text
    assert [dd["data-purpose"] for dd in page.all("dd") if "data-purpose" in dd] == ["log", "promise"]


def test_a_checkpoint_that_cannot_be_read_is_told_and_breaks_no_page(client: Client) -> None:
    sealed()
    (Path(settings.LEDGER) / "checkpoint").write_bytes(b"\xff")
    assert "Penyegelan berhenti" in opened(client).text


@pytest.mark.parametrize("code", [*ledger_words.REFUSALS, "something_new"])
def test_why_nothing_is_sealed_is_said_plainly(client: Client, code: str) -> None:
    sealed()
    log_files().tell_refusal(code)
    page = opened(client)
    assert str(ledger_words.refusal_words(code)) in page.text
    assert "Kasus tetap diterima dan dicatat, tetapi catatan baru belum masuk buku besar." in page.text
    log_files().tell_refusal("")
    assert "Penyegelan berhenti" not in opened(client).text


def test_every_refusal_of_the_sealer_has_its_words() -> None:
    from melayani.ledger import rotation, sealing
    from melayani.site import sealer

    code = "".join(Path(str(each.__file__)).read_text() for each in (sealing, sealer, rotation))
    assert set(re.findall(r'"(seal_\w+)"', code)) <= set(ledger_words.REFUSALS)


def test_lost_leaves_are_counted_and_the_first_fifty_named(client: Client) -> None:
    assert "Catatan yang hilang" not in opened(client).text
    LostLeaf.objects.bulk_create(
        LostLeaf(leaf_index=index, leaf=b"x", leaf_hash=bytes(32)) for index in range(1000, 1060)
    )
    page = opened(client)
    assert "60 catatan ada di buku besar" in page.text
    assert "1000, 1001, " in page.text
    assert "1049 …" in page.text
    assert "1050" not in page.text


def test_few_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    filed()
    for _ in range(3):
        a_statement(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": "x"})
    sealed()
    with django_assert_num_queries(2):
        client.get("/buku-besar")
    LostLeaf.objects.bulk_create(LostLeaf(leaf_index=index, leaf=b"x", leaf_hash=bytes(32)) for index in range(60))
    with django_assert_num_queries(3):
        client.get("/buku-besar")


def test_the_footer_and_the_status_page_lead_here(client: Client) -> None:
    for address in ("/", "/status"):
        assert any(link.get("href") == "/buku-besar" for link in opened(client, address).all("a"))


# Witnesses


def test_without_witnesses_it_says_so_and_what_that_means(client: Client) -> None:
    page = opened(client)
    assert "Belum ada saksi (quorum none)." in page.text
    assert "memperlihatkan buku yang berbeda kepada orang yang berbeda" in page.text
    assert "Belum ada saksi (quorum none)." in opened(client, "/status").text


def two_of(met: bool, problem: str = "") -> dict[str, object]:
    at = int((MONDAY - timedelta(minutes=1)).timestamp())
    return {
        "quorum": "g",
        "met": met,
        "witnesses": [
            {"name": "malang.example/w", "size": 1234, "at": at, "problem": ""},
            {"name": "kediri.example/w", "size": None, "at": None, "problem": problem},
        ],
    }


def test_witnesses_and_what_they_saw(client: Client) -> None:
    witnesses(two_of(met=True))
    page = opened(client)
    assert "1 saksi ikut menandatangani, cukup menurut aturan kami." in page.text
    assert "malang.example/w: melihat 1.234 catatan pada 5 Januari 2026, 08.59 WIB." in page.text
    assert "kediri.example/w: belum ikut menandatangani." in page.text
    assert "quorum none" not in page.text
    assert "cukup menurut aturan kami" in opened(client, "/status").text


@pytest.mark.parametrize("problem", [*witness_words.PROBLEMS, "something_new"])
def test_too_few_witnesses_and_their_problems(client: Client, problem: str) -> None:
    witnesses(two_of(met=False, problem=problem))
    page = opened(client)
    assert "Saksi belum cukup Baru 1 saksi yang ikut menandatangani." in page.text
    assert str(witness_words.PROBLEMS.get(problem, witness_words.UNKNOWN_PROBLEM)) in page.text


ODD: list[object] = [
    "", "{", "[]", "null", "\x00", "[" * 5000, {}, {**two_of(True), "quorum": 1}, {**two_of(True), "met": "yes"},
    {**two_of(True), "witnesses": {}}, {**two_of(True), "witnesses": [1]}, {**two_of(True), "witnesses": [{}]},
    {**two_of(True), "witnesses": [{"name": 1, "size": 1, "at": 1, "problem": ""}]},
    {**two_of(True), "quorum": "unreadable"}, "x" * 300_000,
]  # fmt: skip


@pytest.mark.parametrize("said", ODD, ids=range(len(ODD)))
def test_a_damaged_file_of_witnesses_is_told_and_breaks_no_page(client: Client, said: object) -> None:
    witnesses(said)
    assert "Catatan saksi tidak terbaca" in opened(client).text
    assert "Catatan saksi tidak terbaca" in opened(client, "/status").text


def test_numbers_out_of_range_are_left_out(client: Client) -> None:
    said = two_of(met=True)
    said["witnesses"] = [{"name": "w", "size": -1, "at": 2**80, "problem": ""}]
    witnesses(said)
    assert "w: belum ikut menandatangani." in opened(client).text


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("except (ValueError, KeyError, TypeError, RecursionError):", "except ZeroDivisionError:"),
        ("not isinstance(met, bool) or ", ""),
        ("if quorum == UNREADABLE:", "if False:"),
    ],
)
def test_control_a_reader_without_a_rule_is_seen(step: str, instead: str) -> None:
    careless = variant(witness_words, step, instead)
    misread = 0
    for said in ODD:
        witnesses(said)
        try:
            misread += careless.witnesses_told(Path(settings.LEDGER)).state != "unreadable"
        except Exception:  # whatever is raised would have broken the page
            misread += 1
    assert misread


# What the log says of itself

SAYS: list[tuple[StatementKind, dict[str, Json], str]] = [
    (StatementKind.KEY_ANNOUNCED, {"purpose": "log", "old": "o+1+k", "new": "o+2+k"}, "besar yang baru diumumkan"),
    (StatementKind.KEY_RETIRED, {"purpose": "promise", "vkey": "o+1+k"}, "Kunci janji ini tidak dipakai lagi."),
    (StatementKind.LEAVES_LOST, {"indexes": "300-304,307"}, "Catatan nomor 300-304,307 kehilangan isinya"),
    (
        StatementKind.LOG_OPENED,
        {"origin": "o", "old_origin": "old.example/l", "old_size": 70, "old_root": "cm9vdA==", "reason": "disk"},
        "melanjutkan old.example/l, yang berhenti pada 70 catatan.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "words"), SAYS)
def test_a_statement_in_words_with_a_receipt_that_opens(
    client: Client, kind: StatementKind, data: dict[str, Json], words: str
) -> None:
    a_statement(kind, data)
    page = opened(client)
    assert words in page.text
    assert "Belum disegel." in page.text
    assert client.get("/buku-besar/pernyataan/0").status_code == 404
    sealed()
    assert any(link.get("href") == "/buku-besar/pernyataan/0" for link in opened(client).all("a"))
    answer = client.get("/buku-besar/pernyataan/0")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pernyataan-0.tlog-proof"'
    proven = verify_receipt(answer.content, policy=policy_of_logs([log_key(KEYS).vkey]))
    assert (proven.opened, proven.kind, proven.event) == (True, str(kind), data)


@pytest.mark.parametrize("number", ["1", "00", "x", "-1", "9" * 30, "4294967296"])
def test_there_is_no_other_statement(client: Client, number: str) -> None:
    a_statement(SAYS[0][0], SAYS[0][1])
    sealed()
    assert client.get(f"/buku-besar/pernyataan/{number}").status_code == 404


def test_a_statement_whose_row_was_changed_has_no_receipt(client: Client) -> None:
    a_statement(SAYS[0][0], SAYS[0][1])
    sealed()
    Statement.objects.update(data={"purpose": "log", "old": "o+1+k", "new": "forged"})
    answer = client.get("/buku-besar/pernyataan/0")
    assert answer.status_code == 409
    assert "tidak cocok dengan buku besar" in answer.content.decode()


def test_statements_of_another_form_break_no_page(client: Client) -> None:
    a_statement(StatementKind.LOG_OPENED, {})
    statement = a_statement(StatementKind.KEY_RETIRED, {"purpose": 7})
    Entry.objects.filter(pk=statement.pk).update(kind="log.other")
    assert "Pernyataan lain: log.other." in opened(client).text
