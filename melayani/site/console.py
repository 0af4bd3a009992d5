# SPDX-License-Identifier: EUPL-1.2
"""What the commands share: their errors, the option `--data`, progress of long work, and opening an instance."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")
EVERY_SECONDS = 2.0


class BadInput(click.ClickException):
    """What was typed cannot be: exit 2."""

    exit_code = 2


class Failed(click.ClickException):
    """It could not be done now: exit 1."""

    exit_code = 1


class Folder(click.Path):
    """A folder that is named: an empty path (a variable that is not set, in a script) is none, exit 2."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. An empty one would become the working directory."""
        if not str(value).strip():
            raise BadInput(f"{param.opts[0] if param else 'Folder'} kosong. Sebutkan nama folder.")
        return super().convert(value, param, ctx)


def data_option(function: Callable[P, R]) -> Callable[P, R]:
    """Adds `--data DIR`; without it MELAYANI_DATA or ./melayani-data holds."""
    option = click.option(
        "--data",
        type=Folder(),
        help="Folder of the instance.  [default: MELAYANI_DATA, else ./melayani-data]",
    )
    return option(function)


def instance_folder(data: Path | None) -> Path:
    """The folder of the instance, absolute; `data` None = what the environment says."""
    return (data or Path(os.environ.get("MELAYANI_DATA") or "melayani-data")).resolve()


def set_up_django(data: Path | None = None) -> None:
    """Django is ready with the settings of the instance in `data`. What this process writes only its user may read."""
    os.umask(0o077)
    os.environ["MELAYANI_DATA"] = str(instance_folder(data))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melayani.site.settings")
    import django  # noqa: PLC0415  # the settings read the environment above

    django.setup()


def open_instance(data: Path | None = None) -> None:
    """Django is ready on an instance that is there and of the version of this program; else `BadInput` or `Failed`."""
    set_up_django(data)
    from melayani.site.schema import check_instance  # noqa: PLC0415  # needs Django

    check_instance()


@contextmanager
def progress(label: str, *, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function to call with what has been done in all: a bar on a terminal, a plain line now and then else."""
    if sys.stderr.isatty():
        with _bar(label, total) as tell:
            yield tell
        return
    last = time.monotonic()

    def tell_plainly(done: int) -> None:
        nonlocal last
        if done >= total or time.monotonic() - last >= EVERY_SECONDS:
            last = time.monotonic()
            click.echo(f"{label}: {done} dari {total}", err=True)

    yield tell_plainly


@contextmanager
def _bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.console import Console  # noqa: PLC0415  # only where there is a terminal
    from rich.progress import Progress  # noqa: PLC0415  # as above

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
