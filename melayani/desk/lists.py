# SPDX-License-Identifier: EUPL-1.2
"""The work lists as officers know them: who has which, what they are called, and what an empty one means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_counts import MOST_COUNTED
from melayani.cases.desk_queries import WorkList
from melayani.cases.rules import Actor
from melayani.cases.wording import Words
from melayani.government.rules import Role

NAMES: Mapping[WorkList, Words] = {
    WorkList.MINE: _("Saya"),
    WorkList.UNIT: _("Unit"),
    WorkList.FREE: _("Belum diambil"),
    WorkList.TRIAGE: _("Meja triase"),
    WorkList.SOON: _("Hampir lewat"),
    WorkList.OVERDUE: _("Lewat janji"),
    WorkList.ANSWERED: _("Dijawab"),
    WorkList.CLOSED: _("Selesai"),
}
EVERYWHERE = _("Semua unit")
TITLES: Mapping[WorkList, Words] = {
    WorkList.MINE: _("Kasus yang Anda pegang"),
    WorkList.UNIT: _("Kasus terbuka di unit"),
    WorkList.FREE: _("Belum diambil siapa pun"),
    WorkList.TRIAGE: _("Menunggu unit di meja triase"),
    WorkList.SOON: _("Hampir lewat janji"),
    WorkList.OVERDUE: _("Lewat janji, belum dijawab"),
    WorkList.ANSWERED: _("Dijawab, menunggu tanggapan warga"),
    WorkList.CLOSED: _("Selesai"),
}
EVERYWHERE_TITLE = _("Kasus terbuka di semua unit")
# What an empty list means, and what to do next.
EMPTY: Mapping[WorkList, tuple[Words, Words]] = {
    WorkList.MINE: (
        _("Belum ada kasus yang Anda pegang."),
        _("Buka daftar Unit, pilih kasus yang belum diambil, lalu tekan Ambil kasus ini."),
    ),
    WorkList.UNIT: (
        _("Tidak ada kasus terbuka di unit Anda."),
        _("Kasus baru muncul di sini begitu aturan atau meja triase menetapkan unit Anda."),
    ),
    WorkList.FREE: (
        _("Semua kasus unit sudah ada yang memegang."),
        _("Kasus baru muncul di sini sampai seorang petugas mengambilnya atau kepala unit menugaskannya."),
    ),
    WorkList.TRIAGE: (
        _("Meja triase kosong. Semua kasus sudah punya unit."),
        _("Yang tidak dapat ditentukan oleh aturan akan menunggu Anda di sini, dengan alasannya."),
    ),
    WorkList.SOON: (
        _("Belum ada kasus yang hampir lewat janji. Bagus."),
        _("Di sini muncul kasus yang janjinya berakhir dalam tiga hari."),
    ),
    WorkList.OVERDUE: (
        _("Tidak ada janji yang terlewat."),
        _("Bila ada yang lewat, jawab dahulu; kepala unit dapat menggeser janji dengan alasan yang dibaca warga."),
    ),
    WorkList.ANSWERED: (
        _("Tidak ada jawaban yang menunggu tanggapan warga."),
        _("Setelah dijawab, warga menyatakan selesai atau membuka kembali. Diam tidak pernah dihitung selesai."),
    ),
    WorkList.CLOSED: (
        _("Belum ada kasus yang selesai."),
        _("Kasus ditutup oleh tanggapan warga, rujukan, atau keputusan di luar pelayanan publik."),
    ),
}


def name_of(which: WorkList, *, wide: bool) -> Words:
    """The short name on its tab; `wide` = over all units."""
    return EVERYWHERE if wide and which is WorkList.UNIT else NAMES[which]


def title_of(which: WorkList, *, wide: bool) -> Words:
    """The heading of the page; `wide` = over all units."""
    return EVERYWHERE_TITLE if wide and which is WorkList.UNIT else TITLES[which]


@dataclass(frozen=True)
class Addresses:
    """Where a list is, where its filter is saved, and where it is fetched as a file."""

    list: str
    save: str
    export: str


def addresses(which: WorkList) -> Addresses:
    """The addresses of a list in the language of the page."""
    return _addresses(which, get_language() or "")


@lru_cache(maxsize=64)
def _addresses(which: WorkList, language: str) -> Addresses:  # noqa: ARG001  # the memory is kept per language
    where, save, export = (
        reverse(f"desk:{name}", args=[which.value]) for name in ("work-list", "save-filter", "export-list")
    )
    return Addresses(list=where, save=save, export=export)


def tabs(lists: Sequence[WorkList], *, counts: Mapping[WorkList, int], current: WorkList, wide: bool) -> SafeString:
    """A link to each list with how many cases stand in it; in Python like the lines below them (`rows`)."""
    return SafeString("".join(_tab(item, counts[item], here=item is current, wide=wide) for item in lists))


def _tab(which: WorkList, counted: int, *, here: bool, wide: bool) -> str:
    number = f"{MOST_COUNTED - 1}+" if counted >= MOST_COUNTED else str(counted)
    mark = ' aria-current="page"' if here else ""
    words = escape(str(name_of(which, wide=wide)))
    return f'<a href="{escape(addresses(which).list)}"{mark}>{words} <b>{number}</b></a>'


def lists_of(actor: Actor) -> tuple[WorkList, ...]:
    """The lists this officer has, the first one being where the day starts."""
    roles = {role for role, _unit in actor.grants}
    works = bool(roles & {Role.OFFICER, Role.HEAD, Role.TRIAGE})
    in_unit = bool(roles & {Role.OFFICER, Role.HEAD})
    lists = [
        *([WorkList.TRIAGE] if Role.TRIAGE in roles and not in_unit else []),
        *([WorkList.MINE] if works else []),
        *([WorkList.UNIT] if works or Role.INSPECTORATE in roles else []),
        *([WorkList.FREE] if in_unit else []),
        *([WorkList.TRIAGE] if Role.TRIAGE in roles and in_unit else []),
    ]
    rest = (WorkList.SOON, WorkList.OVERDUE, WorkList.ANSWERED, WorkList.CLOSED)
    return (*lists, *rest) if lists else ()
