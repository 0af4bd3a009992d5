# SPDX-License-Identifier: EUPL-1.2
"""A light HTTP client: a few keep-alive connections that send prepared bytes and time the answers."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CLIENTS = 8
Request = bytes


@dataclass
class Load:
    """What one run measured: answers a second, their times in milliseconds, and how many were not 2xx."""

    seconds: float
    times_ms: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Good answers a second."""
        return (len(self.times_ms) - self.failed) / self.seconds

    def percentile(self, share: float) -> float:
        """The time in milliseconds within which `share` (0-1) of the answers came."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def get(path: str, *, headers: str = "") -> Request:
    """The bytes of a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def post(path: str, body: bytes, *, headers: str = "") -> Request:
    """The bytes of a form POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def run(*, port: int, seconds: float, requests: Callable[[int], Iterator[Request]], clients: int = CLIENTS) -> Load:
    """`clients` connections send what `requests(client)` yields, one after another, for `seconds`."""
    load = Load(seconds=seconds)
    lock = threading.Lock()
    until = time.perf_counter() + seconds
    workers = [
        threading.Thread(target=_client, args=(port, until, requests(number), load, lock)) for number in range(clients)
    ]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    load.seconds = time.perf_counter() - begun
    return load


def _client(port: int, until: float, requests: Iterator[Request], load: Load, lock: threading.Lock) -> None:
    times: list[float] = []
    failed = 0
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for request in requests:
            begun = time.perf_counter()
            if begun >= until:
                break
            connection.sendall(request)
            status, keep = _answer(connection)
            times.append((time.perf_counter() - begun) * 1000)
            failed += not (200 <= status < 400)
            if not keep:
                connection.close()
                connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    finally:
        connection.close()
    with lock:
        load.times_ms += times
        load.failed += failed


def _answer(connection: socket.socket) -> tuple[int, bool]:
    """Reads one answer; its status and whether the connection stays open."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        data += chunk
    head = bytes(data[:end]).lower()
    status = int(head[9:12])
    mark = head.find(b"content-length:")
    if mark >= 0:
        length = int(head[mark + 15 : head.find(b"\r\n", mark) if head.find(b"\r\n", mark) >= 0 else None])
        missing = end + 4 + length - len(data)
        while missing > 0:
            chunk = connection.recv(65536)
            if not chunk:
                raise ConnectionError("the server closed the connection")
            missing -= len(chunk)
    elif status not in (204, 304):
        while not data.endswith(b"0\r\n\r\n"):
            data += connection.recv(65536)
    return status, b"connection: close" not in head
