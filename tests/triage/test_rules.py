# SPDX-License-Identifier: EUPL-1.2
"""Routing by pure rules: the more specific wins, the undecided goes to the desk, a dry run tells what moves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.triage.rules import (
    Known,
    Moved,
    PastCase,
    Rule,
    dry_run,
    matching_rule,
    routing,
    rule_problem,
    usual_unit,
)


def a_rule(
    code: str = "R1",
    *,
    topic: str = "perhubungan",
    service: str = "",
    place: str = "",
    level: str = "DAERAH",
    sector: str = "dishub",
    refer_to: str = "",
    version: int = 1,
) -> Rule:
    return Rule(
        code=code,
        version=version,
        topic=topic,
        service=service,
        place_prefix=place,
        level="" if refer_to else level,
        sector="" if refer_to else sector,
        refer_to=refer_to,
        reason=f"Alasan {code}.",
    )


RULES = (
    a_rule("R1"),
    a_rule("R2", service="PJU"),
    a_rule("R3", place="35.07"),
    a_rule("R4", place="35.07.13"),
    a_rule("R5", service="PJU", place="35.78"),
    a_rule("R6", service="TRANSJATIM", level="PROVINSI"),
    a_rule("R7", topic="energi-listrik", refer_to="pln"),
    a_rule("R9", topic="desa", sector="a"),
    a_rule("R8", topic="desa", sector="b"),
)


@pytest.mark.parametrize(
    ("topic", "service", "place", "code"),
    [
        ("perhubungan", "", "35.01.02.2003", "R1"),
        ("perhubungan", "", "35.07.01.2003", "R3"),
        ("perhubungan", "", "35.07", "R3"),
        ("perhubungan", "", "35.07.13.2003", "R4"),
        ("perhubungan", "", "35.07.13", "R4"),
        ("perhubungan", "PJU", "35.01.02.2003", "R2"),
        ("perhubungan", "PJU", "35.07.13.2003", "R2"),
        ("perhubungan", "PJU", "35.78.01.1001", "R5"),
        ("perhubungan", "TRANSJATIM", "35.78.01.1001", "R6"),
        ("perhubungan", "PARKIR", "35.78.01.1001", "R1"),
        ("perhubungan", "", "35", "R1"),
        ("energi-listrik", "", "35.01.02.2003", "R7"),
        ("desa", "", "35.01", "R8"),
        ("kesehatan", "", "35.01", ""),
        ("", "", "35.01", ""),
        ("kesehatan", "PJU", "35.01", ""),
        # 35.071 is not in 35.07: a place is compared part by part.
        ("perhubungan", "", "35.071", "R1"),
    ],
)
def test_the_most_specific_rule_wins(topic: str, service: str, place: str, code: str) -> None:
    found = matching_rule(rules=RULES, topic=topic, service=service, place_code=place)
    assert (found.code if found else "") == code


PLACES = ("35", "35.07", "35.07.13", "35.07.13.2003", "35.71", "35.71.01.1001", "35.071")
codes = st.integers(min_value=1, max_value=99).map(lambda number: f"R{number:03d}")
some_rules = st.lists(
    st.builds(
        a_rule,
        codes,
        topic=st.sampled_from(["perhubungan", "desa"]),
        service=st.sampled_from(["", "PJU", "PARKIR"]),
        place=st.sampled_from(["", *PLACES]),
        sector=st.sampled_from(["dishub", "pupr"]),
    ),
    max_size=12,
    unique_by=lambda rule: rule.code,
)
questions = st.tuples(
    st.sampled_from(["perhubungan", "desa", "kesehatan"]),
    st.sampled_from(["", "PJU", "PARKIR"]),
    st.sampled_from(PLACES),
)
Matcher = Callable[[Sequence[Rule], str, str, str], Rule | None]


def ours(rules: Iterable[Rule], topic: str, service: str, place: str) -> Rule | None:
    return matching_rule(rules=rules, topic=topic, service=service, place_code=place)


def is_inside(place: str, prefix: str) -> bool:
    return not prefix or place.split(".")[: len(prefix.split("."))] == prefix.split(".")


def specificity_violations(match: Matcher, rules: Sequence[Rule], topic: str, service: str, place: str) -> list[str]:
    """What is wrong with the answer of `match`, said without using the way it computes."""
    fitting = [
        rule
        for rule in rules
        if rule.topic == topic and (not rule.service or rule.service == service) and is_inside(place, rule.place_prefix)
    ]
    found = match(rules, topic, service, place)
    if found is None:
        return ["a fitting rule was not found"] if fitting else []
    wrong = []
    if found not in fitting:
        wrong.append("does not fit")
    for other in fitting:
        if other.service and not found.service:
            wrong.append("a rule for the service was passed over")
        if bool(other.service) == bool(found.service):
            if len(other.place_prefix.split(".")) > len(found.place_prefix.split(".")) and other.place_prefix:
                wrong.append("a rule for a smaller place was passed over")
            if other.place_prefix == found.place_prefix and other.code < found.code:
                wrong.append("a smaller code was passed over")
    if match(tuple(reversed(rules)), topic, service, place) != found:
        wrong.append("the order of the rules decides")
    return wrong


@given(rules=some_rules, question=questions)
def test_property_nothing_more_specific_is_passed_over(rules: list[Rule], question: tuple[str, str, str]) -> None:
    assert specificity_violations(ours, rules, *question) == []


def first_fitting(rules: Sequence[Rule], topic: str, service: str, place: str) -> Rule | None:
    return next((rule for rule in rules if ours([rule], topic, service, place)), None)


def place_before_service(rules: Sequence[Rule], topic: str, service: str, place: str) -> Rule | None:
    fitting = [rule for rule in rules if ours([rule], topic, service, place)]
    return min(fitting, key=lambda rule: (-len(rule.place_prefix), rule.service == "", rule.code), default=None)


def by_letters(rules: Sequence[Rule], topic: str, service: str, place: str) -> Rule | None:
    fitting = [
        rule
        for rule in rules
        if rule.topic == topic and rule.service in ("", service) and place.startswith(rule.place_prefix)
    ]
    return min(fitting, key=lambda rule: (rule.service == "", -len(rule.place_prefix), rule.code), default=None)


@pytest.mark.parametrize(
    ("broken", "service", "place"),
    [(first_fitting, "PJU", "35.07.13"), (place_before_service, "PJU", "35.07.13"), (by_letters, "", "35.071")],
)
def test_control_the_property_catches_broken_matchers(broken: Matcher, service: str, place: str) -> None:
    assert specificity_violations(ours, RULES, "perhubungan", service, place) == []
    assert specificity_violations(broken, RULES, "perhubungan", service, place)


# --- from the matching rule to the unit ---------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "topic", "unit", "decided", "why"),
    [
        (a_rule(), "perhubungan", "35.07.dishub", True, "Alasan R1."),
        (
            a_rule("R014"),
            "perhubungan",
            None,
            False,
            "Aturan R014 menunjuk dinas yang belum ada di Kabupaten Malang, "
            "jadi meja triase Kabupaten Malang yang meneruskan.",
        ),
        (
            a_rule("R014", level="PROVINSI"),
            "perhubungan",
            None,
            False,
            "Aturan R014 menunjuk dinas yang belum ada di provinsi, jadi meja triase Kabupaten Malang yang meneruskan.",
        ),
        (a_rule(refer_to="pln"), "energi-listrik", None, False, "Alasan R1."),
        (
            None,
            "sosial",
            None,
            False,
            "Belum ada aturan untuk topik ini di sini, jadi meja triase Kabupaten Malang yang meneruskan.",
        ),
        (
            None,
            "",
            None,
            False,
            "Topiknya belum dipilih, jadi meja triase Kabupaten Malang yang meneruskan.",
        ),
    ],
)
def test_what_the_rule_means_for_the_case(
    rule: Rule | None, topic: str, unit: str | None, decided: bool, why: str
) -> None:
    found = routing(
        rule=rule,
        topic=topic,
        place_code="35.07.13.2003",
        region_name="Kabupaten Malang",
        desk_code="35.07.koordinator",
        unit_code=unit,
    )
    assert found.decided is decided
    assert found.unit_code == (unit if decided else "35.07.koordinator")
    assert found.desk_code == "35.07.koordinator"
    assert found.why == why
    assert (found.rule, found.version) == ((rule.code, rule.version) if rule else ("", 0))
    assert found.refer_to == (rule.refer_to if rule else "")


@pytest.mark.parametrize("level", ["DAERAH", "PROVINSI"])
def test_when_only_the_province_is_known_the_desk_decides(level: str) -> None:
    found = routing(
        rule=a_rule(level=level),
        topic="perhubungan",
        place_code="35",
        region_name="Provinsi Jawa Timur",
        desk_code="35.kominfo",
        unit_code="35.dishub",
    )
    assert (found.unit_code, found.decided, found.rule) == ("35.kominfo", False, "R1")
    assert found.why == "Kabupaten atau kotanya belum diketahui, jadi meja triase Provinsi Jawa Timur yang meneruskan."


# --- what a rule may name -----------------------------------------------------------------------

KNOWN = Known(
    topics={"perhubungan", "energi-listrik"},
    service_topics={"PJU": "perhubungan"},
    offices={("DAERAH", "dishub"), ("PROVINSI", "esdm")},
    bodies={"pln"},
    is_place={"35.07"}.__contains__,
)


@pytest.mark.parametrize(
    "rule",
    [
        a_rule(),
        a_rule(service="PJU", place="35.07"),
        a_rule(topic="energi-listrik", level="PROVINSI", sector="esdm"),
        a_rule(topic="energi-listrik", refer_to="pln"),
    ],
)
def test_a_right_rule_has_no_problem(rule: Rule) -> None:
    assert rule_problem(rule=rule, known=KNOWN) is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (a_rule(topic="sihir"), "topik sihir tidak dikenal"),
        (a_rule(service="SAPU"), "layanan SAPU tidak dikenal"),
        (a_rule(service="PJU", topic="energi-listrik"), "layanan PJU bertopik perhubungan, bukan energi-listrik"),
        (a_rule(place="35.99"), "tempat 35.99 tidak dikenal"),
        (a_rule(sector="sihir"), "tidak ada unit DAERAH dengan bidang sihir"),
        (a_rule(level="PROVINSI"), "tidak ada unit PROVINSI dengan bidang dishub"),
        (a_rule(level="DESA"), "tidak ada unit DESA dengan bidang dishub"),
        (a_rule(level=""), "harus menunjuk unit (tingkat dan bidang) atau lembaga rujukan"),
        (a_rule(sector=""), "harus menunjuk unit (tingkat dan bidang) atau lembaga rujukan"),
        (a_rule(refer_to="nasa"), "lembaga rujukan nasa tidak dikenal"),
        (replace(a_rule(refer_to="pln"), sector="dishub"), "tidak boleh keduanya"),
        (replace(a_rule(refer_to="pln"), level="DAERAH"), "tidak boleh keduanya"),
    ],
)
def test_a_wrong_rule_has_its_problem_said(rule: Rule, said: str) -> None:
    assert said in str(rule_problem(rule=rule, known=KNOWN))


# --- what if ------------------------------------------------------------------------------------

PAST = (
    PastCase("perhubungan", "PJU", "35.07.13.2003", "35.07.dishub"),
    PastCase("perhubungan", "PJU", "35.78.01.1001", "35.78.dishub"),
    PastCase("perhubungan", "", "35.07.13.2003", "35.07.koordinator"),
    PastCase("kesehatan", "", "35.07.13.2003", "35.07.kesehatan"),
)


def test_a_dry_run_names_the_cases_that_would_go_elsewhere() -> None:
    light = a_rule("R2", service="PJU", sector="pupr", version=2)
    before = (a_rule("R1"), a_rule("R2", service="PJU"))
    assert dry_run(rule=light, cases=PAST, others=before) == (
        Moved(case=PAST[0], unit_code="35.07.pupr"),
        Moved(case=PAST[1], unit_code="35.78.pupr"),
    )


def test_a_dry_run_alone_compares_with_the_present_unit() -> None:
    assert dry_run(rule=a_rule("R1"), cases=PAST) == (Moved(case=PAST[2], unit_code="35.07.dishub"),)


def test_a_dry_run_sees_what_a_narrower_rule_no_longer_catches() -> None:
    narrower = a_rule("R2", service="PJU", place="35.78", version=2)
    assert dry_run(rule=narrower, cases=PAST, others=(a_rule("R2", service="PJU"),)) == (
        Moved(case=PAST[0], unit_code="35.07.koordinator"),
    )


def test_a_dry_run_leaves_out_what_people_moved_and_the_rule_does_not_touch() -> None:
    moved_by_people = PastCase("perhubungan", "PJU", "35.07.13.2003", "35.07.pupr")
    words_only = replace(a_rule("R2", service="PJU", version=2), reason="Lebih jelas.")
    assert dry_run(rule=words_only, cases=[moved_by_people], others=(a_rule("R2", service="PJU"),)) == ()


def test_a_dry_run_takes_plain_tuples_and_another_way_to_find_units() -> None:
    moved = dry_run(
        rule=a_rule("R1"), cases=[("perhubungan", "", "35.07", "x")], unit_of=lambda _rule, place: f"{place}!"
    )
    assert moved == (Moved(case=PastCase("perhubungan", "", "35.07", "x"), unit_code="35.07!"),)


@pytest.mark.parametrize(
    ("rule", "place", "unit"),
    [
        (a_rule(), "35.07.13.2003", "35.07.dishub"),
        (a_rule(level="PROVINSI", sector="esdm"), "35.07.13.2003", "35.esdm"),
        (a_rule(refer_to="pln"), "35.07.13.2003", "35.07.koordinator"),
        (None, "35.07.13.2003", "35.07.koordinator"),
        (None, "35", "35.kominfo"),
        (a_rule(), "35", "35.kominfo"),
    ],
)
def test_units_are_usually_named_by_region_and_sector(rule: Rule | None, place: str, unit: str) -> None:
    assert usual_unit(rule, place) == unit
