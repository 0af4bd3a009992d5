# SPDX-License-Identifier: EUPL-1.2
"""The write lane of SQLite: two processes that read and then write never meet a locked database.

The control runs the same writers as Django does by default, and many of their transactions fail.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.running import environment

pytestmark = pytest.mark.once

WRITER = """
import sys, time
from django.conf import settings
if sys.argv[1] == "product":
    from melayani.site.settings import DATABASES
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2],
                             "OPTIONS": {"timeout": 1, "init_command": "PRAGMA journal_mode=WAL"}}}
settings.configure(DATABASES=DATABASES)
import django; django.setup()
from django.db import connection, transaction, OperationalError
print("ready", flush=True)
sys.stdin.readline()
done = failed = 0
for _ in range(int(sys.argv[3])):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT total FROM sums")
            total = cursor.fetchone()[0]
            # Long enough that the two are surely between reading and writing at the same time.
            time.sleep(0.002)
            cursor.execute("UPDATE sums SET total = %s", [total + 1])
        done += 1
    except OperationalError as error:
        assert "locked" in str(error)
        failed += 1
print(done, failed)
"""


def writers(variant: str, database: Path, *, times: int) -> tuple[int, int, int]:
    """Two writers side by side: how often they succeeded and failed, and the sum that stands there in the end."""
    import sqlite3

    connection = sqlite3.connect(database)
    # As `init` leaves it. Turning a new file to WAL asks for it alone, and no waiting helps two who do so at once.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE sums (total INTEGER)")
    connection.execute("INSERT INTO sums VALUES (0)")
    connection.commit()
    connection.close()
    settings = environment(MELAYANI_DATA=str(database.parent), MELAYANI_DATABASE_URL=f"sqlite:///{database}")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, variant, str(database), str(times)],
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    # Both are ready before either begins.
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0].split() for process in processes]
    connection = sqlite3.connect(database)
    total = connection.execute("SELECT total FROM sums").fetchone()[0]
    connection.close()
    return sum(int(line[0]) for line in said), sum(int(line[1]) for line in said), total


def test_two_writers_with_the_product_s_settings_never_fail(tmp_path: Path) -> None:
    done, failed, total = writers("product", tmp_path / "lane.sqlite3", times=400)
    assert (done, failed, total) == (800, 0, 800)


def test_the_control_django_s_defaults_fail(tmp_path: Path) -> None:
    done, failed, total = writers("control", tmp_path / "plain.sqlite3", times=150)
    assert failed > 0
    assert done == total


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "20000")],
)
def test_the_connection_is_durable(pragma: str, value: str, tmp_path: Path) -> None:
    code = (
        "import django; django.setup(); from django.db import connection\n"
        f"c = connection.cursor(); c.execute('PRAGMA {pragma}'); print(c.fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(MELAYANI_DATA=str(tmp_path), DJANGO_SETTINGS_MODULE="melayani.site.settings"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == value


LANE = """
import django; django.setup()
import gc, os, sys, threading
from django.db import connection, transaction
connection.cursor().execute("CREATE TABLE t (n INTEGER)")

def files():
    return sum(os.readlink(f"/proc/self/fd/{n}").endswith(".lane") for n in os.listdir("/proc/self/fd")
               if os.path.exists(f"/proc/self/fd/{n}"))

def write():
    with transaction.atomic():
        connection.cursor().execute("INSERT INTO t VALUES (1)")

for _ in range(30):
    thread = threading.Thread(target=write)
    thread.start()
    thread.join()
gc.collect()
left = files()
try:
    with transaction.atomic():
        raise KeyError
except KeyError:
    pass
write()
print(left, connection.cursor().execute("SELECT COUNT(*) FROM t").fetchone()[0])
"""


def test_the_lane_is_left_after_a_failure_and_threads_leave_no_files_open(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LANE],
        env=environment(MELAYANI_DATA=str(tmp_path), DJANGO_SETTINGS_MODULE="melayani.site.settings"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    left, rows = map(int, done.stdout.split())
    assert left <= 2
    assert rows == 31


BUSY = """
import django; django.setup()
import fcntl, os, sys
from melayani.site.sqlite_lane import base
from django.db import OperationalError, connection, transaction
connection.cursor().execute("CREATE TABLE t (n INTEGER)")
if sys.argv[1] == "without":
    base.DatabaseWrapper._enter_lane = lambda self: None
base.LONGEST_WAIT_SECONDS = 0.05
lane = os.open(f"{connection.settings_dict['NAME']}.lane", os.O_RDWR | os.O_CREAT)
fcntl.flock(lane, fcntl.LOCK_EX)

def outcome(write):
    try:
        write()
    except OperationalError as error:
        return "waits" if "lane" in str(error) else "other"
    return "writes"

def in_transaction():
    with transaction.atomic():
        connection.cursor().execute("INSERT INTO t VALUES (1)")

alone = outcome(lambda: connection.cursor().execute("INSERT INTO t VALUES (1)"))
many = outcome(lambda: connection.cursor().executemany("INSERT INTO t VALUES (%s)", [(1,), (2,)]))
read = outcome(lambda: connection.cursor().execute("SELECT 1"))
print(outcome(in_transaction), alone, many, read)
"""


def _while_busy(variant: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUSY, variant],
        env=environment(MELAYANI_DATA=str(folder), DJANGO_SETTINGS_MODULE="melayani.site.settings"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_every_write_waits_for_the_lane_and_no_read_does(tmp_path: Path) -> None:
    assert _while_busy("with", tmp_path) == ["waits", "waits", "waits", "writes"]


def test_the_control_without_the_lane_nobody_waits(tmp_path: Path) -> None:
    assert _while_busy("without", tmp_path) == ["writes", "writes", "writes", "writes"]
