# SPDX-License-Identifier: EUPL-1.2
"""Loading and changing routing rules: versions are kept, a refusal changes nothing, loading twice is loading once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melayani.catalogue.toml_rows import PackagedRefused
from melayani.government.administration import MeanwhileRefused
from melayani.government.models import AdministrativeAct, Officer, ReferralBody, Unit
from melayani.government.rules import SYSTEM, NotAdministrator
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused
from melayani.ledger.models import Entry
from melayani.triage.actions import DATA, add_rule, change_rule, load_routing_rules, retire_rule
from melayani.triage.models import RoutingRule
from melayani.triage.queries import active_rules, routing_for
from melayani.triage.rules import RuleRefused
from tests.builders import an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db

KEPANJEN = "35.07.13.1008"  # Kabupaten Malang
SURABAYA = "35.78.01.1001"


@pytest.fixture
def yusuf() -> Officer:
    """The administrator of the province."""
    return an_officer("yusuf", unit="35.kominfo", roles=("administrator",))


def stored() -> list[Any]:
    """Everything an act of this room could change, and how many acts were recorded."""
    return [
        list(RoutingRule.objects.order_by("id").values_list()),
        Entry.objects.count(),
        AdministrativeAct.objects.count(),
    ]


def change(**changes: Any) -> RoutingRule:
    """Street lights of Kabupaten Malang are the public works office's; `changes` replace arguments."""
    said: dict[str, Any] = {
        "code": "R038",
        "topic": "perhubungan",
        "service": "PJU",
        "place_prefix": "35.07",
        "level": "DAERAH",
        "sector": "pupr",
        "refer_to": "",
        "reason": "Di sini lampu jalan dirawat dinas pekerjaan umum.",
        "source": "Peraturan Bupati",
        "confidence": "B",
        "because": "Keputusan rapat 4 Januari.",
        "by": "yusuf",
        "at": MONDAY,
    }
    return change_rule(**{**said, **changes})


@pytest.mark.usefixtures("yusuf")
def test_a_changed_rule_is_a_new_version_in_force_and_the_old_one_is_kept() -> None:
    before = RoutingRule.objects.get(code="R038")
    others = list(RoutingRule.objects.exclude(code="R038").order_by("id").values_list())
    rule = change()
    assert (rule.version, rule.active) == (2, True)
    versions = list(RoutingRule.objects.filter(code="R038").order_by("version"))
    assert [(row.version, row.active, row.sector) for row in versions] == [(1, False, "dishub"), (2, True, "pupr")]
    assert versions[0].reason == before.reason
    assert list(RoutingRule.objects.exclude(code="R038").order_by("id").values_list()) == others
    found = routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN)
    assert (found.unit_code, found.rule, found.version) == ("35.07.pupr", "R038", 2)
    assert found.why == "Di sini lampu jalan dirawat dinas pekerjaan umum."
    # The rule is now for Kabupaten Malang only; elsewhere the rule of the topic takes over.
    assert routing_for(topic="perhubungan", service_code="PJU", place_code=SURABAYA).rule == "R037"


def test_the_change_is_recorded(yusuf: Officer) -> None:
    change()
    act = AdministrativeAct.objects.select_related("entry", "officer").get()
    assert (act.kind, act.entry.kind, act.officer) == ("triage.rule_changed", "triage.rule_changed", yusuf)
    assert (act.about, act.reason) == ("rule:R038", "Keputusan rapat 4 Januari.")
    assert act.change is not None
    assert act.change["before"]["sector"] == "dishub"
    assert act.change["after"]["sector"] == "pupr"
    assert {key: value for key, value in act.data.items() if key not in ("at", "by", "reason", "change")} == {
        "rule": "R038",
        "version": 2,
        "topic": "perhubungan",
        "service": "PJU",
        "place": "35.07",
        "level": "DAERAH",
        "sector": "pupr",
        "refer_to": "",
    }


def test_a_rule_changes_again_and_again_and_may_come_to_refer() -> None:
    change(by=SYSTEM)
    third = change(by=SYSTEM, service="", level="", sector="", refer_to="pln")
    assert third.version == 3
    assert list(RoutingRule.objects.filter(code="R038", active=True)) == [third]
    assert third.service is None
    assert third.refer_to == ReferralBody.objects.get(code="pln")


