# SPDX-License-Identifier: EUPL-1.2
"""Dump and restore of a PostgreSQL database by its own programs. Passwords go by environment, never by argument."""

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connection

from melayani.site.console import Failed

SETTINGS = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def dump(target: Path) -> None:
    """`target` holds the whole database in PostgreSQL's custom format."""
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(target))


def restore(source: Path) -> None:
    """The empty database holds what `source` holds, or is still empty."""
    name = str(connection.settings_dict["NAME"])
    _run(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        "--dbname",
        name,
        str(source),
    )


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Failed(f"{program} tidak ditemukan. Pasang postgresql-client dengan versi seperti peladennya.")
    done = subprocess.run(  # noqa: S603  # PostgreSQL's own program
        [found, *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["tanpa keterangan"]
        raise Failed(f"{program} gagal: {lines[0]}")


def _environment() -> dict[str, str]:
    given = connection.settings_dict
    said = {variable: str(given[name]) for name, variable in SETTINGS.items() if given.get(name)}
    options = given.get("OPTIONS", {})
    said |= {variable: str(options[name]) for name, variable in OPTIONS.items() if options.get(name)}
    return os.environ | said
