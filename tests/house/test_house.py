# SPDX-License-Identifier: EUPL-1.2
"""The house keeps its own rules: floors, file length, licence lines, reasons for every exception, a true plan.

Each check is a function that names what is wrong in a set of files; a broken variant shows that it would see it.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
LICENCE = "SPDX-License-Identifier: EUPL-1.2"
CODE = (".py", ".html", ".css", ".js", ".sh")
FACES = ("portal", "desk", "api", "site")
Files = Mapping[str, str]


@cache
def our_files() -> Files:
    """Text of every file of the project that is not ignored, by path, whether committed yet or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            try:
                found[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


def is_migration(name: str) -> bool:
    return "/migrations/" in name


# What is checked


def long_files(files: Files) -> Iterator[str]:
    """Python files of more than 400 lines."""
    for name, text in files.items():
        if name.endswith(".py") and not is_migration(name) and text.count("\n") > MOST_LINES:
            yield f"{name}: {text.count(chr(10))} lines"


def without_licence(files: Files) -> Iterator[str]:
    """Source files that do not name the licence in their first lines; those of others name their own, and it is there.

    What others made lies under `vendor/`, each in a folder with the text of its licence.
    """
    for name, text in files.items():
        if name.endswith(CODE) and text.strip():
            foreign, folder = "/vendor/" in name, name.rpartition("/")[0]
            expected = "SPDX-License-Identifier: " if foreign else LICENCE
            told = expected in "\n".join(text.splitlines()[:3]) and not (foreign and LICENCE in text)
            if not told or (foreign and f"{folder}/LICENSE.txt" not in files):
                yield name


def django_in_rules(files: Files) -> Iterator[str]:
    """Rules, and all of ground, that import Django or read the clock of the machine."""
    for name, text in files.items():
        pure = name.startswith("melayani/") and (name.endswith("/rules.py") or name.startswith("melayani/ground/"))
        if pure and any(module.split(".")[0] == "django" for module in imported(text)):
            yield name


def faces_in_back_rooms(files: Files) -> Iterator[str]:
    """Back rooms that import a face."""
    for name, text in files.items():
        parts = name.split("/")
        if parts[0] == "melayani" and len(parts) > 2 and parts[1] not in FACES:
            modules = set(imported(text)) if name.endswith(".py") else ()
            faces = {module.split(".")[1] for module in modules if module.startswith("melayani.")} & set(FACES)
            yield from (f"{name} imports {face}" for face in sorted(faces))


def clocks_in_acts(files: Files) -> Iterator[str]:
    """Rules, actions and queries that read the clock: moments are passed in."""
    for name, text in files.items():
        if re.fullmatch(r"melayani/\w+/(rules|\w*actions|\w*queries)\.py", name) and re.search(
            r"\bclock import [^\n]*\bnow\b|\bdatetime\.now\(|\btimezone\.now\(|\btime\.time\(", text
        ):
            yield name


def imported(text: str) -> Iterator[str]:
    """The modules a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unfinished(files: Files) -> Iterator[str]:
    """Marks of unfinished work."""
    # A case number is written with the letter X too, so that mark must stand alone.
    marks = re.compile(r"(?<![-\w])(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error|lorem ip" + r"sum)\b")
    for name, text in files.items():
        if name.endswith((".py", ".html", ".md", ".toml", ".js", ".css")):
            for number, line in enumerate(text.splitlines(), start=1):
                if marks.search(line):
                    yield f"{name}:{number}"


EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|nosec|pragma: no cover)\b([^#]*)(#.*)?")


def exceptions_without_reason(files: Files) -> Iterator[str]:
    """Silenced findings that do not say why after a second `#`, or that silence everything."""
    for name, text in files.items():
        if not name.endswith(".py") or is_migration(name):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            found = EXCEPTION.search(line)
            if found is None:
                continue
            reason = (found[3] or "").lstrip("# ").strip()
            names_what = ":" in found[2] or "[" in found[2]
            if len(reason) < 5 or not names_what:
                yield f"{name}:{number}"


def machine_marks(files: Files) -> Iterator[str]:
    """Paths of somebody's machine and hosts of package registries."""
    folders = "|".join(("work", "farm", "root", "opt", "home"))
    hosts = "|".join((r"pypi\." + "org", "python" + "hosted", r"registry\.npm" + "js", r"deb\.deb" + "ian"))
    marks = re.compile(rf"(?<![\w.])/({folders})/\w|/tm" + r"p/[a-z]" + rf"|{hosts}")
    for name, text in files.items():
        if name.endswith(".svg"):
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if marks.search(line):
                yield f"{name}:{number}"


def untrue_plan(files: Files) -> Iterator[str]:
    """Rooms that docs/house.md does not name in its table, and rooms it names that are not there."""
    rooms = {name.split("/")[1] for name in files if re.fullmatch(r"melayani/\w+/__init__\.py", name)}
    table = files["docs/house.md"].partition("## Rooms")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    yield from (f"not in the plan: {room}" for room in sorted(rooms - named))
    yield from (f"not in the house: {room}" for room in sorted(named - rooms))


def floorless_rooms(files: Files) -> Iterator[str]:
    """Rooms that stand on no floor of the import contract, and the figure of docs/house.md that shows other floors."""
    contracts = tomllib.loads(files["pyproject.toml"])["tool"]["importlinter"]["contracts"]
    floors = [
        {room.strip() for room in floor.split("|")}
        for contract in contracts
        if contract["id"] == "floors"
        for floor in contract["layers"]
    ]
    rooms = {name.split("/")[1] for name in files if re.fullmatch(r"melayani/\w+/__init__\.py", name)}
    yield from (f"no floor: {room}" for room in sorted(rooms - set().union(*floors)))
    figure = files["docs/house.md"].partition("```")[2].partition("```")[0]
    drawn = [
        {room.strip() for room in re.split(r"\s{3,}", line.strip())[0].split("|")}
        for line in figure.strip().splitlines()
    ]
    if drawn != floors:
        yield "the figure in docs/house.md shows other floors than pyproject.toml"


CHECKS = [
    long_files,
    without_licence,
    django_in_rules,
    faces_in_back_rooms,
    clocks_in_acts,
    unfinished,
    exceptions_without_reason,
    machine_marks,
    untrue_plan,
    floorless_rooms,
]
# In two parts, so that this file does not hold what it looks for.
QUIET, UNTYPED = "no" + "qa", "type: " + "ignore[misc]"
PLAN = "## Rooms\n\n| room | holds |\n|---|---|\n| `cases` | x |\n\n## Next\n"
BROKEN: list[tuple[object, Files, int]] = [
    (long_files, {"melayani/cases/x.py": "a\n" * 401}, 1),
    (long_files, {"melayani/cases/x.py": "a\n" * 400}, 0),
    (without_licence, {"a.py": "import os\n", "b.html": "<p>", "c.py": f"# {LICENCE}\n", "empty.py": ""}, 2),
    (
        without_licence,
        {
            "x/vendor/a/a.js": "/* SPDX-License-Identifier: BSD-2-Clause */\n",
            "x/vendor/a/LICENSE.txt": "BSD",
            "x/vendor/b/b.js": "/* SPDX-License-Identifier: BSD-2-Clause */\n",
            "x/vendor/a/c.js": "code",
            "x/vendor/a/d.js": f"/* {LICENCE} */\n",
        },
        3,
    ),
    (django_in_rules, {"melayani/cases/rules.py": "def f():\n    from django.db import models\n"}, 1),
    (
        django_in_rules,
        {"melayani/ground/x.py": "import django.utils\n", "melayani/cases/models.py": "import django"},
        1,
    ),
    (faces_in_back_rooms, {"melayani/cases/x.py": "from melayani.desk import rows\n"}, 1),
    (faces_in_back_rooms, {"melayani/cases/x.py": "from melayani import portal\n"}, 1),
    (faces_in_back_rooms, {"melayani/desk/x.py": "from melayani.cases import rules\n"}, 0),
    (clocks_in_acts, {"melayani/cases/actions.py": "from melayani.ground.clock import now\n"}, 1),
    (clocks_in_acts, {"melayani/cases/rules.py": "x = datetime.now(UTC)\n"}, 1),
    (clocks_in_acts, {"melayani/desk/pages/x.py": "from melayani.ground.clock import now\n"}, 0),
    (unfinished, {"a.py": "# TO" + "DO later\n", "b.md": "mastodon\n"}, 1),
    (exceptions_without_reason, {"a.py": f"x = 1  # {QUIET}: E501\n"}, 1),
    (exceptions_without_reason, {"a.py": f"x = 1  # {QUIET}  # because it is\n"}, 1),
    (exceptions_without_reason, {"a.py": f"x = 1  # {UNTYPED}\ny = 1  # {UNTYPED}  # no types there\n"}, 1),
    (
        machine_marks,
        {"a.md": "see /ro" + "ot/x\n", "b.toml": "https://pypi." + "org\n", "c.md": "/kasus/wo" + "rk/x\n"},
        2,
    ),
    (untrue_plan, {"docs/house.md": PLAN, "melayani/cases/__init__.py": "", "melayani/triage/__init__.py": ""}, 1),
    (untrue_plan, {"docs/house.md": PLAN}, 1),
    (
        floorless_rooms,
        {
            "pyproject.toml": '[[tool.importlinter.contracts]]\nid = "floors"\nlayers = ["cases"]\n',
            "docs/house.md": "```\n cases    x\n```\n",
            "melayani/cases/__init__.py": "",
            "melayani/triage/__init__.py": "",
        },
        1,
    ),
    (
        floorless_rooms,
        {
            "pyproject.toml": '[[tool.importlinter.contracts]]\nid = "floors"\nlayers = ["cases", "ground"]\n',
            "docs/house.md": "```\n ground    x\n cases     y\n```\n",
        },
        1,
    ),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_its_rule(check: object) -> None:
    assert callable(check)
    assert list(check(our_files())) == []


@pytest.mark.parametrize(("check", "files", "wrong"), BROKEN)
def test_a_broken_rule_is_seen(check: object, files: Files, wrong: int) -> None:
    assert callable(check)
    assert len(list(check(files))) == wrong


def test_every_check_has_a_control() -> None:
    assert {check for check, _, wrong in BROKEN if wrong} == set(CHECKS)


def lint_imports(folder: Path) -> int:
    """The exit code of import-linter run in the folder."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, check=False).returncode


def test_the_floors_hold() -> None:
    assert lint_imports(ROOT) == 0


def test_the_control_an_import_upwards_breaks_the_floors(tmp_path: Path) -> None:
    """A small house with the same contract, in which a lower room imports an upper one."""
    config = (
        "[tool.importlinter]\nroot_package = 'little'\n[[tool.importlinter.contracts]]\nname = 'floors'\n"
        "type = 'layers'\ncontainers = ['little']\nexhaustive = true\nlayers = ['upper', 'lower']\n"
    )
    (tmp_path / "pyproject.toml").write_text(config)
    for room in ("", "upper", "lower"):
        (tmp_path / "little" / room).mkdir()
        (tmp_path / "little" / room / "__init__.py").write_text("")
    (tmp_path / "little" / "upper" / "__init__.py").write_text("from little import lower\n")
    assert lint_imports(tmp_path) == 0
    (tmp_path / "little" / "lower" / "__init__.py").write_text("from little import upper\n")
    (tmp_path / "little" / "upper" / "__init__.py").write_text("")
    assert lint_imports(tmp_path) != 0
