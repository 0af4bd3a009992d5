# SPDX-License-Identifier: EUPL-1.2
"""What the proof of a statement proves, under which key, and which kept proofs belong to a log."""

from pathlib import Path

import pytest

from melayani.ground.errors import Refused
from melayani.ledger import statement_proofs
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.receipts import format_receipt, parse_receipt, public_extra
from melayani.ledger.rules import new_stream
from melayani.ledger.statement_proofs import (
    StatementRefused,
    announcements_of,
    is_proof_of,
    kept_proofs,
    named_in,
    proven_statement,
)
from melayani.ledger.statement_rules import MOST_SPANS, StatementKind, in_parts, spans
from tests.ledger.some_keys import LOG, ORIGIN, a_key, turned_bits, variant
from tests.ledger.some_statements import NEXT, StatedLog

PROMISE = [a_key(f"{ORIGIN}/promise", seed=seed) for seed in ("a", "b")]


@pytest.fixture
def log(tmp_path: Path) -> StatedLog:
    made = StatedLog(tmp_path / "log")
    made.act(3)
    return made


def test_an_announcement_is_proven_under_the_key_that_it_follows(log: StatedLog) -> None:
    index = log.announce(NEXT)
    said = proven_statement(log.proof(index), keys=[])
    assert (said.index, said.leaf, said.size, said.origin) == (3, log.leaves[3], 4, ORIGIN)
    assert (said.kind, said.event["new"]) == (StatementKind.KEY_ANNOUNCED, NEXT.vkey)
    log.keys = [NEXT]
    log.sign()
    # Signed by the new key alone it is of no use for who trusts the old one, though the new one is trusted.
    with pytest.raises(Refused):
        proven_statement(log.proof(index), keys=[NEXT.verifier])
    broken = variant(statement_proofs, "if old is None else (old,)", "if True else ()")
    assert broken.proven_statement(log.proof(index), keys=[NEXT.verifier]).index == 3


def test_other_statements_are_proven_under_one_of_the_keys(log: StatedLog) -> None:
    index = log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey})
    assert proven_statement(log.proof(index), keys=[NEXT.verifier, LOG.verifier]).kind == StatementKind.KEY_RETIRED
    for keys in ([], [NEXT.verifier]):
        with pytest.raises(Refused):
            proven_statement(log.proof(index), keys=keys)
    announced = log.announce(PROMISE[1], old=PROMISE[0], purpose="promise")
    assert proven_statement(log.proof(announced), keys=[LOG.verifier]).event["new"] == PROMISE[1].vkey


def test_what_is_no_opened_statement_of_the_log_is_refused(log: StatedLog) -> None:
    index = log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey}, stream=new_stream())
    with pytest.raises(StatementRefused):
        proven_statement(log.proof(index), keys=[LOG.verifier])
    broken = variant(statement_proofs, "if not own or ", "if ")
    assert broken.proven_statement(log.proof(index), keys=[LOG.verifier]).index == index
    own = log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey})
    parts = parse_receipt(log.proof(own))
    closed = format_receipt(
        extra=public_extra(leaf=log.leaves[own]), index=own, proof=parts.proof, checkpoint=parts.checkpoint
    )
    with pytest.raises(StatementRefused):
        proven_statement(closed, keys=[LOG.verifier])


def test_a_statement_of_as_many_spans_as_may_be_can_be_read(log: StatedLog) -> None:
    said = next(in_parts(spans(range(10**17, 10**17 + 3 * MOST_SPANS, 3))))
    assert said.count(",") == MOST_SPANS - 1
    index = log.say(StatementKind.LEAVES_LOST, {"indexes": said})
    assert proven_statement(log.proof(index), keys=[LOG.verifier]).event == {"indexes": said}
    # The control: all of very many in one could not.
    with pytest.raises(Refused):
        log.say(StatementKind.LEAVES_LOST, {"indexes": spans(range(0, 30_000, 2))})


def test_whatever_is_no_proof_is_refused(log: StatedLog) -> None:
    good = log.proof(log.announce(NEXT))
    for content in (b"", b"x", good[:-5], good + b"x", b"\xff" * 50):
        with pytest.raises(Refused):
            proven_statement(content, keys=[LOG.verifier])
    # No bit of it may be another. (A name that nobody knows makes a signature of nobody.)
    step = max(1, len(good) // 100)
    for changed in list(turned_bits(good))[::step]:
        assert not is_proof_of(changed, leaf=log.leaves[3], keys=[LOG.verifier])
    assert is_proof_of(good, leaf=log.leaves[3], keys=[])
    assert not is_proof_of(good, leaf=log.leaves[2], keys=[])


def test_the_keys_that_are_named_are_found(log: StatedLog) -> None:
    assert named_in(log.proof(log.announce(NEXT))) == [LOG.verifier, NEXT.verifier]
    assert named_in(log.proof(log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": "x"}))) == []
    assert named_in(log.proof(log.announce(PROMISE[1], old=PROMISE[0], purpose="promise"))) == []
    assert named_in(b"x") == []


def test_kept_proofs_are_found_by_their_names_alone(log: StatedLog) -> None:
    assert kept_proofs(log.files) == {}
    log.files.keep_statement_proof(bytes(32), b"a")
    folder = log.files.folder / "statements"
    for name in ("seen.json", f".{'1' * 64}.tlog-proof.new", "1.tlog-proof", f"{'2' * 64}.tlog-proof.old"):
        (folder / name).write_bytes(b"x")
    (folder / f"{'3' * 64}.tlog-proof").write_bytes(bytes(600_000))
    assert kept_proofs(log.files) == {bytes(32): b"a"}


def test_only_announcements_in_this_tree_are_taken_over(log: StatedLog, tmp_path: Path) -> None:
    other = StatedLog(tmp_path / "other")
    other.act(3)
    index, foreign = log.announce(NEXT), other.announce(NEXT)
    ended = log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey})
    kept = LogFiles(tmp_path / "kept")
    digests = [leaf_hash(log.leaves[index]), leaf_hash(other.leaves[foreign]), leaf_hash(log.leaves[ended]), bytes(32)]
    for digest, content in zip(
        digests, [log.proof(index), other.proof(foreign), log.proof(ended), log.proof(index)], strict=True
    ):
        kept.keep_statement_proof(digest, content)
    found = announcements_of(kept, leaves=log.leaves, keys=[LOG.verifier])
    assert found == {digests[0]: log.proof(index)}
    # Of a log with the same name but another tree it would be taken without the look at its leaf.
    broken = variant(
        statement_proofs, "in_tree = said.index < len(leaves) and leaves[said.index] == said.leaf", "in_tree = True"
    )
    assert set(broken.announcements_of(kept, leaves=log.leaves, keys=[LOG.verifier])) == set(digests[:2])
