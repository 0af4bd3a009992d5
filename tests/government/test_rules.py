# SPDX-License-Identifier: EUPL-1.2
"""Codes, names, tiers, the judgement of a point, and how long a guesser waits."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.government.rules import (
    ADMINISTRATION_STREAM,
    LoginRefused,
    PlaceLevel,
    PlaceRefused,
    Tier,
    is_kelurahan,
    judged,
    level_of,
    parent_of,
    place_full_name,
    place_search_name,
    region_of,
    tier_of_region,
    wait_minutes,
)
from tests.conftest import MONDAY

MALANG = ["Jawa Timur", "Kabupaten Malang", "Kepanjen", "Sukoraharjo"]
SURABAYA = ["Jawa Timur", "Kota Surabaya", "Bubutan", "Alun-alun Contong"]


@pytest.mark.parametrize(
    ("code", "names", "level", "parent", "full"),
    [
        ("35", MALANG[:1], PlaceLevel.PROVINSI, "", "Provinsi Jawa Timur"),
        ("35.07", MALANG[:2], PlaceLevel.KABKOTA, "35", "Kabupaten Malang"),
        ("35.07.13", MALANG[:3], PlaceLevel.KECAMATAN, "35.07", "Kec. Kepanjen, Kabupaten Malang"),
        ("35.07.13.2005", MALANG, PlaceLevel.DESA, "35.07.13", "Desa Sukoraharjo, Kec. Kepanjen, Kabupaten Malang"),
        ("35.78.13.1003", SURABAYA, PlaceLevel.DESA, "35.78.13", "Kel. Alun-alun Contong, Kec. Bubutan, Kota Surabaya"),
    ],
)
def test_a_code_tells_level_parent_and_full_name(
    code: str, names: list[str], level: PlaceLevel, parent: str, full: str
) -> None:
    assert level_of(code) is level
    assert parent_of(code) == parent
    assert place_full_name(code, names) == full


@pytest.mark.parametrize(
    ("code", "kelurahan"), [("35.07.13.1010", True), ("35.07.13.2005", False), ("35.07.13", False), ("35.1", False)]
)
def test_the_fourth_part_tells_kelurahan_from_desa(code: str, kelurahan: bool) -> None:
    assert is_kelurahan(code) is kelurahan


@pytest.mark.parametrize(
    ("code", "name", "typed"),
    [
        ("35.73", "Kota Malang", "malang"),
        ("35.29.01", "Kota Sumenep", "kota sumenep"),
        ("35.29.22", "Ra'as", "ra as"),
        ("35", "Jawa Timur", "jawa timur"),
    ],
)
def test_search_names_leave_out_the_kind_of_a_regency_only(code: str, name: str, typed: str) -> None:
    assert place_search_name(code, name) == typed


@pytest.mark.parametrize(
    ("place", "region", "tier"),
    [
        ("35", "35", Tier.PROVINSI),
        ("35.29.01.2001", "35.29", Tier.KABUPATEN),
        ("35.71", "35.71", Tier.KOTA),
        ("35.79.01", "35.79", Tier.KOTA),
    ],
)
def test_cities_start_at_71(place: str, region: str, tier: Tier) -> None:
    assert region_of(place) == region
    assert tier_of_region(region) is tier


@pytest.mark.parametrize(("far", "ask"), [(0.0, False), (6.0, False), (6.01, True), (16.0, True)])
def test_a_point_is_taken_or_asked(far: float, ask: bool) -> None:
    assert judged(code="35.07.13.1010", distance_km=far).ask is ask


def test_a_point_too_far_is_refused() -> None:
    with pytest.raises(PlaceRefused) as refusal:
        judged(code="35.07.13.1010", distance_km=16.01)
    assert refusal.value.code == "point_outside"


def test_the_administrative_stream_never_changes() -> None:
    assert ADMINISTRATION_STREAM.hex() == "cdcd09890069c7aa47b15c5503c4ef82"


def ago(*seconds: float) -> list[datetime]:
    return [MONDAY - timedelta(seconds=second) for second in seconds]


@pytest.mark.parametrize(
    ("tries", "minutes"),
    [
        (ago(), 0),
        (ago(*range(7)), 0),
        (ago(*range(8)), 15),
        (ago(*[1.0] * 20), 15),
        (ago(*range(7), 14 * 60), 1),
        (ago(*range(7), 13 * 60 + 59), 2),
        (ago(*range(7), 15 * 60 - 1), 1),
        (ago(*range(7), 15 * 60), 0),
    ],
)
def test_the_eighth_try_closes_the_door_for_a_while(tries: list[datetime], minutes: int) -> None:
    assert wait_minutes(tries=tries, at=MONDAY) == minutes
    assert wait_minutes(tries=tries[::-1], at=MONDAY) == minutes


def check_waiting_is_enough(wait: Callable[[Sequence[datetime]], int], tries: Sequence[datetime]) -> None:
    """Whoever waits as long as told may try again, and no more than a minute too long."""
    minutes = wait(tries)
    assert 0 <= minutes <= 15
    assert wait_minutes(tries=tries, at=MONDAY + timedelta(minutes=minutes)) == 0
    if minutes:
        assert wait_minutes(tries=tries, at=MONDAY + timedelta(minutes=minutes - 1)) > 0


moments = st.lists(st.floats(0, 1800).map(lambda seconds: MONDAY - timedelta(seconds=seconds)), max_size=20)


@given(moments)
def test_the_waiting_told_is_enough(tries: list[datetime]) -> None:
    check_waiting_is_enough(lambda tries: wait_minutes(tries=tries, at=MONDAY), tries)


def test_control_a_wait_rounded_down_is_caught() -> None:
    with pytest.raises(AssertionError):
        check_waiting_is_enough(lambda tries: wait_minutes(tries=tries, at=MONDAY) - 1, ago(*range(7), 90))


def test_a_login_refusal_says_how_long() -> None:
    refusal = LoginRefused(wait_minutes=3)
    assert (refusal.code, refusal.wait_minutes) == ("login_too_many", 3)
    assert "3 menit" in refusal.message
