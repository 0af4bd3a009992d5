# SPDX-License-Identifier: EUPL-1.2
"""Backup, restore and upgrade: one moment, nothing lost or overwritten, no path in a file believed, no keys inside."""

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from melayani.site.backups import unpack_database
from melayani.site.console import BadInput
from tests.postgres_server import free_port
from tests.site.running import (
    ON_POSTGRES,
    an_instance,
    environment,
    one_line,
    page,
    run,
    settings_of,
    started,
)

ROOT = Path(__file__).resolve().parents[2]


def file_cases(settings: dict[str, str], first: int, last: int) -> list[str]:
    """So many cases, by a process of its own; their numbers."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.site.crashing", "file", str(first), str(last)],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.split()


def texts(settings: dict[str, str]) -> dict[str, str]:
    """Every number with the opened text of its filing: readable only with database and keys together."""
    code = (
        "import django; django.setup()\n"
        "from melayani.cases.models import Case, CaseText; from melayani.cases import vault\n"
        "from melayani.cases.acting import case_key\n"
        "for t in CaseText.objects.select_related('event__case').order_by('event_id'):\n"
        "    c = t.event.case\n"
        "    o = vault.open_text(key=case_key(c), stream=bytes(c.stream), sequence=0, sealed=bytes(t.sealed))\n"
        "    print(c.number, o['text'], sep='|')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dict(line.split("|", 1) for line in done.stdout.splitlines())


@dataclass(frozen=True)
class Made:
    """An instance with three cases, and its backup."""

    settings: dict[str, str]
    backup: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once; tests that change it use `settings` and `backup` instead."""
    folder = tmp_path_factory.mktemp("backups")
    settings = settings_of(folder / "instance")
    file_cases(settings, 0, 3)
    done = run("backup", folder / "out.tar", **settings)
    assert done.returncode == 0, done.stderr
    return Made(settings, folder / "out.tar")


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """A fresh instance that the test may change."""
    return settings_of(tmp_path / "instance")


@pytest.fixture
def backup(made: Made, tmp_path: Path) -> Path:
    """A copy of the backup that the test may change."""
    return Path(shutil.copy(made.backup, tmp_path / "out.tar"))


def elsewhere(tmp_path: Path) -> dict[str, str]:
    """Settings of an empty place to restore to."""
    if not ON_POSTGRES:
        return {"MELAYANI_DATA": str(tmp_path / "restored")}
    empty = settings_of(tmp_path / "emptied")
    import psycopg

    with psycopg.connect(empty["MELAYANI_DATABASE_URL"], autocommit=True) as database:
        database.execute("DROP SCHEMA public CASCADE")
        database.execute("CREATE SCHEMA public")
    return {**empty, "MELAYANI_DATA": str(tmp_path / "restored")}


def keys_of(made: Made) -> Path:
    """The folder with the keys of the instance."""
    return Path(made.settings["MELAYANI_DATA"]) / "keys"


def test_what_was_backed_up_comes_back_and_opens_with_its_keys(made: Made, backup: Path, tmp_path: Path) -> None:
    before = texts(made.settings)
    assert len(before) == 3
    target, keys = elsewhere(tmp_path), keys_of(made)
    done = run("restore", backup, "--data", tmp_path / "restored", "--keys", keys, **_database_of(target))
    assert done.returncode == 0, done.stderr
    assert texts(target) == before
    for private in (tmp_path / "restored" / "keys").iterdir():
        assert private.stat().st_mode & 0o077 == 0
    with started("web", "--port", str(port := free_port()), "--workers", "1", **target):
        assert page(f"http://127.0.0.1:{port}/status/health").status_code == 200


def _database_of(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if name == "MELAYANI_DATABASE_URL"}


def test_the_keys_are_not_inside_and_only_its_user_reads_it(made: Made) -> None:
    backup = made.backup
    content = backup.read_bytes()
    for key in keys_of(made).iterdir():
        if key.name != "origin":
            assert key.read_bytes().strip() not in content
    assert backup.stat().st_mode & 0o077 == 0
    with tarfile.open(backup, "r:") as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]  # a regular file
    assert manifest["format"] == "melayani/backup/v1"
    assert manifest["origin"] == "melayani-demo.example/ledger"
    assert set(manifest) == {
        "format", "version", "created", "database", "size", "sha256", "highest_position", "files", "files_lost",
        "origin", "migrations", "checkpoint", "proofs", "policy",
    }  # fmt: skip


