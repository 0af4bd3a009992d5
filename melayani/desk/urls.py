# SPDX-License-Identifier: EUPL-1.2
"""The addresses of the desk. A route that the table of rights does not know cannot be mounted."""

from functools import partial

from django.urls import URLPattern, path

from melayani.desk.access import Page, guarded
from melayani.desk.limits import few_searches
from melayani.desk.pages import (
    acts,
    administration,
    calendar,
    case,
    changes,
    clients,
    export_list,
    files,
    find_case,
    keys,
    login,
    officers,
    password,
    places,
    promises,
    routing_rules,
    saved_filters,
    services,
    templates,
    topics,
    unit,
    units,
    work,
    writing,
)

app_name = "desk"


def route(address: str, page: Page, name: str) -> URLPattern:
    """The page behind the door, under a name that the table of rights must know."""
    return path(address, guarded(name, page), name=name)


def act(address: str, name: str) -> URLPattern:
    """An act on a case."""
    return route(f"meja/kasus/<str:number>/{address}", partial(acts.page, act=name), name)


urlpatterns = [
    route("masuk", login.page, "login"),
    route("keluar", login.leave, "logout"),
    route("meja", work.front, "work"),
    route("meja/daftar/<slug:which>", work.page, "work-list"),
    route("meja/daftar/<slug:which>/simpan", saved_filters.save, "save-filter"),
    route("meja/daftar/<slug:which>/unduh", export_list.page, "export-list"),
    route("meja/saringan/hapus", saved_filters.forget, "forget-filter"),
    route("meja/cari", few_searches(find_case.page), "find-case"),
    route("meja/tombol", keys.page, "keys"),
    route("meja/sandi", password.page, "password"),
    route("meja/kasus/<str:number>", case.page, "case"),
    act("ambil", "take-on-case"),
    act("tugaskan", "appoint-officer"),
    act("tanya", "ask-citizen"),
    act("kabar", "note-progress"),
    act("jawab", "answer-case"),
    act("rujuk", "refer-case"),
    act("tolak", "reject-case"),
    act("tetapkan", "assign-case"),
    act("geser", "move-promise"),
    act("tampilkan", "release-text"),
    act("tahan", "hold-text"),
    act("identitas", "view-identity"),
    act("catatan", "note-case"),
    act("tampilkan-berkas", "release-file"),
    act("tahan-berkas", "hold-file"),
    route("meja/kasus/<str:number>/berkas/<slug:name>", files.page, "case-file"),
    route("meja/kasus/<str:number>/berkas/<slug:name>/kecil", partial(files.page, small=True), "small-case-file"),
    route("meja/kasus/<str:number>/templat/<int:template>", writing.filled_template, "filled-template"),
    route("meja/kasus/<str:number>/menulis", writing.page, "writing"),
    route("meja/bukti/<slug:name>", files.upload, "upload"),
    route("meja/templat", templates.page, "templates"),
    route("meja/templat/baru", templates.new, "new-template"),
    route("meja/templat/<int:template>", templates.change, "change-template"),
    route("meja/templat/<int:template>/berhenti", partial(templates.offer, active=False), "retire-template"),
    route("meja/templat/<int:template>/pakai", partial(templates.offer, active=True), "restore-template"),
    route("meja/unit", unit.page, "unit"),
    route("meja/petugas", officers.page, "officers"),
    route("meja/petugas/baru", officers.new, "new-officer"),
    route("meja/petugas/<str:username>/sandi", officers.reset, "reset-password"),
    route("meja/petugas/<str:username>/nonaktif", officers.deactivate, "deactivate-officer"),
    route("meja/kalender", calendar.page, "calendar"),
    route("meja/kalender/<int:year>", calendar.page, "calendar-year"),
    route("meja/janji", promises.page, "promises"),
    route("meja/janji/<slug:profile>", promises.activate, "activate-profile"),
    route("meja/petugas/<str:username>/peran", officers.roles, "officer-roles"),
    route("meja/petugas/<str:username>/peran/cabut", officers.take, "take-role"),
    route("meja/kalender/<int:year>/keputusan", calendar.decree, "calendar-decree"),
    route("meja/atur", administration.page, "administration"),
    route("meja/atur/unit", units.page, "units"),
    route("meja/atur/unit/baru", units.new, "new-unit"),
    route("meja/atur/unit/<str:unit>", units.record, "unit-record"),
    route("meja/atur/unit/<str:unit>/keadaan", units.state, "unit-state"),
    route("meja/atur/tempat", places.page, "places"),
    route("meja/atur/tempat/<str:place>", places.record, "place-record"),
    route("meja/atur/layanan", services.page, "services"),
    route("meja/atur/layanan/<str:service>", services.record, "service-record"),
    route("meja/atur/layanan/<str:service>/standar", services.standard, "service-standard"),
    route("meja/atur/layanan/<str:service>/janji", services.promise, "service-promise"),
    route("meja/atur/layanan/<str:service>/keadaan", services.state, "service-state"),
    route("meja/atur/topik", topics.page, "topics"),
    route("meja/atur/topik/<str:topic>", topics.record, "topic-record"),
    route("meja/atur/topik/<str:topic>/keadaan", topics.state, "topic-state"),
    route("meja/atur/aturan", routing_rules.page, "routing-rules"),
    route("meja/atur/aturan/baru", routing_rules.new, "new-rule"),
    route("meja/atur/aturan/<str:rule>", routing_rules.record, "rule-record"),
    route("meja/atur/aturan/<str:rule>/hentikan", routing_rules.retire, "retire-rule"),
    route("meja/atur/klien", clients.page, "clients"),
    route("meja/atur/klien/baru", clients.new, "new-client"),
    route("meja/atur/klien/<str:client>/kunci", clients.key, "client-key"),
    route("meja/atur/klien/<str:client>/keadaan", clients.state, "client-state"),
    route("meja/atur/riwayat", changes.page, "changes"),
]
