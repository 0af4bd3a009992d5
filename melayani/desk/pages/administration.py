# SPDX-License-Identifier: EUPL-1.2
"""The front of administration: what can be looked after here, what wants attention, and what was changed last."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from melayani.cases.wording import Words
from melayani.catalogue.registers import services_without_standard
from melayani.desk.access import Visit
from melayani.desk.change_words import told
from melayani.desk.rights import administered_regions
from melayani.government.reference_queries import units_without_people
from melayani.government.registers import acts, years
from melayani.ground.clock import jakarta
from melayani.triage.registers import unsure_rules

LAST_CHANGES = 5
# Route, name, and what an administrator does there.
SECTIONS: tuple[tuple[str, Words, Words], ...] = (
    ("officers", pgettext_lazy("semua petugas", "Petugas"), _("Akun, kata sandi sementara, dan peran dalam unit.")),
    (
        "units",
        pgettext_lazy("semua unit", "Unit"),
        _("Kantor yang bertanggung jawab atas kasus: nama, kepala, dibuka atau ditutup."),
    ),
    ("routing-rules", _("Aturan"), _("Topik, layanan, dan tempat mana yang dikirim ke unit mana, dan mengapa.")),
    (
        "services",
        pgettext_lazy("semua layanan", "Layanan"),
        _("Standar yang diumumkan, janji, dan apakah menerima laporan."),
    ),
    ("topics", pgettext_lazy("semua topik", "Topik"), _("Nama, penjelasan, dan urutannya di daftar.")),
    (
        "promises",
        pgettext_lazy("semua janji", "Janji"),
        _("Berapa hari dijanjikan bila layanan tidak punya janji sendiri."),
    ),
    ("calendar", _("Kalender"), _("Hari bebas, hari kerja, dan keputusan yang mendasarinya.")),
    ("places", pgettext_lazy("semua tempat", "Tempat"), _("Nama dan titik kabupaten, kecamatan, dan desa.")),
    ("clients", _("Sistem lain"), _("Aplikasi yang boleh menyampaikan kasus lewat Open311.")),
    ("changes", _("Yang pernah diubah"), _("Siapa mengubah apa, kapan, dan mengapa.")),
)


@dataclass(frozen=True)
class Section:
    """A part of administration; `attention` says what waits there, empty = nothing."""

    name: Words
    what: Words
    address: str
    attention: str


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All parts of administration on one calm page."""
    waiting = _attention(visit)
    context = {
        "visit": visit,
        "sections": [
            Section(name=name, what=what, address=reverse(f"desk:{route}"), attention=waiting.get(route, ""))
            for route, name, what in SECTIONS
        ],
        "changes": told(acts(limit=LAST_CHANGES).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/administration.html", context)


def _attention(visit: Visit) -> dict[str, str]:
    """What wants attention, by route."""
    found: dict[str, str] = {}
    units, rules, services = units_without_people(), unsure_rules(), services_without_standard()
    if units:
        said = ngettext("%(count)s unit belum punya petugas.", "%(count)s unit belum punya petugas.", units)
        found["units"] = said % {"count": units}
    if rules:
        said = ngettext("%(count)s aturan bawaan perlu diperiksa.", "%(count)s aturan bawaan perlu diperiksa.", rules)
        found["routing-rules"] = said % {"count": rules}
    if services:
        said = ngettext(
            "%(count)s layanan belum lengkap standarnya.", "%(count)s layanan belum lengkap standarnya.", services
        )
        found["services"] = said % {"count": services}
    this_year = jakarta(visit.at).year
    open_years = [str(year.year) for year in years() if year.provisional and year.year >= this_year]
    if open_years:
        found["calendar"] = gettext("Keputusan untuk %(years)s belum dicatat.") % {"years": ", ".join(open_years)}
    return found
