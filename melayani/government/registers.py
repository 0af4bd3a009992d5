# SPDX-License-Identifier: EUPL-1.2
"""Registers that officers and administrators read: accounts with their roles, facts about days with their authors, and
what was ever changed.

Reads only; what changes them stands in `actions.py`. Nothing here is remembered: who changed something sees it at once.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from melayani.government.administration import mark_of
from melayani.government.calendar_actions import year_facts
from melayani.government.models import AdministrativeAct, CalendarYear, FreeDay, Officer, RoleGrant
from melayani.government.rules import PROVINCE
from melayani.ground.plain_text import plain_line

ACCOUNTS = 50
ACTS = 25
MOST_SEARCH = 80


@dataclass(frozen=True)
class Account:
    """An account: `roles` are (role, name of the unit it is held in)."""

    id: int
    username: str
    name: str
    unit_name: str
    region_code: str
    active: bool
    must_change_password: bool
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AccountPage:
    """A page of accounts by username; `after` is the last username of the page, empty on the last page."""

    rows: tuple[Account, ...]
    after: str


@dataclass(frozen=True)
class HeldRole:
    """A role of an account, and the unit it is held in."""

    role: str
    unit_code: str
    unit_name: str
    region_code: str


@dataclass(frozen=True)
class ActRecord:
    """An act of administration: who (empty = the system), of which region, did what, about what and why.

    `about` is as in the model; `before` and `after` hold what differs, by name of the fact.
    """

    sequence: int
    kind: str
    at: datetime
    by: str
    by_region: str
    about: str
    reason: str
    data: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class ActPage:
    """A page of acts, the newest first; `after` is the sequence to go on from, None on the last page."""

    rows: tuple[ActRecord, ...]
    after: int | None


@dataclass(frozen=True)
class Colleague:
    """An officer by name, for choosing one and for saying who did what. `active`: may be given work in the unit."""

    id: int
    username: str
    name: str
    unit_id: int
    active: bool


@dataclass(frozen=True)
class SessionOfficer:
    """Who a session belongs to: an active officer with the (role, unit code) pairs held at this moment.

    `session_hash` is what a valid session of this officer carries: a changed password ends the others.
    """

    id: int
    username: str
    name: str
    unit_id: int
    must_change_password: bool
    session_hash: str
    grants: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class DayRecord:
    """A version of a fact about a day, as recorded; `current` = no later version about the same day and region."""

    date: dt.date
    kind: str
    name: str
    region_name: str
    version: int
    reason: str
    recorded_by: str
    recorded_at: datetime
    current: bool


@dataclass(frozen=True)
class YearRecord:
    """What is known of a year."""

    year: int
    decree: str
    source: str
    confidence: str
    provisional: bool
    mark: str


def accounts(
    *, regions: Collection[str], after: str = "", limit: int = ACCOUNTS, words: str = "", unit: str = ""
) -> AccountPage:
    """A page of the accounts in these regions (the province means everywhere), by username. Two queries.

    With all `words` in name, username or name of the unit; with `unit` (a code) only who has a role there.
    """
    officers = _in_regions(Officer.objects.filter(username__gt=plain_line(after)), regions).order_by("username")
    for word in plain_line(words)[:MOST_SEARCH].split():
        officers = officers.filter(
            Q(name__icontains=word) | Q(username__icontains=word) | Q(unit__name__icontains=word)
        )
    if unit:
        officers = officers.filter(pk__in=RoleGrant.objects.filter(unit__code=plain_line(unit)).values("officer_id"))
    rows = tuple(map(_account, _with_roles(officers)[: limit + 1]))
    return AccountPage(rows=rows[:limit], after=rows[limit - 1].username if len(rows) > limit else "")


def account(*, username: str, regions: Collection[str]) -> Account | None:
    """The account, if it is in one of these regions; None for others and unknown ones alike."""
    found = _with_roles(_in_regions(Officer.objects.filter(username=plain_line(username).lower()), regions)).first()
    return None if found is None else _account(found)


def roles_of(officer_id: int) -> tuple[HeldRole, ...]:
    """Every role of the account, by unit and role."""
    grants = RoleGrant.objects.filter(officer_id=officer_id).order_by("unit__code", "role")
    return tuple(
        HeldRole(*values) for values in grants.values_list("role", "unit__code", "unit__name", "unit__region_id")
    )


def _in_regions(officers: QuerySet[Officer], regions: Collection[str]) -> QuerySet[Officer]:
    return officers if PROVINCE in regions else officers.filter(unit__region_id__in=regions)


def _with_roles(officers: QuerySet[Officer]) -> QuerySet[Officer]:
    grants = RoleGrant.objects.select_related("unit").order_by("role", "unit__code")
    return officers.select_related("unit").prefetch_related(Prefetch("grants", queryset=grants))


def _account(officer: Officer) -> Account:
    return Account(
        id=officer.pk,
        username=officer.username,
        name=officer.name,
        unit_name=officer.unit.name,
        region_code=officer.unit.region_id,
        active=officer.is_active,
        must_change_password=officer.must_change_password,
        roles=tuple((grant.role, grant.unit.name) for grant in officer.grants.all()),
    )


_SESSION_OFFICER = """
SELECT o.username, o.name, o.unit_id, o.must_change_password, o.password, g.role, u.code
FROM government_officer o
LEFT JOIN government_rolegrant g ON g.officer_id = o.id
LEFT JOIN government_unit u ON u.id = g.unit_id
WHERE o.id = %s AND o.is_active
"""


def session_officer(officer_id: int) -> SessionOfficer | None:
    """The active officer with this id and all roles; None for others. One statement by hand: every page asks it."""
    with connection.cursor() as cursor:
        cursor.execute(_SESSION_OFFICER, [officer_id])
        rows = cursor.fetchall()
    if not rows:
        return None
    username, name, unit_id, must_change_password, password, _, _ = rows[0]
    return SessionOfficer(
        id=officer_id,
        username=username,
        name=name,
        unit_id=unit_id,
        must_change_password=bool(must_change_password),
        session_hash=Officer(password=password).get_session_auth_hash(),
        grants=frozenset((role, unit) for *_, role, unit in rows if role is not None),
    )


def colleagues(*, unit_id: int, also: Iterable[int] = ()) -> tuple[Colleague, ...]:
    """The officers of a unit, and those with the ids `also`, by name. One query."""
    known = Officer.objects.filter(Q(unit_id=unit_id) | Q(id__in=sorted(set(also)))).order_by("name", "id")
    return tuple(Colleague(*values) for values in known.values_list("id", "username", "name", "unit_id", "is_active"))


def days_of(year: int) -> tuple[DayRecord, ...]:
    """Every version of every fact about days of the year, by day, the newest version first."""
    facts = FreeDay.objects.filter(date__year=year).select_related("region", "recorded_by")
    seen: set[tuple[dt.date, str | None]] = set()
    records = []
    for fact in facts.order_by("date", "-version"):
        about = (fact.date, fact.region_id)
        records.append(
            DayRecord(
                date=fact.date,
                kind=fact.kind,
                name=fact.name,
                region_name=fact.region.full_name if fact.region else "",
                version=fact.version,
                reason=fact.reason,
                recorded_by=fact.recorded_by.name if fact.recorded_by else "",
                recorded_at=fact.recorded_at,
                current=about not in seen,
            )
        )
        seen.add(about)
    return tuple(records)


def years() -> tuple[YearRecord, ...]:
    """The years of which something is known, in order."""
    return tuple(map(_year_record, CalendarYear.objects.order_by("year")))


def year_record(year: int) -> YearRecord:
    """What is known of the year; a year nobody has recorded yet is provisional."""
    known = CalendarYear.objects.filter(year=year).first()
    return _year_record(known or CalendarYear(year=year, provisional=True))


def _year_record(year: CalendarYear) -> YearRecord:
    return YearRecord(
        year=year.year,
        decree=year.decree,
        source=year.source,
        confidence=year.confidence,
        provisional=year.provisional,
        mark=mark_of(year_facts(year)),
    )


def acts(*, about: str = "", kind: str = "", after: int | None = None, limit: int = ACTS) -> ActPage:
    """A page of what was changed, the newest first: about one thing ("unit:35.07.dishub"), or of a kind ("unit."),
    given by its beginning. One query."""
    found = AdministrativeAct.objects.select_related("officer__unit").order_by("-sequence")
    if about:
        found = found.filter(about=plain_line(about))
    if kind:
        found = found.filter(kind__startswith=plain_line(kind))
    if after is not None:
        found = found.filter(sequence__lt=after)
    rows = tuple(map(_act_record, found[: limit + 1]))
    return ActPage(rows=rows[:limit], after=rows[limit - 1].sequence if len(rows) > limit else None)


def _act_record(act: AdministrativeAct) -> ActRecord:
    change = act.change or {}
    return ActRecord(
        sequence=act.sequence,
        kind=act.kind,
        at=act.at,
        by=act.officer.name if act.officer else "",
        by_region=act.officer.unit.region_id if act.officer else "",
        about=act.about,
        reason=act.reason,
        data=act.data,
        before=change.get("before", {}),
        after=change.get("after", {}),
    )
