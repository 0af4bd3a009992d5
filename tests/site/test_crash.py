# SPDX-License-Identifier: EUPL-1.2
"""Killing the worker and a filing process outright, again and again: nothing acknowledged is lost, positions have no
gap, and a reader has had the effect of every entry exactly once. The control is a reader that moves its position
outside the transaction of its effect; the same harness catches it.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.site.running import environment, settings_of

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Left:
    """What the database says in the end."""

    doubles: int
    effects: int
    entries: int
    gap_free: bool
    numbers: list[str]


@dataclass(frozen=True)
class Running:
    """A program and the file that holds what it said."""

    process: "subprocess.Popen[bytes]"
    said: Path

    def wait_for_a_word(self) -> None:
        """Waits until the program has said something, for a minute at most."""
        for _ in range(6000):
            if self.said.stat().st_size:
                return
            assert self.process.poll() is None, "the program ended before it said anything"
            time.sleep(0.01)
        raise AssertionError("the program said nothing for a minute")


class Crashes:
    """Starts and kills the programs of `crashing` on one instance."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings_of(folder / "data"))
        self.call("prepare")

    def start(self, *arguments: str) -> Running:
        """The program runs; what it says goes into a file, which a kill cannot take away."""
        said = self._folder / f"{arguments[0]}.said"
        with said.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.site.crashing", *arguments], env=self._environment, cwd=ROOT, stdout=out
            )
        return Running(process, said)

    def call(self, *arguments: str) -> str:
        """What the program says when it has ended well."""
        running = self.start(*arguments)
        assert running.process.wait(timeout=120) == 0
        return running.said.read_text()

    def kill_again_and_again(self, work: str, *, kills: int, rng: Random) -> set[str]:
        """Worker and filing process are killed in turn; answers the numbers that were acknowledged."""
        acknowledged: set[str] = set()
        for _ in range(kills):
            filing, working = self.start("file", "0", "100000"), self.start(work)
            # Only a kill that falls into the work proves anything: on a busy machine starting takes seconds.
            filing.wait_for_a_word()
            working.wait_for_a_word()
            time.sleep(rng.uniform(0.1, 0.6))
            for running in (working, filing) if rng.random() < 0.5 else (filing, working):
                running.process.kill()
            for running in (working, filing):
                running.process.wait(timeout=30)
            # The last line may have been cut by the kill.
            acknowledged |= {line for line in filing.said.read_text().split("\n")[:-1] if line}
        return acknowledged

    def left(self) -> Left:
        """What the database says after everything was heard of."""
        self.call("finish")
        first, *numbers = self.call("tell").split("\n")
        doubles, effects, entries, gap_free = first.split()
        return Left(int(doubles), int(effects), int(entries), gap_free == "True", numbers)


def check_exactly_once(crashes: Crashes, *, kills: int, seed: int) -> None:
    acknowledged = crashes.kill_again_and_again("work", kills=kills, rng=Random(seed))
    assert len(acknowledged) > kills
    left = crashes.left()
    assert left.gap_free
    assert left.doubles == 0
    assert left.effects == left.entries
    assert acknowledged <= set(left.numbers)
    assert len(left.numbers) == len(set(left.numbers))


def test_a_few_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    check_exactly_once(Crashes(tmp_path), kills=4, seed=1)


@pytest.mark.prove
def test_many_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("MELAYANI_SEED", "1"))
    check_exactly_once(Crashes(tmp_path), kills=120, seed=seed)


def test_the_control_a_position_outside_the_transaction_doubles_effects(tmp_path: Path) -> None:
    crashes = Crashes(tmp_path)
    for _ in range(15):
        crashes.kill_again_and_again("work-broken", kills=2, rng=Random(2))
        if crashes.left().doubles:
            return
    raise AssertionError("the harness did not notice the broken reader")
