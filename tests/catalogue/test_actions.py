# SPDX-License-Identifier: EUPL-1.2
"""Acts of administrators: each changes exactly this, records exactly this, and a refusal changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from melayani.catalogue.actions import (
    activate_profile,
    close_service,
    close_topic,
    drop_promise,
    edit_topic,
    load_catalogue,
    open_service,
    open_topic,
    set_promise,
    set_standard,
)
from melayani.catalogue.facts import standard_facts, topic_facts
from melayani.catalogue.models import PromiseClock, PromiseProfile, Service, StandardComponent, Topic
from melayani.catalogue.queries import active_profile, components, promise_for, service_row, services, topics
from melayani.catalogue.rules import PUBLIC_COMPONENTS, Basis, CatalogueRefused, Promise
from melayani.government.administration import ChangeRefused, MeanwhileRefused, mark_of
from melayani.government.models import AdministrativeAct, Officer
from melayani.government.rules import SYSTEM, NotAdministrator
from melayani.ground.canonical_json import canonical_json
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused
from melayani.ledger.models import Entry
from melayani.ledger.rules import text_hash
from tests.builders import an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
WHY = "Keputusan rapat 4 Januari."


@pytest.fixture
def yusuf() -> Officer:
    """The administrator of the province."""
    return an_officer("yusuf", unit="35.kominfo", roles=("administrator",))


def stored() -> list[Any]:
    """Everything an act of this room could change, and how many acts were recorded."""
    return [
        list(Service.objects.order_by("id").values_list()),
        list(PromiseProfile.objects.order_by("code").values_list()),
        list(PromiseClock.objects.order_by("id").values_list()),
        Entry.objects.count(),
        AdministrativeAct.objects.count(),
    ]


def the_act() -> tuple[str, dict[str, Any], Officer | None]:
    """The one act recorded, with its entry in the ledger."""
    act = AdministrativeAct.objects.select_related("entry", "officer").get()
    assert act.entry.kind == act.kind
    assert (act.at, act.reason) == (MONDAY, WHY)
    hashed = {"reason": act.reason, "change": canonical_json(act.change).decode()}
    salt = bytes(act.entry.salt or b"")
    assert {name: act.data[name] for name in hashed} == {
        name: text_hash(salt=salt, text=text) for name, text in hashed.items()
    }
    told = {key: value for key, value in act.data.items() if key not in ("at", "by", "reason", "change")}
    return act.kind, told, act.officer


def test_a_promise_set_holds_for_new_cases_of_the_own_kind(yusuf: Officer) -> None:
    assert promise_for(service_code="PJU", kind="PENGADUAN").days == 14
    before = stored()
    set_promise(
        service_code="PJU",
        days=3,
        basis="CALENDAR",
        source="  Keputusan kepala dinas 12/2026 ",
        confidence="A",
        reason=WHY,
        by="yusuf",
        at=MONDAY,
    )
    assert promise_for(service_code="PJU", kind="PENGADUAN") == Promise(
        days=3, basis=Basis.CALENDAR, source="Keputusan kepala dinas 12/2026", confidence="A"
    )
    assert promise_for(service_code="PJU", kind="ASPIRASI").days == 5
    assert the_act() == (
        "catalogue.promise_set",
        {"service": "PJU", "days": 3, "basis": "CALENDAR", "confidence": "A"},
        yusuf,
    )
    changed = [pair for pair in zip(before[0], stored()[0], strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1
    assert before[1:3] == stored()[1:3]


def test_the_system_may_act_too() -> None:
    set_promise(
        service_code="SUNGAI",
        days=30,
        basis="WORKING",
        source="Impor",
        confidence="C",
        reason=WHY,
        by=SYSTEM,
        at=MONDAY,
    )
    assert promise_for(service_code="SUNGAI", kind="PENGADUAN").days == 30
    assert the_act()[2] is None


def test_another_profile_is_the_one_in_use(yusuf: Officer) -> None:
    before = stored()
    activate_profile(code="sp4n-2025", reason=WHY, by="yusuf", at=MONDAY)
    assert active_profile().code == "sp4n-2025"
    assert PromiseProfile.objects.filter(active=True).count() == 1
    assert the_act() == (
        "catalogue.profile_activated",
        {"profile": "sp4n-2025", "before": ["sp4n-2018"]},
        yusuf,
    )
    assert (before[0], before[2]) == (stored()[0], stored()[2])


def test_a_service_is_closed_and_opened_again(yusuf: Officer) -> None:
    before = stored()
    close_service(code="PJU", reason=WHY, by="yusuf", at=MONDAY)
    assert not service_row("PJU").active
    assert "PJU" not in {row.code for row in services()}
    assert the_act() == ("catalogue.service_closed", {"service": "PJU"}, yusuf)
    open_service(code="PJU", reason=WHY, by="yusuf", at=MONDAY)
    assert service_row("PJU").active
    assert stored()[:3] == before[:3]
    assert [act.kind for act in AdministrativeAct.objects.order_by("sequence")] == [
        "catalogue.service_closed",
        "catalogue.service_opened",
    ]


def the_promise(**changes: Any) -> Callable[[], object]:
    said: dict[str, Any] = {
        "service_code": "PJU",
        "days": 3,
        "basis": "WORKING",
        "source": "SK",
        "confidence": "B",
        "reason": WHY,
        "by": "yusuf",
        "at": MONDAY,
    }
    return lambda: set_promise(**{**said, **changes})


REFUSALS: list[tuple[str, type[Refused], Callable[[], object]]] = [
    ("service_unknown", CatalogueRefused, the_promise(service_code="SIHIR")),
    ("days_range", CatalogueRefused, the_promise(days=0)),
    ("days_range", CatalogueRefused, the_promise(days=1001)),
    ("basis_unknown", CatalogueRefused, the_promise(basis="HARI")),
    ("confidence_unknown", CatalogueRefused, the_promise(confidence="X")),
    ("text_empty", TextRefused, the_promise(source="  ")),
    ("text_long", TextRefused, the_promise(source="x" * 201)),
    (
        "promise_same",
        CatalogueRefused,
        the_promise(service_code="KK", source="Bawaan penyusun; dinas kependudukan dapat mengubahnya", confidence="C"),
    ),
    (
        "profile_unknown",
        CatalogueRefused,
        lambda: activate_profile(code="sp4n-1999", reason=WHY, by="yusuf", at=MONDAY),
    ),
    ("profile_same", CatalogueRefused, lambda: activate_profile(code="sp4n-2018", reason=WHY, by="yusuf", at=MONDAY)),
    ("service_unknown", CatalogueRefused, lambda: close_service(code="SIHIR", reason=WHY, by="yusuf", at=MONDAY)),
    ("service_same", CatalogueRefused, lambda: open_service(code="PJU", reason=WHY, by="yusuf", at=MONDAY)),
]


@pytest.mark.usefixtures("yusuf")
@pytest.mark.parametrize(("code", "family", "act"), REFUSALS)
def test_a_refusal_changes_nothing(code: str, family: type[Refused], act: Callable[[], object]) -> None:
    before = stored()
    with pytest.raises(family) as refusal:
        act()
    assert refusal.value.code == code
    assert stored() == before


@pytest.mark.usefixtures("yusuf")
def test_a_service_closed_already_is_refused() -> None:
    close_service(code="PJU", reason=WHY, by="yusuf", at=MONDAY)
    before = stored()
    with pytest.raises(CatalogueRefused) as refusal:
        close_service(code="PJU", reason=WHY, by="yusuf", at=MONDAY)
    assert refusal.value.code == "service_same"
    assert stored() == before


ACTS: list[Callable[[str], object]] = [
    lambda by: standard(by=by)(),
    lambda by: topic(by=by)(),
    lambda by: the_promise(by=by)(),
    lambda by: activate_profile(code="sp4n-2025", reason=WHY, by=by, at=MONDAY),
    lambda by: close_service(code="PJU", reason=WHY, by=by, at=MONDAY),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("unit", "role"), [("35.07.koordinator", "administrator"), ("35.kominfo", "triage"), ("35.dishub", "head")]
)
def test_only_administrators_of_the_province_may(act: Callable[[str], object], unit: str, role: str) -> None:
    an_officer("bukan", unit=unit, roles=(role,))
    before = stored()
    with pytest.raises(NotAdministrator):
        act("bukan")
    assert stored() == before


@pytest.mark.parametrize("act", ACTS)
def test_control_an_administrator_of_the_province_may(act: Callable[[str], object], yusuf: Officer) -> None:
    before = stored()
    act(yusuf.username)
    assert stored() != before


# The standard, the own promise dropped, and topics


def standard(**changes: Any) -> Callable[[], object]:
    said: dict[str, Any] = {
        "service_code": "PJU",
        "texts": {key: f"Isi {key}" for key in PUBLIC_COMPONENTS},
        "reason": WHY,
        "by": "yusuf",
        "at": MONDAY,
    }
    return lambda: set_standard(**{**said, **changes})


def topic(**changes: Any) -> Callable[[], object]:
    said: dict[str, Any] = {
        "code": "desa",
        "name": "Desa dan kelurahan",
        "description": "Pemerintahan desa.",
        "order": 3,
        "reason": WHY,
        "by": "yusuf",
        "at": MONDAY,
    }
    return lambda: edit_topic(**{**said, **changes})


@pytest.mark.usefixtures("yusuf")
def test_a_standard_is_written_whole_and_only_what_differs_is_recorded() -> None:
    service = Service.objects.get(code="PJU")
    before = standard_facts(service)
    internal = dict(service.components.exclude(key__in=PUBLIC_COMPONENTS).values_list("key", "text"))
    texts = {**before, "biaya": "Gratis.\r\nTanpa  pungutan.", "produk": ""}
    standard(texts=texts, seen=mark_of(before))()
    assert standard_facts(service) == {**before, "biaya": "Gratis.\nTanpa pungutan.", "produk": ""}
    assert dict(service.components.exclude(key__in=PUBLIC_COMPONENTS).values_list("key", "text")) == internal
    shown = {row.key: row.text for row in components("PJU")}
    assert shown["biaya"] == "Gratis.\nTanpa pungutan."
    assert "produk" not in shown
    kind, told, _ = the_act()
    assert (kind, told) == ("catalogue.standard_set", {"service": "PJU"})
    assert AdministrativeAct.objects.get().change == {
        "before": {"biaya": before["biaya"], "produk": before["produk"]},
        "after": {"biaya": "Gratis.\nTanpa pungutan.", "produk": ""},
    }


@pytest.mark.usefixtures("yusuf")
def test_a_newer_release_does_not_fill_what_was_emptied() -> None:
    before = standard_facts(Service.objects.get(code="PJU"))
    standard(texts={**before, "produk": ""})()
    assert load_catalogue() == 0
    assert standard_facts(Service.objects.get(code="PJU"))["produk"] == ""


@pytest.mark.usefixtures("yusuf")
def test_a_service_falls_back_to_the_profile() -> None:
    the_promise()()
    assert promise_for(service_code="PJU", kind="PENGADUAN").days == 3
    drop_promise(service_code="PJU", reason=WHY, by="yusuf", at=MONDAY)
    assert promise_for(service_code="PJU", kind="PENGADUAN").days == 14
    assert AdministrativeAct.objects.latest("sequence").kind == "catalogue.promise_dropped"


@pytest.mark.usefixtures("yusuf")
def test_a_topic_is_called_otherwise_and_stands_elsewhere() -> None:
    topic(seen=mark_of(topic_facts(Topic.objects.get(code="desa"))))()
    assert topics()[0].name == "Desa dan kelurahan"
    assert (topics()[0].description, topics()[0].order) == ("Pemerintahan desa.", 3)
    assert [row.name for row in topics()[1:]] == sorted(row.name for row in topics()[1:])
    assert the_act()[:2] == ("catalogue.topic_edited", {"topic": "desa"})


@pytest.mark.usefixtures("yusuf")
def test_a_topic_closes_after_its_services_and_opens_before_them() -> None:
    for service in services("desa"):
        close_service(code=service.code, reason=WHY, by="yusuf", at=MONDAY)
    closed = Service.objects.filter(topic_id="desa").values_list("code", flat=True)[0]
    close_topic(code="desa", reason=WHY, by="yusuf", at=MONDAY)
    assert "desa" not in {row.code for row in topics()}
    before = stored()
    for act, code in (
        (lambda: open_service(code=closed, reason=WHY, by="yusuf", at=MONDAY), "topic_closed"),
        (lambda: close_topic(code="desa", reason=WHY, by="yusuf", at=MONDAY), "topic_same"),
    ):
        with pytest.raises(CatalogueRefused) as refusal:
            act()
        assert refusal.value.code == code
    assert stored() == before
    open_topic(code="desa", reason=WHY, by="yusuf", at=MONDAY)
    open_service(code=closed, reason=WHY, by="yusuf", at=MONDAY)
    assert service_row(closed).active


STALE = mark_of({"biaya": "yang dulu"})
MORE_REFUSALS: list[tuple[str, type[Refused], Callable[[], object]]] = [
    ("text_short", TextRefused, the_promise(reason="")),
    ("changed_meanwhile", MeanwhileRefused, the_promise(seen=STALE)),
    ("promise_same", CatalogueRefused, lambda: drop_promise(service_code="SUNGAI", reason=WHY, by="yusuf", at=MONDAY)),
    ("service_unknown", CatalogueRefused, standard(service_code="SIHIR")),
    ("component_unknown", CatalogueRefused, standard(texts={"biaya": "Gratis."})),
    ("component_unknown", CatalogueRefused, standard(texts={**dict.fromkeys(PUBLIC_COMPONENTS, "x"), "sihir": "x"})),
    ("text_long", TextRefused, standard(texts={**dict.fromkeys(PUBLIC_COMPONENTS, "x"), "biaya": "x" * 2001})),
    ("text_short", TextRefused, standard(reason=" ")),
    ("changed_meanwhile", MeanwhileRefused, standard(seen=STALE)),
    ("topic_unknown", CatalogueRefused, topic(code="sihir")),
    ("text_empty", TextRefused, topic(name=" ")),
    ("text_long", TextRefused, topic(name="x" * 81)),
    ("text_empty", TextRefused, topic(description="")),
    ("text_long", TextRefused, topic(description="x" * 501)),
    ("order_range", CatalogueRefused, topic(order=0)),
    ("order_range", CatalogueRefused, topic(order=1000)),
    ("topic_name_taken", CatalogueRefused, topic(name="PERHUBUNGAN")),
    ("changed_meanwhile", MeanwhileRefused, topic(seen=STALE)),
    ("topic_has_services", CatalogueRefused, lambda: close_topic(code="desa", reason=WHY, by="yusuf", at=MONDAY)),
    ("topic_same", CatalogueRefused, lambda: open_topic(code="desa", reason=WHY, by="yusuf", at=MONDAY)),
]


@pytest.mark.usefixtures("yusuf")
@pytest.mark.parametrize(("code", "family", "act"), MORE_REFUSALS)
def test_more_refusals_change_nothing(code: str, family: type[Refused], act: Callable[[], object]) -> None:
    before = [*stored(), list(Topic.objects.order_by("code").values()), list(StandardComponent.objects.values())]
    with pytest.raises(family) as refusal:
        act()
    assert refusal.value.code == code
    after = [*stored(), list(Topic.objects.order_by("code").values()), list(StandardComponent.objects.values())]
    assert after == before


@pytest.mark.usefixtures("yusuf")
def test_the_same_standard_twice_is_no_news() -> None:
    before = standard_facts(Service.objects.get(code="PJU"))
    with pytest.raises(ChangeRefused):
        standard(texts=before)()
