# SPDX-License-Identifier: EUPL-1.2
"""Settings as people write them: what is read, what is refused in one sentence, what `melayani check` finds wrong."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as now_set
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from melayani.ground import clock
from melayani.ground.clock import fixed_moment
from melayani.ledger.keys import KeysRefused, create_keys, read_origin
from melayani.site.environment import address, check_clock, database, listed, workers
from melayani.site.wrong_settings import wrong_settings

WRONG_ADDRESSES = ["postgres://[bad", "postgres://u:rahasia@h:abc/x", "postgres://u:rahasia@h:99999/x"]


@pytest.mark.parametrize("url", [*WRONG_ADDRESSES, "", "mysql://u:rahasia@h/x", "sqlite:x", "sqlite://host/x"])
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="^MELAYANI_DATABASE_URL ") as refused:
        database(url)
    assert "rahasia" not in str(refused.value)


def test_control_right_addresses_are_read() -> None:
    assert database("sqlite:////srv/a%20b")["NAME"] == "/srv/a b"
    found = database("postgres://u:p%40@[::1]:5433/x?sslmode=require")
    assert (found["HOST"], found["PORT"], found["PASSWORD"], found["NAME"]) == ("::1", "5433", "p@", "x")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert database("postgres:///x?host=/run/pg")["HOST"] == "/run/pg"
    assert address("https://a.example:8443", name="X").port == 8443


def test_lists_may_have_blanks_and_empty_places() -> None:
    assert listed("a.example, b.example ,, c.example,") == ["a.example", "b.example", "c.example"]
    assert listed(" ") == []


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is not on Jakarta's time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_a_moment_without_offset_is_one_in_jakarta(monkeypatch: pytest.MonkeyPatch) -> None:
    monday = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    assert fixed_moment("2026-01-05T09:00:00") == fixed_moment("2026-01-05T09:00:00+07:00") == monday
    monkeypatch.setenv("MELAYANI_NOW", "2026-01-05T09:00:00")
    assert clock.now() == monday
    # The control: left to itself, Python takes the zone of the machine.
    assert datetime.fromisoformat("2026-01-05T09:00:00").astimezone(UTC) != monday


@pytest.mark.parametrize("said", ["rubbish", "2026-13-01", "0001-01-01T00:00:00+07:00"])
def test_a_clock_that_is_no_moment_is_refused(said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MELAYANI_NOW harus waktu"):
        check_clock(said, debug=True)


def test_a_fixed_clock_is_for_tests() -> None:
    check_clock("2026-01-05T09:00:00+07:00", debug=True)
    check_clock("", debug=False)
    with pytest.raises(ImproperlyConfigured, match="hanya untuk uji coba"):
        check_clock("2026-01-05T09:00:00+07:00", debug=False)


@pytest.mark.parametrize(
    ("said", "number"),
    [("1", 1), ("64", 64), ("0", None), ("65", None), ("-1", None), ("two", None), ("1.5", None), ("9" * 5000, None)],
)
def test_the_number_of_workers(said: str, number: int | None) -> None:
    assert workers(said) == number


@pytest.fixture
def fine(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of which nothing is wrong; they may be changed."""
    settings.KEYS = tmp_path / "keys"
    create_keys(directory=settings.KEYS, origin="layanan.contoh.go.id/ledger")
    settings.PUBLIC_URL, settings.TRUSTED_PROXIES, settings.BACKUP_RECIPIENT = "https://x.go.id", ["::1"], ""
    monkeypatch.delenv("MELAYANI_WORKERS", raising=False)
    monkeypatch.setenv("MELAYANI_LOG_ORIGIN", "layanan.contoh.go.id/ledger")
    return settings


def test_control_nothing_is_said_of_settings_that_are_fine(fine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(wrong_settings())
    monkeypatch.delenv("MELAYANI_LOG_ORIGIN")
    monkeypatch.setenv("MELAYANI_WORKERS", "3")
    fine.PUBLIC_URL = "https://x.go.id:8443"
    fine.BACKUP_RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
    assert not list(wrong_settings())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PUBLIC_URL", "ftp://x.go.id", "MELAYANI_URL harus diawali"),
        ("PUBLIC_URL", "", "MELAYANI_URL harus diawali"),
        ("PUBLIC_URL", "https://x.go.id/layanan", "MELAYANI_URL hanya boleh"),
        ("PUBLIC_URL", "https://x.go.id?a=b", "MELAYANI_URL hanya boleh"),
        ("TRUSTED_PROXIES", ["::1", "10.0.0.0/8"], "10.0.0.0/8 bukan satu alamat IP"),
        ("TRUSTED_PROXIES", ["proxy.example"], "proxy.example bukan satu alamat IP"),
        ("TRUSTED_PROXIES", ["0:0::1"], "tulis 0:0::1 sebagai ::1"),
        ("BACKUP_RECIPIENT", "age1wrong", "MELAYANI_BACKUP_RECIPIENT bukan kunci publik age"),
    ],
)
def test_a_wrong_setting_is_said_in_one_line(name: str, value: object, said: str, fine: Settings) -> None:
    setattr(fine, name, value)
    (found,) = wrong_settings()
    assert said in found


@pytest.mark.parametrize("said", ["0", "two", "-1"])
def test_a_number_of_workers_that_is_none_is_said(said: str, fine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # it makes the rest fine
    monkeypatch.setenv("MELAYANI_WORKERS", said)
    (found,) = wrong_settings()
    assert "MELAYANI_WORKERS" in found


def test_the_origin_beside_the_keys_counts(fine: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MELAYANI_LOG_ORIGIN", "other.go.id/ledger")
    (found,) = wrong_settings()
    assert "MELAYANI_LOG_ORIGIN berbeda" in found
    # A right setting does not hide a name that is an example for ever.
    monkeypatch.setenv("MELAYANI_LOG_ORIGIN", "layanan.contoh.go.id/ledger")
    shutil.rmtree(now_set.KEYS)
    create_keys(directory=fine.KEYS, origin="x.example/ledger")
    example, differs = wrong_settings()
    assert ("masih nama contoh" in example, "berbeda" in differs) == (True, True)


def test_an_origin_that_is_no_text_is_refused(fine: Settings) -> None:
    (fine.KEYS / "origin").write_bytes(b"\xff")
    with pytest.raises(KeysRefused, match="origin rusak"):
        read_origin(fine.KEYS)
