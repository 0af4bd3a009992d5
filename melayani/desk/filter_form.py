# SPDX-License-Identifier: EUPL-1.2
"""The choices of the filter form as HTML, every value escaped on its way in.

About eighty options would cost the template language more than the list itself, so they are written in Python, and
those of a list without a filter are remembered for seconds.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from melayani.cases.desk_filters import EVERYTHING, NO_TOPIC, NOBODY, Holder, WorkFilter
from melayani.cases.desk_queries import WorkList, listed_units
from melayani.cases.rules import Actor
from melayani.cases.wording import KINDS, OUTCOMES
from melayani.catalogue.queries import topics
from melayani.desk.filters import (
    AGES,
    LABELS,
    NAMES,
    VISIBILITIES,
    address_value,
    standings_of,
    value_words,
)
from melayani.government.queries import PlaceRow, children, place_row, regions, unit_by_id, units
from melayani.government.rules import PROVINCE, region_of
from melayani.ground.memo import remembered

Option = tuple[str, str]  # the value in the address, and its words
Group = tuple[str, Sequence[Option]]  # the name of a group (empty = none) and its options


def fields(*, actor: Actor, which: WorkList, narrowed: WorkFilter, people: tuple[Holder, ...]) -> SafeString:
    """A labelled select for each thing that the list can be narrowed by, with what is chosen now."""
    # The own cases are of no unit in particular; what they are narrowed to is offered as for the list of the unit.
    reach = listed_units(actor, WorkList.UNIT if which is WorkList.MINE else which)
    if narrowed == EVERYTHING:
        return _unchosen(which, reach, people, get_language() or "")
    return _fields(which, reach, people, narrowed)


@remembered(seconds=20)
def _unchosen(
    which: WorkList,
    reach: tuple[int, ...] | None,
    people: tuple[Holder, ...],
    language: str,  # noqa: ARG001  # the memory is kept per language
) -> SafeString:
    return _fields(which, reach, people, EVERYTHING)


def _fields(
    which: WorkList, reach: tuple[int, ...] | None, people: tuple[Holder, ...], narrowed: WorkFilter
) -> SafeString:
    offered = {
        "standing": _valued("standing", standings_of(which)),
        "outcome": _valued("outcome", OUTCOMES) if which is WorkList.CLOSED else [],
        "unit": [] if which is WorkList.MINE else _units(reach),
        "officer": _people(people, with_nobody=which is not WorkList.FREE),
        "topic": _topics(),
        "place": _places(reach, narrowed.place),
        "kind": _valued("kind", KINDS),
        "visibility": _valued("visibility", VISIBILITIES),
        "older_days": _valued("older_days", AGES),
    }
    # Every value is escaped in `_field` and `_options`.
    return SafeString(
        "".join(
            _field(part, groups, chosen=address_value(part, getattr(narrowed, part), people=people))
            for part, groups in offered.items()
            if groups
        )
    )


def _field(part: str, groups: Iterable[Group], *, chosen: str) -> str:
    name = NAMES[part]
    return (
        f'<div><label for="saring-{name}">{escape(str(LABELS[part]))}</label>'
        f'<select id="saring-{name}" name="{name}">{"".join(_options(groups, chosen))}</select></div>'
    )


def _options(groups: Iterable[Group], chosen: str) -> Iterator[str]:
    yield f'<option value="">{escape(gettext("semua"))}</option>'
    for name, options in groups:
        if name:
            yield f'<optgroup label="{escape(name)}">'
        for value, words in options:
            yield f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        if name:
            yield "</optgroup>"


def _valued(part: str, values: Iterable[object]) -> list[Group]:
    return [("", [(address_value(part, value, people=()), value_words(part, value, people=())) for value in values])]


def _topics() -> list[Group]:
    none_yet = (address_value("topic", NO_TOPIC, people=()), value_words("topic", NO_TOPIC, people=()))
    return [("", [none_yet, *((topic.code, topic.name) for topic in topics())])]


def _people(people: tuple[Holder, ...], *, with_nobody: bool) -> list[Group]:
    if not people:
        return []
    nobody = [(address_value("officer", NOBODY, people=()), value_words("officer", NOBODY, people=()))]
    return [("", [*(nobody if with_nobody else []), *((person.username, person.name) for person in people)])]


def _units(reach: tuple[int, ...] | None) -> list[Group]:
    """The units of the list; nothing to choose when there is only one."""
    rows = list(units()) if reach is None else [unit_by_id(unit_id) for unit_id in reach]
    return [("", [(row.code, row.name) for row in rows])] if len(rows) > 1 else []


def _places(reach: tuple[int, ...] | None, chosen: str) -> list[Group]:
    """Level by level: the regencies or the districts within reach, and what lies inside the chosen place."""
    within = sorted({PROVINCE} if reach is None else {unit_by_id(unit_id).region_code for unit_id in reach})
    if PROVINCE in within:
        groups: list[Group] = [("", _named(regions()))]
        inside = [region_of(chosen)] if chosen.count(".") >= 1 else []
    else:
        groups = [
            (place_row(region).name, [(region, _whole(place_row(region))), *_named(children(region))])
            for region in within
        ]
        inside = []
    district = ".".join(chosen.split(".")[:3])
    if chosen.count(".") >= 2:
        inside.append(district)
    return [
        *groups,
        *((gettext("Di dalam %(place)s") % {"place": place_row(code).name}, _named(children(code))) for code in inside),
    ]


def _named(places: Iterable[PlaceRow]) -> list[Option]:
    return [(place.code, place.full_name.partition(",")[0]) for place in places]


def _whole(place: PlaceRow) -> str:
    return gettext("seluruh %(place)s") % {"place": place.full_name.partition(",")[0]}
