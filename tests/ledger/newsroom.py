# SPDX-License-Identifier: EUPL-1.2
"""The verifier of newsrooms as a module, whole or with a step changed, and files to compare it with ours."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.policy import parse_policy
from melayani.ledger.receipts import citizen_extra, public_extra, verify_receipt
from melayani.ledger.rules import prepare_entry
from melayani.ledger.vkeys import VerifierKey
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, a_key
from tests.ledger.some_receipts import (
    AT,
    BAD_EXTRAS,
    BAD_FILES,
    BAD_LEAVES,
    SALT,
    a_leaf,
    a_receipt,
    bound_to_a_list,
    citizens,
    public,
    with_extra,
)

FILE = Path(__file__).parents[2] / "docs" / "verifier" / "melayani_verify.py"
SOURCE = FILE.read_text()
PROMISER = a_key(f"{ORIGIN}/promise")
TWO_OF_THREE = "\n".join(
    [
        f"log {LOG.vkey} https://elsewhere.example",
        *(f"witness w{n}\t{WITNESSES[n].vkey}" for n in range(3)),
        "# two of them",
        "group g 2 w0 w1 w2",
        "quorum g\n",
    ]
)


def loaded(step: str = "", instead: str = "", *, fast: bool = True) -> ModuleType:
    """The file as a program, with `instead` in place of `step` for a control; `fast`: signatures by our library."""
    assert not step or SOURCE.count(step) == 1, step
    module = ModuleType("melayani_verify")
    exec(compile(SOURCE.replace(step, instead) if step else SOURCE, "melayani_verify", "exec"), vars(module))  # noqa: S102  # our own source
    if fast:
        vars(module)["ed25519"] = by_library
    return module


def by_library(public_key: bytes, message: bytes, signature: bytes) -> bool:
    key = VerifierKey(name="x", kind=b"\x01", public=public_key)
    return key.has_signed(message=message, signature=signature)


def its_policy(module: ModuleType, text: str) -> Any:
    policy = module.Policy()
    for line in text.split("\n"):
        policy.take(line)
    return policy


def code_of(judge: Callable[[], object], refused: type[Exception]) -> str:
    """The code of the refusal, or empty; anything else that is raised fails the test."""
    try:
        judge()
    except refused as said:
        return said.code if isinstance(said, Refused) else str(said)
    return ""


def differences(module: ModuleType, contents: Iterator[bytes], policy: str = TWO_OF_THREE) -> Iterator[bytes]:
    """Files of which the two verifiers do not say the same."""
    ours, its = parse_policy(policy.encode()), its_policy(module, policy)
    for content in contents:
        here = code_of(lambda content=content: verify_receipt(content, policy=ours), Refused)  # type: ignore[misc]  # bound at once
        there = code_of(lambda content=content: module.verify_receipt(content, its), module.Refused)  # type: ignore[misc]  # as above
        if here != there:
            yield content


def good_files() -> list[bytes]:
    event: dict[str, Json]
    sealed, event = (
        a_leaf(sealed=True),
        {"a": 'é\u2028"\\\n\u0001', "b": [True, None, 1 - 2**53, {}], "\U0001f600": 1, "\uffee": 2},
    )
    leaf = prepare_entry(stream=bytes(16), sequence=0, kind="k", event=event, salt=SALT, recorded_at=AT).leaf
    return [
        public(), public(witnesses=2), citizens(), citizens(sealed=True), citizens("case.answered", True),
        a_receipt(extra=public_extra(leaf=sealed), leaf=sealed),
        a_receipt(extra=citizen_extra(leaf=leaf, salt=SALT, event=event, kind="k"), leaf=leaf),
        *(public(index=index, size=size) for index, size in ((0, 1), (0, 2), (255, 256), (256, 257), (3, 1000))),
    ]  # fmt: skip


def too_large_extra() -> bytes:
    """A receipt that holds in everything, but tells more than a receipt may."""
    event = {"a": "x" * 70_000}
    leaf = prepare_entry(stream=bytes(16), sequence=0, kind="k", event=event, salt=SALT, recorded_at=AT).leaf
    extra = write_base64(citizen_extra(leaf=leaf, salt=SALT, event=event, kind="k"))
    whole = a_receipt(extra=public_extra(leaf=leaf), leaf=leaf).decode().split("\n")
    return "\n".join([whole[0], f"extra {extra}", *whole[2:]]).encode()


def bad_files() -> list[bytes]:
    forged = public(witnesses=2)
    return [
        too_large_extra(), *BAD_FILES, *(with_extra(said) for said in BAD_EXTRAS),
        *(a_receipt(extra=public_extra(leaf=leaf), leaf=leaf) for leaf in BAD_LEAVES),
        bound_to_a_list(), a_receipt(extra=None, leaf=a_leaf()), public(witnesses=1), public(witnesses=0),
        a_receipt(extra=public_extra(leaf=a_leaf("k")), leaf=a_leaf()),
        public(index=0, size=1).replace(b"index 0", b"index 1"),
        forged.replace(b"\n7\n", b"\n8\n"), forged.replace(b"\n7\n", b"\n07\n"), forged + b"\n", forged[:-1],
        *(forged + f"\u2014 {name} AAAAAAAA\n".encode() for name in ("a b", "a+b", "a\u0085b", "a\ufeffb")),
        forged + "\u2014 other AAAAAAAA\n".encode() * 62, forged + ("\u2014 other " + "AAAA" * 70_000 + "\n").encode(),
        forged + "\u2014 x".encode() + b"\xff AAAAAAAA\n",
    ]  # fmt: skip


def own_signature(module: ModuleType, message: bytes, *, shift: int = 0) -> bytes:
    """A signature of the message by the log, with S moved by so many times the order of the base point."""
    signature = LOG.private.sign(message)
    s = int.from_bytes(signature[32:], "little") + shift * int(module.L)
    return signature[:32] + s.to_bytes(32, "little")
