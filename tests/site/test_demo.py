# SPDX-License-Identifier: EUPL-1.2
"""`melayani demo`: from an empty folder to the first page, twice, and what it never touches."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from melayani.ledger.keys import log_key, promise_key
from melayani.site.console import BadInput
from melayani.site.demo import MARKER, prepare_folder, read_file, write_file
from tests.postgres_server import free_port
from tests.site.running import a_demo, all_gone, an_instance, one_line, page, processes_of, run, started

pytestmark = pytest.mark.once
ROLES = {"triage", "officer", "head", "inspectorate", "administrator"}


def demo_file(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "demo.json").read_text())
    return said


def test_from_nothing_to_the_first_page_and_again(tmp_path: Path) -> None:
    folder, port = tmp_path / "demo", free_port()
    url = f"http://127.0.0.1:{port}"
    other = an_instance(tmp_path / "real")
    before = (other / "melayani.sqlite3").read_bytes()
    begun = time.monotonic()
    with started("demo", "--data", folder, "--port", str(port), **settings_of(other)) as process:
        first = page(f"{url}/status/health", within=60)
        assert time.monotonic() - begun < 60
        assert first.status_code == 200
        # Complete before anybody could ask for it.
        told = demo_file(folder)
        assert page(f"{url}/masuk").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        printed = process.stdout.read()
    assert all_gone(folder)
    # The environment named the database and keys of another instance; nothing was written or read there.
    assert (other / "melayani.sqlite3").read_bytes() == before
    assert (folder / "keys" / "master.key").read_bytes() != (other / "keys" / "master.key").read_bytes()
    check_file(told, folder=folder, url=url)
    for login in told["logins"]:
        assert login["username"] in printed
        assert login["password"] in printed
    assert url in printed
    check_second_run(folder, told=told)


def settings_of(folder: Path) -> dict[str, str]:
    """An environment that names this instance."""
    return {
        "MELAYANI_DATA": str(folder),
        "MELAYANI_DATABASE_URL": f"sqlite:///{folder}/melayani.sqlite3",
        "MELAYANI_KEYS": str(folder / "keys"),
    }


def check_file(told: dict[str, Any], *, folder: Path, url: str) -> None:
    """`demo.json` is exactly what the contract says, for its user only."""
    assert set(told) == {"url", "open311_key", "log_vkey", "promise_vkey", "logins"}
    assert told["url"] == url
    assert told["log_vkey"] == log_key(folder / "keys").vkey
    assert told["promise_vkey"] == promise_key(folder / "keys").vkey
    for login in told["logins"]:
        assert set(login) == {"name", "username", "password", "totp_secret", "role", "unit"}
        assert login["totp_secret"] is None
    assert {login["role"] for login in told["logins"]} == ROLES
    units = {(login["role"], login["unit"]) for login in told["logins"]}
    assert units >= {
        ("triage", "35.07.koordinator"), ("triage", "35.kominfo"), ("officer", "35.binamarga"),
        ("head", "35.binamarga"), ("officer", "35.07.dishub"), ("head", "35.07.dishub"),
        ("inspectorate", "35.inspektorat"),
        ("administrator", "35.kominfo"),
    }  # fmt: skip
    assert (folder / "demo.json").stat().st_mode & 0o077 == 0
    assert (folder / "melayani.sqlite3").stat().st_mode & 0o077 == 0


def check_second_run(folder: Path, *, told: dict[str, Any]) -> None:
    """The second run keeps keys, logins and cases, and follows the new port."""
    port = free_port()
    with started("demo", "--data", folder, "--port", str(port)) as process:
        answer = page(f"http://127.0.0.1:{port}/open311/v2/requests.json", within=60)
        assert len(answer.json()) >= 100
        again = demo_file(folder)
        process.terminate()
        assert process.wait(timeout=20) == 0
    assert again == told | {"url": f"http://127.0.0.1:{port}"}


def test_its_folder_may_not_hold_anything_else(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "real")
    before = sorted(path.name for path in folder.iterdir())
    for arguments in ((), ("--fresh",)):
        done = run("demo", "--data", folder, "--port", str(free_port()), *arguments)
        assert (done.returncode, "bukan instalasi demo" in one_line(done)) == (2, True)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_fresh_removes_what_a_demo_made_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    prepare_folder(folder, fresh=False)
    for name in ("melayani.sqlite3", "melayani.sqlite3-wal", "demo.json", "note-of-mine"):
        (folder / name).write_text("x")
    for name in ("keys", "files", "ledger"):
        (folder / name).mkdir()
        (folder / name / "x").write_text("x")
    prepare_folder(folder, fresh=True)
    assert sorted(path.name for path in folder.iterdir()) == [MARKER, "note-of-mine"]


def test_the_marker_alone_makes_a_demo(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("x")
    with pytest.raises(BadInput):
        prepare_folder(tmp_path, fresh=True)
    assert (tmp_path / "something").exists()
    (tmp_path / MARKER).mkdir()
    with pytest.raises(BadInput):
        prepare_folder(tmp_path, fresh=True)


def test_a_running_demo_is_not_removed(tmp_path: Path, shared: Path) -> None:
    folder, port = a_demo(tmp_path / "demo", shared=shared), free_port()
    with started("demo", "--data", folder, "--port", str(port)):
        page(f"http://127.0.0.1:{port}/status/health", within=60)
        time.sleep(2)
        done = run("demo", "--data", folder, "--port", str(free_port()), "--fresh")
        assert (done.returncode, "masih berjalan" in one_line(done)) == (1, True)
        assert page(f"http://127.0.0.1:{port}/status/health").status_code == 200
    assert all_gone(folder)


@pytest.mark.parametrize("delay", [1.7, *(pytest.param(n / 4, marks=pytest.mark.prove) for n in range(1, 14))])
def test_it_can_be_stopped_while_it_is_being_made_and_finished_later(delay: float, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with started("demo", "--data", folder, "--port", str(free_port())) as process:
        time.sleep(delay)
        process.terminate()
        assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert all_gone(folder), processes_of(folder)
    port = free_port()
    with started("demo", "--data", folder, "--port", str(port)):
        assert len(page(f"http://127.0.0.1:{port}/open311/v2/requests.json", within=60).json()) >= 100


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    assert read_file(tmp_path) == {}
    write_file(tmp_path, {"a": 1})
    assert read_file(tmp_path) == {"a": 1}
    (tmp_path / "demo.json").write_text('{"a": ')
    assert read_file(tmp_path) == {}
    (tmp_path / "demo.json.new").write_text("left by a crash")
    write_file(tmp_path, {"a": 2})
    assert read_file(tmp_path) == {"a": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]
