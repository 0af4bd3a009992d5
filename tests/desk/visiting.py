# SPDX-License-Identifier: EUPL-1.2
"""Who visits the desk in the tests: browsers that are logged in, and the people of the story in their roles."""

from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Case
from melayani.government.models import Officer
from tests.builders import DESK, DISHUB, an_officer
from tests.portal.paper_browser import Page

OTHER_UNIT = "35.07.kesehatan"
PROVINCIAL_DESK = "35.kominfo"
INSPECTORATE = "35.inspektorat"


def ratih() -> Officer:
    """An officer of the unit that holds street lights in Kabupaten Malang."""
    return an_officer("ratih")


def joko() -> Officer:
    """The head of that unit."""
    return an_officer("joko", roles=("head",))


def nanik() -> Officer:
    """At the triage desk of Kabupaten Malang."""
    return an_officer("nanik", unit=DESK, roles=("triage",))


def bambang() -> Officer:
    """An officer of another unit."""
    return an_officer("bambang", unit=OTHER_UNIT)


def dewi() -> Officer:
    """The inspectorate."""
    return an_officer("dewi", unit=INSPECTORATE, roles=("inspectorate",))


def yusuf() -> Officer:
    """The administrator of the province."""
    return an_officer("yusuf", unit=PROVINCIAL_DESK, roles=("administrator",))


def browser(officer: Officer | None = None, *, csrf: bool = False) -> Client:
    """A browser, logged in as the officer (None = a stranger)."""
    client = Client(enforce_csrf_checks=csrf)
    if officer is not None:
        client.force_login(officer)
    return client


def address(case: Case, act: str = "") -> str:
    """The address of a case or of an act on it."""
    return f"/meja/kasus/{case.number}" + (f"/{act}" if act else "")


def paper(answer: object) -> Page:
    """The answer of a browser as words and forms on paper."""
    assert isinstance(answer, HttpResponse)
    return Page(answer)


__all__ = ["DESK", "DISHUB", "address", "bambang", "browser", "dewi", "joko", "nanik", "paper", "ratih", "yusuf"]
