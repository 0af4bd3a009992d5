# SPDX-License-Identifier: EUPL-1.2
"""A point on the ground as people write it: read from a field, and written back in one form."""

import re

from melayani.ground.plain_text import plain_line

Point = tuple[float, float]
MOST_LETTERS = 60
# Two numbers with a point or a comma as decimal mark; "LS" and "S" say south, "BT" and "E" east.
_WRITTEN = re.compile(
    r"([-+]?\d{1,3}(?:[.,]\d{1,12})?)\s*(LS|S)?\s*[;,/\s]\s*([-+]?\d{1,3}(?:[.,]\d{1,12})?)\s*(?:BT|E)?",
    re.IGNORECASE | re.ASCII,
)
# What may be meant here: who leaves out the sign of a latitude means south, and who swaps both is understood.
MOST_SOUTH = 11.0


def read_point(typed: str) -> Point | None:
    """(latitude, longitude) of what was typed or pasted, such as "-8.1304, 112.5709" or "8,1304 LS 112,5709 BT".

    None when it is no point on earth. A point without a sign is read as south of the equator, as all of East Java is.
    """
    found = _WRITTEN.fullmatch(plain_line(typed[: 2 * MOST_LETTERS]).replace("−", "-").replace("°", "")[:MOST_LETTERS])
    if found is None:
        return None
    lat, long = (float(number.replace(",", ".")) for number in found.group(1, 3))
    if abs(lat) > 90:
        lat, long = long, lat
    if found[2] or 0 < lat < MOST_SOUTH:
        lat = -abs(lat)
    return (lat, long) if abs(lat) <= 90 and abs(long) <= 180 else None


def written_point(point: Point) -> str:
    """The point with five decimals (about a metre), as the field shows it."""
    return f"{point[0]:.5f}, {point[1]:.5f}"
