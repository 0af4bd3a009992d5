# SPDX-License-Identifier: EUPL-1.2
"""Backups: one file with a manifest, the database of one moment, the sealed photos and PDFs it names, and what of the
public ledger cannot be made anew, made beside the running service. Never the keys.

The keys lie outside backups on purpose (LEDGER "Keys"): who has both can read everything. The last checkpoint that the
database knows stands in the manifest, so that a backup tells by itself up to where the log had grown.
"""

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from melayani import __version__
from melayani.ground.durable import sync_folder
from melayani.ledger.keys import read_origin
from melayani.site import postgres_tools
from melayani.site.backup_encryption import encrypt, recipient
from melayani.site.backup_files import (
    add_files,
    files_in,
    files_to_keep,
    members_of,
    policy_to_keep,
    proofs_to_keep,
    waiting_files,
)
from melayani.site.console import BadInput, Failed
from melayani.site.schema import sqlite_file

FORMAT = "melayani/backup/v1"
MANIFEST = "manifest.json"
CONTENT = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
MOST_MANIFEST = 100_000
CHUNK = 1 << 20
LAST = "last-backup.json"
HIGHEST_POSITION = "SELECT COALESCE(MAX(position), 0) FROM ledger_entry"
LAST_CHECKPOINT = "SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
Files = Iterator[tuple[str, bytes]]


def make_backup(out: Path, *, at: datetime) -> Mapping[str, Any]:
    """`out` holds the database as of one moment and its files; answers the manifest. The service may run meanwhile.

    Encrypted where a public key is configured (`backup_encryption`). Raises `BadInput` when `out` is there already;
    what cannot be finished leaves nothing behind.
    """
    to = recipient()
    if out.exists():
        raise BadInput(f"{out} sudah ada. Pilih nama lain.")
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        _vanishing(out.with_name(f".{out.name}.database")) as copy,
        _vanishing(out.with_name(f".{out.name}.partial")) as unfinished,
        _vanishing(out.with_name(f".{out.name}.encrypted")) as encrypted,
    ):
        position, checkpoint = _copy_database(copy)
        names, lost = files_to_keep()
        proofs, policy = proofs_to_keep(), policy_to_keep()
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "created": at.isoformat(),
            "database": connection.vendor,
            "size": copy.stat().st_size,
            "sha256": _sha256_of(copy),
            "highest_position": position,
            "checkpoint": checkpoint,
            "files": len(names),
            "files_lost": lost,
            "proofs": len(proofs),
            "policy": bool(policy),
            "origin": read_origin(settings.KEYS),
            "migrations": sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations),
        }
        _write_tar(unfinished, manifest=manifest, database=copy, members=members_of(names, proofs | policy))
        if to:
            encrypt(unfinished, encrypted, to=to)
        (encrypted if to else unfinished).rename(out)
    sync_folder(out.parent)
    (settings.DATA / LAST).write_text(json.dumps({"created": at.isoformat(), "path": str(out)}), encoding="utf-8")
    return manifest


@contextmanager
def _vanishing(path: Path) -> Iterator[Path]:
    """A file name that is free now and free again afterwards."""
    path.unlink(missing_ok=True)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy_database(copy: Path) -> tuple[int, str | None]:
    """The database is in the file `copy`; answers the highest position and the last checkpoint in it.

    On PostgreSQL they are those of the moment before: there is at least so much in it.
    """
    file = sqlite_file()
    if file is None:
        with connection.cursor() as cursor:
            cursor.execute(HIGHEST_POSITION)
            position = int(cursor.fetchone()[0])
            checkpoint = None
            if "ledger_checkpoint" in connection.introspection.table_names(cursor):
                cursor.execute(LAST_CHECKPOINT)
                checkpoint = _note(cursor.fetchone())
        postgres_tools.dump(copy)
        return position, checkpoint
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source, target = sqlite3.connect(file, timeout=20), sqlite3.connect(copy)
    try:
        # One step is one snapshot; writers go on beside it (WAL).
        source.backup(target, pages=-1)
        position = int(target.execute(HIGHEST_POSITION).fetchone()[0])
        there = target.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger_checkpoint'").fetchone()
        # A backup before an upgrade may be of data that know no checkpoints yet.
        return position, _note(target.execute(LAST_CHECKPOINT).fetchone()) if there else None
    finally:
        target.close()
        source.close()


