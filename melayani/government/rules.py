# SPDX-License-Identifier: EUPL-1.2
"""Who governs what: tiers, levels of places, roles, and how sure a point on the map is. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from melayani.ground.errors import Refused


class Tier(StrEnum):
    """The tier of government a unit belongs to."""

    PUSAT = "PUSAT"
    PROVINSI = "PROVINSI"
    KABUPATEN = "KABUPATEN"
    KOTA = "KOTA"


class PlaceLevel(StrEnum):
    """The level of a place in the administrative division."""

    PROVINSI = "provinsi"
    KABKOTA = "kabkota"
    KECAMATAN = "kecamatan"
    DESA = "desa"


class Role(StrEnum):
    """What an officer may do, always within a unit (the scope of the grant).

    TRIAGE: the triage desk of the unit's tier: sees and assigns what has no unit yet. OFFICER: works on the unit's
    cases. HEAD: leads the unit, gets reopened cases. INSPECTORATE: reads across units, secret cases too.
    ADMINISTRATOR: accounts, reference data, calendars; sees no case text.
    """

    TRIAGE = "triage"
    OFFICER = "officer"
    HEAD = "head"
    INSPECTORATE = "inspectorate"
    ADMINISTRATOR = "administrator"


class FreeDayKind(StrEnum):
    """Why a day is free (or, for WORKING, why it is not although it was)."""

    NATIONAL = "national"
    CUTI_BERSAMA = "cuti_bersama"
    LOCAL = "local"
    WORKING = "working"


class Confidence(StrEnum):
    """How sure a fact of a regulation is (DOMAIN): A read in the source, B secondary sources, C remembered."""

    A = "A"
    B = "B"
    C = "C"


TRIAGE_SECTOR = "koordinator"
PROVINCIAL_TRIAGE_SECTOR = "kominfo"
PROVINCE = "35"

# From the nearest village centre, measured on the village table of East Java: farther than this, nobody lives nearby.
SURE_WITHIN_KM = 6.0
PLAUSIBLE_WITHIN_KM = 16.0


class PlaceRefused(Refused):
    """The place is unknown, ambiguous, or the point is outside the province."""


@dataclass(frozen=True)
class FoundPlace:
    """The place a point belongs to. `ask` is true when the person should confirm it in words."""

    code: str
    distance_km: float
    ask: bool


def judged(*, code: str, distance_km: float) -> FoundPlace:
    """The place `code` for a point `distance_km` away: taken up to 6 km, taken and asked up to 16 km.

    Raises `PlaceRefused` beyond that.
    """
    if distance_km > PLAUSIBLE_WITHIN_KM:
        raise outside()
    return FoundPlace(code=code, distance_km=distance_km, ask=distance_km > SURE_WITHIN_KM)


def outside() -> PlaceRefused:
    """The refusal for a point too far from every village."""
    return PlaceRefused(
        "point_outside",
        "Titik ini di luar Jawa Timur atau jauh dari permukiman. "
        "Pilih kabupaten atau kota, lalu kecamatan dari daftar.",
    )


def region_of(place_code: str) -> str:
    """The code of the regency or city a place lies in (`35.07`), or of the province for the province itself."""
    return ".".join(place_code.split(".")[:2])


def tier_of_region(region_code: str) -> Tier:
    """PROVINSI for `35`, KOTA for `35.71` and above, KABUPATEN else (Kemendagri codes: cities start at 71)."""
    parts = region_code.split(".")
    if len(parts) < 2:
        return Tier.PROVINSI
    return Tier.KOTA if int(parts[1]) >= 71 else Tier.KABUPATEN
