# SPDX-License-Identifier: EUPL-1.2
"""The running instance: it answers, stops cleanly at every instant, mends itself, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.postgres_server import free_port
from tests.site.running import (
    PROGRAM,
    all_gone,
    an_instance,
    environment,
    one_line,
    page,
    processes_of,
    run,
    settings_of,
    started,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An instance of which no process may be left."""
    made = an_instance(tmp_path / "instance")
    yield made
    assert all_gone(made), processes_of(made)


def child(folder: Path, word: str) -> int:
    """The oldest process of the instance whose command line has the word."""
    found = [pid for pid in processes_of(folder) if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
    return min(found, default=0)


def until_it_listens_to_signals(process: "subprocess.Popen[str]") -> None:
    """Waits until the program has set its own handler; before, the interpreter is still starting."""
    bit = 1 << (signal.SIGTERM - 1)
    while True:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
        if int(caught, 16) & bit:
            return
        time.sleep(0.005)


def status(port: int) -> dict[str, object]:
    said: dict[str, object] = page(f"http://127.0.0.1:{port}/status/health").json()
    return said


def test_it_answers_and_stops_on_sigterm(tmp_path: Path) -> None:
    port, settings = free_port(), settings_of(tmp_path / "d")
    with started("serve", "--data", tmp_path / "d", "--port", str(port), **settings) as process:
        answer = page(f"http://127.0.0.1:{port}/status/health")
        assert answer.status_code == 200
        until = time.monotonic() + 10
        while status(port)["worker"] != "working" and time.monotonic() < until:
            time.sleep(0.2)
        assert status(port) == {
            "status": "ok", "database": "ok", "worker": "working", "oldest_unstamped_seconds": None,
        }  # fmt: skip
        process.terminate()
        assert process.wait(timeout=15) == 0
    assert all_gone(tmp_path / "d")


@pytest.mark.once
@pytest.mark.parametrize(
    ("delay", "number"),
    [(delay, signal.SIGTERM) for delay in (0.0, 0.3, 0.6, 0.9, 1.3)] + [(delay, signal.SIGINT) for delay in (0.1, 0.8)],
)
def test_it_stops_while_starting(folder: Path, delay: float, number: signal.Signals) -> None:
    with started("serve", "--data", folder, "--port", str(free_port())) as process:
        until_it_listens_to_signals(process)
        time.sleep(delay)
        process.send_signal(number)
        assert process.wait(timeout=20) == 0


@pytest.mark.once
@pytest.mark.prove
def test_it_stops_at_every_instant_of_starting(folder: Path) -> None:
    rng = Random(int(os.environ.get("MELAYANI_SEED", "1")))
    for _ in range(80):
        with started("serve", "--data", folder, "--port", str(free_port())) as process:
            until_it_listens_to_signals(process)
            time.sleep(rng.uniform(0.0, 1.5))
            process.terminate()
            begun = time.monotonic()
            assert process.wait(timeout=20) == 0
            assert time.monotonic() - begun < 8
        assert all_gone(folder)


SLOW_WORKER = """
import sys, time
from melayani.site import web
web.multiprocessing.set_start_method("fork", force=True)
def loader():
    if sys.argv[1] == "ours":
        web.let_signals_end_it()
    time.sleep(6)
server = web.Server("x:y", port=int(sys.argv[2]), interface=web.Interfaces.WSGI, workers=1, workers_kill_timeout=3)
print("up", flush=True)
server.serve(target_loader=loader, wrap_loader=False)
"""


@pytest.mark.once
@pytest.mark.parametrize(("variant", "stops_at_once"), [("ours", True), ("control", False)])
def test_a_worker_that_is_still_loading_can_be_ended(folder: Path, variant: str, stops_at_once: bool) -> None:
    """The control does not let the signals in: its parent waits, and has to kill it in the end."""
    settings = environment(MELAYANI_DATA=str(folder), DJANGO_SETTINGS_MODULE="melayani.site.settings")
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_WORKER, variant, str(free_port())], env=settings, stdout=subprocess.PIPE
    )
    # On a busy machine it takes its time until there is a worker at all.
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    time.sleep(1.5)
    begun = time.monotonic()
    process.terminate()
    process.wait(timeout=20)
    assert (time.monotonic() - begun < 1.5) is stops_at_once


