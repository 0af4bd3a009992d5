# SPDX-License-Identifier: EUPL-1.2
"""Changing a key: who signs at each step, that a crash only delays it, and that nobody forges a successor."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from melayani.ground.errors import Refused
from melayani.ledger import keys as keys_module
from melayani.ledger import rotation
from melayani.ledger.actions import stamp_positions
from melayani.ledger.checkpoint import open_checkpoint
from melayani.ledger.keys import Purpose, create_keys, log_key, next_key, promise_key, retired_lines
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import inclusion_proof
from melayani.ledger.models import Checkpoint, Entry, Statement
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra, format_receipt, verify_receipt
from melayani.ledger.rotation import KeysNow, RotationRefused, announce, announced_key, keys_now, retire
from melayani.ledger.rotation_drill import drill
from melayani.ledger.sealing import seal
from melayani.ledger.statements import StatementKind, record_statement
from melayani.ledger.vkeys import COSIGNATURE, NoteKey
from tests.conftest import MONDAY
from tests.ledger.some_keys import ORIGIN, a_key, variant
from tests.ledger.test_sealing import acts

pytestmark = pytest.mark.django_db
STARTED, ENDED = StatementKind.KEY_ANNOUNCED, StatementKind.KEY_RETIRED


class Log:
    """A log with keys of its own; a round does what the sealer does."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys"
        create_keys(directory=self.keys, origin=ORIGIN)
        self.files = LogFiles(folder / "ledger")

    def round(self) -> KeysNow:
        stamp_positions()
        now = keys_now(directory=self.keys, files=self.files)
        seal(files=self.files, keys=now.log, at=MONDAY)
        return now

    def announce(self, purpose: Purpose = Purpose.LOG) -> Statement:
        return announce(directory=self.keys, purpose=purpose, at=MONDAY)

    def retire(self, purpose: Purpose = Purpose.LOG) -> Statement:
        return retire(directory=self.keys, purpose=purpose, at=MONDAY)

    def changed(self) -> tuple[NoteKey, NoteKey]:
        """The whole change of the log key has happened; the old key and the new one."""
        self.round()
        old = log_key(self.keys)
        self.announce()
        self.round()
        self.round()
        self.retire()
        self.round()
        self.round()
        return old, log_key(self.keys)

    def holds_under(self, key: NoteKey) -> bool:
        """Whether somebody who trusts this key takes the published checkpoint."""
        try:
            open_checkpoint(self.files.published() or b"", logs=[key.verifier])
        except Refused:
            return False
        return True

    def kept(self, sequence: int) -> bytes:
        """The proof that was kept when the statement was new."""
        entry = Statement.objects.select_related("entry").get(sequence=sequence).entry
        content = self.files.statement_proof(bytes(entry.leaf_hash))
        assert content is not None
        return content

    def receipt(self, index: int) -> bytes:
        """The opened proof of a leaf that is a statement, under the published checkpoint."""
        statement = Statement.objects.select_related("entry").get(entry__leaf_index=index)
        content = proof_file(extra=extra_of(statement), index=index, files=self.files)
        assert content is not None
        return content


