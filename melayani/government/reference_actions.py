# SPDX-License-Identifier: EUPL-1.2
"""Writes of reference data: units, places, and clients (other systems). Nothing is ever deleted: cases point to it.

`by` is the username of an administrator of the region, or of the province; clients are the province's. `seen` is the
mark of what the form showed (`administration.mark_of`). Every act is recorded with its reason, before and after.
"""

import re
import secrets
from datetime import datetime
from math import isfinite

from melayani.government.administration import (
    Facts,
    administration,
    check_administrator,
    check_news,
    check_seen,
    checked_reason,
    record_administration,
)
from melayani.government.models import ApiClient, Place, Unit
from melayani.government.queries import found_place, key_hash
from melayani.government.rules import (
    PROVINCE,
    SYSTEM,
    ClientRefused,
    Confidence,
    PlaceLevel,
    PlaceRefused,
    Tier,
    UnitRefused,
    place_full_name,
    place_search_name,
    tier_of_region,
)
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line

MOST_UNIT_NAME = 160
MOST_PLACE_NAME = 80
DECIMALS = 5  # about a metre
_SECTOR = re.compile(r"[a-z0-9][a-z0-9-]{1,29}")
_CLIENT_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


# Units


def unit_facts(unit: Unit) -> Facts:
    """What an administrator can change about a unit."""
    return {"name": unit.name, "active": unit.active}


def rename_unit(*, code: str, name: str, reason: str, by: str, at: datetime, seen: str = "") -> Unit:
    """The unit has this name. Cases keep the name they were written with until the next act on them.

    Refusals: `unit_unknown`, `unchanged`, `changed_meanwhile`, `text_...`, `NotAdministrator`.
    """
    name, reason = _checked_name(name), checked_reason(reason)
    with administration():
        unit = _unit_to_change(code, by=by, seen=seen)
        before = unit_facts(unit)
        unit.name = name
        _keep_unit(unit, before, kind="unit.renamed", reason=reason, by=by, at=at)
    forget_all()
    return unit


def add_unit(*, region_code: str, sector: str, name: str, reason: str, by: str, at: datetime) -> Unit:
    """The region has a unit for the field `sector`, under the code that is usual (`35.07.dishub`).

    Refusals: `sector_form`, `unit_taken` (a closed unit keeps its field: open it again), `place_unknown`, `text_...`,
    `NotAdministrator`.
    """
    name, reason, sector = _checked_name(name), checked_reason(reason), plain_line(sector).lower()
    code = f"{plain_line(region_code)}.{sector}"
    if not _SECTOR.fullmatch(sector):
        raise UnitRefused("sector_form", "Bidang ditulis dengan 2 sampai 30 huruf kecil, angka, atau tanda hubung.")
    with administration():
        region = Place.objects.filter(
            code=plain_line(region_code), level__in=(PlaceLevel.PROVINSI, PlaceLevel.KABKOTA)
        ).first()
        if region is None:
            raise PlaceRefused("place_unknown", "Wilayah ini tidak dikenal. Pilih provinsi, kabupaten, atau kota.")
        check_administrator(by, region_code=region.code)
        if Unit.objects.filter(code=code).exists() or Unit.objects.filter(region=region, sector=sector).exists():
            raise UnitRefused("unit_taken", "Bidang ini sudah punya unit di wilayah itu. Ubah namanya, atau buka lagi.")
        unit = Unit.objects.create(
            code=code,
            name=name,
            tier=tier_of_region(region.code),
            region=region,
            sector=sector,
            confidence=Confidence.B,
        )
        record_administration(
            kind="unit.added",
            event={"unit": unit.code, "region": region.code, "sector": sector},
            by=by,
            at=at,
            reason=reason,
            after=unit_facts(unit),
        )
    forget_all()
    return unit


def close_unit_alone(*, code: str, reason: str, by: str, at: datetime) -> Unit:
    """The unit gets no new cases. Whether rules and cases still need it is asked before, by `cases.close_unit`.

    Refusals: `unit_unknown`, `unit_same`, `unit_is_desk`, `text_...`, `NotAdministrator`.
    """
    reason = checked_reason(reason)
    with administration():
        unit = _unit_to_change(code, by=by)
        if not unit.active:
            raise UnitRefused("unit_same", "Unit ini sudah ditutup.")
        if unit.is_triage_desk:
            raise UnitRefused(
                "unit_is_desk", "Meja triase tidak dapat ditutup: di sini menunggu kasus yang belum punya unit."
            )
        before = unit_facts(unit)
        unit.active = False
        _keep_unit(unit, before, kind="unit.closed", reason=reason, by=by, at=at)
    forget_all()
    return unit


