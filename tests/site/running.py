# SPDX-License-Identifier: EUPL-1.2
"""Runs the real program in scratch folders: one finished instance is made per test run and copied."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import requests

from tests.instance import DATA
from tests.postgres_server import free_port

PASSWORD = "kata-sandi-uji-panjang"
ON_POSTGRES = os.environ.get("MELAYANI_TEST_DB") == "postgres"
PROGRAM = (sys.executable, "-m", "melayani")


def environment(**more: str) -> dict[str, str]:
    """The environment without any setting of ours but these."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("MELAYANI_", "DJANGO_"))}
    return bare | more


def run(*arguments: str | Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """The finished command; nothing on its standard input."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def one_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line on stderr of a refused command."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("melayani: ")
    return lines[0].removeprefix("melayani: ")


def init(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """An empty instance in the folder, with the administrator `admin`."""
    file = folder.parent / f"{folder.name}.password"
    file.write_text(PASSWORD + "\n")
    administrator = {"MELAYANI_ADMIN_USERNAME": "admin", "MELAYANI_ADMIN_PASSWORD_FILE": str(file)}
    return run("init", "--data", folder, **administrator, **settings)


@cache
def _pattern() -> Path:
    folder = DATA / f"pattern-{os.getpid()}"
    done = init(folder)
    assert done.returncode == 0, done.stderr
    return folder


def an_instance(folder: Path) -> Path:
    """A fresh empty instance on SQLite in the folder."""
    shutil.copytree(_pattern(), folder)
    return folder


def settings_of(folder: Path) -> dict[str, str]:
    """The environment of a fresh empty instance in the folder, on the database of this test run."""
    if not ON_POSTGRES:
        return {"MELAYANI_DATA": str(an_instance(folder))}
    shutil.copytree(_pattern_on_postgres(), folder)
    name = f"scratch_{uuid.uuid4().hex}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "pattern_{os.getpid()}"')
    return {"MELAYANI_DATA": str(folder), "MELAYANI_DATABASE_URL": _database_url(name)}


@cache
def _pattern_on_postgres() -> Path:
    folder = DATA / f"pattern-postgres-{os.getpid()}"
    name = f"pattern_{os.getpid()}"
    _on_server(f'CREATE DATABASE "{name}"')
    done = init(folder, MELAYANI_DATABASE_URL=_database_url(name))
    assert done.returncode == 0, done.stderr
    return folder


def _database_url(name: str) -> str:
    return os.environ["MELAYANI_DATABASE_URL"].rpartition("/")[0] + "/" + name


def _on_server(statement: str) -> None:
    with psycopg.connect(os.environ["MELAYANI_DATABASE_URL"], autocommit=True) as server:
        server.execute(statement.encode())


@contextmanager
def started(*arguments: str | Path, **settings: str) -> "Iterator[subprocess.Popen[str]]":
    """The running command; ended at the end, if need be by force."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def a_demo(folder: Path, *, shared: Path) -> Path:
    """A demo instance in the folder: a copy of the one that lies under `shared`, made by whoever asks first."""
    pattern = shared / "demo-pattern"
    with (shared / "demo-pattern.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not pattern.exists():
            made = shared / f"demo-{os.getpid()}"
            port = free_port()
            with started("demo", "--data", made, "--port", str(port)):
                page(f"http://127.0.0.1:{port}/status/health", within=120)
            made.rename(pattern)
    shutil.copytree(pattern, folder)
    return folder


def page(address: str, *, within: float = 20, **headers: str) -> requests.Response:
    """The answer to GET, as soon as somebody answers."""
    until = time.monotonic() + within
    while True:
        try:
            return requests.get(address, headers=headers, timeout=10, allow_redirects=False)
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def processes_of(folder: Path) -> list[int]:
    """The ids of processes whose command line names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                said = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in said and b"melayani" in said:
                found.append(int(entry.name))
    return found


def all_gone(folder: Path, *, within: float = 10) -> bool:
    """Whether no process of the instance is left, given some seconds."""
    until = time.monotonic() + within
    while processes_of(folder):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
