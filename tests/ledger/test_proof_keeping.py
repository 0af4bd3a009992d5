# SPDX-License-Identifier: EUPL-1.2
"""Proofs that must be kept: which are missing or wrong, and that whatever can still be made is made again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from melayani.ledger import proof_keeping, rotation
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import Purpose, log_key, promise_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Statement
from melayani.ledger.proof_keeping import SETTLED_AFTER, prove_again, unproven
from melayani.ledger.rotation import announce, announced_key
from melayani.ledger.statement_proofs import is_proof_of
from melayani.ledger.vkeys import VerifierKey
from melayani.site import sealer as sealer_module
from melayani.site.sealer import Sealer
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant
from tests.ledger.test_rotation import Log
from tests.ledger.test_sealing import acts

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def keys_of(log: Log) -> list[VerifierKey]:
    return [log_key(log.keys).verifier]


def proof_path(log: Log, sequence: int) -> Path:
    entry = Statement.objects.select_related("entry").get(sequence=sequence).entry
    return log.files.folder / "statements" / f"{bytes(entry.leaf_hash).hex()}.tlog-proof"


def numbers(log: Log) -> tuple[list[int], list[int]]:
    """Of which statements the proof is missing, and of which it is wrong."""
    found = unproven(log.files, keys=keys_of(log))
    return [each.sequence for each in found.missing], [each.sequence for each in found.wrong]


def rotated_promise(log: Log) -> None:
    log.announce(Purpose.PROMISE)
    log.round()
    log.round()
    log.retire(Purpose.PROMISE)
    log.round()
    log.round()


def test_a_whole_change_of_keys_lacks_no_proof(log: Log) -> None:
    log.changed()
    rotated_promise(log)
    log.changed()
    assert numbers(log) == ([], [])
    # The proof of the promise key is signed by a log key that has ended since: the log names it.
    wanting = variant(proof_keeping, "known = [*keys, *(key for each in said if isinstance(each.data, dict) "
                      "for key in log_keys_in(each.data))]", "known = list(keys)")  # fmt: skip
    found = wanting.unproven(log.files, keys=keys_of(log))
    assert [each.sequence for each in found.wrong] == [2]


def test_missing_and_wrong_proofs_are_found(log: Log) -> None:
    log.changed()
    path = proof_path(log, 0)
    good = path.read_bytes()
    for changed in (b"", good[:-9] + bytes([good[-9] ^ 1]) + good[-8:], good.replace(b"index 0", b"index 1")):
        path.write_bytes(changed)
        assert numbers(log) == ([], [0])
    path.unlink()
    assert numbers(log) == ([0], [])
    assert unproven(log.files, keys=keys_of(log), before=MONDAY + SETTLED_AFTER - timedelta(seconds=1)).missing == ()
    assert len(unproven(log.files, keys=keys_of(log), before=MONDAY + SETTLED_AFTER).missing) == 1


def test_a_proof_of_another_statement_is_wrong(log: Log) -> None:
    log.changed()
    log.announce()
    log.round()
    log.round()
    proof_path(log, 2).write_bytes(proof_path(log, 0).read_bytes())
    assert numbers(log) == ([], [2])


def test_an_announcement_that_is_not_in_the_tree_lacks_nothing_yet(log: Log) -> None:
    log.round()
    log.announce()
    assert numbers(log) == ([], [])
    log.round()
    assert numbers(log) == ([0], [])
    log.round()
    assert numbers(log) == ([], [])


@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_the_proof_of_a_log_key_is_made_again_while_the_old_key_signs_and_not_later(log: Log, damage: str) -> None:
    log.round()
    old = log_key(log.keys)
    log.announce()
    log.round()
    log.round()
    path = proof_path(log, 0)

    def hurt() -> None:
        path.unlink() if damage == "missing" else path.write_bytes(b"x")

    hurt()
    log.round()
    assert numbers(log) == ([], [])
    log.retire()
    log.round()
    log.round()
    assert announced_key(path.read_bytes(), log=old.verifier, old=old.verifier) == log_key(log.keys).verifier
    hurt()
    acts(1)
    log.round()
    assert prove_again(log.files, keys=keys_of(log)) == 0
    assert numbers(log) == (([0], []) if damage == "missing" else ([], [0]))


def test_without_a_look_at_the_kept_proof_a_damaged_one_would_stay_for_ever(log: Log) -> None:
    """The control of the test above."""
    log.round()
    log.announce()
    log.round()
    log.round()
    proof_path(log, 0).write_bytes(b"x")
    step = "if kept is not None and is_proof_of(kept, leaf=bytes(entry.leaf), keys=[log]):"
    blind = variant(rotation, step, "if kept is not None:")
    blind.keys_now(directory=log.keys, files=log.files)
    assert numbers(log) == ([], [0])


@pytest.mark.parametrize("damage", ["missing", "wrong"])
def test_the_proof_of_a_promise_key_can_always_be_made_again(log: Log, damage: str) -> None:
    log.round()
    old = promise_key(log.keys).verifier
    rotated_promise(log)
    log.changed()
    path = proof_path(log, 0)
    path.unlink() if damage == "missing" else path.write_bytes(b"x")
    assert prove_again(log.files, keys=keys_of(log)) == 1
    assert announced_key(path.read_bytes(), log=log_key(log.keys).verifier, old=old) == promise_key(log.keys).verifier
    assert prove_again(log.files, keys=keys_of(log)) == 0


def test_a_log_that_cannot_prove_it_makes_nothing_and_goes_on(log: Log) -> None:
    log.round()
    rotated_promise(log)
    proof_path(log, 0).unlink()
    (log.files.folder / "checkpoint").unlink()
    assert prove_again(log.files, keys=keys_of(log)) == 0
    for tile in (log.files.folder / "tile").rglob("*"):
        if tile.is_file():
            tile.unlink()
    log.files.publish(log.files.signed().note)  # type: ignore[union-attr]  # it was sealed above
    assert prove_again(log.files, keys=keys_of(log)) == 0
    assert numbers(log) == ([0], [])


def test_the_sealer_makes_them_again_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    files, keys = LogFiles(Path(settings.LEDGER)), Path(settings.KEYS)
    Sealer().step()
    announce(directory=keys, purpose=Purpose.PROMISE, at=MONDAY)
    stamp_positions()
    sealer = Sealer()
    sealer.step()
    sealer.step()
    (keys / Purpose.PROMISE.next_file).unlink()
    entry = Statement.objects.select_related("entry").get().entry
    leaf, digest = bytes(entry.leaf), bytes(entry.leaf_hash)
    [path] = (files.folder / "statements").iterdir()
    path.unlink()
    with monkeypatch.context() as lazy:
        lazy.setattr(sealer_module, "prove_again", lambda *_, **__: 0)
        Sealer().step()
        assert files.statement_proof(digest) is None
    Sealer().step()
    assert is_proof_of(files.statement_proof(digest) or b"", leaf=leaf, keys=[log_key(keys).verifier])
    assert files.refusal() == ""
