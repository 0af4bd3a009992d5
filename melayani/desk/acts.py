# SPDX-License-Identifier: EUPL-1.2
"""What an officer can do to a case, as data: route, form, act, what is said afterwards; and which of it fits right now.

The acts judge for themselves. `possible_acts` only keeps forms off the page that would be refused anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.forms import Form
from django.utils.translation import gettext_lazy as _

from melayani.cases import actions, file_actions
from melayani.cases.desk_queries import DeskCase, sorting_desks
from melayani.cases.files import FileRow, uploads_of
from melayani.cases.life import can_follow
from melayani.cases.rules import EventKind, Identity, NotAllowed, Outcome, Stage, Visibility
from melayani.cases.wording import Words
from melayani.desk import forms
from melayani.desk.access import Visit
from melayani.desk.evidence import upload_token
from melayani.desk.rights import Verdict, case_verdict
from melayani.government.queries import units_with
from melayani.government.rules import Role
from melayani.ground.working_days import end_of_day

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """One act: what it becomes in the history, the shape of its form, how it is done, and what is said when it is done.

    `field` is the field that a refusal is about.
    """

    kind: EventKind
    form: type[Form]
    perform: Callable[[Visit, Data], object]
    done: Words
    field: str


def _who(visit: Visit, data: Data) -> dict[str, Any]:
    """What every act is told: the case, who acts, when, and the version that was seen."""
    return {"number": visit.case.row.number, "by": visit.actor, "at": visit.at, "version": data["version"]}


def _take_on(visit: Visit, data: Data) -> object:
    return actions.take_on_case(**_who(visit, data))


def _appoint(visit: Visit, data: Data) -> object:
    if not data["officer"]:
        raise NotAllowed("officer_missing", "Pilih petugas yang akan mengerjakan.")
    return actions.take_on_case(**_who(visit, data), officer=data["officer"])


def _ask(visit: Visit, data: Data) -> object:
    return actions.ask_citizen(**_who(visit, data), text=data["text"])


def _progress(visit: Visit, data: Data) -> object:
    uploads = uploads_of(upload_token("note-progress", data["token"]))
    return actions.note_progress(**_who(visit, data), text=data["text"], release=data["release"], uploads=uploads)


@transaction.atomic
def _answer(visit: Visit, data: Data) -> object:
    answered = actions.answer_case(
        **_who(visit, data),
        text=data["text"],
        outcome=Outcome(data["outcome"]),
        release=data["release"],
        uploads=uploads_of(upload_token("answer-case", data["token"])),
    )
    return _story_released(visit, data) or answered


def _refer(visit: Visit, data: Data) -> object:
    return actions.refer_case(**_who(visit, data), body=data["body"], text=data["text"], release=data["release"])


def _reject(visit: Visit, data: Data) -> object:
    return actions.reject_case(**_who(visit, data), text=data["text"])


@transaction.atomic
def _assign(visit: Visit, data: Data) -> object:
    topic, _, service = data["about"].partition("/")
    assigned = actions.assign_case(
        **_who(visit, data), unit=data["unit"], reason=data["reason"], topic=topic, service=service
    )
    return _story_released(visit, data) or assigned


def _story_released(visit: Visit, data: Data) -> object:
    """With the ticks, the citizen's text and photos are released in the same transaction: all acts or none.

    The first act has locked the case and moved its version, by one or more: the others need not compare it again.
    """
    released: object = None
    again = {"version": None}
    if data["release_story"]:
        released = actions.release_text(**_who(visit, again), sequence=0, masked=data["masked"])
    return _photos_released(visit, data, sequence=0) or released


def _photos_released(visit: Visit, data: Data, *, sequence: int) -> object:
    """With the tick, the photos of one act are released along."""
    released: object = None
    held = held_photos(visit.case, sequence=sequence) if data["release_photos"] else ()
    for photo in held:
        released = file_actions.release_file(**_who(visit, {"version": None}), name=photo.name)
    return released


def held_photos(case: DeskCase, *, sequence: int) -> tuple[FileRow, ...]:
    """The photos of one act that the public does not see."""
    files = next((happening.files for happening in case.happenings if happening.sequence == sequence), ())
    return tuple(file for file in files if file.is_photo and not file.released)


def _move(visit: Visit, data: Data) -> object:
    day: date = data["day"]
    return actions.move_promise(**_who(visit, data), due_at=end_of_day(day), reason=data["reason"])


@transaction.atomic
def _release(visit: Visit, data: Data) -> object:
    released = actions.release_text(
        **_who(visit, data),
        sequence=data["sequence"],
        masked=data["masked"],
        title=data["title"],
        media=data["with_media"],
    )
    return _photos_released(visit, data, sequence=data["sequence"]) or released


def _hold(visit: Visit, data: Data) -> object:
    return actions.hold_text(**_who(visit, data), sequence=data["sequence"])


def _release_file(visit: Visit, data: Data) -> object:
    return file_actions.release_file(**_who(visit, data), name=data["name"])


def _hold_file(visit: Visit, data: Data) -> object:
    return file_actions.hold_file(**_who(visit, data), name=data["name"])


def _note(visit: Visit, data: Data) -> object:
    return file_actions.note_case(**_who(visit, data), text=data["text"])


def _identity(visit: Visit, data: Data) -> object:
    return actions.view_identity(number=visit.case.row.number, reason=data["reason"], by=visit.actor, at=visit.at)


ACTS: Mapping[str, Act] = {
    "take-on-case": Act(
        EventKind.TAKEN_ON, forms.ActForm, _take_on, _("Kasus ini Anda pegang. Warga melihatnya."), "version"
    ),
    "appoint-officer": Act(EventKind.TAKEN_ON, forms.AppointForm, _appoint, _("Petugas ditugaskan."), "officer"),
    "ask-citizen": Act(
        EventKind.ASKED,
        forms.TextForm,
        _ask,
        _("Pertanyaan disampaikan. Jam janji berhenti sampai warga menjawab."),
        "text",
    ),
    "note-progress": Act(
        EventKind.PROGRESS, forms.ProgressForm, _progress, _("Kabar disampaikan kepada warga."), "text"
    ),
    "answer-case": Act(
        EventKind.ANSWERED,
        forms.AnswerForm,
        _answer,
        _("Jawaban terkirim. Warga yang menyatakan selesai atau belum."),
        "text",
    ),
    "refer-case": Act(
        EventKind.REFERRED, forms.ReferForm, _refer, _("Warga dirujuk dan diberi tahu caranya. Kasus ditutup."), "text"
    ),
    "reject-case": Act(
        EventKind.REJECTED,
        forms.TextForm,
        _reject,
        _("Kasus ditutup sebagai di luar pelayanan publik, dengan alasan Anda."),
        "text",
    ),
    "assign-case": Act(
        EventKind.ASSIGNED, forms.AssignForm, _assign, _("Unit ditetapkan dan warga diberi tahu."), "reason"
    ),
    "move-promise": Act(
        EventKind.PROMISE_MOVED, forms.MoveForm, _move, _("Janji digeser. Warga membaca alasan Anda."), "reason"
    ),
    "release-text": Act(EventKind.RELEASED, forms.ReleaseForm, _release, _("Teks ditampilkan untuk umum."), "masked"),
    "hold-text": Act(EventKind.HELD, forms.HoldForm, _hold, _("Teks tidak lagi ditampilkan untuk umum."), "sequence"),
    "release-file": Act(
        EventKind.FILE_RELEASED, forms.FileForm, _release_file, _("Berkas ditampilkan untuk umum."), "name"
    ),
    "hold-file": Act(
        EventKind.FILE_HELD, forms.FileForm, _hold_file, _("Berkas tidak lagi ditampilkan untuk umum."), "name"
    ),
    "note-case": Act(
        EventKind.NOTED, forms.TextForm, _note, _("Catatan disimpan. Hanya petugas yang membacanya."), "text"
    ),
    "view-identity": Act(EventKind.IDENTITY_VIEWED, forms.IdentityForm, _identity, "", "reason"),
}
# Acts that only the head does once the citizen has reopened the case.
HEAD_WHEN_REOPENED = frozenset(
    {"take-on-case", "appoint-officer", "ask-citizen", "note-progress", "answer-case", "refer-case", "reject-case"}
)
# While it waits at the triage desk, only the desk ends a case.
DESK_WHEN_WAITING = frozenset({"refer-case", "reject-case"})

# What the public may see of a case; of a secret one it never is anything.
SHOWN_OR_HELD = frozenset({"release-text", "hold-text", "release-file", "hold-file"})


def possible_acts(visit: Visit) -> frozenset[str]:
    """The acts that the officer may do and that fit the stage of the case."""
    return frozenset(route for route in ACTS if _fits(route, visit))


def _fits(route: str, visit: Visit) -> bool:
    case = visit.case
    if case.row.erased_at is not None:
        return False
    if not can_follow(ACTS[route].kind, Stage(case.row.stage)):
        return False
    if case_verdict(route=route, method="POST", actor=visit.actor, case=case) is not Verdict.ALLOW:
        return False
    return not _closed_to(route, visit, case)


def _closed_to(route: str, visit: Visit, case: DeskCase) -> bool:
    """Whether something besides stage and role stands against the act."""
    row, actor = case.row, visit.actor
    if row.stage == Stage.REOPENED and route in HEAD_WHEN_REOPENED:
        # A unit without a head may take its reopened cases itself.
        return not actor.has(Role.HEAD, case.unit_code) and case.row.unit_id in units_with({Role.HEAD})
    if row.stage == Stage.WAITING and route in DESK_WHEN_WAITING:
        return not any(actor.has(Role.TRIAGE, desk) for desk in sorting_desks(case.desk_code, unit_code=case.unit_code))
    if route in SHOWN_OR_HELD:
        return row.visibility != Visibility.PUBLIC
    if route == "view-identity":
        return row.identity == Identity.ANONYMOUS
    return route == "take-on-case" and row.stage == Stage.TAKEN and row.officer_id == actor.officer_id
