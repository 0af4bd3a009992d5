# SPDX-License-Identifier: EUPL-1.2
"""`melayani monitor`: quiet over an honest log, loud over every other, patient with a bad line. Controls at the end."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import EMPTY_ROOT
from melayani.ledger.tiles import ENTRIES, Tile, read_bundle
from melayani.site import monitoring
from melayani.site.alarms import Alarm, MemoryBroken
from melayani.site.command import run
from melayani.site.fetching import Server, Unreachable
from melayani.site.monitoring import Memory, Seen, look
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, WITNESSES, a_key, variant
from tests.site.some_logs import ALog, Answer, Answering, served, shown

pytestmark = pytest.mark.once


def looked(answering: Answering, memory: Path, *, keep: Path | None = None, seconds: float = 5.0) -> Seen:
    """One look at a server that answers so."""
    with served(answering) as address:
        server = Server(address, seconds=seconds)
        return look(server, keys=[LOG.verifier], memory=Memory(memory), at=MONDAY, keep=keep)


def cried(answering: Answering, memory: Path, *, keep: Path | None = None) -> str:
    """The code of the alarm; the memory is as before."""
    before = memory.read_bytes() if memory.exists() else None
    with pytest.raises(Alarm) as raised:
        looked(answering, memory, keep=keep)
    assert (memory.read_bytes() if memory.exists() else None) == before
    return raised.value.code


@pytest.fixture
def log(tmp_path: Path) -> ALog:
    return ALog(tmp_path / "log").grow(300)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "memory.json"


def test_a_log_that_grows_is_followed(log: ALog, memory: Path) -> None:
    assert looked(shown(log), memory).before is None
    before = 300
    for more in (0, 1, 211, 256, 3_000):
        log.grow(more)
        seen = looked(shown(log), memory)
        assert (seen.before, seen.checkpoint.size) == (before, before + more)
        before += more
    assert memory.stat().st_mode & 0o077 == 0


def test_an_empty_log_is_a_beginning(tmp_path: Path, memory: Path) -> None:
    log = ALog(tmp_path / "empty")
    log.sign()
    assert looked(shown(log), memory).checkpoint.root == EMPTY_ROOT
    assert looked(shown(log.grow(5)), memory).before == 0


def test_a_log_that_shrank_is_cried(log: ALog, memory: Path) -> None:
    looked(shown(log), memory)
    log.sign(size=299)
    assert cried(shown(log), memory) == "shrunk"


@pytest.mark.parametrize(("more", "code"), [(0, "forked"), (50, "inconsistent")])
def test_another_history_is_cried(log: ALog, memory: Path, tmp_path: Path, more: int, code: str) -> None:
    looked(shown(log), memory)
    other = ALog(tmp_path / "other", salted="x").grow(300 + more)
    assert cried(shown(other), memory) == code


def test_a_checkpoint_of_another_key_or_log_is_cried(tmp_path: Path, memory: Path) -> None:
    other = ALog(tmp_path / "other", key=a_key(LOG.name, seed="other")).grow(3)
    assert cried(shown(other), memory) == "unsigned"
    stranger = ALog(tmp_path / "stranger", key=a_key("other.example/ledger"))
    stranger.sign(origin="other.example/ledger")
    assert cried(shown(stranger), memory) == "unsigned"
    assert cried(but(shown(other), "checkpoint", (200, b"<html>")), memory) == "unsigned"


def test_a_damaged_tile_is_cried(log: ALog, memory: Path) -> None:
    looked(shown(log), memory)
    log.grow(700)
    for tile in ("tile/0/003.p/232", "tile/1/000.p/3"):
        path = log.files.folder / tile
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        assert cried(shown(log), memory) in ("tiles", "inconsistent")
        path.write_bytes(whole[:-1])
        assert cried(shown(log), memory) == "tiles"
        path.write_bytes(whole)
    looked(shown(log), memory)


def but(honest: Answering, name: str, answer: Answer | None) -> Answering:
    """The honest answers, but this one."""
    return lambda path, body: answer if path.endswith(name) else honest(path, body)


@pytest.mark.parametrize("answer", [None, (500, b""), (302, b""), (200, b"x" * 300_000)])
def test_what_cannot_be_read_is_no_alarm(log: ALog, memory: Path, answer: Answer | None) -> None:
    with pytest.raises(Unreachable):
        looked(but(shown(log), "checkpoint", answer), memory)
    assert not memory.exists()


def withheld(log: ALog) -> Answering:
    """The checkpoint is shown, its tiles are not."""
    return lambda path, body: None if "/tile/" in path else shown(log)(path, body)


def test_a_fork_that_withholds_its_tiles_is_cried_all_the_same(log: ALog, memory: Path, tmp_path: Path) -> None:
    looked(shown(log), memory)
    fork = ALog(tmp_path / "fork").grow(300)
    fork._salted = "x"
    fork.grow(5)
    log.grow(5)
    with pytest.raises(Unreachable):
        looked(withheld(log), memory)
    before = memory.with_name("memory.json.unproven").read_bytes()
    assert cried(shown(fork), memory)
    assert memory.with_name("memory.json.unproven").read_bytes() == before
    # The control: without what was seen and not proven, the other tree would be the log.
    memory.with_name("memory.json.unproven").unlink()
    looked(shown(fork), memory)


def test_a_log_whose_tiles_were_away_for_a_moment_is_believed_again(log: ALog, memory: Path) -> None:
    looked(shown(log), memory)
    log.grow(5)
    with pytest.raises(Unreachable):
        looked(withheld(log), memory)
    log.grow(2)
    looked(shown(log), memory)
    assert not memory.with_name("memory.json.unproven").exists()


def test_an_answer_that_drips_or_breaks_off_is_given_up(log: ALog, memory: Path) -> None:
    for more in ({"pause": 0.05}, {"Content_Length": "9000"}):
        with served(shown(log), **more) as address, pytest.raises(Unreachable):
            look(Server(address, seconds=0.3), keys=[LOG.verifier], memory=Memory(memory), at=MONDAY)


def test_headers_that_drip_are_given_up_too(memory: Path) -> None:
    """The control: each byte alone comes in time."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            opened, _ = listening.accept()
            with opened, suppress(OSError):
                opened.recv(10_000)
                for letter in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 400:
                    opened.send(bytes([letter]))
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Unreachable):
            look(
                Server(f"http://127.0.0.1:{listening.getsockname()[1]}", seconds=0.5),
                keys=[LOG.verifier], memory=Memory(memory), at=MONDAY,
            )  # fmt: skip
        assert time.monotonic() - began < 5


