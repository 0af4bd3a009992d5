# SPDX-License-Identifier: EUPL-1.2
"""The line between a phone and the house, which a test can cut: before a request arrives, or after it was heard."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Line:
    """Carries bytes to the address and back while it is up.

    `cut()`: nobody is reached any more. `cut_after_the_next_post()`: the next POST still arrives and is answered, but
    the answer never comes back, and the line is cut from then on. `mended()` ends both. `falsified`: bytes that arrive
    as others of the same length.
    """

    def __init__(self, address: str) -> None:
        """A line to the address, up."""
        target = urlsplit(address)
        self._target = (target.hostname or "", target.port or 80)
        self._up = True
        self._swallow = False
        self.falsified = (b"", b"")
        self._posting: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._ear.getsockname()[1]}"
        self.swallowed = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """No byte passes; what was open is closed."""
        with self._lock:
            self._up = False
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def cut_after_the_next_post(self) -> None:
        """The next POST is heard at the other end; nobody learns of it here."""
        self._posting = None
        self._swallow = True
        self.swallowed.clear()

    def mended(self) -> None:
        """Up again."""
        self._swallow = False
        self._up = True

    def close(self) -> None:
        """Down for good."""
        self.cut()
        self._ear.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _address = self._ear.accept()
            except OSError:
                return
            if not self._up:
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        far = socket.create_connection(self._target)
        with self._lock:
            self._open |= {near, far}
        forth = threading.Thread(target=self._pass_on, args=(near, far), daemon=True)
        forth.start()
        self._pass_back(far, near)
        for end in (near, far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        forth.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while heard := near.recv(65536):
                if heard.startswith(b"POST ") and self._swallow:
                    self._posting = far
                # What is to be falsified must come as it is.
                far.sendall(
                    heard.replace(b"Accept-Encoding: gzip", b"Accept-Encoding: none") if any(self.falsified) else heard
                )

    def _pass_back(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := far.recv(65536):
                if self._posting is far:
                    # The other end has answered, so it has done what was asked.
                    self.cut()
                    self.swallowed.set()
                    return
                true, false = self.falsified
                near.sendall(said.replace(true, false) if true else said)
