# SPDX-License-Identifier: EUPL-1.2
"""The whole life of cases under random acts: the cached state is the replay of the events, at every step.

Runs on both databases. Seeds are printed by hypothesis when something fails.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from melayani.cases import actions, citizen_actions
from melayani.cases.acting import case_key, state_of
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, CaseText, Event
from melayani.cases.rules import CITIZEN, Actor, Figure, Outcome, Stage, figure_of
from melayani.cases.tick import tick
from melayani.cases.vault import open_text
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from melayani.ledger.rules import commitment, leaf_bytes, text_hash
from tests.builders import ANSWER, DISHUB, STORY, filed, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def try_act(name: str, *, number: str, at: datetime, ratih: Actor, joko: Actor, nanik: Actor) -> None:
    """One act by name, by the one who may."""
    acts: dict[str, Callable[[], object]] = {
        "assign": lambda: actions.assign_case(number=number, unit="35.07.pupr", reason="Tugas PUPR.", by=nanik, at=at),
        "assign back": lambda: actions.assign_case(number=number, unit=DISHUB, reason="Dishub.", by=nanik, at=at),
        "take on": lambda: actions.take_on_case(number=number, by=ratih, at=at),
        "head names": lambda: actions.take_on_case(number=number, by=joko, at=at, officer="budi"),
        "ask": lambda: actions.ask_citizen(number=number, text="Tiang nomor berapa?", by=ratih, at=at),
        "reply": lambda: citizen_actions.reply_to_question(number=number, text="Tiang 14.", by=CITIZEN, at=at),
        "progress": lambda: actions.note_progress(number=number, text="Regu berangkat.", by=ratih, at=at),
        "answer": lambda: actions.answer_case(number=number, text=ANSWER, outcome=Outcome.SOLVED, by=joko, at=at),
        "explain": lambda: actions.answer_case(
            number=number, text=ANSWER, outcome=Outcome.EXPLAINED_NO, by=ratih, at=at
        ),
        "confirm": lambda: citizen_actions.confirm_case(number=number, by=CITIZEN, at=at, text="Terima kasih."),
        "reopen": lambda: citizen_actions.reopen_case(number=number, text="Masih padam juga.", by=CITIZEN, at=at),
        "withdraw": lambda: citizen_actions.withdraw_case(number=number, by=CITIZEN, at=at),
        "refer": lambda: actions.refer_case(number=number, body="pln", text=ANSWER, by=ratih, at=at),
        "reject": lambda: actions.reject_case(number=number, text=ANSWER, by=ratih, at=at),
        "release": lambda: actions.release_text(number=number, sequence=0, masked=STORY, by=ratih, at=at),
        "hold": lambda: actions.hold_text(number=number, sequence=0, by=ratih, at=at),
        "identity": lambda: actions.view_identity(number=number, reason="Perlu menelepon warga.", by=ratih, at=at),
        "move": lambda: actions.move_promise(
            number=number, due_at=at + timedelta(days=30), reason="Bahan dipesan dahulu.", by=joko, at=at
        ),
        "tick": lambda: tick(at=at),
    }
    acts[name]()


ACTS = (
    "assign", "assign back", "take on", "head names", "ask", "reply", "progress", "answer", "explain", "confirm",
    "reopen", "withdraw", "refer", "reject", "release", "hold", "identity", "move", "tick",
)  # fmt: skip


def check_invariants(number: str, *, before: Case | None, at: datetime = MONDAY) -> Case:
    """The promises of the house about one case after an act at `at`; returns it as it is now."""
    case = Case.objects.select_related("unit").get(number=number)
    events = list(Event.objects.filter(case=case).select_related("entry").order_by("sequence"))
    replayed = replay(Happened(kind=e.kind, at=e.at, data=e.data) for e in events)
    cached = state_of(case)
    for field in fields(replayed):
        assert getattr(replayed, field.name) == getattr(cached, field.name), field.name
    assert [event.sequence for event in events] == list(range(len(events)))
    assert case.version == len(events)
    assert case.unit_name == case.unit.name
    for place in range(len(events)):
        check_entry(case, events, place)
    figure = figure_now(case, at)
    if before is not None:
        assert case.due_at >= before.due_at, "a promise never gets shorter"
        assert case.broken >= before.broken, "a broken promise stays broken"
        assert case.filed_at == before.filed_at
        if figure_now(before, at) is Figure.OVERDUE and figure is not Figure.OVERDUE:
            assert case.broken, "what was overdue leaves that figure only as broken"
    return case


def figure_now(case: Case, at: datetime) -> Figure:
    """The public figure of the case at `at`."""
    return figure_of(stage=case.stage, outcome=case.outcome, due_at=case.due_at, asked_at=case.asked_at, at=at)


def check_entry(case: Case, events: list[Event], place: int) -> None:
    """The entry of an event says and binds exactly that event, in the stream of its case."""
    event, entry = events[place], events[place].entry
    unit = replay(Happened(kind=e.kind, at=e.at, data=e.data) for e in events[: place + 1]).unit
    assert (entry.kind, entry.sequence, entry.unit_code) == (event.kind, event.sequence, unit)
    assert bytes(entry.stream) == bytes(case.stream)
    assert entry.recorded_at == int(event.at.timestamp())
    bound = commitment(salt=bytes(entry.salt or b""), kind=event.kind, event=event.data)
    assert bytes(entry.leaf) == leaf_bytes(
        bound=bound, kind=event.kind, sequence=event.sequence, stream=bytes(case.stream), recorded_at=entry.recorded_at,
        unit_code=unit, sealed=case.visibility == "SECRET",
    )  # fmt: skip
    kept = CaseText.objects.filter(event=event).first()
    if kept is not None and "text" in event.data:
        opened = open_text(
            key=case_key(case), stream=bytes(case.stream), sequence=event.sequence, sealed=bytes(kept.sealed or b"")
        )
        assert event.data["text"] == text_hash(salt=bytes(entry.salt or b""), text=str(opened["text"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 60 * 24 * 9)), max_size=14))
def test_the_cached_state_is_the_replay_of_the_events(routed: bool, steps: list[tuple[str, int]]) -> None:
    live(routed=routed, steps=steps)


@pytest.mark.prove
@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.booleans(), st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 60 * 24 * 20)), max_size=40))
def test_long_lives(routed: bool, steps: list[tuple[str, int]]) -> None:
    live(routed=routed, steps=steps)


def live(*, routed: bool, steps: list[tuple[str, int]]) -> None:
    """A case lives through `steps` (act, minutes later); refusals must change nothing."""
    with transaction.atomic():
        officer_actor("budi")
        cast = {"ratih": officer_actor(), "joko": head_actor(), "nanik": triage_actor()}
        told = filed() if routed else filed(service="", topic="")
        at = MONDAY
        case = check_invariants(told.number, before=None)
        for name, minutes in steps:
            at += timedelta(minutes=minutes)
            entries = Entry.objects.count()
            try:
                with transaction.atomic():
                    try_act(name, number=told.number, at=at, **cast)
            except Refused:
                assert Entry.objects.count() == entries, "a refusal leaves the ledger untouched"
                assert Case.objects.get(number=told.number).version == case.version
            case = check_invariants(told.number, before=case, at=at)
        transaction.set_rollback(True)


def test_control_a_cached_column_that_lies_is_noticed() -> None:
    told = filed()
    Case.objects.filter(number=told.number).update(stage=Stage.TAKEN)
    with pytest.raises(AssertionError, match="stage"):
        check_invariants(told.number, before=None)
