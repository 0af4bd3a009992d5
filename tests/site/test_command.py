# SPDX-License-Identifier: EUPL-1.2
"""The command line as a whole: names, help, errors in one line, no traceback for bad input."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from melayani.ground.errors import Refused
from melayani.site import command
from melayani.site.command import COMMANDS, explained
from melayani.site.console import BadInput, Failed
from tests.site.running import an_instance, one_line, run

pytestmark = pytest.mark.once


def test_every_command_of_the_table_is_there_and_explains_itself() -> None:
    context = click.Context(command.melayani)
    for name in COMMANDS:
        found = command.melayani.get_command(context, name)
        assert found is not None
        assert found.help, name


def test_help_lists_the_commands() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"  {name}" in done.stdout


def test_the_module_and_the_program_are_the_same() -> None:
    program = Path(sys.executable).with_name("melayani")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == run("--version").stdout == "melayani, version 0.1.0\n"


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("due",), ("due", "--nothing"), ("serve", "--port", "0"), ("seed", "--cases", "0"), ("import", "x")],
)
def test_what_cannot_be_typed_is_one_line_and_exit_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert one_line(done)


@pytest.mark.parametrize("name", ["serve", "web", "work", "seed", "check", "backup", "upgrade"])
def test_without_an_instance_a_command_says_so_and_makes_nothing(name: str, tmp_path: Path) -> None:
    more = {"seed": ("--cases", "1"), "backup": (tmp_path / "out",)}.get(name, ())
    done = run(name, *more, "--data", tmp_path / "none")
    assert done.returncode == 2
    assert "Belum ada instalasi" in done.stderr
    assert not (tmp_path / "none").exists()


def test_wrong_settings_are_one_line_and_exit_2(tmp_path: Path) -> None:
    done = run("check", "--data", tmp_path, MELAYANI_DATABASE_URL="mysql://x")
    assert (done.returncode, "sqlite:///" in one_line(done)) == (2, True)


def test_a_fixed_clock_is_refused_outside_of_tests(tmp_path: Path) -> None:
    done = run("check", "--data", tmp_path, MELAYANI_NOW="2026-01-05T09:00:00+07:00")
    assert (done.returncode, "MELAYANI_NOW" in one_line(done)) == (2, True)


def test_a_database_that_is_not_there_is_one_line_and_exit_1(tmp_path: Path) -> None:
    done = run("check", "--data", tmp_path, MELAYANI_DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert one_line(done).startswith("Basis data tidak dapat dipakai")


def test_a_damaged_database_is_no_traceback(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    (folder / "melayani.sqlite3").write_bytes(b"not a database at all" * 1000)
    done = run("check", "--data", folder)
    assert done.returncode == 1
    assert one_line(done)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("x"), 2),
        (Failed("x"), 1),
        (click.UsageError("x"), 2),
        (click.Abort(), 1),
        (Refused("code", "x"), 2),
        (FileNotFoundError(2, "No such file", "x"), 1),
    ],
)
def test_every_anticipated_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert isinstance(error, command.anticipated())
    assert explained(error)[1] == code


def test_a_bug_is_not_hidden() -> None:
    assert not isinstance(KeyError("x"), command.anticipated())


def test_a_reader_that_went_away_is_no_failure_to_shout_about() -> None:
    pipe = f"{sys.executable} -m melayani due --from 2026-01-05 --days 1000 | head -n 1"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