REFUSALS: list[tuple[str, type[Refused], dict[str, Any]]] = [
    ("rule_unknown", RuleRefused, {"code": "R999"}),
    ("rule_wrong", RuleRefused, {"topic": "sihir"}),
    ("rule_wrong", RuleRefused, {"topic": "adminduk"}),
    ("rule_wrong", RuleRefused, {"service": "SIHIR"}),
    ("rule_wrong", RuleRefused, {"place_prefix": "35.99"}),
    ("rule_wrong", RuleRefused, {"place_prefix": "35.0"}),
    ("rule_wrong", RuleRefused, {"sector": "sihir"}),
    ("rule_wrong", RuleRefused, {"level": ""}),
    ("rule_wrong", RuleRefused, {"refer_to": "pln"}),
    ("rule_wrong", RuleRefused, {"level": "", "sector": "", "refer_to": "nasa"}),
    ("confidence_unknown", RuleRefused, {"confidence": "D"}),
    ("text_empty", TextRefused, {"reason": " "}),
    ("text_long", TextRefused, {"reason": "x" * 301}),
    ("text_long", TextRefused, {"source": "x" * 201}),
    (
        "rule_same",
        RuleRefused,
        {
            "place_prefix": "",
            "sector": "dishub",
            "reason": "Lampu jalan kabupaten atau kota adalah tugas dinas perhubungan setempat.",
            "source": "Pembagian urusan pemerintahan, UU 23/2014",
            "confidence": "C",
        },
    ),
]


@pytest.mark.usefixtures("yusuf")
@pytest.mark.parametrize(("code", "family", "changes"), REFUSALS)
def test_a_refusal_changes_nothing(code: str, family: type[Refused], changes: dict[str, Any]) -> None:
    before = stored()
    with pytest.raises(family) as refusal:
        change(**changes)
    assert refusal.value.code == code
    assert stored() == before


@pytest.mark.parametrize(("unit", "role"), [("35.07.koordinator", "administrator"), ("35.kominfo", "triage")])
def test_only_administrators_of_the_province_may(unit: str, role: str) -> None:
    an_officer("bukan", unit=unit, roles=(role,))
    before = stored()
    with pytest.raises(NotAdministrator):
        change(by="bukan")
    assert stored() == before


# Adding and retiring


def add(**changes: Any) -> RoutingRule:
    """Street lights of Kota Malang are the public works office's; `changes` replace arguments."""
    said: dict[str, Any] = {
        "topic": "perhubungan",
        "service": "PJU",
        "place_prefix": "35.73",
        "level": "DAERAH",
        "sector": "pupr",
        "refer_to": "",
        "reason": "Di kota ini lampu jalan dirawat dinas pekerjaan umum.",
        "source": "Peraturan Wali Kota",
        "confidence": "A",
        "because": "Keputusan rapat 4 Januari.",
        "by": "yusuf",
        "at": MONDAY,
    }
    return add_rule(**{**said, **changes})


def retire(**changes: Any) -> RoutingRule:
    """The rule about street lights is no longer in force; `changes` replace arguments."""
    said: dict[str, Any] = {"code": "R038", "because": "Sudah tidak berlaku.", "by": "yusuf", "at": MONDAY}
    return retire_rule(**{**said, **changes})


@pytest.mark.usefixtures("yusuf")
def test_a_rule_added_is_in_force_under_the_next_code() -> None:
    rule = add()
    assert (rule.code, rule.version, rule.active) == ("R061", 1, True)
    found = routing_for(topic="perhubungan", service_code="PJU", place_code="35.73.01.1001")
    assert (found.unit_code, found.rule, found.version) == ("35.73.pupr", "R061", 1)
    assert routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN).rule == "R038"
    act = AdministrativeAct.objects.get()
    assert (act.kind, act.about, act.reason) == ("triage.rule_added", "rule:R061", "Keputusan rapat 4 Januari.")
    assert act.change is not None
    assert (act.change["before"], act.change["after"]["place"]) == ({}, "35.73")


