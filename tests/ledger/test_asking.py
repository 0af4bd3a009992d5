# SPDX-License-Identifier: EUPL-1.2
"""Asking a witness: the conversation with an honest one, and everything a dishonest or broken one may answer."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from melayani.ledger import asking
from melayani.ledger.asking import Asked, Post, Problem, Reply, WitnessDown, ask, http_post
from melayani.ledger.cosignatures import cosign
from melayani.ledger.note import NoteRefused, SignatureLine, add_lines, split_note, verify_note
from melayani.ledger.policy import check_policy, parse_policy
from melayani.ledger.vkeys import NoteKey
from melayani.ledger.witnessing import Memory, add_checkpoint, logs_of, open_memory
from tests.ledger.some_keys import LOG, WITNESSES, variant
from tests.ledger.test_witnessing import AT, body_of, note_of, tree

W = WITNESSES[0]


def honest(memory: Memory) -> Post:
    """The way to an honest witness."""

    def post(body: bytes) -> Reply:
        answer = add_checkpoint(body, logs=logs_of([LOG.vkey]), memory=memory, key=W, at=AT)
        return Reply(answer.status, answer.body)

    return post


def asked(post: Post, *, size: int = 7, known: int = 0) -> Asked:
    return ask(note=note_of(size), known=known, hash_at=tree(size).hash_at, key=W.verifier, post=post)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return open_memory(tmp_path / "seen", fresh=True)


def test_it_cosigns_whatever_we_remember_of_it(memory: Memory) -> None:
    policy = parse_policy(f"log {LOG.vkey}\nwitness w {W.vkey}\nquorum w\n".encode())
    for size, known in ((5, 0), (5, 0), (7, 5), (9, 0), (12, 8), (12, 12)):
        told = asked(honest(memory), size=size, known=known)
        assert (told.problem, told.size) == (Problem.NONE, size)
        assert told.line is not None
        check_policy(add_lines(note_of(size), lines=[told.line]), policy=policy)


def test_the_empty_tree_is_cosigned_too(memory: Memory) -> None:
    assert asked(honest(memory), size=0).problem == Problem.NONE
    assert asked(honest(memory), size=1).problem == Problem.NONE


def line_of(key: NoteKey, *, text: str = "") -> bytes:
    signed = text or split_note(note_of(7)).text
    return str(SignatureLine(key.name, key.key_id, cosign(text=signed.encode(), key=key, at=AT))).encode()


ANSWERS = [
    (Reply(200, line_of(WITNESSES[1])), Problem.LIED),
    (Reply(200, line_of(W, text=split_note(note_of(9)).text)), Problem.LIED),
    (Reply(200, b""), Problem.LIED),
    (Reply(200, b"\xff\x00"), Problem.LIED),
    (Reply(200, line_of(W)[:-9] + b"\n"), Problem.LIED),
    (Reply(200, line_of(W) + b"and more\n"), Problem.LIED),
    (Reply(200, b"\n" + line_of(W)), Problem.LIED),
    # Signed, but for a longer text than ours: under our checkpoint this line would make the whole note invalid.
    (Reply(200, b"x\n\n" + line_of(W, text=split_note(note_of(7)).text + "\nx\n")), Problem.LIED),
    (Reply(403, b""), Problem.REFUSED),
    (Reply(404, line_of(W)), Problem.REFUSED),
    (Reply(422, b""), Problem.REFUSED),
    (Reply(302, b""), Problem.REFUSED),
    (Reply(409, b""), Problem.REFUSED),
    (Reply(409, b"0\n"), Problem.REFUSED),
    (Reply(409, b"8\n"), Problem.REFUSED),
    (Reply(409, b"-1\n"), Problem.REFUSED),
    (Reply(409, b"9" * 60_000), Problem.REFUSED),
    (Reply(500, b""), Problem.DOWN),
    (Reply(503, b""), Problem.DOWN),
]


@pytest.mark.parametrize(("reply", "problem"), ANSWERS, ids=lambda each: str(each)[:40])
def test_what_is_no_cosignature_is_not_taken(reply: Reply, problem: Problem) -> None:
    told = asked(lambda _: reply)
    assert (told.line, told.problem) == (None, problem)


def test_lines_of_others_beside_its_own_do_no_harm() -> None:
    told = asked(lambda _: Reply(200, line_of(WITNESSES[1]) + line_of(W)))
    assert told.line is not None
    assert told.line.name == W.name


def test_a_witness_that_keeps_moving_is_left_for_now() -> None:
    sizes = iter([b"1\n", b"2\n", b"3\n", b"4\n"])
    told = asked(lambda _: Reply(409, next(sizes)))
    assert told.problem == Problem.BEHIND
    assert next(sizes) == b"4\n"


def test_control_without_the_check_a_lie_is_published() -> None:
    broken = variant(asking, "text, verified = verify_note(whole, keys=[key])", "return split_note(whole).lines[0]")
    lie = Reply(200, line_of(W, text=split_note(note_of(9)).text))
    told = broken.ask(note=note_of(7), known=0, hash_at=tree(7).hash_at, key=W.verifier, post=lambda _: lie)
    assert told.line is not None


def test_control_without_the_check_of_the_text_a_line_for_another_text_is_published() -> None:
    broken = variant(asking, "if text != parts.text:", "if False:")
    lie = Reply(200, b"x\n\n" + line_of(W, text=split_note(note_of(7)).text + "\nx\n"))
    told = broken.ask(note=note_of(7), known=0, hash_at=tree(7).hash_at, key=W.verifier, post=lambda _: lie)
    assert told.line is not None
    with pytest.raises(NoteRefused):
        verify_note(add_lines(note_of(7), lines=[told.line]), keys=[W.verifier])


# Over HTTP


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of somebody who does with each connection what `serve` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def forever() -> None:
            with suppress(OSError):
                while True:
                    opened, _ = server.accept()
                    with opened, suppress(OSError):
                        serve(opened)

        threading.Thread(target=forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/prefix/"


def said(answer: bytes) -> Callable[[socket.socket], None]:
    def serve(opened: socket.socket) -> None:
        opened.recv(100_000)
        opened.sendall(answer)

    return serve


def dribble(opened: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000:
        opened.sendall(bytes([byte]))
        time.sleep(0.01)


def silence(_: socket.socket) -> None:
    time.sleep(1)


def test_over_http() -> None:
    seen: list[bytes] = []

    def serve(opened: socket.socket) -> None:
        seen.append(opened.recv(100_000))
        opened.sendall(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n5\n")

    with listening(serve) as url:
        assert http_post(url)(body_of(0, 7)) == Reply(409, b"5\n")
    assert seen[0].startswith(b"POST /prefix/add-checkpoint HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "serve",
    [
        dribble,
        silence,
        said(b""),
        said(b"no HTTP\r\n\r\n"),
        said(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        said(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (64 * 1024 + 1)),
    ],
    ids=["a byte now and then", "silence", "nothing", "no HTTP", "no chunks", "too much"],
)
def test_over_http_nobody_holds_us_up(serve: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.15)
    began = time.monotonic()
    with listening(serve) as url, pytest.raises(WitnessDown):
        http_post(url)(b"x")
    assert time.monotonic() - began < 0.6


@pytest.mark.parametrize(
    "url",
    ["", "ftp://w.example", "http://", "http://w.example:port", "file:///etc/passwd", "http://[", "http://127.0.0.1:1"],
)
def test_what_is_no_address_or_nobody_there_is_down(url: str) -> None:
    with pytest.raises(WitnessDown):
        http_post(url)(b"x")


def test_control_without_the_watch_a_byte_now_and_then_holds_us_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.15)
    broken = variant(asking, "watch.start()", "pass")
    vars(broken)["ANSWER_SECONDS"] = 0.15
    ended: list[float] = []

    def wait(url: str) -> None:
        with suppress(Exception):
            broken.http_post(url)(b"x")
        ended.append(time.monotonic())

    with listening(dribble) as url:
        waiting = threading.Thread(target=wait, args=(url,), daemon=True)
        waiting.start()
        waiting.join(0.6)
        assert not ended
