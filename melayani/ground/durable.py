# SPDX-License-Identifier: EUPL-1.2
"""Folders whose entries outlive a power cut: a file that was synced is lost all the same when its name was not."""

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
