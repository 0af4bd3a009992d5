# SPDX-License-Identifier: EUPL-1.2
"""Running programs side by side: stopping cleanly on a signal, restarting what may die, leaving nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

LOOK_EVERY_SECONDS = 0.1
GRACE_SECONDS = 15.0
LONGEST_BACKOFF_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
SUPERVISOR = "MELAYANI_SUPERVISOR"


class Stopping:
    """Whether somebody has asked this process to stop (SIGTERM, SIGINT)."""

    def __init__(self) -> None:
        self.asked = False

    def watch(self) -> None:
        """From now on the signals only set `asked`."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  # the shape of a signal handler
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Waits that long, or until asked to stop; answers `asked`. (An Event would lock inside a signal handler.)"""
        ends = time.monotonic() + seconds
        while not self.asked and (left := ends - time.monotonic()) > 0:
            time.sleep(min(LOOK_EVERY_SECONDS, left))
        return self.asked


@dataclass
class Child:
    """A program that runs beside others. `vital`: when it dies, everything stops; else it is started again."""

    name: str
    arguments: Sequence[str]
    vital: bool
    process: "subprocess.Popen[bytes] | None" = None
    backoff: float = 1.0
    started_at: float = field(default=0.0)
    start_again_at: float = field(default=0.0)

    def start(self) -> None:
        """It runs, as the leader of a process group of its own, and knows whose child it is."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "melayani", *self.arguments],
            env=os.environ | {SUPERVISOR: str(os.getpid())},
            process_group=0,
        )

    def ended(self) -> int | None:
        """The exit code once it has ended, else None."""
        return None if self.process is None else self.process.poll()

    def plan_restart(self) -> None:
        """It will be started again: soon when it had run steadily, later each time when it had not."""
        now = time.monotonic()
        if now - self.started_at > STEADY_AFTER_SECONDS:
            self.backoff = 1.0
        self.start_again_at = now + self.backoff
        self.backoff = min(LONGEST_BACKOFF_SECONDS, self.backoff * 2)
        self.process = None


def supervise(children: Sequence[Child]) -> int:
    """Runs the children until asked to stop (answers 0) or a vital one dies (2 if it refused its input, else 1)."""
    stopping = Stopping()
    stopping.watch()
    try:
        for child in children:
            if stopping.asked:
                return 0
            child.start()
        while not stopping.wait(LOOK_EVERY_SECONDS):
            for child in children:
                code = _looked_after(child)
                if code is not None:
                    return code
        return 0
    finally:
        stop(children)


def _looked_after(child: Child) -> int | None:
    """None while all is well; the exit code of everything when a vital child has died."""
    if child.process is None:
        if time.monotonic() >= child.start_again_at:
            child.start()
        return None
    code = child.ended()
    if code is None:
        return None
    if child.vital:
        return 2 if code == 2 else 1
    child.plan_restart()
    return None


def stop(children: Sequence[Child]) -> None:
    """All children have ended: first asked, then, after a grace, made to, with whatever they had started."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            process.terminate()
    ends = time.monotonic() + GRACE_SECONDS
    for process in running:
        try:
            process.wait(timeout=max(0.1, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _end_group(process.pid)


def _end_group(leader: int) -> None:
    """Whatever the ended leader had started is gone too."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def follow_supervisor() -> None:
    """A child of `supervise` ends when its supervisor is gone; a process that somebody else started does not."""
    parent = os.environ.pop(SUPERVISOR, "")
    if parent.isdecimal():
        follow(int(parent))


def follow(parent: int) -> None:
    """This process ends soon after the process `parent` has gone, even if that was killed outright."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="follow-parent").start()
