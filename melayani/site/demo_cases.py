# SPDX-License-Identifier: EUPL-1.2
"""The demo cases: every story replayed through the real acts, with past moments and the present one of recording."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from melayani.cases import actions, citizen_actions
from melayani.cases.acting import act as happen
from melayani.cases.acting import locked_case
from melayani.cases.filing import Filing, file_case
from melayani.cases.models import Case
from melayani.cases.rules import (
    CITIZEN,
    SYSTEM,
    Channel,
    EventKind,
    Identity,
    Outcome,
    Stage,
    Visibility,
)
from melayani.cases.rules import SILENCE as SILENCE_LIMIT
from melayani.catalogue.queries import limit
from melayani.catalogue.rules import Kind
from melayani.government.queries import calendar_for, due_moment, unit_for
from melayani.government.rules import Role, region_of
from melayani.site.demo_people import Staff
from melayani.site.demo_stories import SILENCE, Act, IsFree, Story, planned_stories

A_MOMENT = timedelta(minutes=2)


@transaction.atomic
def tell_stories(*, at: datetime) -> int:
    """All demo cases are there, with all that happened up to `at`; answers how many are new. Safe to repeat."""
    staff = Staff(at=at)
    return sum(_tell(story, staff=staff, at=at) for story in planned_stories(now=at, is_free_in=is_free_in))


def is_free_in(place: str) -> IsFree:
    """The calendar of the region of a place."""
    return calendar_for(region_of(place)).reason


def _tell(story: Story, *, staff: Staff, at: datetime) -> bool:
    """The case of the story is there; false when it was there before."""
    filed = file_case(filing=filing_of(story), by=replace(CITIZEN, imported_at=at), at=story.filed_at)
    if filed.repeated:
        return False
    teller = Teller(number=filed.number, story=story, staff=staff, recorded_at=at)
    for act in story.acts:
        teller.play(act)
    return True


def filing_of(story: Story) -> Filing:
    """What was sent. Its token makes sure that a story is told once."""
    said = story.said
    named = Identity(said["identity"]) is Identity.NAMED
    return Filing(
        text=said["text"],
        place=said["place"],
        kind=Kind(said["kind"]),
        topic=said["topic"],
        service=said["service"],
        identity=Identity(said["identity"]),
        visibility=Visibility(said["visibility"]),
        # Who gave no name but is known to the office has written or called.
        channel=Channel.WHATSAPP if named and not said["name"] else Channel.WEB,
        name=said["name"],
        email=said["contact"],
        token=f"demo/{story.id}",
    )


class Teller:
    """Plays the acts of one story, each by whoever it falls to at that moment."""

    def __init__(self, *, number: str, story: Story, staff: Staff, recorded_at: datetime) -> None:
        self.number = number
        self._said = story.said
        self._staff = staff
        self._recorded_at = recorded_at
        self._to_release = bool(story.said["release"]) and story.said["visibility"] == Visibility.PUBLIC
        self._shown = self._to_release
        self._citizen = replace(CITIZEN, imported_at=recorded_at)
        self._plays: Mapping[str, Callable[[Mapping[str, Any], datetime], object]] = {
            "assign": self._assign,
            "take_on": self._take_on,
            "ask": self._ask,
            "note_progress": self._note_progress,
            "answer": self._answer,
            "refer": self._refer,
            "reject": self._reject,
            "reply": self._reply,
            "confirm": self._confirm,
            "reopen": self._reopen,
            "withdraw": self._withdraw,
        }

    def play(self, act: Act) -> None:
        """The act has happened; after the first one of an officer the text is shown to the public, if it ever is."""
        if act.do == SILENCE:
            self._fall_silent()
        elif act.at is not None:
            self._plays[act.do](act.said, act.at)
            if self._to_release and act.do in ("assign", "take_on"):
                self._to_release = False
                self._release(act.at + A_MOMENT)

    def _case(self) -> Case:
        return Case.objects.select_related("unit", "desk", "place").get(number=self.number)

    def _handler(self) -> Any:
        """An officer of the accountable unit; of a reopened case its head; of one that waits its triage desk."""
        case = self._case()
        if case.stage == Stage.WAITING:
            return self._staff.acting(role=Role.TRIAGE, unit=case.desk.code)
        return self._staff.acting(role=Role.HEAD if case.reopened else Role.OFFICER, unit=case.unit.code)

    def _assign(self, said: Mapping[str, Any], at: datetime) -> object:
        case, to = self._case(), said["to"]
        unit = unit_for(level=to["level"], sector=to["sector"], region_code=case.place.region_code)
        assert unit is not None  # noqa: S101  # a test holds that all stories name offices that exist
        return actions.assign_case(
            number=self.number,
            unit=unit.code,
            reason=said["reason"],
            by=self._staff.acting(role=Role.TRIAGE, unit=case.desk.code),
            at=at,
        )

    def _take_on(self, said: Mapping[str, Any], at: datetime) -> object:  # noqa: ARG002  # one shape for all plays
        return actions.take_on_case(number=self.number, by=self._handler(), at=at)

    def _release(self, at: datetime) -> object:
        return actions.release_text(
            number=self.number,
            sequence=0,
            masked=self._said["text"],
            title=self._said["title"],
            by=self._handler(),
            at=at,
        )

    def _ask(self, said: Mapping[str, Any], at: datetime) -> object:
        return actions.ask_citizen(number=self.number, text=said["text"], by=self._handler(), at=at)

    def _note_progress(self, said: Mapping[str, Any], at: datetime) -> object:
        return actions.note_progress(
            number=self.number, text=said["text"], by=self._handler(), at=at, release=self._shown
        )

    def _answer(self, said: Mapping[str, Any], at: datetime) -> object:
        return actions.answer_case(
            number=self.number,
            text=said["text"],
            outcome=Outcome(said["outcome"]),
            by=self._handler(),
            at=at,
            release=self._shown,
        )

    def _refer(self, said: Mapping[str, Any], at: datetime) -> object:
        return actions.refer_case(
            number=self.number, body=said["body"], text=said["text"], by=self._handler(), at=at, release=self._shown
        )

    def _reject(self, said: Mapping[str, Any], at: datetime) -> object:
        return actions.reject_case(number=self.number, text=said["text"], by=self._handler(), at=at)

    def _reply(self, said: Mapping[str, Any], at: datetime) -> object:
        return citizen_actions.reply_to_question(number=self.number, text=said["text"], by=self._citizen, at=at)

    def _confirm(self, said: Mapping[str, Any], at: datetime) -> object:
        return citizen_actions.confirm_case(number=self.number, text=said.get("text", ""), by=self._citizen, at=at)

    def _reopen(self, said: Mapping[str, Any], at: datetime) -> object:
        return citizen_actions.reopen_case(number=self.number, text=said["text"], by=self._citizen, at=at)

    def _withdraw(self, said: Mapping[str, Any], at: datetime) -> object:
        return citizen_actions.withdraw_case(number=self.number, text=said.get("text", ""), by=self._citizen, at=at)

    def _fall_silent(self) -> None:
        """What the worker's tick would have done then: ten working days after the answer nobody had said anything."""
        case = locked_case(number=self.number)
        if case.answered_at is None:
            return
        silence = limit(SILENCE_LIMIT)
        ends = due_moment(
            filed_at=case.answered_at, days=silence.days, basis=silence.basis, region_code=case.place.region_code
        )
        at = ends.at + A_MOMENT
        if at < self._recorded_at:
            happen(case=case, kind=EventKind.SILENCE, by=replace(SYSTEM, imported_at=self._recorded_at), at=at)
