# SPDX-License-Identifier: EUPL-1.2
"""`melayani verify`: what a file of the ledger proves, without a network, a database or trust in who runs it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from melayani.ground.clock import JAKARTA
from melayani.ground.errors import Refused
from melayani.ledger.encodings import read_base64
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.policy import MOST_POLICY_BYTES, NONE, Policy, parse_policy, policy_of_logs
from melayani.ledger.promises import Promise, is_promise, verify_promise
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, SEALED, Proven, parse_receipt, verify_receipt
from melayani.site.console import BadInput, Failed

MOST_TEXT_BYTES = 1 << 20
# No calendar of ours knows later moments; a foreign log may say anything.
LATEST_TIME = 2**37
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("receipt", type=EXISTING)
@click.option("--vkey", "vkeys", multiple=True, help="Verifier key of a log you trust; may be given several times.")
@click.option("--policy", type=EXISTING, help="Policy file: logs, witnesses, and how many witnesses you ask for.")
@click.option("--text", type=EXISTING, help="The text that belongs to the receipt: is it what was recorded?")
def verify(receipt: Path, vkeys: tuple[str, ...], policy: Path | None, text: Path | None) -> None:
    """Print in plain words what RECEIPT proves to somebody who trusts these keys.

    RECEIPT may be a proof, a citizen's receipt, or the promise that was given at filing; a promise is signed by the
    promise key of the service. Exit 0 when everything in it holds, 1 when something does not, 2 when the question
    itself cannot be read. Keys come from /ledger/keys of the service, better from somebody else you trust. With --vkey
    alone no witness is asked for.
    """
    trusted = policy_of(vkeys, policy)
    content = _read(receipt, most=MOST_RECEIPT_BYTES)
    try:
        if is_promise(content):
            if text is not None:
                raise BadInput("Janji tidak memuat teks. Pakai --text bersama tanda terima.")
            lines = [*promised(verify_promise(content, keys=trusted.logs))]
        else:
            lines = [*told(verify_receipt(content, policy=trusted))]
    except Refused as refused:
        raise Failed(f"TIDAK TERBUKTI. {refused.message}") from refused
    if text is not None:
        lines.append(_text_told(content, _read(text, most=MOST_TEXT_BYTES)))
    for line in lines:
        click.echo(line)


def _read(file: Path, *, most: int) -> bytes:
    """The file; of one that is too long to be right only so much that it is seen to be."""
    with file.open("rb") as opened:
        return opened.read(most + 1)


def _text_told(receipt: bytes, text: bytes) -> str:
    """That the text is the one of the event in this receipt, which has been verified before; else `Failed`."""
    said = json.loads(parse_receipt(receipt).extra or b"{}")
    salt, event = read_base64(said.get("salt", "")), said.get("event", {})
    bound = read_base64(event["text"]) if isinstance(event.get("text"), str) else None
    if not salt or bound is None:
        raise Failed("TIDAK TERBUKTI. Tanda terima ini tidak memuat sidik teks.")
    if not hmac.compare_digest(hashlib.sha256(salt + text).digest(), bound):
        raise Failed("TIDAK TERBUKTI. Teks ini bukan teks yang dicatat waktu itu.")
    return "Teks: sama huruf demi huruf dengan yang dicatat waktu itu."


def promised(promise: Promise) -> Iterator[str]:
    """What is promised, line by line. Whether it was kept is not in the file."""
    recorded, deadline = (
        datetime.fromtimestamp(moment, tz=UTC).astimezone(JAKARTA).isoformat()
        for moment in (promise.recorded_at, promise.deadline)
    )
    yield "JANJI SAH. Ditandatangani dengan kunci janji buku besar ini."
    yield f"Buku besar: {shown(promise.origin)}"
    yield f"Sidik catatan: {promise.leaf_hash.hex()}"
    yield f"Dicatat: {recorded}"
    yield f"Dijanjikan: catatan ini ada di buku besar paling lambat {deadline}"
    yield "Apakah janjinya ditepati tidak ada di berkas ini; itu dibuktikan oleh tanda terima dengan sidik yang sama."
    yield "Bila sesudah waktu itu catatan ini tidak ada di buku besar, berkas inilah buktinya."


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
    yield f"Sidik catatan: {leaf_hash(proven.leaf).hex()}"
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
    if type(fields.get("t")) is int and 0 <= fields["t"] <= LATEST_TIME:
        yield f"Dicatat: {datetime.fromtimestamp(fields['t'], tz=JAKARTA).isoformat()}"
    if isinstance(fields.get("u"), str):
        yield f"Unit: {shown(fields['u'])}"


def _witnesses_told(proven: Proven) -> Iterator[str]:
    """Who else has seen the tree."""
    if proven.quorum == NONE:
        yield "Saksi: tidak diminta (quorum none). Buku besar ini hanya ditandatangani pemiliknya."
    for seen in proven.cosigned:
        moment = datetime.fromtimestamp(min(seen.at, 2**37), tz=JAKARTA)
        yield f"Saksi: {shown(seen.witness)}, {moment.isoformat()}"
