# SPDX-License-Identifier: EUPL-1.2
"""Erasing by the real program: no byte left in the files of SQLite, after a restore again, and beside other acts."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from melayani.cases.erasure_list import NAME
from tests.site.running import environment, one_line, run, settings_of

pytestmark = pytest.mark.prove


# In the files of SQLite


WALK = """
import json, sys
import django
django.setup()
from pathlib import Path
from django.conf import settings
from django.db import connection
from melayani.cases import actions, erasing
from melayani.cases.erasing import Reason
from melayani.cases.models import Case, Event
from melayani.cases.rules import Identity
from melayani.ground.clock import jakarta, now
from melayani.site import erasures, traces
from tests.builders import filed, officer_actor
from tests.cases.test_erasing import secrets_of

def overwriting(state):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA secure_delete={state}")

how, at = sys.argv[1], now()
if how.startswith("held again"):
    # A text and its title were shown and are held again: who copies the file of the database must not read them.
    overwriting("OFF" if how.endswith("carelessly") else "ON")
    shown, ratih = [" ".join(f"saksi{n:02d}{i:02d}" for i in range(20)) for n in range(40)], officer_actor()
    for text in shown:
        number = filed(at=at).number
        actions.release_text(number=number, sequence=0, masked=text, title=text[:90], by=ratih, at=at)
        actions.hold_text(number=number, sequence=0, by=ratih, at=at)
    assert traces._journal_emptied()
    content = Path(settings.DATABASES["default"]["NAME"]).read_bytes()
    print(json.dumps({"left": sum(word.encode() in content for text in shown for word in text.split())}))
    sys.exit()

told = [filed(at=at, identity=Identity.NAMED, name="Sari", phone=f"08123456{n:04d}") for n in range(40)]
cases = [Case.objects.get(number=one.number) for one in told[10:20]]
secrets = [secret for case in cases for secret in secrets_of(case)[:-4]]
before = dict(Case.objects.exclude(pk__in=[case.pk for case in cases]).values_list("number", "version"))
if how == "whole":
    report = erasures.erase([case.number for case in cases], reason=Reason.REQUEST, at=at)
    assert report.clean and report.erased == 10
elif how == "large":
    traces.SMALL_FILE = 0
    day, night = (jakarta(at).replace(hour=hour) for hour in (12, 2))
    overwriting("OFF")
    for case in cases:
        erasing.erase_case(number=case.number, reason=Reason.REQUEST, at=at)
    assert not traces.wipe(None, at=day)
    assert [traces.wipe(None, at=day, any_hour=True), traces.wipe(None, at=night)] == [True, True]
elif how == "found afterwards":
    # Erased as carelessly as can be: what is left is found in the file, and the file written anew.
    overwriting("OFF")
    found = [erasing.erase_case(number=case.number, reason=Reason.REQUEST, at=at) for case in cases]
    assert all(traces.wipe(one.traces, at=at) for one in found)
elif how == "not known":
    overwriting("OFF")
    for case in cases:
        erasing.erase_case(number=case.number, reason=Reason.REQUEST, at=at)
    assert traces.wipe(None, at=at)
else:
    overwriting("OFF" if how == "no overwriting" else "ON")
    for case in cases:
        erasing.erase_case(number=case.number, reason=Reason.REQUEST, at=at)
    if how == "no overwriting":
        assert traces._journal_emptied()
after = dict(Case.objects.exclude(pk__in=[case.pk for case in cases]).values_list("number", "version"))
assert before == after
file = Path(settings.DATABASES["default"]["NAME"])
content = b"".join(path.read_bytes() for path in (file, file.with_name(file.name + "-wal")) if path.exists())
with connection.cursor() as cursor:
    cursor.execute("PRAGMA integrity_check")
    sound = cursor.fetchone()[0]
print(json.dumps({"secrets": len(secrets), "left": sum(secret in content for secret in secrets), "sound": sound}))
"""


def bytes_left(folder: Path, how: str) -> dict[str, object]:
    """How many secrets of ten erased cases of forty stand somewhere in the database file or its journal."""
    done = subprocess.run(
        [sys.executable, "-c", WALK, how],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings_of(folder)),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.mark.once
@pytest.mark.parametrize("how", ["whole", "found afterwards", "not known", "large"])
def test_no_byte_of_an_erased_case_is_left_in_the_files_of_sqlite(tmp_path: Path, how: str) -> None:
    said = bytes_left(tmp_path / "d", how)
    assert (said["left"], said["sound"]) == (0, "ok")
    assert int(str(said["secrets"])) >= 50


@pytest.mark.once
@pytest.mark.parametrize("how", ["no overwriting", "journal kept"])
def test_without_either_measure_bytes_are_left(tmp_path: Path, how: str) -> None:
    assert int(str(bytes_left(tmp_path / "d", how)["left"])) > 0


@pytest.mark.once
@pytest.mark.parametrize(("how", "left"), [("held again", False), ("held again carelessly", True)])
def test_what_was_shown_and_is_held_again_is_not_in_the_file(tmp_path: Path, how: str, left: bool) -> None:
    assert (int(str(bytes_left(tmp_path / "d", how)["left"])) > 0) is left


# The commands


def started_with(settings: dict[str, str], code: str) -> str:
    """What this code prints, run as a program on the instance."""
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()\n" + code],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


FILE = """
from melayani.ground.clock import now
from tests.builders import filed
print(filed(at=now(), phone="081234567042").number)
"""
STATE = """
from melayani.cases.models import Case, Vault
for c in Case.objects.order_by("id"):
    print(c.number, c.erased_at is not None, c.vault.wrapped_key is None)
