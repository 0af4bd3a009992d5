# SPDX-License-Identifier: EUPL-1.2
"""The sealed photos and PDFs within a backup: after the database, one member each, and last a hash over all of them.

The database is copied first, so every file it names is still there or was forgotten since. What was forgotten between
listing and copying is an empty member.
"""

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from melayani.cases.files import kept_files, path_of
from melayani.ground.durable import make_folder

FOLDER = "file/"
HASH = "files.sha256"
# Sealed, none is larger than what is taken in.
MOST_BYTES = 20_000_000
_MEMBER = re.compile(r"file/([0-9a-f]{32}(?:\.small)?)")


def files_to_keep() -> tuple[list[str], int]:
    """The names of the files of the instance, and how many more the database names that are lost."""
    if "cases_attachment" not in connection.introspection.table_names():
        return [], 0  # the data are older than photos
    names = kept_files()
    there = [name for name in names if path_of(name).exists()]
    return there, len(names) - len(there)


def add_files(tar: tarfile.TarFile, names: Sequence[str]) -> None:
    """The files are in the archive, with the hash over them; nothing when there are none."""
    if not names:
        return
    whole = hashlib.sha256()
    for name in names:
        try:
            content = path_of(name).read_bytes()
        except FileNotFoundError:
            content = b""
        whole.update(_line(name, content))
        _add(tar, f"{FOLDER}{name}", content)
        tar.members.clear()  # type: ignore[attr-defined]  # a list of all members, kept for reading, would only grow
    _add(tar, HASH, whole.hexdigest().encode())


def _line(name: str, content: bytes) -> bytes:
    return f"{name} {hashlib.sha256(content).hexdigest()}\n".encode()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def files_in(tar: tarfile.TarFile, *, count: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file, from where the archive stands; a name is believed only in our own form.

    Raises `ValueError` for anything that is not exactly `count` files and the hash over them.
    """
    whole = hashlib.sha256()
    for _ in range(count):
        name, content = _next(tar)
        found = _MEMBER.fullmatch(name)
        if found is None:
            raise ValueError("unexpected content")
        whole.update(_line(found[1], content))
        if content:
            yield found[1], content
    if count and _next(tar) != (HASH, whole.hexdigest().encode()):
        raise ValueError("files were changed")
    if tar.next() is not None:
        raise ValueError("unexpected content")


def _next(tar: tarfile.TarFile) -> tuple[str, bytes]:
    member = tar.next()
    if member is None or not member.isreg() or member.size > MOST_BYTES:
        raise ValueError("unexpected content")
    content = tar.extractfile(member)
    read = content.read() if content else b""
    tar.members.clear()  # type: ignore[attr-defined]  # as above
    if len(read) != member.size:
        raise ValueError("cut off")
    return member.name, read


@contextmanager
def waiting_files(files: Iterator[tuple[str, bytes]]) -> Iterator[Path]:
    """All files lie in a folder beside their places; `put_in_place` moves them there, else nothing is left."""
    waiting = Path(settings.STORAGE) / ".restoring"
    shutil.rmtree(waiting, ignore_errors=True)
    try:
        for name, content in files:
            waiting.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(waiting / name, "xb", opener=_private) as file:  # Path.open knows no opener
                file.write(content)
        yield waiting
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def put_in_place(waiting: Path) -> None:
    """The files are where they belong, durable. What lies there, perhaps cut, gives way: these were checked."""
    for file in waiting.iterdir() if waiting.exists() else ():
        target = path_of(file.name)
        make_folder(target.parent)
        file.replace(target)
    os.sync()
