# SPDX-License-Identifier: EUPL-1.2
"""How the desk says moments, promises and states: words first, the same everywhere on the desk."""

import datetime as dt
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.placeholders import Placeholder
from melayani.cases.queries import CaseRow
from melayani.cases.reply_check import Hint
from melayani.cases.rules import EventKind, Outcome, Stage
from melayani.cases.wording import HAPPENINGS, Words
from melayani.cases.writing import Writer
from melayani.government.queries import calendar_for, working_days_between
from melayani.government.rules import FreeDayKind, Role, region_of
from melayani.ground.clock import jakarta
from melayani.ground.working_days import weekend_reason

# State is never colour alone: each shape has its own mark beside the word (LOOK).
SHAPES: Mapping[str, str] = {
    Stage.WAITING: "open",
    Stage.ROUTED: "open",
    Stage.TAKEN: "work",
    Stage.ASKED: "wait",
    Stage.ANSWERED: "wait",
    Stage.REOPENED: "open",
    Stage.CLOSED: "done",
}
# The list says it in two words; the page of the case says it in full (`cases.wording`).
SHORT_STAGES: Mapping[str, Words] = {
    Stage.WAITING: _("Di meja triase"),
    Stage.ROUTED: _("Belum diambil"),
    Stage.TAKEN: _("Dikerjakan"),
    Stage.ASKED: _("Menunggu warga"),
    Stage.ANSWERED: _("Dijawab"),
    Stage.REOPENED: _("Dibuka kembali"),
    Stage.CLOSED: _("Ditutup"),
}
ROLES: Mapping[str, Words] = {
    Role.TRIAGE: _("Petugas triase"),
    Role.OFFICER: _("Petugas"),
    Role.HEAD: _("Kepala unit"),
    Role.INSPECTORATE: _("Inspektorat"),
    Role.ADMINISTRATOR: _("Administrator"),
}
DAY_KINDS: Mapping[str, Words] = {
    FreeDayKind.NATIONAL: _("Libur nasional"),
    FreeDayKind.CUTI_BERSAMA: _("Cuti bersama"),
    FreeDayKind.LOCAL: _("Libur daerah"),
    FreeDayKind.WORKING: _("Hari kerja"),
}
BASES: Mapping[str, Words] = {"WORKING": _("hari kerja"), "CALENDAR": _("hari kalender")}
# The outcomes an officer may propose, said as what the citizen will read.
ANSWERS: Mapping[str, Words] = {
    Outcome.SOLVED: _("Diselesaikan"),
    Outcome.EXPLAINED_NO: _("Dijelaskan, tidak dapat dipenuhi"),
    Outcome.DUPLICATE: _("Sama dengan kasus lain"),
    Outcome.UNREACHABLE: _("Warga tidak dapat dihubungi"),
}
# The citizen reads "Identitas Anda dibaca petugas"; at the desk it is not the reader's.
DESK_HAPPENINGS: Mapping[str, Words] = {
    **HAPPENINGS,
    EventKind.IDENTITY_VIEWED: _("Identitas warga dibaca"),
    EventKind.FILE_RELEASED: _("Berkas ditampilkan untuk umum"),
    EventKind.FILE_HELD: _("Berkas ditahan dari umum"),
}
# What a reply may still be missing, said as what would help its reader.
HINTS: Mapping[str, Words] = {
    Hint.HOLES: _("Masih ada bagian yang belum diisi (…)."),
    Hint.EMPTY_WORDS: _("“Ditindaklanjuti” atau “diteruskan” belum mengatakan apa yang dikerjakan. Sebutkan kerjanya."),
    Hint.DONE: _("Belum jelas apa yang sudah dikerjakan atau diputuskan."),
    Hint.REASON: _("Belum ada alasannya. Sebutkan mengapa tidak dapat, dan dasarnya."),
    Hint.WHICH: _("Sebutkan nomor kasus yang sama itu, supaya warga dapat mengikutinya."),
    Hint.TRIED: _("Sebutkan kapan dan bagaimana Anda mencoba menghubungi warga."),
    Hint.WHO: _("Belum jelas siapa yang mengerjakan: unit, regu, atau bagian mana."),
    Hint.WHEN: _("Belum ada waktunya. Sebutkan harinya."),
    Hint.NEXT: _("Belum ada langkah berikutnya: apa yang dapat dilakukan warga bila masalahnya masih ada."),
}
PLACEHOLDERS: Mapping[str, Words] = {
    Placeholder.NUMBER: _("nomor kasus"),
    Placeholder.TITLE: _("judul kasus"),
    Placeholder.PLACE: _("tempat kejadian"),
    Placeholder.TOPIC: _("topik kasus"),
    Placeholder.UNIT: _("nama unit yang memegang kasus"),
    Placeholder.OFFICER: _("nama petugas yang menulis"),
    Placeholder.FILED: _("hari kasus disampaikan"),
    Placeholder.PROMISE: _("hari terakhir janji"),
    Placeholder.TODAY: _("hari surat ditulis"),
    Placeholder.LINK: _("alamat halaman untuk melacak kasus"),
}

