# SPDX-License-Identifier: EUPL-1.2
"""What is true of a case now, ready for a page: its state, the promise in words, and the thread beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from melayani.cases.queries import CaseRow, Happening
from melayani.cases.rules import SILENCE, EventKind, Figure, Stage
from melayani.cases.thread import Thread, drawn_thread
from melayani.cases.wording import Words, state_words
from melayani.catalogue.queries import ServiceRow, limit, services
from melayani.catalogue.rules import Basis
from melayani.government.queries import due_moment, working_days_between
from melayani.government.rules import region_of
from melayani.ground.clock import jakarta
from melayani.portal.skipped_days import skipped_in_words

# The shape and colour beside the words (style sheet: `.tag`).
_MARKS = {
    Stage.WAITING: "wait",
    Stage.ROUTED: "open",
    Stage.TAKEN: "work",
    Stage.ASKED: "wait",
    Stage.ANSWERED: "open",
    Stage.REOPENED: "work",
    Stage.CLOSED: "done",
}


@dataclass(frozen=True)
class Standing:
    """State in words with its mark, lateness in working days (0 = not late), the thread and what it says in words.

    `labels` stand under the thread in the order in which their points lie on it. `silence_at` is when an answer that
    nobody reacts to closes the case.
    """

    words: Words
    mark: str
    stage: str
    late_days: int
    thread: Thread
    caption: tuple[str, ...]
    labels: tuple[str, str, str]
    silence_at: datetime | None = None


def standing_of(row: CaseRow, *, at: datetime, happenings: Iterable[Happening] = ()) -> Standing:
    """How the case stands at the moment `at`; with its happenings the thread has knots."""
    late = row.figure(at) is Figure.OVERDUE
    story = tuple(happenings)
    return Standing(
        words=_("Lewat janji") if late else state_words(stage=row.stage, outcome=row.outcome),
        mark="late" if late else _MARKS[Stage(row.stage)],
        stage=row.stage,
        late_days=_late_days(row, at=at) if late else 0,
        thread=drawn_thread(
            filed_at=row.filed_at,
            due_at=row.due_at,
            at=at,
            ended_at=ended_at(row),
            acts=[happening.at for happening in story],
        ),
        caption=_caption(row, story, at=at),
        labels=_labels(row, story, at=at),
        silence_at=_silence_at(row),
    )


def ended_at(row: CaseRow) -> datetime | None:
    """When the promise stopped running: the answer, or an end without one."""
    if row.stage not in (Stage.ANSWERED, Stage.CLOSED):
        return None
    return row.answered_at or row.closed_at


def short_day(at: datetime) -> str:
    """ "27 Jan"."""
    return date_format(jakarta(at), "j M")


def _days(row: CaseRow, start: datetime, end: datetime) -> int:
    """The days between two moments as the promise counts them."""
    if row.promise_basis == Basis.CALENDAR:
        return (jakarta(end).date() - jakarta(start).date()).days
    return working_days_between(start=start, end=end, region_code=region_of(row.place_code))


def _late_days(row: CaseRow, *, at: datetime) -> int:
    """How many working days the promise has passed, whatever it counts itself."""
    return working_days_between(start=row.due_at, end=at, region_code=region_of(row.place_code))


def _runs_from(row: CaseRow, story: tuple[Happening, ...]) -> datetime:
    """When the present promise began: the filing, or the last reopening."""
    return max((h.at for h in story if h.kind == EventKind.REOPENED), default=row.filed_at)


def _labels(row: CaseRow, story: tuple[Happening, ...], *, at: datetime) -> tuple[str, str, str]:
    began = _("Disampaikan %(day)s") % {"day": short_day(row.filed_at)}
    now, end = _now_words(row, story, at=at), _("Janji %(day)s") % {"day": short_day(row.due_at)}
    return (began, end, now) if (ended_at(row) or at) > row.due_at else (began, now, end)


def _now_words(row: CaseRow, story: tuple[Happening, ...], *, at: datetime) -> str:
    end = ended_at(row)
    if end is not None:
        return (_("Dijawab %(day)s") if row.answered_at else _("Ditutup %(day)s")) % {"day": short_day(end)}
    day = _days(row, _runs_from(row, story), at)
    return _("Hari ini, hari ke-%(day)s") % {"day": day} if day > 0 else _("Hari ini")


def _caption(row: CaseRow, story: tuple[Happening, ...], *, at: datetime) -> tuple[str, ...]:
    start = _runs_from(row, story)
    whole, end = _days(row, start, row.due_at), ended_at(row)
    used = max(0, _days(row, start, end or at))
    working = row.promise_basis != Basis.CALENDAR
    said = []
    if end is None and at > row.due_at:
        promised = ngettext(
            "Dijanjikan dalam %(whole)s hari; sekarang hari ke-%(used)s.",
            "Dijanjikan dalam %(whole)s hari; sekarang hari ke-%(used)s.",
            whole,
        )
        said.append(promised % {"used": used, "whole": whole})
    elif end is None:
        said.append(
            (
                ngettext(
                    "%(used)s dari %(whole)s hari kerja terpakai.",
                    "%(used)s dari %(whole)s hari kerja terpakai.",
                    whole,
                )
                if working
                else ngettext("%(used)s dari %(whole)s hari terpakai.", "%(used)s dari %(whole)s hari terpakai.", whole)
            )
            % {"used": used, "whole": whole}
        )
    elif row.answered_at and used < 1:
        said.append(_("Dijawab pada hari yang sama."))
    elif row.answered_at:
        said.append(
            (
                _("Dijawab pada hari kerja ke-%(used)s dari %(whole)s.")
                if working
                else _("Dijawab pada hari ke-%(used)s dari %(whole)s.")
            )
            % {"used": used, "whole": whole}
        )
    if row.paused_days:
        said.append(
            ngettext(
                "Jam berhenti %(days)d hari kerja saat menunggu jawaban warga, jadi janji bergeser.",
                "Jam berhenti %(days)d hari kerja saat menunggu jawaban warga, jadi janji bergeser.",
                row.paused_days,
            )
            % {"days": row.paused_days}
        )
    if working and end is None:
        said.append(_free_days(row, start, whole))
    return tuple(line for line in said if line)


def _free_days(row: CaseRow, start: datetime, whole: int) -> str:
    """The holidays on the way of the promise; weekends everybody knows."""
    if not 1 <= whole <= 1000:
        return ""
    due = due_moment(filed_at=start, days=whole, basis=Basis.WORKING, region_code=region_of(row.place_code))
    holidays = [(day, reason) for day, reason in due.skipped if day.weekday() < 5]
    words = skipped_in_words(holidays)
    return _("Tidak dihitung: %(days)s.") % {"days": words} if words else ""


def _silence_at(row: CaseRow) -> datetime | None:
    """When silence closes an answered case."""
    if row.stage != Stage.ANSWERED or row.answered_at is None:
        return None
    return due_moment(
        filed_at=row.answered_at,
        days=limit(SILENCE).days,
        basis=Basis.WORKING,
        region_code=region_of(row.place_code),
    ).at


def service_of(row: CaseRow) -> ServiceRow | None:
    """The service the case is about, closed or not; None when only a topic is known."""
    return next((service for service in services(also_closed=True) if service.id == row.service_id), None)


def next_words(row: CaseRow, *, to_citizen: bool) -> str:
    """What happens next, and by whom; empty when nothing does."""
    silence_at = _silence_at(row)
    until = date_format(jakarta(silence_at), "j F") if silence_at else ""
    waiting = {
        Stage.WAITING: _("meja triase memilih unit yang bertanggung jawab."),
        Stage.ROUTED: _("petugas unit mengambil kasus ini."),
        Stage.TAKEN: _("petugas memberi kabar atau jawaban."),
        Stage.REOPENED: _("kepala unit menugaskan petugas lain."),
    }
    if row.stage == Stage.ASKED:
        return _("Anda menjawab pertanyaan di atas.") if to_citizen else _("warga menjawab pertanyaan itu.")
    if row.stage == Stage.ANSWERED:
        whose = (
            _("Anda menyatakan selesai atau membuka kembali, sampai %(day)s.")
            if to_citizen
            else _("warga menyatakan selesai atau membuka kembali, sampai %(day)s. Bukan petugas.")
        )
        return whose % {"day": until}
    return waiting.get(Stage(row.stage), "")


@dataclass(frozen=True)
class Listed:
    """One line of a list: the row, its state in words, and the promise or the end in words."""

    row: CaseRow
    address: str
    words: Words
    mark: str
    when: str
    thread: Thread


def listed(rows: Iterable[CaseRow], *, at: datetime) -> tuple[Listed, ...]:
    """The rows as a list shows them."""
    # Looking up an address is dear; all of a list differ only in their number.
    cases = reverse("portal:cases")
    return tuple(_listed(row, cases=cases, at=at) for row in rows)


def _listed(row: CaseRow, *, cases: str, at: datetime) -> Listed:
    late = row.figure(at) is Figure.OVERDUE
    return Listed(
        row=row,
        address=f"{cases}/{row.number}",
        words=_("Lewat janji") if late else state_words(stage=row.stage, outcome=row.outcome),
        mark="late" if late else _MARKS[Stage(row.stage)],
        when=_when(row, late=late, at=at),
        thread=drawn_thread(filed_at=row.filed_at, due_at=row.due_at, at=at, ended_at=ended_at(row)),
    )


def _when(row: CaseRow, *, late: bool, at: datetime) -> str:
    if late:
        days = _late_days(row, at=at)
        return late_words(days) if days else _("lewat sejak %(day)s") % {"day": short_day(row.due_at)}
    end = ended_at(row)
    if end is not None:
        day = date_format(jakarta(end), "j M Y")
        return (_("dijawab %(day)s") if row.answered_at else _("ditutup %(day)s")) % {"day": day}
    if row.stage == Stage.ASKED:
        return _("jam berhenti sejak %(day)s") % {"day": short_day(row.asked_at or at)}
    return _("paling lambat %(day)s") % {"day": date_format(jakarta(row.due_at), "j M Y")}


def late_words(days: int) -> str:
    """ "3 hari kerja lewat"."""
    return ngettext("lewat %(days)d hari kerja", "lewat %(days)d hari kerja", days) % {"days": days}
