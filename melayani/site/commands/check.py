# SPDX-License-Identifier: EUPL-1.2
"""`melayani check`: configuration and health in plain words."""

from pathlib import Path

import click

from melayani.ground.clock import now
from melayani.site.console import BadInput, data_option, set_up_django


@click.command()
@data_option
def check(data: Path | None) -> int:
    """Say what is unsafe for real cases of the public, and what is advisable. Exit 1 when something is unsafe."""
    set_up_django(data)
    from django.conf import settings

    from melayani.site.safety import findings
    from melayani.site.schema import NOT_THERE, schema

    if schema().empty:
        raise BadInput(NOT_THERE.format(folder=settings.DATA))
    found = findings(at=now())
    for finding in found:
        click.echo(str(finding))
    if any(finding.unsafe for finding in found):
        click.echo("Belum aman untuk kasus warga. Untuk demo dan uji coba boleh dipakai.")
        return 1
    click.echo("Aman.")
    return 0
