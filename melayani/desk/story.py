# SPDX-License-Identifier: EUPL-1.2
"""The history of a case as the desk reads it: what happened, by whom, the original text, and what of it is public."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_queries import DeskCase
from melayani.cases.files import FileRow
from melayani.cases.queries import Happening
from melayani.cases.rules import NEVER_PUBLIC, ActorKind, EventKind, Visibility
from melayani.cases.wording import CHANNELS, OUTCOMES, Words
from melayani.desk.words import DESK_HAPPENINGS, day_words, moment_words
from melayani.government.queries import referral_bodies, unit_row
from melayani.ground.masking import masked_text

Names = Mapping[int, str]


@dataclass(frozen=True)
class Knot:
    """One act on the thread. `spot` is the exact place as sent.

    `public`: what everybody reads of the text; None = held. `releasable`: whether it may be shown to the public at all.
    `suggestion`: the text as it would be released. `opened`: its form was refused and shows what the officer had typed.
    `note`: officers alone read it. `held_photos`: how many of its photos the public does not see.
    """

    sequence: int
    kind: str
    words: Words
    detail: str
    when: str
    moment: datetime
    who: str
    text: str | None
    media_url: str
    spot: tuple[str, ...]
    public: str | None
    suggestion: str
    releasable: bool
    opened: bool
    note: bool
    files: tuple[FileRow, ...]
    held_photos: int


def knots_of(case: DeskCase, *, names: Names, at: datetime, kept: tuple[int, str] | None = None) -> tuple[Knot, ...]:
    """What happened, oldest first. `kept` is the number of an act and how its text was masked in a refused form."""
    return tuple(
        _knot(case, happening, names=names, at=at, kept=kept[1] if kept and kept[0] == happening.sequence else None)
        for happening in case.happenings
    )


def _knot(case: DeskCase, happening: Happening, *, names: Names, at: datetime, kept: str | None) -> Knot:
    text = happening.text or None
    may_be_public = case.row.visibility == Visibility.PUBLIC and happening.kind not in NEVER_PUBLIC
    return Knot(
        sequence=happening.sequence,
        kind=happening.kind,
        words=DESK_HAPPENINGS[happening.kind],
        detail=_detail(case, happening, names=names, at=at),
        when=moment_words(happening.at, at=at),
        moment=happening.at,
        who=_who(case, happening, names),
        text=text,
        media_url=happening.media_url,
        spot=tuple(happening.spot.values()),
        public=happening.public_text,
        suggestion=masked_text(text or "") if kept is None else kept,
        releasable=may_be_public and text is not None,
        opened=kept is not None,
        note=happening.kind == EventKind.NOTED,
        files=happening.files,
        held_photos=sum(file.is_photo and not file.released for file in happening.files),
    )


def _detail(case: DeskCase, happening: Happening, *, names: Names, at: datetime) -> str:
    detail = _DETAILS.get(happening.kind)
    return detail(_Told(case=case, data=happening.data, names=names, at=at)) if detail else ""


def _who(case: DeskCase, happening: Happening, names: Names) -> str:
    if happening.by == ActorKind.OFFICER:
        return names.get(happening.officer_id or 0, "") or gettext("petugas")
    if happening.by == ActorKind.CLIENT:
        return case.client_name
    return str(_OTHERS.get(happening.by, _OTHERS[ActorKind.SYSTEM]))


_OTHERS: Mapping[str, Words] = {
    ActorKind.CITIZEN: _("warga"),
    ActorKind.PARTY: _("warga lain"),
    ActorKind.SYSTEM: _("sistem"),
}


@dataclass(frozen=True)
class _Told:
    """What a detail may be made of."""

    case: DeskCase
    data: Mapping[str, Any]
    names: Names
    at: datetime


Detail = Callable[[_Told], str]


def _filed(told: _Told) -> str:
    return gettext("melalui %(channel)s") % {"channel": CHANNELS[told.data["channel"]]}


def _assigned(told: _Told) -> str:
    return unit_row(str(told.data["unit"])).name


def _taken(told: _Told) -> str:
    return told.names.get(told.data.get("officer") or 0, "")


def _answered(told: _Told) -> str:
    return str(OUTCOMES[told.data["outcome"]]) if told.data.get("outcome") in OUTCOMES else ""


def _referred(told: _Told) -> str:
    return body_name(str(told.data.get("body", "")))


def _moved(told: _Told) -> str:
    if not told.data.get("due_at") or told.data["due_at"] == told.data.get("from"):
        return ""
    due = day_words(datetime.fromisoformat(str(told.data["due_at"])), at=told.at)
    return gettext("janji menjadi %(day)s") % {"day": due}


def _of_what(told: _Told) -> str:
    """Which text or file: named by the act it belongs to."""
    of = told.data.get("of")
    kinds = {happening.sequence: happening.kind for happening in told.case.happenings}
    what = gettext("cerita warga") if of == 0 else f"“{DESK_HAPPENINGS[kinds[of]]}”" if of in kinds else ""
    if "file" not in told.data:
        return what
    return gettext("berkas ke-%(number)s dari %(what)s") % {"number": int(told.data["file"]) + 1, "what": what}


_DETAILS: Mapping[str, Detail] = {
    EventKind.FILED: _filed,
    EventKind.ASSIGNED: _assigned,
    EventKind.TAKEN_ON: _taken,
    EventKind.ANSWERED: _answered,
    EventKind.CONFIRMED: _answered,
    EventKind.REFERRED: _referred,
    EventKind.REPLIED: _moved,
    EventKind.RESUMED: _moved,
    EventKind.REOPENED: _moved,
    EventKind.PROMISE_MOVED: _moved,
    EventKind.RELEASED: _of_what,
    EventKind.HELD: _of_what,
    EventKind.FILE_RELEASED: _of_what,
    EventKind.FILE_HELD: _of_what,
}


def body_name(code: str) -> str:
    """The name of a referral body, or its code when it is no longer in use."""
    return next((body.name for body in referral_bodies() if body.code == code), code)
