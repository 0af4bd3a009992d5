# SPDX-License-Identifier: EUPL-1.2
"""`melayani keys`: show the public keys, change one, copy all of them out and back."""

import shutil
import tempfile
from pathlib import Path

import click

from melayani.ground.clock import now
from melayani.site.console import BadInput, Failed, data_option, instance_folder, open_instance, set_up_django

POLICY = "policy"


@click.group()
def keys() -> None:
    """Show, change, copy the keys of the instance."""


@keys.command()
@data_option
def show(data: Path | None) -> None:
    """Print the public keys as a policy that others can use as it is (C2SP tlog-policy)."""
    set_up_django(data)
    from django.conf import settings

    from melayani.site.key_words import policy_text

    click.echo(policy_text(keys=settings.KEYS, ledger=settings.LEDGER, policy=settings.DATA / POLICY), nl=False)


@keys.command()
@click.option("--purpose", type=click.Choice(["log", "promise"]), default="log", show_default=True)
@click.option("--finish", is_flag=True, help="The old key ends: the new one signs alone from the next seal on.")
@click.option("--drill", is_flag=True, help="Try it on copies, change nothing, and say what would happen.")
@data_option
def rotate(purpose: str, finish: bool, drill: bool, data: Path | None) -> None:
    """Change a key: announce a new one, and after a while (--finish) end the old one.

    Both sign in between. Give the witnesses and everybody who keeps a policy that time; `keys show` tells the lines.
    The worker does the rest, without a restart. A crash at any point is mended by saying the same again.
    """
    open_instance(data)
    from django.conf import settings

    from melayani.ledger.keys import Purpose
    from melayani.ledger.rotation import RotationRefused, announce, retire

    if drill:
        if finish or purpose != Purpose.LOG:
            raise BadInput("--drill mencoba seluruh pergantian kunci buku besar. Pakai tanpa pilihan lain.")
        _drill(settings.KEYS, settings.DATA)
        return
    act = retire if finish else announce
    try:
        said = act(directory=settings.KEYS, purpose=Purpose(purpose), at=now())
    except RotationRefused as refused:
        raise Failed(refused.message) from refused
    click.echo(f"Pernyataan nomor {said.sequence} tercatat. Ia masuk buku besar pada penyegelan berikutnya.")
    if finish:
        click.echo("Setelah itu hanya kunci baru yang menandatangani, dan kunci lama dihapus dari folder kunci.")
        click.echo("Tanda terima lama tetap sah; kunci umum yang lama tetap tercantum.")
    else:
        click.echo("Setelah itu kedua kunci menandatangani. Beritahu para saksi kunci baru ini:")
        click.echo(str(said.data["new"]))
        click.echo("Bila semua sudah memakainya: melayani keys rotate --finish" + _unless_log(purpose))
    click.echo("Buat salinan baru folder kunci: melayani keys export BERKAS")


def _unless_log(purpose: str) -> str:
    return "" if purpose == "log" else f" --purpose {purpose}"


def _drill(keys: Path, data: Path) -> None:
    """The whole change on copies in a folder that is removed at the end."""
    from melayani.ground.errors import Refused
    from melayani.ledger.keys import LOG_KEY_FILE
    from melayani.ledger.rotation_drill import drill

    with tempfile.TemporaryDirectory(dir=data, prefix=".drill-") as folder:
        copy = Path(folder) / "keys"
        copy.mkdir(mode=0o700)
        for name in ("origin", LOG_KEY_FILE):
            shutil.copy2(keys / name, copy / name)
        try:
            for step in drill(keys=copy, folder=Path(folder) / "ledger", at=now()):
                click.echo(f"[v] {step}")
        except Refused as refused:
            raise Failed(refused.message) from refused
    click.echo("Latihan selesai. Tidak ada yang berubah.")


@keys.command()
@click.argument("out", type=click.Path(path_type=Path))
@data_option
def export(out: Path, data: Path | None) -> None:
    """Write all key files into the new tar file OUT, for the owner only. Keep it apart from backups."""
    set_up_django(data)
    from django.conf import settings

    from melayani.ground.durable import write_once
    from melayani.site.key_files import packed_keys

    packed = packed_keys(settings.KEYS)
    try:
        write_once(out.resolve(), packed)
    except FileExistsError as error:
        raise BadInput(f"{out} sudah ada. Sebutkan berkas baru.") from error
    click.echo(f"Kunci disalin ke {out}.")
    click.echo("Siapa memegang berkas ini dan sebuah cadangan dapat membaca semua kasus. Simpan keduanya terpisah.")


@keys.command("import")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@data_option
def bring_in(source: Path, data: Path | None) -> None:
    """Put the keys from FILE (a tar file or a folder) into an instance that has none. Never overwrites one."""
    folder = instance_folder(data)
    if not folder.is_dir():
        raise BadInput(f"{folder} tidak ada.")
    set_up_django(data)
    from django.conf import settings

    from melayani.site.key_files import bring_keys, read_keys
    from melayani.site.key_words import published_origin

    found = read_keys(source)
    origin = found["origin"].decode(errors="replace").strip()
    known = published_origin(settings.LEDGER)
    if known not in (None, origin):
        raise BadInput(f"Kunci ini milik buku besar {origin}, bukan {known}.")
    bring_keys(found, settings.KEYS)
    click.echo(f"Kunci buku besar {origin} ada di {settings.KEYS}.")
