# SPDX-License-Identifier: EUPL-1.2
"""Where a request is about: from a point, from the code of a place, or from an address in words.

A code names the place by itself; a point finds the nearest village, also inside a wider place that a code names; words
are read last. What words leave open goes to the triage desk of the province instead of being guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from melayani.api.open311.reading import Fields, finite_number
from melayani.government.queries import PlaceRow, found_place, place_row, read_address
from melayani.government.rules import PROVINCE, PROVINCIAL_TRIAGE_SECTOR, FoundPlace, PlaceRefused, region_of

MOST_ADDRESS = 300
DESK = f"{PROVINCE}.{PROVINCIAL_TRIAGE_SECTOR}"
NO_PLACE = "Tempatnya belum disebut. Kirim lat dan long, address_id, atau address_string."
NOT_FOUND = (
    "address_string tidak menyebut tempat di Jawa Timur yang kami kenal. "
    "Sebut desa atau kelurahan, kecamatan, dan kabupaten atau kota, atau kirim lat dan long."
)


@dataclass(frozen=True)
class Location:
    """The place (a code), the exact point and the address if they were said, and what the sender should check.

    `unsure_desk` is set when the place is open: it goes to that desk, and `unsure_why` says why.
    """

    place: str
    latitude: float | None = None
    longitude: float | None = None
    address: str = ""
    check: str = ""
    unsure_desk: str = ""
    unsure_why: str = ""


def read_location(fields: Fields) -> Location | None:
    """Where it is; None with the cause in `fields.problems`."""
    before = len(fields.problems)
    point = _point(fields)
    code = fields.one("address_id", most=60)
    address = fields.one("address_string", most=MOST_ADDRESS)
    if len(fields.problems) > before:
        return None
    try:
        if point is not None:
            return _at_point(point, code=code, address=address)
        if code:
            return Location(place=place_row(code).code, address=address)
    except PlaceRefused as refused:
        name = "address_id" if refused.code == "place_unknown" else "lat dan long"
        fields.problems.append(f"{name}: {refused.message}")
        return None
    if address:
        return _in_words(fields, address)
    fields.problems.append(NO_PLACE)
    return None


def _point(fields: Fields) -> tuple[float, float] | None:
    before = len(fields.problems)
    typed = {name: fields.one(name, most=80) for name in ("lat", "long")}
    if len(fields.problems) > before or not any(typed.values()):
        return None
    for name, text in typed.items():
        if not text:
            fields.problems.append(f"{name} tidak ada. Kirim lat dan long bersama.")
        elif finite_number(text) is None:
            fields.problems.append(f"{name} bukan angka. Tulis derajat desimal, misalnya -8.13.")
    lat, long = (finite_number(text) for text in typed.values())
    return None if lat is None or long is None else (lat, long)


def _at_point(point: tuple[float, float], *, code: str, address: str) -> Location:
    lat, long = point
    found = found_place(lat=lat, long=long)
    # A code around the village found says less than the point; any other code says more, or something else.
    place = place_row(found.code if not code or f"{found.code}.".startswith(f"{code}.") else code)
    return Location(place=place.code, latitude=lat, longitude=long, address=address, check=_to_check(found, place))


def _to_check(found: FoundPlace, place: PlaceRow) -> str:
    if region_of(found.code) != region_of(place.code):
        return f"Titiknya tampak di {place_row(found.code).full_name}. Periksa tempatnya."
    if found.ask:
        return f"Titik ini {found.distance_km:.0f} km dari {place_row(found.code).full_name}. Periksa tempatnya."
    return ""


def _in_words(fields: Fields, address: str) -> Location | None:
    reading = read_address(address)
    if reading.place_code is not None:
        return Location(place=reading.place_code, address=address)
    if not reading.candidates:
        fields.problems.append(NOT_FOUND)
        return None
    why = f"Alamatnya dapat berarti {_either(reading.candidates)}. Meja triase provinsi yang memastikan."
    return Location(place=PROVINCE, address=address, check=why, unsure_desk=DESK, unsure_why=why)


def _either(places: Sequence[PlaceRow], *, most: int = 3) -> str:
    """The names as a choice; this is public, so it holds names of places and never what was typed."""
    names = [place.full_name for place in places[:most]]
    if len(places) > most:
        return f"{'; '.join(names)}; atau {len(places) - most} tempat lain"
    return " atau ".join(names) if len(names) < 3 else f"{'; '.join(names[:-1])}; atau {names[-1]}"
