# SPDX-License-Identifier: EUPL-1.2
"""Checking a receipt or a promise that somebody hands in, with the keys of the page or with one of their own.

The script of the page does the same in the browser (`static/portal/check-receipt.js`); a test holds that both say the
same of every file. Only the server can compare a receipt with the log of today. Nothing is kept and nothing of the file
is written down.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import Checkpoint
from melayani.ledger.cosignatures import has_cosigned
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.note import split_note, verify_note
from melayani.ledger.policy import NONE, Policy
from melayani.ledger.promises import KEY_SUFFIX, is_promise, verify_promise
from melayani.ledger.proving import Compared, compared
from melayani.ledger.receipts import Proven, parse_receipt, verify_receipt
from melayani.ledger.vkeys import COSIGNATURE, ED25519_NOTE, VerifierKey, VkeyRefused, parse_vkey

RETIRED = "-retired"
LOG_PURPOSES = frozenset({"log", f"log{RETIRED}"})
PROMISE_PURPOSES = frozenset({"promise", f"promise{RETIRED}"})
LATEST_TIME = 2**37


@dataclass(frozen=True)
class PublicKey:
    """A line of the published keys: what the key is for, and its verifier key string.

    `since`: when it was said that it signs no longer; None for one that does, or when nothing was said.
    """

    purpose: str
    vkey: str
    since: datetime | None = None

    @property
    def retired(self) -> bool:
        """Whether it signed once and no longer does, so that it may be in other hands by now."""
        return self.purpose.endswith(RETIRED)


@dataclass(frozen=True)
class Trusted:
    """The keys that count for receipts (`logs`) and for promises; and the witnesses whose lines are counted.

    `published` tells of a key what the log says of it; one that is not there is none of this log.
    """

    logs: tuple[VerifierKey, ...]
    promises: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    published: Mapping[VerifierKey, PublicKey] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """What came out: `code` is empty when everything in the file holds, else that of the refusal.

    `form` is "receipt" or "promise". Of a receipt: `kind`, `unit`, `at` as its leaf tells them ("" and None when it
    does not), `index` among `size` entries, `event` as JSON when the commitment opened, else empty. Of a promise: `at`
    and `deadline`. `digest` is the leaf hash in hex.

    `retired`: only keys signed that sign no longer, since `since` (None = not known). `ours`: a published key signed.
    Of a receipt also `root` (32 bytes), and how many of the `witnesses` that were looked for have `cosigned`.
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
    retired: bool = False
    since: datetime | None = None
    ours: bool = False
    root: bytes = b""
    cosigned: int = 0
    witnesses: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything in the file holds."""
        return not self.code


def public_keys(lines: bytes | None, *, ended: Mapping[str, datetime] | None = None) -> tuple[PublicKey, ...]:
    """The published keys; lines that are none are left out. `ended`: when keys ended, by their verifier key strings."""
    found = []
    for line in (lines or b"").decode("utf-8", "replace").splitlines():
        purpose, _, vkey = line.partition(" ")
        if readable(vkey) is not None:
            since = (ended or {}).get(vkey) if purpose.endswith(RETIRED) else None
            found.append(PublicKey(purpose=purpose, vkey=vkey, since=since))
    return tuple(found)


def readable(vkey: str) -> VerifierKey | None:
    """The key that the string spells; None when it spells none."""
    try:
        return parse_vkey(vkey)
    except VkeyRefused:
        return None


def trusted(keys: Sequence[PublicKey], *, own: str = "", witnesses: Iterable[str] = ()) -> Trusted:
    """The published keys, or instead of them all the one key that the person has from somebody else.

    `witnesses`: verifier key strings of those whom the log asks; with an own key they do not count either. Raises
    `VkeyRefused` when that one cannot be read or does not sign checkpoints or promises.
    """
    # A key that stands there as both is one that signs: it comes last.
    read = [(readable(key.vkey), key) for key in sorted(keys, key=lambda key: not key.retired)]
    published = {found: key for found, key in read if found is not None}
    if own:
        key = parse_vkey(own)
        if key.kind != ED25519_NOTE:
            raise VkeyRefused("vkey_type", "Kunci pemeriksa ini dari jenis yang tidak dikenal.")
        return Trusted(logs=(key,), promises=(key,), published=published)
    asked = (readable(vkey) for vkey in witnesses)
    return Trusted(
        logs=_of(keys, LOG_PURPOSES),
        promises=_of(keys, PROMISE_PURPOSES),
        witnesses=tuple(dict.fromkeys(key for key in asked if key is not None and key.kind == COSIGNATURE)),
        published=published,
    )


def _of(keys: Sequence[PublicKey], purposes: frozenset[str]) -> tuple[VerifierKey, ...]:
    read = (readable(key.vkey) for key in keys if key.purpose in purposes)
    return tuple(dict.fromkeys(key for key in read if key is not None and key.kind == ED25519_NOTE))


def check(content: bytes, *, keys: Trusted) -> Checked:
    """What the file proves to somebody who trusts these keys. Witnesses are counted, never asked for. Never raises."""
    promise = is_promise(content)
    try:
        return _promise(content, keys=keys) if promise else _receipt(content, keys=keys)
    except Refused as refused:
        return Checked(code=refused.code, form="promise" if promise else "receipt")


def compare(checked: Checked, *, files: LogFiles) -> Compared | None:
    """How a receipt that holds stands to the log of today; None for any other file, and one that no key of ours signed.

    Who holds an old key can sign a tree that never was; and we ourselves could have signed two. Never raises.
    """
    if not (checked.holds and checked.form == "receipt" and checked.ours):
        return None
    return compared(Checkpoint(origin=checked.log, size=checked.size, root=checked.root), files=files)


def _receipt(content: bytes, *, keys: Trusted) -> Checked:
    proven = verify_receipt(content, policy=Policy(logs=keys.logs, witnesses={}, groups={}, quorum=NONE))
    fields = json.loads(proven.leaf)
    at, unit = fields.get("t"), fields.get("u")
    note = parse_receipt(content).checkpoint
    signers = _signers(note, keys=keys.logs, name=proven.log)
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
        retired=_retired(signers, keys),
        since=_since(signers, keys),
        ours=any(key in keys.published for key in signers),
        root=proven.root,
        cosigned=_cosigned(note, keys.witnesses),
        witnesses=len(keys.witnesses),
    )


def _signers(note: bytes, *, keys: tuple[VerifierKey, ...], name: str) -> list[VerifierKey]:
    """Which of these keys have signed the note under the name that counts."""
    return [each.key for each in verify_note(note, keys=keys)[1] if each.key.name == name]


def _retired(signers: Sequence[VerifierKey], keys: Trusted) -> bool:
    """Whether all of them are keys of which the log says that they sign no longer."""
    return all(key in keys.published and keys.published[key].retired for key in signers)


def _since(signers: Sequence[VerifierKey], keys: Trusted) -> datetime | None:
    """When the last of them ended."""
    known = (keys.published[key].since for key in signers if key in keys.published)
    return max((since for since in known if since), default=None)


def _cosigned(note: bytes, witnesses: Sequence[VerifierKey]) -> int:
    """How many of them have cosigned. A line that does not hold is not counted, and changes nothing else."""
    parts = split_note(note)
    text = parts.text.encode()
    return sum(
        any(
            (line.name, line.key_id) == (key.name, key.key_id)
            and has_cosigned(text=text, key=key, signature=line.signature)
            for line in parts.lines
        )
        for key in witnesses
    )


def _shown(proven: Proven) -> str:
    return "" if proven.event is None else json.dumps(proven.event, indent=2, sort_keys=True, ensure_ascii=False)


def _promise(content: bytes, *, keys: Trusted) -> Checked:
    promise = verify_promise(content, keys=keys.promises)
    signers = _signers(content, keys=keys.promises, name=promise.origin + KEY_SUFFIX)
    return Checked(
        code="",
        form="promise",
        log=promise.origin,
        digest=promise.leaf_hash.hex(),
        at=_moment(promise.recorded_at),
        deadline=_moment(promise.deadline),
        retired=_retired(signers, keys),
        since=_since(signers, keys),
        ours=any(key in keys.published for key in signers),
    )


def _moment(seconds: object) -> datetime | None:
    """The moment of these POSIX seconds; None when it is no time that a page can show."""
    if type(seconds) is not int or not 0 <= seconds <= LATEST_TIME:
        return None
    return datetime.fromtimestamp(seconds, tz=UTC)