def open_unit(*, code: str, reason: str, by: str, at: datetime) -> Unit:
    """The unit gets new cases again. Refusals: as for closing, `unit_same` when it is open."""
    reason = checked_reason(reason)
    with administration():
        unit = _unit_to_change(code, by=by)
        if unit.active:
            raise UnitRefused("unit_same", "Unit ini sudah dibuka.")
        before = unit_facts(unit)
        unit.active = True
        _keep_unit(unit, before, kind="unit.opened", reason=reason, by=by, at=at)
    forget_all()
    return unit


def _checked_name(name: str) -> str:
    said = plain_line(name)
    check_length(said, least=3, most=MOST_UNIT_NAME, name="Nama unit")
    return said


def _unit_to_change(code: str, *, by: str, seen: str = "") -> Unit:
    """The unit, locked until the end of the transaction; refused unless `by` may and it is still what was seen."""
    unit = Unit.objects.select_for_update().filter(code=plain_line(code)).first()
    if unit is None:
        raise UnitRefused("unit_unknown", "Unit ini tidak dikenal. Pilih unit dari daftar.")
    check_administrator(by, region_code=unit.region_id)
    check_seen(seen, unit_facts(unit))
    return unit


def _keep_unit(unit: Unit, before: Facts, *, kind: str, reason: str, by: str, at: datetime) -> None:
    after = unit_facts(unit)
    check_news(before, after)
    unit.save(update_fields=["name", "active"])
    record_administration(kind=kind, event={"unit": unit.code}, by=by, at=at, reason=reason, before=before, after=after)


# Places


def place_facts(place: Place) -> Facts:
    """What an administrator can correct about a place; degrees as written, because facts hold no fractions."""
    return {"name": place.name, "latitude": _written(place.latitude), "longitude": _written(place.longitude)}


def correct_place(
    *,
    code: str,
    name: str,
    latitude: float | None,
    longitude: float | None,
    reason: str,
    by: str,
    at: datetime,
    seen: str = "",
) -> Place:
    """The place has this name and point, and what lies in it is named after it. Cases keep what they were written with.

    Refusals: `place_unknown`, `place_name` (a regency or city without its kind), `half_a_point`, `point_outside`,
    `unchanged`, `changed_meanwhile`, `text_...`, `NotAdministrator`.
    """
    name, reason = plain_line(name), checked_reason(reason)
    check_length(name, least=2, most=MOST_PLACE_NAME, name="Nama tempat")
    _check_point(latitude, longitude)
    with administration():
        place = Place.objects.select_for_update().filter(code=plain_line(code)).first()
        if place is None:
            raise PlaceRefused("place_unknown", "Tempat ini tidak dikenal. Pilih tempat dari daftar.")
        check_administrator(by, region_code=place.region_code)
        before = place_facts(place)
        check_seen(seen, before)
        _check_kind(place, name)
        renamed = place.name != name
        place.name, place.search_name = name, place_search_name(place.code, name)
        place.latitude, place.longitude = _rounded(latitude), _rounded(longitude)
        after = place_facts(place)
        check_news(before, after)
        place.save(update_fields=["name", "search_name", "latitude", "longitude"])
        if renamed:
            _rename_inside(place)
        record_administration(
            kind="place.corrected", event={"place": place.code}, by=by, at=at, reason=reason, before=before, after=after
        )
    forget_all()
    return place


def _written(degrees: float | None) -> str:
    return "" if degrees is None else f"{degrees:.{DECIMALS}f}"


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, DECIMALS)


def _check_point(latitude: float | None, longitude: float | None) -> None:
    """Raises `PlaceRefused` for half a point, and for one that is far from every village of the province."""
    if (latitude is None) != (longitude is None):
        raise PlaceRefused("half_a_point", "Isi lintang dan bujur bersama, atau kosongkan keduanya.")
    if latitude is None or longitude is None:
        return
    if not (isfinite(latitude) and isfinite(longitude)):
        raise PlaceRefused("point_outside", "Titik ini bukan koordinat.")
    try:
        found_place(lat=latitude, long=longitude)
    except PlaceRefused as refused:
        # What a citizen is told there, to choose from a list, does not help who corrects the list.
        raise PlaceRefused(
            refused.code, "Titik ini di luar Jawa Timur atau jauh dari permukiman. Periksa lintang dan bujurnya."
        ) from refused


