# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs in backups: they come back and open, sealed all the way; what is damaged restores nothing."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from melayani.ledger.keys import create_keys
from tests.site.running import environment, one_line, run, settings_of
from tests.site.test_backups import Made, _database_of, elsewhere, made

ROOT = Path(__file__).resolve().parents[2]
__all__ = ["made"]  # the fixture of the other file: an instance without photos, and its backup

# A case with two photos, and one photo of a form that was not sent.
FILE = """
import django; django.setup()
from melayani.cases.files import keep_upload, uploads_of
from melayani.cases.filing import Filing, file_case
from melayani.cases.rules import CITIZEN
from melayani.ground.clock import now
from tests.some_files import a_photo
for shade in (1, 2):
    keep_upload(token="form", sent=a_photo(shade=shade), at=now())
sent = uploads_of("form")
filing = Filing(text="Lampu jalan padam sejak kemarin.", place="35.07.13.1010", service="PJU", uploads=sent)
file_case(filing=filing, by=CITIZEN, at=now())
keep_upload(token="unsent", sent=a_photo(shade=3), at=now())
"""
# Every photo, opened: readable only with database, files and keys together.
SHOW = """
import django; django.setup()
import hashlib
from melayani.cases.files import opened_attachment, opened_upload
from melayani.cases.models import Attachment, Upload
for small in (False, True):
    for row in Attachment.objects.order_by("name"):
        opened = opened_attachment(name=row.name, small=small, released_only=False)
        print(row.name, small, opened and hashlib.sha256(opened[1]).hexdigest())
    for row in Upload.objects.all():
        opened = opened_upload(name=row.name, small=small)
        print(row.name, small, opened and hashlib.sha256(opened[1]).hexdigest())
"""


