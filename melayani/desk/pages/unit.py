# SPDX-License-Identifier: EUPL-1.2
"""The head's view of the unit: what is about to be late, who holds how much, and every open case as a thread."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_board import Load, answered_lately, board_rows, unit_load
from melayani.cases.desk_filters import Standing
from melayani.cases.desk_queries import WorkList, listed_units, unit_codes
from melayani.cases.wording import Words
from melayani.desk.access import Visit
from melayani.desk.board import board
from melayani.desk.filters import NAMES, NONE_WORD
from melayani.desk.lists import addresses
from melayani.government.queries import UnitRow, unit_row
from melayani.government.registers import Colleague, colleagues
from melayani.government.rules import Role


@dataclass(frozen=True)
class Figure:
    """A number with what it counts, and the list of what was counted; `shape` is the mark beside the words."""

    words: Words
    number: int
    where: str
    shape: str


@dataclass(frozen=True)
class Line:
    """An officer of the unit with what is open and what was answered; `name` empty = taken on by nobody.

    `lists` is the address of all, the nearly late and the late ones; empty where no list can be narrowed to them.
    """

    name: str
    active: bool
    load: Load
    answered: int
    lists: tuple[str, str, str]


@dataclass(frozen=True)
class Desk:
    """One unit on the page; `left`: how many open cases the board does not show."""

    unit: UnitRow
    figures: tuple[Figure, ...]
    lines: tuple[Line, ...]
    board: SafeString
    left: int
    everything: str


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The units this officer leads, each with its figures, its officers and its board."""
    led = unit_codes(visit.actor, Role.HEAD)
    desks = [_desk(visit, unit_row(code)) for code in led]
    return render(request, "desk/unit.html", {"visit": visit, "desks": desks})


def _desk(visit: Visit, unit: UnitRow) -> Desk:
    loads = {load.officer_id: load for load in unit_load(unit=unit.code, at=visit.at)}
    rows = board_rows(unit=unit.code, at=visit.at)
    total = Load(
        officer_id=None,
        open=sum(load.open for load in loads.values()),
        soon=sum(load.soon for load in loads.values()),
        overdue=sum(load.overdue for load in loads.values()),
        paused=sum(load.paused for load in loads.values()),
        reopened=sum(load.reopened for load in loads.values()),
    )
    return Desk(
        unit=unit,
        figures=_figures(visit, unit, total),
        lines=_lines(visit, unit, loads),
        board=board(rows, at=visit.at),
        left=total.open - len(rows),
        everything=_list(visit, unit, WorkList.UNIT),
    )


def _figures(visit: Visit, unit: UnitRow, total: Load) -> tuple[Figure, ...]:
    """What asks for the head, the most urgent first."""

    def standing(which: Standing) -> str:
        return _list(visit, unit, WorkList.UNIT, {NAMES["standing"]: which})

    return (
        Figure(_("Lewat janji"), total.overdue, _list(visit, unit, WorkList.OVERDUE), "late"),
        Figure(_("Hampir lewat"), total.soon, _list(visit, unit, WorkList.SOON), "wait"),
        Figure(_("Dibuka kembali"), total.reopened, standing(Standing.REOPENED), "open"),
        Figure(_("Menunggu warga"), total.paused, standing(Standing.PAUSED), "wait"),
        Figure(_("Semua yang terbuka"), total.open, _list(visit, unit, WorkList.UNIT), "work"),
    )


def _lines(visit: Visit, unit: UnitRow, loads: dict[int | None, Load]) -> tuple[Line, ...]:
    """What nobody has taken on first, then everybody by name; who left is shown only while still holding something."""
    answered = answered_lately(unit=unit.code, at=visit.at)
    people = colleagues(unit_id=unit.id, also=(officer for officer in loads if officer is not None))
    nobody = Line(
        name="",
        active=True,
        load=loads.get(None, Load(officer_id=None)),
        answered=answered.get(None, 0),
        lists=_lists(visit, unit, NONE_WORD),
    )
    return (
        nobody,
        *(
            Line(
                name=person.name,
                active=person.active,
                load=loads.get(person.id, Load(officer_id=person.id)),
                answered=answered.get(person.id, 0),
                lists=_lists(visit, unit, person.username) if _works(person, unit) else ("", "", ""),
            )
            for person in people
            if person.active or person.id in loads
        ),
    )


def _works(person: Colleague, unit: UnitRow) -> bool:
    """Whether the lists can be narrowed to this officer."""
    return person.active and person.unit_id == unit.id


def _lists(visit: Visit, unit: UnitRow, holder: str) -> tuple[str, str, str]:
    held = {NAMES["officer"]: holder}
    every, soon, overdue = (
        _list(visit, unit, which, held) for which in (WorkList.UNIT, WorkList.SOON, WorkList.OVERDUE)
    )
    return every, soon, overdue


def _list(visit: Visit, unit: UnitRow, which: WorkList, narrowed: dict[str, str] | None = None) -> str:
    """The address of a list, narrowed to the unit where the officer's lists go over more than one."""
    alone = listed_units(visit.actor, which) == (unit.id,)
    query = urlencode({**({} if alone else {NAMES["unit"]: unit.code}), **(narrowed or {})})
    address = addresses(which).list
    return f"{address}?{query}" if query else address
