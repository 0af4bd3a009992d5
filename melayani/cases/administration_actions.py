# SPDX-License-Identifier: EUPL-1.2
"""Acts of administrators that touch cases: closing a unit that nobody needs any more, and taking a role away.

The acts themselves are the government's; here stands what must be true of rules and cases, in the same transaction.
"""

from datetime import datetime

from django.db import transaction

from melayani.cases.acting import act, locked_case
from melayani.cases.administration_queries import open_cases_in
from melayani.cases.models import Case
from melayani.cases.rules import WITH_UNIT, Actor, EventKind
from melayani.catalogue.rules import Level
from melayani.government.actions import take_role_from_account
from melayani.government.administration import administration
from melayani.government.models import Unit
from melayani.government.queries import grants_of
from melayani.government.reference_actions import close_unit_alone
from melayani.government.rules import PROVINCE, Role, UnitRefused
from melayani.ground.memo import forget_all
from melayani.triage.queries import rules_sending_to

WORKING_ROLES = (Role.OFFICER, Role.HEAD, Role.TRIAGE)


def close_unit(*, code: str, reason: str, by: str, at: datetime) -> Unit:
    """The unit gets no new cases.

    Refused while a rule in force sends cases to it ("unit_has_rules"), or while it holds open cases
    ("unit_has_cases"): change the rules, and let the cases be answered or handed on first. Else as
    `government.reference_actions.close_unit_alone`; a refusal changes nothing.
    """
    with administration():
        # Closing comes first: it locks the unit and judges who may, before anything is told about rules and cases.
        unit = close_unit_alone(code=code, reason=reason, by=by, at=at)
        level = Level.PROVINSI if unit.region_id == PROVINCE else Level.DAERAH
        if rules_sending_to(level=level, sector=unit.sector, region_code=unit.region_id):
            raise UnitRefused(
                "unit_has_rules", "Masih ada aturan yang mengirim kasus ke unit ini. Ubah aturan itu dahulu."
            )
        if open_cases_in(unit.pk):
            raise UnitRefused(
                "unit_has_cases", "Unit ini masih memegang kasus terbuka. Selesaikan atau alihkan dahulu."
            )
    forget_all()
    return unit


@transaction.atomic
def take_role(*, username: str, role: str, unit_code: str, reason: str, by: Actor, at: datetime) -> int:
    """The officer no longer holds the role in the unit. Answers how many open cases went back to the unit.

    They go back when no other role lets the officer work there. Refusals: as for `take_role_from_account`.
    """
    officer = take_role_from_account(
        username=username, role=role, unit_code=unit_code, reason=reason, by=by.name or by.code, at=at
    )
    left = grants_of(officer.pk)
    if any((working.value, unit_code) in left for working in WORKING_ROLES):
        return 0
    held = Case.objects.filter(officer=officer, unit__code=unit_code, stage__in=sorted(WITH_UNIT))
    numbers = list(held.order_by("id").values_list("number", flat=True))
    for number in numbers:
        act(case=locked_case(number=number, even_erased=True), kind=EventKind.HANDED_BACK, by=by, at=at)
    return len(numbers)
