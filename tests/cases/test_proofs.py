# SPDX-License-Identifier: EUPL-1.2
"""Receipts of every act: opened where the citizen is spoken to, sealed where the salt would tell of somebody else."""

import base64
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from melayani.cases import actions, citizen_actions, proofs
from melayani.cases.file_actions import note_case
from melayani.cases.models import Event
from melayani.cases.parties import add_files, join_case
from melayani.cases.proofs import OPENED, ReceiptAbsent, act_receipt, filing_entry
from melayani.cases.rules import CITIZEN, OFFICERS_ONLY, PARTY, EventKind, Outcome
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import Proven, citizen_extra, parse_receipt, verify_receipt
from melayani.ledger.rules import text_hash
from melayani.ledger.sealing import SETTLED_AFTER, batch_after, seal
from tests.builders import ANSWER, filed, head_actor, officer_actor
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant
from tests.portal.some_cases import uploads

pytestmark = pytest.mark.django_db
PHONE = "081234560417"
# The citizen is told of these, and the receipt keeps them sealed.
SEALED_TO_CITIZEN = {
    EventKind.TAKEN_ON,
    EventKind.HANDED_BACK,
    EventKind.RELEASED,
    EventKind.HELD,
    EventKind.IDENTITY_VIEWED,
    EventKind.UPDATED,
    EventKind.JOINED,
    EventKind.ERASED,
}


def log_files() -> LogFiles:
    return LogFiles(Path(settings.LEDGER))


def sealed() -> None:
    """Everything, secret cases too, is in the tree."""
    stamp_positions()
    seal(files=log_files(), keys=[log_key(Path(settings.KEYS))], at=batch_after(MONDAY) + SETTLED_AFTER)


def verified(content: bytes) -> Proven:
    return verify_receipt(content, policy=policy_of_logs([log_key(Path(settings.KEYS)).vkey]))


def a_full_case(**changes: Any) -> str:
    """The number of a case in which nearly everything has happened."""
    number = filed(name="Sari", identity="NAMED", phone="0811", **changes).number
    ratih = officer_actor()
    actions.take_on_case(number=number, by=ratih, at=MONDAY)
    note_case(number=number, text="Hubungi regu timur dulu.", by=ratih, at=MONDAY)
    actions.view_identity(number=number, reason="Menanyakan letak tiang.", by=ratih, at=MONDAY)
    actions.ask_citizen(number=number, text="Nomor tiang berapa?", by=ratih, at=MONDAY)
    citizen_actions.reply_to_question(number=number, text="Tiang 14.", by=CITIZEN, at=MONDAY)
    actions.note_progress(number=number, text="Regu timur berangkat hari ini.", by=ratih, at=MONDAY)
    if not changes:
        actions.release_text(number=number, sequence=0, masked="Lampu jalan padam.", by=ratih, at=MONDAY)
        join_case(number=number, token="a" * 24, at=MONDAY, phone=PHONE)
    actions.answer_case(number=number, text=ANSWER, outcome=Outcome.SOLVED, by=head_actor(), at=MONDAY)
    citizen_actions.confirm_case(number=number, by=CITIZEN, at=MONDAY)
    return number


def of_kind(number: str, kind: EventKind) -> Event:
    return Event.objects.select_related("entry").get(case__number=number, kind=kind)


def test_somebody_has_thought_about_every_kind_of_act() -> None:
    assert set(EventKind) == OPENED | OFFICERS_ONLY | SEALED_TO_CITIZEN
    assert not OPENED & OFFICERS_ONLY
    assert not OPENED & SEALED_TO_CITIZEN


@pytest.mark.parametrize("secret", [False, True])
def test_every_act_of_a_case_has_its_receipt_or_is_not_told(secret: bool) -> None:
    number = a_full_case(visibility="SECRET") if secret else a_full_case()
    sealed()
    events = list(Event.objects.select_related("entry").filter(case__number=number))
    assert len(events) == (9 if secret else 11)
    for event in events:
        if event.kind in OFFICERS_ONLY:
            with pytest.raises(ReceiptAbsent) as refused:
                act_receipt(number=number, sequence=event.sequence, files=log_files())
            assert refused.value.code == "act_unknown"
            continue
        content = act_receipt(number=number, sequence=event.sequence, files=log_files())
        proven = verified(content)
        assert proven.leaf == bytes(event.entry.leaf)
        assert proven.opened is (event.kind in OPENED), event.kind
        assert len(content) < 3_000
        extra = json.loads(parse_receipt(content).extra or b"")
        salt = base64.b64encode(bytes(event.entry.salt or b"")).decode()
        assert (salt in str(extra)) is proven.opened
        if proven.opened:
            assert (proven.kind, proven.event) == (event.kind, event.data)
        else:
            assert set(extra) == {"leaf"}
        if secret:
            assert set(json.loads(proven.leaf)) == {"c", "k", "v"}


