# SPDX-License-Identifier: EUPL-1.2
"""The numbers of the map: public cases without an answer by place, equal to the rule, and never a secret one."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.cases.models import Case
from melayani.cases.queries import UNANSWERED, public_cases, rows_of
from melayani.cases.region_counts import Unanswered, unanswered_by_place
from melayani.cases.rules import Figure, Stage, Visibility
from tests.builders import KEPANJEN, a_case, a_waiting_case
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LONG_AGO = MONDAY - timedelta(days=40)


def test_every_stage_is_counted_as_the_rule_says(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for stage in Stage:
        if stage is not Stage.WAITING:
            a_case(stage=stage)
    a_case(at=LONG_AGO)
    a_waiting_case(at=LONG_AGO, place="35.78.01")
    a_case(place="35.73")
    with django_assert_num_queries(1):
        sums = unanswered_by_place(at=MONDAY)
    for code in ("35", "35.07", "35.07.13", KEPANJEN, "35.78", "35.78.01", "35.73"):
        inside = [row for row in rows_of(Case.objects.all()) if f"{row.place_code}.".startswith(f"{code}.")]
        by_rule = [row.figure(MONDAY) for row in inside]
        late = by_rule.count(Figure.OVERDUE)
        assert sums[code] == Unanswered(all=by_rule.count(Figure.WAITING) + late, late=late), code
        listed = public_cases(region="" if code == "35" else code, state=UNANSWERED, at=MONDAY).rows
        assert len(listed) == sums[code].all
    assert "35.01" not in sums


def test_secret_cases_are_in_no_number() -> None:
    a_case(visibility=Visibility.SECRET)
    a_case(visibility=Visibility.SECRET, at=LONG_AGO)
    assert unanswered_by_place(at=MONDAY) == {}
    # The control: the same case in public is there.
    a_case(at=LONG_AGO)
    assert unanswered_by_place(at=MONDAY)["35.07"] == Unanswered(all=1, late=1)
