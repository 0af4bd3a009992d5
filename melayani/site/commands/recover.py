# SPDX-License-Identifier: EUPL-1.2
"""`melayani recover`: the ways out when nothing may be signed any more."""

from collections.abc import Iterator
from pathlib import Path

import click

from melayani.ground.clock import now
from melayani.site.console import BadInput, Failed, data_option, open_instance


@click.command()
@click.option(
    "--ledger",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the public files of the log: the old disk, or what a monitor kept.",
)
@click.option("--new-origin", metavar="ORIGIN", help="Begin a new log under this name; it names the old one.")
@click.option("--rows", is_flag=True, help="Only the files are lost: make them anew from the database.")
@data_option
def recover(ledger: Path | None, new_origin: str | None, rows: bool, data: Path | None) -> None:
    """Let the log go on after an old backup was restored or its files were lost. Stop the service first.

    Without options the log folder of the instance is taken. Leaves that are in no row are listed as lost. If nothing
    survived, --new-origin begins a log that says which one it follows.
    """
    open_instance(data)
    from melayani.site.worker_lock import worker_is_there

    if sum((ledger is not None, new_origin is not None, rows)) > 1:
        raise BadInput("Pilih salah satu: --ledger, --new-origin, atau --rows.")
    if worker_is_there():
        raise Failed("Layanan masih berjalan. Hentikan dahulu, lalu ulangi.")
    for line in recovered(ledger, new_origin, rows=rows):
        click.echo(line)


def recovered(ledger: Path | None, new_origin: str | None, *, rows: bool = False) -> Iterator[str]:
    """Takes the way out, and tells of it line by line."""
    from melayani.site.recovery import begin_new_log, recover_log

    if new_origin:
        aside = begin_new_log(new_origin, at=now())
        yield f"Buku besar baru: {new_origin}. Catatan pertamanya menyebut buku besar yang lama."
        if aside:
            yield f"Berkas buku besar yang lama ada di {aside}. Simpanlah."
        yield "Umumkan kunci barunya (/ledger/keys) lewat saluran lain juga."
        return
    done = recover_log(ledger, at=now(), rows=rows)
    yield f"Buku besar dilanjutkan dari {done.size} catatan; {done.found} di antaranya baru dikenali lagi."
    if done.lost:
        yield f"PERHATIAN: {done.lost} catatan tidak ada lagi isinya. Semua terdaftar di /buku-besar."
