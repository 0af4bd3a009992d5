# SPDX-License-Identifier: EUPL-1.2
"""Guards that hold between cases, between officers and over time: each would be missed by looking at one act alone."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from melayani.cases import actions, citizen_actions, file_actions
from melayani.cases.models import Case, CaseText, Vault
from melayani.cases.queries import citizen_case
from melayani.cases.rules import CITIZEN, CaseChanged, NotAllowed, Outcome, Stage, Visibility
from melayani.cases.tick import tick
from melayani.government.actions import set_free_day
from melayani.ground.memo import forget_all
from melayani.ground.sealing import SealBroken
from tests.builders import ANSWER, DISHUB, STORY, a_case, filed, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)
Act = Callable[[str, int], object]


def test_a_sealed_text_opens_only_in_its_own_case_and_event() -> None:
    one, other = filed(), filed()
    texts = list(CaseText.objects.order_by("event_id"))
    # The control: as they are, both open.
    assert citizen_case(number=one.number, key=one.key)
    texts[0].sealed, texts[1].sealed = texts[1].sealed, texts[0].sealed
    for text in texts:
        text.save()
    for told in (one, other):
        with pytest.raises(SealBroken):
            citizen_case(number=told.number, key=told.key)


def test_the_key_of_a_case_does_not_open_another() -> None:
    one, other = filed(), filed()
    first, second = Vault.objects.order_by("case_id")
    first.wrapped_key, second.wrapped_key = second.wrapped_key, first.wrapped_key
    first.save()
    second.save()
    for told in (one, other):
        with pytest.raises(SealBroken):
            citizen_case(number=told.number, key=told.key)


def test_a_changed_calendar_does_not_forget_the_pause() -> None:
    case = a_case(stage=Stage.ASKED)
    citizen_actions.reply_to_question(number=case.number, text="Tiang 14.", by=CITIZEN, at=MONDAY + timedelta(days=2))
    case.refresh_from_db()
    due, paused = case.due_at, case.paused_days
    assert paused > 0
    set_free_day(
        date=date(2026, 1, 12), kind="national", name="Libur tambahan", region_code="", reason="SKB perubahan",
        by="system", at=LATER,
    )  # fmt: skip
    forget_all()
    tick(at=LATER)
    case.refresh_from_db()
    assert (case.due_at, case.paused_days) == (due + timedelta(days=1), paused)


WITH_VERSION: dict[str, Act] = {
    "refer": lambda n, v: actions.refer_case(
        number=n, body="pln", text=ANSWER, by=officer_actor(), at=LATER, version=v
    ),
    "reject": lambda n, v: actions.reject_case(number=n, text=ANSWER, by=officer_actor(), at=LATER, version=v),
    "answer": lambda n, v: actions.answer_case(
        number=n, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=LATER, version=v
    ),
    "ask": lambda n, v: actions.ask_citizen(
        number=n, text="Nomor tiang berapa?", by=officer_actor(), at=LATER, version=v
    ),
    "progress": lambda n, v: actions.note_progress(
        number=n, text="Regu berangkat.", by=officer_actor(), at=LATER, version=v
    ),
    "note": lambda n, v: file_actions.note_case(number=n, text="Hubungi RT.", by=officer_actor(), at=LATER, version=v),
    "assign": lambda n, v: actions.assign_case(
        number=n, unit=DISHUB, reason="Tugasnya.", by=triage_actor(), at=LATER, version=v
    ),
    "take on": lambda n, v: actions.take_on_case(number=n, by=officer_actor(), at=LATER, version=v),
    "move": lambda n, v: actions.move_promise(
        number=n, due_at=MONDAY + timedelta(days=60), reason="Menunggu lampu datang.", by=head_actor(), at=LATER,
        version=v,
    ),
    "release": lambda n, v: actions.release_text(
        number=n, sequence=0, masked=STORY, by=officer_actor(), at=LATER, version=v
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", WITH_VERSION.values(), ids=WITH_VERSION)
def test_every_act_of_an_officer_stops_when_the_case_changed_since(act: Act) -> None:
    case = a_case()
    seen = case.version
    actions.note_progress(number=case.number, text="Kabar lain.", by=officer_actor("budi"), at=MONDAY)
    with pytest.raises(CaseChanged):
        act(case.number, seen)
    assert Case.objects.get(pk=case.pk).version == seen + 1
    # The control: with the version that is there now the same act is done.
    act(case.number, seen + 1)
    assert Case.objects.get(pk=case.pk).version > seen + 1


def test_a_secret_case_shows_no_photo_to_everybody() -> None:
    case = a_case(visibility=Visibility.SECRET)
    with pytest.raises(NotAllowed):
        file_actions.release_file(number=case.number, name="0" * 32, by=officer_actor(), at=LATER)
