# SPDX-License-Identifier: EUPL-1.2
"""Changing the key of the log or of its promises: announced under the old key, both for a while, then the new alone.

Source: LEDGER "Keys". What is done is in files and statements, and each round of the sealer asks them anew where the
change stands (`keys_now`), so a crash at any point only delays it:

1. the next key is a file beside the old one; nobody knows it;
2. a leaf announces it (`announce`), and a checkpoint that the old key alone signs covers that leaf: the proof of it is
   kept for ever, because who trusts the old key needs no other word;
3. both sign, the old one first; witnesses and readers take the new key into their policies meanwhile;
4. a leaf says that the old key has ended (`retire`); under both signatures it enters the tree;
5. the next key takes the place of the old one, whose public half stays listed. Old receipts stay valid under it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.keys import (
    Purpose,
    make_next_key,
    next_key,
    purpose_key,
    read_origin,
    retired_lines,
    take_next_key,
)
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Statement
from melayani.ledger.policy import NONE, Policy
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra, verify_receipt
from melayani.ledger.statement_proofs import is_proof_of
from melayani.ledger.statements import StatementKind, log_stream, record_statement
from melayani.ledger.vkeys import NoteKey, VerifierKey, VkeyRefused, parse_vkey

KEY_KINDS = (StatementKind.KEY_ANNOUNCED, StatementKind.KEY_RETIRED)


class RotationRefused(Refused):
    """The change of a key cannot go this step now, or a proof does not announce the key it should."""


@dataclass(frozen=True)
class KeysNow:
    """Who signs now: `log` signs checkpoints, in order. `lines` are those of `/ledger/keys`.

    `settled`: no key is being changed, so this holds as long as the key files stay as they are.
    """

    log: tuple[NoteKey, ...]
    lines: tuple[str, ...]
    settled: bool


def announcement(*, purpose: Purpose, old: VerifierKey, new: VerifierKey) -> dict[str, Json]:
    """What the leaf says that announces a key."""
    return {"purpose": str(purpose), "old": old.vkey, "new": new.vkey}


def announce(*, directory: Path, purpose: Purpose, at: datetime) -> Statement:
    """A next key is there, and its announcement enters the tree with the next seal. May be repeated after a crash.

    Raises `RotationRefused` when this key is announced already.
    """
    old, new = purpose_key(directory, purpose), make_next_key(directory, purpose)
    if _find(_key_statements(), StatementKind.KEY_ANNOUNCED, new.vkey):
        raise RotationRefused("rotation_announced", "Kunci baru sudah diumumkan. Selesaikan dulu pergantian itu.")
    data = announcement(purpose=purpose, old=old.verifier, new=new.verifier)
    return _recorded(StatementKind.KEY_ANNOUNCED, data, directory=directory, at=at)


def retire(*, directory: Path, purpose: Purpose, at: datetime) -> Statement:
    """That the old key has ended enters the tree with the next seal; after it the sealer signs with the new one alone.

    Raises `RotationRefused` when there is no next key, when its announcement is not in the tree yet, and when the end
    of the old key is recorded already.
    """
    old, new = purpose_key(directory, purpose), next_key(directory, purpose)
    if new is None:
        raise RotationRefused("rotation_none", "Tidak ada pergantian kunci yang berjalan.")
    said = _key_statements()
    if not _in_tree(_find(said, StatementKind.KEY_ANNOUNCED, new.vkey)):
        raise RotationRefused("rotation_early", "Kunci baru belum ada di buku besar. Tunggu sampai disegel.")
    if _find(said, StatementKind.KEY_RETIRED, old.vkey):
        raise RotationRefused("rotation_ended", "Kunci lama sudah diakhiri. Pekerja menggantinya setelah disegel.")
    data: dict[str, Json] = {"purpose": str(purpose), "vkey": old.vkey}
    return _recorded(StatementKind.KEY_RETIRED, data, directory=directory, at=at)


def _recorded(kind: StatementKind, data: dict[str, Json], *, directory: Path, at: datetime) -> Statement:
    try:
        with transaction.atomic():
            return record_statement(kind=kind, data=data, origin=read_origin(directory), at=at)
    except IntegrityError as error:
        raise RotationRefused("rotation_twice", "Pergantian kunci sedang dijalankan di tempat lain.") from error


def keys_now(*, directory: Path, files: LogFiles) -> KeysNow:
    """Who signs now, after doing whatever of a change is due. One query; for the sealer only.

    Raises `RotationRefused` when the log key in the folder is one that has ended (an old copy of the keys),
    `KeysRefused` for key files that cannot be read.
    """
    said = _key_statements()
    signing, lines, settled = [], [], True
    for purpose in Purpose:
        keys = _signing(directory, purpose, said=said, files=files)
        if purpose == Purpose.LOG:
            signing = keys
        lines += [f"{purpose} {key.vkey}" for key in keys]
        settled = settled and next_key(directory, purpose) is None
    lines += _retired(said, directory=directory, listed=lines)
    return KeysNow(log=tuple(signing), lines=tuple(lines), settled=settled)


def _signing(directory: Path, purpose: Purpose, *, said: Iterable[Statement], files: LogFiles) -> list[NoteKey]:
    """The keys of this purpose that sign now; a change that has come to its end is ended."""
    old, new = purpose_key(directory, purpose), next_key(directory, purpose)
    ended = _find(said, StatementKind.KEY_RETIRED, old.vkey)
    announced = None if new is None else _find(said, StatementKind.KEY_ANNOUNCED, new.vkey)
    if ended and announced is None and purpose == Purpose.LOG:
        raise RotationRefused("seal_retired", "Kunci buku besar ini sudah diganti. Pulihkan salinan yang terbaru.")
    if new is None or announced is None or not _in_tree(announced):
        return [old]
    if not _kept_proof(announced, directory=directory, old=old.verifier, files=files):
        # Nobody could follow from the old key to the new one yet: the old one goes on alone.
        return [old]
    if _in_tree(ended):
        take_next_key(directory, purpose)
        return [new]
    return [old, new]


def _kept_proof(announced: Statement, *, directory: Path, old: VerifierKey, files: LogFiles) -> bool:
    """Whether the proof of the announcement, under the key that was trusted then, is kept for ever; keeps it if not."""
    entry = announced.entry
    leaf_hash = bytes(entry.leaf_hash)
    log = purpose_key(directory, Purpose.LOG).verifier
    kept = files.statement_proof(leaf_hash)
    # A damaged one can be made anew only while the old key signs.
    if kept is not None and is_proof_of(kept, leaf=bytes(entry.leaf), keys=[log]):
        return True
    extra = citizen_extra(leaf=bytes(entry.leaf), salt=bytes(entry.salt or b""), event=announced.data, kind=entry.kind)
    content = proof_file(extra=extra, index=entry.leaf_index or 0, files=files)
    if content is None:
        return False
    announced_key(content, log=log, old=old)
    files.keep_statement_proof(leaf_hash, content)
    return True


def announced_key(content: bytes, *, log: VerifierKey, old: VerifierKey) -> VerifierKey:
    """The key that follows `old`, as a proof file tells it to somebody who trusts the log key `log`.

    For the log key itself both are the same key. Raises what `verify_receipt` raises when the proof does not hold under
    `log`, and `RotationRefused` when it holds but is no announcement of a successor of `old` by the log itself.
    """
    proven = verify_receipt(content, policy=Policy(logs=(log,), witnesses={}, groups={}, quorum=NONE))
    said = proven.event or {}
    of_the_log = json.loads(proven.leaf).get("s") == write_base64(log_stream(log.name))
    if not of_the_log or proven.kind != StatementKind.KEY_ANNOUNCED or said.get("old") != old.vkey:
        raise _no_announcement()
    try:
        new = parse_vkey(str(said.get("new")))
    except VkeyRefused as refused:
        raise _no_announcement() from refused
    if (new.name, new.kind) != (old.name, old.kind):
        raise _no_announcement()
    return new


def _retired(said: Iterable[Statement], *, directory: Path, listed: Iterable[str]) -> list[str]:
    """The lines of keys that sign no longer, as files and statements know them."""
    known = [
        *retired_lines(directory),
        *(f"{each.data['purpose']} {each.data['vkey']}" for each in said if _is(each, StatementKind.KEY_RETIRED)),
    ]
    return [line.replace(" ", "-retired ", 1) for line in dict.fromkeys(known) if line not in set(listed)]


def _key_statements() -> list[Statement]:
    """What the log has said of its keys; a few rows."""
    return list(Statement.objects.select_related("entry").filter(entry__kind__in=KEY_KINDS).order_by("sequence"))


def _find(said: Iterable[Statement], kind: StatementKind, vkey: str) -> Statement | None:
    """The statement that announces this key, or that ends it."""
    field = "new" if kind == StatementKind.KEY_ANNOUNCED else "vkey"
    return next((each for each in said if _is(each, kind) and each.data.get(field) == vkey), None)


def _is(statement: Statement, kind: StatementKind) -> bool:
    return statement.entry.kind == kind


def _in_tree(statement: Statement | None) -> bool:
    return statement is not None and statement.entry.leaf_index is not None


def _no_announcement() -> RotationRefused:
    return RotationRefused("rotation_proof", "Berkas ini tidak mengumumkan kunci pengganti dari kunci itu.")
