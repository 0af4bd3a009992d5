# SPDX-License-Identifier: EUPL-1.2
"""What happened to a case, told in plain words: to the public, or to the citizen whose case it is.

An event says only codes and times; here they become names, dates and sentences. Texts come ready from the queries:
what this reader may not read is not in them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from melayani.cases.life import moment
from melayani.cases.proofs import opens_to_citizen
from melayani.cases.queries import CaseRow, Happening
from melayani.cases.rules import PAUSE, ActorKind, EventKind
from melayani.cases.wording import CHANNELS, HAPPENINGS, OUTCOMES
from melayani.catalogue.queries import limit
from melayani.government.queries import body_row, unit_row
from melayani.government.rules import BodyRefused, UnitRefused
from melayani.ground.clock import jakarta
from melayani.portal.telling_files import ToldFile, hidden_files, told_files

DAY = "l, j F Y"

# To the citizen "the citizen" is "you".
_TO_CITIZEN: Mapping[str, Promise] = {
    EventKind.FILED: gettext_lazy("Anda menyampaikan kasus ini"),
    EventKind.ASKED: gettext_lazy("Petugas bertanya kepada Anda"),
    EventKind.REPLIED: gettext_lazy("Anda menjawab pertanyaan"),
    EventKind.RESUMED: gettext_lazy("Jam berjalan lagi tanpa jawaban Anda"),
    EventKind.CONFIRMED: gettext_lazy("Anda menerima jawaban"),
    EventKind.REOPENED: gettext_lazy("Anda membuka kembali kasus ini"),
    EventKind.WITHDRAWN: gettext_lazy("Anda menarik kasus ini"),
    EventKind.FILES_ADDED: gettext_lazy("Anda menambahkan foto"),
    EventKind.SILENCE: gettext_lazy("Ditutup karena tidak ada tanggapan Anda"),
}
# Who wrote the text of an event, for the citizen; other texts are of officers.
_BY_CITIZEN = frozenset(
    {EventKind.FILED, EventKind.REPLIED, EventKind.CONFIRMED, EventKind.REOPENED, EventKind.WITHDRAWN}
)


@dataclass(frozen=True)
class Told:
    """One knot of the story. `text` is what somebody wrote, `held` that there is a text this reader cannot see yet."""

    kind: str
    at: datetime
    head: str
    lines: tuple[str, ...]
    text: str
    text_label: str
    held: bool
    media_url: str
    spot: str
    files: tuple[ToldFile, ...] = ()
    # Photos and PDFs of the act that this reader cannot see yet.
    hidden_files: int = 0
    # Which act of the case it is, for its receipt; and whether the receipt lets everybody check `text`.
    sequence: int = 0
    provable: bool = False


def told_story(happenings: Iterable[Happening], row: CaseRow, *, to_citizen: bool) -> tuple[Told, ...]:
    """All that happened, oldest first."""
    return tuple(_told(happening, row, to_citizen=to_citizen) for happening in happenings)


def _told(happening: Happening, row: CaseRow, *, to_citizen: bool) -> Told:
    kind = happening.kind
    head = _TO_CITIZEN.get(kind) if to_citizen and happening.by != ActorKind.PARTY else None
    lines = _LINES.get(kind, _nothing)(happening.data, row)
    return Told(
        kind=kind,
        at=happening.at,
        head=str(head or HAPPENINGS[kind]),
        lines=tuple(line for line in lines if line),
        text=happening.text or "",
        text_label=_label(kind, to_citizen=to_citizen),
        held=happening.has_text and not happening.text,
        # The link of another system is followed only where it leads to a web page, never to a script.
        media_url=happening.media_url if happening.media_url.startswith(("https://", "http://")) else "",
        spot=happening.spot.get("address", "") if to_citizen else "",
        files=told_files(happening, row, to_citizen=to_citizen),
        hidden_files=hidden_files(happening),
        sequence=happening.sequence,
        provable=bool(happening.text) and opens_to_citizen(kind=kind, by=happening.by),
    )


def _label(kind: str, *, to_citizen: bool) -> str:
    if kind == EventKind.IDENTITY_VIEWED:
        return _("Alasan petugas")
    if kind in _BY_CITIZEN:
        return _("Tulisan Anda") if to_citizen else _("Tulisan warga")
    return _("Pesan aplikasi") if kind == EventKind.UPDATED else _("Surat petugas")


def said_day(at: datetime) -> str:
    """ "Selasa, 27 Januari 2026", as a calendar in Jakarta has it."""
    return date_format(jakarta(at), DAY)


def unit_name(code: object) -> str:
    """The name of a unit in an event; its code when the unit is no longer known."""
    try:
        return unit_row(str(code)).name
    except UnitRefused:
        return str(code)


Data = Mapping[str, Any]


def _nothing(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return []


def _filed(data: Data, row: CaseRow) -> list[str]:
    unit = unit_name(data["unit"])
    went = (
        _("Langsung diteruskan ke %(unit)s.") % {"unit": unit}
        if data["decided"]
        else _("Diterima %(unit)s, yang mencari unit yang tepat.") % {"unit": unit}
    )
    channel = CHANNELS.get(str(data.get("channel")), "")
    return [_("Jalur: %(channel)s.") % {"channel": channel} if channel else "", went, row.why]


def _assigned(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [
        _("Sekarang dipegang %(unit)s. Janji kepada warga tetap.") % {"unit": unit_name(data["unit"])},
    ]


def _taken_on(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Petugas %(unit)s mengerjakannya.") % {"unit": unit_name(data["unit"])}]


def _handed_back(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("%(unit)s mencari petugas lain.") % {"unit": unit_name(data["unit"])}]


def _asked(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    days = limit(PAUSE).days
    said = ngettext(
        "Jam berhenti sampai dijawab, paling lama %(days)s hari kerja seluruhnya.",
        "Jam berhenti sampai dijawab, paling lama %(days)s hari kerja seluruhnya.",
        days,
    )
    return [said % {"days": days}]


def _resumed(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    days = data.get("paused_days")
    if not isinstance(days, int) or days == 0:
        return [_("Jam berjalan lagi. Janji tetap.")]
    stopped = ngettext("Jam berhenti %(days)d hari kerja.", "Jam berhenti %(days)d hari kerja.", days) % {"days": days}
    return [stopped, _moved_words(data)]


def _moved_words(data: Data) -> str:
    return _("Janji bergeser dari %(from)s ke %(to)s.") % {
        "from": said_day(moment(data["from"])),
        "to": said_day(moment(data["due_at"])),
    }


def _answered(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Hasil menurut petugas: %(outcome)s.") % {"outcome": OUTCOMES[str(data["outcome"])]}]


def _confirmed(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Hasil: %(outcome)s.") % {"outcome": OUTCOMES[str(data["outcome"])]}] if data.get("outcome") else []


def _reopened(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [
        _("Sekarang dipegang kepala %(unit)s, bukan petugas yang menjawab.") % {"unit": unit_name(data["unit"])},
        _("Janji baru: dijawab paling lambat %(day)s.") % {"day": said_day(moment(data["due_at"]))},
    ]


def _referred(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    try:
        body = body_row(str(data["body"]))
    except BodyRefused:
        return [str(data["body"])]
    return [_("Yang berwenang: %(body)s.") % {"body": body.name}, body.how]


def _silent(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Tidak dihitung sebagai selesai. Kasus masih dapat dibuka kembali.")]


def _promise_moved(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    why = (
        _("Karena kalender hari libur berubah.")
        if data.get("why") == "calendar"
        else _("Diputuskan kepala %(unit)s, dengan alasan tertulis.") % {"unit": unit_name(data["unit"])}
    )
    return [_moved_words(data), why]


def _files_added(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Oleh warga yang ikut kasus ini.")] if data.get("by") == ActorKind.PARTY else []


def _identity_viewed(data: Data, row: CaseRow) -> list[str]:  # noqa: ARG001  # one shape for all kinds
    return [_("Oleh petugas %(unit)s.") % {"unit": unit_name(data["unit"])}]


_LINES: Mapping[str, Callable[[Data, CaseRow], list[str]]] = {
    EventKind.FILED: _filed,
    EventKind.ASSIGNED: _assigned,
    EventKind.TAKEN_ON: _taken_on,
    EventKind.HANDED_BACK: _handed_back,
    EventKind.ASKED: _asked,
    EventKind.REPLIED: _resumed,
    EventKind.RESUMED: _resumed,
    EventKind.ANSWERED: _answered,
    EventKind.CONFIRMED: _confirmed,
    EventKind.REOPENED: _reopened,
    EventKind.REFERRED: _referred,
    EventKind.SILENCE: _silent,
    EventKind.PROMISE_MOVED: _promise_moved,
    EventKind.IDENTITY_VIEWED: _identity_viewed,
    EventKind.FILES_ADDED: _files_added,
}
