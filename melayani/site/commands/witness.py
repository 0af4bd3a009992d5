# SPDX-License-Identifier: EUPL-1.2
"""`melayani witness`: cosign the checkpoints of logs that others run. Needs no instance and no database of one."""

import logging.config
import os
from pathlib import Path

import click

from melayani.site.console import BadInput, data_option, instance_folder

PORT = 8100


@click.command()
@click.option(
    "--origin", "origins", metavar="VKEY", multiple=True, required=True, help="Verifier key of a log to witness."
)
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; a proxy brings TLS.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--name", default="", help="Name of this witness, such as its address without https://; kept for ever.")
def witness(origins: tuple[str, ...], data: Path | None, host: str, port: int, name: str) -> None:
    """Cosign each checkpoint that continues the last one seen of its log, until SIGTERM or SIGINT.

    The first start makes a key (witness.key) and a memory (witness.sqlite3) in the folder. Never run two copies of a
    memory with one key, and never put back an old one: the witness could then cosign two truths. While a log changes
    its key, give --origin for the old key and for the new one.
    """
    from melayani.ground.errors import Refused
    from melayani.ledger.witnessing import logs_of
    from melayani.site.logs import logging_settings
    from melayani.site.witness import WitnessServer, open_witness

    os.umask(0o077)
    logging.config.dictConfig(logging_settings())
    folder = instance_folder(data)
    keys = Path(os.environ.get("MELAYANI_KEYS") or folder / "keys")
    try:
        opened = open_witness(data=folder, keys=keys, logs=logs_of(origins), name=name)
    except Refused as refused:
        raise BadInput(refused.message) from refused
    if name and name != opened.key.name:
        raise BadInput(f"Saksi ini sudah bernama {opened.key.name}. Nama tidak dapat diganti.")
    with WitnessServer((host, port), opened) as server:
        where = f"[{host}]" if ":" in host else host
        click.echo(f"witness {opened.key.name} {opened.key.vkey} http://{where}:{server.server_address[1]}")
        for origin in opened.logs:
            click.echo(f"# {origin}")
        server.serve_forever()
