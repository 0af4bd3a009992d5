# SPDX-License-Identifier: EUPL-1.2
"""Walks the filing form as a person without JavaScript does, from the first page to the receipt."""

import re
from collections.abc import Mapping, Sequence

from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Case, Event, Submission
from melayani.ledger.models import Entry
from tests.builders import KEPANJEN, STORY
from tests.portal.paper_browser import Page, pressed

KEY = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}")
NUMBER = re.compile(r"JT-[0-9A-Z]{4}-[0-9A-Z]{3}")
Typed = Mapping[str, str | Sequence[str]]
STORY_STEP: Typed = {"cerita": STORY, "jenis": "PENGADUAN", "tentang": ""}
PLACE_STEP: Typed = {"tempat": KEPANJEN}
PERSON_STEP: Typed = {"privasi": "anonim"}


def opened(client: Client, address: str = "/lapor") -> Page:
    """The first page."""
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return Page(answer)


def went_on(client: Client, page: Page, typed: Typed, *, button: str = "lanjut", status: int = 200) -> Page:
    """The page after typing and pressing a button."""
    answer = pressed(client, page.form("langkah"), button=button, typed=typed)
    assert answer.status_code == status, Page(answer).text[:1500]
    return Page(answer)


def at_place(client: Client, **story: str) -> Page:
    """The step that asks where, reached without questions of a service."""
    return went_on(client, opened(client), {**STORY_STEP, **story})


def at_photos(client: Client, **story: str) -> Page:
    """The step that takes photos; the place was found by typing."""
    place = went_on(client, at_place(client, **story), {"cari": "Kel. Kepanjen"}, button="cari")
    return went_on(client, place, {"tempat": KEPANJEN})


def at_person(client: Client, **story: str) -> Page:
    """The step that asks who may know; without photos."""
    return went_on(client, at_photos(client, **story), {})


def at_check(client: Client, person: Typed = PERSON_STEP, **story: str) -> Page:
    """The last step before sending."""
    return went_on(client, at_person(client, **story), person)


def sent(client: Client, check: Page) -> HttpResponse:
    """The answer to the last button."""
    return pressed(client, check.form("langkah"), button="kirim")


def nothing_written() -> bool:
    """Whether no filing has left anything."""
    return not any(model.objects.exists() for model in (Case, Event, Entry, Submission))


def number_and_key(answer: HttpResponse) -> tuple[str, str]:
    """What the receipt says."""
    text = Page(answer).text
    number, key = NUMBER.search(text), KEY.search(text)
    assert number is not None
    assert key is not None
    return number[0], key[0]
