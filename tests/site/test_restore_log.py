# SPDX-License-Identifier: EUPL-1.2
"""An old backup comes back and the log does not fork: refused, continued from what survived, or begun anew."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.encodings import write_base64
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import consistency_proof, verify_consistency
from melayani.ledger.note import split_note
from tests.site.running import environment, one_line, run, settings_of
from tests.site.test_backups import _database_of, elsewhere, file_cases, texts

pytestmark = pytest.mark.prove


def told_by(settings: dict[str, str], program: str) -> str:
    """What a small program prints inside the instance."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{program}"],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def sealed(settings: dict[str, str]) -> str:
    """The worker's sealer has made a round; answers why nothing was signed, empty when all is well."""
    return told_by(
        settings,
        "from melayani.ledger.actions import stamp_positions; from melayani.site.sealer import Sealer\n"
        "from melayani.ledger.log_files import LogFiles; from django.conf import settings\n"
        "stamp_positions(); Sealer().step(); print(LogFiles(settings.LEDGER).refusal())",
    )


def log_of(settings: dict[str, str]) -> LogFiles:
    """The log folder of the instance."""
    return LogFiles(Path(settings["MELAYANI_DATA"]) / "ledger")


def tree(files: LogFiles) -> tuple[int, bytes, str]:
    """Size, root and origin of the published checkpoint."""
    note = files.published()
    assert note is not None
    checkpoint = parse_checkpoint(split_note(note).text)
    return checkpoint.size, checkpoint.root, checkpoint.origin


def audited(settings: dict[str, str]) -> dict[str, object]:
    """What the audit finds: no difference."""
    done = run("audit", "--json", **settings)
    found: dict[str, object] = json.loads(done.stdout)
    assert (done.returncode, found["differences"]) == (0, []), done.stderr
    return found


def keys_of(settings: dict[str, str]) -> Path:
    """The key folder of the instance."""
    return Path(settings["MELAYANI_DATA"]) / "keys"


@dataclass(frozen=True)
class Old:
    """An instance, its backup of two cases, and the log that grew to four cases after it."""

    settings: dict[str, str]
    backup: Path


@pytest.fixture
def old(tmp_path: Path) -> Old:
    settings = settings_of(tmp_path / "instance")
    file_cases(settings, 0, 2)
    assert sealed(settings) == ""
    done = run("backup", tmp_path / "out.tar", **settings)
    assert done.returncode == 0, done.stderr
    file_cases(settings, 2, 4)
    assert sealed(settings) == ""
    return Old(settings=settings, backup=tmp_path / "out.tar")


