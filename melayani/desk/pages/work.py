# SPDX-License-Identifier: EUPL-1.2
"""The work lists: what waits for this officer, nearest promise first."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_counts import MOST_COUNTED, work_counts
from melayani.cases.desk_queries import WorkList, sees_all, work_list
from melayani.cases.rules import Actor
from melayani.cases.wording import Words
from melayani.desk.access import Visit
from melayani.desk.rows import lines
from melayani.government.rules import Role
from melayani.ground.case_number import read_number

NAMES: Mapping[WorkList, Words] = {
    WorkList.MINE: _("Saya"),
    WorkList.UNIT: _("Unit"),
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


def front(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first list of this officer; who only administers goes to the accounts."""
    lists = lists_of(visit.actor)
    return page(request, visit, which=lists[0]) if lists else redirect("desk:officers")


def page(request: HttpRequest, visit: Visit, *, which: str) -> HttpResponse:
    """One page of a list; 404 for a list that this officer does not have."""
    lists = lists_of(visit.actor)
    if which not in lists:
        raise Http404
    chosen = WorkList(which)
    found = work_list(actor=visit.actor, which=chosen, at=visit.at, after=request.GET.get("sesudah", ""))
    counts = work_counts(actor=visit.actor, lists=lists, at=visit.at)
    wide = sees_all(visit.actor)
    context: dict[str, Any] = {
        "visit": visit,
        "which": chosen,
        "title": EVERYWHERE_TITLE if wide and chosen is WorkList.UNIT else TITLES[chosen],
        "tabs": [(item.value, _name(item, wide=wide), _count(counts[item])) for item in lists],
        "lines": lines(found.rows, at=visit.at, with_unit=wide),
        "after": found.after,
        "continued": "sesudah" in request.GET,
        "empty": EMPTY[chosen],
    }
    return render(request, "desk/work.html", context)


def find(request: HttpRequest, visit: Visit) -> HttpResponse:  # noqa: ARG001  # every page gets its visit
    """To the case with the number that was typed, in any form; else back, with what a number looks like."""
    typed = request.GET.get("nomor", "")
    number = read_number(typed)
    if number is not None:
        return redirect("desk:case", number=number)
    messages.error(
        request,
        gettext(
            '"%(typed)s" bukan nomor kasus. Nomor kasus seperti JT-7KQ4-MX2; huruf besar dan garis boleh diabaikan.'
        )
        % {"typed": typed[:40]},
    )
    return redirect("desk:work")


def lists_of(actor: Actor) -> tuple[WorkList, ...]:
    """The lists this officer has, the first one being where the day starts."""
    roles = {role for role, _unit in actor.grants}
    works = bool(roles & {Role.OFFICER, Role.HEAD, Role.TRIAGE})
    lists = [
        *([WorkList.TRIAGE] if Role.TRIAGE in roles and not roles & {Role.OFFICER, Role.HEAD} else []),
        *([WorkList.MINE] if works else []),
        *([WorkList.UNIT] if works or Role.INSPECTORATE in roles else []),
        *([WorkList.TRIAGE] if Role.TRIAGE in roles and roles & {Role.OFFICER, Role.HEAD} else []),
    ]
    rest = (WorkList.SOON, WorkList.OVERDUE, WorkList.ANSWERED, WorkList.CLOSED)
    return (*lists, *rest) if lists else ()


def _name(which: WorkList, *, wide: bool) -> Words:
    return EVERYWHERE if wide and which is WorkList.UNIT else NAMES[which]


def _count(counted: int) -> str:
    return f"{MOST_COUNTED - 1}+" if counted >= MOST_COUNTED else str(counted)
