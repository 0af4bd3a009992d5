# SPDX-License-Identifier: EUPL-1.2
"""The witness as a program: what it says on the network, races between two processes, and being killed."""

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from melayani.ledger.asking import ask, http_post
from melayani.ledger.checkpoint import open_checkpoint
from melayani.ledger.keys import witness_key
from melayani.ledger.vkeys import COSIGNATURE, VerifierKey, parse_vkey
from melayani.ledger.witnessing import Memory, Seen, logs_of
from melayani.site import witness as witness_module
from melayani.site.witness import Witness, WitnessServer, open_witness
from tests.ledger.some_keys import LOG, ORIGIN
from tests.ledger.test_witnessing import body_of, note_of, tree
from tests.site.running import one_line, run, started

pytestmark = pytest.mark.once


@dataclass(frozen=True)
class Running:
    """A server of this process."""

    address: tuple[str, int]
    witness: Witness
    server: WitnessServer

    def send(self, body: bytes, *, path: str = "/add-checkpoint", **headers: str) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        connection = http.client.HTTPConnection(*self.address, timeout=5)
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()


@contextmanager
def serving(folder: Path) -> Iterator[Running]:
    witness = open_witness(data=folder, keys=folder / "keys", logs=logs_of([LOG.vkey]), name="saksi.example")
    with WitnessServer(("127.0.0.1", 0), witness) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Running(("127.0.0.1", server.server_address[1]), witness, server)
        finally:
            server.shutdown()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with serving(tmp_path / "w") as running:
        yield running


def test_over_the_network(running: Running) -> None:
    status, content_type, line = running.send(body_of(0, 5))
    assert (status, content_type) == (200, "text/plain; charset=utf-8")
    key = running.witness.key
    opened = open_checkpoint(note_of(5) + line, logs=[LOG.verifier], witnesses=[key.verifier])
    assert [each.key for each in opened.cosignatures] == [key.verifier]
    assert running.send(body_of(3, 7)) == (409, "text/x.tlog.size", b"5\n")
    assert running.send(body_of(5, 5, side="b"))[0] == 200
    assert running.send(body_of(5, 7, side="b"))[0] == 200
    assert running.send(body_of(7, 7))[0] == 422
    assert running.send(b"x")[0] == 400
    url = f"http://127.0.0.1:{running.address[1]}"
    hash_at = tree(9, side="b").hash_at
    told = ask(note=note_of(9, side="b"), known=0, hash_at=hash_at, key=key.verifier, post=http_post(url))
    assert (told.problem, told.size) == ("", 9)


def test_several_requests_over_one_connection(running: Running) -> None:
    connection = http.client.HTTPConnection(*running.address, timeout=5)
    statuses = []
    for old, size in ((0, 1), (1, 2), (1, 2), (2, 3)):
        connection.request("POST", "/add-checkpoint", body=body_of(old, size))
        opened = connection.sock
        answer = connection.getresponse()
        answer.read()
        assert connection.sock is opened
        statuses.append(answer.status)
    assert statuses == [200, 200, 409, 200]


