# SPDX-License-Identifier: EUPL-1.2
"""Routing: topic, service and place to a unit, with the rule that fired and why. Pure.

The most specific rule wins: one for the service before one for the topic, a longer place before a shorter one,
then the smaller code. What no rule decides goes to the triage desk of the place, with the cause.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from melayani.catalogue.rules import Level
from melayani.government.rules import PROVINCE, PROVINCIAL_TRIAGE_SECTOR, TRIAGE_SECTOR, region_of
from melayani.ground.errors import Refused


class RuleRefused(Refused):
    """The routing rule is unknown, unchanged, or names something that does not exist."""


@dataclass(frozen=True)
class Rule:
    """One routing rule as used: `place_prefix` empty = everywhere; `sector` or `refer_to` is set, never both."""

    code: str
    version: int
    topic: str
    service: str
    place_prefix: str
    level: str
    sector: str
    refer_to: str
    reason: str


@dataclass(frozen=True)
class Routing:
    """Where a case goes first and why.

    `unit_code` is accountable from the first instant. `decided` is true when a rule chose it; else it is the triage
    desk of the place (`desk_code`) and `why` tells the cause. `refer_to`: a body a rule suggests referring to.
    `rule` and `version` name the rule that matched, also when it could not decide.
    """

    unit_code: str
    desk_code: str
    decided: bool
    rule: str
    version: int
    why: str
    refer_to: str = ""


def matching_rule(*, rules: Iterable[Rule], topic: str, service: str, place_code: str) -> Rule | None:
    """The most specific rule for this topic, service and place, or None."""
    fitting = [
        rule
        for rule in rules
        if rule.topic == topic
        and rule.service in ("", service)
        and (rule.place_prefix == "" or f"{place_code}.".startswith(f"{rule.place_prefix}."))
    ]
    return min(fitting, key=lambda rule: (rule.service == "", -len(rule.place_prefix), rule.code), default=None)


def routing(
    *, rule: Rule | None, topic: str, place_code: str, region_name: str, desk_code: str, unit_code: str | None
) -> Routing:
    """Where the case goes, from what matched and what exists.

    `region_name` is the regency or city of the place (or the province); `unit_code` is the unit the rule resolves to,
    None when there is none or it is inactive. Not decided: no topic or no rule; the rule only refers; only the province
    is known of the place; the unit is missing.
    """
    hand_on = f"jadi meja triase {region_name} yang meneruskan."
    if rule is None:
        cause = "Belum ada aturan untuk topik ini di sini" if topic else "Topiknya belum dipilih"
        return _at_desk(desk_code, f"{cause}, {hand_on}")
    if rule.refer_to:
        return _at_desk(desk_code, rule.reason, rule)
    if region_of(place_code) == PROVINCE:
        return _at_desk(desk_code, f"Kabupaten atau kotanya belum diketahui, {hand_on}", rule)
    if unit_code is None:
        where = "provinsi" if rule.level == Level.PROVINSI else region_name
        return _at_desk(desk_code, f"Aturan {rule.code} menunjuk dinas yang belum ada di {where}, {hand_on}", rule)
    return Routing(
        unit_code=unit_code,
        desk_code=desk_code,
        decided=True,
        rule=rule.code,
        version=rule.version,
        why=rule.reason,
    )


def _at_desk(desk_code: str, why: str, rule: Rule | None = None) -> Routing:
    return Routing(
        unit_code=desk_code,
        desk_code=desk_code,
        decided=False,
        rule=rule.code if rule else "",
        version=rule.version if rule else 0,
        why=why,
        refer_to=rule.refer_to if rule else "",
    )


@dataclass(frozen=True)
class Known:
    """What a rule may name: topics, services with their topic, offices as (level, sector), bodies, and places."""

    topics: Container[str]
    service_topics: Mapping[str, str]
    offices: Container[tuple[str, str]]
    bodies: Container[str]
    is_place: Callable[[str], bool]


def rule_problem(*, rule: Rule, known: Known) -> str | None:
    """Why this rule cannot be used, as a plain sentence, or None when everything it names exists."""
    if rule.topic not in known.topics:
        return f"topik {rule.topic} tidak dikenal."
    if rule.service and known.service_topics.get(rule.service) is None:
        return f"layanan {rule.service} tidak dikenal."
    if rule.service and known.service_topics[rule.service] != rule.topic:
        return f"layanan {rule.service} bertopik {known.service_topics[rule.service]}, bukan {rule.topic}."
    if rule.place_prefix and not known.is_place(rule.place_prefix):
        return f"tempat {rule.place_prefix} tidak dikenal."
    return _target_problem(rule, known)


def _target_problem(rule: Rule, known: Known) -> str | None:
    if rule.refer_to:
        if rule.level or rule.sector:
            return "aturan menunjuk unit atau lembaga rujukan, tidak boleh keduanya."
        return None if rule.refer_to in known.bodies else f"lembaga rujukan {rule.refer_to} tidak dikenal."
    if not rule.level or not rule.sector:
        return "aturan harus menunjuk unit (tingkat dan bidang) atau lembaga rujukan."
    if (rule.level, rule.sector) not in known.offices:
        return f"tidak ada unit {rule.level} dengan bidang {rule.sector}."
    return None


class PastCase(NamedTuple):
    """What a dry run needs of a case: what it was about, where, and the unit that has it now."""

    topic: str
    service: str
    place_code: str
    unit_code: str


@dataclass(frozen=True)
class Moved:
    """A past case that would go to another unit: `unit_code` is where it would go."""

    case: PastCase
    unit_code: str


def dry_run(
    *,
    rule: Rule,
    cases: Iterable[tuple[str, str, str, str]],
    others: Iterable[Rule] = (),
    unit_of: Callable[[Rule | None, str], str] | None = None,
) -> tuple[Moved, ...]:
    """The cases that would now go elsewhere if `rule` were in force beside `others`; nothing is changed.

    A version of the same rule in `others` is replaced by `rule`. Cases that go by another rule before and after, or to
    the same office by both versions, are left out even if people moved them since. `unit_of` says where a rule (None =
    no rule) sends a place; without it units are named in the usual way (`usual_unit`).
    """
    before = tuple(others)
    after = (*(other for other in before if other.code != rule.code), rule)
    find_unit = unit_of or usual_unit
    moved = []
    for past in map(PastCase._make, cases):
        what = {"topic": past.topic, "service": past.service, "place_code": past.place_code}
        old, new = matching_rule(rules=before, **what), matching_rule(rules=after, **what)
        if _target(old) == _target(new):
            continue
        unit_code = find_unit(new, past.place_code)
        if unit_code != past.unit_code:
            moved.append(Moved(case=past, unit_code=unit_code))
    return tuple(moved)


def usual_unit(rule: Rule | None, place_code: str) -> str:
    """The code of the unit a rule sends a place to as units are usually named (`<region>.<sector>`), or of the desk."""
    region = region_of(place_code)
    if rule is None or rule.refer_to or region == PROVINCE:
        return f"{region}.{PROVINCIAL_TRIAGE_SECTOR if region == PROVINCE else TRIAGE_SECTOR}"
    return f"{PROVINCE if rule.level == Level.PROVINSI else region}.{rule.sector}"


def _target(rule: Rule | None) -> tuple[str, str, str]:
    return (rule.level, rule.sector, rule.refer_to) if rule else ("", "", "")
