# SPDX-License-Identifier: EUPL-1.2
"""Putting database and files of a backup in their places. The place of the database must be empty."""

import sqlite3
from pathlib import Path

from django.conf import settings

from melayani.ground.durable import sync_folder
from melayani.site import postgres_tools
from melayani.site.backup_files import put_in_place
from melayani.site.backups import unpack_database, unpacked_files
from melayani.site.console import BadInput
from melayani.site.schema import schema, sqlite_file


def restore_instance(backup: Path) -> None:
    """Database and files of the settings are those of the backup. Raises `BadInput` when there is a database already or
    the backup is damaged; then nothing was restored."""
    file = sqlite_file()
    found = (file or settings.DATA / "database").with_name(".restore.database")
    with unpacked_files(backup) as waiting:
        try:
            unpack_database(backup, found)
            if file is not None:
                _check_sound(found)
            elif not schema().empty:
                raise BadInput("Basis data tujuan tidak kosong.")
            # Files first: without rows they only take space, but a row without its file is a photo that is lost.
            put_in_place(waiting)
            if file is not None:
                found.rename(file)
                sync_folder(file.parent)
            else:
                postgres_tools.restore(found)
        finally:
            found.unlink(missing_ok=True)


def _check_sound(file: Path) -> None:
    """Raises `BadInput` when SQLite finds it damaged."""
    opened = sqlite3.connect(file)
    try:
        said = opened.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    finally:
        opened.close()
    if said != "ok":
        raise BadInput(f"Basis data dalam cadangan rusak: {said}")
