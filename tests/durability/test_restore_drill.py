# SPDX-License-Identifier: EUPL-1.2
"""The drill: a backup beside the busy service comes back elsewhere, with everything acknowledged before it.

What the log signed after the backup cannot be signed again in another way: without the surviving log the signer
refuses, while acts are accepted; with it the log goes on, and the audit agrees.
"""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from melayani.ledger.log_files import LogFiles
from tests.durability.service import Load, Told, afterwards, new_client, serving, until_sealed, watching
from tests.site.running import run, settings_of
from tests.site.test_backups import _database_of, elsewhere

pytestmark = pytest.mark.prove
SEED = int(os.environ.get("MELAYANI_SEED", "1"))


@dataclass(frozen=True)
class Busy:
    """A service that was backed up while people filed, and went on."""

    data: Path
    backup: Path
    before: list[Told]
    after: list[Told]
    notes: list[bytes]


@pytest.fixture
def busy(tmp_path: Path) -> Busy:
    """Acknowledged before the backup began, and after it had ended; every checkpoint that was read meanwhile."""
    settings, load = settings_of(tmp_path / "instance"), Load()
    key = new_client(settings)
    with serving(settings) as service, watching(service) as watch:
        load.start(service, key, pause=0.05)
        time.sleep(Random(SEED).uniform(1.5, 2.5))
        watch.until_grown(10)
        before = list(load.told)
        done = run("backup", tmp_path / "out.tar", **settings)
        assert done.returncode == 0, done.stderr
        ended = time.monotonic()
        watch.until_grown(watch.size)
        time.sleep(1)
        load.finish()
        watch.until_grown(watch.size - 1)
    after = [told for told in load.told if told.sent_at > ended]
    assert len(before) > 10
    assert len(after) > 10
    return Busy(tmp_path / "instance", tmp_path / "out.tar", before, after, watch.notes())


def restored(busy: Busy, folder: Path, *more: str | Path) -> dict[str, str]:
    """The settings of the instance that was restored in `folder`."""
    folder.mkdir()
    target = elsewhere(folder)
    done = run(
        "restore", busy.backup, "--data", folder / "restored", "--keys", busy.data / "keys", *more,
        **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return target


def sealing_stops(settings: dict[str, str]) -> tuple[str, list[Told]]:
    """Why the signer refuses while people go on filing, and what they were told."""
    files, load = LogFiles(Path(settings["MELAYANI_DATA"]) / "ledger"), Load()
    published, key = files.published(), new_client(settings)
    with serving(settings) as service:
        load.start(service, key, pause=0.05, first=100_000)
        until = time.monotonic() + 30
        while not files.refusal():
            assert time.monotonic() < until, "the signer does not refuse"
            time.sleep(0.1)
        time.sleep(1)
        load.finish()
    assert files.published() == published
    return files.refusal(), load.told


def test_a_backup_of_a_busy_service_comes_back_and_signs_no_second_truth(busy: Busy, tmp_path: Path) -> None:
    target = restored(busy, tmp_path / "alone")
    code, told = sealing_stops(target)
    assert code == "seal_restored"
    # Without the mark, as after a database file was copied by hand, the log's own memory refuses.
    (Path(target["MELAYANI_DATA"]) / "restored").unlink()
    (Path(target["MELAYANI_DATA"]) / "ledger" / "refused").unlink()
    code, still = sealing_stops(target)
    assert code == "seal_memory"
    # The same with the old disk beside it: now it is known how much is missing.
    ledger = Path(target["MELAYANI_DATA"]) / "ledger"
    shutil.rmtree(ledger)
    shutil.copytree(busy.data / "ledger", ledger)
    code, more = sealing_stops(target)
    assert code == "seal_behind"
    # The audit sees it too: the database does not hold what was signed.
    assert run("audit", **target).returncode == 1
    assert len(told) > 10
    assert len(more) > 10
    kept = afterwards(target, [*busy.before, *told, *still, *more])
    assert (kept["faults"], kept["refused"]) == ([], "seal_behind")
    print(f"\nrestore drill (seed {SEED}): {len(busy.before)} before, {len(busy.after)} after the backup, "  # noqa: T201  # figures of a long proof
          f"{len(told) + len(still) + len(more)} filed while the signer refused")  # fmt: skip
    # The control: what came after the backup is not there, and that is seen.
    missed = afterwards(target, busy.after)["faults"]
    assert len([fault for fault in missed if "is not there" in fault]) == len(busy.after)


def test_with_the_surviving_log_it_goes_on_and_the_audit_agrees(busy: Busy, tmp_path: Path) -> None:
    target = restored(busy, tmp_path / "whole", "--ledger", busy.data / "ledger", "--newest")
    load, key = Load(), new_client(target)
    with serving(target) as service, watching(service) as watch:
        load.start(service, key, pause=0.05, first=100_000)
        watch.until_grown(watch.size)
        load.finish()
        until_sealed(target)
    audited = run("audit", **target)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert "tanpa baris: 0" not in audited.stdout
    answer = afterwards(target, [*busy.before, *load.told], notes=[*busy.notes, *watch.notes()])
    assert (answer["faults"], answer["refused"]) == ([], "")
