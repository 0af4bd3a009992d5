# SPDX-License-Identifier: EUPL-1.2
"""Showing and holding photos and PDFs, and notes among officers: who may, what is recorded, who ever sees it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from melayani.cases import actions, citizen_actions
from melayani.cases.file_actions import hold_file, note_case, release_file
from melayani.cases.files import FilesRefused, keep_upload, opened_attachment
from melayani.cases.models import Attachment, Case, CaseText, Event
from melayani.cases.queries import citizen_case, public_case
from melayani.cases.rules import (
    CITIZEN,
    Actor,
    CaseChanged,
    EventKind,
    NotAllowed,
    Outcome,
    Stage,
    Visibility,
    WrongStage,
)
from melayani.ground.plain_text import TextRefused
from melayani.ledger.models import Entry
from tests.builders import a_case, a_waiting_case, filed, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj << >> endobj"
NOTE = "Warga sudah menelepon dua kali, tolong didahulukan."
Act = Callable[..., Case]


def with_evidence(*, visibility: Visibility = Visibility.PUBLIC) -> tuple[Case, str]:
    """A case with one PDF of the unit, held; and its name."""
    case = a_case(stage=Stage.TAKEN, visibility=visibility)
    upload = keep_upload(token="form", sent=PDF, at=MONDAY, pdf=True)
    actions.note_progress(number=case.number, text="Terlampir.", by=officer_actor(), at=MONDAY, uploads=[upload])
    return Case.objects.get(pk=case.pk), Attachment.objects.get(case=case).name


def last(case: Case) -> Event:
    return Event.objects.filter(case=case).order_by("-sequence")[0]


def written(case: Case) -> list[Any]:
    return [
        list(Attachment.objects.filter(case=case).values_list("released", flat=True)),
        Case.objects.get(pk=case.pk).version,
        Entry.objects.count(),
    ]


def test_a_file_is_shown_and_held_by_the_unit_and_its_desk() -> None:
    case, name = with_evidence()
    assert opened_attachment(name=name, small=False, released_only=True) is None
    for actor in (officer_actor(), head_actor(), triage_actor()):
        release_file(number=case.number, name=name, by=actor, at=MONDAY)
        assert opened_attachment(name=name, small=False, released_only=True) == ("PDF", PDF)
        event = last(case)
        assert (event.kind, event.data["of"], event.data["file"]) == (EventKind.FILE_RELEASED, 2, 0)
        hold_file(number=case.number, name=name, by=actor, at=MONDAY)
        assert last(case).kind == EventKind.FILE_HELD
        assert opened_attachment(name=name, small=False, released_only=True) is None


def test_a_second_tap_is_no_second_act() -> None:
    case, name = with_evidence()
    for act, kind in ((release_file, EventKind.FILE_RELEASED), (hold_file, EventKind.FILE_HELD)):
        for _ in range(3):
            act(number=case.number, name=name, by=officer_actor(), at=MONDAY, version=case.version)
        assert Event.objects.filter(case=case, kind=kind).count() == 1


def test_what_is_released_on_a_secret_case_is_still_held() -> None:
    """Whatever the tick says; the control: the same on a public case is shown."""
    shown = []
    for visibility in (Visibility.SECRET, Visibility.PUBLIC):
        case = a_case(stage=Stage.TAKEN, visibility=visibility)
        upload = keep_upload(token=visibility, sent=PDF, at=MONDAY, pdf=True)
        actions.note_progress(
            number=case.number, text="Terlampir.", by=officer_actor(), at=MONDAY, release=True, uploads=[upload]
        )
        shown.append(Attachment.objects.get(case=case).released)
    assert shown == [False, True]


def test_showing_a_file_takes_nothing_from_a_form_that_is_open() -> None:
    """Another officer may still send an answer that was begun before."""
    case, name = with_evidence()
    release_file(number=case.number, name=name, by=head_actor(), at=MONDAY)
    actions.note_progress(
        number=case.number, text="Regu berangkat.", by=officer_actor(), at=MONDAY, version=case.version
    )


@pytest.mark.parametrize("act", [release_file, hold_file])
def test_others_and_other_cases_change_nothing(act: Act) -> None:
    case, name = with_evidence()
    other = a_case()
    before = written(case)
    stranger = officer_actor("bambang", unit="35.07.kesehatan")
    inspector = officer_actor("dewi", unit="35.inspektorat", roles=("inspectorate",))
    for actor in (stranger, inspector):
        with pytest.raises(NotAllowed):
            act(number=case.number, name=name, by=actor, at=MONDAY)
    for number, what in ((other.number, name), (case.number, "0" * 32)):
        with pytest.raises(FilesRefused):
            act(number=number, name=what, by=officer_actor(), at=MONDAY)
    assert before[:2] == written(case)[:2]


def test_files_of_a_secret_case_are_never_shown() -> None:
    case, name = with_evidence(visibility=Visibility.SECRET)
    with pytest.raises(NotAllowed):
        release_file(number=case.number, name=name, by=officer_actor(), at=MONDAY)
    Attachment.objects.update(released=True)  # even if it were marked so
    assert opened_attachment(name=name, small=False, released_only=True) is None


# Notes.


@pytest.mark.parametrize("stage", Stage)
def test_a_note_is_left_at_every_stage_and_changes_nothing_else(stage: Stage) -> None:
    head_actor()
    case = a_waiting_case() if stage is Stage.WAITING else a_case(stage=stage)
    before = (
        Case.objects.filter(pk=case.pk).values("stage", "outcome", "due_at", "officer_id", "title", "unit_id").get()
    )
    by = triage_actor() if stage is Stage.WAITING else officer_actor()
    note_case(number=case.number, text=NOTE, by=by, at=MONDAY + timedelta(hours=3))
    event = last(case)
    assert (event.kind, event.officer_id) == (EventKind.NOTED, by.officer_id)
    assert CaseText.objects.get(event=event).released is None
    after = Case.objects.filter(pk=case.pk).values(*before).get()
    assert after == before


def test_the_desk_that_sent_a_case_on_may_leave_a_note_and_strangers_may_not() -> None:
    case = a_case()
    note_case(number=case.number, text=NOTE, by=triage_actor(), at=MONDAY)
    before = Entry.objects.count()
    for unit, role in (("35.07.kesehatan", "head"), ("35.inspektorat", "inspectorate"), ("35.kominfo", "triage")):
        with pytest.raises(NotAllowed):
            note_case(number=case.number, text=NOTE, by=officer_actor(f"x{role}", unit=unit, roles=(role,)), at=MONDAY)
    for actor in (CITIZEN, Actor(kind=CITIZEN.kind, code="x")):
        with pytest.raises(NotAllowed):
            note_case(number=case.number, text=NOTE, by=actor, at=MONDAY)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("text", ["", " \u200b\n ", "x" * 4001])
def test_a_note_says_something_within_the_limit(text: str) -> None:
    case = a_case()
    with pytest.raises(TextRefused):
        note_case(number=case.number, text=text, by=officer_actor(), at=MONDAY)
    assert last(case).kind == EventKind.FILED


def test_a_note_is_news_to_an_officer_who_is_writing() -> None:
    case = a_case(stage=Stage.TAKEN)
    note_case(number=case.number, text=NOTE, by=head_actor(), at=MONDAY)
    with pytest.raises(CaseChanged):
        actions.note_progress(
            number=case.number, text="Regu berangkat.", by=officer_actor(), at=MONDAY, version=case.version
        )


def test_neither_the_citizen_nor_the_public_reads_a_note() -> None:
    told = filed()
    note_case(number=told.number, text=NOTE, by=officer_actor(), at=MONDAY)
    own, seen = citizen_case(number=told.number, key=told.key), public_case(told.number)
    assert own is not None
    assert seen is not None
    kinds = [happening.kind for happening in (*own.happenings, *seen.happenings)]
    assert kinds == [EventKind.FILED, EventKind.FILED]


def test_a_note_and_why_an_identity_was_read_can_never_be_released() -> None:
    case = a_case(identity="NAMED", name="Sari Wulandari")
    note_case(number=case.number, text=NOTE, by=officer_actor(), at=MONDAY)
    actions.view_identity(number=case.number, reason="Perlu janji bertemu di lokasi.", by=officer_actor(), at=MONDAY)
    before = Entry.objects.count()
    for sequence in (1, 2):
        with pytest.raises(WrongStage):
            actions.release_text(number=case.number, sequence=sequence, masked="x", by=officer_actor(), at=MONDAY)
        with pytest.raises(WrongStage):
            actions.hold_text(number=case.number, sequence=sequence, by=officer_actor(), at=MONDAY)
    assert Entry.objects.count() == before
    assert not CaseText.objects.filter(event__case=case, released__isnull=False).exists()


def test_control_without_the_rule_a_note_could_be_released(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case()
    note_case(number=case.number, text=NOTE, by=officer_actor(), at=MONDAY)
    monkeypatch.setattr(actions, "NEVER_PUBLIC", frozenset())
    actions.release_text(number=case.number, sequence=1, masked=NOTE, by=officer_actor(), at=MONDAY)
    assert CaseText.objects.get(event__case=case, event__sequence=1).released == NOTE
    seen = public_case(case.number)  # and even then the public would not read it
    assert seen is not None
    assert all(happening.text != NOTE for happening in seen.happenings)


def test_a_reopened_case_of_the_head_may_be_noted_by_whoever_answered() -> None:
    head_actor()
    told = filed()
    actions.answer_case(
        number=told.number, text="Sudah kami kerjakan hari ini.", outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY
    )
    citizen_actions.reopen_case(number=told.number, text="Masih padam juga.", by=CITIZEN, at=MONDAY)
    note_case(number=told.number, text=NOTE, by=officer_actor(), at=MONDAY)
