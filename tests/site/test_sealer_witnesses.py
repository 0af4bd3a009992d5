# SPDX-License-Identifier: EUPL-1.2
"""The sealer and its witnesses: their lines are published, and none of them can hold up the sealing."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from melayani.ledger import log_files as log_files_module
from melayani.ledger.actions import record, stamp_positions
from melayani.ledger.asking import Post, Reply, WitnessDown
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Checkpoint
from melayani.ledger.note import SignatureLine, add_lines
from melayani.ledger.policy import check_policy, parse_policy
from melayani.ledger.rules import new_salt, new_stream
from melayani.ledger.witnessing import Memory, add_checkpoint, logs_of, open_memory
from melayani.site import witness_rounds
from melayani.site.sealer import Sealer
from melayani.site.witness_rounds import WitnessRounds
from tests.conftest import MONDAY
from tests.ledger.some_keys import WITNESSES, variant
from tests.ledger.test_witnessing import note_of

pytestmark = pytest.mark.django_db
W0, W1, W2 = WITNESSES[:3]
AT = int(MONDAY.timestamp())


@pytest.fixture
def files() -> LogFiles:
    return LogFiles(Path(settings.LEDGER))


class Street:
    """The witnesses of a test: who answers at which address, and how often each was asked."""

    def __init__(self, folder: Path) -> None:
        log = log_key(Path(settings.KEYS))
        self.memories = [open_memory(folder / f"w{n}", fresh=True) for n in range(3)]
        self.answers: dict[str, Post] = {
            f"w{n}": self.honest(n, memory, logs=[log.vkey]) for n, memory in enumerate(self.memories)
        }
        self.asked: list[str] = []

    def honest(self, number: int, memory: Memory, *, logs: list[str]) -> Post:
        def post(body: bytes) -> Reply:
            answer = add_checkpoint(body, logs=logs_of(logs), memory=memory, key=WITNESSES[number], at=AT)
            return Reply(answer.status, answer.body)

        return post

    def post_to(self, url: str) -> Post:
        def post(body: bytes) -> Reply:
            self.asked.append(url)
            return self.answers[url](body)

        return post


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path)


def policy_text(*, quorum: str = "group g 2 a b c\nquorum g\n") -> str:
    key = log_key(Path(settings.KEYS)).vkey
    lines = zip("abc", (W0, W1, W2), range(3), strict=True)
    return f"log {key}\n" + "".join(f"witness {name} {w.vkey} w{n}\n" for name, w, n in lines) + quorum


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    file = tmp_path / "policy"
    file.write_text(policy_text())
    return file


@pytest.fixture
def sealer(street: Street, policy_file: Path, files: LogFiles) -> Sealer:
    sealer = Sealer()
    sealer._rounds = WitnessRounds(files=files, policy_file=policy_file, post_to=street.post_to)
    return sealer


def act() -> None:
    with transaction.atomic():
        record(stream=new_stream(), sequence=0, kind="case.filed", event={}, salt=new_salt(), at=MONDAY)
    stamp_positions()


def sealed(sealer: Sealer) -> None:
    """One more act is sealed, and whoever is being asked has answered."""
    act()
    sealer.step()
    sealer._rounds.wait(5)


def told(files: LogFiles) -> Any:
    return json.loads((files.folder / "witnesses.json").read_bytes())


def cosigners(files: LogFiles) -> tuple[str, ...]:
    """Who has cosigned what is published; everything in it holds."""
    note = files.published()
    assert note is not None
    return check_policy(note, policy=parse_policy(policy_text(quorum="quorum none\n").encode()))[1]


def refuse(body: bytes) -> Reply:
    return Reply(403, b"")


def lie(body: bytes) -> Reply:
    return Reply(200, f"— {W2.name} {'A' * 104}\n".encode())


def down(body: bytes) -> Reply:
    raise WitnessDown


def test_without_a_policy_nobody_is_asked(sealer: Sealer, street: Street, policy_file: Path, files: LogFiles) -> None:
    policy_file.unlink()
    sealed(sealer)
    assert street.asked == []
    assert not (files.folder / "witnesses.json").exists()


def test_cosignatures_are_published_and_the_log_goes_on(sealer: Sealer, street: Street, files: LogFiles) -> None:
    for size in range(1, 5):
        sealed(sealer)
        assert set(cosigners(files)) == {"a", "b", "c"}
        assert told(files) == {
            "quorum": "g",
            "met": True,
            "witnesses": [
                {"name": name, "vkey": w.vkey, "size": size, "at": AT, "problem": ""}
                for name, w in zip("abc", (W0, W1, W2), strict=True)
            ],
        }
    kept = Checkpoint.objects.get()
    assert (files.published() or b"").startswith(bytes(kept.note))
    asked = len(street.asked)
    for _ in range(3):
        # Nothing new: nobody is asked, and the lines stay.
        sealer.step()
    sealer._rounds.wait(5)
    assert len(street.asked) == asked == 12
    assert set(cosigners(files)) == {"a", "b", "c"}
    assert files.refusal() == ""


def test_a_new_process_knows_who_has_cosigned(
    sealer: Sealer, street: Street, files: LogFiles, policy_file: Path
) -> None:
    sealed(sealer)
    asked, before = len(street.asked), told(files)
    again = Sealer()
    again._rounds = WitnessRounds(files=files, policy_file=policy_file, post_to=street.post_to)
    again.step()
    again._rounds.wait(5)
    assert (len(street.asked), told(files)) == (asked, before)
    sealed(again)
    assert set(cosigners(files)) == {"a", "b", "c"}


@pytest.mark.parametrize(("answer", "problem"), [(refuse, "refused"), (lie, "lied"), (down, "down")])
def test_one_that_fails_lacks_its_line_and_is_asked_again_later(
    sealer: Sealer, street: Street, files: LogFiles, answer: Post, problem: str
) -> None:
    honest, street.answers["w2"] = street.answers["w2"], answer
    sealed(sealer)
    sealed(sealer)
    assert set(cosigners(files)) == {"a", "b"}
    assert told(files)["met"]
    assert [each["problem"] for each in told(files)["witnesses"]] == ["", "", problem]
    # Not in each round, only after some seconds.
    assert street.asked.count("w2") == 1
    street.answers["w2"] = honest
    for witness in sealer._rounds._witnesses:
        witness.again_at = 0.0
    sealer.step()
    sealer._rounds.wait(5)
    assert set(cosigners(files)) == {"a", "b", "c"}
    assert [each["problem"] for each in told(files)["witnesses"]] == ["", "", ""]


def test_too_few_are_told(sealer: Sealer, street: Street, files: LogFiles) -> None:
    street.answers |= {"w1": down, "w2": refuse}
    sealed(sealer)
    assert not told(files)["met"]
    assert cosigners(files) == ("a",)


def test_a_damaged_policy_is_told_and_mended(
    sealer: Sealer, street: Street, files: LogFiles, policy_file: Path
) -> None:
    sealed(sealer)
    for damage in (b"witness a\n", b"\xff\xfe", b"x" * 300_000):
        policy_file.write_bytes(damage)
        sealed(sealer)
        assert told(files) == {"quorum": "unreadable", "met": False, "witnesses": []}
        assert files.refusal() == ""
        assert cosigners(files) == ()
    policy_file.write_text(policy_text())
    sealed(sealer)
    assert told(files)["met"]
    assert Checkpoint.objects.get().size == 5


class Silent:
    """A witness that answers only when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, _: bytes) -> Reply:
        self.go.wait(20)
        raise WitnessDown


