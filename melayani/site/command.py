# SPDX-License-Identifier: EUPL-1.2
"""The command line `melayani`. Each subject is a small file in `commands/`, imported only when it is called.

Errors are one clear line on stderr: exit 2 for bad input, 1 for a failure, never a traceback for bad input. Help is in
English like the documents; what commands say is in Indonesian like the pages.
"""

import os
import signal
import sqlite3
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from melayani import __version__
from melayani.ground.errors import Refused

# These leave with 0 on SIGTERM or SIGINT from the first instant on; the others end as programs usually do.
SERVING = ("demo", "serve", "web", "witness", "work")
COMMANDS = {
    "audit": "audit:audit",
    "backup": "backups:backup",
    "check": "check:check",
    "demo": "demo:demo",
    "due": "due:due",
    "erase": "erase:erase",
    "import": "imports:bring_in",
    "init": "init:init",
    "keys": "keys:keys",
    "manage": "manage:manage",
    "monitor": "monitor:monitor",
    "recover": "recover:recover",
    "restore": "backups:restore",
    "retain": "erase:retain",
    "seed": "seed:seed",
    "serve": "serve:serve",
    "upgrade": "backups:upgrade",
    "verify": "verify:verify",
    "web": "serve:web",
    "witness": "witness:witness",
    "work": "serve:work",
}


class Commands(click.Group):
    """Finds a command by the table above when it is asked for, so that `due` need not wait for Django."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"melayani.site.commands.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="melayani")
def melayani() -> None:
    """A public service you can hold to its word."""


def main() -> NoReturn:
    """Runs the command named on the command line and leaves with its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] and arguments[0] in SERVING:
        signal.signal(signal.SIGTERM, leave_quietly)
        signal.signal(signal.SIGINT, leave_quietly)
    sys.exit(run(arguments))


def leave_quietly(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the shape of a signal handler
    """The program ends with 0, here and now; what was under way is undone by its transaction.

    An exception would not do: raised inside a callback of the interpreter (a finalizer, a converter of SQLite) it is
    swallowed, and the program would go on.
    """
    os._exit(0)


def run(arguments: list[str]) -> int:
    """The exit code of the command; whatever it refuses is said in one line on stderr."""
    try:
        answer = melayani.main(args=arguments, prog_name="melayani", standalone_mode=False)
    except BrokenPipeError:
        # Whoever read our lines has gone (`| head`). Closing now keeps the interpreter from complaining at its end.
        sys.stderr.close()
        return 1
    except anticipated() as error:
        message, code = explained(error)
        click.echo(f"melayani: {' '.join(message.split())}", err=True)
        return code
    return answer if isinstance(answer, int) else 0


def anticipated() -> tuple[type[Exception], ...]:
    """What is told in one line: refusals, wrong input, wrong settings, a file or database that cannot be used.

    Anything else is a bug and shows its traceback. Django's errors count only if the command has imported Django.
    """
    known: list[type[Exception]] = [click.ClickException, click.Abort, Refused, OSError, sqlite3.OperationalError]
    for module, name in (("django.core.exceptions", "ImproperlyConfigured"), ("django.db.utils", "OperationalError")):
        if module in sys.modules:
            known.append(getattr(sys.modules[module], name))
    return tuple(known)


def explained(error: Exception) -> tuple[str, int]:
    """What to tell the person, and the exit code: 2 when what was typed or set cannot be, 1 when it failed."""
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, click.Abort):
        return "Dibatalkan.", 1
    if isinstance(error, Refused):
        return error.message, 2
    if isinstance(error, OSError):
        said = error.strerror or str(error)
        return (f"{error.filename}: {said}" if error.filename else said), 1
    if type(error).__name__ == "ImproperlyConfigured":
        return str(error), 2
    return f"Basis data tidak dapat dipakai: {error}", 1
