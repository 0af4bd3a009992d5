# SPDX-License-Identifier: EUPL-1.2
"""The key files of an instance: log key, promise key and master key, outside database and backups, mode 0600.

Source: LEDGER "Keys"; what a key of a signed note is, `vkeys.py` says. The log key is read by the sealer
only; the promise key by web processes; the master key wraps the keys of cases. While a key is changed
(`rotation.py`) the next one lies beside it; of keys that sign no longer the public half is kept. A witness has one key.
"""

import base64
import hashlib
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from melayani.ground.durable import sync_folder, write_once, write_private
from melayani.ground.errors import Refused
from melayani.ground.sealing import new_key
from melayani.ledger.vkeys import COSIGNATURE, NoteKey, is_key_name

LOG_KEY_FILE = "log.key"
PROMISE_KEY_FILE = "promise.key"
MASTER_KEY_FILE = "master.key"
SECRET_KEY_FILE = "secret.key"  # noqa: S105  # the name of a file, not a secret
WITNESS_KEY_FILE = "witness.key"
RETIRED_FILE = "retired"


class Purpose(StrEnum):
    """What a key that can be changed is for; the first word of its line in `/ledger/keys`."""

    LOG = "log"
    PROMISE = "promise"

    @property
    def file(self) -> str:
        """The name of the file of the key that signs."""
        return f"{self}.key"

    @property
    def next_file(self) -> str:
        """The name of the file of the key that will sign, while there is one."""
        return f"{self}.next.key"


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
    return purpose_key(directory, Purpose.LOG)


def promise_key(directory: Path) -> NoteKey:
    """The key that signs promises, named `<origin>/promise`."""
    return purpose_key(directory, Purpose.PROMISE)


def purpose_key(directory: Path, purpose: Purpose) -> NoteKey:
    """The key that signs for this purpose."""
    return NoteKey(name=_name(directory, purpose), private=_private(directory / purpose.file))


def next_key(directory: Path, purpose: Purpose) -> NoteKey | None:
    """The key that will sign for this purpose; None while nothing is being changed."""
    if not (directory / purpose.next_file).exists():
        return None
    return NoteKey(name=_name(directory, purpose), private=_private(directory / purpose.next_file))


def make_next_key(directory: Path, purpose: Purpose) -> NoteKey:
    """The key that will sign for this purpose, made unless it is there."""
    _keep(directory / purpose.next_file, base64.b64encode(new_key()) + b"\n")
    return NoteKey(name=_name(directory, purpose), private=_private(directory / purpose.next_file))


def take_next_key(directory: Path, purpose: Purpose) -> None:
    """The next key takes the place of the one that signed, which is gone; its public half stands among the retired."""
    line = f"{purpose} {purpose_key(directory, purpose).vkey}"
    retired = retired_lines(directory)
    if line not in retired:
        write_private(directory / RETIRED_FILE, "".join(f"{each}\n" for each in (*retired, line)).encode())
    (directory / purpose.next_file).replace(directory / purpose.file)
    sync_folder(directory)


def retired_lines(directory: Path) -> list[str]:
    """Purpose and verifier key of each key that signed once and no longer does, the oldest first."""
    try:
        return (directory / RETIRED_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise KeysRefused("key_form", f"Berkas kunci {RETIRED_FILE} rusak.") from error


def _name(directory: Path, purpose: Purpose) -> str:
    origin = read_origin(directory)
    return origin if purpose == Purpose.LOG else f"{origin}/{purpose}"


def make_witness_key(directory: Path, *, name: str = "") -> None:
    """`directory` holds a fresh key of a witness, for the name or one that the key itself gives, unless one is there.

    Name and key are one file: a crash cannot part them. Raises `KeysRefused` for a name that cannot name a key.
    """
    private = new_key()
    # A name nobody else has, for who has no address to give.
    name = name or f"witness-{hashlib.sha256(private).hexdigest()[:8]}.example"
    if not is_key_name(name) or not name.isprintable():
        raise KeysRefused("witness_name", "Nama saksi tidak boleh kosong, berspasi, atau berisi tanda plus.")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep(directory / WITNESS_KEY_FILE, f"{name} {base64.b64encode(private).decode()}\n".encode())


def witness_key(directory: Path) -> NoteKey:
    """The key that cosigns for the witness whose keys these are."""
    name, _, encoded = _read(directory / WITNESS_KEY_FILE).decode("utf-8", "replace").strip().partition(" ")
    if not is_key_name(name):
        raise KeysRefused("key_form", f"Berkas kunci {WITNESS_KEY_FILE} rusak.")
    private = _decode(encoded.encode(), WITNESS_KEY_FILE, 32)
    return NoteKey(name=name, private=Ed25519PrivateKey.from_private_bytes(private), kind=COSIGNATURE)


def master_key(directory: Path) -> bytes:
    """The 32 bytes that wrap the keys of cases."""
    return _decoded(directory / MASTER_KEY_FILE, 32)


def _private(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_decoded(path, 32))


def _decoded(path: Path, length: int) -> bytes:
    return _decode(_read(path).strip(), path.name, length)


def _decode(encoded: bytes, name: str, length: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise KeysRefused("key_form", f"Berkas kunci {name} rusak.") from error
    if len(key) != length:
        raise KeysRefused("key_form", f"Berkas kunci {name} tidak utuh.")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeysRefused("key_missing", f"Berkas kunci {path.name} tidak dapat dibaca.") from error
