# SPDX-License-Identifier: EUPL-1.2
"""After an old backup was restored an act takes the number of a lost one again: what others and the audit make of it.

The rule for outsiders: of several leaves with one stream and one number all but the last are named as lost.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from melayani.cases import actions
from melayani.ledger import recovering
from melayani.ledger.actions import record, stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.models import Entry, Statement
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import verify_receipt
from melayani.ledger.recovering import adopt
from melayani.ledger.rules import new_salt, new_stream
from melayani.ledger.sealing import SealRefused
from melayani.ledger.statements import Spans, StatementKind
from melayani.ledger.surviving import survived_files
from melayani.ledger.tiles import ENTRIES, read_bundle, tile_in
from tests.builders import filed, officer_actor
from tests.cases.some_audits import EVENING, HOUR, audited, sealed, the_log
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db


def leaves() -> list[bytes]:
    """All that anybody can read of the log."""
    signed = the_log().signed()
    assert signed is not None
    bundles = [tile_in(size=signed.size, level=ENTRIES, index=n) for n in range(-(-signed.size // 256))]
    return [leaf for bundle in bundles for leaf in read_bundle(the_log().read(bundle), width=bundle.width)]


def unexplained() -> list[int]:
    """The leaves that bear the stream and number of a later one without being named as lost."""
    by_place: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, leaf in enumerate(leaves()):
        said = json.loads(leaf)
        if "s" in said:
            by_place[said["s"], said["n"]].append(index)
    told = Statement.objects.filter(entry__kind=StatementKind.LEAVES_LOST, entry__leaf_index__isnull=False)
    lost = Spans(str(each.data["indexes"]) for each in told)
    return [index for found in by_place.values() for index in found[:-1] if index not in lost]


def taken(number: str) -> None:
    actions.take_on_case(number=number, by=officer_actor(), at=MONDAY + HOUR)


def forgotten(number: str, act: Callable[[str], None]) -> bytes:
    """The act is in the log and in no row, as when the database of before comes back; answers its public proof."""
    with transaction.atomic():
        act(number)
        sealed(MONDAY + HOUR)
        proof = public_proof(number, 1)
        transaction.set_rollback(True)
    return proof


def public_proof(number: str, sequence: int) -> bytes:
    answer = Client().get(f"/ledger/proof/{number}/{sequence}")
    assert answer.status_code == 200
    return bytes(answer.content)


def leaf_of(proof: bytes) -> bytes:
    return verify_receipt(proof, policy=policy_of_logs([log_key(Path(settings.KEYS)).vkey])).leaf


def recovered(adopting: Callable[..., object] = adopt) -> None:
    known = survived_files(
        the_log().folder, keys=[log_key(Path(settings.KEYS)).verifier], signed_at=int(MONDAY.timestamp())
    )
    adopting(known, at=MONDAY + 2 * HOUR)


@pytest.mark.parametrize("before", [False, True])
def test_two_leaves_with_one_number_and_the_lost_one_is_named(before: bool) -> None:
    """`before`: acts went on before the log was continued."""
    officer_actor()
    number = filed().number
    sealed(MONDAY)
    lost_proof = forgotten(number, taken)
    with pytest.raises(SealRefused):
        sealed(MONDAY + HOUR)
    if before:
        asked(number)
    recovered()
    if not before:
        asked(number)
    sealed(EVENING)
    # Nothing is ambiguous here: the number is that of the row. The proof that somebody holds of the lost act holds.
    now = public_proof(number, 1)
    assert leaf_of(now) != leaf_of(lost_proof)
    places = [json.loads(leaf) for leaf in (leaf_of(now), leaf_of(lost_proof))]
    assert [(said["s"], said["n"]) for said in places] == [(places[0]["s"], 1)] * 2
    assert {leaf_hash(leaf_of(proof)) for proof in (now, lost_proof)} <= {leaf_hash(leaf) for leaf in leaves()}
    assert unexplained() == []
    report = audited()
    assert (report.differences, report.lost) == ([], 1)


def asked(number: str) -> None:
    """Another act than the one that was lost."""
    actions.note_progress(number=number, text="Regu berangkat.", by=officer_actor(), at=MONDAY + HOUR)


def test_control_without_the_statement_the_first_of_two_is_unexplained() -> None:
    officer_actor()
    number = filed().number
    sealed(MONDAY)
    forgotten(number, taken)
    silent = variant(
        recovering, "        _state_lost([leaf.leaf_index for leaf in lost], survived=survived, at=at)\n", ""
    )
    recovered(silent.adopt)
    asked(number)
    sealed(EVENING)
    [index] = unexplained()
    assert any(each.column == f"lost leaf {index}" for each in audited().differences)


def test_a_number_that_is_given_twice_without_a_loss_is_seen() -> None:
    stream = new_stream()
    with transaction.atomic():
        for _ in range(2):
            record(stream=stream, sequence=0, kind="case.filed", event={}, salt=new_salt(), at=MONDAY)
    stamp_positions()
    sealed(MONDAY)
    first = Entry.objects.filter(stream=stream).order_by("leaf_index")[0]
    assert unexplained() == [first.leaf_index]
