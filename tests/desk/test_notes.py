# SPDX-License-Identifier: EUPL-1.2
"""Notes among officers: unmistakable at the desk, and nowhere else: a canary is looked for on every outside face."""

import logging
import re
from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import get_resolver

from melayani.cases.desk_queries import actor_for
from melayani.cases.file_actions import note_case
from melayani.cases.filing import Filed
from melayani.cases.models import Case, Event
from melayani.cases.rules import EventKind, Stage
from melayani.ledger.models import Entry
from tests.builders import a_case, filed
from tests.conftest import MONDAY
from tests.desk.visiting import address, bambang, browser, dewi, joko, nanik, paper, ratih
from tests.portal.own_case import opened_case

pytestmark = pytest.mark.django_db
CANARY = "KENARI-CATATAN-7731"
NOTE = f"Jangan sampai keluar: {CANARY}."


def noted() -> Filed:
    """A public case with a note in it."""
    told = filed()
    note_case(number=told.number, text=NOTE, by=actor_for(ratih()), at=MONDAY)
    return told


def test_a_note_is_left_and_read_by_officers() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = browser(ratih()).post(address(case, "catatan"), {"version": str(case.version), "text": NOTE})
    assert answer.status_code == 302
    event = Event.objects.filter(case=case).order_by("-sequence")[0]
    assert (event.kind, event.officer_id) == (EventKind.NOTED, ratih().pk)
    for who in (ratih, joko, nanik, dewi):
        html = browser(who()).get(address(case)).content.decode()
        assert CANARY in html
        story = html.split('class="story"')[1].split("</ol>")[0]
        own = next(part for part in story.split("<li ") if CANARY in part)
        assert 'class="internal"' in own
        assert "Hanya dibaca petugas" in own
        assert "tampilkan untuk umum" not in own
    assert browser(bambang()).get(address(case)).status_code == 404


def test_the_form_says_who_reads_it() -> None:
    words = paper(browser(ratih()).get(address(a_case(stage=Stage.TAKEN)))).text
    assert "Catatan untuk sesama petugas Hanya dibaca petugas" in words
    assert "Warga dan umum tidak pernah melihatnya." in words


@pytest.mark.parametrize("text", ["", "x" * 4001])
def test_a_refused_note_is_kept_in_its_form(text: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = browser(ratih()).post(address(case, "catatan"), {"version": str(case.version), "text": text})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#note-case-text"' in html
    assert 'id="catatan" open' in html
    assert text in html


def test_a_forged_release_of_a_note_is_refused() -> None:
    told = noted()
    case = Case.objects.get(number=told.number)
    form = {"version": str(case.version), "sequence": "1", "masked": NOTE}
    assert browser(ratih()).post(address(case, "tampilkan"), form).status_code == 409
    assert browser(ratih()).post(address(case, "tahan"), form).status_code == 409


# Every outside face.

# Addresses with other parts than the number are asked by name in `ALSO`; what needs a key is asked with it below.


def outside_addresses(number: str, patterns: Iterable[object] = (), before: str = "/") -> Iterator[str]:
    """Every address of the citizens' pages and of the machines that can be asked without typing anything."""
    for pattern in patterns or get_resolver().url_patterns:
        path = before + str(getattr(pattern, "pattern", ""))
        inner = getattr(pattern, "url_patterns", None)
        if getattr(pattern, "app_name", "") == "desk":
            continue
        if inner is not None:
            yield from outside_addresses(number, inner, path)
            continue
        path = re.sub(r"<str:(number|\w*request_id)>", number, path)
        if "<" not in path and "(" not in path:
            yield path


ALSO = (
    "/kasus/{number}", "/en/kasus/{number}", "/jv/kasus/{number}", "/lacak/{number}", "/kasus?kata=KENARI",
    "/open311/v2/requests.json", "/open311/v2/requests.xml", "/open311/v2/requests/{number}.json",
    "/open311/v2/requests/{number}.xml", "/open311/v2/servicerequestupdates.json",
    "/open311/v2/servicerequestupdates.xml", "/api/v1/cases", "/api/v1/cases/{number}", "/layanan/lampu-jalan",
)  # fmt: skip


def leaks(told: Filed, client: Client) -> list[str]:
    """Where outside the canary, or only that there is a note, can be read."""
    paths = {*outside_addresses(told.number), *(path.format(number=told.number) for path in ALSO)}
    assert len(paths) > 45
    found = []
    for path in sorted(paths):
        answer = client.get(path)
        content = answer.getvalue()
        if CANARY.encode() in content or b"Catatan petugas" in content or b"case.noted" in content:
            found.append(path)
    return found


def test_a_note_is_on_no_outside_face(caplog: pytest.LogCaptureFixture) -> None:
    told = noted()
    with caplog.at_level(logging.DEBUG):
        assert leaks(told, Client()) == []
        own = opened_case(Client(), told)
    assert CANARY not in own.text
    assert "Catatan petugas" not in own.text
    assert CANARY not in caplog.text


def test_control_a_released_text_is_found_on_the_outside_faces() -> None:
    """The same look sees a letter that is shown to everybody, by page and by machine."""
    told = noted()
    case = Case.objects.get(number=told.number)
    form = {"version": str(case.version), "text": NOTE, "release": "on"}
    assert browser(ratih()).post(address(case, "kabar"), form).status_code == 302
    found = leaks(told, Client())
    assert f"/kasus/{told.number}" in found
    assert "/open311/v2/servicerequestupdates.json" in found


def test_the_ledger_knows_only_that_there_is_one() -> None:
    told = noted()
    entry = Entry.objects.order_by("-pk")[0]
    assert entry.kind == EventKind.NOTED
    stored = " ".join(str(value) for value in Entry.objects.filter(pk=entry.pk).values_list()[0])
    data = Event.objects.get(pk=entry.pk).data
    assert CANARY not in stored + str(data)
    assert Case.objects.get(number=told.number).title.count(CANARY) == 0
