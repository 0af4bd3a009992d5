# SPDX-License-Identifier: EUPL-1.2
"""The folder of key files as a whole: bringing it back from a copy, and looking whether others could read it."""

import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

from melayani.ground.durable import write_once
from melayani.ledger.keys import LOG_KEY_FILE, MASTER_KEY_FILE, PROMISE_KEY_FILE, SECRET_KEY_FILE
from melayani.site.console import BadInput

NAMES = ("origin", LOG_KEY_FILE, PROMISE_KEY_FILE, MASTER_KEY_FILE, SECRET_KEY_FILE)
MOST_BYTES = 10_000


def read_keys(source: Path) -> Mapping[str, bytes]:
    """The key files in a folder, or in a plain tar file of one. Raises `BadInput` unless all are there."""
    found = _from_folder(source) if source.is_dir() else _from_tar(source)
    missing = [name for name in NAMES if name not in found]
    if missing:
        raise BadInput(f"Di {source} tidak ada {', '.join(missing)}.")
    return found


def _from_folder(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes()[:MOST_BYTES] for name in NAMES if (folder / name).is_file()}


def _from_tar(file: Path) -> dict[str, bytes]:
    """Only files with our names count, wherever they lie in the archive; nothing is unpacked by its path."""
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(file, mode="r:*") as tar:
            for member in tar:
                name = member.name.rsplit("/", 1)[-1]
                content = tar.extractfile(member) if member.isreg() and name in NAMES else None
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


def open_to_others(folder: Path) -> list[str]:
    """The names of key files, and of the folder, that others than the owner may read or write."""
    paths = [folder, *(folder / name for name in NAMES if name != "origin")]
    return [path.name for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
