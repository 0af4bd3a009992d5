# SPDX-License-Identifier: EUPL-1.2
"""Backups encrypted to a public key, in the format of age: whoever takes one from the disk reads nothing of it.

Source: age-encryption.org/v1 (X25519). `MELAYANI_BACKUP_RECIPIENT` names the public key (`age1...`); its private half
is made elsewhere (`age-keygen`) and lies offline, so that not even this machine can open its old backups.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
from django.conf import settings

from melayani.site.console import BadInput

MAGIC = b"age-encryption.org/v1\n"
MOST_IDENTITY_BYTES = 10_000


def recipient() -> str:
    """The public key that backups are encrypted to; empty = not encrypted. Raises `BadInput` when it is none."""
    said = str(settings.BACKUP_RECIPIENT)
    if said:
        _recipient(said)
    return said


def _recipient(said: str) -> object:
    try:
        return pyrage.x25519.Recipient.from_str(said)
    except pyrage.RecipientError as error:
        raise BadInput("MELAYANI_BACKUP_RECIPIENT bukan kunci publik age (age1...).") from error


def encrypt(source: Path, target: Path, *, to: str) -> None:
    """`target`, which must not be there, holds `source` encrypted to the public key `to`, durable, for its user."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as clear, os.fdopen(descriptor, "wb") as file:
        pyrage.encrypt_io(clear, file, [_recipient(to)])
        file.flush()
        os.fsync(file.fileno())


def is_encrypted(backup: Path) -> bool:
    """Whether the file is one of age; anything else is looked at as a plain backup."""
    with backup.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def in_clear(backup: Path, *, identity: Path | None, beside: Path) -> Iterator[Path]:
    """The backup as a plain file: itself, or opened with the private key in the file `identity`, gone afterwards.

    `beside`: a name beside which there is room. Raises `BadInput` for a missing, wrong or unreadable key and for a file
    that was changed or cut.
    """
    if not is_encrypted(backup):
        yield backup
        return
    if identity is None:
        raise BadInput(f"{backup} disandikan. Sebutkan berkas kunci pembukanya dengan --identity.")
    key = _identity(identity)
    clear = beside.with_name(f".{beside.name}.clear")
    clear.unlink(missing_ok=True)
    try:
        descriptor = os.open(clear, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with backup.open("rb") as file, os.fdopen(descriptor, "wb") as opened:
            pyrage.decrypt_io(file, opened, [key])
    except (pyrage.DecryptError, OSError) as error:
        clear.unlink(missing_ok=True)
        raise BadInput(f"{backup} tidak dapat dibuka: kuncinya bukan ini, atau berkasnya rusak.") from error
    try:
        yield clear
    finally:
        clear.unlink(missing_ok=True)


def _identity(file: Path) -> object:
    """The private key in a file as `age-keygen` writes it; lines that begin with `#` are comments."""
    with file.open("rb") as opened:
        lines = opened.read(MOST_IDENTITY_BYTES).decode(errors="replace").splitlines()
    for line in lines:
        if line.startswith("AGE-SECRET-KEY-"):
            try:
                return pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError as error:
                raise BadInput(f"Kunci di {file} rusak.") from error
    raise BadInput(f"Di {file} tidak ada kunci age (AGE-SECRET-KEY-...).")
