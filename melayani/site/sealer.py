# SPDX-License-Identifier: EUPL-1.2
"""The one who seals: holds the log key inside the worker, and says so loudly when nothing may be signed."""

import logging
from pathlib import Path

from django.conf import settings

from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.ledger.keys import log_key, promise_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.sealing import seal
from melayani.ledger.vkeys import NoteKey

log = logging.getLogger("melayani.sealer")
# The disk is full, a file cannot be read: the code under which the status page tells it.
FILES_FAILED = "seal_files"


class Sealer:
    """Seals in each round of the worker. What it refuses is told once in the log and on the status page until it ends.

    A refusal stops only leaf indexes: acts are recorded and get their positions as always.
    """

    def __init__(self) -> None:
        self._files = LogFiles(Path(settings.LEDGER))
        self._key: NoteKey | None = None
        self._told: str | None = None

    def step(self) -> None:
        """What may enter the tree by now (20,000 at once) is in it, signed and published; or the reason is told."""
        try:
            key = self._key or self._taken_up()
            # Once a round, however much waits: positions and readers must not stand behind a large backlog.
            seal(files=self._files, keys=[key], at=now())
        except Refused as refused:
            self._tell(refused.code)
        except OSError:
            if self._told != FILES_FAILED:
                log.exception("log files failed")
            self._tell(FILES_FAILED)
        else:
            self._tell("")

    def _taken_up(self) -> NoteKey:
        """The log key, read once; the verifier keys are there for everybody."""
        keys = Path(settings.KEYS)
        key = log_key(keys)
        lines = [f"log {key.vkey}", f"promise {promise_key(keys).vkey}"]
        self._files.publish_keys("".join(line + "\n" for line in lines).encode())
        self._key = key
        return key

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