def test_a_backup_beside_a_busy_service_is_one_moment(settings: dict[str, str], tmp_path: Path) -> None:
    """Every case in it is whole, everything acknowledged before it began is in it, and filing goes on."""
    filing = subprocess.Popen(
        [sys.executable, "-m", "tests.site.crashing", "file", "0", "100000"],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert filing.stdout is not None
    acknowledged = [filing.stdout.readline().strip() for _ in range(20)]
    done = run("backup", tmp_path / "out.tar", **settings)
    time.sleep(0.2)
    filing.kill()
    later = filing.communicate()[0].split()
    assert done.returncode == 0, done.stderr
    target = elsewhere(tmp_path)
    keys = Path(settings["MELAYANI_DATA"]) / "keys"
    restored = run(
        "restore", tmp_path / "out.tar", "--data", tmp_path / "restored", "--keys", keys, **_database_of(target)
    )
    assert restored.returncode == 0, restored.stderr
    assert set(acknowledged) <= set(texts(target))
    assert later


@pytest.mark.once
def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    (tmp_path / "out").write_text("precious")
    done = run("backup", tmp_path / "out", "--data", folder)
    assert (done.returncode, "sudah ada" in one_line(done)) == (2, True)
    assert (tmp_path / "out").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "out"]


@pytest.mark.once
def test_a_folder_with_anything_in_it_is_not_restored_into(backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "note").write_text("precious")
    done = run("restore", backup, "--data", target)
    assert (done.returncode, "tidak kosong" in one_line(done)) == (2, True)
    assert [path.name for path in target.iterdir()] == ["note"]


@pytest.mark.only_postgres
def test_a_database_with_anything_in_it_is_not_restored_into(made: Made, tmp_path: Path) -> None:
    done = run("restore", made.backup, "--data", tmp_path / "restored", **_database_of(made.settings))
    assert (done.returncode, "tidak kosong" in one_line(done)) == (2, True)


def changed(backup: Path, tmp_path: Path, **manifest: object) -> Path:
    """The same backup with another manifest."""
    out = tmp_path / "changed.tar"
    with tarfile.open(backup, "r:") as tar, tarfile.open(out, "w") as fresh:
        said = json.loads(tar.extractfile("manifest.json").read()) | manifest  # type: ignore[union-attr]  # as above
        _add(fresh, "manifest.json", json.dumps(said).encode())
        for member in tar.getmembers()[1:]:
            fresh.addfile(member, tar.extractfile(member))
    return out


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, kind: bytes = tarfile.REGTYPE, link: str = "") -> None:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(content), kind, link
    tar.addfile(member, io.BytesIO(content))


@pytest.mark.once
def test_a_changed_byte_is_noticed_and_nothing_is_left(backup: Path, tmp_path: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[-20_000] ^= 1
    backup.write_bytes(content)
    done = run("restore", backup, "--data", tmp_path / "restored")
    assert (done.returncode, "rusak" in one_line(done)) == (2, True)
    assert list((tmp_path / "restored").iterdir()) == []


@pytest.mark.once
@pytest.mark.parametrize("cut", [0, 100, 700, 5000, -9000])
def test_a_cut_file_is_refused(cut: int, backup: Path, tmp_path: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:cut])
    with pytest.raises(BadInput):
        unpack_database(backup, tmp_path / "restored" / "database")
    assert not (tmp_path / "restored" / "database").exists()


@pytest.mark.once
def test_a_backup_of_newer_code_is_refused(backup: Path, tmp_path: Path) -> None:
    newer = changed(backup, tmp_path, migrations=["cases.0001_initial", "cases.9999_future"])
    done = run("restore", newer, "--data", tmp_path / "restored")
    assert (done.returncode, "cases.9999_future" in one_line(done)) == (1, True)
    assert not (tmp_path / "restored" / "melayani.sqlite3").exists()


