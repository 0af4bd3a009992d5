# SPDX-License-Identifier: EUPL-1.2
"""A PostgreSQL server of the tests' own: another user than root, own data directory, own port, on loopback only."""

import atexit
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"
INSTALL_HINT = "apt-get install postgresql"


def binaries() -> Path | None:
    """The directory of the newest PostgreSQL server binaries (Debian's path, or the PATH), or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parent.parent.name))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def can_start() -> bool:
    """Whether a server can be started here: binaries, and a user to run as when we are root."""
    if binaries() is None:
        return False
    if os.geteuid() != 0:
        return True
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def free_port() -> int:
    """A port that is free on loopback right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _as_user(*command: str) -> list[str]:
    return (
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        if os.geteuid() == 0
        else [*command]
    )


class PostgresServer:
    """A running server; `url` is its address, `stop` ends it and removes its files.

    `durable` false switches fsync off, which is right for tests and wrong for proofs of durability and for bench.
    """

    def __init__(self, *, durable: bool = False) -> None:
        found = binaries()
        if found is None:
            raise RuntimeError(f"PostgreSQL is not installed: {INSTALL_HINT}")
        self.bin = found
        self.home = Path(tempfile.mkdtemp(prefix="melayani-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.home, USER, USER)
        self.port = free_port()
        self._run(
            self.bin / "initdb", "-D", self.home / "data", "-U", "melayani", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.home}"
        if not durable:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run(
            self.bin / "pg_ctl",
            "-D",
            self.home / "data",
            "-l",
            self.home / "log",
            "-o",
            options,
            "-w",
            "-t",
            "60",
            "start",
        )
        self.url = f"postgres://melayani@127.0.0.1:{self.port}/postgres"
        atexit.register(self.stop)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            _as_user(*map(str, command)), cwd=self.home, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout}\n{done.stderr}")

    def stop(self) -> None:
        """The server has ended and its files are gone; calling it twice is harmless."""
        if self.home.exists():
            subprocess.run(
                _as_user(str(self.bin / "pg_ctl"), "-D", str(self.home / "data"), "-m", "immediate", "-w", "stop"),
                cwd="/",
                capture_output=True,
                check=False,
                timeout=60,
            )
            shutil.rmtree(self.home, ignore_errors=True)


def shared_server() -> str:
    """The address of the one server of this test run; workers of the same run find it by the environment."""
    url = os.environ.get("MELAYANI_TEST_POSTGRES_URL")
    if not url:
        url = PostgresServer().url
        os.environ["MELAYANI_TEST_POSTGRES_URL"] = url
    return url