def test_nobody_there(memory: Path) -> None:
    with pytest.raises(Unreachable):
        look(Server("http://127.0.0.1:9"), keys=[LOG.verifier], memory=Memory(memory), at=MONDAY)


def test_a_redirect_is_not_followed(log: ALog, memory: Path) -> None:
    with served(shown(log)) as inner:
        answering = but(shown(log), "checkpoint", (302, b""))
        with served(answering, Location=f"{inner}/ledger/checkpoint") as address, pytest.raises(Unreachable):
            look(Server(address), keys=[LOG.verifier], memory=Memory(memory), at=MONDAY)


@pytest.mark.parametrize("url", ["ftp://x.example", "file:///etc/passwd", "x.example", "http://", "http://x:y/", ""])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Server(url)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"note": "x"}', b"\xff"])
def test_a_broken_memory_is_said(log: ALog, memory: Path, content: bytes) -> None:
    memory.write_bytes(content)
    with pytest.raises(MemoryBroken):
        looked(shown(log), memory)
    assert memory.read_bytes() == content


# What is kept


def kept_entries(folder: Path, size: int) -> list[bytes]:
    files = LogFiles(folder)
    widths = [min(256, size - start) for start in range(0, size, 256)]
    return [
        entry
        for index, width in enumerate(widths)
        for entry in read_bundle(files.read(Tile(ENTRIES, index, width)), width=width)
    ]