def raw(running: Running, sent: bytes) -> bytes:
    """The beginning of the answer to these bytes."""
    with socket.create_connection(running.address, timeout=5) as opened:
        opened.sendall(sent)
        return opened.recv(1000)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /add-checkpoint HTTP/1.1\r\n\r\n", 404),
        (b"PUT /add-checkpoint HTTP/1.1\r\n\r\n", 501),
        (b"POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
        (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", 400),
        (b"no HTTP at all\r\n\r\n", 400),
        (b"POST /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    ],
)
def test_whatever_else_is_sent(running: Running, sent: bytes, status: int) -> None:
    assert f" {status} ".encode() in raw(running, sent)[:40] or str(status).encode() in raw(running, sent)
    assert running.send(body_of(0, 1))[0] == 200


def test_a_connection_that_does_nothing_ends(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that sends a byte now and then is let go of; control: with a long life it is not."""
    monkeypatch.setattr(witness_module, "LIFE_SECONDS", 0.2)
    assert _ends(running, within=1.0)
    monkeypatch.setattr(witness_module, "LIFE_SECONDS", 60.0)
    assert not _ends(running, within=0.5)


def _ends(running: Running, *, within: float) -> bool:
    ends = time.monotonic() + within
    with socket.create_connection(running.address, timeout=5) as opened:
        opened.settimeout(0.02)
        while time.monotonic() < ends:
            try:
                opened.sendall(b"P")
                if opened.recv(10) == b"":
                    return True
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


def test_only_so_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_module, "MOST_CONNECTIONS", 3)
    with serving(tmp_path / "w") as running:
        held = [socket.create_connection(running.address, timeout=5) for _ in range(3)]
        time.sleep(0.1)
        with pytest.raises((OSError, http.client.HTTPException)):
            running.send(body_of(0, 1))
        for opened in held:
            opened.close()
        time.sleep(0.1)
        assert running.send(body_of(0, 1))[0] == 200


def test_a_memory_that_cannot_be_used_cosigns_nothing(running: Running) -> None:
    file = running.witness.memory.file
    content = file.read_bytes()
    file.write_bytes(b"broken" * 1000)
    assert running.send(body_of(0, 1))[0] == 503
    file.write_bytes(content)
    assert running.send(body_of(0, 1))[0] == 200


def test_key_and_memory_are_private_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with serving(folder) as running:
        running.send(body_of(0, 5))
        vkey = running.witness.key.vkey
    assert {path.name for path in folder.iterdir()} == {"keys", "witness.sqlite3"}
    for path in (folder / "witness.sqlite3", folder / "keys" / "witness.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert parse_vkey(vkey).kind == COSIGNATURE
    assert witness_key(folder / "keys").vkey == vkey
    with serving(folder) as again:
        assert again.witness.key.vkey == vkey
        assert again.send(body_of(0, 7))[2] == b"5\n"


# The program


def begun(process: "subprocess.Popen[str]") -> tuple[VerifierKey, str]:
    """Key and address of a witness that has just started."""
    assert process.stdout is not None
    word, name, vkey, url = process.stdout.readline().split()
    assert word == "witness"
    key = parse_vkey(vkey)
    assert key.name == name
    return key, url


@pytest.mark.prove
def test_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    start = ("witness", "--origin", LOG.vkey, "--data", folder, "--port", "0")
    with started(*start) as process:
        key, url = begun(process)
        told = ask(note=note_of(7), known=0, hash_at=tree(7).hash_at, key=key, post=http_post(url))
        assert (told.problem, told.size) == ("", 7)
        process.terminate()
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        assert process.stdout.read() == f"# {ORIGIN}\n"
    assert "Nama tidak dapat diganti" in one_line(run(*start, "--name", "lain.example"))
    (folder / "witness.sqlite3").unlink()
    done = run(*start)
    assert done.returncode == 2
    assert "hilang" in one_line(done)


@pytest.mark.prove
@pytest.mark.parametrize(
    "arguments", [(), ("--origin", "x"), ("--origin", LOG.vkey, "--name", "a b"), ("--origin", LOG.vkey, "--port", "x")]
)
def test_what_cannot_be_typed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run("witness", "--data", tmp_path / "w", *arguments)
    assert done.returncode == 2
    assert one_line(done)
    assert not (tmp_path / "w" / "keys").exists()


@pytest.mark.prove
def test_races_between_two_processes(tmp_path: Path) -> None:
    """Both sides of a log that shows two trees go to two processes of one witness, at once: it stays with one truth."""
    folder = tmp_path / "w"
    start = ("witness", "--origin", LOG.vkey, "--data", folder, "--port", "0", "--name", "saksi.example")
    with started(*start) as one, started(*start) as other:
        (key, first), (same, second) = begun(one), begun(other)
        assert key == same
        posts = [http_post(first), http_post(second)]

        def asked(number: int) -> tuple[int, str, bool]:
            size, side = 6 + number // 10, "ab"[number % 2]
            # From nothing, from where it may be, or from the size itself: whatever could slip through.
            told = ask(
                note=note_of(size, side=side), known=(0, 5, size)[number % 3],
                hash_at=tree(size, side=side).hash_at, key=key, post=posts[number // 2 % 2],
            )  # fmt: skip
            return size, side, told.line is not None

        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(asked, range(100)))
    sides = {side for size, side, cosigned in told if cosigned}
    assert len(sides) == 1, "two trees were cosigned"
    seen = Memory(folder / "witness.sqlite3").seen(ORIGIN)
    assert seen is not None
    largest = max(size for size, _, cosigned in told if cosigned)
    assert seen == Seen(largest, tree(largest, side=sides.pop()).root())


@pytest.mark.prove
def test_killed_between_keeping_and_answering_it_has_kept(tmp_path: Path) -> None:
    """A program that stops before each answer is killed there: whatever it would have answered is on the disk."""
    folder, code = tmp_path / "w", (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from melayani.ledger import witnessing\n"
        "from melayani.site.witness import WitnessServer, open_witness\n"
        "def cosign(**said):\n"
        "    print('kept', flush=True)\n"
        "    time.sleep(60)\n"
        "witnessing.cosign = cosign\n"
        "folder = Path(sys.argv[1])\n"
        "logs = witnessing.logs_of([sys.argv[2]])\n"
        "with WitnessServer(('127.0.0.1', 0), open_witness(data=folder, keys=folder / 'keys', logs=logs)) as server:\n"
        "    print(server.server_address[1], flush=True)\n"
        "    server.serve_forever()\n"
    )  # fmt: skip
    arguments = [sys.executable, "-c", code, str(folder), LOG.vkey]
    for old, size in ((0, 5), (5, 9)):
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            opened = socket.create_connection(("127.0.0.1", port), timeout=10)
            body = body_of(old, size)
            opened.sendall(f"POST /add-checkpoint HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            assert process.stdout.readline() == "kept\n"
            os.kill(process.pid, signal.SIGKILL)
            opened.close()
        assert Memory(folder / "witness.sqlite3").seen(ORIGIN) == Seen(size, tree(size).root())
    # Another truth finds the door shut, the same one is cosigned when it is asked for again.
    with serving(folder) as running:
        assert running.send(body_of(5, 9, side="b"))[2] == b"9\n"
        assert running.send(body_of(9, 9, side="b"))[0] == 422
        assert running.send(body_of(9, 9))[0] == 200
