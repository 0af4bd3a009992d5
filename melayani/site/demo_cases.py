# SPDX-License-Identifier: EUPL-1.2
"""The demo cases: every story replayed through the real acts, with past moments and the present one of recording."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from melayani.cases import actions, citizen_actions
from melayani.cases.acting import act as happen
from melayani.cases.acting import locked_case
from melayani.cases.file_actions import release_file
from melayani.cases.files import keep_upload
from melayani.cases.filing import Filing, file_case
from melayani.cases.models import Attachment, Case, Upload
from melayani.cases.parties import add_files, join_case
from melayani.cases.rules import CITIZEN, PARTY, SYSTEM, Actor, Channel, EventKind, Identity, Outcome, Visibility
from melayani.cases.rules import SILENCE as SILENCE_LIMIT
from melayani.catalogue.queries import limit, services
from melayani.catalogue.rules import Kind
from melayani.government.queries import calendar_for, due_moment, unit_by_id, unit_for
from melayani.government.rules import Role, region_of
from melayani.site.demo_days import Act, IsFree, Story, planned_stories
from melayani.site.demo_people import Staff
from melayani.site.demo_photos import picture
from melayani.site.demo_stories import SILENCE, Telling, Told, told_stories

A_MOMENT = timedelta(minutes=2)
# A replay of every single joining would only make the demo slow to start.
MOST_JOINED = 6
# After the first of these an officer shows the text to the public.
SHOWS_THE_TEXT = frozenset({"assign", "take_on", "ask", "answer", "refer"})


@transaction.atomic
def tell_stories(*, at: datetime) -> int:
    """All demo cases are there, with all that happened up to `at`; answers how many are new. Safe to repeat."""
    staff = Staff(at=at)
    planned = planned_stories(told_stories(), now=at, is_free_in=is_free_in)
    return sum(_tell(story, staff=staff, at=at) for story in planned)


def is_free_in(place: str) -> IsFree:
    """The calendar of the region of a place."""
    return calendar_for(region_of(place)).reason


def _tell(story: Story, *, staff: Staff, at: datetime) -> bool:
    """The case of the story is there; false when it was there before."""
    filed = file_case(filing=filing_of(story.told), by=replace(CITIZEN, imported_at=at), at=story.filed_at)
    if filed.repeated:
        return False
    _join(story, number=filed.number, at=at)
    if story.told.photo:
        photo = keep_upload(token=f"demo/{story.told.id}/photo", sent=picture(story.told.photo), at=story.filed_at)
        citizen = replace(CITIZEN, imported_at=at)
        add_files(number=filed.number, uploads=(photo,), by=citizen, at=story.filed_at + A_MOMENT)
    teller = Teller(number=filed.number, told=story.told, staff=staff, recorded_at=at)
    for act in story.acts:
        teller.play(act)
    return True


def _join(story: Story, *, number: str, at: datetime) -> None:
    """Others with the same problem have joined between the filing and the first act of an officer."""
    others = 0 if story.told.secret else min(story.told.joined, MOST_JOINED)
    first = next((act.at for act in story.acts if act.at is not None), at)
    for other in range(others):
        joined_at = story.filed_at + (min(first, at) - story.filed_at) * (other + 1) / (others + 1)
        token = f"demo/{story.told.id}/{other}"
        join_case(number=number, token=token, at=joined_at, by=replace(PARTY, imported_at=at))


def filing_of(told: Told) -> Filing:
    """What was sent. Its token makes sure that a story is told once."""
    return Filing(
        text=told.text,
        place=told.place,
        kind=Kind(told.kind),
        topic=told.topic,
        service=told.service,
        identity=Identity.NAMED if told.named else Identity.ANONYMOUS,
        visibility=Visibility.SECRET if told.secret else Visibility.PUBLIC,
        channel=Channel(told.channel),
        name=told.name,
        email=told.email,
        token=f"demo/{told.id}",
    )


class Teller:
    """Plays the acts of one story, each by whoever it falls to at that moment."""

    def __init__(self, *, number: str, told: Told, staff: Staff, recorded_at: datetime) -> None:
        self.number = number
        self._case = Case.objects.get(number=number)
        self._told = told
        self._region = region_of(told.place)
        self._staff = staff
        self._recorded_at = recorded_at
        self._shown = not told.held and not told.secret
        self._to_release = self._shown
        self._citizen = replace(CITIZEN, imported_at=recorded_at)
        self._plays: Mapping[str, Callable[[Telling, datetime], object]] = {
            "assign": self._assign,
            "show": self._show,
            "take_on": self._take_on,
            "view_identity": self._view_identity,
            "ask": self._ask,
            "progress": self._progress,
            "move_promise": self._move_promise,
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
        if act.telling.what == SILENCE:
            self._fall_silent()
        elif act.at is not None:
            # What an act answers is how the case stands after it: asking the database again each time is slow.
            done = self._plays[act.telling.what](act.telling, act.at)
            self._case = done if isinstance(done, Case) else self._case
            if self._to_release and act.telling.what in SHOWS_THE_TEXT:
                self._to_release = False
                self._case = self._release(act.at + A_MOMENT)

    def _standing(self) -> tuple[str, str]:
        """The codes of the accountable unit and of the triage desk."""
        return unit_by_id(self._case.unit_id).code, unit_by_id(self._case.desk_id).code

    def _handler(self) -> Actor:
        """An officer of the accountable unit; of a reopened case its head; at a triage desk whoever sits there."""
        unit, desk = self._standing()
        role = Role.HEAD if self._case.reopened else Role.TRIAGE if unit == desk else Role.OFFICER
        return self._staff.acting(role=role, unit=unit)

    def _assign(self, telling: Telling, at: datetime) -> object:
        _, desk = self._standing()
        target, _, about = telling.detail.partition(" ")
        level, _, sector = target.partition("/")
        unit = unit_for(level=level, sector=sector, region_code=self._region)
        assert unit is not None  # noqa: S101  # a test holds that all stories name offices that exist
        is_service = about in {service.code for service in services()}
        return actions.assign_case(
            number=self.number,
            unit=unit.code,
            reason=telling.text,
            by=self._staff.acting(role=Role.TRIAGE, unit=desk),
            at=at,
            service=about if is_service else "",
            topic="" if is_service else about,
        )

    def _take_on(self, telling: Telling, at: datetime) -> object:  # noqa: ARG002  # one shape for all plays
        return actions.take_on_case(number=self.number, by=self._handler(), at=at)

    def _show(self, telling: Telling, at: datetime) -> object:  # noqa: ARG002  # one shape for all plays
        self._to_release = False
        return self._release(at)

    def _release(self, at: datetime) -> Case:
        handler = self._handler()
        for file in Attachment.objects.filter(case=self._case) if self._told.photo else ():
            release_file(number=self.number, name=file.name, by=handler, at=at)
        return actions.release_text(
            number=self.number, sequence=0, masked=self._told.text, title=self._told.title, by=handler, at=at
        )

    def _view_identity(self, telling: Telling, at: datetime) -> object:
        return actions.view_identity(number=self.number, reason=telling.text, by=self._handler(), at=at)

    def _ask(self, telling: Telling, at: datetime) -> object:
        return actions.ask_citizen(number=self.number, text=telling.text, by=self._handler(), at=at)

    def _progress(self, telling: Telling, at: datetime) -> object:
        return actions.note_progress(
            number=self.number, text=telling.text, by=self._handler(), at=at, release=self._shown
        )

    def _move_promise(self, telling: Telling, at: datetime) -> object:
        unit, _ = self._standing()
        due = due_moment(
            filed_at=self._case.due_at, days=int(telling.detail), basis="WORKING", region_code=self._region
        )
        head = self._staff.acting(role=Role.HEAD, unit=unit)
        return actions.move_promise(number=self.number, due_at=due.at, reason=telling.text, by=head, at=at)

    def _answer(self, telling: Telling, at: datetime) -> object:
        return actions.answer_case(
            number=self.number,
            text=telling.text,
            outcome=Outcome(telling.detail or Outcome.SOLVED),
            by=self._handler(),
            at=at,
            release=self._shown,
            uploads=self._evidence(at),
        )

    def _evidence(self, at: datetime) -> tuple[Upload, ...]:
        """The picture that goes with the first answer, if the story has one."""
        if not self._told.evidence or self._case.reopened:
            return ()
        sent = picture(self._told.evidence)
        return (keep_upload(token=f"demo/{self._told.id}/evidence", sent=sent, at=at),)

    def _refer(self, telling: Telling, at: datetime) -> object:
        return actions.refer_case(
            number=self.number,
            body=telling.detail,
            text=telling.text,
            by=self._handler(),
            at=at,
            release=self._shown,
        )

    def _reject(self, telling: Telling, at: datetime) -> object:
        return actions.reject_case(number=self.number, text=telling.text, by=self._handler(), at=at)

    def _reply(self, telling: Telling, at: datetime) -> object:
        return citizen_actions.reply_to_question(number=self.number, text=telling.text, by=self._citizen, at=at)

    def _confirm(self, telling: Telling, at: datetime) -> object:
        return citizen_actions.confirm_case(number=self.number, text=telling.text, by=self._citizen, at=at)

    def _reopen(self, telling: Telling, at: datetime) -> object:
        return citizen_actions.reopen_case(number=self.number, text=telling.text, by=self._citizen, at=at)

    def _withdraw(self, telling: Telling, at: datetime) -> object:
        return citizen_actions.withdraw_case(number=self.number, text=telling.text, by=self._citizen, at=at)

    def _fall_silent(self) -> None:
        """What the worker's tick would have done then: ten working days after the answer nobody had said anything."""
        case = locked_case(number=self.number)
        if case.answered_at is None:
            return
        silence = limit(SILENCE_LIMIT)
        ends = due_moment(filed_at=case.answered_at, days=silence.days, basis=silence.basis, region_code=self._region)
        at = ends.at + A_MOMENT
        if at < self._recorded_at:
            happen(case=case, kind=EventKind.SILENCE, by=replace(SYSTEM, imported_at=self._recorded_at), at=at)
