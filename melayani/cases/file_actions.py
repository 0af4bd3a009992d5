# SPDX-License-Identifier: EUPL-1.2
"""What officers do with photos and PDFs of a case, and the notes they leave each other.

Refusals as in `actions`; a refusal writes nothing.
"""

from datetime import datetime

from django.db import transaction

from melayani.cases.acting import act, locked_case
from melayani.cases.actions import check_may_release
from melayani.cases.files import set_released
from melayani.cases.models import Case
from melayani.cases.rules import MOST_TEXT, Actor, EventKind, NotAllowed
from melayani.ground.plain_text import check_length, plain_text


@transaction.atomic
def release_file(*, number: str, name: str, by: Actor, at: datetime, version: int | None = None) -> Case:
    """Everybody may see the photo or PDF `name`. Secret cases are refused."""
    case = locked_case(number=number, version=version)
    check_may_release(case=case, by=by)
    if case.visibility != "PUBLIC":
        raise NotAllowed("secret", "Kasus rahasia tidak pernah ditampilkan untuk umum.")
    return _shown(case, name=name, released=True, by=by, at=at)


@transaction.atomic
def hold_file(*, number: str, name: str, by: Actor, at: datetime, version: int | None = None) -> Case:
    """The public no longer sees the photo or PDF `name`."""
    case = locked_case(number=number, version=version)
    check_may_release(case=case, by=by)
    return _shown(case, name=name, released=False, by=by, at=at)


def _shown(case: Case, *, name: str, released: bool, by: Actor, at: datetime) -> Case:
    """The file is for everybody or not; a second tap on the same button is no second act."""
    file = set_released(case=case, name=name, released=released)
    if file is not None:
        kind = EventKind.FILE_RELEASED if released else EventKind.FILE_HELD
        act(case=case, kind=kind, by=by, at=at, data={"of": file.event.sequence, "file": file.position})
    return case


@transaction.atomic
def note_case(*, number: str, text: str, by: Actor, at: datetime, version: int | None = None) -> Case:
    """The officers of the case read the note; neither the citizen nor the public ever does. Nothing else changes.

    At every stage, by whoever works in the accountable unit or sits at the triage desk of the case.
    """
    case = locked_case(number=number, version=version)
    check_may_release(case=case, by=by)
    note = plain_text(text)
    check_length(note, least=1, most=MOST_TEXT, name="Catatan")
    act(case=case, kind=EventKind.NOTED, by=by, at=at, text=note)
    return case
