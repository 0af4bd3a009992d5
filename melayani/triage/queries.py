# SPDX-License-Identifier: EUPL-1.2
"""Reads of triage: the rules in force, and where a case goes by them. No query while rules and units are remembered."""

from collections.abc import Iterable

from melayani.government.queries import place_row, triage_desk, unit_for
from melayani.government.rules import region_of
from melayani.ground.memo import remembered
from melayani.triage.models import RoutingRule
from melayani.triage.rules import Moved, Routing, Rule, matching_rule, moves, routing, rules_to

RULES_SECONDS = 20


@remembered(seconds=RULES_SECONDS)
def active_rules() -> tuple[Rule, ...]:
    """The rules in force, by code: of every code the newest active version."""
    return rules_in_force()


def rule_of(row: RoutingRule) -> Rule:
    """A stored rule as it is used; services are named by code (`select_related` spares the look-up)."""
    return Rule(
        code=row.code,
        version=row.version,
        topic=row.topic_id,
        service=row.service.code if row.service else "",
        place_prefix=row.place_prefix,
        level=row.level,
        sector=row.sector,
        refer_to=row.refer_to_id or "",
        reason=row.reason,
    )


def routing_for(*, topic: str, service_code: str, place_code: str) -> Routing:
    """Where a case about this topic (and service, or empty) at this place goes first, and why.

    Not decided, so at the triage desk of the place's region with the cause: no rule; the rule only refers; only the
    province is known of the place; the rule's unit is missing or inactive there. Raises `PlaceRefused` when the region
    of the place is unknown.
    """
    rule = matching_rule(rules=active_rules(), topic=topic, service=service_code, place_code=place_code)
    return _routed(rule=rule, topic=topic, place_code=place_code)


def dry_run_now(*, cases: Iterable[tuple[str, ...]], rule: Rule | None = None, retired: str = "") -> tuple[Moved, ...]:
    """The past cases (as `rules.PastCase`) that would go elsewhere with `rule` in force, or without `retired` (a code).

    The rules before are those this process remembers, some seconds old at most.
    """
    before = active_rules()
    gone = {retired, rule.code if rule else ""}
    after = (*(other for other in before if other.code not in gone), *((rule,) if rule else ()))
    return moves(before=before, after=after, cases=cases, unit_of=unit_reached)


def unit_reached(rule: Rule | None, place_code: str) -> str:
    """The code of the unit at which a case of this place arrives by the rule, None = by no rule."""
    return _routed(rule=rule, topic="", place_code=place_code).unit_code


def rules_sending_to(*, level: str, sector: str, region_code: str) -> tuple[Rule, ...]:
    """The rules in force at this moment that need this office of the region (`rules.rules_to`). One query."""
    return rules_to(rules=rules_in_force(), level=level, sector=sector, region_code=region_code)


def rules_in_force() -> tuple[Rule, ...]:
    """As `active_rules`, but read at this moment: for acts, and for who has just changed something."""
    rows = RoutingRule.objects.filter(active=True).select_related("service").order_by("code")
    return tuple(map(rule_of, rows))


def _routed(*, rule: Rule | None, topic: str, place_code: str) -> Routing:
    region = place_row(region_of(place_code))
    unit = None
    if rule is not None and rule.sector:
        unit = unit_for(level=rule.level, sector=rule.sector, region_code=region.code)
    return routing(
        rule=rule,
        topic=topic,
        place_code=place_code,
        region_name=region.full_name,
        desk_code=triage_desk(region.code).code,
        unit_code=unit.code if unit else None,
    )
