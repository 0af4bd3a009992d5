# SPDX-License-Identifier: EUPL-1.2
"""`melayani recover`: the ways out when nothing may be signed any more."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from melayani.ground.clock import now
from melayani.site.console import BadInput, Failed, data_option, open_instance

P = ParamSpec("P")
R = TypeVar("R")


def newest_options(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--checkpoint FILE` and `--newest`: how it is known that the log did not grow further."""
    file = click.option(
        "--checkpoint",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The newest checkpoint or receipt that anybody has; the log must reach it.",
    )
    return file(click.option("--newest", is_flag=True, help="This is surely the last state of the log.")(function))


@click.command()
@click.option(
    "--ledger",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the public files of the log: the old disk, or what a monitor kept.",
)
@click.option("--new-origin", metavar="ORIGIN", help="Begin a new log under this name; it names the old one.")
@newest_options
@click.option("--rows", is_flag=True, help="Only the files are lost: make them anew from the database.")
@data_option
def recover(
    *, ledger: Path | None, new_origin: str | None, checkpoint: Path | None, newest: bool, rows: bool, data: Path | None
) -> None:
    """Let the log go on after an old backup was restored or its files were lost. Stop the service first.

    Without options the log folder of the instance is taken. Leaves that are in no row are listed as lost. If nothing
    survived, --new-origin begins a log that says which one it follows. The witnesses in the file policy are asked
    first: one that has seen more stops it, and a quorum that has seen this and no more stands for --newest.
    """
    open_instance(data)
    from melayani.site.restored import is_marked
    from melayani.site.witness_sizes import policy_here
    from melayani.site.worker_lock import worker_is_there

    if sum((ledger is not None, new_origin is not None, rows)) > 1:
        raise BadInput("Pilih salah satu: --ledger, --new-origin, atau --rows.")
    sure = newest or not (ledger or (is_marked() and not new_origin and not rows))
    if not sure and policy_here() is None:
        check_newest(checkpoint, newest)
    if worker_is_there():
        raise Failed("Layanan masih berjalan. Hentikan dahulu, lalu ulangi.")
    for line in recovered(ledger, new_origin, checkpoint=checkpoint, rows=rows, sure=sure):
        click.echo(line)


def check_newest(checkpoint: Path | None, newest: bool) -> None:
    """Raises `BadInput` unless somebody says how it is known that the log did not grow further than this copy."""
    if checkpoint is None and not newest:
        raise BadInput(
            "Sebutkan titik periksa terbaru yang diketahui orang lain (saksi, pemantau, tanda terima) dengan "
            "--checkpoint, atau nyatakan dengan --newest bahwa folder itu pasti yang terakhir. Salinan yang tertinggal "
            "membuat dua kebenaran; bila ragu, pakai --new-origin. Bila berkas policy menyebut saksi, mereka ditanya."
        )


def recovered(
    ledger: Path | None, new_origin: str | None, *, checkpoint: Path | None, sure: bool, rows: bool = False
) -> Iterator[str]:
    """Takes the way out, and tells of it line by line."""
    from melayani.site.recovery import begin_new_log, recover_log

    if new_origin:
        aside = begin_new_log(new_origin, at=now())
        yield f"Buku besar baru: {new_origin}. Catatan pertamanya menyebut buku besar yang lama."
        if aside:
            yield f"Berkas buku besar yang lama ada di {aside}. Simpanlah."
        yield "Umumkan kunci barunya (/ledger/keys) lewat saluran lain juga."
        yield from erased_again()
        return
    done = recover_log(ledger, at=now(), rows=rows, newest=_note(checkpoint), sure=sure)
    for each in done.witnesses:
        said = "tidak menjawab" if each.size is None else f"menyaksikan {each.size} catatan ini, tidak lebih"
        yield f"Saksi {each.name}: {said}."
    yield f"Buku besar dilanjutkan dari {done.size} catatan; {done.found} di antaranya baru dikenali lagi."
    if done.lost:
        yield f"PERHATIAN: {done.lost} catatan tidak ada lagi isinya. Semua terdaftar di /buku-besar."
    yield from erased_again()


def erased_again() -> Iterator[str]:
    """What was erased is erased again, as the list beside the keys and the log know it; told line by line."""
    from django.conf import settings

    from melayani.cases.erasure_list import noted_erasures
    from melayani.site.erasures import erase_lost, replay_erasures

    erased = replay_erasures(at=now()) + erase_lost(at=now())
    noted = noted_erasures(settings.KEYS)
    last = max((one.at for one in noted), default=None)
    if last:
        yield f"Daftar penghapusan di sebelah kunci: {len(noted)} kasus, yang terakhir {last.date().isoformat()}."
    if erased:
        yield f"{erased} kasus yang pernah dihapus ada dalam basis data ini, dan sudah dihapus lagi."


def _note(file: Path | None) -> bytes | None:
    """The checkpoint in a file, or the one in a proof or receipt."""
    if file is None:
        return None
    from melayani.ledger.receipts import HEADER, MOST_RECEIPT_BYTES, parse_receipt

    with file.open("rb") as opened:
        content = opened.read(MOST_RECEIPT_BYTES + 1)
    return parse_receipt(content).checkpoint if content.startswith(HEADER.encode()) else content
