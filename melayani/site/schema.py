# SPDX-License-Identifier: EUPL-1.2
"""Whether the database of the instance is there and fits this program: never older code on newer data."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from melayani.site.console import BadInput, Failed

NOT_THERE = "Belum ada instalasi di {folder}. Buat dengan: melayani init --data {folder}"
NEWER = "Data ini dibuat oleh versi yang lebih baru ({names}). Pasang versi itu, atau pulihkan cadangan."
OLDER = "Skema data ini lebih lama dari programnya. Jalankan: melayani upgrade"


@dataclass(frozen=True)
class Schema:
    """Migrations by name: `missing` from the database, `unknown` to this program; `empty` = none applied at all."""

    empty: bool
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def sqlite_file() -> Path | None:
    """The file of the database, or None on PostgreSQL. Never opens it: opening would make it."""
    return Path(settings.DATABASES["default"]["NAME"]) if connection.vendor == "sqlite" else None


def schema() -> Schema:
    """How the database and this program fit together. Raises `Failed` when it cannot be opened."""
    file = sqlite_file()
    if file is not None and not file.exists():
        return Schema(empty=True, missing=(), unknown=())
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise Failed(f"Basis data tidak dapat dipakai: {error}") from error
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    return Schema(empty=not applied, missing=_names(known - applied), unknown=_names(applied - known))


def _names(migrations: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{app}.{name}" for app, name in sorted(migrations))


def check_not_newer() -> Schema:
    """The schema; raises `Failed` when newer code than this has written the data."""
    found = schema()
    if found.unknown:
        raise Failed(NEWER.format(names=", ".join(found.unknown)))
    return found


def check_instance() -> None:
    """Raises `BadInput` when there is no instance, `Failed` when its schema is not that of this program."""
    found = check_not_newer()
    if found.empty:
        raise BadInput(NOT_THERE.format(folder=settings.DATA))
    if found.missing:
        raise Failed(OLDER)


def migrate() -> None:
    """The database has the schema of this program."""
    call_command("migrate", verbosity=0, interactive=False)
