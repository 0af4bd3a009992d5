# SPDX-License-Identifier: EUPL-1.2
"""Proofs under keys of earlier come along when a log is continued or a new one begins, as far as they hold."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import Purpose
from melayani.ledger.log_files import LogFiles
from melayani.ledger.rotation import announce, keys_now
from melayani.site import recovery
from melayani.site.recovery import begin_new_log, recover_log
from tests.ledger.test_recovering import LATER, instance, own_seal
from tests.ledger.test_sealing import acts

pytestmark = pytest.mark.django_db
__all__ = ["instance"]  # the fixture of the other file: an instance of its own with keys and a log folder


def announced(instance: LogFiles) -> tuple[bytes, Path]:
    """The log key has been announced and the proof of it is kept; answers it and where it lies."""
    keys = Path(settings.KEYS)
    own_seal(instance)
    statement = announce(directory=keys, purpose=Purpose.LOG, at=LATER)
    stamp_positions()
    own_seal(instance)
    keys_now(directory=keys, files=instance)
    digest = bytes(statement.entry.leaf_hash)
    content = instance.statement_proof(digest)
    assert content is not None
    return content, Path("statements") / f"{digest.hex()}.tlog-proof"


def test_proofs_under_old_keys_come_with_the_log_if_they_hold(instance: LogFiles, tmp_path: Path) -> None:
    acts(2)
    content, place = announced(instance)
    rest = Path(shutil.copytree(instance.folder, tmp_path / "rest"))
    (rest / "statements" / f"{'1' * 64}.tlog-proof").write_bytes(content)
    (rest / "statements" / f"{'2' * 64}.tlog-proof").write_bytes(b"x")
    shutil.rmtree(instance.folder)
    recover_log(rest, at=LATER)
    assert [path.name for path in (instance.folder / "statements").iterdir()] == [place.name]
    assert (instance.folder / place).read_bytes() == content
    # What lies in the own folder and holds is not taken from elsewhere, what does not hold is.
    for own, after in ((content, content), (b"x", content)):
        (instance.folder / place).write_bytes(own)
        recover_log(rest, at=LATER)
        assert (instance.folder / place).read_bytes() == after


def test_a_new_log_keeps_the_proofs_of_the_old_one(instance: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    content, place = announced(instance)
    with monkeypatch.context() as cut:
        cut.setattr(recovery, "seal", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            begin_new_log("baru.example/ledger", at=LATER)
    # The control: up to here nobody has brought it.
    assert not (instance.folder / place).exists()
    begin_new_log("baru.example/ledger", at=LATER)
    assert (instance.folder / place).read_bytes() == content
