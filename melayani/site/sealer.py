# SPDX-License-Identifier: EUPL-1.2
"""The one who seals: holds the log key inside the worker, and says so loudly when nothing may be signed.

A key that is changed is taken up without a restart, and what is sealed is shown to the witnesses beside the sealing.
"""

import logging
from pathlib import Path

from django.conf import settings

from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.ledger.keys import RETIRED_FILE, Purpose
from melayani.ledger.log_files import LogFiles
from melayani.ledger.proof_keeping import prove_again
from melayani.ledger.rotation import KeysNow, keys_now
from melayani.ledger.sealing import seal
from melayani.site.restored import REFUSAL, is_marked
from melayani.site.witness_rounds import WitnessRounds

log = logging.getLogger("melayani.sealer")
# The disk is full, a file cannot be read: the code under which the status page tells it.
FILES_FAILED = "seal_files"
POLICY = "policy"
KEY_FILES = (RETIRED_FILE, *(name for purpose in Purpose for name in (purpose.file, purpose.next_file)))
KeysMark = tuple[tuple[int, int] | None, ...]


class Sealer:
    """Seals in each round of the worker. What it refuses is told once in the log and on the status page until it ends.

    A refusal stops only leaf indexes: acts are recorded and get their positions as always.
    """

    def __init__(self) -> None:
        self._files = LogFiles(Path(settings.LEDGER))
        self._keys: KeysNow | None = None
        self._mark: KeysMark | None = None
        self._told: str | None = None
        self._rounds = WitnessRounds(files=self._files, policy_file=Path(settings.DATA) / POLICY)

    def step(self) -> None:
        """What may enter the tree by now (20,000 at once) is in it, signed and published; or the reason is told."""
        if is_marked():
            self._tell(REFUSAL)
            return
        try:
            # Once a round, however much waits: positions and readers must not stand behind a large backlog.
            seal(files=self._files, keys=self._taken_up().log, at=now())
        except Refused as refused:
            self._tell(refused.code)
        except OSError:
            if self._told != FILES_FAILED:
                log.exception("log files failed")
            self._tell(FILES_FAILED)
        else:
            self._tell("")
        # Also after a refusal: what is published still wants to be seen.
        self._rounds.look()

    def _taken_up(self) -> KeysNow:
        """The keys that sign now, read again when a file of theirs has changed and while one is being changed."""
        folder = Path(settings.KEYS)
        mark = _mark(folder)
        if self._keys is None or not self._keys.settled or mark != self._mark:
            # An older mark than the keys only means that they are read once more.
            self._mark, self._keys = mark, None
            self._keys = keys_now(directory=folder, files=self._files)
            self._files.publish_keys("".join(f"{line}\n" for line in self._keys.lines).encode())
            if self._keys.settled:
                prove_again(self._files, keys=[key.verifier for key in self._keys.log])
        return self._keys

    def _tell(self, code: str) -> None:
        if code == self._told:
            return
        if code:
            log.error("sealing refused", extra={"code": code})
        elif self._told:
            log.info("sealing again")
        self._told = code
        try:
            self._files.tell_refusal(code)
        except OSError:
            log.exception("refusal cannot be written")


def _mark(folder: Path) -> KeysMark:
    """What the file system says of the key files: after a change it says another thing."""
    return tuple(_said(folder / name) for name in KEY_FILES)


def _said(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
