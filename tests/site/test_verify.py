# SPDX-License-Identifier: EUPL-1.2
"""`melayani verify` as a stranger runs it: a file, keys, no instance, no network."""

from dataclasses import replace
from pathlib import Path

import pytest

from melayani.ground.canonical_json import Json
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.note import SignatureLine, add_lines, sign_note, split_note
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.promises import Promise, format_promise, sign_promise
from melayani.ledger.receipts import citizen_extra, format_receipt, public_extra, verify_receipt
from melayani.ledger.rules import prepare_entry, text_hash
from melayani.ledger.tree import Tree
from melayani.site.commands.verify import promised, shown, told
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key
from tests.site.running import one_line, run

pytestmark = pytest.mark.once
SALT = bytes(range(32))
WORDS = "Lampu jalan padam — tiga malam.".encode()
EVENT: dict[str, Json] = {"number": "JT-7KQ4-MX2", "text": text_hash(salt=SALT, text=WORDS.decode())}
PROMISING = a_key(f"{ORIGIN}/promise")
PROMISE = Promise(origin=ORIGIN, leaf_hash=bytes(range(32)), recorded_at=1_767_578_400, deadline=1_767_578_460)


def a_receipt(*, opened: bool, sealed: bool = False, witnesses: int = 0) -> bytes:
    """The receipt of entry 5 of 9."""
    entry = prepare_entry(
        stream=bytes(16),
        sequence=0,
        kind="case.filed",
        event=EVENT,
        salt=SALT,
        recorded_at=1_767_578_400,
        unit_code="35.07.dishub",
        sealed=sealed,
    )
    tree = Tree([bytes([n]) * 32 for n in range(5)] + [entry.leaf_hash] + [bytes([n]) * 32 for n in range(6, 9)])
    note = sign_checkpoint(origin=ORIGIN, size=9, root=tree.root(), keys=[LOG])
    for witness in WITNESSES[:witnesses]:
        text = split_note(note).text.encode()
        line = SignatureLine(witness.name, witness.key_id, cosign(text=text, key=witness, at=1_767_578_460))
        note = add_lines(note, lines=[line])
    extra = (
        citizen_extra(leaf=entry.leaf, salt=SALT, event=EVENT, kind="case.filed")
        if opened
        else public_extra(leaf=entry.leaf)
    )
    return format_receipt(extra=extra, index=5, proof=tree.inclusion_proof(index=5), checkpoint=note)


def kept(folder: Path, content: bytes) -> Path:
    file = folder / "kasus.tlog-proof"
    file.write_bytes(content)
    return file


def test_a_citizen_s_receipt_opens(tmp_path: Path) -> None:
    done = run("verify", kept(tmp_path, a_receipt(opened=True)), "--vkey", LOG.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "TERBUKTI",
        ORIGIN,
        "nomor 5, di antara 9",
        "case.filed",
        "JT-7KQ4-MX2",
        "quorum none",
        "35.07.dishub",
    ):
        assert words in done.stdout
    assert "Dicatat: 2026-01-05T09:00:00+07:00" in done.stdout


@pytest.mark.parametrize("sealed", [False, True])
def test_a_public_proof_and_a_secret_case_keep_their_content(tmp_path: Path, sealed: bool) -> None:
    done = run("verify", kept(tmp_path, a_receipt(opened=False, sealed=sealed)), "--vkey", LOG.vkey)
    assert done.returncode == 0
    assert "sealed; content not shown" in done.stdout
    assert ("kasus rahasia" in done.stdout) is sealed
    assert ("35.07.dishub" in done.stdout) is not sealed


@pytest.mark.parametrize("changed", ["leaf", "checkpoint", "index", "cut"])
def test_what_does_not_hold_is_one_line_and_exit_1(tmp_path: Path, changed: str) -> None:
    whole = a_receipt(opened=True)
    wrong = {
        "leaf": whole.replace(b"extra ey", b"extra eX", 1),
        "checkpoint": whole.replace(b"\n9\n", b"\n8\n", 1),
        "index": whole.replace(b"index 5", b"index 4", 1),
        "cut": whole[:-20],
    }[changed]
    assert wrong != whole
    done = run("verify", kept(tmp_path, wrong), "--vkey", LOG.vkey)
    assert (done.returncode, done.stdout) == (1, "")
    assert one_line(done).startswith("TIDAK TERBUKTI.")


def test_another_key_of_the_same_name_is_not_trusted(tmp_path: Path) -> None:
    done = run("verify", kept(tmp_path, a_receipt(opened=True)), "--vkey", a_key(ORIGIN, seed="other").vkey)
    assert done.returncode == 1


