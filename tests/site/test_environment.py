# SPDX-License-Identifier: EUPL-1.2
"""What the environment says is read as it was meant, refused in one line, or named by `melayani check`."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from melayani.ground.clock import fixed_moment
from melayani.site import environment as environment_module
from melayani.site.environment import address, check_clock, database, listed, workers
from melayani.site.wrong_settings import wrong_settings
from tests.ledger.some_keys import variant
from tests.site.running import one_line, run

BAD_DATABASES = [
    "postgres://[bad",
    "postgres://u:p@h:abc/x",
    "postgres://u:p@h:99999/x",
    "mysql://h/x",
    "sqlite://x",
    "",
]


@pytest.mark.parametrize("url", BAD_DATABASES)
def test_an_address_of_a_database_that_cannot_be_read_is_named(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="MELAYANI_DATABASE_URL"):
        database(url)


def test_control_without_the_look_a_port_that_is_none_ends_in_another_error() -> None:
    broken = variant(environment_module, "        _ = parts.port\n", "")
    with pytest.raises(ValueError, match="Port"):
        broken.database("postgres://u:p@h:abc/x")


def test_a_database_that_can_be_read() -> None:
    assert database("sqlite:////srv/a%20b.sqlite3")["NAME"] == "/srv/a b.sqlite3"
    found = database("postgres://u:p%40@h:5432/x?sslmode=require")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("u", "p@", "h", "5432")
    assert found["OPTIONS"]["sslmode"] == "require"


def test_lists_lose_nothing_after_a_blank() -> None:
    assert listed(" satu.example, dua.example,,tiga.example ") == ["satu.example", "dua.example", "tiga.example"]
    assert listed("") == []
    broken = variant(environment_module, "[entry.strip() for entry", "[entry for entry")
    assert " dua.example" in broken.listed("satu.example, dua.example")


def test_addresses_workers_and_the_clock() -> None:
    assert address("https://layanan.example:8443", name="MELAYANI_URL").hostname == "layanan.example"
    with pytest.raises(ImproperlyConfigured, match="MELAYANI_URL"):
        address("https://[x", name="MELAYANI_URL")
    assert [workers(said) for said in ("1", "64", "0", "65", "abc", "-1", "1_0", "")] == [1, 64, *[None] * 6]
    # Without an offset it is a moment in Jakarta, wherever the machine stands.
    assert fixed_moment("2026-01-05T09:00:00") == fixed_moment("2026-01-05T02:00:00+00:00")
    for said, debug in (("rubbish", True), ("2026-01-05T09:00:00+07:00", False)):
        with pytest.raises(ImproperlyConfigured, match="MELAYANI_NOW"):
            check_clock(said, debug=debug)


def found(settings: Settings, monkeypatch: pytest.MonkeyPatch, **changes: object) -> list[str]:
    """What is said of an instance with these settings, beside what is said of it anyway."""
    before = list(wrong_settings())
    for name, value in changes.items():
        if name.startswith("MELAYANI_"):
            monkeypatch.setenv(name, str(value))
        else:
            setattr(settings, name, value)
    return [said for said in wrong_settings() if said not in before]


def test_check_names_what_does_not_do_what_was_meant(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(**changes: object) -> str:
        with monkeypatch.context() as patch:
            return " ".join(found(settings, patch, **changes))

    assert "berbeda" in said(MELAYANI_LOG_ORIGIN="lain.example/ledger")
    assert "MELAYANI_WORKERS" in said(MELAYANI_WORKERS="abc")
    assert said(MELAYANI_WORKERS="4") == ""
    assert "10.0.0.0/8" in said(TRUSTED_PROXIES=["10.0.0.0/8"])
    assert said(TRUSTED_PROXIES=["10.0.0.1", "::1"]) == ""
    assert "skema" in said(PUBLIC_URL="https://x.example/pfad?x")
    assert "diawali" in said(PUBLIC_URL="ftp://x.example")
    assert said(PUBLIC_URL="https://x.example") == ""


@pytest.mark.once
@pytest.mark.parametrize("named", [{"MELAYANI_DATABASE_URL": "postgres://[bad"}, {"MELAYANI_NOW": "rubbish"}])
def test_a_program_says_it_in_one_line(tmp_path: Path, named: dict[str, str]) -> None:
    done = run("check", "--data", tmp_path, MELAYANI_DEBUG="1", **named)
    assert (done.returncode, next(iter(named)) in one_line(done)) == (2, True)


@pytest.mark.once
def test_an_empty_folder_name_is_no_folder(tmp_path: Path) -> None:
    for arguments in (("init", "--data", ""), ("restore", tmp_path / "x", "--data", " ")):
        done = run(*arguments)
        assert (done.returncode, "kosong" in one_line(done)) == (2, True)
