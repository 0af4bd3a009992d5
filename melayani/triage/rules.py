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
    """What a dry run needs of a case: what it was about, where, and the unit that has it now.

    `number` is only carried along, for who shows the result.
    """

    topic: str
    service: str
    place_code: str
    unit_code: str
    number: str = ""


@dataclass(frozen=True)
class Moved:
    """A past case that would go to another unit: `unit_code` is where it would go."""

    case: PastCase
    unit_code: str


def dry_run(
    *,
    rule: Rule,
    cases: Iterable[tuple[str, ...]],
    others: Iterable[Rule] = (),
    unit_of: Callable[[Rule | None, str], str] | None = None,
) -> tuple[Moved, ...]:
    """The cases that would now go elsewhere if `rule` were in force beside `others`; nothing is changed.

    A version of the same rule in `others` is replaced by `rule`. Otherwise as `moves`.
    """
    before = tuple(others)
    after = (*(other for other in before if other.code != rule.code), rule)
    return moves(before=before, after=after, cases=cases, unit_of=unit_of)


def moves(
    *,
    before: Iterable[Rule],
    after: Iterable[Rule],
    cases: Iterable[tuple[str, ...]],
    unit_of: Callable[[Rule | None, str], str] | None = None,
) -> tuple[Moved, ...]:
    """The cases (as `PastCase`) that would go elsewhere by the rules `after` than by those `before`.

    Cases that go by another rule before and after, or to the same office by both versions, are left out even if people
    moved them since. `unit_of` says where a rule (None = no rule) sends a place; without it units are named in the
    usual way (`usual_unit`). Only the topics of rules that differ are looked at, and each kind of case once.
    """
    was, will = tuple(before), tuple(after)
    touched = {rule.topic for rule in {*was} ^ {*will}}
    was, will = _about(touched, was), _about(touched, will)
    find_unit = unit_of or usual_unit
    known: dict[tuple[str, str, str], str | None] = {}
    moved = []
    for past in (PastCase(*case) for case in cases):
        what = past.topic, past.service, past.place_code
        if what not in known:
            known[what] = _other_unit(what, was=was, will=will, find_unit=find_unit)
        unit_code = known[what]
        if unit_code is not None and unit_code != past.unit_code:
            moved.append(Moved(case=past, unit_code=unit_code))
    return tuple(moved)


def _about(topics: Container[str], rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.topic in topics)


def _other_unit(
    what: tuple[str, str, str],
    *,
    was: Iterable[Rule],
    will: Iterable[Rule],
    find_unit: Callable[[Rule | None, str], str],
) -> str | None:
    """Where cases of this topic, service and place would go, or None when both sets of rules mean the same office."""
    topic, service, place_code = what
    old = matching_rule(rules=was, topic=topic, service=service, place_code=place_code)
    new = matching_rule(rules=will, topic=topic, service=service, place_code=place_code)
    return None if _target(old) == _target(new) else find_unit(new, place_code)


def rules_to(*, rules: Iterable[Rule], level: str, sector: str, region_code: str) -> tuple[Rule, ...]:
    """The rules that send cases to the office of this level and field in the region.

    A rule for everywhere is left out when another rule about the same takes the whole region away from it.
    """
    all_rules = tuple(rules)
    return tuple(
        rule
        for rule in all_rules
        if (rule.level, rule.sector) == (level, sector)
        and _touches(rule, region_code)
        and not any(_takes_all(other, rule, region_code) for other in all_rules)
    )


def _touches(rule: Rule, region_code: str) -> bool:
    """Whether some place of the region is one of the rule's; the province's offices serve every place."""
    return (
        region_code == PROVINCE or _covers(rule, region_code) or f"{rule.place_prefix}.".startswith(f"{region_code}.")
    )


def _covers(rule: Rule, place_code: str) -> bool:
    """Whether the rule is for all of this place."""
    return rule.place_prefix == "" or f"{place_code}.".startswith(f"{rule.place_prefix}.")


def _takes_all(other: Rule, rule: Rule, region_code: str) -> bool:
    """Whether `other` comes before `rule` for the same topic and service in all of the region."""
    about_same = (other.topic, other.service) == (rule.topic, rule.service)
    if other == rule or not about_same or region_code == PROVINCE or not _covers(other, region_code):
        return False
    return (-len(other.place_prefix), other.code) < (-len(rule.place_prefix), rule.code)


def same_scope(*, rule: Rule, rules: Iterable[Rule]) -> Rule | None:
    """The rule of another code that is about exactly the same topic, service and place, or None."""
    scope = (rule.topic, rule.service, rule.place_prefix)
    return next(
        (
            other
            for other in rules
            if other.code != rule.code and scope == (other.topic, other.service, other.place_prefix)
        ),
        None,
    )


def region_of_rule(rule: Rule) -> str:
    """Whose rule it is: of the regency or city it is for; the province's when it leads to an office of the province."""
    if rule.place_prefix == "" or rule.level == Level.PROVINSI:
        return PROVINCE
    return region_of(rule.place_prefix)


def next_code(codes: Iterable[str]) -> str:
    """The code after the highest of the usual form (`R060` -> `R061`)."""
    numbers = [int(code[1:]) for code in codes if code[:1] == "R" and code[1:].isdecimal()]
    return f"R{max(numbers, default=0) + 1:03d}"


def usual_unit(rule: Rule | None, place_code: str) -> str:
    """The code of the unit a rule sends a place to as units are usually named (`<region>.<sector>`), or of the desk."""
    region = region_of(place_code)
    if rule is None or rule.refer_to or region == PROVINCE:
        return f"{region}.{PROVINCIAL_TRIAGE_SECTOR if region == PROVINCE else TRIAGE_SECTOR}"
    return f"{PROVINCE if rule.level == Level.PROVINSI else region}.{rule.sector}"


def _target(rule: Rule | None) -> tuple[str, str, str]:
    return (rule.level, rule.sector, rule.refer_to) if rule else ("", "", "")