def _note(row: Sequence[Any] | None) -> str | None:
    return None if row is None else bytes(row[0]).decode()


def _sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_tar(path: Path, *, manifest: Mapping[str, Any], database: Path, members: Mapping[str, Path]) -> None:
    said = json.dumps(manifest, indent=2).encode()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.addfile(_member(MANIFEST, len(said)), io.BytesIO(said))
            with database.open("rb") as content:
                tar.addfile(_member(CONTENT[manifest["database"]], manifest["size"]), content)
            add_files(tar, members)
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def read_manifest(backup: Path) -> Mapping[str, Any]:
    """What the backup says of itself. Raises `BadInput` for anything that is not exactly one of our files."""
    with _opened(backup) as (manifest, _content, _files):
        return manifest


@contextmanager
def _opened(backup: Path) -> Iterator[tuple[Mapping[str, Any], IO[bytes], Files]]:
    """The manifest, the content of the database, and after it the files, one by one as they are asked for.

    Nothing is unpacked by its name as it stands, so no path in the file can mislead.
    """
    try:
        with tarfile.open(backup, mode="r:") as tar:
            first, second = tar.next(), tar.next()
            manifest = _read_member_as_manifest(tar, first)
            wanted = (CONTENT.get(str(manifest.get("database"))), manifest.get("size"))
            if second is None or not second.isreg() or (second.name, second.size) != wanted:
                raise ValueError("unexpected content")
            content = tar.extractfile(second)
            if content is None:
                raise ValueError("unexpected content")
            yield manifest, content, files_in(tar, count=_count(manifest))
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BadInput(f"{backup} bukan cadangan Melayani yang utuh.") from error


def _count(manifest: Mapping[str, Any]) -> int:
    """How many files the backup says it holds; one from before there were some says nothing of them."""
    said = [manifest.get(name, 0) for name in ("files", "proofs", "policy")]
    if not all(isinstance(count, int) and count >= 0 for count in said):
        raise ValueError("no manifest of ours")
    return sum(said)


@contextmanager
def unpacked_files(backup: Path) -> Iterator[Path]:
    """The files of the backup wait beside their places (`backup_files.put_in_place`); else `BadInput` and none."""
    with ExitStack() as stack:
        with _opened(backup) as (_manifest, _content, files):
            waiting = stack.enter_context(waiting_files(files))
        yield waiting


def _read_member_as_manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> Mapping[str, Any]:
    if member is None or not member.isreg() or member.name != MANIFEST or member.size > MOST_MANIFEST:
        raise ValueError("no manifest")
    content = tar.extractfile(member)
    manifest = json.loads(content.read()) if content else None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError("no manifest of ours")
    return manifest


def check_readable_by_this_program(manifest: Mapping[str, Any]) -> None:
    """Raises `Failed` when the backup comes from newer code, `BadInput` when it is for another kind of database."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = sorted(set(manifest.get("migrations", [])) - known)
    if newer:
        raise Failed(f"Cadangan ini dibuat oleh versi yang lebih baru ({', '.join(newer)}). Pasang versi itu.")
    if manifest["database"] != connection.vendor:
        raise BadInput(f"Cadangan ini untuk {manifest['database']}. Sesuaikan MELAYANI_DATABASE_URL.")


def unpack_database(backup: Path, target: Path) -> None:
    """`target` holds the database of the backup, byte for byte as the manifest says; else `BadInput` and no file."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with _vanishing(target.with_name(f".{target.name}.partial")) as unfinished:
        with _opened(backup) as (manifest, content, _files), unfinished.open("xb") as file:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if (size, digest.hexdigest()) != (manifest["size"], manifest.get("sha256")):
            raise BadInput(f"{backup} rusak: isinya tidak sama dengan yang tercatat di dalamnya.")
        unfinished.rename(target)
    sync_folder(target.parent)
