# SPDX-License-Identifier: EUPL-1.2
"""`melayani backup`, `restore` and `upgrade`."""

from collections.abc import Iterator
from pathlib import Path

import click

from melayani.ground.clock import jakarta, now
from melayani.site.commands.recover import check_newest, erased_again, newest_options, recovered
from melayani.site.console import BadInput, Failed, Folder, data_option, instance_folder, open_instance, set_up_django


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@data_option
def backup(out: Path, data: Path | None) -> None:
    """Write database, photos and PDFs as they are at this moment into the file OUT, beside the running service.

    The keys are not inside: keep a copy of their folder elsewhere.
    """
    open_instance(data)
    from django.conf import settings

    from melayani.site.backups import make_backup

    manifest = make_backup(out.resolve(), at=now())
    click.echo(f"Cadangan selesai: {out} ({manifest['size']} bita, posisi {manifest['highest_position']}).")
    click.echo(f"Berkas foto dan PDF di dalamnya: {manifest['files']}.")
    if manifest["proofs"] or manifest["policy"]:
        policy = "ada" if manifest["policy"] else "tidak ada"
        click.echo(f"Bukti pernyataan buku besar: {manifest['proofs']}; daftar saksi (policy): {policy}.")
    if manifest["files_lost"]:
        click.echo(f"PERHATIAN: {manifest['files_lost']} berkas yang tercatat tidak ada lagi di penyimpanan.")
    if settings.BACKUP_RECIPIENT:
        click.echo(f"Disandikan untuk {settings.BACKUP_RECIPIENT}; hanya kunci pembukanya yang dapat membukanya.")
    click.echo("Folder kunci tidak ada di dalamnya. Simpan salinannya terpisah.")


@click.command()
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", required=True, type=Folder(), help="A new or empty folder.")
@click.option("--keys", type=click.Path(exists=True, path_type=Path), help="The key folder, or a tar file of it.")
@click.option(
    "--ledger",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The public files of the log that survived: the old disk, or what a monitor kept. Needs --keys.",
)
@click.option("--new-origin", metavar="ORIGIN", help="Nothing survived: begin a new log that names the old one.")
@newest_options
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Private key of an encrypted backup.",
)
def restore(
    *,
    source: Path,
    data: Path,
    keys: Path | None,
    ledger: Path | None,
    new_origin: str | None,
    checkpoint: Path | None,
    newest: bool,
    identity: Path | None,
) -> None:
    """Make an instance in an empty folder from the backup IN.

    An old backup knows less than the log has signed. With --ledger the log goes on, and what the backup lacks is listed
    as lost; with --new-origin another log begins. Without either, nothing is signed until `melayani recover`.
    """
    if (ledger or new_origin) and not keys:
        raise BadInput("Untuk melanjutkan buku besar, sebutkan juga kuncinya dengan --keys.")
    if ledger and new_origin:
        raise BadInput("Pilih salah satu: --ledger atau --new-origin.")
    unsure = ledger is not None and checkpoint is None and not newest
    folder = instance_folder(data)
    if folder.exists() and any(not path.is_dir() for path in folder.rglob("*")):
        raise BadInput(f"{folder} tidak kosong. Pemulihan hanya ke folder baru.")
    set_up_django(folder)
    from melayani.site.backup_encryption import in_clear

    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with in_clear(source, identity=identity, beside=folder) as backup:
        restore_into(folder, backup, keys, unsure=unsure)
    for line in log_continued(ledger, new_origin, checkpoint, sure=newest):
        click.echo(line)


def restore_into(folder: Path, backup: Path, keys: Path | None, *, unsure: bool) -> None:
    """Database, files and keys are in place, and it is told. `unsure`: only witnesses can say what was signed last."""
    from django.conf import settings

    from melayani.site.backups import check_readable_by_this_program, read_manifest
    from melayani.site.key_files import read_keys, write_keys
    from melayani.site.restored import mark_restored, unmark
    from melayani.site.restoring import restore_instance

    manifest = read_manifest(backup)
    check_readable_by_this_program(manifest)
    if unsure and not manifest.get("policy"):
        check_newest(None, newest=False)
    found = read_keys(keys) if keys else None
    if found and found["origin"].decode(errors="replace").strip() != manifest.get("origin"):
        raise BadInput("Kunci ini milik buku besar lain, bukan milik cadangan ini.")
    # Before there is a database: whatever happens now, nobody takes it for one that knows all that was signed.
    settings.DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark_restored()
    try:
        restore_instance(backup)
    except BaseException:
        unmark()
        raise
    if found:
        write_keys(found, settings.KEYS)
    click.echo(f"Dipulihkan ke {folder}: keadaan {manifest['created']}, posisi {manifest['highest_position']}.")
    if not found:
        click.echo(f"Kunci belum ada. Letakkan salinannya di {settings.KEYS} sebelum menjalankan layanan.")


def log_continued(ledger: Path | None, new_origin: str | None, checkpoint: Path | None, *, sure: bool) -> Iterator[str]:
    """Takes the way out that was chosen, carries erasures through again, and tells of both line by line."""
    from django.conf import settings

    if ledger or new_origin:
        yield from recovered(ledger, new_origin, checkpoint=checkpoint, sure=sure)
    else:
        yield "Buku besar belum dilanjutkan: jalankan `melayani recover` dengan --ledger atau --new-origin."
        if settings.KEYS.exists():
            yield from erased_again()


@click.command()
@data_option
def upgrade(data: Path | None) -> None:
    """Bring the data to the version of this program: backup, schema, reference data, check. Stop the service first.

    Web processes that still run show the page for maintenance meanwhile, and go on showing it if this fails.
    """
    set_up_django(data)
    from django.conf import settings

    from melayani.site.backups import make_backup
    from melayani.site.founding import load_reference_data
    from melayani.site.maintenance import announced
    from melayani.site.safety import findings
    from melayani.site.schema import NOT_THERE, check_not_newer, migrate
    from melayani.site.static_files import collect_static
    from melayani.site.worker_lock import worker_is_there

    if check_not_newer().empty:
        raise BadInput(NOT_THERE.format(folder=settings.DATA))
    if worker_is_there():
        raise Failed("Layanan masih berjalan. Hentikan dahulu, lalu ulangi.")
    moment = now()
    out = settings.DATA / "backups" / f"before-upgrade-{jakarta(moment):%Y%m%d-%H%M%S}.tar"
    with announced():
        make_backup(out, at=moment)
        click.echo(f"Cadangan: {out}")
        migrate()
        load_reference_data()
        collect_static()
    for finding in findings(at=moment):
        click.echo(str(finding))
    click.echo("Data sudah sesuai dengan versi ini.")
