# SPDX-License-Identifier: EUPL-1.2
"""Reading addresses of a stranger's server: bounded in size and time, never led elsewhere. Needs no Django."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR
from threading import Timer
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from melayani.ground.errors import Refused

CHUNK_BYTES = 64 * 1024


class Unreachable(Refused):
    """The server did not answer, not in time, or not with what was asked for. Says nothing about its log yet."""


@dataclass(frozen=True)
class Answered:
    """What the server said: its status, and the body when it is one of 200."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class _NoRedirects(HTTPRedirectHandler):
    """A redirect could lead to addresses inside our own network."""

    def redirect_request(  # noqa: PLR0917  # the shape of the standard library
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """No other address is asked."""


class _Watched(HTTPHandler):
    """Leaves each connection in `open`, so that somebody else can end it."""

    def __init__(self, connections: list[HTTPConnection]) -> None:
        super().__init__()
        self._connections = connections

    def http_open(self, req: Request) -> HTTPResponse:
        """As above, with a connection that is known."""

        def connection(host: str, **more: Any) -> HTTPConnection:
            self._connections.append(HTTPConnection(host, **more))
            return self._connections[-1]

        return self.do_open(connection, req)


class _WatchedTls(HTTPSHandler):
    """The same over TLS."""

    def __init__(self, connections: list[HTTPConnection]) -> None:
        super().__init__()
        self._connections = connections

    def https_open(self, req: Request) -> HTTPResponse:
        """As above."""

        def connection(host: str, **more: Any) -> HTTPSConnection:
            opened = HTTPSConnection(host, **more)
            self._connections.append(opened)
            return opened

        return self.do_open(connection, req)


def _cut_off(connections: list[HTTPConnection]) -> None:
    """Whoever waits for the headers of these waits no longer."""
    for connection in connections:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(SHUT_RDWR)


class Server:
    """A server at `address` (http or https), which may take `seconds` for each answer, connecting and all.

    Raises `ValueError` when the address is none that can be asked.
    """

    def __init__(self, address: str, *, seconds: float = 20.0) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(address)
        # Reading the port finds one that is no number.
        self.address = address.rstrip("/") if parts.port != 0 else ""
        self._seconds = seconds
        self._open: list[HTTPConnection] = []
        self._opener: OpenerDirector = build_opener(_NoRedirects, _Watched(self._open), _WatchedTls(self._open))

    def get(self, path: str, *, most: int) -> bytes:
        """The body at the path below the address, at most `most` bytes. Raises `Unreachable` for anything but 200."""
        answered = self.ask(path, most=most)
        if answered.status != 200:
            raise Unreachable("status", "%(path)s menjawab %(status)s, bukan 200.", path=path, status=answered.status)
        return answered.body

    def ask(
        self, path: str, *, most: int, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """The answer, whatever its status; with `form` it is a POST. Raises `Unreachable`."""
        sent = None if form is None else urlencode(form).encode()
        request = Request(f"{self.address}/{path}", data=sent, headers=dict(headers or {}))  # noqa: S310  # checked above
        until = time.monotonic() + self._seconds
        self._open.clear()
        # A byte now and then is an answer to every single reading: headers have an end as well.
        watch = Timer(self._seconds, _cut_off, [self._open])
        watch.daemon = True
        watch.start()
        try:
            with self._opener.open(request, timeout=self._seconds) as response:
                return Answered(response.status, self._body(response, path, most, until), dict(response.headers))
        except HTTPError as error:
            with error:
                return Answered(error.code, b"", dict(error.headers or {}))
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable("unreachable", "%(path)s tidak dapat dibaca dari layanan ini.", path=path) from error
        finally:
            watch.cancel()

    def _body(self, response: Any, path: str, most: int, until: float) -> bytes:
        """What comes, in pieces, so that neither an endless nor a slow answer holds us."""
        body = b""
        while piece := response.read1(CHUNK_BYTES):
            body += piece
            if len(body) > most:
                raise Unreachable("too_long", "%(path)s lebih panjang dari yang semestinya.", path=path)
            if time.monotonic() > until:
                raise Unreachable("too_slow", "%(path)s terlalu lambat dijawab.", path=path)
        if response.length:
            # The line broke: half an answer is no answer, and no reason to cry.
            raise Unreachable("cut", "%(path)s terputus di tengah jalan.", path=path)
        return body
