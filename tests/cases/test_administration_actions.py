# SPDX-License-Identifier: EUPL-1.2
"""A unit closes only when neither rules nor cases need it; a role taken hands the open cases back."""

from typing import Any

import pytest

from melayani.cases.administration_actions import close_unit, take_role
from melayani.cases.models import Case, Event
from melayani.cases.rules import EventKind, Stage
from melayani.government.models import AdministrativeAct, RoleGrant, Unit
from melayani.government.queries import unit_row
from melayani.government.rules import SYSTEM
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from melayani.triage.actions import add_rule
from tests.builders import DESK, DISHUB, a_case, an_officer, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
WHY = "Digabung menurut perda 3/2026."


@pytest.fixture(autouse=True)
def people() -> None:
    """Yusuf of the province and Lokal of Kabupaten Malang administer; Lain administers elsewhere."""
    an_officer("yusuf", unit="35.kominfo", roles=("administrator",))
    an_officer("lokal", unit=DESK, roles=("administrator",))
    an_officer("lain", unit="35.78.koordinator", roles=("administrator",))


def everything() -> list[Any]:
    tables = (Unit, RoleGrant, Case, Event, AdministrativeAct, Entry)
    return [list(table._default_manager.order_by("pk").values()) for table in tables]


def close(code: str, **changes: Any) -> Unit:
    return close_unit(**{"code": code, "reason": WHY, "by": "lokal", "at": MONDAY, **changes})


def needless_unit() -> Unit:
    """A unit of Kabupaten Malang that no rule names."""
    return Unit.objects.create(
        code="35.07.arsip", name="Dinas Arsip", tier="KABUPATEN", region_id="35.07", sector="arsip"
    )


def lights_go_to_pupr() -> None:
    """Everything that Dishub of Kabupaten Malang gets by rule goes to the public works office there."""
    for service in ("", "PJU"):
        add_rule(
            topic="perhubungan", service=service, place_prefix="35.07", level="DAERAH", sector="pupr", refer_to="",
            reason="Di sini diurus dinas pekerjaan umum.", source="", confidence="A", because=WHY, by=SYSTEM, at=MONDAY,
        )  # fmt: skip


def test_a_unit_that_nobody_needs_is_closed() -> None:
    unit = needless_unit()
    close(unit.code)
    assert not unit_row(unit.code).active
    act = AdministrativeAct.objects.get()
    assert (act.kind, act.about, act.reason) == ("unit.closed", "unit:35.07.arsip", WHY)


@pytest.mark.parametrize(
    ("code", "unit", "changes"),
    [
        ("unit_has_rules", DISHUB, {}),
        ("unit_is_desk", DESK, {}),
        ("unit_unknown", "35.07.sihir", {}),
        ("administrator_only", DISHUB, {"by": "lain"}),
        ("text_short", DISHUB, {"reason": ""}),
    ],
)
def test_a_unit_that_is_needed_stays_open(code: str, unit: str, changes: dict[str, str]) -> None:
    before = everything()
    with pytest.raises(Refused) as refusal:
        close(unit, **changes)
    assert refusal.value.code == code
    assert everything() == before
    assert unit_row(DISHUB).active


def test_a_unit_with_open_cases_stays_open_until_they_are_answered() -> None:
    case = a_case()
    lights_go_to_pupr()
    before = everything()
    with pytest.raises(Refused) as refusal:
        close(DISHUB)
    assert refusal.value.code == "unit_has_cases"
    assert everything() == before
    Case.objects.filter(pk=case.pk).update(stage=Stage.ANSWERED)
    close(DISHUB)
    assert not unit_row(DISHUB).active


def test_control_without_the_question_a_needed_unit_would_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("melayani.cases.administration_actions.rules_sending_to", lambda **_: ())
    close(DISHUB)
    assert not unit_row(DISHUB).active


def take(**changes: Any) -> int:
    said: dict[str, Any] = {
        "username": "ratih", "role": "officer", "unit_code": DISHUB, "reason": WHY,
        "by": officer_actor("yusuf", unit="35.kominfo", roles=()), "at": MONDAY,
    }  # fmt: skip
    return take_role(**{**said, **changes})


def test_the_open_cases_of_who_loses_the_role_go_back_to_the_unit() -> None:
    taken, answered = a_case(stage=Stage.TAKEN), a_case(stage=Stage.ANSWERED)
    assert take() == 1
    taken.refresh_from_db()
    assert (taken.stage, taken.officer_id, taken.unit.code) == (Stage.ROUTED, None, DISHUB)
    assert taken.events.latest("sequence").kind == EventKind.HANDED_BACK
    assert Case.objects.get(pk=answered.pk).stage == Stage.ANSWERED


def test_who_still_works_there_keeps_the_cases() -> None:
    case = a_case(stage=Stage.TAKEN)
    an_officer("ratih", roles=("head",))
    assert take() == 0
    assert Case.objects.get(pk=case.pk).stage == Stage.TAKEN


def test_a_refused_taking_changes_nothing() -> None:
    a_case(stage=Stage.TAKEN)
    before = everything()
    for changes in (
        {"role": "head"},
        {"reason": ""},
        {"by": officer_actor("lain", unit="35.78.koordinator", roles=())},
    ):
        with pytest.raises(Refused):
            take(**changes)
    assert everything() == before