"""


def test_the_command_erases_says_so_and_says_when_it_was_done_before(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    number = started_with(settings, FILE)
    done = run("erase", "--case", number.lower().replace("-", ""), "--reason", "court", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert number in done.stdout
    assert started_with(settings, STATE) == f"{number} True True"
    again = run("erase", "--case", number, "--yes", **settings)
    assert again.returncode == 0
    assert "sebelumnya" in again.stdout
    said = [json.loads(line) for line in (tmp_path / "d" / "keys" / NAME).read_text().splitlines()]
    assert [line.get("reason", "done") for line in said] == ["court", "done"]


def test_what_is_no_number_or_no_case_is_told_in_one_line(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    for typed in ("JT-1", "semua", "JT-0000-000"):
        done = run("erase", "--case", typed, **settings)
        assert done.returncode == 2
        assert one_line(done)
    assert run("erase", **settings).returncode == 2


@pytest.mark.once
def test_a_restored_backup_from_before_is_erased_again_by_the_worker(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    number = started_with(settings, FILE)
    file, old = tmp_path / "d" / "melayani.sqlite3", tmp_path / "old.sqlite3"
    source, target = sqlite3.connect(file), sqlite3.connect(old)
    source.backup(target)
    source.close()
    target.close()
    assert run("erase", "--case", number, **settings).returncode == 0
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        path.unlink(missing_ok=True)
    old.rename(file)
    assert started_with(settings, STATE) == f"{number} False False"
    replayed = "from melayani.site.erasures import replay_erasures; from melayani.ground.clock import now\n"
    assert started_with(settings, replayed + "print(replay_erasures(at=now()))") == "1"
    assert started_with(settings, STATE) == f"{number} True True"


OLD = """
from datetime import timedelta
from melayani.cases.rules import Stage
from melayani.ground.clock import now
from tests.builders import a_case
for days, stage in ((2000, Stage.CLOSED), (1900, Stage.CLOSED), (1900, Stage.REOPENED), (100, Stage.CLOSED)):
    a_case(stage=stage, at=now() - timedelta(days=days))
"""


def test_a_retention_run_says_first_and_then_erases_what_is_past_its_time(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    started_with(settings, OLD)
    unset = run("retain", **settings)
    assert unset.returncode == 0
    assert "belum ditetapkan" in unset.stdout
    assert run("retain", "--set-days", "1825", **settings).returncode == 2
    both = run(
        "retain", "--dry-run", "--set-days", "1825", "--source", "JRA 2026", "--by", "admin", **settings
    )  # fmt: skip
    assert both.returncode == 2
    assert "belum ditetapkan" in run("retain", "--dry-run", **settings).stdout
    assert run("retain", "--set-days", "1825", "--source", "JRA 2026", "--by", "admin", **settings).returncode == 0
    dry = run("retain", "--dry-run", **settings)
    assert dry.stdout.splitlines()[0].endswith(": 2 kasus.")
    assert "True" not in started_with(settings, STATE)
    assert "JT-" not in dry.stdout
    done = run("retain", **settings)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Dihapus: 2 kasus.")
    assert [line.split()[1] for line in started_with(settings, STATE).splitlines()] == [
        "True",
        "True",
        "False",
        "False",
    ]
    assert run("retain", **settings).stdout.splitlines()[0].endswith(": 0 kasus.")


AT_ONCE = """
import json, threading, time
import django
django.setup()
from datetime import timedelta
from django.db import connection, transaction
from melayani.cases import citizen_actions
from melayani.cases.erasing import Reason, erase_case
from melayani.cases.models import Case
from melayani.cases.rules import CITIZEN, Stage
from melayani.ground.clock import now
from tests.builders import a_case

at = now()
def together(first, second):
    # The second begins while the first holds the case, and waits for it.
    said, holding = [], threading.Event()
    def hold():
        with transaction.atomic():
            first()
            holding.set()
            time.sleep(0.5)
        connection.close()
    def follow():
        holding.wait(10)
        try:
            said.append(getattr(second(), "kept", "done"))
        except Exception as error:
            said.append(type(error).__name__)
        connection.close()
    threads = [threading.Thread(target=hold), threading.Thread(target=follow)]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    return said[0]

def reopen(case):
    return citizen_actions.reopen_case(number=case.number, text="Masih padam juga.", by=CITIZEN, at=at)
def erase(case, **more):
    return erase_case(number=case.number, reason=Reason.RETENTION, at=at, **more)
def stage(case):
    found = Case.objects.get(pk=case.pk)
    return [found.stage, found.erased_at is not None, found.events.count() == found.version]

one, two, three = (a_case(stage=Stage.CLOSED, at=at - timedelta(days=9)) for _ in range(3))
answers = [
    together(lambda: erase(one), lambda: reopen(one)),
    together(lambda: reopen(two), lambda: erase(two, closed_before=at)),
    together(lambda: reopen(three), lambda: erase(three)),
]
print(json.dumps([answers, [stage(case) for case in (one, two, three)]]))
"""


def test_of_an_erasure_and_a_reopening_at_once_one_waits_and_sees_what_the_other_did(tmp_path: Path) -> None:
    said = started_with(settings_of(tmp_path / "d"), AT_ONCE).splitlines()[-1]
    answers, stages = json.loads(said)
    assert answers == ["CaseErased", True, False]
    assert stages == [["CLOSED", True, True], ["REOPENED", False, True], ["REOPENED", True, True]]
