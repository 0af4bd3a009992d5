# SPDX-License-Identifier: EUPL-1.2
"""What a change of a routing rule would have meant: which cases of the last month would have gone elsewhere.

A look at the past, said as such. The number and place of a secret case are not told: who administers does not learn
that there is one, beyond its being counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from melayani.cases.administration_queries import PastCases, past_cases
from melayani.desk.change_words import fact_words
from melayani.desk.words import day_words
from melayani.government.queries import unit_row
from melayani.government.reference_queries import full_names
from melayani.government.rules import region_of
from melayani.triage.queries import dry_run_now, rules_in_force
from melayani.triage.rules import Moved, Rule, same_scope

MOST_SHOWN = 25


@dataclass(frozen=True)
class MovedLine:
    """A case that would have gone elsewhere: `number` empty = secret, then only its region is told."""

    number: str
    about: str
    place: str
    now_at: str
    then_at: str


@dataclass(frozen=True)
class Foresight:
    """How many cases of `looked_at` would have gone elsewhere, and up to 25 of them.

    `whole` is false when not all of the month was looked at, but only since `since` (in words). `first` is the code of
    another rule that says exactly the same scope and comes first, so that this one would never be used.
    """

    count: int
    looked_at: int
    lines: tuple[MovedLine, ...]
    whole: bool
    since: str
    first: str


def foreseen(*, rule: Rule, present: Rule | None, at: datetime) -> Foresight:
    """What it would have meant if `rule` had been in force, in the place of `present` (None = a new one)."""
    past = past_cases(topics={rule.topic, present.topic if present else rule.topic}, at=at)
    other = same_scope(rule=rule, rules=rules_in_force())
    # A new rule has no code yet and gets the highest: the other one comes first.
    hides = other is not None and (not rule.code or other.code < rule.code)
    moved = dry_run_now(rule=rule if rule.code else _last(rule), cases=past.cases)
    return _told(moved, past, at=at, first=other.code if other is not None and hides else "")


def foreseen_without(rule: Rule, *, at: datetime) -> Foresight:
    """What it would have meant if the rule had not been in force."""
    past = past_cases(topics={rule.topic}, at=at)
    return _told(dry_run_now(retired=rule.code, cases=past.cases), past, at=at, first="")


def _last(rule: Rule) -> Rule:
    """The rule under a code that comes after all others, as its own will."""
    return Rule(**{**vars(rule), "code": "\U0010ffff"})


def _told(moved: Sequence[Moved], past: PastCases, *, at: datetime, first: str) -> Foresight:
    shown = moved[:MOST_SHOWN]
    places = {move.case.place_code if move.case.number else region_of(move.case.place_code) for move in shown}
    names = full_names(places)
    return Foresight(
        count=len(moved),
        looked_at=len(past.cases),
        lines=tuple(_line(move, names) for move in shown),
        whole=past.whole,
        since=day_words(past.since, at=at),
        first=first,
    )


def _line(move: Moved, names: dict[str, str]) -> MovedLine:
    case = move.case
    place = case.place_code if case.number else region_of(case.place_code)
    return MovedLine(
        number=case.number,
        about=fact_words("service", case.service)[1]
        or fact_words("topic", case.topic)[1]
        or gettext("belum ada topik"),
        place=names.get(place, place),
        now_at=unit_row(case.unit_code).name,
        then_at=unit_row(move.unit_code).name,
    )