@pytest.fixture
def silent(street: Street) -> Iterator[Silent]:
    """One of the three never answers."""
    silent = Silent()
    street.answers["w1"] = silent
    yield silent
    silent.go.set()


def slowest_round(sealer: Sealer, rounds: int = 5) -> float:
    """Seconds of the slowest of some rounds that seal an act each."""
    slowest = 0.0
    for _ in range(rounds):
        act()
        began = time.monotonic()
        sealer.step()
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def test_one_that_never_answers_holds_up_neither_the_sealing_nor_the_others(
    sealer: Sealer, silent: Silent, street: Street, files: LogFiles
) -> None:
    assert slowest_round(sealer) < 0.3
    assert Checkpoint.objects.get().size == 5
    for _ in range(50):
        sealer.step()
        if set(cosigners(files)) == {"a", "c"}:
            break
        time.sleep(0.02)
    assert set(cosigners(files)) == {"a", "c"}
    # It is asked once, not once more in each round.
    assert street.asked.count("w1") == 1


def test_control_asking_within_the_round_holds_up_the_sealing(
    sealer: Sealer, silent: Silent, street: Street, policy_file: Path, files: LogFiles
) -> None:
    waiting = variant(witness_rounds, "witness.asking.start()", "witness.asking.run()")
    sealer._rounds = waiting.WitnessRounds(files=files, policy_file=policy_file, post_to=street.post_to)
    threading.Timer(0.4, silent.go.set).start()
    assert slowest_round(sealer, rounds=1) > 0.3


