# SPDX-License-Identifier: EUPL-1.2
"""The folder of key files as a whole: copying it out and back, and looking whether others could read it."""

import io
import stat
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from melayani.cases.erasure_list import NAME as ERASURES
from melayani.ground.durable import write_once
from melayani.ledger.keys import (
    LOG_KEY_FILE,
    MASTER_KEY_FILE,
    PROMISE_KEY_FILE,
    RETIRED_FILE,
    SECRET_KEY_FILE,
    WITNESS_KEY_FILE,
    Purpose,
    log_key,
    master_key,
    promise_key,
)
from melayani.site.console import BadInput

NAMES = ("origin", LOG_KEY_FILE, PROMISE_KEY_FILE, MASTER_KEY_FILE, SECRET_KEY_FILE)
# What an instance may have besides: keys that are being changed, the public halves of old ones, a witness's key, and
# the list of erased cases, which has to come back with the keys as it does not come back with a backup.
FURTHER = (*(purpose.next_file for purpose in Purpose), RETIRED_FILE, WITNESS_KEY_FILE, ERASURES)
MOST_BYTES = 100_000_000


def read_keys(source: Path) -> Mapping[str, bytes]:
    """The key files in a folder, or in a plain tar file of one. Raises `BadInput` unless all are there."""
    found = _from_folder(source) if source.is_dir() else _from_tar(source)
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise BadInput(f"Di {source} tidak ada {', '.join(missing)}.")
    return found


def _from_folder(folder: Path) -> dict[str, bytes]:
    there = [name for name in (*NAMES, *FURTHER) if (folder / name).is_file()]
    return {name: (folder / name).read_bytes()[:MOST_BYTES] for name in there}


def _from_tar(file: Path) -> dict[str, bytes]:
    """Only files with our names count, wherever they lie in the archive; nothing is unpacked by its path."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(file, mode="r:*") as tar:
            for member in tar:
                name = member.name.rsplit("/", 1)[-1]
                content = tar.extractfile(member) if member.isreg() and name in (*NAMES, *FURTHER) else None
                if content is not None:
                    found[name] = content.read(MOST_BYTES)
    except (tarfile.TarError, EOFError) as error:
        raise BadInput(f"{file} bukan arsip folder kunci.") from error
    return found


def write_keys(keys: Mapping[str, bytes], folder: Path) -> None:
    """The keys are files in `folder`, for its user only. Raises FileExistsError rather than overwrite one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in keys.items():
        write_once(folder / name, content)


def packed_keys(folder: Path) -> bytes:
    """A tar file of the key folder, as `read_keys` takes it. Raises `BadInput` unless all keys are there."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in read_keys(folder).items():
            member = tarfile.TarInfo(f"keys/{name}")
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def bring_keys(keys: Mapping[str, bytes], folder: Path) -> None:
    """The keys are files in `folder`, which has none of another content; done again after a crash it goes on.

    Raises `BadInput` when another key is there, `KeysRefused` when one of these cannot be used; nothing is written
    then.
    """
    other = [name for name in (*NAMES, *FURTHER) if _other(folder / name, keys.get(name))]
    if other:
        raise BadInput(f"Di {folder} sudah ada {', '.join(other)}. Kunci tidak pernah ditimpa.")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".keys-") as trial:
        write_keys(keys, Path(trial))
        for read in (log_key, promise_key, master_key):
            read(Path(trial))
    write_keys({name: content for name, content in keys.items() if not (folder / name).exists()}, folder)


def _other(file: Path, content: bytes | None) -> bool:
    """Whether there is a file, and it does not hold this."""
    return file.exists() and file.read_bytes() != content


def open_to_others(folder: Path) -> list[str]:
    """The names of key files, and of the folder, that others than the owner may read or write."""
    paths = [folder, *(folder / name for name in (*NAMES, *FURTHER) if name != "origin")]
    return [path.name for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
