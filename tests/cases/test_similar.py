# SPDX-License-Identifier: EUPL-1.2
"""Similar cases: near in place, time and words come first; what is secret, closed, far or held never tells itself."""

from datetime import timedelta
from typing import Any

import pytest

from melayani.cases.actions import release_text
from melayani.cases.rules import Stage, Visibility
from melayani.cases.similar import LONGEST_AGO, Similar, plain_words, similar_cases
from melayani.government.models import Unit
from tests.builders import DESK, DISHUB, KEPANJEN, STORY, a_case, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
FAR = "35.07.01.2001"  # a village at the other end of the regency


def found(text: str = STORY, **changes: Any) -> tuple[Similar, ...]:
    units = Unit.objects.filter(code__in=(DISHUB, DESK)).values_list("id", flat=True)
    asked: dict[str, Any] = {"place": KEPANJEN, "topic": "PENERANGAN_JALAN", "unit_ids": list(units), "at": MONDAY}
    return similar_cases(text=text, **{**asked, "topic": a_topic(), **changes})


def a_topic() -> str:
    return str(Unit.objects.get(code=DISHUB).cases.values_list("topic_id", flat=True).first() or "")


def numbers(*args: Any, **changes: Any) -> list[str]:
    return [one.row.number for one in found(*args, **changes)]


def released(number: str) -> None:
    release_text(number=number, sequence=0, masked=STORY, title="", by=officer_actor(), at=MONDAY)


def test_the_same_village_and_topic_is_similar_even_while_the_text_is_held() -> None:
    case = a_case()
    assert numbers() == [case.number]


def test_a_held_text_takes_no_part_whatever_is_guessed() -> None:
    a_case()
    assert found("Lampu jalan di depan balai desa padam")[0].score == found("kata lain sama sekali")[0].score


def test_released_words_bring_the_right_one_to_the_top() -> None:
    other, same = a_case(text="Trotoar rusak di simpang tiga pasar."), a_case()
    release_text(
        number=other.number,
        sequence=0,
        masked="Trotoar rusak di simpang tiga pasar.",
        title="",
        by=officer_actor(),
        at=MONDAY,
    )
    released(same.number)
    assert numbers("lampu jln dpn balai desa mati 3 malam")[0] == same.number


def test_points_count_in_metres() -> None:
    near = a_case(latitude=-8.1300, longitude=112.5700)
    a_case(latitude=-8.1300, longitude=112.6300)
    seen = found(point=(-8.1310, 112.5700))
    assert seen[0].row.number == near.number
    assert seen[0].distance_km == pytest.approx(0.11, abs=0.02)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "changes", [{"visibility": Visibility.SECRET}, {"stage": Stage.CLOSED}, {"place": FAR}], ids=lambda c: next(iter(c))
)
def test_secret_closed_and_far_cases_are_not_named(changes: dict[str, Any]) -> None:
    a_case(**changes)
    assert numbers() == []


def test_another_matter_in_the_same_village_is_not_named() -> None:
    """The control: the same case is named when it is asked for by its own topic."""
    case = a_case(service="", topic="kesehatan")
    units = list(Unit.objects.values_list("id", flat=True))
    assert numbers("antrean", topic="perhubungan", unit_ids=units) == []
    assert numbers("antrean", topic="kesehatan", unit_ids=units) == [case.number]


def test_a_promise_of_another_season_is_another_occasion() -> None:
    case = a_case()
    late = case.due_at + LONGEST_AGO
    assert numbers(at=late - timedelta(hours=1)) == [case.number]
    assert numbers(at=late + timedelta(hours=1)) == []


def test_at_most_three_and_the_case_itself_is_left_out() -> None:
    cases = [a_case(at=MONDAY - timedelta(days=n)) for n in range(5)]
    assert len(found()) == 3
    assert cases[0].number not in numbers(but=cases[0].number)


def test_costs_two_statements_with_one_and_with_three(django_assert_num_queries: Any) -> None:
    topic = ""
    a_case()
    units = list(Unit.objects.filter(code=DISHUB).values_list("id", flat=True))
    asked: dict[str, Any] = {"text": STORY, "place": KEPANJEN, "topic": topic, "unit_ids": units, "at": MONDAY}
    similar_cases(**asked)
    for _ in range(2):
        with django_assert_num_queries(2):
            similar_cases(**asked)
        a_case()
        a_case()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("LAMPU jln MATI!!", "jalan lampu padam"),
        ("yg sdh tdk", ""),
        ("PJU mati dpn rmh", "jalan lampu padam rumah"),
        ("\u202e\u0000", ""),
    ],
)
def test_words_are_written_out(typed: str, read: str) -> None:
    assert plain_words(typed) == read
