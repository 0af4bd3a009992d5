# SPDX-License-Identifier: EUPL-1.2
"""What `melayani due` prints: known answers on the packaged calendar, and the marks of years without a decree."""

import subprocess
import sys
from datetime import date, datetime

import pytest

from melayani.government.calendars import Calendar, MomentRefused
from melayani.government.due import due_lines, shipped_calendar
from melayani.ground.working_days import DaysRefused
from tests.conftest import MONDAY


def lines(start: str, days: int, *, region: str = "") -> list[str]:
    return due_lines(start=datetime.fromisoformat(start), days=days, calendar=shipped_calendar(region))


def test_fourteen_working_days_in_january() -> None:
    assert due_lines(start=MONDAY, days=14, calendar=shipped_calendar("35.07")) == [
        "2026-01-26T23:59:59+07:00",
        "2026-01-10  Sabtu",
        "2026-01-11  Minggu",
        "2026-01-16  Isra Mikraj Nabi Muhammad",
        "2026-01-17  Sabtu",
        "2026-01-18  Minggu",
        "2026-01-24  Sabtu",
        "2026-01-25  Minggu",
    ]


def test_eid_2025() -> None:
    told = lines("2025-03-27T10:00:00+07:00", 5)
    assert told[0] == "2025-04-14T23:59:59+07:00"
    # Nyepi and joint leave, then eleven days of Eid with two weekends, then the weekend before the last day.
    assert [line[:10] for line in told[1:]] == [
        "2025-03-28", "2025-03-29", "2025-03-30", "2025-03-31", *(f"2025-04-0{day}" for day in range(1, 8)),
        "2025-04-12", "2025-04-13",
    ]  # fmt: skip
    assert told[2] == "2025-03-29  Sabtu, Hari Suci Nyepi"


def test_filing_on_a_free_day_counts_from_the_next_working_day() -> None:
    assert lines("2025-04-01T08:00:00+07:00", 5)[0] == "2025-04-14T23:59:59+07:00"
    assert lines("2026-01-10T23:59:59+07:00", 1)[0] == "2026-01-12T23:59:59+07:00"


def test_another_offset_is_read_as_the_same_moment_in_jakarta() -> None:
    assert lines("2025-03-26T18:00:00+00:00", 5) == lines("2025-03-27T01:00:00+07:00", 5)
    assert lines("2025-03-26T16:59:59Z", 5) == lines("2025-03-26T23:59:59+07:00", 5)


def test_skipped_days_of_a_provisional_year_are_marked() -> None:
    told = lines("2026-12-31T09:00:00+07:00", 2)
    assert told == [
        "2027-01-06T23:59:59+07:00",
        "2027-01-01  Tahun Baru Masehi (sementara)",
        "2027-01-02  Sabtu (sementara)",
        "2027-01-03  Minggu (sementara)",
        "2027-01-05  Isra Mikraj Nabi Muhammad (sementara)",
    ]


def test_a_provisional_year_without_a_skipped_day_has_a_line_of_its_own() -> None:
    # Monday 7 February 2028: no decree, and no free day until Tuesday.
    assert lines("2028-02-07T09:00:00+07:00", 1) == [
        "2028-02-08T23:59:59+07:00",
        "2028-02-08  sementara: kalender 2028 belum ditetapkan",
    ]
    # Tuesday 31 December 2030 to Wednesday 1 January 2031: two such years on the way.
    assert lines("2030-12-30T09:00:00+07:00", 2)[1:] == ["2031-01-01  sementara: kalender 2030, 2031 belum ditetapkan"]


def test_years_with_a_decree_are_not_marked() -> None:
    for line in lines("2020-01-02T09:00:00+07:00", 1000):
        assert "sementara" not in line


def test_a_thousand_days_are_counted_and_marked() -> None:
    told = lines("2026-01-05T09:00:00+07:00", 1000)
    assert told[0].startswith("20")
    assert all(line.endswith("(sementara)") == (line[:4] > "2026") for line in told[1:])


def test_no_day_is_printed_twice_and_all_lie_before_the_due_day() -> None:
    told = lines("2026-01-05T09:00:00+07:00", 400)
    days = [line[:10] for line in told[1:]]
    assert days == sorted(set(days))
    assert days[-1] < told[0][:10]


@pytest.mark.parametrize("days", [0, -1, 1001])
def test_days_outside_are_refused(days: int) -> None:
    with pytest.raises(DaysRefused):
        due_lines(start=MONDAY, days=days, calendar=shipped_calendar())


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(MomentRefused):
        due_lines(start=MONDAY.replace(tzinfo=None), days=1, calendar=shipped_calendar())


def test_control_a_calendar_without_joint_leave_gives_another_answer() -> None:
    poorer = Calendar(facts=[], known_years=[2025])
    start = datetime.fromisoformat("2025-03-27T10:00:00+07:00")
    assert due_lines(start=start, days=5, calendar=poorer)[0] == "2025-04-03T23:59:59+07:00"


def test_the_packaged_calendar_is_alike_everywhere() -> None:
    national, local = shipped_calendar(), shipped_calendar("35.07")
    for ordinal in range(date(2024, 1, 1).toordinal(), date(2027, 12, 31).toordinal()):
        day = date.fromordinal(ordinal)
        assert national.reason(day) == local.reason(day)


def test_the_answer_needs_no_django() -> None:
    code = "import sys, melayani.government.due as due; due.shipped_calendar(); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