@pytest.mark.once
def test_a_supervisor_that_is_killed_leaves_no_orphans(folder: Path) -> None:
    port = free_port()
    with started("serve", "--data", folder, "--port", str(port)) as process:
        page(f"http://127.0.0.1:{port}/status/health")
        assert len(processes_of(folder)) >= 4
        process.kill()
        assert all_gone(folder)


@pytest.mark.once
def test_the_control_a_worker_that_somebody_else_started_outlives_its_parent(folder: Path) -> None:
    parent = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=-3, stderr=-3).pid)"
    said = subprocess.run(
        [sys.executable, "-c", parent, *PROGRAM, "work", "--data", str(folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=20,
    )
    try:
        time.sleep(2.5)
        assert processes_of(folder) == [int(said.stdout)]
    finally:
        os.kill(int(said.stdout), signal.SIGTERM)


@pytest.mark.once
def test_the_worker_is_started_again_when_it_dies(folder: Path) -> None:
    port = free_port()
    with started("serve", "--data", folder, "--port", str(port)) as process:
        page(f"http://127.0.0.1:{port}/status/health")
        first = child(folder, "work")
        os.kill(first, signal.SIGKILL)
        until = time.monotonic() + 15
        while status(port)["worker"] != "working" or child(folder, "work") in (0, first):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert process.poll() is None


@pytest.mark.once
def test_a_web_worker_is_replaced_when_it_dies(folder: Path) -> None:
    port = free_port()
    with started("serve", "--data", folder, "--port", str(port), "--workers", "1") as process:
        page(f"http://127.0.0.1:{port}/status/health")
        main = child(folder, "web")
        workers = [pid for pid in processes_of(folder) if _parent_of(pid) == main]
        assert len(workers) == 1
        os.kill(workers[0], signal.SIGKILL)
        time.sleep(0.5)
        assert page(f"http://127.0.0.1:{port}/status/health").status_code == 200
        assert process.poll() is None


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.once
def test_everything_stops_with_1_when_the_web_workers_die(folder: Path) -> None:
    port = free_port()
    with started("serve", "--data", folder, "--port", str(port)) as process:
        page(f"http://127.0.0.1:{port}/status/health")
        os.kill(child(folder, "web"), signal.SIGKILL)
        assert process.wait(timeout=20) == 1


@pytest.mark.once
def test_a_taken_port_is_said_in_one_line(folder: Path) -> None:
    port = free_port()
    with started("web", "--data", folder, "--port", str(port), "--workers", "1"):
        page(f"http://127.0.0.1:{port}/status/health")
        done = run("web", "--data", folder, "--port", str(port))
        assert done.returncode == 1
        assert str(port) in one_line(done)


@pytest.mark.once
@pytest.mark.parametrize("name", ["master.key", "promise.key", "secret.key"])
def test_without_its_keys_it_does_not_serve(folder: Path, name: str) -> None:
    (folder / "keys" / name).unlink()
    done = run("web", "--data", folder, "--port", str(free_port()))
    assert done.returncode in (1, 2)
    assert name in one_line(done)


@pytest.mark.once
def test_the_web_alone_says_that_the_worker_is_missing(folder: Path) -> None:
    port = free_port()
    with started("web", "--data", folder, "--port", str(port), "--workers", "1"):
        assert status(port)["worker"] == "missing"


@pytest.mark.once
def test_static_files_are_compressed_and_kept_for_long(folder: Path) -> None:
    port = free_port()
    with started("web", "--data", folder, "--port", str(port), "--workers", "1"):
        page(f"http://127.0.0.1:{port}/status/health")
        hashed = [path.name for path in (folder / "static" / "site").glob("mark.*.svg")]
        answer = page(f"http://127.0.0.1:{port}/static/site/{hashed[0]}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