# Two write the published checkpoint: the one who seals, and whoever adds a cosignature.


def late(street: Street, sealer: Sealer) -> Callable[[bytes], Reply]:
    """A witness that answers truly, but after a newer checkpoint has been published."""
    honest = street.answers["w0"]

    def post(body: bytes) -> Reply:
        reply = honest(body)
        time.sleep(0.3)
        return reply

    return post


def test_a_late_cosignature_does_not_bring_back_an_old_checkpoint(
    sealer: Sealer, street: Street, files: LogFiles, policy_file: Path
) -> None:
    policy_file.write_text(policy_text(quorum="quorum none\n").replace("w1\n", "\n").replace("w2\n", "\n"))
    street.answers["w0"] = late(street, sealer)
    act()
    sealer.step()
    act()
    sealer.step()
    sealer._rounds.wait(5)
    assert cosigners(files) == ()
    assert (files.published() or b"") == bytes(Checkpoint.objects.get().note)
    assert Checkpoint.objects.get().size == 2


def test_control_without_comparing_it_would_be_a_line_under_another_checkpoint(files: LogFiles) -> None:
    line = SignatureLine(W0.name, W0.key_id, bytes(72))
    act()
    Sealer().step()
    before = files.published()
    assert not files.add_cosignatures([line], text="another\n")
    assert files.published() == before
    broken = variant(log_files_module, "split_note(note).text != text", "False")
    assert broken.LogFiles(files.folder).add_cosignatures([line], text="another\n")
    assert files.published() != before


def overtaken(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A newer checkpoint is published between reading the old one and writing its line; answers whether it stays."""
    older, newer = note_of(1), note_of(2)
    files.publish(older)
    publishing = threading.Thread(target=files.publish, args=(newer,))

    def slowly(note: bytes, *, lines: Iterable[SignatureLine]) -> bytes:
        publishing.start()
        publishing.join(0.1)
        return add_lines(note, lines=lines)

    monkeypatch.setattr(log_files_module, "add_lines", slowly)
    text = older.decode().split("\n\n")[0] + "\n"
    files.add_cosignatures([SignatureLine(W0.name, W0.key_id, bytes(72))], text=text)
    publishing.join()
    return files.published() == newer


def test_a_line_and_a_newer_checkpoint_at_once(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    assert overtaken(files, monkeypatch)


def test_control_without_the_lock_the_older_one_comes_back(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogFiles, "_publishing", lambda _: nullcontext())
    assert not overtaken(files, monkeypatch)


@pytest.mark.prove
def test_many_lines_and_many_checkpoints_at_once(files: LogFiles) -> None:
    """Whoever adds lines and whoever publishes do so at once for a while; the newest checkpoint always wins."""
    ended = threading.Event()

    def add() -> None:
        size = 0
        while not ended.is_set():
            note = files.published()
            if note is not None:
                text = note.decode().split("\n\n")[0] + "\n"
                files.add_cosignatures([SignatureLine(W0.name, W0.key_id, size.to_bytes(72, "big"))], text=text)
                size += 1

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for size in range(1, 60):
            note = note_of(size)
            files.publish(note)
            for _ in range(3):
                assert (files.published() or b"").startswith(note)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
