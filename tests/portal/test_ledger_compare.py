# SPDX-License-Identifier: EUPL-1.2
"""What a check says besides: a key that is out of use, the ledger of today, and how many witnesses have cosigned."""

import base64
import json
import logging
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from melayani.cases.promises import signed_promise
from melayani.cases.proofs import act_receipt
from melayani.ledger.actions import stamp_positions
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.encodings import write_base64
from melayani.ledger.keys import Purpose, log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.proving import Compared
from melayani.ledger.receipts import citizen_extra, format_receipt, parse_receipt
from melayani.ledger.rotation import announce, retire
from melayani.ledger.tiles import tile_in
from melayani.ledger.tree import Tree
from melayani.ledger.vkeys import NoteKey
from melayani.portal import ledger_check
from melayani.portal.ledger_check import check, compare, public_keys, trusted
from melayani.site.recovery import begin_new_log
from melayani.site.sealer import Sealer
from tests.builders import filed
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, variant
from tests.ledger.some_receipts import EVENT, SALT, a_leaf, citizens, public
from tests.portal.test_ledger_check import OTHER, PROMISER, a_promise, a_receipt_by, sent, told

pytestmark = pytest.mark.django_db
OLD = "Ditandatangani dengan kunci lama, yang tidak dipakai lagi"
SAME = "cocok dengan buku besar kami sekarang"
LOUD = "inilah bukti bahwa ada dua kebenaran"


