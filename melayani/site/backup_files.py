# SPDX-License-Identifier: EUPL-1.2
"""The files within a backup: after the database, one member each, and last a hash over all of them.

Sealed photos and PDFs: the database is copied first, so every file it names is still there or was forgotten since. What
was forgotten between listing and copying is an empty member. After them what of the public ledger cannot be made anew
from anything else: proofs of statements, and the policy that says who its witnesses are.
"""

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from melayani.cases.files import kept_files, path_of
from melayani.ground.durable import make_folder, write_once
from melayani.ledger.log_files import STATEMENTS
from melayani.ledger.policy import MOST_POLICY_BYTES
from melayani.ledger.receipts import MOST_RECEIPT_BYTES
from melayani.ledger.statement_proofs import PROOF_NAME, proof_paths
from melayani.site.sealer import POLICY

FOLDER = "file/"
HASH = "files.sha256"
# Sealed, none is larger than what is taken in.
MOST_BYTES = 20_000_000
# Where they lie below the folder of an instance, so that they can be taken out of a backup by hand as well.
PROOFS = f"ledger/{STATEMENTS}/"
_MEMBER = re.compile(rf"(?:{FOLDER}([0-9a-f]{{32}}(?:\.small)?)|({PROOFS}{PROOF_NAME.pattern}|{POLICY}))")


def files_to_keep() -> tuple[list[str], int]:
    """The names of the files of the instance, and how many more the database names that are lost."""
    if "cases_attachment" not in connection.introspection.table_names():
        return [], 0  # the data are older than photos
    names = kept_files()
    there = [name for name in names if path_of(name).exists()]
    return there, len(names) - len(there)


def proofs_to_keep() -> dict[str, Path]:
    """The proofs of statements that are kept, by the names of their members."""
    found = proof_paths(Path(settings.LEDGER))
    return {f"{PROOFS}{path.name}": path for path in found if path.stat().st_size <= MOST_RECEIPT_BYTES}


def policy_to_keep() -> dict[str, Path]:
    """The policy of the instance by the name of its member; none when there is none, or none that could be read."""
    path = Path(settings.DATA) / POLICY
    return {POLICY: path} if path.is_file() and path.stat().st_size <= MOST_POLICY_BYTES else {}


def members_of(names: Sequence[str], further: Mapping[str, Path]) -> dict[str, Path]:
    """Where the content of each member lies: photos and PDFs by these names, then `further` ones."""
    return {f"{FOLDER}{name}": path_of(name) for name in names} | dict(further)


def add_files(tar: tarfile.TarFile, members: Mapping[str, Path]) -> None:
    """The files are in the archive, with the hash over them; nothing when there are none."""
    if not members:
        return
    whole = hashlib.sha256()
    for name, path in members.items():
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            content = b""
        whole.update(_line(name.removeprefix(FOLDER), content))
        _add(tar, name, content)
        tar.members.clear()  # type: ignore[attr-defined]  # a list of all members, kept for reading, would only grow
    _add(tar, HASH, whole.hexdigest().encode())


def _line(name: str, content: bytes) -> bytes:
    return f"{name} {hashlib.sha256(content).hexdigest()}\n".encode()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def files_in(tar: tarfile.TarFile, *, count: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file, from where the archive stands; a name is believed only in our own forms.

    Raises `ValueError` for anything that is not exactly `count` files and the hash over them.
    """
    whole = hashlib.sha256()
    for _ in range(count):
        name, content = _next(tar)
        found = _MEMBER.fullmatch(name)
        if found is None:
            raise ValueError("unexpected content")
        kept = found[1] or found[2]
        whole.update(_line(kept, content))
        if content:
            yield kept, content
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
            with open(waiting / Path(name).name, "xb", opener=_private) as file:  # Path.open knows no opener
                file.write(content)
        yield waiting
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def put_in_place(waiting: Path) -> None:
    """The files are where they belong, durable. What lies there, perhaps cut, gives way: these were checked.

    A proof or a policy that is there stays: a proof was made once for all, and the policy may be a newer one.
    """
    for file in waiting.iterdir() if waiting.exists() else ():
        public = _public_place(file.name)
        target = public or path_of(file.name)
        make_folder(target.parent)
        if public is None:
            file.replace(target)
            continue
        with suppress(FileExistsError):
            write_once(target, file.read_bytes())
    os.sync()


def _public_place(name: str) -> Path | None:
    """Where a proof or the policy belongs; None for a photo or PDF."""
    if name == POLICY:
        return Path(settings.DATA) / POLICY
    return Path(settings.LEDGER) / STATEMENTS / name if PROOF_NAME.fullmatch(name) else None
