# SPDX-License-Identifier: EUPL-1.2
"""Points as people write them are read, whatever marks they use; what is no point is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.portal.points import read_point, written_point

KEPANJEN = (-8.1304, 112.5709)


@pytest.mark.parametrize(
    "typed",
    [
        "-8.1304, 112.5709",
        "-8.1304,112.5709",
        "-8.1304 112.5709",
        " -8.1304 ;  112.5709 ",
        "-8,1304; 112,5709",
        "-8,1304 112,5709",
        "−8.1304, 112.5709",
        "8.1304, 112.5709",  # the sign was left out
        "112.5709, -8.1304",  # the wrong way round
        "8.1304 LS, 112.5709 BT",
        "8.1304° S, 112.5709° E",
        "\u200b-8.1304,\u00a0112.5709",
    ],
)
def test_written_in_any_way(typed: str) -> None:
    assert read_point(typed) == KEPANJEN


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "Kepanjen", "-8.13", "-8.13,", "-8.13, 112.57, 5", "999, 999", "-8.13, 181", "nan, nan", "inf, 1",
        "<b>-8</b>, 112", "=1+1, 2", "\x00", "\u202e-8.13", "١٢, ٣٤", "9" * 5000, "-8.13, 112.57" * 20, "1e5, 2",
    ],
)  # fmt: skip
def test_what_is_no_point_is_not_guessed(typed: str) -> None:
    assert read_point(typed) is None


@given(st.floats(-8.95, -4.9), st.floats(110.8, 116.0))
def test_written_and_read_again(lat: float, long: float) -> None:
    read = read_point(written_point((lat, long)))
    assert read is not None
    assert abs(read[0] - lat) < 1e-5
    assert abs(read[1] - long) < 1e-5


@given(st.text(max_size=80))
def test_never_fails(typed: str) -> None:
    point = read_point(typed)
    assert point is None or (abs(point[0]) <= 90 and abs(point[1]) <= 180)
