# SPDX-License-Identifier: EUPL-1.2
"""A log in a folder without a database, and a small server that shows it to a monitor, honestly or not."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import root_at
from melayani.ledger.tiles import TilesRefused, parse_tile_path
from melayani.ledger.vkeys import NoteKey
from tests.ledger.some_keys import LOG, ORIGIN

# Status, body, and what to do between its bytes.
Answer = tuple[int, bytes]
Answering = Callable[[str, bytes], Answer | None]


class ALog:
    """A log that grows in a folder; `salted` makes one with other entries."""

    def __init__(self, folder: Path, *, salted: str = "", key: NoteKey = LOG) -> None:
        self.files, self.size, self._salted, self._key = LogFiles(folder), 0, salted, key

    def entry(self, number: int) -> bytes:
        """Entry `number`."""
        return f'{{"n":{number},"x":"{self._salted}"}}'.encode()

    def grow(self, more: int) -> "ALog":
        """The log has so many entries more and says so."""
        entries = [self.entry(number) for number in range(self.size, self.size + more)]
        self.files.write(grown(self.files, old=self.size, entries=entries))
        self.size += more
        self.sign()
        return self

    def sign(self, *, size: int | None = None, origin: str = ORIGIN) -> None:
        """A checkpoint of the first `size` entries is published."""
        covered = self.size if size is None else size
        root = root_at(size=covered, hash_at=self.files.hashes(covered).hash_at)
        self.files.publish(sign_checkpoint(origin=origin, size=covered, root=root, keys=[self._key]))


def shown(log: ALog) -> Answering:
    """How an honest server answers."""

    def answer(path: str, body: bytes) -> Answer | None:
        name = path.removeprefix("/ledger/")
        if name == "checkpoint":
            note = log.files.published()
            return None if note is None else (200, note)
        try:
            return 200, log.files.read(parse_tile_path(name))
        except TilesRefused:
            return None

    return answer


class _Handler(BaseHTTPRequestHandler):
    answering: Answering
    headers_too: dict[str, str] = {}
    pause = 0.0

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        found = self.answering(urlsplit(self.path).path, self.rfile.read(length))
        status, body = found or (404, b"")
        self.send_response(status)
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        if not self.pause and "Content-Length" not in self.headers_too:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._send(body)

    def _send(self, body: bytes) -> None:
        try:
            if not self.pause:
                self.wfile.write(body)
                return
            for at in range(0, len(body), 4):
                self.wfile.write(body[at : at + 4])
                time.sleep(self.pause)
        except OSError:
            return

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the shape of the standard library
        """Tests are quiet."""


@contextmanager
def served(answering: Answering, *, pause: float = 0.0, **headers: str) -> Iterator[str]:
    """The address of a server that answers so; `pause` in seconds after every four bytes."""
    settled = {name.replace("_", "-"): value for name, value in headers.items()}
    members = {"answering": staticmethod(answering), "pause": pause, "headers_too": settled}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), members))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
