# SPDX-License-Identifier: EUPL-1.2
"""The drawn shapes of districts, and of regencies and cities, as they come with the program (`drawing.py` makes them).

They are drawn from the village table for orientation and decide nothing: which place a point belongs to is said by the
nearest village.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from melayani.government.packaged import DATA

Ring = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Shape:
    """Closed ways around a place, and the point deepest inside it; x grows eastwards, y southwards (`drawing`)."""

    rings: tuple[Ring, ...]
    middle: tuple[int, int]


def region_shapes() -> Mapping[str, Shape]:
    """The shape of every regency and city, by code; read from the package, so keep what you make of it."""
    return _read("regions")


def district_shapes() -> Mapping[str, Shape]:
    """The shape of every district, by code; read as those of the regions."""
    return _read("districts")


def _read(which: str) -> Mapping[str, Shape]:
    kept = json.loads((DATA / "shapes.json").read_text(encoding="utf-8"))[which]
    return {
        code: Shape(rings=tuple(_ring(flat) for flat in said["rings"]), middle=(said["middle"][0], said["middle"][1]))
        for code, said in kept.items()
    }


def _ring(flat: Sequence[int]) -> Ring:
    return tuple(zip(flat[::2], flat[1::2], strict=True))
