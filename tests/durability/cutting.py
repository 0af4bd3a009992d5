# SPDX-License-Identifier: EUPL-1.2
"""Drives the product above the watched disk, cuts the power at any step of its journal, and asks what is left."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.durability.disk import Disk, Kind, Step, Way, read_journal
from tests.durability.stories import has_pdf
from tests.site.running import an_instance, environment

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("disk.c")
COMPILER = shutil.which("gcc") or shutil.which("cc")
# Memory that SQLite's processes share; after a cut it is made anew.
SHARED_MEMORY = "melayani.sqlite3-shm"
CHECKPOINT = "ledger/checkpoint"
WAYS = (Way.NOTHING, Way.BEGINNING, Way.WRITES, Way.SECTORS, Way.SECTORS, Way.NAMES)


def watcher(folder: Path) -> Path:
    """The library that stands between the product and its files, built into the folder; skips where it cannot be."""
    out = folder / "disk.so"
    command = [COMPILER or "cc", "-shared", "-fPIC", "-O1", "-o", str(out), str(SOURCE), "-lpthread"]
    message = "=== NO POWER CUTS: no C compiler (apt-get install gcc libc6-dev); durability on SQLite is not proven ==="
    if COMPILER is not None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode == 0:
            return out
        message += f"\n{done.stderr}"
    if "compiler" in os.environ.get("MELAYANI_REQUIRE", "").split(","):
        pytest.fail(message)
    pytest.skip(message)


@dataclass(frozen=True)
class Drive:
    """An instance as it was in the beginning, and everything that then happened to its files."""

    beginning: Path
    end: Path
    steps: list[Step]


def driven(folder: Path, *how: str, cases: int) -> Drive:
    """The product has filed so many cases and sealed what may be sealed. `how` breaks it, for the controls."""
    library = watcher(folder)
    beginning, data, journal = folder / "beginning", folder / "data", folder / "journal"
    an_instance(beginning)
    shutil.copytree(beginning, data)
    settings = environment(
        DJANGO_SETTINGS_MODULE="melayani.site.settings",
        MELAYANI_DATA=str(data),
        LD_PRELOAD=str(library),
        DISK_ROOT=str(data),
        DISK_JOURNAL=str(journal),
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.durability.driven", does, str(cases), *how], env=settings, cwd=ROOT
        )
        for does in ("file", "work")
    ]
    try:
        for program in programs:
            assert program.wait(timeout=180) == 0
    finally:
        for program in programs:
            program.kill()
    return Drive(beginning, data, read_journal(journal))


@dataclass(frozen=True)
class Cut:
    """What is asked about one cut."""

    at: int
    way: Way
    left: dict[str, bytes]
    acknowledged: list[tuple[str, str, int, bool]]
    published: list[bytes]


def cuts(drive: Drive, *, count: int, rng: Random, ways: Sequence[Way] = WAYS) -> Iterator[Cut]:
    """Cuts in the order of time, after the first case was acknowledged.

    Half of them at any step, half around a sync or a change of names, where promises are made.
    """
    disk, published = Disk(drive.beginning), list[bytes]()
    first = next(n for n, step in enumerate(drive.steps) if "acknowledged" in step.names[0])
    tender = [n for n, s in enumerate(drive.steps) if n > first and s.kind in (Kind.SYNC_ENDS, Kind.RENAME)]
    places = Counter(
        [rng.randrange(first, len(drive.steps)) for _ in range(count - count // 2)]
        + [max(first, rng.choice(tender) - rng.randint(0, 3)) for _ in range(count // 2)]
    )
    for at, step in enumerate(drive.steps):
        for _ in range(places[at]):
            way = rng.choice(ways)
            told = [line.split() for line in disk.read("acknowledged").decode().splitlines()]
            acknowledged = [(number, key, int(n), has_pdf(int(n))) for number, key, n in told]
            yield Cut(at, way, disk.after_cut(way, rng), acknowledged, list(published))
        disk.play(step)
        # From this step on others may have read it, whatever becomes of the name.
        if step.kind is Kind.RENAME and step.names[-1] == CHECKPOINT:
            published.append(disk.read(CHECKPOINT))


@dataclass
class Found:
    """What was found after all cuts of a run."""

    cuts: int = 0
    acknowledged: int = 0
    faults: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    cuts_with: Counter[str] = field(default_factory=Counter)

    def add(self, cut: Cut, answer: dict[str, Any]) -> None:
        """One more cut was looked at."""
        self.cuts += 1
        self.acknowledged += len(cut.acknowledged)
        self.faults += [f"at step {cut.at} ({cut.way}): {fault}" for fault in answer["faults"]]
        self.cuts_with.update({fault.partition(":")[0] for fault in answer["faults"]})
        if answer["refused"]:
            self.refused[answer["refused"]] += 1

    def said(self) -> str:
        """One line of figures."""
        return (
            f"{self.cuts} cuts, {self.acknowledged} acknowledged cases looked for, "
            f"cuts with faults: {dict(self.cuts_with)}, signer refused: {dict(self.refused)}"
        )


class Asked:
    """The program `afterwards`, which is asked about one folder after the other."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self._folder, self._count = process, folder, 0

    def about(self, cut: Cut, *, spoil: Sequence[str] = ()) -> dict[str, Any]:
        """Faults and the like of the folder as the cut left it."""
        self._count += 1
        folder = self._folder / f"cut-{self._count}"
        for name, content in cut.left.items():
            if name not in (SHARED_MEMORY, "acknowledged"):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        question = {
            "folder": str(folder),
            "acknowledged": cut.acknowledged,
            "published": [note.hex() for note in cut.published],
            "tokens": None,
            "spoil": list(spoil),
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the program that looks after the cut has ended"
        shutil.rmtree(folder)
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def asked(drive: Drive, folder: Path, *how: str) -> Iterator[Asked]:
    """Somebody who looks at what the cuts left, with the keys of the instance."""
    settings = environment(
        DJANGO_SETTINGS_MODULE="melayani.site.settings",
        MELAYANI_DATA=str(drive.end),
        MELAYANI_KEYS=str(drive.beginning / "keys"),
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.durability.afterwards", *how],
        env=settings, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Asked(process, folder)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def found_after(drive: Drive, folder: Path, *how: str, count: int, rng: Random, ways: Sequence[Way] = WAYS) -> Found:
    """What is found after so many cuts."""
    found = Found()
    with asked(drive, folder, *how) as somebody:
        for cut in cuts(drive, count=count, rng=rng, ways=ways):
            found.add(cut, somebody.about(cut))
    return found
