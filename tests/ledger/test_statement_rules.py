# SPDX-License-Identifier: EUPL-1.2
"""Spans of lost leaves: what they hold, and that many of them are asked quickly; which leaf is a statement."""

from typing import SupportsIndex

import pytest

from melayani.ledger import statement_rules
from melayani.ledger.encodings import write_base64
from melayani.ledger.rules import new_salt, new_stream, prepare_entry
from melayani.ledger.statement_rules import Spans, in_parts, log_stream, spans, statement_number
from tests.ledger.some_keys import ORIGIN, variant

STREAM = log_stream(ORIGIN)


@pytest.mark.parametrize(
    ("indexes", "said"), [([], ""), ([0], "0"), ([3, 4, 5, 9, 11, 12], "3-5,9,11-12"), (list(range(70)), "0-69")]
)
def test_spans_hold_their_numbers_and_no_other(indexes: list[int], said: str) -> None:
    assert spans(indexes) == said
    assert [index for index in range(80) if index in Spans([said])] == indexes


@pytest.mark.parametrize("said", ["", "x", "1-", "-1", "5-3", "1-x", "0x10", "٣", "1" * 30])
def test_what_is_no_span_holds_nothing(said: str) -> None:
    assert not any(index in Spans([said]) for index in range(2, 9))


@pytest.mark.parametrize(
    "texts", [["1-30", "5-6", "40"], ["5-6", "1-30,40"], ["40,1-10,9-20", "21-30"], ["1-30,40", "3-1", "9-7"]]
)
def test_spans_of_several_texts_may_overlap(texts: list[str]) -> None:
    held = [index for index in range(60) if index in Spans(texts)]
    assert held == [*range(1, 31), 40]


def test_without_a_look_at_earlier_spans_a_long_one_would_end_at_the_next() -> None:
    """The control of the test above."""
    broken = variant(
        statement_rules, "list(accumulate((last for _, last in found), max))", "[last for _, last in found]"
    )
    assert 20 not in broken.Spans(["1-30", "5-6"])


class Counted(int):
    """A number that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < other

    def __le__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) <= other

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > other

    def __ge__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) >= other

    def __hash__(self) -> int:
        return hash(int(self))

    def __index__(self) -> int:
        return int.__int__(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SupportsIndex) and int(self) == other.__index__()


def comparisons(module: object) -> int:
    """How many comparisons 20 questions to 20,000 spans take."""
    held = vars(module)["Spans"]([spans(range(0, 40_000, 2))])
    Counted.compared = 0
    assert sum(Counted(index) in held for index in range(0, 40_000, 2_000)) == 20
    return Counted.compared


def test_a_question_to_many_spans_takes_few_comparisons() -> None:
    assert comparisons(statement_rules) <= 20 * 18
    slow = variant(
        statement_rules,
        "        place = bisect_right(self._firsts, index) - 1\n",
        "        place = sum(index >= first for first in self._firsts) - 1\n",
    )
    assert comparisons(slow) >= 20 * 20_000


def test_parts_hold_the_same_and_are_no_longer_than_they_may() -> None:
    said = spans(range(0, 5_000, 2))
    parts = list(in_parts(said, most=1_000))
    assert [part.count(",") + 1 for part in parts] == [1_000, 1_000, 500]
    assert ",".join(parts) == said
    assert list(in_parts("3-5")) == ["3-5"]


def leaf_of(stream: bytes, *, sequence: int = 3, kind: str = "log.key_announced", sealed: bool = False) -> bytes:
    return prepare_entry(
        stream=stream, sequence=sequence, kind=kind, event={}, salt=new_salt(), recorded_at=1, sealed=sealed
    ).leaf


def test_a_statement_is_known_by_its_stream() -> None:
    assert statement_number(leaf_of(STREAM), stream=STREAM) == 3
    # An act of somebody is none, whatever its kind is called; nor is one of another log.
    assert statement_number(leaf_of(new_stream()), stream=STREAM) is None
    assert statement_number(leaf_of(log_stream("other.example/log")), stream=STREAM) is None
    assert statement_number(leaf_of(STREAM, sealed=True), stream=STREAM) is None


@pytest.mark.parametrize(
    "leaf",
    ['{"s":"%s"', '["s":"%s"]', '{"n":-1,"s":"%s"}', '{"n":"1","s":"%s"}', '{"n":true,"s":"%s"}', '{"s":"%s"}',
     '{"x":{"n":1,"s":"%s"}}'],
)  # fmt: skip
def test_a_leaf_of_another_form_is_no_statement(leaf: str) -> None:
    assert statement_number((leaf % write_base64(STREAM)).encode(), stream=STREAM) is None
