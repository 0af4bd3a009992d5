# SPDX-License-Identifier: EUPL-1.2
"""Routing: topic, service and place to a unit, with the rule that fired and why. Pure.

The most specific rule wins: one for the service before one for the topic, a longer place before a shorter one,
then the smaller code. What no rule matches goes to the triage desk of the place, with the cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass


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
