# SPDX-License-Identifier: EUPL-1.2
"""Before a log is continued its witnesses are asked: one that has seen more stops it, one that is down does not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from melayani.ledger.asking import Post, Reply, WitnessDown
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.keys import create_keys, log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Checkpoint, Entry
from melayani.ledger.policy import PolicyRefused
from melayani.ledger.sealing import seal
from melayani.ledger.surviving import NothingSurvived
from melayani.ledger.witnessing import Memory, Seen, add_checkpoint, logs_of, open_memory
from melayani.site import recovery, witness_sizes
from melayani.site.command import run
from melayani.site.recovery import Continued, recover_log
from melayani.site.restored import is_marked, mark_restored
from melayani.site.witness_sizes import Heard, View, policy_here
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, WITNESSES, variant
from tests.ledger.test_sealing import acts

pytestmark = pytest.mark.django_db
AT = int(MONDAY.timestamp())
QUORUM = "group seen 2 a b c\nquorum seen\n"


class Old:
    """An instance of two copies: the log of three acts in `stale`, and of five in its own folder; three witnesses."""

    def __init__(self, folder: Path) -> None:
        create_keys(directory=Path(settings.KEYS), origin=LOG.name)
        self.files, self.stale = LogFiles(Path(settings.LEDGER)), folder / "stale"
        self.memories = [open_memory(folder / f"w{n}", fresh=True) for n in range(3)]
        self.posts: dict[str, Post] = {f"w{n}": self.honest(n) for n in range(3)}
        acts(3)
        self.seal()
        self.last = Checkpoint.objects.get()
        shutil.copytree(self.files.folder, self.stale)
        self.policy()

    def seal(self) -> None:
        """What waits is in the tree."""
        seal(files=self.files, keys=[log_key(Path(settings.KEYS))], at=MONDAY)

    def grow(self) -> None:
        """Two more acts, of which the database forgets again, as an old backup does; nothing here remembers them."""
        before = list(Entry.objects.values_list("id", flat=True))
        acts(2)
        self.seal()
        Entry.objects.exclude(id__in=before).delete()
        Checkpoint.objects.all().delete()
        self.last.save(force_insert=True)

    def forget(self) -> None:
        """The own folder is gone with the disk."""
        shutil.rmtree(self.files.folder)

    def policy(self, quorum: str = QUORUM, *, urls: bool = True) -> None:
        """The policy of the instance."""
        lines = [f"witness {name} {WITNESSES[n].vkey}{f' w{n}' if urls else ''}\n" for n, name in enumerate("abc")]
        text = f"log {log_key(Path(settings.KEYS)).vkey}\n{''.join(lines)}{quorum}"
        (Path(settings.DATA) / "policy").write_text(text)

    def honest(self, number: int) -> Post:
        """The way to an honest witness."""

        def post(body: bytes) -> Reply:
            logs = logs_of([log_key(Path(settings.KEYS)).vkey])
            answer = add_checkpoint(body, logs=logs, memory=self.memories[number], key=WITNESSES[number], at=AT)
            return Reply(answer.status, answer.body)

        return post

    def show(self, *numbers: int) -> None:
        """These witnesses have seen what is published now."""
        signed = self.files.signed()
        assert signed is not None
        for number in numbers:
            seen(self.memories[number], Seen(size=signed.size, root=signed.root))

    def recover(self, source: Path | None = None, *, sure: bool = False, newest: bytes | None = None) -> Continued:
        """The way out, from the stale copy."""
        return recover_log(
            source or self.stale, at=MONDAY, sure=sure, newest=newest, post_to=lambda url: self.posts[url]
        )

    def refused(self, *, sure: bool = False, newest: bytes | None = None) -> NothingSurvived:
        """The refusal; nothing has changed."""
        before = (Checkpoint.objects.get().size, self.files.published())
        with pytest.raises(NothingSurvived) as raised:
            self.recover(sure=sure, newest=newest)
        assert (Checkpoint.objects.get().size, self.files.published()) == before
        assert not self.files.folder.with_name(".ledger.recovering").exists()
        return raised.value


def seen(memory: Memory, what: Seen) -> None:
    with memory._opened() as opened:
        opened.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (LOG.name, what.size, what.root))


def down(body: bytes) -> Reply:
    raise WitnessDown


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Old:
    for name, folder in (("DATA", "data"), ("KEYS", "keys"), ("LEDGER", "data/ledger")):
        monkeypatch.setattr(settings, name, tmp_path / folder)
    (tmp_path / "data").mkdir()
    return Old(tmp_path)


def test_a_quorum_that_has_seen_this_and_no_more_stands_for_the_word_of_somebody(old: Old) -> None:
    old.show(0, 1)
    old.forget()
    done = old.recover()
    assert (done.size, done.lost) == (3, 0)
    assert done.witnesses == (Heard("a", View.SAME, 3), Heard("b", View.SAME, 3), Heard("c", View.SAME, 3))


def test_a_witness_that_has_seen_more_stops_it_whoever_is_sure(old: Old) -> None:
    old.grow()
    old.show(0)
    old.forget()
    for sure in (False, True):
        refusal = old.refused(sure=sure)
        assert refusal.code == "survived_witness"
        assert (refusal.values["name"], refusal.values["more"], refusal.values["less"]) == ("a", 5, 3)
        assert "--new-origin" in refusal.message
    assert old.refused(newest=(old.stale / "checkpoint").read_bytes()).code == "survived_witness"
    # Whoever is certain that it is wrong takes it out, in public.
    old.policy("quorum none\n", urls=False)
    assert old.recover(sure=True).size == 3


def test_control_without_the_question_a_stale_copy_would_be_continued(
    old: Old, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.grow()
    old.show(0, 1, 2)
    old.forget()
    blind = variant(witness_sizes, "        if each.view == View.AHEAD:\n", "        if False:\n")
    monkeypatch.setattr(recovery, "check_newest", blind.check_newest)
    assert old.recover(sure=True).size == 3


def test_a_witness_that_has_seen_another_tree_stops_it(old: Old) -> None:
    old.forget()
    for size in (2, 3):
        seen(old.memories[1], Seen(size=size, root=bytes([size]) * 32))
        refusal = old.refused(sure=True)
        assert (refusal.code, refusal.values["name"]) == ("survived_other", "b")


def test_control_without_that_look_the_other_tree_would_pass(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    old.forget()
    seen(old.memories[1], Seen(size=3, root=bytes(32)))
    blind = variant(witness_sizes, "        if each.view == View.OTHER:\n", "        if False:\n")
    monkeypatch.setattr(recovery, "check_newest", blind.check_newest)
    assert old.recover(sure=True).size == 3


def lie(body: bytes) -> Reply:
    return Reply(200, b"\xe2\x80\x94 b " + b"A" * 100 + b"\n")


@pytest.mark.parametrize(
    "post",
    [down, lie, *(lambda _, status=status: Reply(status, b"") for status in (400, 403, 404, 409, 429, 500, 503))],
)
def test_a_witness_that_says_nothing_is_listed_and_stops_nothing(old: Old, post: Callable[[bytes], Reply]) -> None:
    old.forget()
    old.posts["w1"] = post
    done = old.recover()
    assert [each.view for each in done.witnesses] == [View.SAME, View.SILENT, View.SAME]


def test_too_few_that_agree_are_not_enough_when_nobody_is_sure(old: Old) -> None:
    old.forget()
    old.posts |= {"w1": down, "w2": down}
    refusal = old.refused()
    assert (refusal.code, refusal.values["count"]) == ("survived_unsure", 1)
    assert "--newest" in refusal.message
    # The word of somebody, or what somebody holds, is enough then.
    shutil.copytree(old.stale, old.files.folder)
    assert old.recover(newest=(old.stale / "checkpoint").read_bytes()).size == 3
    old.forget()
    assert old.recover(sure=True).size == 3


def test_control_without_the_quorum_one_of_three_would_be_enough(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    old.forget()
    old.posts |= {"w1": down, "w2": down}
    blind = variant(witness_sizes, " or not policy.is_met(agreed)", "")
    monkeypatch.setattr(recovery, "check_newest", blind.check_newest)
    assert old.recover().size == 3


def test_a_policy_that_asks_for_nobody_vouches_for_nothing(old: Old) -> None:
    old.forget()
    old.policy("quorum none\n")
    assert old.refused().code == "survived_unsure"
    (Path(settings.DATA) / "policy").unlink()
    assert old.refused().code == "survived_unsure"


def test_what_a_witness_sent_must_be_its_cosignature_of_this_tree(old: Old) -> None:
    """An answer with 200 alone is no agreement: the lines are verified (`ledger/asking.py`)."""
    old.forget()
    old.posts |= {"w0": lie, "w1": lie, "w2": lie}
    assert old.refused().code == "survived_unsure"


def test_the_own_folder_is_not_continued_behind_a_witness_either(old: Old) -> None:
    """Not after a restore: somebody put an old copy of the whole folder back."""
    old.grow()
    old.show(2)
    shutil.rmtree(old.files.folder)
    shutil.copytree(old.stale, old.files.folder)
    with pytest.raises(NothingSurvived) as raised:
        recover_log(None, at=MONDAY, post_to=lambda url: old.posts[url])
    assert raised.value.code == "survived_witness"


def test_only_the_lines_of_the_log_are_shown_to_a_witness(old: Old) -> None:
    bodies: list[bytes] = []
    inner = old.posts["w1"]

    def noted(body: bytes) -> Reply:
        bodies.append(body)
        return inner(body)

    old.posts["w1"] = noted
    signed = old.files.signed()
    assert signed is not None
    other = sign_checkpoint(origin=LOG.name, size=3, root=signed.root, keys=[log_key(Path(settings.KEYS))])
    LogFiles(old.stale).publish(other + "— somebody.example AAAAAAAA\n".encode())
    old.forget()
    old.recover()
    assert bodies
    assert not any(b"somebody" in body for body in bodies)


def test_a_damaged_policy_is_refused_before_anything(old: Old) -> None:
    assert policy_here() is not None
    old.policy(urls=False)
    assert policy_here() is None
    (Path(settings.DATA) / "policy").write_text("witness\n")
    with pytest.raises(PolicyRefused):
        old.recover(sure=True)


def test_the_command_asks_and_tells(
    old: Old, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from melayani.site.commands import recover

    monkeypatch.setattr(recover, "open_instance", lambda _: None)
    usual = recovery.recover_log
    monkeypatch.setattr(
        recovery, "recover_log", lambda *a, **more: usual(*a, **more, post_to=lambda url: old.posts[url])
    )
    monkeypatch.setenv("MELAYANI_NOW", MONDAY.isoformat())
    old.posts["w2"] = down
    old.forget()
    mark_restored()
    asked = ["recover", "--ledger", str(old.stale)]
    # Neither --checkpoint nor --newest: the witnesses are enough.
    assert run(asked) == 0
    said = capsys.readouterr().out
    assert "Saksi a: menyaksikan 3 catatan ini, tidak lebih." in said
    assert "Saksi c: tidak menjawab." in said
    assert not is_marked()
    (Path(settings.DATA) / "policy").unlink()
    assert run(asked) == 2
    assert "--newest" in capsys.readouterr().err
