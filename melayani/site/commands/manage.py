# SPDX-License-Identifier: EUPL-1.2
"""`melayani manage`: Django's own commands on the instance."""

import os

import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands (the instance is that of MELAYANI_DATA)."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melayani.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["melayani manage", *arguments])
