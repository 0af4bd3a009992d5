# SPDX-License-Identifier: EUPL-1.2
"""What a disk may hold after a power cut: a replay of the journal that `disk.c` writes.

The model is stricter than most file systems. A byte is sure after a sync of its file that began after it was written; a
name (new, moved, removed) is sure after a sync of its folder. Of everything else any part may be there: none, the
beginning, some writes without earlier ones, single sectors of a write, names without their bytes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from random import Random

HEAD = struct.Struct("<IIQqQ")
CREATED, EMPTIED = 1, 2
SECTORS = (512, 4096)


class Kind(StrEnum):
    """What a step of the journal is."""

    OPEN = "O"
    WRITE = "W"
    TRUNCATE = "T"
    SYNC_BEGINS = "B"
    SYNC_ENDS = "E"
    RENAME = "R"
    LINK = "L"
    UNLINK = "U"
    MAKE_FOLDER = "M"
    REMOVE_FOLDER = "D"


class Way(StrEnum):
    """What becomes of that which was not synced."""

    NOTHING = "nothing"
    BEGINNING = "beginning"
    WRITES = "writes"
    SECTORS = "sectors"
    NAMES = "names"
    EVERYTHING = "everything"


@dataclass(frozen=True)
class Step:
    """One record: names below the folder, the number of the file, offset (or how it was opened, or ticket), bytes."""

    kind: Kind
    names: tuple[str, ...]
    file: int
    at: int
    data: bytes


def read_journal(path: Path) -> list[Step]:
    """All whole records of the journal, in order."""
    content = memoryview(path.read_bytes())
    steps, at = [], 0
    while at + HEAD.size <= len(content):
        kind, named, file, where, length = HEAD.unpack_from(content, at)
        at += HEAD.size
        names = bytes(content[at : at + named]).decode()
        at += named
        data = bytes(content[at : at + length])
        at += length
        steps.append(Step(Kind(chr(kind)), tuple(names.split("\n")), file, where, data))
    return steps


@dataclass(frozen=True)
class Change:
    """A write at an offset, or, without data, the file has this length from now on. `serial` counts all changes."""

    serial: int
    at: int
    data: bytes | None


@dataclass(eq=False)
class File:
    """What is sure of a file, and what came since in order."""

    sure: bytearray = field(default_factory=bytearray)
    since: list[Change] = field(default_factory=list)

    def settle(self, serial: int) -> None:
        """Everything up to this change is sure."""
        for change in self.since:
            if change.serial <= serial:
                put(self.sure, change.at, change.data)
        self.since = [change for change in self.since if change.serial > serial]

    def now(self) -> bytes:
        """What a program reads."""
        content = bytearray(self.sure)
        for change in self.since:
            put(content, change.at, change.data)
        return bytes(content)


def put(content: bytearray, at: int, data: bytes | None) -> None:
    """The write (or the new length) has happened to the content; a hole is zeros."""
    if data is None:
        del content[at:]
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    if data is not None:
        content[at : at + len(data)] = data


@dataclass(frozen=True)
class Naming:
    """A change of names in one folder: which are gone, and which one leads to what (None = a folder)."""

    serial: int
    folder: str
    gone: str = ""
    name: str = ""
    leads_to: File | None = None

    def apply(self, names: "Names") -> None:
        """It has happened to these names."""
        if self.gone:
            names.pop(self.gone, None)
        if self.name:
            names[self.name] = self.leads_to


Names = dict[str, File | None]


class Disk:
    """The folder while the journal is replayed over what was there in the beginning, which is sure."""

    def __init__(self, beginning: Path) -> None:
        self._sure: Names = {}
        for path in sorted(beginning.rglob("*")):
            name = path.relative_to(beginning).as_posix()
            self._sure[name] = None if path.is_dir() else File(bytearray(path.read_bytes()))
        self._now: Names = dict(self._sure)
        self._since: list[Naming] = []
        self._files: dict[int, File] = {}
        self._numbers: dict[File, int] = {}
        self._folders: dict[int, str] = {}
        self._begun: dict[int, int] = {}
        self._serial = 0

    def read(self, name: str) -> bytes:
        """What a program reads under the name now; nothing when it is not there."""
        file = self._now.get(name)
        return file.now() if file is not None else b""

    def now(self) -> dict[str, bytes]:
        """All files as programs see them."""
        return {name: file.now() for name, file in self._now.items() if file is not None}

    def play(self, step: Step) -> None:
        """The step has happened."""
        self._serial += 1
        match step.kind:
            case Kind.OPEN:
                self._open(step)
            case Kind.WRITE:
                self._files[step.file].since.append(Change(self._serial, step.at, step.data))
            case Kind.TRUNCATE:
                self._files[step.file].since.append(Change(self._serial, step.at, None))
            case Kind.SYNC_BEGINS:
                self._begun[step.at] = self._serial
            case Kind.SYNC_ENDS:
                self._synced(step.file, self._begun.pop(step.at))
            case _:
                self._named(step)

    def _open(self, step: Step) -> None:
        name = step.names[0]
        file = self._now.get(name)
        if name == "" or (name in self._now and file is None):
            self._folders[step.file] = name
            return
        if step.at & CREATED and (file is None or self._numbers.get(file) != step.file):
            file = File()
            self._name(name=name, leads_to=file)
        assert file is not None, name
        self._folders.pop(step.file, None)
        self._files[step.file] = file
        self._numbers[file] = step.file
        if step.at & EMPTIED:
            file.since.append(Change(self._serial, 0, None))

    def _named(self, step: Step) -> None:
        old, new = step.names[0], step.names[-1]
        match step.kind:
            case Kind.RENAME:
                assert folder_of(old) == folder_of(new), "a name moves within its folder only"
                self._name(gone=old, name=new, leads_to=self._now[old])
            case Kind.LINK:
                self._name(name=new, leads_to=self._now[old])
            case Kind.MAKE_FOLDER:
                self._name(name=new, leads_to=None)
            case _:
                self._name(gone=old)

    def _name(self, *, gone: str = "", name: str = "", leads_to: File | None = None) -> None:
        naming = Naming(self._serial, folder_of(name or gone), gone, name, leads_to)
        naming.apply(self._now)
        self._since.append(naming)

    def _synced(self, number: int, serial: int) -> None:
        if number not in self._folders:
            self._files[number].settle(serial)
            return
        folder, since = self._folders[number], self._since
        self._since = []
        for naming in since:
            if naming.folder == folder and naming.serial <= serial:
                naming.apply(self._sure)
            else:
                self._since.append(naming)

    def after_cut(self, way: Way, rng: Random) -> dict[str, bytes]:
        """Files by name after a cut at this moment."""
        keeper = Keeper(way, rng, self._unsure())
        names = dict(self._sure)
        for naming in self._since:
            if keeper.keeps(naming):
                naming.apply(names)
        left = {}
        for name, file in names.items():
            if file is None or any(names.get(above, file) is not None for above in folders_above(name)):
                continue
            content = bytearray(file.sure)
            for change in file.since:
                for at, data in keeper.of(change):
                    put(content, at, data)
            left[name] = bytes(content)
        return left

    def _unsure(self) -> list[int]:
        """The serials of everything that is not sure."""
        files = {file for file in (*self._now.values(), *self._sure.values()) if file is not None}
        return sorted([n.serial for n in self._since] + [c.serial for file in files for c in file.since])


Part = tuple[int, bytes | None]


class Keeper:
    """What is left of the changes that are not sure, by one way; `unsure` are their serials."""

    def __init__(self, way: Way, rng: Random, unsure: list[int]) -> None:
        self._way, self._rng = way, rng
        self._sector = rng.choice(SECTORS)
        self._until = rng.choice(unsure) if unsure else 0

    def of(self, change: Change) -> Iterator[Part]:
        """The pieces of a write that are there."""
        match self._way:
            case Way.EVERYTHING:
                yield change.at, change.data
            case Way.BEGINNING if change.serial < self._until:
                yield change.at, change.data
            case Way.BEGINNING if change.serial == self._until:
                yield from list(parts(change, self._sector))[: self._rng.randint(0, 8)]
            case Way.WRITES if self._rng.random() < 0.5:
                yield change.at, change.data
            case Way.SECTORS:
                yield from (part for part in parts(change, self._sector) if self._rng.random() < 0.5)

    def keeps(self, naming: Naming) -> bool:
        """Whether a change of names is there."""
        match self._way:
            case Way.EVERYTHING | Way.NAMES:
                return True
            case Way.BEGINNING:
                return naming.serial < self._until
            case Way.WRITES | Way.SECTORS:
                return self._rng.random() < 0.5
            case _:
                return False


def parts(change: Change, sector: int) -> Iterator[Part]:
    """The change in pieces that end where sectors of the disk do; a new length is one piece."""
    if change.data is None:
        yield change.at, None
        return
    at = 0
    while at < len(change.data):
        end = at + sector - (change.at + at) % sector
        yield change.at + at, change.data[at:end]
        at = end


def folder_of(name: str) -> str:
    """The folder a name stands in; empty for the topmost."""
    above = PurePosixPath(name).parent.as_posix()
    return "" if above == "." else above


def folders_above(name: str) -> Iterator[str]:
    """All folders above a name but the topmost."""
    while name := folder_of(name):
        yield name
