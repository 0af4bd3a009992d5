# SPDX-License-Identifier: EUPL-1.2
"""Asking a witness to cosign a checkpoint of ours, and believing nothing of what it answers before it is checked.

Source: C2SP tlog-witness, as the log sees it. `ask` is the conversation, whatever carries it; `http_post` carries it
over HTTP within a time that the other side cannot stretch.
"""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.encodings import read_decimal, write_base64
from melayani.ledger.merkle import HashAt, consistency_proof
from melayani.ledger.note import NoteRefused, SignatureLine, UnverifiedNote, split_note, verify_note
from melayani.ledger.vkeys import VerifierKey

ANSWER_SECONDS = 2.0
MOST_ANSWER_BYTES = 64 * 1024
# The size that we think, the size that it says, and once more for somebody who asked in between.
MOST_TRIES = 3


class Problem(StrEnum):
    """Why a witness has not cosigned."""

    NONE = ""
    DOWN = "down"  # it does not answer, or not as HTTP does
    REFUSED = "refused"  # it answers that it will not
    LIED = "lied"  # what it sent is no cosignature of this checkpoint by its key
    BEHIND = "behind"  # it has seen an older checkpoint, and others keep moving it on


class WitnessDown(Exception):  # noqa: N818  # an answer that is expected of machines far away
    """The witness cannot be asked now."""


@dataclass(frozen=True)
class Reply:
    """What came back: the status and at most 64 KiB."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Asked:
    """How it ended: `line` is a cosignature that holds, or None with a problem. `size`: the last that it cosigned."""

    line: SignatureLine | None
    problem: Problem
    size: int | None


Post = Callable[[bytes], Reply]


def request_body(*, old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """What is sent: the size it cosigned last, the proof from there, the checkpoint."""
    return "".join([f"old {old}\n", *(f"{write_base64(each)}\n" for each in proof), "\n"]).encode() + note


def ask(*, note: bytes, known: int, hash_at: HashAt, key: VerifierKey, post: Post) -> Asked:
    """The witness with `key` has been asked to cosign the checkpoint `note`; never raises for what it answers.

    `known`: the size it cosigned last, as far as we know; where it knows better, that counts. `hash_at` gives the
    hashes of the tree of the checkpoint.
    """
    parts = split_note(note)
    size, old = parse_checkpoint(parts.text).size, known
    for _ in range(MOST_TRIES):
        proof = consistency_proof(size1=old, size2=size, hash_at=hash_at) if old else []
        try:
            reply = post(request_body(old=old, proof=proof, note=note))
        except WitnessDown:
            return Asked(None, Problem.DOWN, None)
        if reply.status == 200:
            line = cosignature_in(reply.body, parts=parts, key=key)
            return Asked(line, Problem.NONE, size) if line else Asked(None, Problem.LIED, None)
        if reply.status >= 500:
            return Asked(None, Problem.DOWN, None)
        said = read_decimal(reply.body.decode("latin-1").removesuffix("\n")) if reply.status == 409 else None
        # A size beyond ours is none of this tree: it has seen a log of our name that we know nothing of.
        if said is None or said == old or said > size:
            return Asked(None, Problem.REFUSED, None)
        old = said
    return Asked(None, Problem.BEHIND, old)


def cosignature_in(answer: bytes, *, parts: UnverifiedNote, key: VerifierKey) -> SignatureLine | None:
    """The cosignature of the checkpoint by `key` among the lines of an answer; None unless one is there that holds."""
    whole = parts.text.encode() + b"\n" + answer
    try:
        text, verified = verify_note(whole, keys=[key])
    except NoteRefused:
        return None
    # The last empty line separates: an answer with one of its own would be signed for another text than ours.
    if text != parts.text:
        return None
    return SignatureLine(key.name, key.key_id, verified[0].signature)


def http_post(url: str) -> Post:
    """Sends a body to `add-checkpoint` of the witness at `url` and answers within two seconds, or raises `WitnessDown`.

    Nothing is followed elsewhere. The time is for all of it: one who sends a byte now and then is cut off too.
    """

    def post(body: bytes) -> Reply:
        ends, cut = time.monotonic() + ANSWER_SECONDS, threading.Event()
        try:
            connection, path = _connection(url)
            connection.connect()
            watch = threading.Timer(max(0.0, ends - time.monotonic()), _cut_off, [connection.sock, cut])
            watch.daemon = True
            watch.start()
            try:
                connection.request("POST", path, body=body, headers={"Content-Type": "text/plain"})
                response = connection.getresponse()
                content = response.read(MOST_ANSWER_BYTES + 1)
            finally:
                watch.cancel()
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise WitnessDown from error
        # What was cut off looks like an answer that came to its end.
        if cut.is_set() or response.length or len(content) > MOST_ANSWER_BYTES:
            raise WitnessDown
        return Reply(status=response.status, body=content)

    return post


def _connection(url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is not open yet, and the path. Raises ValueError for what is no address of a web server."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a witness is asked over http or https")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=ANSWER_SECONDS), parts.path.rstrip("/") + "/add-checkpoint"


def _cut_off(opened: socket.socket, cut: threading.Event) -> None:
    """Whoever waits for this connection hears that it has ended."""
    cut.set()
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
