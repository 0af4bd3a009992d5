# SPDX-License-Identifier: EUPL-1.2
"""What happens when more people come than can be served: those inside are served, the others are told at once to wait.

The server lets `INSIDE` connections into each web worker; the kernel keeps the rest queueing outside (granian's
backpressure). Without more, people would queue for minutes behind others who have long given up. So each request first
asks the kernel how many wait outside. While that many more would have to wait longer than `PATIENCE`, requests are
answered 503 with `Retry-After` in microseconds, until the queue is short again. docs/decisions/0019 has the figures.
"""

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from melayani.api.not_now import not_now
from melayani.site.middleware import security_headers

INSIDE = 128
PATIENCE = 2.0
# The kernel turns people away without a word when its own queue of 1,024 is full.
MOST_OUTSIDE = 512
# A connection stands outside for a moment whenever somebody comes. Only a queue that so many requests in a row have
# seen says that the house is full.
SURE_AFTER = 32
# How much a request counts in the mean of how long one takes.
WEIGHT = 0.05
RETRY_AFTER = "5"
STATUS = "503 Service Unavailable"
DETAIL = "Sistem sedang sangat ramai. Coba lagi beberapa detik lagi."
# A watchdog is always let through: it must not take a crowd for a breakdown.
ALWAYS_OPEN = "/status/health"
# Linux: struct tcp_info; of a listening socket `tcpi_unacked` is the number of connections that wait to be accepted.
TCP_INFO_LENGTH, WAITING_AT = 104, 24

Headers = list[tuple[str, str]]
Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


@dataclass(frozen=True)
class Answer:
    """A finished answer."""

    headers: Headers
    body: bytes


class Doorway:
    """The application behind a door: shows who comes in, and sends away who would wait too long.

    Where the kernel does not say how many wait, everybody is let in as before.
    """

    def __init__(self, application: Application, *, listener: socket.socket | None = None) -> None:
        """To be made before the workers fork, so that the pages are made once; each worker finds its own listener."""
        self._application = application
        self._listener = listener
        self._looked = listener is not None
        self._takes = 0.0
        self._seen = 0
        self._pages = {code: page_answer(code) for code, _name in settings.LANGUAGES}

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """The answer of the application, or that it is too crowded."""
        queue = self.waiting()
        self._seen = self._seen + 1 if queue else 0
        if queue and self._too_long(queue) and environ["PATH_INFO"] != ALWAYS_OPEN:
            answer = self._busy(environ["PATH_INFO"])
            start_response(STATUS, answer.headers + leaving(environ))
            return [answer.body]
        begun = time.perf_counter()
        try:
            return self._application(environ, closing(start_response, environ) if queue else start_response)
        finally:
            self._takes += WEIGHT * (time.perf_counter() - begun - self._takes)

    def waiting(self) -> int:
        """How many connections wait to be let into this worker."""
        if not self._looked:
            self._listener, self._looked = own_listener(), True
        if self._listener is None:
            return 0
        info = self._listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_LENGTH)
        return int(struct.unpack_from("=I", info, WAITING_AT)[0]) if len(info) == TCP_INFO_LENGTH else 0

    def _too_long(self, queue: int) -> bool:
        """Whether the last of the queue would wait too long. With a lasting queue outside, as many wait inside."""
        full = self._seen > SURE_AFTER and (INSIDE + queue) * self._takes > PATIENCE
        return queue > MOST_OUTSIDE or full

    def _busy(self, path: str) -> Answer:
        machine = not_now(path, DETAIL)
        if machine is not None:
            return _answer(machine)
        return self._pages.get(path[1:3] if path[3:4] in ("", "/") else "", self._pages[settings.LANGUAGE_CODE])


def leaving(environ: dict[str, Any]) -> Headers:
    """Makes room: the connection is not kept while others wait. With a body it stays, or the answer could get lost."""
    return [("Connection", "close")] if environ["REQUEST_METHOD"] in ("GET", "HEAD") else []


def closing(start_response: Start, environ: dict[str, Any]) -> Start:
    """Begins an answer after which the connection is not kept."""

    def start(status: str, headers: Headers, *more: Any) -> Any:
        return start_response(status, headers + leaving(environ), *more)

    return start


def own_listener() -> socket.socket | None:
    """The socket on which this process accepts connections; None where it cannot be found or asked."""
    if not hasattr(socket, "TCP_INFO"):
        return None
    folder = Path("/proc/self/fd")
    for file in folder.iterdir() if folder.exists() else ():
        try:
            copy = os.dup(int(file.name))
        except OSError:
            continue
        try:
            found = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        inet = found.family in (socket.AF_INET, socket.AF_INET6)
        if inet and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return found
        found.close()
    return None


def page_answer(language: str) -> Answer:
    """The page for people, in this language."""
    request = HttpRequest()
    request.method = "GET"
    request.path = "/" if language == settings.LANGUAGE_CODE else f"/{language}/"
    with translation.override(language):
        page = render_to_string("busy.html", {"request": request})
    bare = HttpResponse(page, headers={"Content-Language": language})
    return _answer(security_headers(lambda _request: bare)(request))


def _answer(answer: HttpResponse) -> Answer:
    answer.headers["Retry-After"] = RETRY_AFTER
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Length"] = str(len(answer.content))
    return Answer(headers=list(answer.items()), body=answer.content)
