# SPDX-License-Identifier: EUPL-1.2
"""`melayani check`: it names what is unsafe, and is content with a well-kept instance."""

import shutil
from pathlib import Path

import pytest

from tests.site.running import an_instance, init, run

pytestmark = pytest.mark.once
GOOD = {
    "MELAYANI_URL": "https://layanan.contoh.go.id",
    "MELAYANI_TRUSTED_PROXIES": "127.0.0.1",
    "MELAYANI_LOG_ORIGIN": "layanan.contoh.go.id/ledger",
    "MELAYANI_SECURITY_CONTACT": "mailto:keamanan@contoh.go.id",
}


def check(folder: Path, **settings: str) -> tuple[int, list[str]]:
    """Exit code, and what is unsafe."""
    done = run("check", "--data", folder, **settings)
    assert done.stderr == ""
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("TIDAK AMAN")]


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with everything in order, made once."""
    folder = tmp_path_factory.mktemp("check") / "d"
    assert init(folder, **GOOD).returncode == 0
    assert run("backup", folder.parent / "backup", "--data", folder, **GOOD).returncode == 0
    return folder


@pytest.fixture
def kept(pattern: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(pattern, tmp_path / "d"))


def test_a_well_kept_instance_is_safe(kept: Path) -> None:
    assert check(kept, **GOOD) == (0, [])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"MELAYANI_URL": "http://layanan.contoh.go.id"}, "https"),
        ({"MELAYANI_URL": "https://127.0.0.1"}, "alamat umum"),
        ({"MELAYANI_ALLOWED_HOSTS": "*"}, "MELAYANI_ALLOWED_HOSTS"),
        ({"MELAYANI_TRUSTED_PROXIES": ""}, "MELAYANI_TRUSTED_PROXIES"),
        ({"MELAYANI_LOG_ORIGIN": "x.example/ledger"}, "MELAYANI_LOG_ORIGIN"),
        ({"MELAYANI_DEBUG": "1"}, "MELAYANI_DEBUG"),
    ],
)
def test_each_unsafe_setting_is_named(changes: dict[str, str], word: str, kept: Path) -> None:
    code, unsafe = check(kept, **(GOOD | changes))
    assert code == 1
    assert any(word in line for line in unsafe)


def test_key_files_that_others_can_read_are_named(kept: Path) -> None:
    (kept / "keys" / "master.key").chmod(0o644)
    code, unsafe = check(kept, **GOOD)
    assert code == 1
    assert any("master.key" in line for line in unsafe)


@pytest.mark.parametrize("name", ["log.key", "promise.key", "master.key", "secret.key"])
def test_a_missing_key_is_named(name: str, kept: Path) -> None:
    (kept / "keys" / name).unlink()
    code, unsafe = check(kept, **GOOD)
    assert code == 1
    assert any(name in line for line in unsafe)


def test_no_backup_and_an_old_one_are_named(kept: Path) -> None:
    (kept / "last-backup.json").write_text('{"created": "2020-01-01T00:00:00+00:00", "path": "x"}')
    assert any("2020-01-01" in line for line in check(kept, **GOOD)[1])
    (kept / "last-backup.json").unlink()
    assert any("Belum pernah" in line for line in check(kept, **GOOD)[1])


def test_a_storage_that_cannot_be_written_is_named(kept: Path) -> None:
    (kept / "a-file").write_text("x")
    code, unsafe = check(kept, **GOOD, MELAYANI_STORAGE=str(kept / "a-file" / "photos"))
    assert code == 1
    assert any("MELAYANI_STORAGE tidak dapat ditulisi" in line for line in unsafe)
    # The control: a folder that is not there yet is made.
    assert check(kept, **GOOD, MELAYANI_STORAGE=str(kept / "photos")) == (0, [])


def test_a_demo_is_not_safe_but_usable(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    (folder / "demo-instance.txt").write_text("x")
    done = run("check", "--data", folder)
    assert done.returncode == 1
    assert "demo" in done.stdout
    assert done.stdout.splitlines()[-1] == "Belum aman untuk kasus warga. Untuk demo dan uji coba boleh dipakai."


def test_django_s_own_commands_are_there(kept: Path) -> None:
    done = run("manage", "showmigrations", "cases", MELAYANI_DATA=str(kept))
    assert done.returncode == 0
    assert "[X] 0001_initial" in done.stdout
    unknown = run("manage", "nothing", MELAYANI_DATA=str(kept))
    assert unknown.returncode != 0
    assert "Traceback" not in unknown.stderr
