# SPDX-License-Identifier: EUPL-1.2
"""Who may see and do what at the desk: one table for every route, method, role and relation, and the door that reads it.

Deny by default: a route that is not in the table cannot be mounted, a method that is not named is 405, a cell that is
not named is denied or hidden. Hidden cases look exactly like absent ones (404). Behind the door, `cases.desk_queries`
and the acts check again by themselves; a test asks every cell of this table with a real request.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare

from melayani.cases.desk_queries import DeskCase, desk_case
from melayani.cases.rules import Actor, ActorKind
from melayani.government.queries import unit_by_id
from melayani.government.registers import SessionOfficer, session_officer
from melayani.government.rules import PROVINCE, Role, region_of
from melayani.ground.case_number import read_number
from melayani.ground.clock import now


class Relation(StrEnum):
    """How a unit in which an officer has a role stands to a case."""

    UNIT = "unit"  # it holds the case, and is not its triage desk
    DESK = "desk"  # it is the triage desk of the case, and another unit holds it
    UNIT_AND_DESK = "unit_and_desk"  # both: the case waits at the desk, or is the desk's own work
    NONE = "none"


class Verdict(StrEnum):
    """What the door says."""

    ALLOW = "allow"
    DENY = "deny"  # 403, and why
    HIDE = "hide"  # 404, as if there were no such case


Cell = tuple[Role, Relation]
ANYWHERE = frozenset(Relation)
HOLDS = frozenset({Relation.UNIT, Relation.UNIT_AND_DESK})
SORTS = frozenset({Relation.DESK, Relation.UNIT_AND_DESK})


def _cells(role: Role, relations: Iterable[Relation]) -> frozenset[Cell]:
    return frozenset((role, relation) for relation in relations)


# Who reads a case at all; for everybody else it does not exist.
READ = (
    _cells(Role.OFFICER, HOLDS)
    | _cells(Role.HEAD, HOLDS)
    | _cells(Role.TRIAGE, HOLDS | SORTS)
    | _cells(Role.INSPECTORATE, ANYWHERE)
)
# Who works on it: the accountable unit. Reopened cases are the head's alone (`cases.actions.check_may_handle`).
HANDLE = _cells(Role.OFFICER, HOLDS) | _cells(Role.HEAD, HOLDS) | _cells(Role.TRIAGE, HOLDS)
LEAD = _cells(Role.HEAD, HOLDS)
# Who chooses the unit: the triage desk of the case.
SORT = _cells(Role.TRIAGE, SORTS)

CASE_RIGHTS: Mapping[str, Mapping[str, frozenset[Cell]]] = {
    "case": {"GET": READ},
    "take-on-case": {"POST": HANDLE},
    "appoint-officer": {"POST": LEAD},
    "ask-citizen": {"POST": HANDLE},
    "note-progress": {"POST": HANDLE},
    "answer-case": {"POST": HANDLE},
    # While a case waits at the triage desk only the desk ends it (`cases.actions`).
    "refer-case": {"POST": HANDLE},
    "reject-case": {"POST": HANDLE},
    "assign-case": {"POST": SORT},
    "move-promise": {"POST": LEAD},
    "release-text": {"POST": HANDLE | SORT},
    "hold-text": {"POST": HANDLE | SORT},
    "view-identity": {"POST": HANDLE},
}

STRANGERS = "strangers"
EVERY_ROLE = frozenset(Role)
CASE_ROLES = EVERY_ROLE - {Role.ADMINISTRATOR}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
PAGE_RIGHTS: Mapping[str, Mapping[str, frozenset[Role] | str]] = {
    "login": {"GET": STRANGERS, "POST": STRANGERS},
    "logout": {"POST": STRANGERS},
    "password": {"GET": EVERY_ROLE, "POST": EVERY_ROLE},
    "work": {"GET": EVERY_ROLE},  # an administrator is sent on to the accounts
    "work-list": {"GET": CASE_ROLES},
    "find-case": {"GET": CASE_ROLES},
    "keys": {"GET": EVERY_ROLE},
    "unit": {"GET": frozenset({Role.HEAD})},
    "officers": {"GET": ADMINISTRATORS},
    "new-officer": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "reset-password": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "deactivate-officer": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "calendar": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "promises": {"GET": ADMINISTRATORS},
}
# Where an officer may go whose password was set by somebody else, until it is changed.
BEFORE_CHANGING_PASSWORD = frozenset({"password", "logout", "login"})


@dataclass(frozen=True)
class Visit:
    """Who is at the desk, when, and before which case (already proven readable). `verdict` is never HIDE."""

    officer: SessionOfficer
    actor: Actor
    at: datetime
    seen: DeskCase | None = None
    verdict: Verdict = Verdict.ALLOW

    @property
    def case(self) -> DeskCase:
        """The case of a page about a case; asking elsewhere is a bug."""
        if self.seen is None:
            raise LookupError("this page is not about a case")
        return self.seen


Page = Callable[..., HttpResponse]


def relation(*, unit: str, case: DeskCase) -> Relation:
    """How the unit (its code) stands to the case."""
    if unit == case.unit_code:
        return Relation.UNIT_AND_DESK if unit == case.desk_code else Relation.UNIT
    return Relation.DESK if unit == case.desk_code else Relation.NONE


def case_verdict(*, route: str, method: str, actor: Actor, case: DeskCase) -> Verdict:
    """What the table says for all roles of the actor together: the best of their cells."""
    cells = {(Role(role), relation(unit=unit, case=case)) for role, unit in actor.grants}
    if cells & CASE_RIGHTS[route][method]:
        return Verdict.ALLOW
    return Verdict.DENY if cells & READ else Verdict.HIDE


def page_verdict(*, route: str, method: str, actor: Actor) -> Verdict:
    """What the table says for a page that is not about a case."""
    allowed = PAGE_RIGHTS[route][method]
    roles = {Role(role) for role, _ in actor.grants}
    return Verdict.ALLOW if allowed == STRANGERS or roles & cast(frozenset[Role], allowed) else Verdict.DENY


def administered_regions(actor: Actor) -> frozenset[str]:
    """The regions in which the actor is administrator; the province's stands for everywhere."""
    return frozenset(region_of(unit) for role, unit in actor.grants if role == Role.ADMINISTRATOR)


