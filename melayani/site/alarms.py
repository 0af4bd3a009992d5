# SPDX-License-Identifier: EUPL-1.2
"""What a monitor cries, and what it says of its own memory. Needs no Django."""

from melayani.ground.errors import Refused


class Alarm(Refused):
    """The log contradicts itself, or what it signed: others must hear of it. `note` is the evidence, if any."""

    def __init__(self, code: str, sentence: str, *, note: bytes = b"", **values: object) -> None:
        super().__init__(code, sentence, counted="", **values)
        self.note = note


class MemoryBroken(Refused):
    """The memory of the monitor, or what it kept, cannot be read or is that of another log."""
