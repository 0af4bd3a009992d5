# SPDX-License-Identifier: EUPL-1.2
"""The head's view of the unit: who holds how much, and what is about to be late."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from melayani.cases.desk_counts import Load, unit_load
from melayani.cases.desk_queries import unit_codes
from melayani.desk.access import Visit
from melayani.government.queries import UnitRow, unit_row
from melayani.government.registers import colleagues
from melayani.government.rules import Role


@dataclass(frozen=True)
class Line:
    """An officer of the unit with what is open; `name` empty = taken on by nobody."""

    name: str
    active: bool
    load: Load


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The units this officer leads, each with its officers."""
    boards = [(unit, _lines(visit, unit)) for unit in map(unit_row, unit_codes(visit.actor, Role.HEAD))]
    return render(request, "desk/unit.html", {"visit": visit, "boards": boards})


def _lines(visit: Visit, unit: UnitRow) -> list[Line]:
    """What nobody has taken on first, then everybody by name; who left is shown only while still holding something."""
    loads = {load.officer_id: load for load in unit_load(unit=unit.code, at=visit.at)}
    nothing = Load(officer_id=None, open=0, soon=0, overdue=0)
    people = colleagues(unit_id=unit.id, also=(officer for officer in loads if officer is not None))
    return [
        Line(name="", active=True, load=loads.get(None, nothing)),
        *(
            Line(name=person.name, active=person.active, load=loads.get(person.id, nothing))
            for person in people
            if person.active or person.id in loads
        ),
    ]