# How a template is shown filled in; everything here is made up.
PLACEHOLDER_SAMPLES: Mapping[str, str] = {
    Placeholder.NUMBER: "JT-7KQ4-MX2",
    Placeholder.TITLE: "Lampu jalan padam di depan balai desa",
    Placeholder.PLACE: "Kel. Kepanjen, Kec. Kepanjen, Kab. Malang",
    Placeholder.TOPIC: "Perhubungan",
    Placeholder.UNIT: "Dinas Perhubungan Kabupaten Malang",
    Placeholder.OFFICER: "Ratih",
    Placeholder.FILED: "Senin, 5 Januari",
    Placeholder.PROMISE: "Selasa, 27 Januari",
    Placeholder.TODAY: "Rabu, 14 Januari",
    Placeholder.LINK: "https://…/lacak/JT-7KQ4-MX2",
}


class Timed(Protocol):
    """What time words need of a case: a row of a list has it, and so has the head of a page."""

    @property
    def stage(self) -> str: ...
    @property
    def filed_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def asked_at(self) -> datetime | None: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...


def day_words(moment: datetime, *, at: datetime) -> str:
    """The day in Jakarta: "Selasa, 27 Januari", with the year when it is not the year of `at`."""
    day = jakarta(moment).date()
    return _day(day, day.year != jakarta(at).year, get_language() or "")


@lru_cache(maxsize=4096)
def _day(day: dt.date, with_year: bool, language: str) -> str:  # noqa: ARG001  # the memory is kept per language
    return date_format(day, "l, j F Y" if with_year else "l, j F")


def moment_words(moment: datetime, *, at: datetime) -> str:
    """Day and time in Jakarta: "Senin, 5 Januari, 19.42"."""
    return f"{day_words(moment, at=at)}, {jakarta(moment):%H.%M}"


def is_late(row: Timed, *, at: datetime) -> bool:
    """Whether the promise has passed and there is no answer yet; a paused case is not late."""
    return row.stage not in (Stage.ASKED, Stage.ANSWERED, Stage.CLOSED) and at > row.due_at


def promise_words(row: Timed, *, at: datetime) -> str:
    """What a list says about time, with a short day ("janji Sel 27 Jan"): the promise, that it passed, or its end."""
    if row.stage == Stage.CLOSED and row.closed_at is not None:
        said, moment = "closed", row.closed_at
    elif row.stage == Stage.ANSWERED and row.answered_at is not None:
        said, moment = "answered", row.answered_at
    elif row.stage == Stage.ASKED and row.asked_at is not None:
        said, moment = "paused", row.asked_at
    else:
        said, moment = ("late" if at > row.due_at else "due"), row.due_at
    day = jakarta(moment).date()
    return _promise(said, day, day.year != jakarta(at).year, get_language() or "")


@lru_cache(maxsize=8192)
def _promise(said: str, day: dt.date, with_year: bool, language: str) -> str:  # noqa: ARG001  # kept per language
    words = {
        "closed": gettext("ditutup %(day)s"),
        "answered": gettext("dijawab %(day)s"),
        "paused": gettext("berhenti sejak %(day)s"),
        "late": gettext("lewat janji %(day)s"),
        "due": gettext("janji %(day)s"),
    }
    return words[said] % {"day": date_format(day, "D j M Y" if with_year else "D j M")}


def days_left_words(row: CaseRow, *, at: datetime) -> str:
    """How many working days the promise still has, or that it has passed; nothing once the case is answered."""
    if row.stage in (Stage.ANSWERED, Stage.CLOSED):
        return ""
    left = working_days_between(start=at, end=row.due_at, region_code=region_of(row.place_code))
    if at > row.due_at:
        late = -left
        return ngettext("lewat %(days)s hari kerja", "lewat %(days)s hari kerja", late) % {"days": late}
    if left == 0:
        return gettext("berakhir hari ini")
    return ngettext("%(days)s hari kerja lagi", "%(days)s hari kerja lagi", left) % {"days": left}


def writing_words(writers: Iterable[Writer], *, at: datetime) -> tuple[str, ...]:
    """Who is writing to the case besides the reader, one sentence each."""
    return tuple(_writing(writer, at=at) for writer in writers)


def _writing(writer: Writer, *, at: datetime) -> str:
    minutes = int((at - writer.since).total_seconds() // 60)
    if minutes < 1:
        return gettext("%(name)s baru mulai menulis kepada warga.") % {"name": writer.name}
    words = ngettext(
        "%(name)s sedang menulis kepada warga sejak %(minutes)s menit.",
        "%(name)s sedang menulis kepada warga sejak %(minutes)s menit.",
        minutes,
    )
    return words % {"name": writer.name, "minutes": minutes}


def skipped_days(row: CaseRow, *, at: datetime) -> tuple[str, ...]:
    """The free days between filing and promise that are no weekends, with their reasons; none for calendar days."""
    if row.promise_basis != "WORKING":
        return ()
    calendar = calendar_for(region_of(row.place_code))
    first, last = jakarta(row.filed_at).date(), jakarta(row.due_at).date()
    words = []
    for number in range(1, (last - first).days + 1):
        day = first + timedelta(days=number)
        reason = calendar.reason(day)
        if reason is not None and weekend_reason(day) is None:
            words.append(f"{_day(day, day.year != jakarta(at).year, get_language() or '')} ({reason})")
    return tuple(words)