def signed_in(request: HttpRequest) -> SessionOfficer | None:
    """Whose session this is, if the account is active and the password is still the one it was opened with."""
    kept = str(request.session.get(SESSION_KEY, ""))
    officer = session_officer(int(kept)) if kept.isdecimal() else None
    if officer is None:
        return None
    valid = constant_time_compare(request.session.get(HASH_SESSION_KEY, ""), officer.session_hash)
    return officer if valid else None


def actor_of(officer: SessionOfficer) -> Actor:
    """The officer as an actor, with the roles of this moment."""
    return Actor(
        kind=ActorKind.OFFICER,
        code=officer.username,
        officer_id=officer.id,
        name=officer.username,
        unit_code=unit_by_id(officer.unit_id).code,
        grants=officer.grants,
    )


def guarded(route: str, page: Page) -> Page:
    """The page behind the door: stranger to the login, wrong method 405, denied 403, hidden 404; nothing is cached.

    The page gets the request and a `Visit`. Raises `ImproperlyConfigured` for a route that the table does not know.
    """
    rights = _rights(route)

    def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
        response = _answer(request, route=route, methods=tuple(rights), page=page, parts=parts)
        add_never_cache_headers(response)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return answer


def _rights(route: str) -> Mapping[str, object]:
    rights: Mapping[str, object] | None = CASE_RIGHTS.get(route) or PAGE_RIGHTS.get(route)
    if rights is None:
        raise ImproperlyConfigured(f"the route desk:{route} is not in the table of rights")
    return rights


def _answer(
    request: HttpRequest, *, route: str, methods: tuple[str, ...], page: Page, parts: dict[str, Any]
) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else str(request.method)
    if method not in methods:
        return HttpResponseNotAllowed(methods)
    officer = signed_in(request)
    if PAGE_RIGHTS.get(route, {}).get(method) == STRANGERS:
        return page(request, **parts)
    if officer is None:
        return to_login(request)
    if officer.must_change_password and route not in BEFORE_CHANGING_PASSWORD:
        return redirect("desk:password")
    visit = Visit(officer=officer, actor=actor_of(officer), at=now())
    try:
        if route in CASE_RIGHTS:
            return _case_answer(request, route=route, method=method, page=page, visit=visit, parts=parts)
        if page_verdict(route=route, method=method, actor=visit.actor) is Verdict.DENY:
            return render(request, "desk/denied.html", {"visit": visit}, status=403)
        return page(request, visit, **parts)
    except Http404:
        return render(request, "desk/not_found.html", {"visit": visit, "typed": typed_texts(request)}, status=404)


def _case_answer(
    request: HttpRequest, *, route: str, method: str, page: Page, visit: Visit, parts: dict[str, Any]
) -> HttpResponse:
    """The page of a case, found by any written form of its number; a link in another form leads to the written one."""
    typed = parts.pop("number")
    number = read_number(typed)
    if number is not None and number != typed and method == "GET":
        return redirect(f"desk:{route}", number=number)
    case = case_or_404(number=number or "", actor=visit.actor)
    verdict = case_verdict(route=route, method=method, actor=visit.actor, case=case)
    if verdict is Verdict.HIDE:
        raise Http404
    return page(request, replace(visit, seen=case, verdict=verdict), **parts)


def case_or_404(*, number: str, actor: Actor) -> DeskCase:
    """The case this officer may see; raises `Http404` for unknown and unreadable ones alike."""
    case = desk_case(number=number, actor=actor)
    if case is None:
        raise Http404
    return case


def to_login(request: HttpRequest) -> HttpResponse:
    """To the login, and after it back to the page that was asked for (a form's page cannot be asked for again)."""
    address = reverse("desk:login")
    if request.method == "GET":
        address = f"{address}?{urlencode({'next': request.get_full_path()})}"
    return redirect(address)


def typed_texts(request: HttpRequest) -> tuple[str, ...]:
    """The longer texts of a form that could not be taken, so that the page can show them again."""
    return tuple(str(request.POST[name]) for name in ("text", "reason", "masked") if request.POST.get(name))


def is_provincial(actor: Actor) -> bool:
    """Whether the actor administers everywhere."""
    return PROVINCE in administered_regions(actor)