@pytest.mark.usefixtures("yusuf")
def test_no_two_rules_are_for_the_same_by_adding_or_by_changing() -> None:
    """The control: a change that stays within its own scope is kept."""
    added = add()
    refusals: list[Callable[[], object]] = [add, lambda: change(place_prefix="35.73"), lambda: add(sector="dishub")]
    before = (RoutingRule.objects.count(), Entry.objects.count())
    for refused in refusals:
        with pytest.raises(RuleRefused) as caught:
            refused()
        assert caught.value.code == "rule_double"
    assert (RoutingRule.objects.count(), Entry.objects.count()) == before
    assert change(code=added.code, place_prefix="35.73", reason="Dirawat bersama.").version == 2


@pytest.mark.usefixtures("yusuf")
def test_a_retired_rule_is_out_of_force_and_its_versions_stay() -> None:
    change()
    retire(seen=2)
    assert [(row.version, row.active) for row in RoutingRule.objects.filter(code="R038").order_by("version")] == [
        (1, False),
        (2, False),
    ]
    assert routing_for(topic="perhubungan", service_code="PJU", place_code=KEPANJEN).rule == "R037"
    act = AdministrativeAct.objects.latest("sequence")
    assert (act.kind, act.about, act.data["version"]) == ("triage.rule_retired", "rule:R038", 2)
    assert load_routing_rules() == 0
    assert add(place_prefix="").code == "R061"


@pytest.mark.usefixtures("yusuf")
def test_the_code_of_a_retired_rule_is_never_given_again() -> None:
    add()
    retire(code="R061")
    assert add().code == "R062"


NEW_REFUSALS: list[tuple[str, type[Refused], Callable[[], object]]] = [
    ("rule_wrong", RuleRefused, lambda: add(topic="sihir")),
    ("rule_wrong", RuleRefused, lambda: add(place_prefix="35.99")),
    ("rule_double", RuleRefused, lambda: add(place_prefix="")),
    ("confidence_unknown", RuleRefused, lambda: add(confidence="")),
    ("text_empty", TextRefused, lambda: add(reason=" ")),
    ("text_short", TextRefused, lambda: add(because="a")),
    ("text_short", TextRefused, lambda: change(because="")),
    ("changed_meanwhile", MeanwhileRefused, lambda: change(seen=7)),
    ("changed_meanwhile", MeanwhileRefused, lambda: retire(seen=7)),
    ("rule_unknown", RuleRefused, lambda: retire(code="R999")),
    ("text_long", TextRefused, lambda: retire(because="a" * 301)),
]


@pytest.mark.usefixtures("yusuf")
@pytest.mark.parametrize(("code", "family", "act"), NEW_REFUSALS)
def test_a_refused_addition_or_retirement_changes_nothing(
    code: str, family: type[Refused], act: Callable[[], object]
) -> None:
    before = stored()
    with pytest.raises(family) as refusal:
        act()
    assert refusal.value.code == code
    assert stored() == before


@pytest.mark.usefixtures("yusuf")
def test_a_rule_is_retired_once() -> None:
    retire()
    before = stored()
    for again in (retire, change):
        with pytest.raises(RuleRefused) as refusal:
            again()
        assert refusal.value.code == "rule_unknown"
    assert stored() == before


def test_an_administrator_of_a_region_has_the_rules_of_its_places() -> None:
    an_officer("lokal", unit="35.73.koordinator", roles=("administrator",))
    own = add(by="lokal")
    change(code=own.code, place_prefix="35.73.01", sector="dishub", by="lokal")
    change(code=own.code, place_prefix="35.73", level="", sector="", refer_to="pln", by="lokal")
    retire(code=own.code, by="lokal")
    assert [act.officer.username for act in AdministrativeAct.objects.select_related("officer") if act.officer] == [
        "lokal"
    ] * 4


