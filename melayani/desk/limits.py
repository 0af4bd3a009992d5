# SPDX-License-Identifier: EUPL-1.2
"""How often an officer may search, and from one address fail to log in; who must wait is told for how long."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from melayani.desk.access import Visit
from melayani.government.rules import LoginRefused
from melayani.ground.budget import Budget
from melayani.ground.network_address import network_of

# Own choices, confidence C. Nobody reads the results of two searches a second; a whole office shares one address.
SEARCHES = Budget(burst=60, every=1)
FAILED_LOGINS = Budget(burst=60, every=5)


def few_searches(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The page, unless the officer has searched too often; each opening counts."""

    @wraps(page)
    def answer(request: HttpRequest, visit: Visit, **parts: Any) -> HttpResponse:
        officer = str(visit.officer.id)
        seconds = SEARCHES.wait(officer, at=visit.at)
        if seconds:
            response = render(request, "desk/too_often.html", {"visit": visit, "seconds": seconds}, status=429)
            response.headers["Retry-After"] = str(seconds)
            return response
        SEARCHES.spend(officer, at=visit.at)
        return page(request, visit, **parts)

    return answer


def check_address_may_log_in(request: HttpRequest, *, at: datetime) -> None:
    """Raises `LoginRefused` when too many logins from the address have failed, whatever the names."""
    seconds = FAILED_LOGINS.wait(_network(request), at=at)
    if seconds:
        raise LoginRefused(wait_minutes=-(-seconds // 60))


def note_failed_address(request: HttpRequest, *, at: datetime) -> None:
    """A login from the address failed."""
    FAILED_LOGINS.spend(_network(request), at=at)


def _network(request: HttpRequest) -> str:
    return network_of(request.META.get("REMOTE_ADDR", ""))
