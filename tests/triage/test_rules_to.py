# SPDX-License-Identifier: EUPL-1.2
"""What administrators ask of rules: what a change would have moved, who needs an office, whose rule it is. Pure."""

import pytest

from melayani.triage.rules import (
    Moved,
    PastCase,
    Rule,
    moves,
    next_code,
    region_of_rule,
    rules_to,
    same_scope,
    usual_unit,
)
from tests.triage.test_rules import PAST, a_rule


def test_a_retired_rule_leaves_its_cases_to_the_next_one() -> None:
    before = (a_rule("R1"), a_rule("R2", service="PJU", sector="pupr"))
    assert moves(before=before, after=before[:1], cases=[PAST[0]._replace(unit_code="35.07.pupr")]) == (
        Moved(case=PAST[0]._replace(unit_code="35.07.pupr"), unit_code="35.07.dishub"),
    )


def test_moves_look_at_each_kind_of_case_once_and_only_at_topics_that_differ() -> None:
    asked: list[str] = []

    def unit_of(rule: Rule | None, place_code: str) -> str:
        asked.append(place_code)
        return usual_unit(rule, place_code)

    other = a_rule("R9", topic="kesehatan", sector="kesehatan")
    many = [PAST[0]] * 500 + [PastCase("kesehatan", "", "35.07.13.2003", "35.07.pupr")] * 500
    after = (a_rule("R1", sector="pupr"), other)
    moved = moves(before=(a_rule("R1"), other), after=after, cases=many, unit_of=unit_of)
    assert len(moved) == 500
    assert asked == ["35.07.13.2003"]


@pytest.mark.parametrize(
    ("rules", "needing"),
    [
        ((a_rule("R1"),), {"R1"}),
        ((a_rule("R1", place="35.07"),), {"R1"}),
        ((a_rule("R1", place="35.07.13"),), {"R1"}),
        ((a_rule("R1", place="35.78"),), set()),
        ((a_rule("R1", sector="pupr"),), set()),
        ((a_rule("R1", level="PROVINSI"),), set()),
        ((a_rule("R1", refer_to="pln"),), set()),
        # The whole regency is taken away by a rule for it, or by one with the same scope and a smaller code.
        ((a_rule("R1"), a_rule("R2", place="35.07", sector="pupr")), set()),
        ((a_rule("R2"), a_rule("R1", sector="pupr")), set()),
        # Only a district is taken away, another service, or the rule comes first anyway.
        ((a_rule("R1"), a_rule("R2", place="35.07.13", sector="pupr")), {"R1"}),
        ((a_rule("R1"), a_rule("R2", place="35.07", service="PJU", sector="pupr")), {"R1"}),
        ((a_rule("R1", place="35.07"), a_rule("R2", sector="pupr")), {"R1"}),
    ],
)
def test_which_rules_need_an_office(rules: tuple[Rule, ...], needing: set[str]) -> None:
    found = rules_to(rules=rules, level="DAERAH", sector="dishub", region_code="35.07")
    assert {rule.code for rule in found} == needing


def test_the_offices_of_the_province_serve_every_place() -> None:
    rules = (a_rule("R1", level="PROVINSI", place="35.07"), a_rule("R2", level="PROVINSI"))
    assert rules_to(rules=rules, level="PROVINSI", sector="dishub", region_code="35") == rules


def test_two_rules_about_exactly_the_same() -> None:
    rules = (a_rule("R1"), a_rule("R2", service="PJU"), a_rule("R3", place="35.07"))
    assert same_scope(rule=a_rule("R9", sector="pupr"), rules=rules) == rules[0]
    assert same_scope(rule=a_rule("R1", sector="pupr"), rules=rules) is None
    assert same_scope(rule=a_rule("R9", place="35.78"), rules=rules) is None


@pytest.mark.parametrize(
    ("rule", "region"),
    [
        (a_rule(), "35"),
        (a_rule(place="35"), "35"),
        (a_rule(place="35.07"), "35.07"),
        (a_rule(place="35.07.13.2003"), "35.07"),
        (a_rule(place="35.07", refer_to="pln"), "35.07"),
        (a_rule(place="35.07", level="PROVINSI"), "35"),
    ],
)
def test_whose_rule_it_is(rule: Rule, region: str) -> None:
    assert region_of_rule(rule) == region


@pytest.mark.parametrize(
    ("codes", "code"), [((), "R001"), (("R001", "R060"), "R061"), (("R9", "LAMA", "R-1"), "R010"), (("R999",), "R1000")]
)
def test_the_next_code(codes: tuple[str, ...], code: str) -> None:
    assert next_code(codes) == code
