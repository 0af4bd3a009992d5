# SPDX-License-Identifier: EUPL-1.2
"""Rules as administrators read them: filters, versions, the last version of retired ones."""

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.government.rules import SYSTEM
from melayani.triage.actions import retire_rule
from melayani.triage.queries import rules_sending_to
from melayani.triage.registers import rule_register, rule_versions, unsure_rules
from tests.conftest import MONDAY
from tests.triage.test_actions import add, change

pytestmark = pytest.mark.django_db


def codes(**asked: object) -> set[str]:
    """The codes that the register answers."""
    return {record.rule.code for record in rule_register(**asked)}  # type: ignore[arg-type]  # the tests say which


def test_rules_by_topic_region_words_and_confidence(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert len(codes()) == 60
    assert {record.rule.topic for record in rule_register(topic="perhubungan")} == {"perhubungan"}
    added = add(by=SYSTEM).code
    assert added in codes(region="35.73")
    assert added not in codes(region="35.07")
    assert "R038" in codes(region="35.07")  # for everywhere, so for this region too
    assert codes(words="lampu JALAN") >= {"R038", added}
    assert codes(words="r038") == {"R038"}
    assert codes(words="\x00sihir%_") == set()
    assert {record.confidence for record in rule_register(confidence="B")} == {"B"}
    assert unsure_rules() == len(codes(confidence="C"))


def test_every_version_the_newest_first() -> None:
    change(by=SYSTEM)
    assert [(record.rule.version, record.active) for record in rule_versions("R038")] == [(2, True), (1, False)]
    assert rule_versions("R999") == rule_versions("\x00") == ()


def test_retired_rules_by_their_last_version(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    change(by=SYSTEM)
    assert codes(retired=True) == set()
    retire_rule(code="R038", because="Sudah tidak berlaku.", by=SYSTEM, at=MONDAY)
    retire_rule(code="R001", because="Sudah tidak berlaku.", by=SYSTEM, at=MONDAY)
    with django_assert_num_queries(2):
        records = rule_register(retired=True)
    assert {(record.rule.code, record.rule.version) for record in records} == {("R038", 2), ("R001", 1)}
    assert not {"R038", "R001"} & codes()


def test_which_rules_need_a_unit() -> None:
    def needing(region: str, sector: str = "dishub", level: str = "DAERAH") -> set[str]:
        return {rule.code for rule in rules_sending_to(level=level, sector=sector, region_code=region)}

    assert "R038" in needing("35.73")
    assert needing("35.73", sector="pupr-lain") == set()
    added = add(by=SYSTEM).code
    assert added in needing("35.73", sector="pupr")
    assert added not in needing("35.07", sector="pupr")
    # The rule for everywhere no longer needs the unit where a rule for the whole city says otherwise.
    assert "R038" not in needing("35.73")
    assert "R038" in needing("35.07")
    provincial = rules_sending_to(level="PROVINSI", sector="dishub", region_code="35")
    assert {rule.service for rule in provincial} == {"TRANSJATIM"}