LOCAL_REFUSALS: list[Callable[[], object]] = [
    lambda: add(by="lokal", place_prefix=""),
    lambda: add(by="lokal", place_prefix="35"),
    lambda: add(by="lokal", place_prefix="35.78"),
    # Nobody sends cases of the own region to the province's offices alone.
    lambda: add(by="lokal", level="PROVINSI", sector="dishub"),
    lambda: change(by="lokal", place_prefix="35.73"),
    lambda: retire(by="lokal"),
]


@pytest.mark.parametrize("act", LOCAL_REFUSALS)
def test_an_administrator_of_a_region_has_no_other_rules(act: Callable[[], object]) -> None:
    an_officer("lokal", unit="35.73.koordinator", roles=("administrator",))
    before = stored()
    with pytest.raises(NotAdministrator):
        act()
    assert stored() == before


def test_an_own_rule_is_not_widened_beyond_the_region() -> None:
    an_officer("lokal", unit="35.73.koordinator", roles=("administrator",))
    own = add(by="lokal")
    before = stored()
    for wider in ({"place_prefix": ""}, {"place_prefix": "35.78"}, {"level": "PROVINSI", "sector": "dishub"}):
        with pytest.raises(NotAdministrator):
            change(code=own.code, by="lokal", **{"place_prefix": "35.73", **wider})
    assert stored() == before


# Loading


def test_loading_again_changes_nothing_and_records_nothing() -> None:
    before = stored()
    assert load_routing_rules() == 0
    assert stored() == before


def test_from_nothing_all_rules_are_loaded() -> None:
    before = active_rules()
    RoutingRule.objects.all().delete()
    assert load_routing_rules() == len(before) == 60
    assert active_rules() == before


def test_loading_keeps_what_administrators_changed_and_adds_what_is_missing() -> None:
    change(by=SYSTEM)
    RoutingRule.objects.filter(code="R001").delete()
    assert load_routing_rules() == 1
    assert [(row.version, row.active) for row in RoutingRule.objects.filter(code="R038").order_by("version")] == [
        (1, False),
        (2, True),
    ]


def test_loading_works_when_offices_and_bodies_are_out_of_use() -> None:
    Unit.objects.filter(sector="dishub").update(active=False)
    ReferralBody.objects.update(active=False)
    assert load_routing_rules() == 0


DAMAGES: list[tuple[str, str, str, str]] = [
    ("a topic", 'topic = "adminduk"', 'topic = "admin"', "rule R001: topik admin tidak dikenal."),
    ("a service", 'service = "PKH-PLUS"', 'service = "PKH"', "rule R003: layanan PKH tidak dikenal."),
    ("a service of another topic", '"PKH-PLUS"', '"PJU"', "rule R003: layanan PJU bertopik perhubungan, bukan bansos."),
    ("a sector", 'sector = "dukcapil"', 'sector = "capil"', "rule R001: tidak ada unit DAERAH dengan bidang capil."),
    ("a place", '"35.73"', '"35.99"', "rule R007: tempat 35.99 tidak dikenal."),
    ("a body", '"bpjs-kesehatan"', '"bpjs"', "rule R010: lembaga rujukan bpjs tidak dikenal."),
    ("both", 'refer_to = "pln"', 'refer_to = "pln"\nsector = "esdm"', "rule R055: aturan menunjuk unit atau lembaga"),
    ("neither", 'level = "DAERAH"\nsector = "dukcapil"\n', "", "rule R001: aturan harus menunjuk unit"),
    ("a code twice", 'code = "R002"', 'code = "R001"', "rule R001: tertulis dua kali."),
    ("no version", "version = 1\n", "", "rule R001: version harus bilangan bulat"),
    ("confidence", 'confidence = "B"', 'confidence = "Z"', "rule R001: confidence harus salah satu"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_control_each_damage_is_refused_with_file_row_and_why(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    whole = DATA.read_text(encoding="utf-8")
    assert right in whole
    path = tmp_path / DATA.name
    path.write_text(whole.replace(right, wrong, 1), encoding="utf-8")
    RoutingRule.objects.filter(code="R060").delete()
    before = stored()
    with pytest.raises(PackagedRefused) as refusal:
        load_routing_rules(path=path)
    assert refusal.value.message.startswith("routing_rules.toml, ")
    assert said in refusal.value.message
    assert stored() == before
