# SPDX-License-Identifier: EUPL-1.2
"""Joining: one joining per form, a key that opens what is public and nothing more, one entry and no personal data."""

import pytest

from melayani.cases import citizen_actions
from melayani.cases.acting import case_key
from melayani.cases.actions import note_progress, take_on_case
from melayani.cases.file_actions import note_case
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, Event, Party
from melayani.cases.parties import _whose, join_case
from melayani.cases.queries import citizen_case, public_case
from melayani.cases.rules import (
    CITIZEN,
    CaseChanged,
    EventKind,
    NotAllowed,
    Stage,
    UnknownCase,
    Visibility,
    WrongStage,
)
from melayani.cases.vault import open_contact
from melayani.ground.plain_text import TextRefused
from melayani.ground.sealing import SealBroken
from melayani.ledger.models import Entry
from tests.builders import STORY, a_case, filed, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
TOKEN = "a" * 24


def test_a_joining_is_an_act_of_the_case_and_nothing_of_it_is_personal() -> None:
    case = a_case()
    joined = join_case(number=case.number, token=TOKEN, at=MONDAY, email="sari@example.org")
    case.refresh_from_db()
    assert (joined.joined, joined.repeated, case.joined, case.stage) == (1, False, 1, Stage.ROUTED)
    event = Event.objects.get(kind=EventKind.JOINED)
    assert "sari" not in str(event.data)
    assert Entry.objects.get(pk=event.pk).kind == EventKind.JOINED
    assert b"sari" not in bytes(Party.objects.get().contact or b"")


def test_the_same_form_joins_once_and_gets_the_same_key() -> None:
    case = a_case()
    first = join_case(number=case.number, token=TOKEN, at=MONDAY)
    again = join_case(number=case.number, token=TOKEN, at=MONDAY)
    assert (again.key, again.joined, again.repeated) == (first.key, 1, True)
    other = join_case(number=case.number, token="b" * 24, at=MONDAY)
    assert (other.joined, other.key != first.key) == (2, True)


def test_the_key_of_a_party_opens_what_is_public_and_nothing_more() -> None:
    told = filed()
    note_case(number=told.number, text="Rapat dahulu dengan regu.", by=officer_actor(), at=MONDAY)
    key = join_case(number=told.number, token=TOKEN, at=MONDAY).key
    view, public = citizen_case(number=told.number, key=key), public_case(told.number)
    assert view is not None
    assert public is not None
    assert view.party
    assert view.happenings == public.happenings
    assert STORY not in str(view)
    own = citizen_case(number=told.number, key=told.key)
    assert own is not None
    assert not own.party
    assert STORY in str(own)
    assert "Rapat" not in str(own)


def test_a_key_opens_only_the_case_it_was_made_for() -> None:
    one, other = a_case(), a_case()
    key = join_case(number=one.number, token=TOKEN, at=MONDAY).key
    assert citizen_case(number=other.number, key=key) is None


@pytest.mark.parametrize("stage", [Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.ANSWERED, Stage.REOPENED])
def test_open_cases_can_be_joined_and_the_fold_agrees(stage: Stage) -> None:
    case = a_case(stage=stage)
    join_case(number=case.number, token=TOKEN, at=MONDAY)
    case.refresh_from_db()
    events = [Happened(kind=e.kind, at=e.at, data=e.data) for e in case.events.order_by("sequence")]
    assert (replay(events).joined, case.joined, case.stage) == (1, 1, stage)


def test_refusals_write_nothing() -> None:
    closed, secret = a_case(stage=Stage.CLOSED), a_case(visibility=Visibility.SECRET)
    entries = Entry.objects.count()
    with pytest.raises(WrongStage):
        join_case(number=closed.number, token=TOKEN, at=MONDAY)
    with pytest.raises(UnknownCase):
        join_case(number=secret.number, token=TOKEN, at=MONDAY)
    with pytest.raises(UnknownCase):
        join_case(number="JT-0000-000", token=TOKEN, at=MONDAY)
    with pytest.raises(NotAllowed):
        join_case(number=closed.number, token="", at=MONDAY)
    with pytest.raises(TextRefused):
        join_case(number=a_case().number, token=TOKEN, at=MONDAY, phone="1" * 200)
    assert Entry.objects.count() == entries + 1  # the last case itself
    assert not Party.objects.exists()


def test_a_joining_takes_nothing_from_what_an_officer_was_writing() -> None:
    case = a_case()
    join_case(number=case.number, token=TOKEN, at=MONDAY)
    note_progress(number=case.number, text="Regu timur berangkat.", by=officer_actor(), at=MONDAY, version=case.version)
    # The control: an act that does change what was seen still stops the form.
    seen = Case.objects.get(pk=case.pk).version
    take_on_case(number=case.number, by=officer_actor(), at=MONDAY)
    with pytest.raises(CaseChanged):
        note_progress(number=case.number, text="Sekali lagi.", by=officer_actor(), at=MONDAY, version=seen)
    citizen_actions.withdraw_case(number=case.number, by=CITIZEN, at=MONDAY)
    with pytest.raises(CaseChanged):
        note_progress(number=case.number, text="Sekali lagi.", by=officer_actor(), at=MONDAY, version=seen + 1)


def test_contacts_of_two_parties_cannot_be_swapped() -> None:
    case = a_case()
    for token, email in ((TOKEN, "sari@example.org"), ("b" * 24, "darmo@example.org")):
        join_case(number=case.number, token=token, at=MONDAY, email=email)
    one, other = Party.objects.order_by("event__sequence")
    key = case_key(case)
    opened = [
        open_contact(key=key, stream=_whose(case, party.event.sequence), sealed=bytes(party.contact or b""))
        for party in (one, other)
    ]
    assert opened == [{"email": "sari@example.org"}, {"email": "darmo@example.org"}]
    with pytest.raises(SealBroken):
        open_contact(key=key, stream=_whose(case, one.event.sequence), sealed=bytes(other.contact or b""))
