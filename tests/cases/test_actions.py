# SPDX-License-Identifier: EUPL-1.2
"""Each act: what changes, what is recorded, who may, and that a refusal changes nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from melayani.cases import actions, citizen_actions
from melayani.cases.life import Happened, moment, replay
from melayani.cases.models import Case, Event
from melayani.cases.queries import public_case
from melayani.cases.rules import (
    CITIZEN,
    Actor,
    ActorKind,
    CaseChanged,
    Channel,
    NotAllowed,
    Outcome,
    Stage,
    UnknownCase,
    WrongStage,
)
from melayani.government.actions import create_client
from melayani.government.models import ApiClient, Officer, ReferralBody, Unit
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from melayani.ledger.rules import text_hash
from tests.builders import (
    ANSWER,
    DISHUB,
    STORY,
    a_case,
    a_waiting_case,
    an_officer,
    filed,
    head_actor,
    officer_actor,
    triage_actor,
)
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)


def kinds(case: Case) -> list[str]:
    return list(Event.objects.filter(case=case).order_by("sequence").values_list("kind", flat=True))


def test_triage_assigns_with_a_reason_and_the_promise_stays() -> None:
    case = a_waiting_case()
    due = case.due_at
    case = actions.assign_case(
        number=case.number,
        unit=DISHUB,
        reason="Lampu jalan adalah tugas Dishub.",
        by=triage_actor(),
        at=LATER,
        service="PJU",
    )
    case.refresh_from_db()
    assert (case.unit.code, case.stage, case.due_at, case.unit_since) == (DISHUB, Stage.ROUTED, due, LATER)
    assert case.topic_id == "perhubungan"
    assert case.title == f"{case.topic_name}, {case.place_name.split(',')[0]}"
    event = Event.objects.get(case=case, sequence=1)
    assert event.data["from"] == "35.07.koordinator"
    assert "Lampu" not in str(event.data)


def test_answer_and_confirm_close_the_case_by_the_citizen() -> None:
    case = a_case()
    actions.answer_case(
        number=case.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=LATER, release=True
    )
    case.refresh_from_db()
    assert (case.stage, case.proposed, case.outcome, case.answered_at) == (Stage.ANSWERED, "SOLVED", "", LATER)
    seen = public_case(case.number)
    assert seen is not None
    assert seen.happenings[-1].text == ANSWER
    citizen_actions.confirm_case(number=case.number, by=CITIZEN, at=LATER)
    case.refresh_from_db()
    assert (case.stage, case.outcome, case.confirmed) == (Stage.CLOSED, "SOLVED", True)
    assert kinds(case) == ["case.filed", "case.answered", "case.confirmed"]
    assert Entry.objects.filter(event__case=case).count() == 3


def test_asking_pauses_and_the_reply_moves_the_promise_openly() -> None:
    case = a_case(stage=Stage.ASKED)
    due = case.due_at
    citizen_actions.reply_to_question(number=case.number, text="Tiang 14.", by=CITIZEN, at=MONDAY + timedelta(days=2))
    case.refresh_from_db()
    assert (case.stage, case.paused_days) == (Stage.TAKEN, 2)
    assert case.due_at > due
    event = Event.objects.filter(case=case).latest("sequence")
    assert (moment(event.data["from"]), moment(event.data["due_at"])) == (due, case.due_at)


def test_the_pause_is_capped() -> None:
    case = a_case(stage=Stage.ASKED)
    citizen_actions.reply_to_question(number=case.number, text="Tiang 14.", by=CITIZEN, at=MONDAY + timedelta(days=60))
    case.refresh_from_db()
    assert case.paused_days == 10


def test_reopening_goes_to_the_head_and_not_to_the_same_hand() -> None:
    head_actor()
    case = a_case(stage=Stage.REOPENED)
    assert (case.stage, case.officer_id, case.outcome, case.reopened) == (Stage.REOPENED, None, "", 1)
    with pytest.raises(NotAllowed, match="kepala unit"):
        actions.take_on_case(number=case.number, by=officer_actor(), at=LATER)
    with pytest.raises(NotAllowed, match="petugas yang sama"):
        actions.take_on_case(number=case.number, by=head_actor(), at=LATER, officer="ratih")
    an_officer("budi")
    actions.take_on_case(number=case.number, by=head_actor(), at=LATER, officer="budi")
    case.refresh_from_db()
    assert (case.stage, case.officer and case.officer.username) == (Stage.TAKEN, "budi")


def test_a_reopened_case_never_comes_back_to_who_answered_it() -> None:
    case = a_case(stage=Stage.REOPENED)
    actions.take_on_case(number=case.number, by=head_actor(), at=LATER)
    again: list[Callable[[], object]] = [
        lambda: actions.take_on_case(number=case.number, by=officer_actor(), at=LATER),
        lambda: answer(case.number),
        lambda: actions.take_on_case(number=case.number, by=head_actor(), at=LATER, officer="ratih"),
    ]
    for act in again:
        with pytest.raises(NotAllowed, match="petugas yang sama"):
            act()
    # The head may answer it, and after another reopening another hand is needed again.
    actions.answer_case(number=case.number, text=ANSWER, outcome=Outcome.SOLVED, by=head_actor(), at=LATER)
    citizen_actions.reopen_case(number=case.number, text="Masih padam juga.", by=CITIZEN, at=LATER)
    with pytest.raises(NotAllowed, match="petugas yang sama"):
        actions.answer_case(number=case.number, text=ANSWER, outcome=Outcome.SOLVED, by=head_actor(), at=LATER)


def test_a_reopened_case_in_a_unit_without_a_head_is_not_stuck() -> None:
    case = a_case(stage=Stage.REOPENED)
    with pytest.raises(NotAllowed, match="petugas yang sama"):
        actions.take_on_case(number=case.number, by=officer_actor(), at=LATER)
    actions.take_on_case(number=case.number, by=officer_actor("budi"), at=LATER)
    case.refresh_from_db()
    assert case.stage == Stage.TAKEN


def test_the_desk_of_the_province_stands_in_for_a_desk_without_people() -> None:
    case = a_waiting_case()
    province = officer_actor("desk", unit="35.kominfo", roles=("triage",))
    actions.assign_case(number=case.number, unit=DISHUB, reason="Tugas Dishub.", by=province, at=LATER)
    case.refresh_from_db()
    assert case.unit.code == DISHUB


def test_a_question_is_refused_when_the_pause_is_used_up() -> None:
    case = a_case(stage=Stage.ASKED)
    after = MONDAY + timedelta(days=40)
    citizen_actions.reply_to_question(number=case.number, text="Tiang 14.", by=CITIZEN, at=after)
    with pytest.raises(WrongStage, match="habis dipakai"):
        actions.ask_citizen(number=case.number, text="Yang mana?", by=officer_actor(), at=after)


def test_an_answer_during_a_pause_ends_it_openly_first() -> None:
    case = a_case(stage=Stage.ASKED)
    actions.answer_case(
        number=case.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY + timedelta(days=1)
    )
    assert kinds(case)[-2:] == ["case.resumed", "case.answered"]


def test_what_the_public_reads_and_who_acts_is_bound_by_the_entry() -> None:
    case = a_case()
    release(case.number, sequence=0)
    event = Event.objects.select_related("entry").get(case=case, kind="text.released")
    salt = bytes(event.entry.salt or b"")
    case.refresh_from_db()
    assert event.data["masked"] == text_hash(salt=salt, text=STORY)
    assert event.data["title"] == text_hash(salt=salt, text=case.title)
    an_officer("budi")
    actions.take_on_case(number=case.number, by=head_actor(), at=LATER, officer="budi")
    taken = Event.objects.get(case=case, kind="case.taken_on")
    assert taken.data["acting"] == head_actor().officer_id
    assert taken.data["officer"] == officer_actor("budi").officer_id


def test_a_promise_cannot_be_moved_out_of_sight() -> None:
    case = a_case()
    with pytest.raises(WrongStage, match="satu tahun"):
        actions.move_promise(
            number=case.number,
            due_at=MONDAY + timedelta(days=4000),
            reason="Alasan panjang.",
            by=head_actor(),
            at=LATER,
        )


def test_a_referral_body_is_told_and_the_unit_stays_accountable() -> None:
    case = a_case()
    actions.refer_case(number=case.number, body="pln", text=ANSWER, by=officer_actor(), at=LATER)
    case.refresh_from_db()
    assert (case.stage, case.outcome, case.referred_to, case.unit.code) == (Stage.CLOSED, "REFERRED", "pln", DISHUB)
    with pytest.raises(Refused):
        actions.refer_case(number=a_case().number, body="tidak-ada", text=ANSWER, by=officer_actor(), at=LATER)
    # A body can never be the accountable unit: it is not a unit at all.
    with pytest.raises(Refused):
        actions.assign_case(number=a_waiting_case().number, unit="pln", reason="x", by=triage_actor(), at=LATER)


def test_the_database_itself_keeps_exactly_one_accountable_unit() -> None:
    case = a_case()
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(unit=None)
    body = ReferralBody.objects.get(code="pln")
    assert not Unit.objects.filter(code=body.code).exists()
    with pytest.raises(ValueError, match="Unit"):
        case.unit = body  # type: ignore[assignment]  # the point: a body cannot be assigned


def test_the_history_names_one_unit_for_every_instant() -> None:
    case = a_waiting_case()
    actions.assign_case(number=case.number, unit="35.07.pupr", reason="Tugas PUPR.", by=triage_actor(), at=LATER)
    actions.assign_case(
        number=case.number, unit=DISHUB, reason="Ternyata Dishub.", by=triage_actor(), at=LATER + timedelta(days=1)
    )
    events = Event.objects.filter(case=case).order_by("sequence")
    held = [(event.at, event.data["unit"]) for event in events]
    assert held == [(MONDAY, "35.07.koordinator"), (LATER, "35.07.pupr"), (LATER + timedelta(days=1), DISHUB)]
    for happened_before in range(len(held)):
        state = replay(Happened(kind=e.kind, at=e.at, data=e.data) for e in events[: happened_before + 1])
        assert (state.unit_since, state.unit) == held[happened_before]


def test_the_head_moves_the_promise_only_later_and_openly() -> None:
    case = a_case()
    later = case.due_at + timedelta(days=3)
    moved = actions.move_promise(
        number=case.number, due_at=later, reason="Lampu harus dipesan dahulu.", by=head_actor(), at=LATER
    )
    assert moved.due_at == later
    for by, due in ((officer_actor(), later + timedelta(days=1)), (head_actor(), case.due_at)):
        with pytest.raises(Refused):
            actions.move_promise(number=case.number, due_at=due, reason="Alasan yang cukup.", by=by, at=LATER)


def test_a_deactivated_officer_hands_open_cases_to_the_unit() -> None:
    taken, asked, answered = a_case(stage=Stage.TAKEN), a_case(stage=Stage.ASKED), a_case(stage=Stage.ANSWERED)
    admin = officer_actor("yusuf", unit="35.kominfo", roles=("administrator",))
    assert actions.deactivate_officer(username="ratih", by=admin, at=LATER) == 2
    for case in (taken, asked, answered):
        case.refresh_from_db()
    assert (taken.stage, taken.officer_id) == (Stage.ROUTED, None)
    assert (asked.stage, asked.officer_id) == (Stage.ASKED, None)
    assert answered.officer_id is not None
    assert not Officer.objects.get(username="ratih").is_active
    assert kinds(taken)[-1] == "case.handed_back"


def a_client(code: str) -> Actor:
    create_client(code=code, name=code, at=MONDAY)
    return Actor(kind=ActorKind.CLIENT, code=code)


def test_a_client_updates_only_its_own_cases_and_once_per_update_id() -> None:
    ours, theirs = a_client("jalan-kita"), a_client("lain")
    told = filed(channel=Channel.OPEN311, client_id=ApiClient.objects.get(code="jalan-kita").pk)
    given = {
        "status": "OPEN",
        "text": "Masih menunggu.",
        "said_at": MONDAY - timedelta(days=9),
        "update_id": "u-1",
        "at": LATER,
    }
    first = citizen_actions.update_from_client(number=told.number, by=ours, **given)  # type: ignore[arg-type]  # a shared table
    again = citizen_actions.update_from_client(number=told.number, by=ours, **given)  # type: ignore[arg-type]  # a shared table
    assert first.pk == again.pk
    assert first.data["said_at"] == (MONDAY - timedelta(days=9)).isoformat()
    for number in (told.number, a_case().number):
        with pytest.raises(NotAllowed):
            citizen_actions.update_from_client(number=number, by=theirs, **given)  # type: ignore[arg-type]  # a shared table


def test_two_officers_cannot_overwrite_each_other() -> None:
    case = a_case()
    seen = case.version
    actions.take_on_case(number=case.number, by=officer_actor(), at=LATER, version=seen)
    with pytest.raises(CaseChanged):
        actions.answer_case(
            number=case.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor("budi"), at=LATER, version=seen
        )
    assert kinds(case) == ["case.filed", "case.taken_on"]


Refusal = Callable[[str], object]
STRANGER = ("lain", "35.07.pupr")


def by_stranger() -> Actor:
    """An officer of another unit."""
    return officer_actor(STRANGER[0], unit=STRANGER[1])


def other_desk() -> Actor:
    """The triage desk of another regency."""
    return officer_actor("desk", unit="35.08.koordinator", roles=("triage",))


REFUSED: list[tuple[type[Refused], Refusal]] = [
    (NotAllowed, lambda n: actions.take_on_case(number=n, by=by_stranger(), at=LATER)),
    (NotAllowed, lambda n: actions.take_on_case(number=n, by=CITIZEN, at=LATER)),
    (NotAllowed, lambda n: actions.take_on_case(number=n, by=officer_actor(), at=LATER, officer="budi")),
    (NotAllowed, lambda n: actions.take_on_case(number=n, by=head_actor(), at=LATER, officer="tidak-ada")),
    (NotAllowed, lambda n: actions.assign_case(number=n, unit=DISHUB, reason="x", by=officer_actor(), at=LATER)),
    (NotAllowed, lambda n: actions.assign_case(number=n, unit=DISHUB, reason="x", by=other_desk(), at=LATER)),
    (Refused, lambda n: actions.assign_case(number=n, unit=DISHUB, reason=" ", by=triage_actor(), at=LATER)),
    (Refused, lambda n: answer(n, text="Sudah.")),
    (WrongStage, lambda n: answer(n, outcome=Outcome.SILENCE)),
    (WrongStage, lambda n: citizen_actions.confirm_case(number=n, by=CITIZEN, at=LATER)),
    (WrongStage, lambda n: citizen_actions.reply_to_question(number=n, text="Ya.", by=CITIZEN, at=LATER)),
    (WrongStage, lambda n: citizen_actions.reopen_case(number=n, text="Masih padam juga.", by=CITIZEN, at=LATER)),
    (NotAllowed, lambda n: actions.view_identity(number=n, reason="Ingin tahu saja.", by=other_desk(), at=LATER)),
    (Refused, lambda n: actions.view_identity(number=n, reason="", by=officer_actor(), at=LATER)),
    (WrongStage, lambda n: release(n, sequence=9)),
    (UnknownCase, lambda n: actions.take_on_case(number="JT-0000-000", by=officer_actor(), at=LATER)),  # noqa: ARG005  # one shape for all
]


def answer(number: str, *, text: str = ANSWER, outcome: Outcome = Outcome.SOLVED) -> Case:
    """An answer by the officer of the unit."""
    return actions.answer_case(number=number, text=text, outcome=outcome, by=officer_actor(), at=LATER)


def release(number: str, *, sequence: int) -> Case:
    """A release by the officer of the unit."""
    return actions.release_text(number=number, sequence=sequence, masked=STORY, by=officer_actor(), at=LATER)


@pytest.mark.parametrize(("refusal", "act"), REFUSED)
def test_each_refusal_changes_nothing(refusal: type[Refused], act: Refusal) -> None:
    case = a_case()
    entries = Entry.objects.count()
    with pytest.raises(refusal):
        act(case.number)
    unchanged = Case.objects.get(pk=case.pk)
    assert {f.attname: getattr(unchanged, f.attname) for f in Case._meta.concrete_fields} == {
        f.attname: getattr(case, f.attname) for f in Case._meta.concrete_fields
    }
    assert Entry.objects.count() == entries
