# SPDX-License-Identifier: EUPL-1.2
"""A monitor that keeps a log asks for each thing the log says of itself: proven, kept, cried out. Controls within."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.rotation import announced_key
from melayani.ledger.statement_proofs import kept_proofs, proven_statement
from melayani.ledger.statement_rules import StatementKind
from melayani.ledger.tiles import Tile
from melayani.ledger.vkeys import NoteKey
from melayani.site import statement_watch
from melayani.site.alarms import Alarm, MemoryBroken
from melayani.site.command import run
from melayani.site.fetching import Server, Unreachable
from melayani.site.monitoring import Memory, Seen, look
from melayani.site.statement_watch import watch_statements
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, ORIGIN, a_key, variant
from tests.ledger.some_statements import NEXT, StatedLog
from tests.site.some_logs import ALog, Answer, Answering, served
from tests.site.some_logs import shown as shown_files

pytestmark = pytest.mark.once
PROMISE = [a_key(f"{ORIGIN}/promise", seed=seed) for seed in ("a", "b")]


def shown(log: StatedLog, asked: list[str] | None = None) -> Answering:
    """How the log shows itself, its statements too."""
    files = shown_files(ALog(log.files.folder))

    def answer(path: str, body: bytes) -> Answer | None:
        if asked is not None:
            asked.append(path)
        page, _, number = path.rpartition("/")
        if page != "/buku-besar/pernyataan":
            return files(path, body)
        content = log.pages.get(int(number))
        return None if content is None else (200, content)

    return answer


class Watch:
    """A monitor with memory and a folder."""

    def __init__(self, folder: Path, log: StatedLog) -> None:
        self.memory, self.keep, self.log = Memory(folder / "memory"), folder / "kept", log

    def look(self, answering: Answering | None = None, *, keys: list[NoteKey] | None = None) -> Seen:
        """One look."""
        with served(answering or shown(self.log)) as address:
            return look(
                Server(address, seconds=5), keys=[key.verifier for key in keys or self.log.keys], memory=self.memory,
                at=MONDAY, keep=self.keep,
            )  # fmt: skip

    def cried(self, answering: Answering | None = None, *, keys: list[NoteKey] | None = None) -> Alarm:
        """The alarm of a look; the memory is as before."""
        before = self.memory.file.read_bytes() if self.memory.file.exists() else None
        with pytest.raises(Alarm) as raised:
            self.look(answering, keys=keys)
        assert (self.memory.file.read_bytes() if self.memory.file.exists() else None) == before
        return raised.value

    def kept(self, index: int) -> bytes | None:
        """What lies in the folder of statement number `index` in the tree."""
        return LogFiles(self.keep).statement_proof(leaf_hash(self.log.leaves[index]))


@pytest.fixture
def log(tmp_path: Path) -> StatedLog:
    made = StatedLog(tmp_path / "log")
    made.act(3)
    return made


@pytest.fixture
def watch(tmp_path: Path, log: StatedLog) -> Watch:
    return Watch(tmp_path, log)


def test_statements_are_proven_and_kept_for_ever(log: StatedLog, watch: Watch) -> None:
    assert watch.look().statements == 0
    announced = log.rotate()
    both = [LOG, NEXT]
    assert watch.look(keys=both).statements == 2
    first = watch.kept(announced)
    assert first is not None
    assert announced_key(first, log=LOG.verifier, old=LOG.verifier) == NEXT.verifier
    # The retirement is shown under a later tree each time; the first proof of it stays.
    retired = watch.kept(announced + 1)
    log.act(300)
    log.pages[1] = log.proof(announced + 1)
    assert watch.look(keys=both).statements == 2
    assert (watch.kept(announced), watch.kept(announced + 1)) == (first, retired)
    assert log.pages[1] != retired


def test_each_entry_is_looked_at_once_and_each_statement_asked_for_again(
    log: StatedLog, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.rotate()
    log.act(600)
    watch.look()
    opened: list[int] = []
    usual = statement_watch._entries

    def noted(files: LogFiles, bundle: Tile) -> list[bytes]:
        opened.append(bundle.index)
        return usual(files, bundle)

    monkeypatch.setattr(statement_watch, "_entries", noted)
    asked: list[str] = []
    watch.look(shown(log, asked))
    assert [path for path in asked if "pernyataan" in path] == [
        "/buku-besar/pernyataan/0", "/buku-besar/pernyataan/1",
    ]  # fmt: skip
    assert not [path for path in asked if "entries" in path]
    # Two statements in the first bundle, none of three bundles anew.
    assert opened == [0, 0]
    # Whatever happens to the list of them, they are found again.
    for content in (b"x", b"[]", b'{"size": 9999, "indexes": []}', b'{"size": 2, "indexes": [7]}', b'{"size": "x"}'):
        (watch.keep / "statements" / "seen.json").write_bytes(content)
        assert watch.look().statements == 2


def test_a_folder_from_before_statements_were_kept_is_caught_up_with(log: StatedLog, watch: Watch) -> None:
    log.rotate()
    watch.look()
    for path in (watch.keep / "statements").iterdir():
        path.unlink()
    log.act()
    assert watch.look().statements == 2
    assert len(kept_proofs(LogFiles(watch.keep))) == 2


def test_who_trusts_the_new_key_alone_follows_too(log: StatedLog, watch: Watch) -> None:
    announced = log.rotate()
    assert watch.look(keys=[NEXT]).statements == 2
    assert watch.kept(announced) == log.pages[0]


def test_an_announcement_of_a_promise_key_may_be_under_a_log_key_of_then(log: StatedLog, watch: Watch) -> None:
    index = log.announce(PROMISE[1], old=PROMISE[0], purpose="promise")
    shown_then = log.pages[0]
    log.rotate()
    log.pages[0] = shown_then
    assert watch.look(keys=[NEXT]).statements == 3
    assert watch.kept(index) == shown_then
    broken = variant(
        statement_watch, "keys = [*keys, *(key for _, content in shown if content for key in named_in(content))]", ""
    )
    assert watched_by(broken, log, watch, keys=[NEXT]) == "statement"


# What is cried


def test_a_statement_that_is_shown_no_more_is_cried(log: StatedLog, watch: Watch) -> None:
    announced = log.rotate()
    watch.look()
    log.pages[0] = None
    alarm = watch.cried()
    assert (alarm.code, alarm.values["number"]) == ("statement_gone", 0)
    assert alarm.note == watch.kept(announced)
    blind = variant(statement_watch, "        if place.index not in lost:\n", "        if False:\n")
    assert watched_by(blind, log, watch) == ""


def test_a_statement_that_was_never_shown_is_cried_too(log: StatedLog, watch: Watch) -> None:
    log.rotate()
    log.pages[0] = None
    assert watch.cried().code == "statement_gone"


def test_what_the_log_says_to_have_lost_need_not_be_shown(log: StatedLog, watch: Watch) -> None:
    announced = log.rotate()
    log.lose(announced)
    assert watch.look().statements == 2
    # Also when another statement took its number meanwhile.
    log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey}, number=0)
    assert watch.look().statements == 3


def test_another_statement_under_the_number_is_no_loss_that_was_told(log: StatedLog, watch: Watch) -> None:
    log.rotate()
    watch.look()
    log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey}, number=0)
    assert watch.cried().code == "statement_gone"


def again_under(*keys: NoteKey) -> Callable[[StatedLog, int], bytes]:
    """The announcement under the published tree, signed by these."""

    def change(log: StatedLog, index: int) -> bytes:
        log.keys, usual = list(keys), log.keys
        log.sign()
        content = log.proof(index)
        log.keys = usual
        log.sign()
        return content

    return change


CHANGES: list[Callable[[StatedLog, int], bytes]] = [
    lambda *_: b"x",
    lambda log, _: (log.pages[0] or b"")[:-3],
    lambda log, _: (log.pages[0] or b"").replace(b"index 3", b"index 2"),
    # Under the new key alone: who trusts only the old one could not follow.
    again_under(NEXT),
    again_under(a_key(ORIGIN, seed="thief")),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_proof_that_does_not_hold_is_cried(
    log: StatedLog, watch: Watch, change: Callable[[StatedLog, int], bytes]
) -> None:
    announced = log.rotate()
    watch.look()
    kept = watch.kept(announced)
    log.pages[0] = change(log, announced)
    alarm = watch.cried()
    assert (alarm.code, alarm.note) == ("statement", log.pages[0])
    assert watch.kept(announced) == kept


def test_the_log_that_says_itself_that_they_contradict_is_cried(log: StatedLog, watch: Watch) -> None:
    log.rotate()
    answer = shown(log)
    alarm = watch.cried(lambda path, body: (409, b"") if path.endswith("/0") else answer(path, body))
    assert alarm.code == "statement"


def test_the_old_key_that_signed_another_tree_too_is_cried(log: StatedLog, watch: Watch, tmp_path: Path) -> None:
    """Signed by the right key and about the right leaf, but in a tree that the log of now does not continue."""
    announced = log.rotate()
    fork = StatedLog(tmp_path / "fork")
    fork.act(3)
    for index in range(3):
        assert fork.leaves[index] != log.leaves[index]
    fork.said[3] = log.said[announced]
    fork.enter(log.said[announced][0])
    fork.sign()
    log.pages[0] = forged = fork.proof(3)
    assert proven_statement(forged, keys=[]).leaf == log.leaves[announced]
    assert watch.cried().code == "statement_fork"
    step = "            _check_same_log(said, tree, hashes=hashes, content=content, place=place)\n"
    blind = variant(statement_watch, step, "            pass\n")
    assert watched_by(blind, log, watch) == ""


def test_a_larger_tree_than_was_looked_at_must_be_continued(log: StatedLog, watch: Watch) -> None:
    """The log grows between two questions; what it signed meanwhile is remembered."""
    log.say(StatementKind.KEY_RETIRED, {"purpose": "promise", "vkey": PROMISE[0].vkey})
    answer = shown(log)
    note = log.files.published()
    log.act(2)
    log.pages[0] = log.proof(3)
    seen = watch.look(lambda path, body: (200, note or b"") if path.endswith("/checkpoint") else answer(path, body))
    assert (seen.checkpoint.size, seen.statements) == (4, 1)
    log.leaves, aside = log.leaves[:5], log.leaves
    log.sign()
    assert watch.cried().code == "shrunk"
    # The control: without what was remembered, the shorter tree continues what was seen.
    unproven = watch.memory.file.with_name("memory.unproven")
    remembered = unproven.read_bytes()
    unproven.unlink()
    log.pages[0] = log.proof(3)
    watch.look()
    unproven.write_bytes(remembered)
    log.leaves = aside
    log.sign()
    assert watch.look().checkpoint.size == 6
    assert not unproven.exists()


# What is no reason to cry


@pytest.mark.parametrize("status", [500, 503, 429, 302])
def test_a_page_that_cannot_be_had_now_is_waited_for(log: StatedLog, watch: Watch, status: int) -> None:
    announced = log.rotate()
    answer = shown(log)
    with pytest.raises(Unreachable):
        watch.look(lambda path, body: (status, b"") if "pernyataan" in path else answer(path, body))
    # The tree was proven all the same, and the next look asks again.
    assert watch.memory.last([NEXT.verifier]) is not None
    assert watch.kept(announced) is None
    assert watch.look().statements == 2


def test_without_a_folder_statements_are_not_asked_for(log: StatedLog, watch: Watch) -> None:
    log.rotate()
    asked: list[str] = []
    with served(shown(log, asked)) as address:
        look(Server(address), keys=[NEXT.verifier], memory=watch.memory, at=MONDAY)
    assert not [path for path in asked if "pernyataan" in path]


def test_acts_of_somebody_and_of_other_logs_are_no_statements(log: StatedLog, watch: Watch) -> None:
    log.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": LOG.vkey}, stream=bytes(16))
    log.pages.clear()
    assert watch.look().statements == 0


def test_a_folder_of_another_log_or_a_damaged_one_is_said(log: StatedLog, watch: Watch, tmp_path: Path) -> None:
    log.rotate()
    watch.look()
    other_key = a_key("other.example/ledger")
    other = StatedLog(tmp_path / "other", keys=[other_key], origin=other_key.name)
    other.act(5)
    stranger = Watch(tmp_path / "stranger", other)
    stranger.memory.file.parent.mkdir()
    stranger.keep = watch.keep
    with pytest.raises(MemoryBroken) as refused:
        stranger.look()
    assert refused.value.code == "keep_other"
    (watch.keep / "statements" / "seen.json").unlink()
    [bundle] = [path for path in (watch.keep / "tile" / "entries").rglob("*") if path.is_file()]
    bundle.write_bytes(b"x")
    with pytest.raises(MemoryBroken) as refused:
        watch.look()
    assert refused.value.code == "keep_broken"


def test_the_program_says_how_many_and_cries(log: StatedLog, watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    log.rotate()
    with served(shown(log)) as address:
        asked = ["monitor", address, "--vkey", NEXT.vkey, "--memory", str(watch.memory.file), "--keep", str(watch.keep)]
        assert run(asked) == 0
        assert "pernyataan terbukti: 2" in capsys.readouterr().out
        log.pages[0] = None
        assert run(asked) == 1
    said = capsys.readouterr().err
    assert "PERINGATAN. Pernyataan 0 ada di pohon (catatan 3), tetapi isinya tidak ditunjukkan." in said
    [evidence] = watch.memory.file.parent.glob("memory.*.bukti")
    assert evidence.read_bytes() == watch.kept(3)


def watched_by(module: Any, log: StatedLog, watch: Watch, *, keys: list[NoteKey] | None = None) -> str:
    """The code of what a broken variant cries over what is kept now; empty when it is quiet."""
    from melayani.ledger.checkpoint import open_checkpoint

    trusted = [key.verifier for key in keys or log.keys]
    tree = open_checkpoint(log.files.published() or b"", logs=trusted).checkpoint
    assert watch_statements is not module.watch_statements
    with served(shown(log)) as address:
        try:
            module.watch_statements(
                Server(address, seconds=5), tree, hashes=log.files.hashes(tree.size), files=log.files, keys=trusted
            )
        except Alarm as alarm:
            return alarm.code
    return ""
