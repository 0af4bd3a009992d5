# SPDX-License-Identifier: EUPL-1.2
"""From which list an officer came to a case, as it stands in the address of the case.

So the list beside the case, the way back, and the page after an act stay in the same list with the same filter. A link
that says nothing of it, or names a list that this officer does not have, shows the list in which the case stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from melayani.cases.desk_filters import EVERYTHING, Holder, WorkFilter
from melayani.cases.desk_queries import WorkList
from melayani.cases.queries import read_cursor
from melayani.cases.rules import Actor
from melayani.desk.access import Visit
from melayani.desk.filters import NAMES, Chip, chips, people_of, read_filter, written
from melayani.desk.lists import addresses, lists_of

LIST, START = "daftar", "sesudah"


@dataclass(frozen=True)
class CameFrom:
    """A list with its filter, as it was looked at; `start` is the cursor of its page, empty for the first."""

    which: WorkList
    narrowed: WorkFilter = EVERYTHING
    people: tuple[Holder, ...] = ()
    start: str = ""

    @property
    def query(self) -> str:
        """What the address of a case carries of it."""
        return carried(self.which, query=self._filter, start=self.start)

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        """The same as names and values, for forms that are sent by GET."""
        return parse_qsl(self.query)

    @property
    def address(self) -> str:
        """The page of the list itself."""
        start = urlencode({START: self.start}) if self.start else ""
        query = "&".join(filter(None, (start, self._filter)))
        return addresses(self.which).list + (f"?{query}" if query else "")

    @property
    def chips(self) -> tuple[Chip, ...]:
        """What the filter says; each leads to the same case without that part, from the beginning of the list."""
        return tuple(
            Chip(label=chip.label, words=chip.words, without=carried(self.which, query=chip.without))
            for chip in chips(self.narrowed, people=self.people)
        )

    @property
    def _filter(self) -> str:
        return written(self.narrowed, people=self.people)


def carried(which: WorkList, *, query: str, start: str = "") -> str:
    """How a list stands in the address of a case; `query` is its filter as it is written (`filters.written`)."""
    parts = {LIST: which.value, **({START: start} if start else {})}
    return "&".join(filter(None, (urlencode(parts), query)))


def start_of(query: QueryDict) -> str:
    """The cursor in an address; empty for one that no list of ours can have written."""
    said = str(query.get(START, ""))[:60]
    return said if read_cursor(said) is not None else ""


def came_from(request: HttpRequest, visit: Visit) -> CameFrom | None:
    """The list in the address of the case; None when none is said that this officer has."""
    said = request.GET.get(LIST, "")
    if said not in lists_of(visit.actor):
        return None
    which = WorkList(said)
    narrowed = _narrowed(request.GET, actor=visit.actor, which=which)
    # Only a filter by officer is said with names, and only then are they looked up.
    people = people_of(visit.actor, which, narrowed) if narrowed.officer else ()
    return CameFrom(which=which, narrowed=narrowed, people=people, start=start_of(request.GET))


def _narrowed(query: QueryDict, *, actor: Actor, which: WorkList) -> WorkFilter:
    if query.keys().isdisjoint(NAMES.values()):
        return EVERYTHING
    return read_filter(query, actor=actor, which=which)


def back_to_case(request: HttpRequest, visit: Visit) -> str:
    """The page of the case, as the officer came to it."""
    came = came_from(request, visit)
    address = reverse("desk:case", args=[visit.case.row.number])
    return f"{address}?{came.query}" if came else address