@pytest.fixture
def files(tmp_path: Path, settings: Settings) -> LogFiles:
    """An instance with keys and a log of its own."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS, settings.LEDGER = tmp_path / "keys", tmp_path / "ledger"
    return LogFiles(tmp_path / "ledger")


def sealed(rounds: int = 1) -> None:
    for _ in range(rounds):
        stamp_positions()
        Sealer().step()


def a_case_in(files: LogFiles) -> bytes:
    """The receipt of a case that was filed and sealed."""
    number = filed().number
    sealed()
    return act_receipt(number=number, sequence=0, files=files)


def invented(key: NoteKey, *, size: int) -> bytes:
    """A receipt that holds in everything, of a tree that never was, by whoever has the key."""
    leaf = a_leaf()
    tree = Tree(leaf_hash(leaf if n == 0 else str(n).encode()) for n in range(size))
    return format_receipt(
        extra=citizen_extra(leaf=leaf, salt=SALT, event=EVENT, kind="case.filed"),
        index=0,
        proof=tree.inclusion_proof(index=0),
        checkpoint=sign_checkpoint(origin=key.name, size=size, root=tree.root(), keys=[key]),
    )


def against(answer: HttpResponse) -> str:
    """What the page says to machines of the comparing."""
    found = re.search(r'data-against="(\w*)"', answer.content.decode())
    return found[1] if found else "nothing"


# The ledger of today


def test_a_receipt_of_this_log_fits_it_today(client: Client, files: LogFiles) -> None:
    receipt = a_case_in(files)
    for _ in range(2):
        answer = sent(client, receipt)
        assert (answer.status_code, against(answer)) == (200, "same")
        assert SAME in told(answer)
        assert OLD not in told(answer)
        a_case_in(files)


def test_a_tree_that_never_was_is_said_loudly(
    client: Client, files: LogFiles, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        a_case_in(files)
    answer = sent(client, invented(log_key(Path(settings.KEYS)), size=2))
    assert (answer.status_code, against(answer)) == (409, "other")
    words = told(answer)
    for part in ("Bertentangan dengan buku besar kami", "bukan dari buku besar yang kami perlihatkan sekarang", LOUD):
        assert part in words
    assert "bagian sesudah baris kosong" in words
    assert "Terbukti" not in words
    assert 'class="note bad"' in answer.content.decode().split('id="hasil"')[1].split("<template")[0]
    assert "It contradicts our ledger" in told(
        sent(client, invented(log_key(Path(settings.KEYS)), size=2), language="/en")
    )
    # Whoever runs this hears of it, and of the file nothing.
    said = [record for record in caplog.records if record.name == "melayani.ledger"]
    assert [(record.levelno, vars(record)["code"]) for record in said] == [(logging.ERROR, "other")] * 2
    assert "dpupr" not in caplog.text


def test_a_log_that_became_shorter_is_said_loudly(client: Client, files: LogFiles, settings: Settings) -> None:
    a_case_in(files)
    answer = sent(client, invented(log_key(Path(settings.KEYS)), size=1234))
    assert (answer.status_code, against(answer)) == (409, "shorter")
    assert "ketika ada 1.234 catatan, padahal sekarang hanya ada 1." in told(answer)
    assert LOUD in told(answer)


def test_with_damaged_files_nothing_is_said_against_anybody(client: Client, files: LogFiles) -> None:
    receipt = a_case_in(files)
    a_case_in(files)
    (files.folder / tile_in(size=2, level=0, index=0).path).write_bytes(bytes(64))
    answer = sent(client, receipt)
    assert (answer.status_code, against(answer)) == (200, "damaged")
    assert "sedang tidak utuh, jadi belum dapat dibandingkan" in told(answer)
    assert LOUD not in told(answer)


def test_a_key_of_somebody_else_says_nothing_of_this_log(client: Client, files: LogFiles, settings: Settings) -> None:
    """Anybody can make a key that calls itself ours; nobody gets us to say that our log has two truths."""
    receipt = a_case_in(files)
    stranger = a_key(log_key(Path(settings.KEYS)).name, seed="stranger")
    answer = sent(client, invented(stranger, size=1), own=stranger.vkey)
    assert (answer.status_code, against(answer)) == (200, "")
    assert "Kunci itu tidak kami terbitkan" in told(answer)
    assert LOUD not in told(answer)
    # The same key that we publish, from another source: compared as ever.
    assert against(sent(client, receipt, own=log_key(Path(settings.KEYS)).vkey)) == "same"


def test_checking_costs_no_query_more(
    client: Client, files: LogFiles, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    receipt = a_case_in(files)
    with django_assert_num_queries(2):
        sent(client, receipt)


# A key that is out of use


def test_after_a_rotation_old_receipts_hold_with_a_word_of_caution(
    client: Client, files: LogFiles, settings: Settings
) -> None:
    keys = Path(settings.KEYS)
    before, old = a_case_in(files), log_key(keys)
    promise = signed_promise(number=filed().number)
    announce(directory=keys, purpose=Purpose.LOG, at=MONDAY)
    sealed(2)
    between = a_case_in(files)
    assert OLD not in told(sent(client, before))
    retire(directory=keys, purpose=Purpose.LOG, at=MONDAY)
    sealed(2)
    assert log_key(keys).vkey != old.vkey
    answer = sent(client, before)
    assert (answer.status_code, against(answer)) == (200, "same")
    for part in ("Terbukti", f"{OLD} sejak 5 Januari 2026.", SAME):
        assert part in told(answer)
    assert 'data-key="retired"' in answer.content.decode()
    # Who trusts the old key alone is told as well.
    assert OLD in told(sent(client, before, own=old.vkey))
    # Both signed this one, and one of them signs still; the promise key has not changed.
    for other in (between, a_case_in(files), promise.note if promise else b""):
        answer = sent(client, other)
        assert answer.status_code == 200
        assert OLD not in told(answer)
        assert 'data-key=""' in answer.content.decode()
    # The page tells it of the key too, and the script finds it there.
    page = client.get("/buku-besar").content.decode()
    assert "tidak dipakai lagi sejak 5 Januari 2026" in page
    assert 'data-purpose="log-retired" data-since="2026-01-05T' in page
    # Whoever got hold of the old key cannot pass off a tree of their own.
    answer = sent(client, invented(old, size=3))
    assert (answer.status_code, against(answer)) == (409, "other")
    assert OLD in told(answer)


def test_a_promise_by_an_old_promise_key(client: Client, files: LogFiles) -> None:
    files.publish_keys(f"log {LOG.vkey}\npromise-retired {PROMISER.vkey}\n".encode())
    answer = sent(client, a_promise())
    assert f"{OLD}. Yang ditandatangani waktu itu" in told(answer)
    assert 'data-key="retired"' in answer.content.decode()
    assert (answer.status_code, against(answer)) == (200, "")
    assert "Kunci itu tidak kami terbitkan" not in told(answer)


def test_a_receipt_of_the_log_that_was_before_this_one(client: Client, files: LogFiles) -> None:
    receipt = a_case_in(files)
    begin_new_log("baru.example/ledger", at=MONDAY)
    answer = sent(client, receipt)
    assert (answer.status_code, against(answer)) == (200, "elsewhere")
    assert f"{OLD} sejak 5 Januari 2026." in told(answer)
    assert "dari buku besar kami yang lain" in told(answer)


# Witnesses


def watched(files: LogFiles, count: int = 3) -> None:
    """The log of `some_receipts` with so many witnesses that it asks."""
    files.publish_keys(f"log {LOG.vkey}\npromise {PROMISER.vkey}\n".encode())
    listed = [
        {"name": f"w{n}", "vkey": w.vkey, "size": 7, "at": 1, "problem": ""} for n, w in enumerate(WITNESSES[:count])
    ]
    files.tell_witnesses(json.dumps({"quorum": "g", "met": True, "witnesses": listed}).encode())


def test_how_many_witnesses_count(client: Client, files: LogFiles) -> None:
    watched(files)
    for seen in range(3):
        words = told(sent(client, citizens(witnesses=seen)))
        assert f"{seen} dari 3 saksi kami ikut menandatangani. Tanda terima yang diunduh lagi nanti" in words
    words = told(sent(client, citizens()))
    assert "3 dari 3 saksi kami ikut menandatangani." in words
    assert "diunduh lagi" not in words
    # With a key from elsewhere nobody else is trusted, and a promise has no witnesses.
    assert "saksi kami" not in told(sent(client, citizens(), own=LOG.vkey))
    assert "saksi kami" not in told(sent(client, a_promise()))
    page = client.get("/buku-besar").content.decode()
    assert [vkey.replace("&#x2B;", "+") for vkey in re.findall(r"data-witness>([^<]*)<", page)] == [
        w.vkey for w in WITNESSES[:3]
    ]


def test_a_line_of_a_witness_that_does_not_hold_is_not_counted(client: Client, files: LogFiles) -> None:
    watched(files)
    for name in ("witness0", "witness1"):
        answer = sent(client, forged_line(citizens(), name))
        assert answer.status_code == 200
        assert "2 dari 3 saksi kami" in told(answer)


def forged_line(receipt: bytes, name: str, *, length: int = 76) -> bytes:
    """The receipt with a line of this witness that ends in zeroes: key id and time are right, the signature is not.

    `length` in bytes, of key id, time and signature together.
    """
    head, line, tail = re.split(rf"(\u2014 {name}[^\n]*\n)", receipt.decode())
    dash, named, encoded = line.rstrip("\n").split(" ")
    content = base64.b64decode(encoded)[:30].ljust(76, b"\x00")[:length]
    return f"{head}{dash} {named} {base64.b64encode(content).decode()}\n{tail}".encode()


# The judge

THEN = datetime(2026, 1, 2, tzinfo=UTC)
LINES = f"log {OTHER.vkey}\nlog-retired {LOG.vkey}\nlog {PROMISER.vkey}\n".encode()


def misjudged(module: ModuleType) -> list[str]:
    """What this judge does not see, or sees where it is not."""
    read, judge = vars(module)["trusted"], vars(module)["check"]
    known = vars(module)["public_keys"](LINES, ended={LOG.vkey: THEN, OTHER.vkey: THEN})
    keys = read(known, witnesses=[w.vkey for w in WITNESSES[:3]])
    old, new = judge(public(witnesses=2), keys=keys), judge(a_receipt_by(OTHER), keys=keys)
    both = judge(signed_by_both(), keys=keys)
    own = judge(public(witnesses=2), keys=read(known, own=LOG.vkey, witnesses=[WITNESSES[0].vkey]))
    twice = read(vars(module)["public_keys"](f"log {LOG.vkey}\nlog-retired {LOG.vkey}\n".encode()))
    seen = {
        "old": (old.retired, old.since, old.ours) == (True, THEN, True),
        "new": (new.retired, new.since, new.ours) == (False, None, True),
        "both": not both.retired,
        "own": (own.retired, own.ours, own.witnesses) == (True, True, 0),
        "twice": not judge(public(), keys=twice).retired,
        "count": (old.cosigned, old.witnesses) == (2, 3),
        "forged": judge(forged_line(public(witnesses=2), "witness0"), keys=keys).cosigned == 1,
        "strange": not judge(public(), keys=read((), own=LOG.vkey)).ours,
    }
    return [name for name, right in seen.items() if not right]


def signed_by_both() -> bytes:
    parts = parse_receipt(public(witnesses=0))
    size, root = 7, parts.checkpoint.decode().split("\n")[2]
    tree = Tree(leaf_hash(a_leaf()) if n == 4 else leaf_hash(str(n).encode()) for n in range(size))
    assert write_base64(tree.root()) == root
    note = sign_checkpoint(origin=ORIGIN, size=size, root=tree.root(), keys=[LOG, OTHER])
    return format_receipt(extra=parts.extra, index=4, proof=parts.proof, checkpoint=note)


@pytest.mark.parametrize(
    ("step", "instead", "seen"),
    [
        ("return all(key in keys.published and keys", "return any(key in keys.published and keys", "both"),
        ("keys.published[key].retired for key", "False for key", "old"),
        ("return all(key in keys.published and", "return all(", "strange"),
        ("key=lambda key: not key.retired", "key=lambda key: key.retired", "twice"),
        ("if purpose.endswith(RETIRED) else None", "", "new"),
        ("            and has_cosigned(text=text, key=key, signature=line.signature)\n", "", "forged"),
        ("ours=any(key in keys.published for key in signers),\n        root", "ours=True,\n        root", "strange"),
        ("logs=(key,), promises=(key,), published=published)", "logs=(key,), promises=(key,))", "own"),
    ],
)  # fmt: skip
def test_control_a_judge_without_a_rule_is_seen(step: str, instead: str, seen: str) -> None:
    try:
        found = misjudged(variant(ledger_check, step, instead))
    except KeyError:  # a key that is not published was asked for: the page would have failed
        found = [seen]
    assert seen in found


def test_the_judge_itself_misjudges_nothing() -> None:
    assert misjudged(ledger_check) == []


def test_only_receipts_by_our_keys_are_compared(files: LogFiles) -> None:
    a_case_in(files)
    keys = trusted(public_keys(LINES))
    receipt, promise = check(public(), keys=keys), check(a_promise(), keys=trusted((), own=PROMISER.vkey))
    assert compare(receipt, files=files) == Compared.ELSEWHERE
    assert compare(promise, files=files) is None
    assert compare(check(b"", keys=keys), files=files) is None
    assert compare(check(public(), keys=trusted((), own=LOG.vkey)), files=files) is None
    careless = variant(ledger_check, " and checked.ours):", "):")
    assert careless.compare(check(public(), keys=trusted((), own=LOG.vkey)), files=files) == Compared.ELSEWHERE
