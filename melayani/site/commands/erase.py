# SPDX-License-Identifier: EUPL-1.2
"""`melayani erase` and `melayani retain`: destroying what cases hold, one by one or when their time has passed."""

import sys
from datetime import datetime
from pathlib import Path

import click

from melayani.ground.case_number import read_number
from melayani.ground.clock import now
from melayani.site.console import BadInput, Failed, data_option, open_instance, progress

REASONS = ("request", "court")
TRACES_LEFT = (
    "Isinya sudah tidak dapat dibaca, tetapi sisanya belum dapat dibersihkan dari berkas basis data. Layanan "
    "mencobanya lagi setiap jam, berkas yang besar pada malam hari; atau jalankan perintah ini sekali lagi dengan "
    "--now. Selama berkas besar ditulis ulang, tidak ada yang dapat disampaikan."
)


@click.command()
@click.option("--case", "typed", required=True, help="Number of the case.")
@click.option("--reason", type=click.Choice(REASONS), default="request", show_default=True, help="Why, as a code.")
@click.option("--yes", is_flag=True, help="Do not ask for the number again.")
@click.option("--now", "any_hour", is_flag=True, help="Write even a large database file anew at once; filing waits.")
@data_option
def erase(typed: str, reason: str, yes: bool, any_hour: bool, data: Path | None) -> None:
    """Destroy what a case holds: texts, photos, contact, salts and its key. It cannot be undone.

    Without a terminal nothing is asked. The entries of the case stay in the ledger, its number and its state stay in
    the figures, and receipts that were given stay valid. Backups from before hold it still: an erasure is repeated
    whenever one is restored. Keep them no longer than needed.
    """
    number = read_number(typed)
    if number is None:
        raise BadInput("--case harus nomor kasus, misalnya JT-7K4M-2QX.")
    open_instance(data)
    if not yes:
        _ask_again(number)
    from melayani.cases.erasing import Reason
    from melayani.site import erasures

    report = erasures.erase([number], reason=Reason(reason), at=now(), any_hour=any_hour)
    if not report.erased:
        click.echo(f"{number} sudah dihapus sebelumnya.")
    else:
        click.echo(f"{number} dihapus. Catatannya tetap di buku besar, tanpa isi.")
    if not (report.clean and erasures.finish(number, at=now(), any_hour=any_hour)):
        raise Failed(TRACES_LEFT)


def _ask_again(number: str) -> None:
    """Raises `BadInput` unless the person types the number once more. A script has named it, and cannot be asked."""
    if not sys.stdin.isatty():
        return
    again = click.prompt(f"Isi {number} akan hilang untuk selamanya. Ketik nomornya sekali lagi", err=True)
    if read_number(again) != number:
        raise BadInput("Nomornya tidak sama. Tidak ada yang dihapus.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how many would be erased, by the year they were closed.")
@click.option(
    "--set-days", type=click.IntRange(min=0), help="How many calendar days closed cases are kept from now on."
)
@click.option("--source", default="", help="With --set-days: the decree or schedule that says so.")
@click.option("--by", default="", help="With --set-days: username of the administrator who sets it.")
@click.option("--now", "any_hour", is_flag=True, help="Write even a large database file anew at once; filing waits.")
@data_option
def retain(*, dry_run: bool, set_days: int | None, source: str, by: str, any_hour: bool, data: Path | None) -> int:
    """Erase the cases that have been closed for longer than they may be kept.

    Until a period is set nothing is erased. Cases that were opened again stay. Best run by a timer between one and four
    at night: then even a large database file may be written anew, during which nobody can file anything.
    """
    if dry_run and set_days is not None:
        # Whoever only wants to look must not set what the next run erases by.
        raise BadInput("Pilih salah satu: --dry-run atau --set-days.")
    open_instance(data)
    if set_days is not None:
        return _set(set_days, source=source, by=by)
    from melayani.cases.retention import counted_by_year, kept_since

    at = now()
    since = kept_since(at=at)
    if since is None:
        click.echo("Masa simpan belum ditetapkan. Tidak ada yang dihapus. Tetapkan dengan --set-days.")
        return 0
    years = counted_by_year(at=at)
    click.echo(f"Ditutup sebelum {since.date().isoformat()}: {sum(years.values())} kasus.")
    for year, count in years.items():
        click.echo(f"{year}: {count}")
    return 0 if dry_run or not years else _run(at, any_hour=any_hour)


def _set(days: int, *, source: str, by: str) -> int:
    if not (source and by):
        raise BadInput("--set-days memerlukan --source dan --by.")
    from melayani.catalogue.retention_actions import set_retention
    from melayani.ledger.actions import stamp_positions

    set_retention(days=days, source=source, by=by, at=now())
    stamp_positions()
    click.echo(f"Kasus yang ditutup disimpan {days} hari." if days else "Kasus yang ditutup disimpan terus.")
    return 0


def _run(at: datetime, *, any_hour: bool) -> int:
    """The cases are erased, each of them whole; exit 1 when traces must wait."""
    from melayani.cases.erasing import Reason
    from melayani.cases.retention import kept_since, numbers_past
    from melayani.site.erasures import erase as erase_cases

    numbers = numbers_past(at=at)
    with progress("Menghapus", total=len(numbers)) as tell:
        report = erase_cases(
            numbers,
            reason=Reason.RETENTION,
            at=at,
            closed_before=kept_since(at=at),
            told=tell,
            any_hour=any_hour,
        )
    click.echo(f"Dihapus: {report.erased} kasus.")
    if not report.clean:
        raise Failed(TRACES_LEFT)
    return 0
