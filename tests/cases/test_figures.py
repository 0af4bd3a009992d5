# SPDX-License-Identifier: EUPL-1.2
"""The public figures in sum: every public case in exactly one, secret ones in none; what is late, longest first."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.cases.figures import Figures, most_overdue, overdue_total, public_figures
from melayani.cases.models import Case
from melayani.cases.queries import rows_of
from melayani.cases.rules import Figure, Outcome, Stage, Visibility
from tests.builders import a_case, a_waiting_case
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_figures_are_those_of_the_rule_and_add_up(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for stage in Stage:
        if stage is Stage.WAITING:
            a_waiting_case(at=MONDAY - DAY)
        else:
            a_case(stage=stage, at=MONDAY - DAY)
    a_case(stage=Stage.CLOSED, outcome=Outcome.EXPLAINED_NO, at=MONDAY - DAY)
    a_case(at=MONDAY - 29 * DAY)
    a_case(visibility=Visibility.SECRET, at=MONDAY - DAY)
    a_case(at=MONDAY - 31 * DAY)
    with django_assert_num_queries(1):
        figures = public_figures(since=MONDAY - 30 * DAY, at=MONDAY)
    public = Case.objects.filter(visibility=Visibility.PUBLIC, filed_at__gt=MONDAY - 30 * DAY)
    by_rule = [row.figure(MONDAY) for row in rows_of(public)]
    assert figures.total == len(by_rule)
    assert {figure: by_rule.count(figure) for figure in Figure} == dict(figures.counts)
    assert figures.counts[Figure.OVERDUE] == 1


def test_longest_overdue_first_and_only_public_ones(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    second = a_case(at=MONDAY - 40 * DAY)
    first = a_case(at=MONDAY - 50 * DAY)
    a_case(at=MONDAY - 60 * DAY, visibility=Visibility.SECRET)
    a_case(at=MONDAY - 60 * DAY, stage=Stage.ASKED)
    a_case(at=MONDAY - 60 * DAY, stage=Stage.ANSWERED)
    a_case(at=MONDAY)
    with django_assert_num_queries(1):
        assert [row.number for row in most_overdue(at=MONDAY, limit=5)] == [first.number, second.number]
    assert [row.number for row in most_overdue(at=MONDAY, limit=1)] == [first.number]


def test_late_in_all_is_the_length_of_the_whole_list(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for days in (30, 40, 50):
        a_case(at=MONDAY - days * DAY)
    a_case(at=MONDAY - 60 * DAY, visibility=Visibility.SECRET)
    a_case(at=MONDAY - 60 * DAY, stage=Stage.ASKED)
    a_case(at=MONDAY - 60 * DAY, stage=Stage.ANSWERED)
    with django_assert_num_queries(1):
        assert overdue_total(at=MONDAY) == 3
    assert len(most_overdue(at=MONDAY, limit=100)) == 3


def test_a_promise_is_kept_when_answered_in_time_and_never_late() -> None:
    a_case(stage=Stage.ANSWERED, at=MONDAY - 3 * DAY)
    a_case(stage=Stage.CLOSED, at=MONDAY - 3 * DAY)
    a_case(at=MONDAY - 3 * DAY)  # not put to the test yet
    a_case(at=MONDAY - 29 * DAY)  # late, no answer
    broken = a_case(stage=Stage.ANSWERED, at=MONDAY - 29 * DAY)
    Case.objects.filter(pk=broken.pk).update(broken=True)
    a_case(stage=Stage.ANSWERED, at=MONDAY - 3 * DAY, visibility=Visibility.SECRET)
    figures = public_figures(since=MONDAY - 30 * DAY, at=MONDAY)
    assert (figures.fallen_due, figures.kept, figures.kept_of_100) == (4, 2, 50)
    assert public_figures(since=MONDAY, at=MONDAY).kept_of_100 is None
    # Rounded down: 100 means all of them.
    assert Figures(counts={}, fallen_due=1000, kept=999).kept_of_100 == 99
