# SPDX-License-Identifier: EUPL-1.2
"""`melayani init`: what an empty instance holds, that repeating it changes nothing, and every way it refuses."""

import sqlite3
from pathlib import Path

import pytest

from melayani.ledger.keys import log_key, master_key, promise_key, read_origin
from tests.site.running import PASSWORD, an_instance, init, one_line, run

pytestmark = pytest.mark.once


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "melayani.sqlite3")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted((folder / "keys").iterdir())
        if path.is_file()
    }


def test_an_instance_has_keys_schema_reference_data_and_one_administrator(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "instance"
    folder.parent.mkdir()
    done = init(folder)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout
    assert read_origin(folder / "keys") == "melayani-demo.example/ledger"
    assert len(master_key(folder / "keys")) == 32
    assert log_key(folder / "keys").vkey != promise_key(folder / "keys").vkey
    for private in (folder, folder / "keys", *(folder / "keys").iterdir(), folder / "melayani.sqlite3"):
        assert private.stat().st_mode & 0o077 == 0, private
    assert rows(folder, "SELECT COUNT(*) FROM government_place") == [(9199,)]
    assert rows(folder, "SELECT COUNT(*) > 400 FROM government_unit") == [(1,)]
    assert rows(folder, "SELECT COUNT(*) > 20 FROM catalogue_topic") == [(1,)]
    assert rows(folder, "SELECT COUNT(*) > 50 FROM triage_routingrule") == [(1,)]
    granted = rows(
        folder,
        "SELECT o.username, g.role, u.code FROM government_rolegrant g JOIN government_officer o ON o.id = g.officer_id"
        " JOIN government_unit u ON u.id = g.unit_id",
    )
    assert granted == [("admin", "administrator", "35.kominfo")]
    assert rows(folder, "SELECT kind, position FROM ledger_entry") == [("officer.created", 1)]
    assert rows(folder, "SELECT COUNT(*) FROM cases_case") == [(0,)]


def test_again_it_changes_nothing_and_asks_for_nobody(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    keys = content(folder)
    counts = "SELECT (SELECT COUNT(*) FROM government_officer), (SELECT COUNT(*) FROM ledger_entry)"
    before = rows(folder, counts)
    done = run("init", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert content(folder) == keys
    assert rows(folder, counts) == before


def test_a_half_made_instance_is_finished(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    keys = content(folder)
    (folder / "melayani.sqlite3").unlink()
    assert init(folder).returncode == 0
    assert content(folder) == keys
    assert rows(folder, "SELECT COUNT(*) FROM government_officer") == [(1,)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"MELAYANI_ADMIN_USERNAME": "admin"},
        {"MELAYANI_ADMIN_PASSWORD_FILE": "/dev/null"},
        {"MELAYANI_ADMIN_USERNAME": "admin", "MELAYANI_ADMIN_PASSWORD_FILE": "/no/such/file"},
        {"MELAYANI_ADMIN_USERNAME": "admin", "MELAYANI_ADMIN_PASSWORD_FILE": "/dev/null"},
    ],
)
def test_without_an_administrator_nothing_is_made(settings: dict[str, str], tmp_path: Path) -> None:
    done = run("init", "--data", tmp_path / "d", **settings)
    assert done.returncode == 2
    assert one_line(done)
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("password", ["short", "administrator", "password1234", "two\nlines-of-secret"])
def test_a_weak_password_is_refused_before_anything_is_made(password: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(password)
    settings = {"MELAYANI_ADMIN_USERNAME": "administrator", "MELAYANI_ADMIN_PASSWORD_FILE": str(tmp_path / "p")}
    done = run("init", "--data", tmp_path / "d", **settings)
    assert done.returncode == 2
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("origin", ["two words", "a+b", "tab\there"])
def test_an_origin_that_cannot_name_a_ledger_is_refused(origin: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(PASSWORD)
    settings = {"MELAYANI_ADMIN_USERNAME": "admin", "MELAYANI_ADMIN_PASSWORD_FILE": str(tmp_path / "p")}
    done = run("init", "--data", tmp_path / "d", MELAYANI_LOG_ORIGIN=origin, **settings)
    assert done.returncode == 2
    assert not (tmp_path / "d").exists()


def test_older_code_refuses_newer_data(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    connection = sqlite3.connect(folder / "melayani.sqlite3")
    connection.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_future', '2030-01-01')"
    )
    connection.commit()
    connection.close()
    for command in (("init",), ("serve",), ("upgrade",), ("seed", "--cases", "1")):
        done = run(*command, "--data", folder)
        assert done.returncode in (1, 2), command
        assert "cases.9999_future" in done.stderr, command


def test_older_data_asks_for_an_upgrade(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    connection = sqlite3.connect(folder / "melayani.sqlite3")
    connection.execute("DELETE FROM django_migrations WHERE app = 'triage'")
    connection.commit()
    connection.close()
    done = run("work", "--data", folder)
    assert done.returncode == 1
    assert "melayani upgrade" in one_line(done)
