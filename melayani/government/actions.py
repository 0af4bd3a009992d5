# SPDX-License-Identifier: EUPL-1.2
"""Writes of the room: accounts, clients, free days, failed logins. Loading reference data stands in `loading.py`.

`by` is the username of the officer who acts, or "system"; only administrators may, each within their region, those of
the province everywhere. Every act is recorded as one entry of the administrative stream: ids and codes, never names.
"""

import re
import secrets
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date as Date  # noqa: N812  # `date` is the name of an argument that faces pass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max

from melayani.government.loading import load_government
from melayani.government.models import AdministrativeAct, ApiClient, FreeDay, LoginTry, Officer, Place, RoleGrant, Unit
from melayani.government.queries import key_hash
from melayani.government.rules import (
    ADMINISTRATION_STREAM,
    FAILED_LOGINS_WITHIN,
    MOST_FAILED_LOGINS,
    PROVINCE,
    SYSTEM,
    ClientRefused,
    FreeDayKind,
    FreeDayRefused,
    LoginRefused,
    NotAdministrator,
    OfficerRefused,
    PlaceLevel,
    PlaceRefused,
    Role,
    UnitRefused,
    wait_minutes,
)
from melayani.ground.canonical_json import Json
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.ground.sealing import derived
from melayani.ground.working_days import weekend_reason
from melayani.ledger.actions import record
from melayani.ledger.rules import new_salt

__all__ = [
    "check_administrator",
    "check_login_allowed",
    "create_client",
    "create_officer",
    "deactivate_officer_account",
    "load_government",
    "note_failed_login",
    "record_administration",
    "set_free_day",
    "set_password",
]

ADMINISTRATION_LOCK = 0x4D454C42  # an arbitrary but fixed number for PostgreSQL's advisory lock, beside the ledger's
MOST_PASSWORD = 200
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")
_CLIENT_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


@contextmanager
def _administration() -> Iterator[None]:
    """One short transaction, one act of administration at a time: no gaps and no doubles in sequences and versions."""
    with transaction.atomic():
        _take_turn()
        yield


