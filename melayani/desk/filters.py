# SPDX-License-Identifier: EUPL-1.2
"""The filter of a work list as it stands in the address: read, written, and said in words.

What is not known is left out, so that an old link or a made-up value shows the list without it and never fails.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.desk_filters import EVERYTHING, NO_TOPIC, NOBODY, Holder, Standing, WorkFilter, holders
from melayani.cases.desk_queries import WorkList, listed_units
from melayani.cases.rules import Actor, Visibility
from melayani.cases.wording import KINDS, OUTCOMES, Words
from melayani.catalogue.queries import topic_row
from melayani.catalogue.rules import Kind
from melayani.government.queries import place_row, unit_row
from melayani.ground.errors import Refused

# The name of each part in the address, in the order in which a filter is written and said.
NAMES: Mapping[str, str] = {
    "standing": "keadaan",
    "outcome": "hasil",
    "unit": "unit",
    "officer": "petugas",
    "topic": "topik",
    "place": "tempat",
    "kind": "jenis",
    "visibility": "sifat",
    "older_days": "umur",
}
LABELS: Mapping[str, Words] = {
    "standing": _("Keadaan"),
    "outcome": _("Hasil"),
    "unit": _("Unit"),
    "officer": _("Petugas"),
    "topic": _("Topik"),
    "place": _("Tempat"),
    "kind": _("Jenis"),
    "visibility": _("Sifat"),
    "older_days": _("Umur"),
}
STANDINGS: Mapping[Standing, Words] = {
    Standing.WAITING: _("Di meja triase"),
    Standing.FREE: _("Belum diambil"),
    Standing.TAKEN: _("Dikerjakan"),
    Standing.PAUSED: _("Menunggu warga, jam berhenti"),
    Standing.REOPENED: _("Dibuka kembali"),
    Standing.LATE: _("Lewat janji"),
    Standing.ONCE_LATE: _("Pernah lewat janji"),
}
VISIBILITIES: Mapping[str, Words] = {Visibility.PUBLIC: _("Publik"), Visibility.SECRET: _("Rahasia")}
VISIBILITY_NAMES: Mapping[str, str] = {"publik": Visibility.PUBLIC, "rahasia": Visibility.SECRET}
AGES = (3, 7, 14, 30, 90)
NONE_WORD = "belum"  # in the address: no topic yet, nobody yet
MOST_UNITS_WITH_NAMES = 40


@dataclass(frozen=True)
class Chip:
    """One part of a filter in words, and the address without it."""

    label: Words
    words: str
    without: str


def read_filter(query: QueryDict, *, actor: Actor, which: WorkList) -> WorkFilter:
    """The filter of this address, as far as its values are known and make sense for the list."""
    said = {part: str(query.get(name, ""))[:60].replace("\x00", "") for part, name in NAMES.items()}
    narrowed = WorkFilter(
        standing=_standing(said["standing"], which),
        outcome=said["outcome"].upper() if which is WorkList.CLOSED and said["outcome"].upper() in OUTCOMES else "",
        unit=_known_unit(said["unit"]),
        topic=_known_topic(said["topic"]),
        place=_known_place(said["place"]),
        kind=said["kind"].upper() if said["kind"].upper() in tuple(Kind) else "",
        visibility=VISIBILITY_NAMES.get(said["visibility"], ""),
        older_days=int(said["older_days"]) if said["older_days"] in map(str, AGES) else 0,
    )
    if not said["officer"]:
        return narrowed
    return replace(narrowed, officer=_known_officer(said["officer"], people_of(actor, which, narrowed)))


def people_of(actor: Actor, which: WorkList, narrowed: WorkFilter) -> tuple[Holder, ...]:
    """Who can be chosen as holder: those of the chosen unit, else of all units of the list if they are few."""
    if which is WorkList.MINE:
        return ()
    reach = listed_units(actor, which)
    if narrowed.unit:
        chosen = unit_row(narrowed.unit).id
        return holders((chosen,)) if reach is None or chosen in reach else ()
    return holders(reach) if reach is not None and len(reach) <= MOST_UNITS_WITH_NAMES else ()


def written(narrowed: WorkFilter, *, people: tuple[Holder, ...]) -> str:
    """The filter as it stands in the address, always in the same order; empty for none."""
    return urlencode(list(_pairs(narrowed, people)))


def _pairs(narrowed: WorkFilter, people: tuple[Holder, ...]) -> Iterator[tuple[str, str]]:
    for part, name in NAMES.items():
        value = address_value(part, getattr(narrowed, part), people=people)
        if value:
            yield name, value


def address_value(part: str, value: object, *, people: tuple[Holder, ...]) -> str:
    """How a value of a part stands in the address."""
    if part == "officer":
        return NONE_WORD if value == NOBODY else next((p.username for p in people if p.id == value), "")
    if part == "topic" and value == NO_TOPIC:
        return NONE_WORD
    if part == "visibility":
        return next((name for name, known in VISIBILITY_NAMES.items() if known == value), "")
    return str(value or "").lower() if part in ("kind", "outcome") else str(value or "")


def chips(narrowed: WorkFilter, *, people: tuple[Holder, ...]) -> tuple[Chip, ...]:
    """What the filter says, each with the address that leaves it out."""
    return tuple(
        Chip(
            label=LABELS[part],
            words=value_words(part, getattr(narrowed, part), people=people),
            without=written(_without(narrowed, part), people=people),
        )
        for part in NAMES
        if getattr(narrowed, part) != getattr(EVERYTHING, part)
    )


def _without(narrowed: WorkFilter, part: str) -> WorkFilter:
    nothing: dict[str, Any] = {part: getattr(EVERYTHING, part)}
    return replace(narrowed, **nothing)


def value_words(part: str, value: object, *, people: tuple[Holder, ...]) -> str:
    """A value of a filter in words."""
    if part == "officer":
        return gettext("belum ada") if value == NOBODY else next((p.name for p in people if p.id == value), "")
    if part == "older_days" and isinstance(value, int):
        return age_words(value)
    code = str(value)
    said: dict[str, Callable[[], Words]] = {
        "topic": lambda: gettext("belum ditentukan") if code == NO_TOPIC else topic_row(code).name,
        "place": lambda: place_row(code).full_name.partition(",")[0],
        "unit": lambda: unit_row(code).name,
        "kind": lambda: KINDS[code],
        "visibility": lambda: VISIBILITIES[code],
        "standing": lambda: STANDINGS[Standing(code)],
        "outcome": lambda: OUTCOMES[code],
    }
    return str(said[part]())


def age_words(days: int) -> str:
    """ "30 hari atau lebih" """
    return ngettext("%(days)s hari atau lebih", "%(days)s hari atau lebih", days) % {"days": days}


def standings_of(which: WorkList) -> tuple[Standing, ...]:
    """The standings that can occur in a list."""
    if which in (WorkList.ANSWERED, WorkList.CLOSED):
        return (Standing.ONCE_LATE,)
    fitting = {
        WorkList.MINE: (Standing.TAKEN, Standing.PAUSED, Standing.LATE),
        WorkList.FREE: (Standing.LATE,),
        WorkList.TRIAGE: (Standing.WAITING, Standing.FREE, Standing.REOPENED, Standing.LATE),
        WorkList.SOON: (Standing.FREE, Standing.TAKEN, Standing.REOPENED),
        WorkList.OVERDUE: (Standing.FREE, Standing.TAKEN, Standing.REOPENED),
    }
    every = (Standing.WAITING, Standing.FREE, Standing.TAKEN, Standing.PAUSED, Standing.REOPENED, Standing.LATE)
    return fitting.get(which, every)


def _standing(said: str, which: WorkList) -> Standing | None:
    return Standing(said) if said in standings_of(which) else None


def _known_topic(said: str) -> str:
    if said == NONE_WORD:
        return NO_TOPIC
    return _known(lambda: topic_row(said).code) if said else ""


def _known_place(said: str) -> str:
    return _known(lambda: place_row(said).code) if said else ""


def _known_unit(said: str) -> str:
    return _known(lambda: unit_row(said).code) if said else ""


def _known_officer(said: str, people: tuple[Holder, ...]) -> int | None:
    if said == NONE_WORD:
        return NOBODY
    return next((person.id for person in people if person.username == said), None)


def _known(look: Callable[[], str]) -> str:
    try:
        return look()
    except Refused:
        return ""
