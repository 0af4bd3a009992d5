# SPDX-License-Identifier: EUPL-1.2
"""Key files: private, made once, and verifier key strings as signed notes want them."""

import base64
import hashlib
import stat
from pathlib import Path

import pytest

from melayani.ledger import keys


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    keys.create_keys(directory=tmp_path / "keys", origin="melayani.example/ledger")
    return tmp_path / "keys"


def test_key_files_are_private_and_made_once(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    assert set(before) >= {"log.key", "promise.key", "master.key", "secret.key", "origin"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in directory.iterdir())
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    keys.create_keys(directory=directory, origin="melayani.example/ledger")
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_the_verifier_key_string(directory: Path) -> None:
    key = keys.promise_key(directory)
    name, key_id, public = key.vkey.split("+", 2)
    assert name == "melayani.example/ledger/promise"
    decoded = base64.b64decode(public)
    assert decoded[:1] == b"\x01"
    assert len(decoded) == 33
    assert key_id == hashlib.sha256(name.encode() + b"\n" + decoded).hexdigest()[:8]
    assert keys.log_key(directory).vkey != key.vkey
    assert len(keys.master_key(directory)) == 32


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "a\x00b"])
def test_an_origin_that_cannot_name_a_log_is_refused(tmp_path: Path, origin: str) -> None:
    with pytest.raises(keys.KeysRefused):
        keys.create_keys(directory=tmp_path / "k", origin=origin)
    assert not (tmp_path / "k").exists()


def test_a_missing_or_broken_key_says_which(directory: Path) -> None:
    (directory / "log.key").write_text("not a key")
    with pytest.raises(keys.KeysRefused, match=r"log\.key"):
        keys.log_key(directory)
    (directory / "master.key").unlink()
    with pytest.raises(keys.KeysRefused, match=r"master\.key"):
        keys.master_key(directory)
