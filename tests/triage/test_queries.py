# SPDX-License-Identifier: EUPL-1.2
"""Where cases go with the rules that come with the program, in every regency and city of East Java."""

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.catalogue.queries import services, topics
from melayani.government.models import Unit
from melayani.government.queries import regions, triage_desk, unit_for, unit_row
from melayani.government.rules import PlaceRefused
from melayani.ground.memo import forget_all
from melayani.triage.models import RoutingRule
from melayani.triage.queries import active_rules, dry_run_now, routing_for
from melayani.triage.rules import Moved, PastCase, Rule, matching_rule, usual_unit

pytestmark = pytest.mark.django_db

KEPANJEN = "35.07.13.1008"  # Kabupaten Malang
SURABAYA = "35.78.01.1001"


@pytest.mark.parametrize(
    ("topic", "service", "place", "unit", "decided", "refer_to"),
    [
        ("perhubungan", "PJU", KEPANJEN, "35.07.dishub", True, ""),
        ("perhubungan", "PJU", SURABAYA, "35.78.dishub", True, ""),
        ("perhubungan", "", KEPANJEN, "35.07.dishub", True, ""),
        ("perhubungan", "TRANSJATIM", KEPANJEN, "35.dishub", True, ""),
        ("infrastruktur", "JALAN-PROV", KEPANJEN, "35.binamarga", True, ""),
        ("infrastruktur", "JALAN-KAB", KEPANJEN, "35.07.pupr", True, ""),
        ("pendidikan", "SEKOLAH-MEN", KEPANJEN, "35.pendidikan", True, ""),
        ("pendidikan", "SEKOLAH-DAS", KEPANJEN, "35.07.pendidikan", True, ""),
        ("pendidikan", "SEKOLAH-DAS", SURABAYA, "35.78.pendidikan", True, ""),
        ("adminduk", "KTP-EL", KEPANJEN, "35.07.dukcapil", True, ""),
        ("adminduk", "KTP-EL", "35.77", "35.77.dukcapil", True, ""),
        ("adminduk", "KTP-EL", "35.07.13", "35.07.dukcapil", True, ""),
        ("kesehatan", "RS-PROV", "35.73.01.1001", "35.rsud-saiful-anwar", True, ""),
        ("kesehatan", "RS-PROV", KEPANJEN, "35.kesehatan", True, ""),
        ("pajak-daerah", "PKB", KEPANJEN, "35.bapenda", True, ""),
        ("energi-listrik", "LISTRIK-PLN", KEPANJEN, "35.07.koordinator", False, "pln"),
        ("energi-listrik", "", SURABAYA, "35.78.koordinator", False, "pln"),
        ("energi-listrik", "LISTRIK-BARU", KEPANJEN, "35.esdm", True, ""),
        ("perumahan-pertanahan", "TANAH", KEPANJEN, "35.07.koordinator", False, "bpn"),
        ("trantibum", "POLISI", KEPANJEN, "35.07.koordinator", False, "polri"),
        ("infrastruktur", "", KEPANJEN, "35.07.koordinator", False, ""),
        ("sosial", "", SURABAYA, "35.78.koordinator", False, ""),
        ("", "", KEPANJEN, "35.07.koordinator", False, ""),
        ("perhubungan", "PJU", "35", "35.kominfo", False, ""),
        ("energi-listrik", "", "35", "35.kominfo", False, "pln"),
        ("", "", "35", "35.kominfo", False, ""),
    ],
)
def test_where_a_case_goes(topic: str, service: str, place: str, unit: str, decided: bool, refer_to: str) -> None:  # noqa: PLR0917  # columns of one table
    found = routing_for(topic=topic, service_code=service, place_code=place)
    assert (found.unit_code, found.decided, found.refer_to) == (unit, decided, refer_to)
    assert found.desk_code == triage_desk(".".join(place.split(".")[:2])).code
    assert found.why
    rule = matching_rule(rules=active_rules(), topic=topic, service=service, place_code=place)
    assert (found.rule, found.version) == ((rule.code, rule.version) if rule else ("", 0))
    if decided or refer_to:
        assert rule is not None
        assert found.why == rule.reason


def test_the_cause_is_said_in_plain_words_with_the_name_of_the_region() -> None:
    assert routing_for(topic="infrastruktur", service_code="", place_code=KEPANJEN).why == (
        "Belum ada aturan untuk topik ini di sini, jadi meja triase Kabupaten Malang yang meneruskan."
    )
    assert routing_for(topic="perhubungan", service_code="PJU", place_code="35").why == (
        "Kabupaten atau kotanya belum diketahui, jadi meja triase Provinsi Jawa Timur yang meneruskan."
    )


def test_a_unit_out_of_use_leaves_the_case_at_the_desk() -> None:
    Unit.objects.filter(code="35.07.dishub").update(active=False)
    forget_all()
    found = routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN)
    assert (found.unit_code, found.decided, found.rule) == ("35.07.koordinator", False, "R038")
    assert found.why == (
        "Aturan R038 menunjuk dinas yang belum ada di Kabupaten Malang, "
        "jadi meja triase Kabupaten Malang yang meneruskan."
    )
    assert routing_for(topic="perhubungan", service_code="PJU", place_code=SURABAYA).decided


