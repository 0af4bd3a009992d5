# SPDX-License-Identifier: EUPL-1.2
"""A QR code as a drawing in the page: one path, no picture file, no style, so that the strict policy allows it."""

from dataclasses import dataclass

import segno

# Modules of white that a reader needs around the code (ISO/IEC 18004).
QUIET = 4


@dataclass(frozen=True)
class QrCode:
    """A square of `size` modules with its quiet zone, and the dark modules as the data of an SVG path.

    To be drawn dark on white whatever the colours of the page: most readers take no other.
    """

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of `text`; a sixth of it may be dirty or torn (level M)."""
    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix
    steps = [
        f"M{QUIET + start} {QUIET + line}h{length}v1h-{length}z"
        for line, row in enumerate(rows)
        for start, length in _runs(row)
    ]
    return QrCode(size=len(rows) + 2 * QUIET, path="".join(steps))


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Where dark modules stand side by side in a row: (first, how many)."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if not dark:
            continue
        if found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((at, 1))
    return found