def extra_of(statement: Statement) -> bytes:
    entry = statement.entry
    return citizen_extra(leaf=bytes(entry.leaf), salt=bytes(entry.salt or b""), event=statement.data, kind=entry.kind)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_the_whole_change_of_the_log_key(log: Log) -> None:
    old, promise = log_key(log.keys), promise_key(log.keys).vkey
    acts(1)
    now = log.round()
    assert ([key.vkey for key in now.log], now.settled) == ([old.vkey], True)
    assert now.lines == (f"log {old.vkey}", f"promise {promise}")

    statement = log.announce()
    new = next_key(log.keys, Purpose.LOG)
    assert new is not None
    assert statement.data == {"purpose": "log", "old": old.vkey, "new": new.vkey}
    assert new.name == old.name
    # The announcement enters under the old key alone.
    now = log.round()
    assert ([key.vkey for key in now.log], now.settled) == ([old.vkey], False)
    assert log.holds_under(old)
    assert not log.holds_under(new)

    # Then both sign, the old one first.
    acts(1)
    now = log.round()
    assert [key.vkey for key in now.log] == [old.vkey, new.vkey]
    assert now.lines == (f"log {old.vkey}", f"log {new.vkey}", f"promise {promise}")
    assert log.holds_under(old)
    assert log.holds_under(new)
    receipt = log.receipt(1)

    assert log.retire().data == {"purpose": "log", "vkey": old.vkey}
    log.round()
    assert log.holds_under(old)
    assert log.holds_under(new)
    acts(1)
    now = log.round()
    assert ([key.vkey for key in now.log], now.settled) == ([new.vkey], True)
    assert now.lines == (f"log {new.vkey}", f"promise {promise}", f"log-retired {old.vkey}")
    assert log_key(log.keys).vkey == new.vkey
    assert log.holds_under(new)
    assert not log.holds_under(old)
    # What was proven under the old key stays so, for ever.
    verify_receipt(receipt, policy=policy_of_logs([old.vkey]))
    assert Checkpoint.objects.get().size == 5


def test_the_proof_of_the_announcement_is_kept_for_who_trusts_the_old_key(log: Log) -> None:
    old, new = log.changed()
    kept = log.kept(0)
    assert announced_key(kept, log=old.verifier, old=old.verifier) == new.verifier
    acts(1)
    log.round()
    # A proof made today is signed by the new key alone: whoever trusts the old one can do nothing with it.
    with pytest.raises(Refused):
        announced_key(log.receipt(0), log=old.verifier, old=old.verifier)


def test_a_second_change_follows_the_first(log: Log) -> None:
    first, second = log.changed()
    log.announce()
    log.round()
    log.round()
    log.retire()
    log.round()
    now = log.round()
    third = log_key(log.keys)
    assert len({first.vkey, second.vkey, third.vkey}) == 3
    assert [line for line in now.lines if "retired" in line] == [
        f"log-retired {first.vkey}", f"log-retired {second.vkey}",
    ]  # fmt: skip
    trusted = first.verifier
    for sequence in (0, 2):
        trusted = announced_key(log.kept(sequence), log=trusted, old=trusted)
    assert trusted == third.verifier


def test_the_promise_key_is_changed_under_the_log_key(log: Log) -> None:
    log.round()
    signer, old = log_key(log.keys), promise_key(log.keys)
    log.announce(Purpose.PROMISE)
    new = next_key(log.keys, Purpose.PROMISE)
    assert new is not None
    log.round()
    now = log.round()
    assert [key.vkey for key in now.log] == [signer.vkey]
    assert now.lines == (f"log {signer.vkey}", f"promise {old.vkey}", f"promise {new.vkey}")
    log.retire(Purpose.PROMISE)
    log.round()
    now = log.round()
    assert promise_key(log.keys).vkey == new.vkey
    assert now.lines == (f"log {signer.vkey}", f"promise {new.vkey}", f"promise-retired {old.vkey}")
    kept = log.kept(0)
    assert announced_key(kept, log=signer.verifier, old=old.verifier) == new.verifier


def test_key_files_are_private(log: Log) -> None:
    log.announce()
    assert stat.S_IMODE((log.keys / "log.next.key").stat().st_mode) == 0o600
    log.round()
    log.round()
    log.retire()
    log.round()
    log.round()
    assert {path.name for path in log.keys.iterdir()} == {
        "origin", "log.key", "promise.key", "master.key", "secret.key", "retired",
    }  # fmt: skip
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in log.keys.iterdir())


# Each step only when the one before is there


def test_the_order_of_the_steps(log: Log) -> None:
    log.round()

    def refused(act: Callable[[], object]) -> str:
        count = Entry.objects.count()
        with pytest.raises(RotationRefused) as refusal:
            act()
        assert Entry.objects.count() == count
        return refusal.value.code

    assert refused(log.retire) == "rotation_none"
    log.announce()
    assert refused(log.announce) == "rotation_announced"
    assert refused(log.retire) == "rotation_early"
    log.round()
    log.retire()
    assert refused(log.retire) == "rotation_ended"
    assert refused(log.announce) == "rotation_announced"


