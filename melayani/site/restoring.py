# SPDX-License-Identifier: EUPL-1.2
"""Putting the database of a backup in its place. The place must be empty."""

import sqlite3
from pathlib import Path

from django.conf import settings

from melayani.site import postgres_tools
from melayani.site.backups import unpack_database
from melayani.site.console import BadInput
from melayani.site.schema import schema, sqlite_file


def restore_database(backup: Path) -> None:
    """The database of the settings is that of the backup. Raises `BadInput` when it is not empty or the backup is
    damaged; then nothing was restored."""
    file = sqlite_file()
    if file is not None:
        unpack_database(backup, file)
        _check_sound(file)
        return
    if not schema().empty:
        raise BadInput("Basis data tujuan tidak kosong.")
    dump = settings.DATA / ".restore.dump"
    unpack_database(backup, dump)
    try:
        postgres_tools.restore(dump)
    finally:
        dump.unlink()


def _check_sound(file: Path) -> None:
    """Raises `BadInput`, and removes the file, when SQLite finds it damaged."""
    opened = sqlite3.connect(file)
    try:
        said = opened.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    finally:
        opened.close()
    if said != "ok":
        file.unlink()
        raise BadInput(f"Basis data dalam cadangan rusak: {said}")