def unresolved() -> list[tuple[str, str]]:
    """The (region, rule) where a rule that sends names a unit that is not there."""
    return [
        (region.code, rule.code)
        for region in regions()
        for rule in active_rules()
        if rule.sector and rule.place_prefix in ("", region.code)
        if unit_for(level=rule.level, sector=rule.sector, region_code=region.code) is None
    ]


def test_every_rule_resolves_in_all_38_regions() -> None:
    assert len(regions()) == 38
    assert unresolved() == []
    for rule in active_rules():
        place = rule.place_prefix or "35.01"
        found = routing_for(topic=rule.topic, service_code=rule.service, place_code=place)
        assert (found.rule, found.decided) == (rule.code, not rule.refer_to)


def test_control_a_rule_without_unit_is_found_and_says_why_in_all_38_regions() -> None:
    RoutingRule.objects.filter(code="R001").update(sector="belum-ada")
    forget_all()
    assert unresolved() == [(region.code, "R001") for region in regions()]
    for region in regions():
        found = routing_for(topic="adminduk", service_code="", place_code=region.code)
        assert not found.decided
        assert found.why.startswith(f"Aturan R001 menunjuk dinas yang belum ada di {region.full_name}, ")


def rule_named(code: str) -> Rule:
    return next(rule for rule in active_rules() if rule.code == code)


def test_every_open_service_is_decided_or_at_the_desk_for_a_reason() -> None:
    """A service of a unit goes to that unit; signpost services are held by the desk with the body to refer to."""
    for service in services():
        found = routing_for(topic=service.topic, service_code=service.code, place_code=KEPANJEN)
        unit = unit_row(found.unit_code)
        if found.decided:
            assert (unit.sector, unit.tier == "PROVINSI") == (service.sector, service.level == "PROVINSI"), service.code
        else:
            assert found.refer_to, service.code


@pytest.mark.parametrize("place", [KEPANJEN, SURABAYA, "35.07", "35"])
def test_units_are_named_in_the_usual_way_so_that_a_pure_dry_run_is_true(place: str) -> None:
    for service in services():
        rule = matching_rule(rules=active_rules(), topic=service.topic, service=service.code, place_code=place)
        found = routing_for(topic=service.topic, service_code=service.code, place_code=place)
        assert usual_unit(rule, place) == found.unit_code


def test_a_routing_asks_nothing_once_warm(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN)
    with django_assert_num_queries(0):
        for topic in ("perhubungan", "energi-listrik", "sosial", ""):
            routing_for(topic=topic, service_code="", place_code=KEPANJEN)
            routing_for(topic=topic, service_code="", place_code="35.07.01.2001")


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(PlaceRefused):
        routing_for(topic="perhubungan", service_code="PJU", place_code="35.99.01.1001")


def test_of_every_code_only_the_active_version_is_used() -> None:
    assert len(active_rules()) == 60
    assert [rule.code for rule in active_rules()] == sorted(rule.code for rule in active_rules())
    old = RoutingRule.objects.get(code="R001")
    RoutingRule.objects.filter(pk=old.pk).update(active=False)
    old.pk, old.version, old.reason = None, 2, "Baru."
    old.save(force_insert=True)
    forget_all()
    rule = rule_named("R001")
    assert (rule.version, rule.reason) == (2, "Baru.")
    assert len(active_rules()) == 60


def test_topics_without_a_rule_are_the_three_that_need_a_reader() -> None:
    without = {
        topic.code
        for topic in topics()
        if matching_rule(rules=active_rules(), topic=topic.code, service="", place_code=KEPANJEN) is None
    }
    assert without == {"infrastruktur", "kepegawaian", "sosial"}


def test_a_dry_run_beside_the_rules_in_force() -> None:
    rule = Rule(
        code="R038",
        version=2,
        topic="perhubungan",
        service="PJU",
        place_prefix="35.07",
        level="DAERAH",
        sector="pupr",
        refer_to="",
        reason="Di Kabupaten Malang lampu jalan dirawat dinas pekerjaan umum.",
    )
    cases = [
        PastCase("perhubungan", "PJU", KEPANJEN, "35.07.dishub"),
        PastCase("perhubungan", "PJU", SURABAYA, "35.78.dishub"),
        PastCase("perhubungan", "RAMBU", KEPANJEN, "35.07.dishub"),
        PastCase("adminduk", "KTP-EL", KEPANJEN, "35.07.koordinator"),
    ]
    assert dry_run_now(rule=rule, cases=cases) == (Moved(case=cases[0], unit_code="35.07.pupr"),)


def test_a_dry_run_of_a_retirement() -> None:
    case = PastCase("perhubungan", "PJU", KEPANJEN, "35.07.pupr", "JT-0000-000")
    assert dry_run_now(retired="R038", cases=[case]) == ()  # the rule of the topic means the same office
    assert dry_run_now(retired="R001", cases=[PastCase("adminduk", "KTP-EL", KEPANJEN, "35.07.dukcapil")]) == (
        Moved(case=PastCase("adminduk", "KTP-EL", KEPANJEN, "35.07.dukcapil"), unit_code="35.07.koordinator"),
    )
