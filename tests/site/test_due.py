# SPDX-License-Identifier: EUPL-1.2
"""`melayani due`: exact lines, refusals, the calendar of an instance, and that it does not wait for Django."""

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.site.running import an_instance, environment, one_line, run

pytestmark = pytest.mark.once


def due(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return run("due", *arguments, **settings)


def test_the_moment_then_each_skipped_day_with_its_reason() -> None:
    done = due("--from", "2025-03-26T10:00:00+07:00", "--days", "3")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "2025-04-09T23:59:59+07:00",
        "2025-03-28  Cuti Bersama Hari Suci Nyepi",
        "2025-03-29  Sabtu, Hari Suci Nyepi",
        "2025-03-30  Minggu",
        "2025-03-31  Hari Raya Idul Fitri",
        "2025-04-01  Hari kedua dari Hari Raya Idul Fitri",
        "2025-04-02  Cuti Bersama Hari Raya Idul Fitri",
        "2025-04-03  Cuti Bersama Hari Raya Idul Fitri",
        "2025-04-04  Cuti Bersama Hari Raya Idul Fitri",
        "2025-04-05  Sabtu",
        "2025-04-06  Minggu",
        "2025-04-07  Cuti Bersama Hari Raya Idul Fitri",
    ]


@pytest.mark.parametrize(
    ("start", "moment"),
    [
        ("2026-01-05", "2026-01-06T23:59:59+07:00"),
        ("2026-01-05T09:00", "2026-01-06T23:59:59+07:00"),
        # 23:30 in Jakarta still, and already the next day there.
        ("2026-01-05T16:30:00Z", "2026-01-06T23:59:59+07:00"),
        ("2026-01-05T17:30:00Z", "2026-01-07T23:59:59+07:00"),
        # Filed on a Saturday: counts from Monday.
        ("2026-01-10T12:00:00+07:00", "2026-01-12T23:59:59+07:00"),
    ],
)
def test_a_moment_without_offset_is_in_jakarta(start: str, moment: str) -> None:
    assert due("--from", start, "--days", "1").stdout.splitlines()[0] == moment


def test_a_year_without_a_decree_is_marked() -> None:
    assert "sementara" in due("--from", "2031-03-21", "--days", "3").stdout


@pytest.mark.parametrize("days", ["0", "1001", "-1", "1_0", "1.5", "abc", "", "١٢", "9" * 400])
def test_days_outside_1_to_1000_are_refused(days: str) -> None:
    done = due("--from", "2026-01-05", f"--days={days}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "1 sampai 1000" in one_line(done)


@pytest.mark.parametrize(
    "start", ["x", "", "2026-13-01", "2026-02-30T10:00:00+07:00", "9999-12-31", "0001-01-01T00:00:00+14:00", "\udcff"]
)
def test_a_moment_that_is_none_is_refused(start: str) -> None:
    done = due("--from", start, "--days", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done)


@pytest.mark.parametrize("region", ["36", "x", "35.99", "", "35.07.99"])
def test_an_unknown_region_is_refused(region: str) -> None:
    done = due("--from", "2026-01-05", "--days", "2", f"--region={region}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "tidak dikenal" in one_line(done)


def test_the_ends_of_the_range_hold() -> None:
    assert due("--from", "2026-01-05", "--days", "1").returncode == 0
    last = due("--from", "2024-01-05", "--days", "1000", "--region", "35.07.13.2003").stdout.splitlines()
    datetime.fromisoformat(last[0])
    assert all(len(line.split("  ", 1)) == 2 for line in last[1:])


def test_django_is_not_imported_and_it_is_quick() -> None:
    code = "import sys; from melayani.site.command import run; run(sys.argv[1:]); sys.exit('django' in sys.modules)"
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "due", "--from", "2026-01-05", "--days", "20"],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    # Half a second is promised on a quiet machine; tests run beside each other.
    assert time.monotonic() - started < 2.0


def test_an_instance_named_by_the_environment_brings_its_own_calendar(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    code = (
        "import django; django.setup()\n"
        "from datetime import date, datetime, UTC\n"
        "from melayani.government.actions import set_free_day\n"
        "set_free_day(date=date(2026, 1, 6), kind='local', name='Hari Jadi', region_code='35.07', reason='uji',\n"
        "             by='system', at=datetime.now(UTC))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env=environment(MELAYANI_DATA=str(folder), DJANGO_SETTINGS_MODULE="melayani.site.settings"),
        check=True,
    )
    here = due("--from", "2026-01-05", "--days", "1", "--region", "35.07", MELAYANI_DATA=str(folder))
    assert here.stdout.splitlines() == ["2026-01-07T23:59:59+07:00", "2026-01-06  Hari Jadi"]
    elsewhere = due("--from", "2026-01-05", "--days", "1", "--region", "35.08", MELAYANI_DATA=str(folder))
    assert elsewhere.stdout.splitlines() == ["2026-01-06T23:59:59+07:00"]
    unknown = due("--from", "2026-01-05", "--days", "1", "--region", "36", MELAYANI_DATA=str(folder))
    assert unknown.returncode == 2