def _take_turn() -> None:
    """Wait for the other administrative acts; on SQLite the single write lane has seen to it already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADMINISTRATION_LOCK])


def record_administration(*, kind: str, event: Mapping[str, Json], by: str, at: datetime) -> AdministrativeAct:
    """The act is in the administrative stream: its row and its ledger entry, in the transaction of the caller.

    For rooms above too, whose own acts change reference data. `event`: ids and codes only; who and when are added.
    Who may is for the caller to check; raises `NotAdministrator` when `by` is nobody with an open account.
    """
    _take_turn()
    officer = _acting(by)
    highest = AdministrativeAct.objects.aggregate(highest=Max("sequence"))["highest"]
    sequence = 0 if highest is None else highest + 1
    data: dict[str, Json] = {**event, "at": at.isoformat(), "by": officer.pk if officer else SYSTEM}
    entry = record(stream=ADMINISTRATION_STREAM, sequence=sequence, kind=kind, event=data, salt=new_salt(), at=at)
    return AdministrativeAct.objects.create(
        entry=entry, sequence=sequence, kind=kind, at=at, officer=officer, data=data
    )


def _acting(by: str) -> Officer | None:
    """The officer who acts, None for the system; raises `NotAdministrator` when there is no such open account."""
    if by == SYSTEM:
        return None
    officer = Officer.objects.filter(username=by, is_active=True).first()
    if officer is None:
        raise NotAdministrator("acting_unknown", "Akun yang bertindak tidak dikenal atau sudah ditutup.")
    return officer


def check_administrator(by: str, *, region_code: str) -> None:
    """Raises `NotAdministrator` unless the system, or an administrator of the region or of the province, acts."""
    officer = _acting(by)
    if officer is None:
        return
    grants = RoleGrant.objects.filter(officer=officer, role=Role.ADMINISTRATOR)
    if not {PROVINCE, region_code}.intersection(grants.values_list("unit__region_id", flat=True)):
        raise NotAdministrator("administrator_only", "Hanya administrator wilayah ini yang dapat melakukannya.")


# Accounts


def create_officer(
    *, username: str, name: str, unit_code: str, password: str, roles: Collection[str], by: str, at: datetime,
    must_change_password: bool = False,
) -> Officer:  # fmt: skip
    """The officer has an account in the unit and holds `roles` there.

    Refusals: `username_form`, `username_taken`, `role_unknown`, `password_weak`, `text_...` for the name,
    `UnitRefused`, `NotAdministrator`.
    """
    username, name = username.strip().lower(), plain_line(name)
    if not _USERNAME.fullmatch(username) or username == SYSTEM:
        raise OfficerRefused(
            "username_form", "Nama pengguna berisi 3 sampai 60 huruf kecil, angka, titik, atau tanda hubung."
        )
    check_length(name, most=120, name="Nama")
    if not roles or not set(roles) <= {role.value for role in Role}:
        raise OfficerRefused("role_unknown", "Pilih paling sedikit satu peran dari daftar.")
    hashed = _hashed(password, username=username, name=name)
    with _administration():
        unit = Unit.objects.filter(code=unit_code, active=True).first()
        if unit is None:
            raise UnitRefused("unit_unknown", "Unit ini tidak dikenal atau tidak aktif lagi.")
        # The inspectorate reads secret cases: only the province may appoint it.
        region = PROVINCE if Role.INSPECTORATE in roles else unit.region_id
        check_administrator(by, region_code=region)
        if Officer.objects.filter(username=username).exists():
            raise OfficerRefused("username_taken", "Nama pengguna ini sudah dipakai. Pilih nama lain.")
        officer = Officer.objects.create(
            username=username, name=name, unit=unit, password=hashed, must_change_password=must_change_password
        )
        held = sorted({Role(role).value for role in roles})
        RoleGrant.objects.bulk_create(RoleGrant(officer=officer, role=role, unit=unit) for role in held)
        record_administration(
            kind="officer.created",
            event={"officer": officer.pk, "unit": unit.code, "roles": list[Json](held)},
            by=by,
            at=at,
        )
    return officer


def set_password(*, username: str, password: str, by: str, at: datetime) -> Officer:
    """The officer has a new password. Set by somebody else, it must be changed at the next login; old sessions end.

    Refusals: `officer_unknown` (or inactive), `password_weak`, `NotAdministrator`.
    """
    username = username.strip().lower()
    known = _active_officer(username)
    hashed = _hashed(password, username=username, name=known.name)
    with _administration():
        officer = _active_officer(username)
        own = by == officer.username
        if not own:
            check_administrator(by, region_code=officer.unit.region_id)
        officer.password = hashed
        officer.must_change_password = not own
        officer.save(update_fields=["password", "must_change_password"])
        record_administration(
            kind="officer.password_changed" if own else "officer.password_reset",
            event={"officer": officer.pk},
            by=by,
            at=at,
        )
    return officer


def deactivate_officer_account(*, username: str, by: str, at: datetime) -> Officer:
    """The officer can no longer log in, and open sessions end. What the officer did stays.

    Refusals: `officer_unknown` (or inactive already), `own_account`, `NotAdministrator`.
    """
    with _administration():
        officer = _active_officer(username.strip().lower())
        check_administrator(by, region_code=officer.unit.region_id)
        if by == officer.username:
            raise OfficerRefused("own_account", "Akun sendiri tidak dapat ditutup. Minta administrator lain.")
        officer.is_active = False
        officer.save(update_fields=["is_active"])
        record_administration(kind="officer.deactivated", event={"officer": officer.pk}, by=by, at=at)
    return officer


def _active_officer(username: str) -> Officer:
    officer = Officer.objects.select_related("unit").filter(username=username, is_active=True).first()
    if officer is None:
        raise OfficerRefused("officer_unknown", "Akun ini tidak dikenal atau sudah ditutup.")
    return officer


def _hashed(password: str, *, username: str, name: str) -> str:
    """The password hashed (slow, so never inside a transaction); refused when too weak or absurdly long."""
    if len(password) > MOST_PASSWORD:
        raise OfficerRefused("password_weak", f"Kata sandi terlalu panjang. Paling banyak {MOST_PASSWORD} huruf.")
    try:
        validate_password(password, user=Officer(username=username, name=name))
    except ValidationError as error:
        raise OfficerRefused("password_weak", " ".join(error.messages)) from error
    return make_password(password)


# Clients


def create_client(*, code: str, name: str, at: datetime) -> str:
    """The other system is registered; answers its key, which is shown once and kept only as SHA-256.

    Refusals: `client_form`, `client_taken`, `text_...` for the name.
    """
    name = plain_line(name)
    if not _CLIENT_CODE.fullmatch(code):
        raise ClientRefused("client_form", "Kode klien berisi 2 sampai 40 huruf kecil, angka, atau tanda hubung.")
    check_length(name, most=120, name="Nama")
    key = secrets.token_urlsafe(32)
    with _administration():
        if ApiClient.objects.filter(code=code).exists():
            raise ClientRefused("client_taken", "Kode klien ini sudah dipakai. Pilih kode lain.")
        ApiClient.objects.create(code=code, name=name, key_hash=key_hash(key), created_at=at)
        record_administration(kind="client.created", event={"client": code}, by=SYSTEM, at=at)
    forget_all()
    return key


# The calendar


def set_free_day(*, date: Date, kind: str, name: str, region_code: str, reason: str, by: str, at: datetime) -> FreeDay:
    """A new version of the calendar says this about the day; `region_code` empty = everywhere.

    National days and cuti bersama hold everywhere, local ones in a region, and WORKING takes back an earlier fact of
    the same region. Promises given are not touched here: moving them is an act on each case, and never shortens one.
    Refusals: `FreeDayRefused`, `PlaceRefused`, `text_...` for name and reason, `NotAdministrator`.
    """
    name, reason = plain_line(name), plain_line(reason)
    check_length(name, most=120, name="Nama hari", least=0 if kind == FreeDayKind.WORKING else 1)
    check_length(reason, most=300, name="Alasan", least=3)
    _check_kind(kind=kind, region_code=region_code, date=date)
    with _administration():
        check_administrator(by, region_code=region_code or PROVINCE)
        if region_code and not _is_region(region_code):
            raise PlaceRefused("place_unknown", "Wilayah ini tidak dikenal. Pilih provinsi, kabupaten, atau kota.")
        _check_news(date=date, kind=kind, name=name, region_code=region_code)
        version = (FreeDay.objects.aggregate(highest=Max("version"))["highest"] or 0) + 1
        day = FreeDay.objects.create(
            date=date,
            region_id=region_code or None,
            kind=kind,
            name=name,
            version=version,
            reason=reason,
            recorded_by=_acting(by),
            recorded_at=at,
        )
        record_administration(
            kind="calendar.day_set",
            event={"date": date.isoformat(), "kind": kind, "region": region_code, "version": version},
            by=by,
            at=at,
        )
    forget_all()
    return day


def _is_region(code: str) -> bool:
    return Place.objects.filter(code=code, level__in=(PlaceLevel.PROVINSI, PlaceLevel.KABKOTA)).exists()


def _check_kind(*, kind: str, region_code: str, date: Date) -> None:
    """Raises `FreeDayRefused` when kind, region and day contradict each other."""
    if kind not in {member.value for member in FreeDayKind}:
        raise FreeDayRefused("day_kind", "Jenis hari tidak dikenal. Pilih dari daftar.")
    if kind == FreeDayKind.LOCAL and not region_code:
        raise FreeDayRefused("day_region", "Hari libur daerah harus menyebut wilayahnya.")
    if kind in (FreeDayKind.NATIONAL, FreeDayKind.CUTI_BERSAMA) and region_code:
        raise FreeDayRefused("day_region", "Libur nasional dan cuti bersama berlaku di semua wilayah.")
    if kind == FreeDayKind.WORKING and weekend_reason(date):
        raise FreeDayRefused("day_weekend", "Sabtu dan Minggu tidak dapat dijadikan hari kerja.")


def _check_news(*, date: Date, kind: str, name: str, region_code: str) -> None:
    """Raises `FreeDayRefused` when the newest fact about the day and region says the same already."""
    facts = FreeDay.objects.filter(date=date, region_id=region_code or None)
    newest = facts.order_by("-version").values_list("kind", "name").first()
    was_free = newest is not None and newest[0] != FreeDayKind.WORKING
    if kind == FreeDayKind.WORKING and not was_free:
        raise FreeDayRefused("day_unchanged", "Hari ini memang hari kerja di wilayah itu.")
    if newest == (kind, name):
        raise FreeDayRefused("day_unchanged", "Hari ini sudah tercatat seperti itu.")


# Logins


def check_login_allowed(*, username: str, at: datetime) -> None:
    """Raises `LoginRefused` after 8 failed tries within 15 minutes. To be called before a password is hashed.

    The same for names that exist and names that do not; one query.
    """
    tries = LoginTry.objects.filter(who=_who(username), at__gt=at - FAILED_LOGINS_WITHIN).order_by("-at")
    minutes = wait_minutes(tries=list(tries.values_list("at", flat=True)[:MOST_FAILED_LOGINS]), at=at)
    if minutes:
        raise LoginRefused(wait_minutes=minutes)


def note_failed_login(*, username: str, at: datetime) -> None:
    """The failed try counts, and tries of all names that no longer count are gone. Nothing enters the ledger."""
    with transaction.atomic():
        LoginTry.objects.filter(at__lte=at - FAILED_LOGINS_WITHIN).delete()
        LoginTry.objects.create(who=_who(username), at=at)


def _who(username: str) -> str:
    """A keyed hash of the username typed, the same for all writings that would reach the same account."""
    typed = unicodedata.normalize("NFKC", username).strip().lower().encode(errors="surrogatepass")
    return derived(secret=settings.SERVER_SECRET, purpose="melayani/login", message=typed).hex()
