# SPDX-License-Identifier: EUPL-1.2
"""Canonical JSON: known answers of RFC 8785's rules, refusals, and stability under reordering."""

import json
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from melayani.ground.canonical_json import Json, NotCanonical, canonical_json

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}'),
        # UTF-16 order: the surrogates of an emoji sort before U+FB13, code points would not.
        (
            {"\u20ac": 1, "\r": 2, "1": 3, "\U0001f600": 4, "\ufb13": 5},
            '{"\\r":2,"1":3,"€":1,"😀":4,"\ufb13":5}'.encode(),
        ),
        ({"e\u0301": 1, "z": 2}, '{"z":2,"é":1}'.encode()),
        ("e\u0301", '"é"'.encode()),
        ("\u2028/", '"\u2028/"'.encode()),
        (2**53 - 1, b"9007199254740991"),
    ],
)
def test_known_answers(value: Json, expected: bytes) -> None:
    assert canonical_json(value) == expected


def nested(depth: int) -> Json:
    """A list in a list in a list."""
    value: Json = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        b"x",
        2**53,
        -(2**53),
        {"a": {1, 2}},
        "\ud800",
        {1: 2},
        {"é": 1, "e\u0301": 2},
        pytest.param(10**5000, id="huge"),
        nested(40),
    ],
)
def test_what_it_does_not_know_is_refused(value: Json) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(value)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), values, max_size=6))
def test_order_of_names_does_not_matter(value: dict[str, Json]) -> None:
    assume(len({unicodedata.normalize("NFC", name) for name in value}) == len(value))
    backwards = dict(reversed(list(value.items())))
    assert canonical_json(value) == canonical_json(backwards)
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)
