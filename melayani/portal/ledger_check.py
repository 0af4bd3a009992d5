# SPDX-License-Identifier: EUPL-1.2
"""Checking a receipt or a promise that somebody hands in, with the keys of the page or with one of their own.

The script of the page does the same in the browser (`static/portal/check-receipt.js`); a test holds that both say the
same of every file. Nothing is kept and nothing is written down.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from melayani.ground.errors import Refused
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.policy import NONE, Policy
from melayani.ledger.promises import is_promise, verify_promise
from melayani.ledger.receipts import Proven, verify_receipt
from melayani.ledger.vkeys import ED25519_NOTE, VerifierKey, VkeyRefused, parse_vkey

LOG_PURPOSES = frozenset({"log", "log-retired"})
PROMISE_PURPOSES = frozenset({"promise", "promise-retired"})
LATEST_TIME = 2**37


@dataclass(frozen=True)
class PublicKey:
    """A line of the published keys: what the key is for, and its verifier key string."""

    purpose: str
    vkey: str


@dataclass(frozen=True)
class Trusted:
    """The keys that count for receipts (`logs`) and for promises."""

    logs: tuple[VerifierKey, ...]
    promises: tuple[VerifierKey, ...]


@dataclass(frozen=True)
class Checked:
    """What came out: `code` is empty when everything in the file holds, else that of the refusal.

    `form` is "receipt" or "promise". Of a receipt: `kind`, `unit`, `at` as its leaf tells them ("" and None when it
    does not), `index` among `size` entries, `event` as JSON when the commitment opened, else empty. Of a promise: `at`
    and `deadline`. `digest` is the leaf hash in hex.
    """

    code: str
    form: str = "receipt"
    log: str = ""
    digest: str = ""
    index: int = 0
    size: int = 0
    kind: str = ""
    unit: str = ""
    at: datetime | None = None
    deadline: datetime | None = None
    event: str = field(default="", repr=False)

    @property
    def holds(self) -> bool:
        """Whether everything in the file holds."""
        return not self.code


def public_keys(lines: bytes | None) -> tuple[PublicKey, ...]:
    """The published keys; lines that are none are left out."""
    found = []
    for line in (lines or b"").decode("utf-8", "replace").splitlines():
        purpose, _, vkey = line.partition(" ")
        if readable(vkey) is not None:
            found.append(PublicKey(purpose=purpose, vkey=vkey))
    return tuple(found)


def readable(vkey: str) -> VerifierKey | None:
    """The key that the string spells; None when it spells none."""
    try:
        return parse_vkey(vkey)
    except VkeyRefused:
        return None


def trusted(keys: Sequence[PublicKey], *, own: str = "") -> Trusted:
    """The published keys, or instead of them all the one key that the person has from somebody else.

    Raises `VkeyRefused` when that one cannot be read or does not sign checkpoints or promises.
    """
    if own:
        key = parse_vkey(own)
        if key.kind != ED25519_NOTE:
            raise VkeyRefused("vkey_type", "Kunci pemeriksa ini dari jenis yang tidak dikenal.")
        return Trusted(logs=(key,), promises=(key,))
    return Trusted(logs=_of(keys, LOG_PURPOSES), promises=_of(keys, PROMISE_PURPOSES))


def _of(keys: Sequence[PublicKey], purposes: frozenset[str]) -> tuple[VerifierKey, ...]:
    read = (readable(key.vkey) for key in keys if key.purpose in purposes)
    return tuple(dict.fromkeys(key for key in read if key is not None and key.kind == ED25519_NOTE))


def check(content: bytes, *, keys: Trusted) -> Checked:
    """What the file proves to somebody who trusts these keys; witnesses are not asked for. Never raises."""
    promise = is_promise(content)
    try:
        return _promise(content, keys=keys.promises) if promise else _receipt(content, keys=keys.logs)
    except Refused as refused:
        return Checked(code=refused.code, form="promise" if promise else "receipt")


def _receipt(content: bytes, *, keys: tuple[VerifierKey, ...]) -> Checked:
    proven = verify_receipt(content, policy=Policy(logs=keys, witnesses={}, groups={}, quorum=NONE))
    fields = json.loads(proven.leaf)
    at, unit = fields.get("t"), fields.get("u")
    return Checked(
        code="",
        log=proven.log,
        digest=leaf_hash(proven.leaf).hex(),
        index=proven.index,
        size=proven.size,
        kind=proven.kind,
        unit=unit if isinstance(unit, str) else "",
        at=_moment(at),
        event=_shown(proven),
    )


def _shown(proven: Proven) -> str:
    return "" if proven.event is None else json.dumps(proven.event, indent=2, sort_keys=True, ensure_ascii=False)


def _promise(content: bytes, *, keys: tuple[VerifierKey, ...]) -> Checked:
    promise = verify_promise(content, keys=keys)
    return Checked(
        code="",
        form="promise",
        log=promise.origin,
        digest=promise.leaf_hash.hex(),
        at=_moment(promise.recorded_at),
        deadline=_moment(promise.deadline),
    )


def _moment(seconds: object) -> datetime | None:
    """The moment of these POSIX seconds; None when it is no time that a page can show."""
    if type(seconds) is not int or not 0 <= seconds <= LATEST_TIME:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC)