def program(code: str, settings: dict[str, str]) -> list[str]:
    """What the code prints, run as a program of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.splitlines()


@dataclass(frozen=True)
class Photos:
    """An instance with photos, and its backup."""

    settings: dict[str, str]
    backup: Path

    @property
    def storage(self) -> Path:
        return Path(self.settings["MELAYANI_DATA"]) / "files"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Photos:
    """Made once; no test changes it."""
    folder = tmp_path_factory.mktemp("photos")
    settings = settings_of(folder / "instance")
    program(FILE, settings)
    done = run("backup", folder / "out.tar", **settings)
    assert done.returncode == 0, done.stderr
    assert "Berkas foto dan PDF di dalamnya: 6." in done.stdout
    return Photos(settings, folder / "out.tar")


def restored(photos: Photos, backup: Path, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    keys = Path(photos.settings["MELAYANI_DATA"]) / "keys"
    target = elsewhere(tmp_path)
    return run("restore", backup, "--data", tmp_path / "restored", "--keys", keys, **_database_of(target))


def test_photos_come_back_and_open(photos: Photos, tmp_path: Path) -> None:
    before = program(SHOW, photos.settings)
    assert len(before) == 6
    assert not [line for line in before if line.endswith("None")]
    target, keys = elsewhere(tmp_path), Path(photos.settings["MELAYANI_DATA"]) / "keys"
    done = run("restore", photos.backup, "--data", tmp_path / "restored", "--keys", keys, **_database_of(target))
    assert done.returncode == 0, done.stderr
    assert program(SHOW, target) == before
    storage = tmp_path / "restored" / "files"
    assert not (storage / ".restoring").exists()
    for file in storage.rglob("*"):
        assert file.stat().st_mode & 0o077 == 0


def test_they_are_sealed_inside_and_counted(photos: Photos) -> None:
    with tarfile.open(photos.backup, "r:") as tar:
        names = tar.getnames()
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]  # a regular file
    assert (manifest["files"], manifest["files_lost"]) == (6, 0)
    assert names[2:-1] == sorted(names[2:-1])
    assert {name.partition("/")[0] for name in names[2:-1]} == {"file"}
    assert names[-1] == "files.sha256"
    assert b"JFIF" not in photos.backup.read_bytes()


def test_without_the_keys_nothing_opens(photos: Photos, tmp_path: Path) -> None:
    target = elsewhere(tmp_path)
    assert run("restore", photos.backup, "--data", tmp_path / "restored", **_database_of(target)).returncode == 0
    create_keys(directory=tmp_path / "restored" / "keys", origin="melayani-demo.example/ledger")
    assert {line.rpartition(" ")[2] for line in program(SHOW, target)} == {"None"}


Change = Callable[[str, bytes], list[tuple[str, bytes]]]


def changed(photos: Photos, tmp_path: Path, change: Change) -> Path:
    """The backup with its members changed."""
    out = tmp_path / "changed.tar"
    with tarfile.open(photos.backup, "r:") as tar, tarfile.open(out, "w") as fresh:
        for member in tar.getmembers():
            content = tar.extractfile(member)
            for name, said in change(member.name, content.read() if content else b""):
                new = tarfile.TarInfo(name)
                new.size = len(said)
                fresh.addfile(new, io.BytesIO(said))
    return out


def flip(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [(name, content[:-1] + bytes([content[-1] ^ 1]) if name.endswith(".small") else content)]


def move_out(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [("file/../../../victim" if name.endswith(".small") else name, content)]


def cut(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [] if name.endswith(".small") else [(name, content)]


def one_more(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [(name, content), *([("file/" + "0" * 32, b"x" * 40)] if name == "files.sha256" else [])]


def without_hash(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [] if name == "files.sha256" else [(name, content)]


def huge(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [(name, bytes(21_000_000) if name.endswith(".small") else content)]


@pytest.mark.once
@pytest.mark.parametrize("change", [flip, move_out, cut, one_more, without_hash, huge])
def test_what_was_changed_restores_nothing(photos: Photos, tmp_path: Path, change: Change) -> None:
    (tmp_path / "victim").write_text("precious")
    done = restored(photos, changed(photos, tmp_path, change), tmp_path)
    assert (done.returncode, "bukan cadangan Melayani yang utuh" in one_line(done)) == (2, True)
    left = [path for path in (tmp_path / "restored").rglob("*") if path.is_file()]
    assert left == []
    assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.once
def test_a_changed_database_leaves_no_photo_in_the_way_of_the_whole_backup(photos: Photos, tmp_path: Path) -> None:
    def other(name: str, content: bytes) -> list[tuple[str, bytes]]:
        return [(name, content[:-1] + bytes([content[-1] ^ 1]) if name.startswith("database") else content)]

    done = restored(photos, changed(photos, tmp_path, other), tmp_path)
    assert (done.returncode, "rusak" in one_line(done)) == (2, True)
    assert [path for path in (tmp_path / "restored").rglob("*") if path.is_file()] == []
    assert restored(photos, photos.backup, tmp_path).returncode == 0


@pytest.mark.once
def test_control_the_same_backup_unchanged_is_restored(photos: Photos, tmp_path: Path) -> None:
    assert (
        restored(photos, changed(photos, tmp_path, lambda name, content: [(name, content)]), tmp_path).returncode == 0
    )


@pytest.mark.once
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_cut_file_restores_nothing(photos: Photos, tmp_path: Path, share: float) -> None:
    whole = photos.backup.read_bytes().rstrip(b"\x00")
    (tmp_path / "cut.tar").write_bytes(whole[: int(len(whole) * share)])
    assert restored(photos, tmp_path / "cut.tar", tmp_path).returncode == 2
    assert [path for path in (tmp_path / "restored").rglob("*") if path.is_file()] == []


@pytest.mark.once
def test_a_backup_from_before_there_were_photos_is_restored(photos: Photos, tmp_path: Path) -> None:
    def older(name: str, content: bytes) -> list[tuple[str, bytes]]:
        if name == "manifest.json":
            said = json.loads(content)
            del said["files"], said["files_lost"]
            return [(name, json.dumps(said).encode())]
        return [(name, content)] if name == "database.sqlite3" else []

    assert restored(photos, changed(photos, tmp_path, older), tmp_path).returncode == 0
    assert not (tmp_path / "restored" / "files").exists()


def test_a_backup_without_photos_has_no_more_members(made: Made) -> None:
    with tarfile.open(made.backup, "r:") as tar:
        assert len(tar.getnames()) == 2


@pytest.mark.once
def test_a_file_that_is_lost_is_told_and_the_rest_is_kept(photos: Photos, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(photos.settings["MELAYANI_DATA"], tmp_path / "instance"))
    next((folder / "files").rglob("*.small")).unlink()
    done = run("backup", tmp_path / "out.tar", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert "PERHATIAN: 1 berkas yang tercatat tidak ada lagi di penyimpanan." in done.stdout
    assert restored(photos, tmp_path / "out.tar", tmp_path).returncode == 0


@pytest.mark.once
def test_files_that_are_there_already_stay(photos: Photos, tmp_path: Path) -> None:
    """The storage is elsewhere and outlived the database: what lies there is what the backup has."""
    storage = Path(shutil.copytree(photos.storage, tmp_path / "storage"))
    done = run(
        "restore", photos.backup, "--data", tmp_path / "restored", MELAYANI_STORAGE=str(storage), **_database_of({})
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "restored" / "files").exists()
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 6


@pytest.mark.once
def test_a_restore_that_is_stopped_leaves_no_database_without_its_photos(photos: Photos, tmp_path: Path) -> None:
    """A folder that cannot be made stands in for a disk that fails; afterwards the same restore succeeds."""
    storage = tmp_path / "storage"
    storage.mkdir()
    blocked = [storage / f"{number:02x}" for number in range(256)]
    for path in blocked:
        path.write_text("no folder")
    arguments = ("restore", photos.backup, "--data", tmp_path / "restored")
    stopped = run(*arguments, MELAYANI_STORAGE=str(storage), **_database_of({}))
    assert stopped.returncode != 0
    assert not (tmp_path / "restored" / "melayani.sqlite3").exists()
    for path in blocked:
        path.unlink()
    done = run(*arguments, MELAYANI_STORAGE=str(storage), **_database_of({}))
    assert done.returncode == 0, done.stderr


@pytest.mark.once
def test_a_cut_file_in_the_storage_gives_way_to_the_whole_one(photos: Photos, tmp_path: Path) -> None:
    storage = Path(shutil.copytree(photos.storage, tmp_path / "storage"))
    one = next(path for path in sorted(storage.rglob("*")) if path.is_file())
    whole = one.read_bytes()
    one.write_bytes(whole[:100])
    done = run(
        "restore", photos.backup, "--data", tmp_path / "restored", MELAYANI_STORAGE=str(storage), **_database_of({})
    )
    assert done.returncode == 0, done.stderr
    assert one.read_bytes() == whole