def test_who_has_the_salt_of_a_joining_finds_the_telephone_number_by_trying() -> None:
    """Control of the rule: why the receipt of a joining must not open."""
    number = a_full_case()
    sealed()
    joined = of_kind(number, EventKind.JOINED)
    salt, told = bytes(joined.entry.salt or b""), joined.data["contact"]
    tried = (f"08123456{last:04d}" for last in range(10_000))
    assert next(phone for phone in tried if contact_hash(salt, phone) == told) == PHONE
    # What a receipt that opens would hold is enough; what ours holds is not.
    opening = citizen_extra(leaf=bytes(joined.entry.leaf), salt=salt, event=joined.data, kind=joined.kind)
    assert told in opening.decode()
    ours = parse_receipt(act_receipt(number=number, sequence=joined.sequence, files=log_files())).extra or b""
    assert told not in ours.decode()


def contact_hash(salt: bytes, phone: str) -> str:
    return text_hash(salt=salt, text=json.dumps({"phone": phone}, sort_keys=True))


def opens(module: ModuleType, event: Event) -> bool:
    content = module.act_receipt(number=event.case.number, sequence=event.sequence, files=log_files())
    return verified(content).opened


def test_photos_of_a_party_stay_sealed_and_the_own_ones_open() -> None:
    number = filed().number
    add_files(number=number, uploads=uploads(7, form="party"), by=PARTY, at=MONDAY)
    add_files(number=number, uploads=uploads(8, form="own"), by=CITIZEN, at=MONDAY)
    sealed()
    party, own = Event.objects.filter(case__number=number, sequence__gt=0).order_by("sequence")
    assert not opens(proofs, party)
    assert opens(proofs, own)
    assert opens(variant(proofs, " and by != ActorKind.PARTY", ""), party)  # the control


@pytest.mark.parametrize("kind", [EventKind.JOINED, EventKind.IDENTITY_VIEWED])
def test_control_with_the_kind_in_the_list_it_would_open(kind: EventKind) -> None:
    number = a_full_case()
    sealed()
    careless = variant(proofs, "return kind in OPENED and by != ActorKind.PARTY", f"return kind == {kind.value!r}")
    assert opens(careless, of_kind(number, kind))
    assert not opens(proofs, of_kind(number, kind))


def test_control_without_its_rule_a_note_among_officers_would_be_told() -> None:
    note = of_kind(a_full_case(), EventKind.NOTED)
    sealed()
    careless = variant(proofs, " or event.kind in OFFICERS_ONLY", "")
    assert careless.act_receipt(number=note.case.number, sequence=note.sequence, files=log_files())
    with pytest.raises(ReceiptAbsent):
        act_receipt(number=note.case.number, sequence=note.sequence, files=log_files())


@pytest.mark.parametrize(("visibility", "code"), [("PUBLIC", "act_not_sealed"), ("SECRET", "act_in_batch")])
def test_before_it_is_sealed(visibility: str, code: str) -> None:
    number = filed(visibility=visibility).number
    for sealing in (False, True):
        if sealing:
            stamp_positions()
            # A second later: the public case is in the tree, the secret one waits for its batch.
            seal(files=log_files(), keys=[log_key(Path(settings.KEYS))], at=MONDAY)
            if visibility == "PUBLIC":
                assert act_receipt(number=number, sequence=0, files=log_files())
                continue
        with pytest.raises(ReceiptAbsent) as refused:
            act_receipt(number=number, sequence=0, files=log_files())
        assert refused.value.code == code


@pytest.mark.parametrize(("number", "sequence"), [("JT-0000-000", 0), (None, 1), (None, -1), (None, 2**31 - 1)])
def test_what_is_not_there(number: str | None, sequence: int) -> None:
    there = filed().number
    sealed()
    with pytest.raises(ReceiptAbsent) as refused:
        act_receipt(number=number or there, sequence=sequence, files=log_files())
    assert refused.value.code == "act_unknown"


def test_after_erasure_opened_acts_have_none_and_sealed_ones_still_do() -> None:
    number = a_full_case()
    sealed()
    before = act_receipt(number=number, sequence=0, files=log_files())
    Entry.objects.update(salt=None)
    with pytest.raises(ReceiptAbsent) as refused:
        act_receipt(number=number, sequence=0, files=log_files())
    assert refused.value.code == "act_erased"
    assert verified(before).opened
    assert not opens(proofs, of_kind(number, EventKind.JOINED))


def test_where_the_filing_stands() -> None:
    number = filed().number
    entry = filing_entry(number=number)
    assert entry is not None
    assert (entry.leaf_index, entry.sealed, len(entry.leaf_hash)) == (None, False, 32)
    sealed()
    after = filing_entry(number=number)
    assert after is not None
    assert (after.leaf_index, after.leaf_hash) == (0, entry.leaf_hash)
    assert filing_entry(number="JT-0000-000") is None


def test_one_query_each(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    number = a_full_case()
    sealed()
    for sequence in (0, of_kind(number, EventKind.JOINED).sequence):
        with django_assert_num_queries(1):
            assert act_receipt(number=number, sequence=sequence, files=log_files())
    with django_assert_num_queries(1):
        assert filing_entry(number=number)
