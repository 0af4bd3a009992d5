# SPDX-License-Identifier: EUPL-1.2
"""Starts what is measured: a seeded instance, its web workers and worker, and the limits beside it; reads their CPU."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that is free on loopback right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def melayani(environment: dict[str, str], *arguments: str) -> None:
    """Runs one command to its end; raises when it fails."""
    subprocess.run([sys.executable, "-m", "melayani", *arguments], env=environment, cwd=CHECKOUT, check=True)


@dataclass
class Server:
    """A process tree that listens on `port`."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """CPU time of the tree so far."""
        return sum(_cpu_seconds(pid) for pid in _tree(self.process.pid))

    def memory_mb(self) -> float:
        """Proportional memory (PSS) of the tree in MB."""
        return sum(_pss_kb(pid) for pid in _tree(self.process.pid)) / 1024


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def running(command: list[str], environment: dict[str, str], *, port: int) -> Iterator[Server]:
    """The process runs and, when `port` is not 0, answers on it; it is ended afterwards with all its children."""
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=CHECKOUT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if port:
            _wait_for(port, process)
        yield Server(process=process, port=port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1.0)  # all workers, not just the first
            return
    raise RuntimeError("the server did not start within a minute")


@contextmanager
def instance(*, database: str, cases: int) -> Iterator[dict[str, str]]:
    """A fresh instance with `cases` seeded cases on `database` (sqlite, postgres); yields its environment."""
    home = Path(tempfile.mkdtemp(prefix="melayani-bench-"))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MELAYANI_") or name == "MELAYANI_WORKERS"
    }
    password = home / "password"
    password.write_text("bench-kata-sandi-panjang\n")
    environment |= {
        "MELAYANI_DATA": str(home / "data"),
        "MELAYANI_ADMIN_USERNAME": "bench",
        "MELAYANI_ADMIN_PASSWORD_FILE": str(password),
        "PYTHONPATH": str(CHECKOUT),
    }
    server = None
    try:
        if database == "postgres":
            from tests.postgres_server import PostgresServer  # only where it is needed

            server = PostgresServer(durable=True)
            environment["MELAYANI_DATABASE_URL"] = server.url
        melayani(environment, "init", "--data", str(home / "data"))
        melayani(environment, "seed", "--cases", str(cases), "--seed", "1")
        yield environment
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(home, ignore_errors=True)
