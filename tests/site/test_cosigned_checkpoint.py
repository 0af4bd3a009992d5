# SPDX-License-Identifier: EUPL-1.2
"""The newest checkpoint with enough witnesses is kept for receipts, whatever is published meanwhile."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from melayani.ledger.asking import Reply
from melayani.ledger.checkpoint import parse_checkpoint, sign_checkpoint
from melayani.ledger.cosignatures import cosign
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.note import SignatureLine, add_lines, split_note
from melayani.ledger.policy import check_policy, parse_policy
from melayani.ledger.proving import first_unwitnessed
from melayani.site import witness_rounds
from melayani.site.recovery import begin_new_log
from melayani.site.sealer import Sealer
from melayani.site.witness_rounds import WitnessRounds
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, WITNESSES, variant
from tests.site.test_sealer_witnesses import (
    AT,
    Street,
    act,
    down,
    files,
    policy_file,
    policy_text,
    refuse,
    sealed,
    sealer,
    street,
)

__all__ = ["files", "policy_file", "sealer", "street"]
pytestmark = pytest.mark.django_db


def kept(log: LogFiles) -> tuple[int, set[str]] | None:
    """How many leaves the kept checkpoint covers and who cosigned it; everything in it holds. None without one."""
    note = log.cosigned()
    if note is None:
        return None
    cosigned = check_policy(note, policy=parse_policy(policy_text().encode()))[1]
    return parse_checkpoint(split_note(note).text).size, set(cosigned)


def seen_by(note: bytes, count: int) -> bytes:
    """The note with the lines of so many witnesses."""
    text = split_note(note).text.encode()
    return add_lines(
        note, lines=[SignatureLine(w.name, w.key_id, cosign(text=text, key=w, at=AT)) for w in WITNESSES[:count]]
    )


def test_every_checkpoint_with_enough_witnesses_is_kept(sealer: Sealer, street: Street, files: LogFiles) -> None:
    for size in range(1, 4):
        sealed(sealer)
        assert kept(files) == (size, {"a", "b", "c"})
        assert first_unwitnessed(files) is None


def test_two_of_three_suffice_and_one_does_not(sealer: Sealer, street: Street, files: LogFiles) -> None:
    street.answers["w2"] = down
    sealed(sealer)
    assert kept(files) == (1, {"a", "b"})
    street.answers["w1"] = refuse
    sealed(sealer)
    # The earlier one stays: it covers what was in the log then.
    assert kept(files) == (1, {"a", "b"})
    assert first_unwitnessed(files) == 1


class Held:
    """A witness whose answers arrive only when it is let go."""

    def __init__(self, honest: Callable[[bytes], Reply]) -> None:
        self.honest, self.go = honest, threading.Event()

    def __call__(self, body: bytes) -> Reply:
        reply = self.honest(body)
        self.go.wait(10)
        return reply


def overtaken(sealer: Sealer, street: Street, rounds: WitnessRounds) -> None:
    """Two witnesses answer for the first checkpoint when the second one has long been published."""
    sealer._rounds = rounds
    slow = [Held(street.answers["w0"]), Held(street.answers["w1"])]
    street.answers |= {"w0": slow[0], "w1": slow[1], "w2": down}
    for _ in range(2):
        act()
        sealer.step()
    for each in slow:
        each.go.set()
    rounds.wait(5)


def test_late_answers_count_for_the_checkpoint_that_they_are_about(
    sealer: Sealer, street: Street, files: LogFiles
) -> None:
    overtaken(sealer, street, sealer._rounds)
    assert parse_checkpoint(split_note(files.published() or b"").text).size == 2
    assert len(split_note(files.published() or b"").lines) == 1
    assert kept(files) == (1, {"a", "b"})


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("                self._collect(parts, asked.line)\n", ""),
        ("self._collected.pop(parts.text, None) or _note_of(parts)", "_note_of(parts)"),
    ],
)
def test_control_collecting_without_a_step_misses_them(
    *, sealer: Sealer, street: Street, files: LogFiles, policy_file: Path, step: str, instead: str
) -> None:
    broken = variant(witness_rounds, step, instead)
    rounds = broken.WitnessRounds(files=files, policy_file=policy_file, post_to=street.post_to)
    overtaken(sealer, street, rounds)
    assert kept(files) is None


def begun_again(street: Street, files: LogFiles, policy_file: Path, module: object = witness_rounds) -> None:
    """A new process looks once."""
    rounds = vars(module)["WitnessRounds"](files=files, policy_file=policy_file, post_to=street.post_to)
    rounds.look()
    rounds.wait(5)


def test_what_a_crash_left_unkept_is_kept_at_the_next_start(
    sealer: Sealer, street: Street, files: LogFiles, policy_file: Path
) -> None:
    sealed(sealer)
    files.keep_cosigned(None)
    begun_again(street, files, policy_file)
    assert kept(files) == (1, {"a", "b", "c"})


def test_another_policy_judges_anew(sealer: Sealer, street: Street, files: LogFiles, policy_file: Path) -> None:
    street.answers["w2"] = down
    sealed(sealer)
    assert kept(files) == (1, {"a", "b"})
    for quorum in ("group g all a b c\nquorum g\n", "quorum none\n"):
        policy_file.write_text(policy_text(quorum=quorum))
        begun_again(street, files, policy_file)
        assert kept(files) is None
    policy_file.write_text(policy_text())
    begun_again(street, files, policy_file)
    assert kept(files) == (1, {"a", "b"})
    policy_file.unlink()
    sealer.step()
    assert kept(files) is None


def laid_in(note: bytes, street: Street, log: LogFiles, policy_file: Path, module: object = witness_rounds) -> bool:
    """Whether this note, in the place of the kept one, stays there when a new process has looked."""
    log.keep_cosigned(note)
    begun_again(street, log, policy_file, module)
    return log.cosigned() == note


@pytest.mark.parametrize(
    ("guard", "size", "ours"),
    [("tree.origin == latest.origin and ", 1, False), (" and tree.size <= latest.size", 5, True)],
)
def test_a_kept_one_of_another_log_or_beyond_the_published_gives_way(
    *, sealer: Sealer, street: Street, files: LogFiles, policy_file: Path, guard: str, size: int, ours: bool
) -> None:
    street.answers |= {"w0": down, "w1": down, "w2": down}
    sealed(sealer)
    key = log_key(Path(settings.KEYS)) if ours else LOG
    strange = seen_by(sign_checkpoint(origin=key.name, size=size, root=bytes(range(32)), keys=[key]), 3)
    assert not laid_in(strange, street, files, policy_file)
    # Control: without its guard it stays.
    assert laid_in(strange, street, files, policy_file, variant(witness_rounds, guard, ""))


def test_a_damaged_kept_one_gives_way(sealer: Sealer, street: Street, files: LogFiles, policy_file: Path) -> None:
    sealed(sealer)
    for damage in (b"", b"\xff", (files.cosigned() or b"")[:-9]):
        assert not laid_in(damage, street, files, policy_file)
        assert kept(files) == (1, {"a", "b", "c"})


def test_a_new_log_begins_without_the_kept_one_of_the_old(
    sealer: Sealer, street: Street, files: LogFiles, tmp_path: Path, settings: Settings
) -> None:
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS = tmp_path / "keys"
    sealed(sealer)
    assert kept(files) is not None
    aside = begin_new_log("new.example/ledger", at=MONDAY)
    assert aside is not None
    assert (aside / "cosigned").exists()
    assert files.cosigned() is None
    # Even if somebody lays it back.
    files.keep_cosigned((aside / "cosigned").read_bytes())
    assert first_unwitnessed(files) == 0