@pytest.mark.parametrize(("seen", "code"), [(0, 1), (1, 1), (2, 0), (3, 0)])
def test_a_policy_asks_for_its_quorum(tmp_path: Path, seen: int, code: int) -> None:
    policy = tmp_path / "policy"
    lines = [
        f"log {LOG.vkey}",
        *(f"witness w{n} {WITNESSES[n].vkey}" for n in range(3)),
        "group g 2 w0 w1 w2",
        "quorum g",
    ]
    policy.write_text("\n".join(lines) + "\n")
    done = run("verify", kept(tmp_path, a_receipt(opened=False, witnesses=seen)), "--policy", policy)
    assert done.returncode == code
    assert done.stdout.count("Saksi: w") == (seen if code == 0 else 0)


@pytest.mark.parametrize(
    "more", [(), ("--vkey", "x"), ("--policy", "none"), ("--vkey", LOG.vkey, "--policy", "{file}")]
)
def test_a_question_that_cannot_be_read_is_exit_2(tmp_path: Path, more: tuple[str, ...]) -> None:
    file = kept(tmp_path, a_receipt(opened=True))
    done = run("verify", file, *(word.format(file=file) for word in more))
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done)


def test_a_receipt_that_is_not_there_or_is_something_else(tmp_path: Path) -> None:
    assert run("verify", tmp_path / "none", "--vkey", LOG.vkey).returncode == 2
    for content in (b"", b"\xff" * 1000, b"x" * 3_000_000):
        assert run("verify", kept(tmp_path, content), "--vkey", LOG.vkey).returncode == 1


def test_a_promise_says_what_is_promised_and_what_it_does_not_prove(tmp_path: Path) -> None:
    file = kept(tmp_path, sign_promise(PROMISE, key=PROMISING))
    # Who gives all keys of the service gets the same answer.
    done = run("verify", file, "--vkey", LOG.vkey, "--vkey", PROMISING.vkey)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "JANJI SAH",
        f"Buku besar: {ORIGIN}",
        f"Sidik catatan: {PROMISE.leaf_hash.hex()}",
        "Dicatat: 2026-01-05T09:00:00+07:00",
        "paling lambat 2026-01-05T09:01:00+07:00",
        "Apakah janjinya ditepati tidak ada di berkas ini",
    ):
        assert words in done.stdout


def test_the_fingerprint_in_promise_and_receipt_is_the_same(tmp_path: Path) -> None:
    proven = verify_receipt(a_receipt(opened=True), policy=policy_of_logs([LOG.vkey]))
    promise = replace(PROMISE, leaf_hash=leaf_hash(proven.leaf))
    [line] = [line for line in promised(promise) if line.startswith("Sidik")]
    assert line in list(told(proven))


@pytest.mark.parametrize("changed", ["hash", "deadline", "key", "cut"])
def test_a_promise_that_does_not_hold_is_exit_1(tmp_path: Path, changed: str) -> None:
    whole = sign_promise(PROMISE, key=PROMISING)
    wrong = {
        "hash": whole.replace(b"\nAAEC", b"\nAAED"),
        "deadline": whole.replace(b"02:01:00Z", b"02:02:00Z"),
        "key": sign_note(format_promise(PROMISE), keys=[LOG]),
        "cut": whole[:-20],
    }[changed]
    assert wrong != whole
    done = run("verify", kept(tmp_path, wrong), "--vkey", PROMISING.vkey, "--vkey", LOG.vkey)
    assert (done.returncode, done.stdout) == (1, "")
    assert one_line(done).startswith("TIDAK TERBUKTI.")


@pytest.mark.parametrize(
    ("words", "opened", "code"), [(WORDS, True, 0), (WORDS + b"\n", True, 1), (b"", True, 1), (WORDS, False, 1)]
)
def test_a_text_is_the_one_that_was_recorded_or_not(tmp_path: Path, words: bytes, opened: bool, code: int) -> None:
    text = tmp_path / "kasus.txt"
    text.write_bytes(words)
    done = run("verify", kept(tmp_path, a_receipt(opened=opened)), "--vkey", LOG.vkey, "--text", text)
    assert done.returncode == code
    assert ("huruf demi huruf" in done.stdout) is (code == 0)
    assert not code or one_line(done).startswith("TIDAK TERBUKTI.")


def test_a_promise_has_no_text(tmp_path: Path) -> None:
    file = kept(tmp_path, sign_promise(PROMISE, key=PROMISING))
    done = run("verify", file, "--vkey", PROMISING.vkey, "--text", file)
    assert (done.returncode, done.stdout) == (2, "")


def test_no_stranger_steers_the_terminal() -> None:
    assert shown("a\x1b[2Jb\x9bc\u202ed") == "a?[2Jb?c?d"
