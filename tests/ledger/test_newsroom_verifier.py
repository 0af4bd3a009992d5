# SPDX-License-Identifier: EUPL-1.2
"""The verifier of newsrooms: one file of its own, that says of every file what ours says, and never more."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

from melayani.ground.errors import Refused
from melayani.ledger.note import sign_note
from melayani.ledger.policy import Policy, parse_policy
from melayani.ledger.promises import Promise, format_promise, verify_promise
from melayani.ledger.receipts import verify_receipt
from tests.ledger.newsroom import (
    FILE,
    PROMISER,
    SOURCE,
    TWO_OF_THREE,
    bad_files,
    by_library,
    code_of,
    differences,
    good_files,
    its_policy,
    loaded,
    own_signature,
)
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key, turned_bits
from tests.ledger.some_receipts import AT, EVENT, citizens, public

# It says what ours says


def test_it_needs_nothing_but_python() -> None:
    modules = set(re.findall(r"^(?:from|import) (\w+)", SOURCE, flags=re.MULTILINE))
    assert modules <= sys.stdlib_module_names
    assert "melayani." not in SOURCE.replace("melayani_verify", "")


def test_it_proves_what_ours_proves() -> None:
    module = loaded()
    its, ours = its_policy(module, TWO_OF_THREE), parse_policy(TWO_OF_THREE.encode())
    for content in good_files():
        found, proven = module.verify_receipt(content, its), verify_receipt(content, policy=ours)
        names = ("log", "size", "index", "leaf", "kind", "event")
        assert [found[name] for name in names] == [getattr(proven, name) for name in names]
        assert found["cosigned"] == {each.witness: each.at for each in proven.cosigned}


def test_it_refuses_what_ours_refuses_and_for_the_same_reason() -> None:
    assert list(differences(loaded(), iter(bad_files()))) == []
    log_only = f"log {LOG.vkey}\nquorum none\n"
    assert list(differences(loaded(), iter([*bad_files(), *good_files()]), log_only)) == []


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.prove), 23])
@pytest.mark.parametrize("content", [public(witnesses=2), citizens(sealed=True)], ids=["public", "citizen"])
def test_no_turned_bit_is_judged_otherwise(content: bytes, step: int) -> None:
    """All of them in the long proof; here every 23rd."""
    assert list(differences(loaded(), islice(turned_bits(content), 0, None, step))) == []


def test_every_code_has_its_words() -> None:
    module = loaded()
    codes = set(re.findall(r'"((?:receipt|note|checkpoint|promise|policy|proof)_[a-z]+)"\)', SOURCE))
    assert codes == set(module.WORDS)


# Promises

MADE = format_promise(Promise(origin=ORIGIN, leaf_hash=bytes(range(32)), recorded_at=AT, deadline=AT + 60))
LINES = MADE.split("\n")


def promises() -> Iterator[bytes]:
    """One that holds, and texts that are truly signed but say something else."""
    yield sign_note(MADE, keys=[PROMISER])
    odd_times = (
        "2026-02-30T00:00:00Z", "2026-01-05 02:00:00Z", "2026-01-05T02:00:00", "2026-01-05T02:00:00+00:00",
        "2026-01-05T24:00:00Z", "2026-01-05T02:00:00.5Z", "2026-01-05T02:00:00.500000Z",
        "20260105T020000Z", "2026-01-05T02:01:00Z",
        "0001-01-01T00:00:00Z",        "2026-01-05T02:00:00+00:00Z", "2026-W02-1T02:00:00Z",
    )  # fmt: skip
    texts = [[*LINES[:3], odd, *LINES[4:]] for odd in odd_times]
    texts += [
        [*LINES[:2], "AAAA", *LINES[3:]],
        [LINES[0], "a b", *LINES[2:]],
        [*LINES[:5], "more", ""],
        [*LINES[:4], ""],
    ]
    yield from (sign_note("\n".join(text), keys=[PROMISER]) for text in texts)
    yield sign_note(MADE, keys=[LOG])
    yield sign_note(MADE, keys=[a_key("other.example/promise")])
    yield from islice(turned_bits(sign_note(MADE, keys=[PROMISER])), 0, None, 7)


def promise_differences(module: ModuleType) -> Iterator[bytes]:
    keys = [PROMISER.verifier, LOG.verifier]
    its = [module.read_key(key.vkey, 1) for key in keys]
    for content in promises():
        here = code_of(lambda content=content: verify_promise(content, keys=keys), Refused)  # type: ignore[misc]  # bound at once
        there = code_of(lambda content=content: module.verify_promise(content, its), module.Refused)  # type: ignore[misc]  # as above
        if here != there:
            yield content


def test_promises_are_judged_alike() -> None:
    module = loaded()
    key = module.read_key(PROMISER.vkey, 1)
    assert module.verify_promise(sign_note(MADE, keys=[PROMISER]), [key]) == LINES[1:5]
    assert list(promise_differences(module)) == []


# Policies

W = [f"witness w{n} {WITNESSES[n].vkey}" for n in range(4)]
BAD_POLICIES = [
    "", "quorum none\nquorum none", "quorum w0", "group g 1 w0\nquorum g", f"{W[0]}\n{W[0]}\nquorum none",
    f"{W[0]}\nwitness again {WITNESSES[0].vkey}\nquorum none", f"{W[0]}\ngroup g 2 w0\nquorum g",
    f"{W[0]}\ngroup g 0 w0\nquorum g", f"{W[0]}\ngroup g 1 w0 w0\nquorum g", f"{W[0]}\ngroup w0 1 w0\nquorum w0",
    f"{W[0]}\ngroup g 1 w0\ngroup h 1 w0\nquorum g", f"{W[0]}\ngroup none 1 w0\nquorum none",
    f"witness none {WITNESSES[0].vkey}\nquorum none", f"log {WITNESSES[0].vkey}\nquorum none",
    f"witness w {LOG.vkey}\nquorum none", f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none", "log x\nquorum none",
    f"log {LOG.vkey[:-4]}AAAA\nquorum none", "quorum", "quorum none none", "other\nquorum none", "log\nquorum none",
    f"log {LOG.vkey} a b\nquorum none", "quorum none\r", "# \x7f\nquorum none", "quorum\u00a0none",
    f"{W[0]}\ngroup g w0\nquorum g", "witness \udcff+ x\nquorum none", f"log \udcff{LOG.vkey}\nquorum none",
]  # fmt: skip
GOOD_POLICIES = [
    "quorum none", "# x\n\n \t\nquorum none\n", f"{W[0]}\nquorum w0", f"{W[0]}\n{W[1]}\ngroup g any w0 w1\nquorum g",
    "\n".join([*W, "group a 2 w0 w1 w2", "group b all a w3", "quorum b"]),
    "\n".join([*W, "group a all w0 w1", "group b 1 a w3", "quorum b"]),
]  # fmt: skip


def reads(module: ModuleType, text: str) -> bool:
    try:
        return bool(its_policy(module, text).quorum)
    except module.BadQuestion:
        return False


def ours_reads(text: str) -> Policy | None:
    try:
        return parse_policy(text.encode("utf-8", "surrogateescape"))
    except Refused:
        return None


@pytest.mark.parametrize("text", BAD_POLICIES, ids=range(len(BAD_POLICIES)))
def test_a_policy_that_ours_refuses_is_refused(text: str) -> None:
    assert ours_reads(text) is None
    assert not reads(loaded(), text)


@pytest.mark.parametrize("text", GOOD_POLICIES, ids=range(len(GOOD_POLICIES)))
def test_a_quorum_is_met_by_the_same_witnesses(text: str) -> None:
    its, ours = its_policy(loaded(), text), ours_reads(text)
    assert ours is not None
    for bits in range(16):
        seen = {f"w{n}" for n in range(4) if bits >> n & 1} & set(ours.witnesses)
        assert its.met_by(set(seen)) == ours.is_met(seen)


# Ed25519 of its own

VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


def misjudges_signatures(module: ModuleType) -> bool:
    """Whether its own Ed25519 believes what it must not, or does not believe a vector of RFC 8032 7.1."""
    for public_key, message, signature in VECTORS:
        key, text, signed = (bytes.fromhex(part) for part in (public_key, message, signature))
        wrong = [signed[:63], b"", signed + b"\0", *islice(turned_bits(signed), 3, None, 101)]
        if not module.ed25519(key, text, signed) or any(module.ed25519(key, text, other) for other in wrong):
            return True
        if module.ed25519(key, text + b"x", signed) or module.ed25519(signed[:32], text, signed):
            return True
    return any(
        module.ed25519(LOG.public_bytes, b"x", own_signature(module, b"x", shift=n)) != (n == 0) for n in (0, 1, 2)
    )


def misdecodes(module: ModuleType) -> bool:
    """Whether it takes 32 bytes for a point that RFC 8032 5.1.3 refuses, or the other way round."""
    none = [
        (module.P + 1).to_bytes(32, "little"),  # y = 1 in another spelling
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # no x fits
    ]
    return any(module.point_of(encoded) for encoded in none) or not module.point_of((1).to_bytes(32, "little"))


def test_its_own_ed25519_is_that_of_rfc_8032() -> None:
    module = loaded(fast=False)
    assert not misjudges_signatures(module)
    assert not misdecodes(module)


def test_its_own_ed25519_says_what_the_library_says() -> None:
    module, chance = loaded(fast=False), random.Random(8032)
    for n in range(10):
        key, message = a_key(f"k{n}"), chance.randbytes(n * 7)
        signed = bytearray(key.private.sign(message))
        assert module.ed25519(key.public_bytes, message, bytes(signed))
        signed[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not by_library(key.public_bytes, message, bytes(signed))
        assert not module.ed25519(key.public_bytes, message, bytes(signed))


def test_receipts_hold_by_its_own_ed25519() -> None:
    module = loaded(fast=False)
    assert (
        list(differences(module, iter([public(), citizens(sealed=True), public(witnesses=1), bad_files()[-10]]))) == []
    )


# As a program


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-I", str(FILE), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def test_as_a_newsroom_runs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = loaded().main
    receipt, promise, policy = tmp_path / "receipt", tmp_path / "promise", tmp_path / "policy"
    receipt.write_bytes(citizens())
    promise.write_bytes(sign_note(MADE, keys=[PROMISER]))
    policy.write_text(TWO_OF_THREE)
    assert main([str(receipt), "--vkey", LOG.vkey]) == 0
    said = capsys.readouterr().out
    for words in ("PROVEN", "TERBUKTI", ORIGIN, "4 of / dari 7", "quorum none", str(EVENT["topic"])):
        assert words in said
    assert main([str(receipt), "--policy", str(policy)]) == 0
    assert capsys.readouterr().out.count("Witness / saksi: w") == 3
    assert main([str(promise), "--vkey", LOG.vkey, "--vkey", PROMISER.vkey]) == 0
    assert "GENUINE PROMISE of / JANJI ASLI" in capsys.readouterr().out
    receipt.write_bytes(public(witnesses=1))
    assert main([str(receipt), "--policy", str(policy)]) == 1
    assert (
        capsys.readouterr().err
        == "NOT PROVEN: too few witnesses have seen it. / TIDAK TERBUKTI: saksinya tidak cukup.\n"
    )
    receipt.write_bytes(b"x" * 1_000_000)
    assert main([str(receipt), "--vkey", LOG.vkey]) == 1
    for wrong in (
        ["--vkey", "x"],
        [],
        ["--vkey", LOG.vkey, "--policy", str(policy)],
        ["--policy", str(tmp_path / "none")],
    ):
        assert main([str(receipt), *wrong]) == 2
    policy.write_text("log x\n")
    assert main([str(receipt), "--policy", str(policy)]) == 2
    assert loaded().shown("a\x1b[2Jb\u202e") == "a?[2Jb?"


@pytest.mark.prove
def test_alone_in_another_place_without_our_packages(tmp_path: Path) -> None:
    file = tmp_path / "receipt"
    file.write_bytes(citizens())
    bare = [sys.executable, "-I", "-S", str(FILE), str(file)]
    good = subprocess.run(
        [*bare, "--vkey", LOG.vkey], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
    )
    assert (good.returncode, good.stderr) == (0, "")
    assert json.dumps(EVENT["topic"]) in good.stdout
    file.write_bytes(citizens().replace(b"index 4", b"index 5"))
    assert run(file, "--vkey", LOG.vkey).returncode == 1
    assert run(file).returncode == 2
    assert run("--help").returncode == 0
