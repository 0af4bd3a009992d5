# SPDX-License-Identifier: EUPL-1.2
"""Who governs what: tiers, levels of places and their names, roles, how sure a point on the map is, and the room's
refusals. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from melayani.ground.errors import Refused
from melayani.ground.plain_text import search_form


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
SYSTEM = "system"  # who acts when nobody does: `init`, `demo`, imports

# Own choice, confidence C: eight wrong passwords in a quarter of an hour are a guesser, not a tired person.
MOST_FAILED_LOGINS = 8
FAILED_LOGINS_WITHIN = timedelta(minutes=15)

# All acts of administration are one stream of the ledger.
ADMINISTRATION_STREAM = hashlib.sha256(b"melayani/administration").digest()[:16]

# From the nearest village centre, measured on the village table of East Java: farther than this, nobody lives nearby.
SURE_WITHIN_KM = 6.0
PLAUSIBLE_WITHIN_KM = 16.0


class PlaceRefused(Refused):
    """The place is unknown, ambiguous, or the point is outside the province."""


class UnitRefused(Refused):
    """The unit is unknown or no longer active."""


class BodyRefused(Refused):
    """The referral body is unknown."""


class OfficerRefused(Refused):
    """The account cannot be made or changed like this."""


class ClientRefused(Refused):
    """The client cannot be registered like this."""


class FreeDayRefused(Refused):
    """The fact about the day is incomplete, contradicts itself, or says nothing new."""


class NotAdministrator(Refused):
    """Who acts is no administrator there."""


class LoginRefused(Refused):
    """Too many failed tries for this username; `wait_minutes` says when the next one is allowed."""

    def __init__(self, *, wait_minutes: int) -> None:
        super().__init__(
            "login_too_many",
            "Terlalu banyak percobaan masuk yang gagal. Coba lagi %(minutes)s menit lagi.",
            counted="minutes",
            minutes=wait_minutes,
        )
        self.wait_minutes = wait_minutes


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


def level_of(place_code: str) -> PlaceLevel:
    """The level of a place, by the number of parts of its code."""
    return (PlaceLevel.PROVINSI, PlaceLevel.KABKOTA, PlaceLevel.KECAMATAN, PlaceLevel.DESA)[place_code.count(".")]


def parent_of(place_code: str) -> str:
    """The code of the place around it; empty for the province."""
    return place_code.rpartition(".")[0]


def is_kelurahan(place_code: str) -> bool:
    """Whether a village is a kelurahan (its fourth part starts with 1) and not a desa (with 2; Kemendagri codes)."""
    return place_code.count(".") == 3 and place_code.rpartition(".")[2].startswith("1")


def place_full_name(place_code: str, names: Sequence[str]) -> str:
    """The name with its parents: "Desa Sukorejo, Kec. Bangsal, Kabupaten Mojokerto".

    `names` are the bare names from the province down to the place itself; regencies and cities carry their kind.
    """
    level = level_of(place_code)
    if level is PlaceLevel.PROVINSI:
        return f"Provinsi {names[-1]}"
    if level is PlaceLevel.KABKOTA:
        return names[-1]
    if level is PlaceLevel.KECAMATAN:
        return f"Kec. {names[-1]}, {names[-2]}"
    return f"{'Kel.' if is_kelurahan(place_code) else 'Desa'} {names[-1]}, Kec. {names[-2]}, {names[-3]}"


def place_search_name(place_code: str, name: str) -> str:
    """What people type for it: `search_form` of the name, of a regency or city without "Kabupaten" or "Kota"."""
    form = search_form(name)
    return form.split(" ", 1)[-1] if level_of(place_code) is PlaceLevel.KABKOTA else form


def wait_minutes(*, tries: Sequence[datetime], at: datetime) -> int:
    """In how many minutes the next login may be tried; 0 = now. `tries`: the moments of failed ones, in any order."""
    recent = sorted((tried for tried in tries if tried > at - FAILED_LOGINS_WITHIN), reverse=True)
    if len(recent) < MOST_FAILED_LOGINS:
        return 0
    free_at = recent[MOST_FAILED_LOGINS - 1] + FAILED_LOGINS_WITHIN
    return max(1, -((at - free_at) // timedelta(minutes=1)))