@pytest.mark.once
@pytest.mark.parametrize("manifest", [{"database": "oracle"}, {"format": "x"}, {"size": 1}, {"sha256": "0" * 64}])
def test_a_manifest_that_does_not_fit_is_refused(manifest: dict[str, object], backup: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        unpack_database(changed(backup, tmp_path, **manifest), tmp_path / "database")
    assert not (tmp_path / "database").exists()


def hostile(tmp_path: Path, name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    """A file that names a path outside."""
    out = tmp_path / "hostile.tar"
    manifest = {"format": "melayani/backup/v1", "database": "sqlite", "size": 3, "sha256": "0" * 64, "migrations": []}
    with tarfile.open(out, "w") as tar:
        _add(tar, "manifest.json", json.dumps(manifest).encode())
        _add(tar, name, b"" if link else b"bad", kind=kind, link=link)
    return out


@pytest.mark.once
def test_no_path_in_the_file_is_believed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    files = [
        hostile(tmp_path, "../victim"),
        hostile(tmp_path, str(victim)),
        hostile(tmp_path, "database.sqlite3", kind=tarfile.SYMTYPE, link=str(victim)),
        hostile(tmp_path, "database.sqlite3", kind=tarfile.LNKTYPE, link=str(victim)),
    ]
    for file in files:
        with pytest.raises(BadInput):
            unpack_database(file, tmp_path / "database")
    assert victim.read_text() == "precious"


@pytest.mark.once
def test_keys_of_another_ledger_are_refused(made: Made, backup: Path, tmp_path: Path) -> None:
    shutil.copytree(keys_of(made), tmp_path / "keys")
    (tmp_path / "keys" / "origin").write_text("other.example/ledger\n")
    done = run("restore", backup, "--data", tmp_path / "restored", "--keys", tmp_path / "keys")
    assert (done.returncode, "buku besar lain" in one_line(done)) == (2, True)
    (tmp_path / "keys" / "master.key").unlink()
    done = run("restore", backup, "--data", tmp_path / "restored", "--keys", tmp_path / "keys")
    assert (done.returncode, "master.key" in one_line(done)) == (2, True)


@pytest.mark.once
def test_keys_come_from_a_tar_file_too(made: Made, backup: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "keys.tar.gz", "w:gz") as tar:
        tar.add(keys_of(made), arcname="safe/keys")
    target = tmp_path / "restored"
    done = run("restore", backup, "--data", target, "--keys", tmp_path / "keys.tar.gz")
    assert done.returncode == 0, done.stderr
    assert len(texts({"MELAYANI_DATA": str(target)})) == 3


@pytest.mark.once
def test_without_keys_it_says_where_to_put_them(backup: Path, tmp_path: Path) -> None:
    done = run("restore", backup, "--data", tmp_path / "restored")
    assert done.returncode == 0
    assert str(tmp_path / "restored" / "keys") in done.stdout


def test_an_upgrade_makes_a_backup_first_and_can_be_repeated(settings: dict[str, str]) -> None:
    for _ in range(2):
        done = run("upgrade", **settings)
        assert done.returncode == 0, done.stderr
        time.sleep(1.1)
    backups = list((Path(settings["MELAYANI_DATA"]) / "backups").iterdir())
    assert len(backups) == 2


@pytest.mark.once
def test_an_upgrade_brings_the_schema_forward(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    database = sqlite3.connect(folder / "melayani.sqlite3")
    database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    database.execute("DROP TABLE django_session")
    database.commit()
    database.close()
    assert run("work", "--data", folder).returncode == 1
    assert run("upgrade", "--data", folder).returncode == 0
    database = sqlite3.connect(folder / "melayani.sqlite3")
    assert database.execute("SELECT COUNT(*) FROM django_session").fetchone() == (0,)
    database.close()


def test_an_upgrade_waits_for_the_service_to_be_stopped(settings: dict[str, str]) -> None:
    with started("work", **settings):
        time.sleep(3)
        done = run("upgrade", **settings)
        assert (done.returncode, "masih berjalan" in one_line(done)) == (1, True)
