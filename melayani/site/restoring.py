# SPDX-License-Identifier: EUPL-1.2
"""Putting database and files of a backup in their places. The place of the database must be empty."""

import sqlite3
from pathlib import Path

from django.conf import settings

from melayani.site import postgres_tools
from melayani.site.backup_files import put_in_place
from melayani.site.backups import unpack_database, unpacked_files
from melayani.site.console import BadInput
from melayani.site.schema import schema, sqlite_file


def restore_instance(backup: Path) -> None:
    """Database and files of the settings are those of the backup. Raises `BadInput` when there is a database already or
    the backup is damaged; then nothing was restored."""
    with unpacked_files(backup) as waiting:
        # Files first: without rows they only take space, but a row without its file is a photo that is lost.
        put_in_place(waiting)
        file = sqlite_file()
        if file is not None:
            unpack_database(backup, file)
            _check_sound(file)
        else:
            _restore_postgres(backup)


def _restore_postgres(backup: Path) -> None:
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
