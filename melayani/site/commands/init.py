# SPDX-License-Identifier: EUPL-1.2
"""`melayani init`: an empty instance with keys, schema, reference data and its first administrator."""

from pathlib import Path

import click

from melayani.site.console import data_option, instance_folder, set_up_django


@click.command()
@data_option
def init(data: Path | None) -> None:
    """Make an empty instance in the folder.

    The first administrator is asked for on a terminal, or taken from MELAYANI_ADMIN_USERNAME and the file that
    MELAYANI_ADMIN_PASSWORD_FILE names. Running it again changes nothing that is there.
    """
    folder = instance_folder(data)
    set_up_django(folder)
    from melayani.ledger.actions import stamp_positions
    from melayani.site.founding import first_administrator, found_instance, has_administrator, make_administrator

    wanted = None if has_administrator() else first_administrator()
    found_instance()
    if wanted is not None:
        make_administrator(wanted)
        stamp_positions()
        click.echo(f"Administrator pertama: {wanted.username}")
    click.echo(f"Instalasi siap di {folder}. Simpan salinan folder kunci di tempat lain yang aman.")
    click.echo("Jalankan: melayani serve")
