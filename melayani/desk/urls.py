# SPDX-License-Identifier: EUPL-1.2
"""The addresses of the desk. A route that the table of rights does not know cannot be mounted."""

from functools import partial

from django.urls import URLPattern, path

from melayani.desk.access import Page, guarded
from melayani.desk.pages import acts, calendar, case, keys, login, officers, password, promises, unit, work

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
    route("meja/cari", work.find, "find-case"),
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
    route("meja/unit", unit.page, "unit"),
    route("meja/petugas", officers.page, "officers"),
    route("meja/petugas/baru", officers.new, "new-officer"),
    route("meja/petugas/<str:username>/sandi", officers.reset, "reset-password"),
    route("meja/petugas/<str:username>/nonaktif", officers.deactivate, "deactivate-officer"),
    route("meja/kalender", calendar.page, "calendar"),
    route("meja/kalender/<int:year>", calendar.page, "calendar-year"),
    route("meja/janji", promises.page, "promises"),
]
