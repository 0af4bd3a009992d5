# SPDX-License-Identifier: EUPL-1.2
"""Encrypted backups: only the offline key opens them, and nothing of the content is on the disk."""

from pathlib import Path

import pyrage
import pytest
from django.conf import settings

from melayani.site.backup_encryption import MAGIC, encrypt, in_clear, is_encrypted, recipient
from melayani.site.console import BadInput
from tests.site.running import one_line, run, settings_of
from tests.site.test_backups import _database_of, elsewhere, file_cases, texts

SECRET = b"isi cadangan yang tidak boleh terbaca " * 5000


def a_key(folder: Path, name: str = "kunci") -> tuple[str, Path]:
    """A public key, and the file with its private half as `age-keygen` writes it."""
    identity = pyrage.x25519.Identity.generate()
    file = folder / name
    file.write_text(f"# created: 2026-01-05T09:00:00+07:00\n# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public()), file


@pytest.fixture
def sealed(tmp_path: Path) -> tuple[Path, Path]:
    """An encrypted file, and the key that opens it."""
    public, key = a_key(tmp_path)
    (tmp_path / "clear").write_bytes(SECRET)
    encrypt(tmp_path / "clear", tmp_path / "out", to=public)
    return tmp_path / "out", key


def test_only_its_key_opens_it_and_nothing_clear_stays(sealed: tuple[Path, Path], tmp_path: Path) -> None:
    out, key = sealed
    assert is_encrypted(out)
    assert b"cadangan" not in out.read_bytes()
    assert out.stat().st_mode & 0o077 == 0
    with in_clear(out, identity=key, beside=tmp_path / "target") as clear:
        assert clear.read_bytes() == SECRET
        assert clear.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob(".*"))


def test_a_plain_backup_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"plain")
    with in_clear(tmp_path / "plain", identity=None, beside=tmp_path / "target") as clear:
        assert clear == tmp_path / "plain"
    assert (tmp_path / "plain").exists()


def test_without_the_right_key_it_is_refused(sealed: tuple[Path, Path], tmp_path: Path) -> None:
    out, _key = sealed
    _public, another = a_key(tmp_path, "another")
    (tmp_path / "none").write_text("# no key\n")
    (tmp_path / "broken").write_text("AGE-SECRET-KEY-1BROKEN\n")
    for identity in (None, another, tmp_path / "none", tmp_path / "broken"):
        with pytest.raises(BadInput), in_clear(out, identity=identity, beside=tmp_path / "target"):
            pass
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("change", ["cut", "turned", "longer"])
def test_a_changed_file_is_refused(sealed: tuple[Path, Path], tmp_path: Path, change: str) -> None:
    out, key = sealed
    content = bytearray(out.read_bytes())
    if change == "cut":
        del content[-70_000:]
    elif change == "turned":
        content[len(content) // 2] ^= 1
    else:
        content += b"more"
    out.write_bytes(content)
    with pytest.raises(BadInput), in_clear(out, identity=key, beside=tmp_path / "target"):
        pass
    assert not list(tmp_path.glob(".*"))


def test_a_setting_that_is_no_public_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BACKUP_RECIPIENT", "age1bukankunci")
    with pytest.raises(BadInput):
        recipient()
    monkeypatch.setattr(settings, "BACKUP_RECIPIENT", "")
    assert recipient() == ""


@pytest.mark.prove
def test_an_encrypted_backup_comes_back_with_its_key(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    file_cases(settings, 0, 2)
    before = texts(settings)
    public, key = a_key(tmp_path)
    wrong = run("backup", tmp_path / "wrong.age", **settings, MELAYANI_BACKUP_RECIPIENT="age1x")
    assert (wrong.returncode, "MELAYANI_BACKUP_RECIPIENT" in one_line(wrong)) == (2, True)
    made = run("backup", tmp_path / "out.age", **settings, MELAYANI_BACKUP_RECIPIENT=public)
    assert made.returncode == 0, made.stderr
    assert public in made.stdout
    content = (tmp_path / "out.age").read_bytes()
    assert content.startswith(MAGIC)
    assert b"SQLite format" not in content
    assert not list(tmp_path.glob(".*"))
    target, keys = elsewhere(tmp_path), tmp_path / "instance" / "keys"
    asked = ("restore", tmp_path / "out.age", "--data", tmp_path / "restored", "--keys", keys)
    refused = run(*asked, **_database_of(target))
    assert (refused.returncode, "--identity" in one_line(refused)) == (2, True)
    done = run(*asked, "--identity", key, **_database_of(target))
    assert done.returncode == 0, done.stderr
    assert texts(target) == before
    assert not list(tmp_path.glob(".*"))