def test_entries_are_kept_so_that_they_can_be_given_back(log: ALog, memory: Path, tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    asked: list[str] = []

    def noted(path: str, body: bytes) -> Answer | None:
        asked.append(path)
        return shown(log)(path, body)

    for more in (0, 5, 300):
        log.grow(more)
        asked.clear()
        looked(noted, memory, keep=keep)
        assert kept_entries(keep, log.size) == [log.entry(number) for number in range(log.size)]
        signed = LogFiles(keep).signed()
        assert signed is not None
        assert (signed.size, signed.note) == (log.size, log.files.published())
    assert not [path for path in asked if path.endswith("entries/000")]


def test_what_a_monitor_kept_is_a_log_that_survived(log: ALog, memory: Path, tmp_path: Path) -> None:
    from melayani.ledger.surviving import survived_files

    looked(shown(log), memory, keep=tmp_path / "kept")
    survived = survived_files(tmp_path / "kept", keys=[LOG.verifier], signed_at=0)
    assert list(survived.leaves) == [log.entry(number) for number in range(300)]


def test_entries_that_are_not_those_of_the_tree_are_cried_and_not_kept(log: ALog, memory: Path, tmp_path: Path) -> None:
    other = ALog(tmp_path / "other", salted="x").grow(300)
    wrong = other.files.read(Tile(ENTRIES, 0))
    assert cried(but(shown(log), "entries/000", (200, wrong)), memory, keep=tmp_path / "kept") == "entries"
    assert not (tmp_path / "kept" / "tile").exists()
    tiles = other.files.read(Tile(0, 0))
    both = but(but(shown(log), "entries/000", (200, wrong)), "tile/0/000", (200, tiles))
    assert cried(both, memory, keep=tmp_path / "kept") == "entries"


# On the command line


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run(["monitor", *map(str, arguments)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_program_says_one_line_and_its_exit_code(
    log: ALog, memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(shown(log)) as address:
        wanted = (address, "--vkey", LOG.vkey, "--memory", memory)
        code, out, _ = ran(capsys, *wanted)
        assert (code, out.count("\n")) == (0, 1)
        assert "COCOK: 300 catatan, pertama kali dilihat" in out
        assert "melanjutkan 300" in ran(capsys, *wanted, "--once")[1]
        log.sign(size=10)
        code, out, err = ran(capsys, *wanted)
        assert (code, out) == (1, "")
        assert "PERINGATAN. Buku besar menyusut: dahulu 300 catatan, sekarang 10." in err
        assert err.count("\n") == 1
        [evidence] = memory.parent.glob("memory.json.*.bukti")
        assert evidence.read_bytes() == log.files.published()
        assert json.loads(memory.read_bytes())["note"].split("\n")[1] == "300"


@pytest.mark.parametrize(
    "more",
    [
        ("x.example", "--vkey", LOG.vkey),
        ("http://x.example", "--vkey", "x"),
        ("http://x.example", "--vkey", WITNESSES[0].vkey),
        ("http://x.example", "--vkey", LOG.vkey, "--vkey", a_key("other.example/log").vkey),
        ("http://x.example", "--vkey", LOG.vkey, "--once", "--every", "5"),
        ("http://x.example", "--vkey", LOG.vkey, "--probe"),
        ("http://x.example", "--vkey", LOG.vkey, "--probe", "--api-key", "k", "--service", "PJU", "--place", "1",
         "--every", "60"),
        ("http://x.example",),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_exit_2(
    more: tuple[str, ...], memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, *more, "--memory", memory)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.prove
def test_a_monitor_needs_no_django_and_watches_until_it_must_cry(log: ALog, memory: Path) -> None:
    program = (
        "import sys, melayani.site.command as c; code = c.run(sys.argv[1:]); "
        "print('django' in sys.modules, flush=True); sys.exit(code)"
    )
    with served(shown(log)) as address:
        watching = subprocess.Popen(
            [
                sys.executable,
                "-c",
                program,
                "monitor",
                address,
                "--vkey",
                LOG.vkey,
                "--memory",
                str(memory),
                "--every",
                "1",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert watching.stdout is not None
        assert "COCOK: 300" in watching.stdout.readline()
        log.grow(10)
        while "COCOK: 310" not in watching.stdout.readline():
            assert watching.poll() is None
        log.sign(size=5)
        out, err = watching.communicate(timeout=20)
    assert watching.returncode == 1
    assert "PERINGATAN. Buku besar menyusut" in err
    assert out.endswith("False\n")


# Controls: a monitor without one of its checks is quiet where it must cry.


@pytest.mark.parametrize(
    ("step", "deceive"),
    [
        ("        if seen.size < last.size:\n", lambda log, _: log.sign(size=299)),
        ("        if seen.size == last.size and seen.root != last.root:\n", lambda log, tmp: forked(log, tmp, 0)),
        ("            verify_consistency(size1=last.size, root1=last.root, "
         "size2=seen.size, root2=seen.root, proof=proof)",
         lambda log, tmp: forked(log, tmp, 40)),
    ],
)  # fmt: skip
def test_without_a_check_a_monitor_is_deceived(
    log: ALog, memory: Path, tmp_path: Path, step: str, deceive: Callable[[ALog, Path], None]
) -> None:
    looked(shown(log), memory)
    deceive(log, tmp_path)
    assert cried(shown(log), memory)
    blind = variant(monitoring, step, "        if False:\n" if step.rstrip().endswith(":") else "            pass")
    with served(shown(log)) as address:
        blind.look(Server(address), keys=[LOG.verifier], memory=Memory(memory), at=MONDAY)


def forked(log: ALog, folder: Path, more: int) -> None:
    """The log shows another history from now on."""
    log.files = ALog(folder / "forked", salted="x").grow(log.size + more).files


def test_without_looking_at_entries_a_monitor_keeps_wrong_ones(log: ALog, memory: Path, tmp_path: Path) -> None:
    other = ALog(tmp_path / "other", salted="x").grow(300)
    wrong = but(shown(log), "entries/000", (200, other.files.read(Tile(ENTRIES, 0))))
    blind = variant(monitoring, "            if hashes.hash_at(0, first + place) != leaf:\n", "            if False:\n")
    with served(wrong) as address:
        look_of(blind)(Server(address), keys=[LOG.verifier], memory=Memory(memory), at=MONDAY, keep=tmp_path / "kept")


def look_of(module: object) -> Callable[..., Seen]:
    """Its `look`, with the proof of each bundle left out as well."""
    vars(module)["verify_inclusion"] = lambda **_: None
    found: Callable[..., Seen] = vars(module)["look"]
    return found
