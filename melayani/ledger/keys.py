# SPDX-License-Identifier: EUPL-1.2
"""The key files of an instance: log key, promise key and master key, outside database and backups, mode 0600.

Source: LEDGER "Keys"; what a key of a signed note is, `vkeys.py` says. The log key is read by the sealer
only; the promise key by web processes; the master key wraps the keys of cases.
"""

import base64
import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from melayani.ground.durable import write_once
from melayani.ground.errors import Refused
from melayani.ground.sealing import new_key
from melayani.ledger.vkeys import NoteKey, is_key_name

LOG_KEY_FILE = "log.key"
PROMISE_KEY_FILE = "promise.key"
MASTER_KEY_FILE = "master.key"
SECRET_KEY_FILE = "secret.key"  # noqa: S105  # the name of a file, not a secret


class KeysRefused(Refused):
    """A key file is missing, unreadable, of the wrong length, or already there."""


def create_keys(*, directory: Path, origin: str) -> None:
    """`directory` holds fresh keys for the log `origin`; keys that are there already stay untouched.

    Raises `KeysRefused` when the origin is no valid note name (empty, blanks, `+`, control characters).
    """
    check_origin(origin)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep(directory / "origin", origin.encode() + b"\n")
    _keep(directory / LOG_KEY_FILE, base64.b64encode(new_key()) + b"\n")
    _keep(directory / PROMISE_KEY_FILE, base64.b64encode(new_key()) + b"\n")
    _keep(directory / MASTER_KEY_FILE, base64.b64encode(new_key()) + b"\n")
    _keep(directory / SECRET_KEY_FILE, base64.b64encode(os.urandom(48)) + b"\n")


def check_origin(origin: str) -> None:
    """Raises `KeysRefused` unless `origin` can name a log (C2SP signed-note: no blanks, no `+`, not empty)."""
    if not is_key_name(origin) or not origin.isprintable():
        raise KeysRefused("origin_form", "Nama buku besar tidak boleh kosong, berspasi, atau berisi tanda plus.")


def _keep(path: Path, content: bytes) -> None:
    """The file holds `content`, unless it was there before: two that begin at once share the first one's keys."""
    with suppress(FileExistsError):
        write_once(path, content)


def read_origin(directory: Path) -> str:
    """The origin the keys in `directory` were made for."""
    return _read(directory / "origin").decode().strip()


def log_key(directory: Path) -> NoteKey:
    """The key that signs checkpoints, named as the origin."""
    return NoteKey(name=read_origin(directory), private=_private(directory / LOG_KEY_FILE))


def promise_key(directory: Path) -> NoteKey:
    """The key that signs promises, named `<origin>/promise`."""
    return NoteKey(name=read_origin(directory) + "/promise", private=_private(directory / PROMISE_KEY_FILE))


def master_key(directory: Path) -> bytes:
    """The 32 bytes that wrap the keys of cases."""
    return _decoded(directory / MASTER_KEY_FILE, 32)


def _private(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_decoded(path, 32))


def _decoded(path: Path, length: int) -> bytes:
    try:
        key = base64.b64decode(_read(path).strip(), validate=True)
    except ValueError as error:
        raise KeysRefused("key_form", f"Berkas kunci {path.name} rusak.") from error
    if len(key) != length:
        raise KeysRefused("key_form", f"Berkas kunci {path.name} tidak utuh.")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeysRefused("key_missing", f"Berkas kunci {path.name} tidak dapat dibaca.") from error
