# SPDX-License-Identifier: EUPL-1.2
"""`melayani verify`: what a receipt proves, without a network, a database or trust in whoever runs the service."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from melayani.ground.clock import JAKARTA
from melayani.ground.errors import Refused
from melayani.ledger.policy import MOST_POLICY_BYTES, NONE, Policy, parse_policy, policy_of_logs
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, SEALED, Proven, verify_receipt
from melayani.site.console import BadInput, Failed

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("receipt", type=EXISTING)
@click.option("--vkey", "vkeys", multiple=True, help="Verifier key of a log you trust; may be given several times.")
@click.option("--policy", type=EXISTING, help="Policy file: logs, witnesses, and how many witnesses you ask for.")
def verify(receipt: Path, vkeys: tuple[str, ...], policy: Path | None) -> None:
    """Print in plain words what RECEIPT proves to somebody who trusts these keys.

    Exit 0 when everything in it holds, 1 when something does not, 2 when the question itself cannot be read. Keys come
    from /ledger/keys of the service, better from somebody else you trust. With --vkey alone no witness is asked for.
    """
    trusted = policy_of(vkeys, policy)
    with receipt.open("rb") as file:
        content = file.read(MOST_RECEIPT_BYTES + 1)
    try:
        proven = verify_receipt(content, policy=trusted)
    except Refused as refused:
        raise Failed(f"TIDAK TERBUKTI. {refused.message}") from refused
    for line in told(proven):
        click.echo(line)


def policy_of(vkeys: tuple[str, ...], file: Path | None) -> Policy:
    """Whom the person trusts. Raises `BadInput` for neither or both, and for a key or policy that cannot be read."""
    if bool(vkeys) == bool(file):
        raise BadInput("Sebutkan siapa yang Anda percaya: --vkey KUNCI, atau --policy BERKAS, salah satu.")
    try:
        if file is None:
            return policy_of_logs(vkeys)
        with file.open("rb") as opened:
            return parse_policy(opened.read(MOST_POLICY_BYTES + 1))
    except Refused as refused:
        raise BadInput(refused.message) from refused


def told(proven: Proven) -> Iterator[str]:
    """What is proven, line by line."""
    yield "TERBUKTI. Catatan ini ada di buku besar dan tidak berubah sejak ditandatangani."
    yield f"Buku besar: {shown(proven.log)}"
    yield f"Catatan: nomor {proven.index}, di antara {proven.size} catatan (dihitung dari 0)"
    yield f"Akar: {base64.b64encode(proven.root).decode()}"
    yield from _leaf_told(proven)
    yield from _witnesses_told(proven)
    if proven.opened:
        yield "Isi: segelnya terbuka. Peristiwa dalam berkas ini adalah yang dicatat waktu itu:"
        yield json.dumps(proven.event, indent=2, sort_keys=True)
    else:
        yield "Isi: tersegel; isinya tidak ada di berkas ini (sealed; content not shown in this file)."


def shown(text: str) -> str:
    """The text of a stranger without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _leaf_told(proven: Proven) -> Iterator[str]:
    """What the leaf itself says to everybody; of a secret case nothing."""
    yield "Jenis: kasus rahasia" if proven.kind == SEALED else f"Jenis: {shown(proven.kind)}"
    fields = json.loads(proven.leaf)
    if isinstance(fields.get("t"), int):
        moment = datetime.fromtimestamp(min(fields["t"], 2**37), tz=JAKARTA)
        yield f"Dicatat: {moment.isoformat()}"
    if isinstance(fields.get("u"), str):
        yield f"Unit: {shown(fields['u'])}"


def _witnesses_told(proven: Proven) -> Iterator[str]:
    """Who else has seen the tree."""
    if proven.quorum == NONE:
        yield "Saksi: tidak diminta (quorum none). Buku besar ini hanya ditandatangani pemiliknya."
    for seen in proven.cosigned:
        moment = datetime.fromtimestamp(min(seen.at, 2**37), tz=JAKARTA)
        yield f"Saksi: {shown(seen.witness)}, {moment.isoformat()}"
