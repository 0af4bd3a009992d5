# SPDX-License-Identifier: EUPL-1.2
"""Fixed keys, trees and mutations for the tests of notes, checkpoints, policies and receipts."""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from melayani.ground.errors import Refused
from melayani.ledger.vkeys import COSIGNATURE, ED25519_NOTE, NoteKey

ORIGIN = "melayani.example/ledger"


def a_key(name: str, *, kind: bytes = ED25519_NOTE, seed: str = "") -> NoteKey:
    """The same key for the same name (and `seed`, if another key of that name is wanted), in every run."""
    secret = hashlib.sha256(f"test key {name} {seed}".encode()).digest()
    return NoteKey(name=name, private=Ed25519PrivateKey.from_private_bytes(secret), kind=kind)


LOG = a_key(ORIGIN)
WITNESSES = [a_key(f"witness{n}.example/w", kind=COSIGNATURE) for n in range(4)]


def turned_bits(content: bytes) -> Iterator[bytes]:
    """`content` with each single bit turned."""
    for bit in range(len(content) * 8):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def passed(
    read: Callable[[bytes], object], contents: Iterator[bytes], *, refusals: tuple[type[Refused], ...]
) -> list[bytes]:
    """Those that `read` accepts. Anything that is raised but `refusals` fails the test."""
    accepted = []
    for content in contents:
        try:
            read(content)
        except refusals:
            continue
        accepted.append(content)
    return accepted


def variant(module: ModuleType, step: str, instead: str) -> ModuleType:
    """The module written anew with `instead` in place of `step`, which stands in it exactly once: a control."""
    source = inspect.getsource(module)
    assert source.count(step) == 1, step
    changed = ModuleType(module.__name__)
    exec(compile(source.replace(step, instead), module.__name__, "exec"), vars(changed))  # noqa: S102  # our own source
    return changed
