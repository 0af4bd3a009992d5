# SPDX-License-Identifier: EUPL-1.2
"""`melayani audit`: whether rows, leaves, tree and checkpoints of this instance agree, beside the running service."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.vkeys import VerifierKey, parse_vkey
from melayani.site.console import BadInput, Failed, data_option, open_instance, progress

if TYPE_CHECKING:
    from melayani.cases.audit import Report

NO_MASTER_KEY = "Kunci induk tidak ada di sini: isi yang tersegel tidak dibuka, hanya selebihnya yang diperiksa."


@click.command()
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@click.option("--files", is_flag=True, help="Open every photo and PDF too, not only look for it.")
@click.option("--vkey", "vkeys", multiple=True, help="Key of the log you trust, instead of the published ones.")
def audit(data: Path | None, as_json: bool, files: bool, vkeys: tuple[str, ...]) -> int:
    """Recompute every leaf from its row, the tree from its files, and compare them with what was signed.

    Everything is read at one moment; nothing is changed. Exit 0 only if all agree, 1 if anything differs.
    """
    open_instance(data)
    from django.conf import settings

    from melayani.cases.audit_content import Depth
    from melayani.cases.audit_processes import AuditRefused
    from melayani.cases.audit_processes import audit as whole
    from melayani.cases.models import Case
    from melayani.ledger.keys import MASTER_KEY_FILE

    sealed = (Path(settings.KEYS) / MASTER_KEY_FILE).exists()
    if not sealed:
        click.echo(NO_MASTER_KEY, err=True)
    keys, started = keys_of(vkeys), time.monotonic()
    with progress("Kasus diperiksa", total=Case.objects.count()) as tell:
        try:
            report = whole(at=now(), depth=Depth(sealed=sealed, files=files and sealed), keys=keys, tell=tell)
        except AuditRefused as refused:
            raise Failed(refused.message) from refused
    for number in report.unproven:
        # No difference, since nothing contradicts anything; but who trusts only the old key cannot follow.
        click.echo(f"PERHATIAN: bukti pernyataan {number} (pengumuman kunci) tidak tersimpan.", err=True)
    if as_json:
        click.echo(json.dumps(as_object(report)))
    else:
        for line in told(report, seconds=time.monotonic() - started):
            click.echo(line)
    return 1 if report.differences else 0


def keys_of(vkeys: tuple[str, ...]) -> list[VerifierKey]:
    """The keys that were named. Raises `BadInput` for one that cannot be read."""
    try:
        return [parse_vkey(vkey) for vkey in vkeys]
    except Refused as refused:
        raise BadInput(refused.message) from refused


def as_object(report: "Report") -> dict[str, object]:
    """The report as CONTRACT says; the root in base64 as in a checkpoint."""
    return {
        "entries": report.entries,
        "leaves": report.leaves,
        "pending": report.pending,
        "erased": report.erased,
        "lost": report.lost,
        "differences": [{"case": each.case, "event": each.event, "column": each.column} for each in report.differences],
        "checkpoint": {"size": report.leaves, "root": write_base64(report.root)},
    }


def told(report: "Report", *, seconds: float) -> Iterator[str]:
    """The report in words, line by line."""
    yield f"Catatan: {report.entries}, di antaranya belum masuk pohon: {report.pending}, dihapus: {report.erased}"
    yield f"Daun: {report.leaves}, di antaranya tanpa baris: {report.lost}"
    yield f"Akar: {write_base64(report.root)}"
    for each in report.differences:
        where = f"kasus {each.case}" if each.case else "buku besar"
        act = "" if each.event is None else f", peristiwa {each.event}"
        yield f"BERBEDA: {where}{act}, {each.column}"
    if report.differences:
        yield f"TIDAK COCOK: {len(report.differences)} perbedaan ({seconds:.1f} detik)."
    else:
        yield f"COCOK: baris, daun, pohon dan titik periksa sama ({seconds:.1f} detik)."
