# SPDX-License-Identifier: EUPL-1.2
"""`melayani demo`: an instance of East Java with a year of invented cases, running."""

from pathlib import Path
from typing import Any

import click

from melayani.ground.clock import now
from melayani.site.commands.serve import check_port, host_option, port_option, serve_instance
from melayani.site.console import data_option, instance_folder
from melayani.site.demo import FILE, make_demo, open_demo, prepare_folder

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to


@click.command()
@data_option
@port_option
@host_option
@click.option("--fresh", is_flag=True, help="Remove an earlier demo in this folder first.")
def demo(data: Path | None, port: int, host: str, fresh: bool) -> int:
    """Make a demo instance and run it: East Java with a year of invented cases.

    Safe to run twice. The address and the sample logins are printed and kept in demo.json in the folder.
    """
    check_port(host, port)
    folder = instance_folder(data)
    shown = "127.0.0.1" if host in EVERYWHERE else host
    url = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    prepare_folder(folder, fresh=fresh)
    click.echo("Menyiapkan demo Jawa Timur ...")
    open_demo(folder, url=url)
    print_welcome(make_demo(folder, url=url, at=now()), folder=folder)
    from django.db import connections

    connections.close_all()
    return serve_instance(folder, host=host, port=port)


def print_welcome(told: dict[str, Any], *, folder: Path) -> None:
    """The address and the sample logins are on the screen."""
    width = max(len(login["username"]) for login in told["logins"])
    click.echo(f"\n  Alamat: {told['url']}\n\n  Masuk sebagai petugas di {told['url']}/masuk:")
    for login in told["logins"]:
        click.echo(f"    {login['username']:<{width}}  {login['password']}  {login['role']:<13}  {login['unit']}")
    click.echo(f"\n  Semua ini juga ada di {folder / FILE}. Hentikan dengan Ctrl-C.\n")