def _check_kind(place: Place, name: str) -> None:
    """Raises `PlaceRefused` unless a regency or city is called by its kind, as addresses and codes expect."""
    if place.level != PlaceLevel.KABKOTA:
        return
    kind = "Kota" if tier_of_region(place.code) is Tier.KOTA else "Kabupaten"
    if not name.startswith(f"{kind} "):
        raise PlaceRefused("place_name", "Nama kabupaten diawali “Kabupaten”, nama kota diawali “Kota”.")


def _rename_inside(place: Place) -> None:
    """The full names of the place and of all that lies in it are as the names now are."""
    parts = place.code.split(".")
    around = [".".join(parts[:number]) for number in range(1, len(parts))]
    inside = list(Place.objects.filter(code__startswith=f"{place.code}."))
    names = dict(Place.objects.filter(code__in=around).values_list("code", "name"))
    names |= {found.code: found.name for found in (place, *inside)}
    for found in (place, *inside):
        codes = found.code.split(".")
        lineage = [names[".".join(codes[:number])] for number in range(1, len(codes) + 1)]
        found.full_name = place_full_name(found.code, lineage)
    Place.objects.bulk_update([place, *inside], ["full_name"], batch_size=200)


# Clients


def create_client(*, code: str, name: str, at: datetime, by: str = SYSTEM) -> str:
    """The other system is registered; answers its key, which is shown once and kept only as SHA-256.

    Refusals: `client_form`, `client_taken`, `text_...` for the name, `NotAdministrator`.
    """
    name = plain_line(name)
    if not _CLIENT_CODE.fullmatch(code):
        raise ClientRefused("client_form", "Kode sistem berisi 2 sampai 40 huruf kecil, angka, atau tanda hubung.")
    check_length(name, most=120, name="Nama")
    key = _fresh_key()
    with administration():
        check_administrator(by, region_code=PROVINCE)
        if ApiClient.objects.filter(code=code).exists():
            raise ClientRefused("client_taken", "Kode sistem ini sudah dipakai. Pilih kode lain.")
        ApiClient.objects.create(code=code, name=name, key_hash=key_hash(key), created_at=at)
        record_administration(kind="client.created", event={"client": code}, by=by, at=at)
    forget_all()
    return key


def renew_client_key(*, code: str, reason: str, by: str, at: datetime) -> str:
    """The client has a new key, answered once; the old one no longer opens anything.

    Refusals: `client_unknown`, `text_...`, `NotAdministrator`.
    """
    reason, key = checked_reason(reason), _fresh_key()
    with administration():
        client = _client_to_change(code, by=by)
        client.key_hash = key_hash(key)
        client.save(update_fields=["key_hash"])
        record_administration(kind="client.key_renewed", event={"client": client.code}, by=by, at=at, reason=reason)
    forget_all()
    return key


def disable_client(*, code: str, reason: str, by: str, at: datetime) -> ApiClient:
    """The client's key opens nothing any more.

    Refusals: `client_unknown`, `client_same`, `text_...`, `NotAdministrator`.
    """
    return _set_client(code=code, active=False, reason=reason, by=by, at=at)


def enable_client(*, code: str, reason: str, by: str, at: datetime) -> ApiClient:
    """The client's key opens again. Refusals: as for `disable_client`."""
    return _set_client(code=code, active=True, reason=reason, by=by, at=at)


def _set_client(*, code: str, active: bool, reason: str, by: str, at: datetime) -> ApiClient:
    reason = checked_reason(reason)
    with administration():
        client = _client_to_change(code, by=by)
        if client.active == active:
            raise ClientRefused("client_same", "Keadaan sistem ini sudah seperti itu.")
        client.active = active
        client.save(update_fields=["active"])
        kind = "client.enabled" if active else "client.disabled"
        record_administration(
            kind=kind, event={"client": client.code}, by=by, at=at, reason=reason,
            before={"active": not active}, after={"active": active},
        )  # fmt: skip
    forget_all()
    return client


def _client_to_change(code: str, *, by: str) -> ApiClient:
    check_administrator(by, region_code=PROVINCE)
    client = ApiClient.objects.select_for_update().filter(code=plain_line(code)).first()
    if client is None:
        raise ClientRefused("client_unknown", "Sistem ini tidak dikenal.")
    return client


def _fresh_key() -> str:
    return secrets.token_urlsafe(32)
