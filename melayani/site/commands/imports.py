# SPDX-License-Identifier: EUPL-1.2
"""`melayani import cases | units | places`: what others have kept, row by row checked."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from melayani.ground.clock import now
from melayani.site.console import BadInput, data_option, open_instance

if TYPE_CHECKING:
    from melayani.site.imports.tables import Imported

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
skip_bad_option = click.option("--skip-bad", is_flag=True, help="Store the good rows although others are bad.")


@click.group("import")
def bring_in() -> None:
    """Bring in old cases, units or places. All or nothing, unless --skip-bad is given."""


@bring_in.command()
@file_argument
@skip_bad_option
@data_option
def cases(file: Path, skip_bad: bool, data: Path | None) -> None:
    """Bring in old cases from a CSV file (UTF-8).

    \b
    needed:  text, filed_at (ISO 8601), and the place: place (its code), or regency, district, village by name
    about:   topic, service (codes), kind, unit (code of the unit that dealt with it), channel, external_id
    who:     identity (NAMED, ANONYMOUS), visibility (PUBLIC, SECRET), name, email, phone, address,
             latitude, longitude
    outcome: outcome (SOLVED, EXPLAINED_NO, DUPLICATE, UNREACHABLE, REFERRED, WITHDRAWN, OUT_OF_SCOPE),
             answer, answered_at, closed_at, confirmed (ya, tidak), referred_to (code of a body)

    Rows with an external_id, and the same file given again, are brought in once.
    """
    open_instance(data)
    from melayani.site.imports.cases import import_cases

    report(import_cases(file, at=now(), skip_bad=skip_bad), skip_bad=skip_bad)


@bring_in.command()
@file_argument
@skip_bad_option
@data_option
def units(file: Path, skip_bad: bool, data: Path | None) -> None:
    """Bring in units from a CSV file: region, sector, name; and if wanted code, parent, triage_desk, active."""
    open_instance(data)
    from melayani.site.imports.units import import_units

    report(import_units(file, at=now(), skip_bad=skip_bad), skip_bad=skip_bad)


@bring_in.command()
@file_argument
@skip_bad_option
@data_option
def places(file: Path, skip_bad: bool, data: Path | None) -> None:
    """Bring in places from a GeoJSON file: features with the properties code, name and, if wanted, postal_code."""
    open_instance(data)
    from melayani.site.imports.places import import_places

    report(import_places(file, at=now(), skip_bad=skip_bad), skip_bad=skip_bad)


def report(imported: "Imported", *, skip_bad: bool) -> None:
    """Every bad row is named; raises `BadInput` when nothing was stored because of them."""
    for problem in imported.problems:
        click.echo(str(problem))
    if imported.problems and not skip_bad:
        raise BadInput(f"{len(imported.problems)} baris tidak dapat diterima. Tidak ada yang disimpan.")
    skipped = f", {len(imported.problems)} dilewati" if imported.problems else ""
    click.echo(f"{imported.new} baru, {imported.there} sudah ada{skipped}.")
