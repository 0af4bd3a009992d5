# SPDX-License-Identifier: EUPL-1.2
"""The reference data that comes with the program, read from the files in `data/`. Pure but for reading the package."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from melayani.government.calendars import DayFact
from melayani.government.rules import PROVINCE, parent_of, place_full_name, place_search_name

DATA = Path(__file__).parent / "data"
SHIPPED_VERSION = 1


@dataclass(frozen=True)
class PlaceFacts:
    """One place. Only villages have coordinates of their own; the others stand at the mean of their villages."""

    code: str
    name: str
    full_name: str
    search_name: str
    postal_code: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class UnitFacts:
    """One unit; `parent` is the code of another unit or empty."""

    code: str
    name: str
    region_code: str
    sector: str
    parent: str
    is_triage_desk: bool
    confidence: str


@dataclass(frozen=True)
class YearFacts:
    """What is known of a year of the calendar."""

    year: int
    decree: str
    source: str
    confidence: str
    provisional: bool


@dataclass(frozen=True)
class BodyFacts:
    """One referral body."""

    code: str
    name: str
    what: str
    how: str
    source: str
    confidence: str


def places() -> list[PlaceFacts]:
    """All places, parents before children."""
    rows = _rows("places.csv")
    names = {row["code"]: row["name"] for row in rows}
    means = _means(rows)
    return [
        PlaceFacts(
            code=code,
            name=row["name"],
            full_name=place_full_name(code, [names[part] for part in _lineage(code)]),
            search_name=place_search_name(code, row["name"]),
            postal_code=row["postal_code"],
            latitude=float(row["latitude"]) if row["latitude"] else means[code][0],
            longitude=float(row["longitude"]) if row["longitude"] else means[code][1],
        )
        for row in rows
        for code in (row["code"],)
    ]


def _lineage(code: str) -> list[str]:
    """The codes from the province down to `code`."""
    parts = code.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _means(rows: list[dict[str, str]]) -> dict[str, tuple[float | None, float | None]]:
    """The mean point of the villages in each place around one, rounded to five decimals (about a metre)."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for row in rows:
        around = parent_of(row["code"]) if row["latitude"] else ""
        while around:
            total = sums[around]
            total[0] += float(row["latitude"])
            total[1] += float(row["longitude"])
            total[2] += 1
            around = parent_of(around)
    means: dict[str, tuple[float | None, float | None]] = defaultdict(lambda: (None, None))
    for code, (lat, long, count) in sums.items():
        means[code] = round(lat / count, 5), round(long / count, 5)
    return means


def units() -> list[UnitFacts]:
    """All units of the province, then those of each regency and city; parents before children."""
    with (DATA / "units.toml").open("rb") as file:
        table = tomllib.load(file)
    regions = [(row["code"], row["name"]) for row in _rows("places.csv") if row["code"].count(".") == 1]
    return [
        UnitFacts(
            code=f"{region_code}.{row['sector']}",
            name=row["name"].replace("{region}", region_name),
            region_code=region_code,
            sector=row["sector"],
            parent=f"{region_code}.{row['parent']}" if "parent" in row else "",
            is_triage_desk=row.get("triage_desk", False),
            confidence=table["confidence"],
        )
        for region_code, region_name, rows in (
            (PROVINCE, "", table["province"]),
            *((code, name, table["region"]) for code, name in regions),
        )
        for row in rows
    ]


def bodies() -> list[BodyFacts]:
    """All referral bodies."""
    with (DATA / "referral_bodies.toml").open("rb") as file:
        return [BodyFacts(**body) for body in tomllib.load(file)["body"]]


def day_facts() -> Iterator[DayFact]:
    """All national holidays and cuti bersama."""
    for row in _rows("free_days.csv"):
        yield DayFact(
            date=date.fromisoformat(row["date"]),
            region_code="",
            kind=row["kind"],
            name=row["name"],
            version=SHIPPED_VERSION,
        )


def years() -> list[YearFacts]:
    """What is known of each year."""
    return [
        YearFacts(
            year=int(row["year"]),
            decree=row["decree"],
            source=row["source"],
            confidence=row["confidence"],
            provisional=row["provisional"] == "yes",
        )
        for row in _rows("calendar_years.csv")
    ]


def known_years() -> list[int]:
    """The years that rest on a decree."""
    return [year.year for year in years() if not year.provisional]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
