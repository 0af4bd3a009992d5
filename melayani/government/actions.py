# SPDX-License-Identifier: EUPL-1.2
"""Writes of the room: accounts and their roles, failed logins. Units, places and clients stand in
`reference_actions.py`, days in `calendar_actions.py`, loading in `loading.py`, how an act is recorded in
`administration.py`.

`by` is the username of the officer who acts, or "system"; only administrators may, each within their region, those of
the province everywhere. Every act is recorded as one entry of the administrative stream: ids and codes, never names.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from melayani.government.administration import (
    administration,
    check_administrator,
    checked_reason,
    record_administration,
)
from melayani.government.calendar_actions import set_calendar_year, set_free_day
from melayani.government.loading import load_government
from melayani.government.models import LoginTry, Officer, RoleGrant, Unit
from melayani.government.reference_actions import create_client
from melayani.government.rules import (
    FAILED_LOGINS_WITHIN,
    MOST_FAILED_LOGINS,
    PROVINCE,
    SYSTEM,
    LoginRefused,
    OfficerRefused,
    Role,
    UnitRefused,
    wait_minutes,
)
from melayani.ground.canonical_json import Json
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line
from melayani.ground.sealing import derived

__all__ = [
    "check_administrator",
    "check_login_allowed",
    "create_client",
    "create_officer",
    "deactivate_officer_account",
    "give_role",
    "load_government",
    "note_failed_login",
    "record_administration",
    "set_calendar_year",
    "set_free_day",
    "set_password",
    "take_role_from_account",
]

MOST_PASSWORD = 200
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,59}")


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
    with administration():
        unit = _active_unit(unit_code)
        check_administrator(by, region_code=_appointing_region(unit, roles))
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
    with administration():
        officer = _active_officer(username)
        own = by == officer.username
        if not own:
            _check_may_hold(officer, by=by)
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
    with administration():
        officer = _active_officer(username.strip().lower())
        _check_may_hold(officer, by=by)
        if by == officer.username:
            raise OfficerRefused("own_account", "Akun sendiri tidak dapat ditutup. Minta administrator lain.")
        officer.is_active = False
        officer.save(update_fields=["is_active"])
        record_administration(kind="officer.deactivated", event={"officer": officer.pk}, by=by, at=at)
    return officer


# Roles


def give_role(*, username: str, role: str, unit_code: str, reason: str, by: str, at: datetime) -> RoleGrant:
    """The officer holds the role in the unit, from now on.

    Refusals: `officer_unknown` (or inactive), `role_unknown`, `role_held`, `own_roles`, `text_...` for the reason,
    `UnitRefused`, and `NotAdministrator` unless `by` administers both the officer and the unit.
    """
    reason = checked_reason(reason)
    if role not in {member.value for member in Role}:
        raise OfficerRefused("role_unknown", "Pilih peran dari daftar.")
    with administration():
        officer, unit = _active_officer(username.strip().lower()), _active_unit(unit_code)
        _check_may_appoint(officer=officer, unit=unit, role=role, by=by)
        grant, made = RoleGrant.objects.get_or_create(officer=officer, role=role, unit=unit)
        if not made:
            raise OfficerRefused("role_held", "Petugas ini sudah memegang peran itu di unit itu.")
        _record_role("officer.role_given", officer=officer, unit=unit, role=role, reason=reason, by=by, at=at)
    forget_all()
    return grant


def take_role_from_account(*, username: str, role: str, unit_code: str, reason: str, by: str, at: datetime) -> Officer:
    """The officer no longer holds the role in the unit. What happens to open cases is for `cases.take_role`.

    Refusals: as for `give_role`, with `role_not_held`; the unit may be closed.
    """
    reason = checked_reason(reason)
    with administration():
        officer = _active_officer(username.strip().lower())
        grant = RoleGrant.objects.select_related("unit").filter(officer=officer, role=role, unit__code=unit_code)
        held = grant.first()
        if held is None:
            raise OfficerRefused("role_not_held", "Petugas ini tidak lagi memegang peran itu di unit itu.")
        _check_may_appoint(officer=officer, unit=held.unit, role=role, by=by)
        held.delete()
        _record_role("officer.role_taken", officer=officer, unit=held.unit, role=role, reason=reason, by=by, at=at)
    forget_all()
    return officer


def _check_may_appoint(*, officer: Officer, unit: Unit, role: str, by: str) -> None:
    """Raises `NotAdministrator`, and `OfficerRefused` for own roles: nobody gives or takes away the own power."""
    check_administrator(by, region_code=officer.unit.region_id)
    check_administrator(by, region_code=_appointing_region(unit, {role}))
    if by == officer.username:
        raise OfficerRefused("own_roles", "Peran sendiri tidak dapat diubah. Minta administrator lain.")


def _check_may_hold(officer: Officer, *, by: str) -> None:
    """Raises `NotAdministrator` unless `by` may appoint to everything the account may do, and where it is at home.

    Whoever gives an account a new password could use it: nobody reaches further that way than by appointing.
    """
    check_administrator(by, region_code=officer.unit.region_id)
    for grant in RoleGrant.objects.select_related("unit").filter(officer=officer):
        check_administrator(by, region_code=_appointing_region(grant.unit, {grant.role}))


def _appointing_region(unit: Unit, roles: Collection[str]) -> str:
    """Whose administrator may appoint: the unit's; the inspectorate reads secret cases, so only the province may."""
    return PROVINCE if Role.INSPECTORATE in roles else unit.region_id


def _record_role(kind: str, *, officer: Officer, unit: Unit, role: str, reason: str, by: str, at: datetime) -> None:
    event: dict[str, Json] = {"officer": officer.pk, "role": role, "unit": unit.code}
    record_administration(kind=kind, event=event, by=by, at=at, reason=reason)


def _active_unit(code: str) -> Unit:
    unit = Unit.objects.filter(code=plain_line(code), active=True).first()
    if unit is None:
        raise UnitRefused("unit_unknown", "Unit ini tidak dikenal atau tidak aktif lagi.")
    return unit


def _active_officer(username: str) -> Officer:
    officer = Officer.objects.select_related("unit").filter(username=plain_line(username), is_active=True).first()
    if officer is None:
        raise OfficerRefused("officer_unknown", "Akun ini tidak dikenal atau sudah ditutup.")
    return officer


def _hashed(password: str, *, username: str, name: str) -> str:
    """The password hashed (slow, so never inside a transaction); refused when too weak or absurdly long."""
    if len(password) > MOST_PASSWORD:
        sentence = "Kata sandi terlalu panjang. Paling banyak %(most)s huruf."
        raise OfficerRefused("password_weak", sentence, most=MOST_PASSWORD)
    try:
        validate_password(password, user=Officer(username=username, name=name))
    except ValidationError as error:
        raise OfficerRefused("password_weak", " ".join(error.messages)) from error
    return make_password(password)


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
