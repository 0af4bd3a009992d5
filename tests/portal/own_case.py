# SPDX-License-Identifier: EUPL-1.2
"""Opens the own case as its citizen does: number and key into the form."""

from django.http import HttpResponse
from django.test import Client

from melayani.cases.filing import Filed
from tests.portal.paper_browser import Form, Page, pressed


def key_page(client: Client, address: str = "/lacak") -> Form:
    """The form that asks for number and key."""
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return Page(answer).form("kunci")


def tried(client: Client, *, number: str, key: str) -> HttpResponse:
    """The answer to this number and key."""
    return pressed(client, key_page(client), typed={"nomor": number, "kunci": key})


def opened_case(client: Client, told: Filed) -> Page:
    """The page of the own case."""
    answer = tried(client, number=told.number, key=told.key)
    assert answer.status_code == 200
    return Page(answer)


def act_form(page: Page, address: str) -> Form:
    """The form of one act on the page."""
    return next(form for form in page.forms if form.action.endswith(address))
