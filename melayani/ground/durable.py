# SPDX-License-Identifier: EUPL-1.2
"""Files and folders that outlive a power cut: a file that was synced is lost all the same when its name was not."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """What was added to the folder or renamed in it outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """The folder is there, for its owner alone, and so are those above it; each new one's name outlives a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def write_private(path: Path, content: bytes) -> None:
    """The file holds `content`, whole, durable and for its owner alone, in place of what it held before."""
    draft = _drafted(path, content)
    draft.replace(path)
    sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> None:
    """The file holds `content`, whole, durable and for its owner alone. Raises FileExistsError if it is there.

    A crash leaves no half of it; of two that write at once one wins and the other is told.
    """
    draft = _drafted(path, content)
    try:
        # A link, not a rename: whoever comes second does not replace what the first one wrote.
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def _drafted(path: Path, content: bytes) -> Path:
    """A synced file beside `path` that holds the content."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft
