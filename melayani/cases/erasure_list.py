# SPDX-License-Identifier: EUPL-1.2
"""The file beside the keys that remembers which cases were erased, so that an old backup cannot bring them back.

Source: LEDGER "Erasure". One line of JSON for each erasure, written and synced before anything is destroyed:
`{"at", "number", "reason", "stream"}`; when every trace is gone a second line says `{"done": "<stream>"}`. It holds no
personal data, and it is only ever appended to. Like the keys it stays out of backups.
"""

import base64
import errno
import fcntl
import json
import logging
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from melayani.cases.erasing import Reason
from melayani.ground.durable import sync_folder

NAME = "erasures"
log = logging.getLogger("melayani.erasures")


@dataclass(frozen=True)
class Noted:
    """An erasure that was begun; `done`: all of it was carried through, traces included, in the database of then."""

    stream: bytes
    number: str
    reason: Reason
    at: datetime
    # Of a retention: only if the case was closed before this moment.
    closed_before: datetime | None = None
    done: bool = False


def note_erasure(
    *, keys: Path, stream: bytes, number: str, reason: Reason, at: datetime, closed_before: datetime | None = None
) -> None:
    """The erasure is remembered, durably, before it happens. Raises OSError when it cannot be; then erase nothing."""
    said = {"at": at.isoformat(), "number": number, "reason": reason.value, "stream": _written(stream)}
    if closed_before is not None:
        said["closed_before"] = closed_before.isoformat()
    _append(keys / NAME, said)


def note_done(*, keys: Path, stream: bytes) -> None:
    """The erasure of this stream was carried through to its end."""
    _append(keys / NAME, {"done": _written(stream)})


def noted_erasures(keys: Path) -> tuple[Noted, ...]:
    """What the file remembers, one for each case, in the order of their first lines; none when there is no file.

    A line that cannot be read was cut off by a crash before its erasure began; it is told in the log and left out.
    """
    path = keys / NAME
    if not path.exists():
        return ()
    found: dict[bytes, Noted] = {}
    finished: set[bytes] = set()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            _take(json.loads(line), found, finished)
        except (KeyError, TypeError, ValueError):
            log.warning("erasure line unreadable")
    return tuple(replace(one, done=one.stream in finished) for one in found.values())


def _take(said: dict[str, str], found: dict[bytes, Noted], finished: set[bytes]) -> None:
    if "done" in said:
        finished.add(base64.b64decode(said["done"], validate=True))
        return
    stream = base64.b64decode(said["stream"], validate=True)
    # Begun anew, after an old backup had brought the case back.
    finished.discard(stream)
    noted = Noted(
        stream=stream,
        number=str(said["number"]),
        reason=Reason(said["reason"]),
        at=datetime.fromisoformat(said["at"]),
        closed_before=datetime.fromisoformat(said["closed_before"]) if "closed_before" in said else None,
    )
    # The last line counts: what a citizen asked for is not bound by what a retention run had begun. The place is the
    # first one's.
    found[stream] = noted


def _written(stream: bytes) -> str:
    return base64.b64encode(stream).decode()


def _append(path: Path, said: dict[str, str]) -> None:
    """One more line, whole and durable, beside others too; a line that was cut off before stays one of its own."""
    line = json.dumps(said, sort_keys=True).encode() + b"\n"
    fresh = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        if end and os.pread(descriptor, 1, end - 1) != b"\n":
            line = b"\n" + line
        if file.write(line) != len(line):
            # The disk is full: half a line remembers nothing, so nothing may be destroyed.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(descriptor)
    if fresh:
        sync_folder(path.parent)