def test_two_who_change_a_key_at_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.round()
    first = log.announce()
    monkeypatch.setattr(rotation, "_find", lambda *_: None)
    monkeypatch.setattr("melayani.ledger.statements.Statement.objects.aggregate", lambda **_: {"last": None})
    with pytest.raises(RotationRefused) as refusal:
        log.announce()
    assert refusal.value.code == "rotation_twice"
    assert [each.pk for each in Statement.objects.all()] == [first.pk]


# Crashes


class Crash(Exception):  # noqa: N818  # what a kill looks like from inside
    """The program is gone at this point."""


POINTS = [
    (rotation, "record_statement"), (rotation, "make_next_key"), (rotation, "take_next_key"),
    (LogFiles, "keep_statement_proof"), (keys_module, "write_private"), (keys_module, "sync_folder"),
]  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("owner", "step"), POINTS, ids=[point[1] for point in POINTS])
def test_a_crash_at_any_point_only_delays_it(
    log: Log, monkeypatch: pytest.MonkeyPatch, owner: object, step: str, when: str
) -> None:
    log.round()
    old, real, crashed = log_key(log.keys), getattr(owner, step), list[str]()

    def crashing(*arguments: object, **named: object) -> object:
        if crashed:
            return real(*arguments, **named)
        crashed.append(step)
        if when == "after":
            real(*arguments, **named)
        raise Crash

    monkeypatch.setattr(owner, step, crashing)

    def again_after_a_crash(act: Callable[[], object]) -> None:
        for _ in range(3):
            try:
                act()
            except Crash:
                continue
            except RotationRefused as refused:
                # It had been recorded just before the crash.
                assert refused.code in ("rotation_announced", "rotation_ended")  # noqa: PT017  # others are raised
            return

    for act in (log.announce, log.round, log.round, log.retire, log.round, log.round, log.round):
        again_after_a_crash(act)
        acts(1)
    assert crashed
    new = log_key(log.keys)
    assert new.vkey != old.vkey
    assert retired_lines(log.keys) == [f"log {old.vkey}"]
    assert next_key(log.keys, Purpose.LOG) is None
    assert announced_key(log.kept(0), log=old.verifier, old=old.verifier) == new.verifier
    log.round()
    assert log.holds_under(new)
    assert not log.holds_under(old)


def test_an_old_copy_of_the_keys_signs_nothing(log: Log, tmp_path: Path) -> None:
    content = (log.keys / "log.key").read_bytes()
    log.changed()
    (log.keys / "log.key").write_bytes(content)
    with pytest.raises(RotationRefused) as refusal:
        log.round()
    assert refusal.value.code == "seal_retired"
    broken = variant(rotation, "if ended and announced is None and purpose == Purpose.LOG:", "if False:")
    assert broken.keys_now(directory=log.keys, files=log.files).log


def test_a_new_key_that_was_not_announced_does_not_sign(log: Log) -> None:
    log.round()
    keys_module.make_next_key(log.keys, Purpose.LOG)
    assert len(log.round().log) == 1
    guard = "if new is None or announced is None or not _in_tree(announced):"
    broken = variant(rotation, guard, f"if new:\n        return [old, new]\n    {guard}")
    assert len(broken.keys_now(directory=log.keys, files=log.files).log) == 2
    log.announce()
    stamp_positions()
    # Recorded, but not in the tree: still the old key alone.
    assert len(keys_now(directory=log.keys, files=log.files).log) == 1


# Forged announcements


def forged(log: Log, data: dict[str, str], *, keys: list[NoteKey], kind: StatementKind = STARTED) -> bytes:
    """A proof of a statement with this content, in a tree that these keys sign."""
    statement = record_statement(kind=kind, data=data, origin=ORIGIN, at=MONDAY)
    stamp_positions()
    seal(files=log.files, keys=keys, at=MONDAY)
    statement.entry.refresh_from_db()
    index = statement.entry.leaf_index
    assert index is not None
    return log.receipt(index)


