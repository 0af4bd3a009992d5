# SPDX-License-Identifier: EUPL-1.2
"""A witness on the network: `POST /add-checkpoint` and nothing else (C2SP tlog-witness). Knows no Django.

Anybody may send anything: a body has a limit, a connection a lifetime, and only so many are open at once. Who asked is
not written down.
"""

import logging
import socket
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from melayani import __version__
from melayani.ground.clock import now
from melayani.ledger.keys import WITNESS_KEY_FILE, make_witness_key, witness_key
from melayani.ledger.vkeys import NoteKey, VerifierKey
from melayani.ledger.witnessing import MOST_REQUEST_BYTES, TEXT, Answer, Memory, add_checkpoint, open_memory

log = logging.getLogger("melayani.witness")
PATH = "/add-checkpoint"
MEMORY_FILE = "witness.sqlite3"
MOST_CONNECTIONS = 64
# How long we wait for the next byte, and how long a connection lives, whatever it does.
QUIET_SECONDS = 10.0
LIFE_SECONDS = 60.0


@dataclass(frozen=True)
class Witness:
    """What a witness is made of: the logs it knows, by origin, its memory, its key."""

    logs: Mapping[str, Sequence[VerifierKey]]
    memory: Memory
    key: NoteKey

    def answer(self, body: bytes) -> Answer:
        """The answer to a request; 503 while the memory cannot be used."""
        try:
            return add_checkpoint(body, logs=self.logs, memory=self.memory, key=self.key, at=int(now().timestamp()))
        except sqlite3.Error:
            log.exception("memory failed")
            return Answer(503, b"Ingatan saksi sedang tidak dapat dipakai.\n")


def open_witness(*, data: Path, keys: Path, logs: Mapping[str, Sequence[VerifierKey]], name: str = "") -> Witness:
    """The witness whose key lies in `keys` and whose memory in `data`; both are made the first time.

    Raises `KeysRefused` for a name that cannot be, and `WitnessRefused` when there is a key but no memory.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = not (keys / WITNESS_KEY_FILE).exists()
    # The memory first: after a crash between the two there is still no key that could have cosigned anything.
    memory = open_memory(data / MEMORY_FILE, fresh=fresh)
    if fresh:
        make_witness_key(keys, name=name)
    return Witness(logs=logs, memory=memory, key=witness_key(keys))


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness; more connections than it may hold are closed at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.witness = witness
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """A thread takes the connection, if one may be had."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """The connection is served to its end, or to the end of its life."""
        opened = request if isinstance(request, socket.socket) else request[1]
        end = threading.Timer(LIFE_SECONDS, _cut_off, [opened])
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  # the base's signature
        """Somebody hung up, or a bug: a line with the place of it, and no address."""
        log.exception("request failed")


def _cut_off(opened: socket.socket) -> None:
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection, for as many requests as it asks for."""

    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = f"melayani/{__version__}"
    sys_version = ""
    timeout = QUIET_SECONDS

    def do_POST(self) -> None:
        """The one thing that can be asked."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdecimal()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif len(length) > 9 or int(length) > MOST_REQUEST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif self.path != PATH:
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._send(self.server.witness.answer(body))

    def do_GET(self) -> None:
        """There is nothing to read here."""
        self._refuse(HTTPStatus.NOT_FOUND)

    def _refuse(self, status: HTTPStatus) -> None:
        """Without having read what was sent: so the connection ends."""
        self.close_connection = True
        self._send(Answer(status, f"{status.phrase}\n".encode(), TEXT))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base's signature
        """Nothing: a line would hold the address of whoever asked."""
