# SPDX-License-Identifier: EUPL-1.2
"""The door of the desk: who is here, before which case, and whether the table of rights lets them through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from melayani.cases.desk_queries import DeskCase, desk_case
from melayani.cases.rules import Actor, ActorKind
from melayani.catalogue.rules import PUBLIC_COMPONENTS
from melayani.desk.rights import CASE_RIGHTS, PAGE_RIGHTS, STRANGERS, Verdict, case_verdict, page_verdict
from melayani.government.queries import unit_by_id
from melayani.government.registers import SessionOfficer, session_officer
from melayani.ground.case_number import read_number
from melayani.ground.clock import now

# Where an officer may go whose password was set by somebody else, until it is changed.
BEFORE_CHANGING_PASSWORD = frozenset({"password", "logout"})
# The fields in which people write sentences, on the page of a case and on those of administration.
LONG_TEXTS = ("text", "reason", "masked", "name", "description", "why", *PUBLIC_COMPONENTS)


@dataclass(frozen=True)
class Visit:
    """Who is at the desk, when, and before which case (already proven readable). `verdict` is never HIDE."""

    officer: SessionOfficer
    actor: Actor
    at: datetime
    seen: DeskCase | None = None
    verdict: Verdict = Verdict.ALLOW

    @property
    def roles(self) -> frozenset[str]:
        """The roles held anywhere, for what the head of every page offers."""
        return frozenset(role for role, _unit in self.actor.grants)

    @property
    def unit_name(self) -> str:
        """The officer's own unit."""
        return unit_by_id(self.officer.unit_id).name

    @property
    def case(self) -> DeskCase:
        """The case of a page about a case; asking elsewhere is a bug."""
        if self.seen is None:
            raise LookupError("this page is not about a case")
        return self.seen


Page = Callable[..., HttpResponse]


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
    """The page behind the door: stranger to the login, wrong method 405, denied 403, hidden 404; nothing is kept.

    The page gets the request and a `Visit`. Raises `ImproperlyConfigured` for a route that the table does not know.
    """
    rights = _rights(route)

    def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
        response = _answer(request, route=route, methods=tuple(rights), page=page, parts=parts)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
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
    if PAGE_RIGHTS.get(route, {}).get(method) == STRANGERS:
        return page(request, **parts)
    officer = signed_in(request)
    if officer is None:
        return to_login(request, back=_way_back(request, parts, methods))
    if officer.must_change_password and route not in BEFORE_CHANGING_PASSWORD:
        return redirect("desk:password")
    return _behind_the_door(request, route=route, method=method, page=page, officer=officer, parts=parts)


def _behind_the_door(
    request: HttpRequest, *, route: str, method: str, page: Page, officer: SessionOfficer, parts: dict[str, Any]
) -> HttpResponse:
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


def to_login(request: HttpRequest, *, back: str) -> HttpResponse:
    """To the login, and after it to `back`. Who was writing when the session ended sees the text again on the way."""
    texts = typed_texts(request)
    if texts:
        return render(request, "desk/login.html", {"next": back, "typed": texts}, status=403)
    return redirect(f"{reverse('desk:login')}?{urlencode({'next': back})}")


def _way_back(request: HttpRequest, parts: dict[str, Any], methods: tuple[str, ...]) -> str:
    """The page to come back to: the one asked for, or for an act the case it was about (acts cannot be asked for)."""
    if "GET" in methods:
        return request.get_full_path()
    number = read_number(str(parts.get("number", "")))
    if number is None:
        return reverse("desk:work")
    query = request.GET.urlencode()
    return reverse("desk:case", args=[number]) + (f"?{query}" if query else "")


def typed_texts(request: HttpRequest) -> tuple[str, ...]:
    """The longer texts of a form that could not be taken, so that the page can show them again."""
    return tuple(str(request.POST[name]) for name in LONG_TEXTS if request.POST.get(name))
