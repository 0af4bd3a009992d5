# SPDX-License-Identifier: EUPL-1.2
"""How an act of administration is written: who may, why, what differs, and that nobody overwrites what others wrote."""

import pytest

from melayani.government.administration import (
    ChangeRefused,
    Facts,
    MeanwhileRefused,
    about_of,
    check_administrator,
    check_news,
    check_seen,
    checked_reason,
    differing,
    mark_of,
    record_administration,
)
from melayani.government.models import AdministrativeAct
from melayani.government.rules import SYSTEM, NotAdministrator
from melayani.ground.canonical_json import Json
from melayani.ground.plain_text import TextRefused
from melayani.ledger.rules import text_hash
from tests.builders import DESK, an_officer
from tests.conftest import MONDAY

FACTS: Facts = {"name": "Dinas Perhubungan", "active": True}


def test_a_mark_is_the_same_for_the_same_facts_only() -> None:
    assert mark_of(FACTS) == mark_of({"active": True, "name": "Dinas Perhubungan"})
    assert mark_of(FACTS) != mark_of({**FACTS, "active": False})


def test_who_saw_something_else_is_refused() -> None:
    check_seen(mark_of(FACTS), FACTS)
    check_seen("", FACTS)  # nobody looked: a program
    with pytest.raises(MeanwhileRefused):
        check_seen(mark_of({**FACTS, "active": False}), FACTS)


def test_nothing_new_is_refused() -> None:
    check_news(FACTS, {**FACTS, "active": False})
    with pytest.raises(ChangeRefused):
        check_news(FACTS, dict(FACTS))


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"before": {"b": 2}, "after": {"b": 3}}),
        ({}, {"a": 1}, {"before": {}, "after": {"a": 1}}),
        ({"a": 1}, {}, {"before": {"a": 1}, "after": {}}),
        ({"a": 1}, {"a": 1}, None),
        ({}, {}, None),
    ],
)
def test_only_what_differs_is_kept(before: dict[str, Json], after: dict[str, Json], kept: object) -> None:
    assert differing(before, after) == kept


@pytest.mark.parametrize(
    ("kind", "event", "about"),
    [
        ("unit.renamed", {"unit": "35.07.dishub"}, "unit:35.07.dishub"),
        ("officer.role_given", {"officer": 7, "role": "head", "unit": "35.07.dishub"}, "officer:7"),
        ("places.imported", {"new": 3, "there": 1}, "place:"),
        ("unit.odd", {}, "unit:"),
    ],
)
def test_what_an_act_is_about(kind: str, event: dict[str, Json], about: str) -> None:
    assert about_of(kind=kind, event=event) == about


@pytest.mark.parametrize("reason", ["", "  ", "ya", "x" * 301, "\u200b\u200b\u200b"])
def test_a_reason_says_something(reason: str) -> None:
    with pytest.raises(TextRefused):
        checked_reason(reason)
    assert checked_reason("  Salah   tulis\n") == "Salah tulis"


@pytest.mark.django_db
def test_reason_and_change_stand_beside_the_event_which_commits_to_them() -> None:
    officer = an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    record_administration(
        kind="unit.renamed", event={"unit": "35.07.dishub"}, by="yusuf", at=MONDAY, reason="Sesuai perda.",
        before={"name": "Lama", "active": True}, after={"name": "Baru", "active": True},
    )  # fmt: skip
    act = AdministrativeAct.objects.select_related("entry").get()
    assert (act.about, act.reason, act.officer) == ("unit:35.07.dishub", "Sesuai perda.", officer)
    assert act.change == {"before": {"name": "Lama"}, "after": {"name": "Baru"}}
    assert act.data["reason"] == text_hash(salt=bytes(act.entry.salt or b""), text="Sesuai perda.")
    assert not {"Lama", "Baru", "Sesuai"} & set(str(act.data).replace("'", " ").split())


@pytest.mark.django_db
@pytest.mark.parametrize(("unit", "region", "may"), [
    (DESK, "35.07", True), (DESK, "35.78", False), (DESK, "35", False), ("35.kominfo", "35", True),
    ("35.kominfo", "35.07", True),
])  # fmt: skip
def test_who_may_where(unit: str, region: str, may: bool) -> None:
    an_officer("pengelola", unit=unit, roles=("administrator",))
    check_administrator(SYSTEM, region_code=region)
    if may:
        check_administrator("pengelola", region_code=region)
    else:
        with pytest.raises(NotAdministrator):
            check_administrator("pengelola", region_code=region)


@pytest.mark.django_db
def test_control_another_role_may_nowhere() -> None:
    an_officer("kepala", unit="35.kominfo", roles=("head", "triage", "inspectorate"))
    with pytest.raises(NotAdministrator):
        check_administrator("kepala", region_code="35")
