# SPDX-License-Identifier: EUPL-1.2
"""What the triage desk chooses from: what a case is about, the unit the rules suggest for it and why, all units."""

from collections.abc import Sequence
from dataclasses import dataclass

from melayani.cases.desk_queries import DeskCase
from melayani.catalogue.queries import service_row, services, topic_row, topics
from melayani.catalogue.rules import CatalogueRefused
from melayani.government.queries import UnitRow, place_row, unit_row, units
from melayani.government.rules import PROVINCE, region_of
from melayani.triage.queries import routing_for

Choice = tuple[str, str]


@dataclass(frozen=True)
class Suggestion:
    """What the rules say for one subject at the place of the case. `unit_code` empty = no rule decides.

    `refer_to` is the body a rule suggests referring to.
    """

    about: str
    about_name: str
    unit_code: str
    unit_name: str
    why: str
    refer_to: str


def subjects() -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """All subjects as groups of (value, name): each topic, with its services below it."""
    groups = []
    for topic in topics():
        below = tuple((f"{topic.code}/{service.code}", service.name) for service in services(topic.code))
        groups.append((topic.name, ((topic.code, topic.name), *below)))
    return tuple(groups)


def subject_of(case: DeskCase) -> str:
    """What the case is about now, as the value of a choice; empty when nobody knows yet."""
    if not case.row.topic:
        return ""
    code = service_code(case.row.service_id)
    return f"{case.row.topic}/{code}" if code else case.row.topic


def service_code(service_id: int | None) -> str:
    """The code of the service with this internal id, or empty."""
    if service_id is None:
        return ""
    return next((service.code for service in services(also_closed=True) if service.id == service_id), "")


def suggestion(*, about: str, place_code: str) -> Suggestion | None:
    """What the rules say; None for an unknown subject."""
    topic, _, service = about.partition("/")
    try:
        if service:
            topic, name = service_row(service).topic, service_row(service).name
        else:
            name = topic_row(topic).name
    except CatalogueRefused:
        return None
    routing = routing_for(topic=topic, service_code=service, place_code=place_code)
    unit = unit_row(routing.unit_code) if routing.decided else None
    return Suggestion(
        about=about,
        about_name=name,
        unit_code=unit.code if unit else "",
        unit_name=unit.name if unit else "",
        why=routing.why,
        refer_to=routing.refer_to,
    )


def unit_choices(place_code: str) -> tuple[tuple[str, Sequence[UnitRow]], ...]:
    """The active units that can hold a case at this place, in groups: of its regency or city, and of the province."""
    region = region_of(place_code)
    groups: list[tuple[str, Sequence[UnitRow]]] = []
    if region != PROVINCE:
        groups.append((place_row(region).full_name, units(region)))
    groups.append((place_row(PROVINCE).full_name, units(PROVINCE)))
    return tuple(groups)
