# SPDX-License-Identifier: EUPL-1.2
"""Similar open cases near a draft that is being written, ready for the page: who has it, how far, how long ago."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from melayani.cases.similar import Similar, similar_cases
from melayani.government.queries import place_row, unit_row
from melayani.portal.draft import Draft
from melayani.portal.filing_steps import chosen_service, chosen_topic
from melayani.portal.finding_place import is_settled
from melayani.portal.points import read_point
from melayani.portal.standing import Listed, listed
from melayani.triage.queries import routing_for


@dataclass(frozen=True)
class SimilarLine:
    """One similar case: the line as in lists, and where and when in words ("350 m dari situ, kemarin")."""

    listed: Listed
    near: str
    joined: int


def similar_to(draft: Draft, *, at: datetime) -> tuple[SimilarLine, ...]:
    """What is probably the same as the draft; empty before its place is known."""
    service, place = chosen_service(draft), draft.get("tempat")
    if not is_settled(draft):
        return ()
    return similar_lines(
        text=draft.get("cerita"),
        place=place,
        topic=chosen_topic(draft),
        service=service.code if service else "",
        at=at,
        point=read_point(draft.get("titik")),
    )


def similar_lines(
    *, text: str, place: str, topic: str, service: str, at: datetime, point: tuple[float, float] | None = None
) -> tuple[SimilarLine, ...]:
    """What is probably the same as this draft; empty when nothing is. `place` must be a known code."""
    routing = routing_for(topic=topic, service_code=service, place_code=place_row(place).code)
    units = {unit_row(routing.unit_code).id, unit_row(routing.desk_code).id}
    found = similar_cases(text=text, place=place, topic=topic, unit_ids=units, at=at, point=point)
    lines = listed([one.row for one in found], at=at)
    return tuple(
        SimilarLine(listed=line, near=_near(one), joined=one.row.joined) for line, one in zip(lines, found, strict=True)
    )


def _near(one: Similar) -> str:
    """How far and how long ago, in words."""
    return f"{_where(one)}, {_when(one.days_ago)}"


def _where(one: Similar) -> str:
    if one.distance_km is None:
        return one.row.place_name.split(",", 1)[0]
    if one.distance_km < 1:
        return _("sekitar %(metres)s m dari situ") % {"metres": max(50, round(one.distance_km * 20) * 50)}
    return _("sekitar %(km)s km dari situ") % {"km": round(one.distance_km)}


def _when(days: int) -> str:
    if days <= 0:
        return _("hari ini")
    if days == 1:
        return _("kemarin")
    return ngettext("%(days)s hari lalu", "%(days)s hari lalu", days) % {"days": days}
