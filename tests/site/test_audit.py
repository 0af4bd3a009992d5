# SPDX-License-Identifier: EUPL-1.2
"""`melayani audit` as a program: its words, its exit codes, and one moment beside a service that goes on writing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.running import a_demo, an_instance, environment, one_line, run, settings_of

pytestmark = pytest.mark.prove
FIELDS = ["entries", "leaves", "pending", "erased", "lost", "differences", "checkpoint"]
BEGIN = """
import sys, threading
from contextlib import nullcontext
from melayani.site.console import open_instance
open_instance()
from melayani.cases import audit_processes, audit_rows
from melayani.cases.citizen_actions import withdraw_case
from melayani.cases.filing import Filing, file_case
from melayani.cases.models import Case
from melayani.cases.rules import CITIZEN
from melayani.ground.clock import now
from melayani.site.worker import Worker

def filed(count):
    filing = Filing(text="Lampu jalan di depan balai desa padam.", place="35.07.13.1010", service="PJU")
    return [file_case(filing=filing, by=CITIZEN, at=now()).number for _ in range(count)]

def sealed():
    Worker().step()
"""
SEAL = "filed(3); sealed()"
WRITE = """
print("writing", flush=True)
for turn in range(40):
    for number in filed(3):
        withdraw_case(number=number, by=CITIZEN, at=now(), text="Sudah selesai.")
    sealed()
"""
# Between the two readings that one case takes, somebody acts on it.
BETWEEN = """
[number] = filed(1)
sealed()
readings = audit_rows.read_events
def read_events(*values):
    act = lambda: withdraw_case(number=number, by=CITIZEN, at=now())
    if Case.objects.get(number=number).version == 1:
        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
    return readings(*values)
audit_rows.read_events = read_events
if sys.argv[1] == "control":
    audit_processes._snapshot = nullcontext
report = audit_processes.audit(at=now(), processes=0)
from django.db import connection
assert Case.objects.get(number=number).version == 2
print([each.column for each in report.differences])
"""
AUDITS = """
for turn in range(6):
    report = audit_processes.audit(at=now(), processes=2)
    print(report.entries, [str(each) for each in report.differences], flush=True)
"""


def program(code: str, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    """The code on an instance, running."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + code, *arguments],
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(code: str, *arguments: str, **settings: str) -> str:
    """What the code printed."""
    running = program(code, *arguments, **settings)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    return out


def test_the_result_is_the_object_of_the_contract(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    done(SEAL, **settings)
    audited = run("audit", "--json", **settings)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    said = json.loads(audited.stdout)
    assert list(said) == FIELDS
    assert said["entries"] == said["leaves"] == said["checkpoint"]["size"] > 3
    assert (said["pending"], said["erased"], said["lost"], said["differences"]) == (0, 0, 0, [])
    plain = run("audit", **settings)
    assert plain.returncode == 0
    assert "COCOK" in plain.stdout
    assert said["checkpoint"]["root"] in plain.stdout
    done("from django.db import connection; Case.objects.update(title='x')", **settings)
    changed = run("audit", "--json", **settings)
    assert changed.returncode == 1
    assert [(each["event"], each["column"]) for each in json.loads(changed.stdout)["differences"]] == [
        (None, "title")
    ] * 3
    told = run("audit", **settings)
    assert told.returncode == 1
    assert told.stdout.count("BERBEDA: kasus JT-") == 3
    assert "TIDAK COCOK: 3 perbedaan" in told.stdout


@pytest.mark.once
def test_what_cannot_be_asked(tmp_path: Path) -> None:
    nothing = run("audit", "--data", tmp_path / "none")
    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert one_line(nothing)
    folder = an_instance(tmp_path / "data")
    wrong = run("audit", "--data", folder, "--vkey", "x")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    (folder / "keys" / "master.key").rename(tmp_path / "away")
    without = run("audit", "--data", folder)
    assert "Kunci induk tidak ada" in without.stderr


def test_another_log_key_is_named(tmp_path: Path) -> None:
    from tests.ledger.some_keys import LOG

    settings = settings_of(tmp_path / "data")
    done(SEAL, **settings)
    audited = run("audit", "--json", "--vkey", LOG.vkey, **settings)
    assert audited.returncode == 1
    assert "checkpoint.note" in {each["column"] for each in json.loads(audited.stdout)["differences"]}


def test_one_moment_is_read_whatever_happens_meanwhile(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    assert done(BETWEEN, "audit", **settings).strip() == "[]"
    # Control: read as it comes, an honest case differs from itself.
    assert "version" in done(BETWEEN, "control", **settings)


def test_several_processes_agree_beside_a_service_that_writes(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    writer = program(WRITE, **settings)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    lines = done(AUDITS, **settings).splitlines()
    _, err = writer.communicate(timeout=120)
    assert writer.returncode == 0, err
    assert [line.split(" ", 1)[1] for line in lines] == ["[]"] * 6
    assert len({line.split(" ", 1)[0] for line in lines}) > 1


@pytest.mark.once
def test_the_demo_agrees(tmp_path: Path, shared: Path) -> None:
    folder = a_demo(tmp_path / "demo", shared=shared)
    done("sealed()", MELAYANI_DATA=str(folder))
    audited = run("audit", "--json", MELAYANI_DATA=str(folder))
    said = json.loads(audited.stdout)
    assert said["differences"] == []
    assert said["entries"] > 500