def test_the_log_goes_on_from_what_survived_and_says_what_is_lost(old: Old, tmp_path: Path) -> None:
    size, root, _ = tree(log_of(old.settings))
    target = elsewhere(tmp_path)
    done = run(
        "restore", old.backup, "--data", tmp_path / "restored", "--keys", keys_of(old.settings),
        "--ledger", log_of(old.settings).folder, "--newest", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 catatan tidak ada lagi isinya" in done.stdout
    assert len(texts(target)) == 2
    assert tree(log_of(target))[:2] == (size, root)
    # At once, before any worker has run.
    assert audited(target)["lost"] == 2
    file_cases(target, 10, 11)
    assert sealed(target) == ""
    size2, root2, _ = tree(log_of(target))
    # The act, and the statement that names what is lost.
    assert size2 == size + 2
    proof = consistency_proof(size1=size, size2=size2, hash_at=log_of(target).hashes(size2).hash_at)
    verify_consistency(size1=size, root1=root, size2=size2, root2=root2, proof=proof)
    assert audited(target)["lost"] == 2


def test_without_a_way_out_nothing_is_signed_and_recover_finds_one_later(old: Old, tmp_path: Path) -> None:
    target = elsewhere(tmp_path)
    done = run(
        "restore", old.backup, "--data", tmp_path / "restored", "--keys", keys_of(old.settings), **_database_of(target)
    )
    assert done.returncode == 0, done.stderr
    assert "melayani recover" in done.stdout
    # Acts go on; leaf indexes stop.
    file_cases(target, 10, 11)
    assert sealed(target) == "seal_restored"
    # The rows of a backup are never taken for the whole log.
    refused = run("recover", "--rows", **target)
    assert (refused.returncode, "cadangan" in one_line(refused)) == (2, True)
    assert log_of(target).published() is None
    unsure = run("recover", "--ledger", log_of(old.settings).folder, **target)
    assert (unsure.returncode, "--newest" in one_line(unsure)) == (2, True)
    newest = tmp_path / "newest"
    newest.write_bytes(log_of(old.settings).published() or b"")
    recovered = run("recover", "--ledger", log_of(old.settings).folder, "--checkpoint", newest, **target)
    assert recovered.returncode == 0, recovered.stderr
    size, root, _ = tree(log_of(old.settings))
    assert tree(log_of(target))[:2] == (size, root)
    assert sealed(target) == ""
    assert tree(log_of(target))[0] == size + 2
    assert audited(target)["lost"] == 2


def test_a_new_log_names_the_old_one_and_holds_every_case(old: Old, tmp_path: Path) -> None:
    target = elsewhere(tmp_path)
    done = run(
        "restore", old.backup, "--data", tmp_path / "restored", "--keys", keys_of(old.settings),
        "--new-origin", "baru.example/ledger", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sealed(target) == ""
    size, _, origin = tree(log_of(target))
    assert origin == "baru.example/ledger"
    said = json.loads(
        told_by(
            target,
            "import json; from melayani.ledger.models import Statement\n"
            "s = Statement.objects.select_related('entry').get(); print(json.dumps([s.entry.leaf_index, s.data]))",
        )
    )
    assert said[0] == 0
    assert said[1]["old_origin"] == tree(log_of(old.settings))[2]
    count = told_by(target, "from melayani.ledger.models import Entry; print(Entry.objects.count())")
    assert size == int(count)
    assert audited(target)["leaves"] == size


def test_a_damaged_rest_is_refused_and_nothing_is_signed(old: Old, tmp_path: Path) -> None:
    rest = Path(shutil.copytree(log_of(old.settings).folder, tmp_path / "rest"))
    bundle = next(path for path in (rest / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"!")
    target = elsewhere(tmp_path)
    done = run(
        "restore", old.backup, "--data", tmp_path / "restored", "--keys", keys_of(old.settings), "--ledger", rest,
        "--newest", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 2
    assert "bukan pohon" in one_line(done)
    assert log_of(target).published() is None
    assert sealed(target) == "seal_restored"


def test_a_copy_that_stayed_behind_is_refused_by_what_somebody_else_holds(old: Old, tmp_path: Path) -> None:
    stale = Path(shutil.copytree(log_of(old.settings).folder, tmp_path / "stale"))
    file_cases(old.settings, 4, 5)
    assert sealed(old.settings) == ""
    newest = tmp_path / "newest"
    newest.write_bytes(log_of(old.settings).published() or b"")
    target = elsewhere(tmp_path)
    asked = ("--data", tmp_path / "restored", "--keys", keys_of(old.settings), "--ledger", stale)
    done = run("restore", old.backup, *asked, "--checkpoint", newest, **_database_of(target))
    assert (done.returncode, "sudah ditandatangani" in one_line(done)) == (2, True)
    assert sealed(target) == "seal_restored"
    # The control: who only says that it is the newest is believed, and signs a second truth.
    assert run("recover", "--ledger", stale, "--newest", **target).returncode == 0


def test_a_backup_from_before_the_first_seal_signs_nothing_either(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    file_cases(settings, 0, 1)
    assert run("backup", tmp_path / "out.tar", **settings).returncode == 0
    assert sealed(settings) == ""
    target = elsewhere(tmp_path)
    done = run(
        "restore", tmp_path / "out.tar", "--data", tmp_path / "restored", "--keys", keys_of(settings),
        **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sealed(target) == "seal_restored"
    assert log_of(target).published() is None


def test_what_was_erased_after_backup_and_key_copy_is_erased_again_by_the_log(old: Old, tmp_path: Path) -> None:
    shutil.copytree(keys_of(old.settings), tmp_path / "old-keys")
    number = next(iter(texts(old.settings)))
    assert run("erase", "--case", number, **old.settings).returncode == 0
    assert sealed(old.settings) == ""
    target = elsewhere(tmp_path)
    done = run(
        "restore", old.backup, "--data", tmp_path / "restored", "--keys", tmp_path / "old-keys",
        "--ledger", log_of(old.settings).folder, "--newest", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 kasus yang pernah dihapus" in done.stdout
    assert number not in texts(target)
    # The control: the other case of the backup is there.
    assert len(texts(target)) == 1


def test_the_manifest_tells_the_checkpoint(old: Old) -> None:
    import tarfile

    with tarfile.open(old.backup, "r:") as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]  # a regular file
    checkpoint = parse_checkpoint(split_note(manifest["checkpoint"].encode()).text)
    files = log_of(old.settings)
    size, root, _ = tree(files)
    proof = consistency_proof(size1=checkpoint.size, size2=size, hash_at=files.hashes(size).hash_at)
    verify_consistency(size1=checkpoint.size, root1=checkpoint.root, size2=size, root2=root, proof=proof)
    assert write_base64(checkpoint.root) in manifest["checkpoint"]


@pytest.mark.once
@pytest.mark.parametrize(
    "more", [["--ledger", "."], ["--new-origin", "x.example/l"], ["--ledger", ".", "--new-origin", "x", "--keys", "."]]
)
def test_a_way_out_needs_keys_and_there_is_only_one_at_a_time(old: Old, tmp_path: Path, more: list[str]) -> None:
    done = run("restore", old.backup, "--data", tmp_path / "restored", *more)
    assert done.returncode == 2
    assert not (tmp_path / "restored").exists()