def test_only_an_announcement_under_the_old_key_counts(log: Log) -> None:
    old, thief = log_key(log.keys), a_key(ORIGIN, seed="thief")
    said = {"purpose": "log", "old": old.vkey, "new": thief.vkey}
    good = forged(log, said, keys=[old])
    assert announced_key(good, log=old.verifier, old=old.verifier) == thief.verifier
    # The thief's own signature is none of somebody's who trusts the old key.
    by_thief = forged(log, said, keys=[thief])
    with pytest.raises(Refused):
        announced_key(by_thief, log=old.verifier, old=old.verifier)
    broken = variant(rotation, "Policy(logs=(log,),", "policy_of_logs([str(THIEF)]) or Policy(logs=(log,),")
    vars(broken).update(policy_of_logs=policy_of_logs, THIEF=thief.vkey)
    assert broken.announced_key(by_thief, log=old.verifier, old=old.verifier) == thief.verifier


WRONG: list[tuple[str, dict[str, str], StatementKind]] = [
    ("another old key", {"old": a_key(ORIGIN, seed="third").vkey}, STARTED),
    ("another name", {"new": a_key("other.example/log").vkey}, STARTED),
    ("a witness's key", {"new": a_key(ORIGIN, kind=COSIGNATURE).vkey}, STARTED),
    ("no key", {"new": "x"}, STARTED),
    ("another kind", {}, ENDED),
]


@pytest.mark.parametrize(("why", "other", "kind"), WRONG, ids=[each[0] for each in WRONG])
def test_what_the_log_said_must_be_an_announcement_of_a_successor(
    log: Log, why: str, other: dict[str, str], kind: StatementKind
) -> None:
    old = log_key(log.keys)
    said = {"purpose": "log", "old": old.vkey, "new": a_key(ORIGIN, seed="new").vkey} | other
    content = forged(log, said, keys=[old], kind=kind)
    with pytest.raises(RotationRefused):
        announced_key(content, log=old.verifier, old=old.verifier)
    if why == "another old key":
        broken = variant(rotation, ' or said.get("old") != old.vkey', "")
        assert broken.announced_key(content, log=old.verifier, old=old.verifier)
    if why == "another name":
        broken = variant(rotation, "if (new.name, new.kind) != (old.name, old.kind):", "if False:")
        assert broken.announced_key(content, log=old.verifier, old=old.verifier)


def test_an_act_of_somebody_is_no_statement_of_the_log(log: Log) -> None:
    """Even if an act of that kind could be recorded in a case's stream, it would announce nothing."""
    from melayani.ledger.actions import record
    from melayani.ledger.rules import new_salt, new_stream

    old, salt = log_key(log.keys), new_salt()
    said = {"purpose": "log", "old": old.vkey, "new": a_key(ORIGIN, seed="new").vkey}
    entry = record(stream=new_stream(), sequence=0, kind=STARTED, event=said, salt=salt, at=MONDAY)
    stamp_positions()
    seal(files=log.files, keys=[old], at=MONDAY)
    proof = inclusion_proof(index=0, size=1, hash_at=log.files.hashes(1).hash_at)
    extra = citizen_extra(leaf=bytes(entry.leaf), salt=salt, event=said, kind=STARTED)
    content = format_receipt(extra=extra, index=0, proof=proof, checkpoint=log.files.published() or b"")
    with pytest.raises(RotationRefused):
        announced_key(content, log=old.verifier, old=old.verifier)
    broken = variant(rotation, "if not of_the_log or ", "if ")
    assert broken.announced_key(content, log=old.verifier, old=old.verifier)


def test_the_drill_goes_through_every_step(log: Log, tmp_path: Path) -> None:
    steps = list(drill(keys=log.keys, folder=tmp_path / "drill", at=MONDAY))
    assert len(steps) == 6
    assert Entry.objects.count() == 0
