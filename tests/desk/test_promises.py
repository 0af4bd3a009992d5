# SPDX-License-Identifier: EUPL-1.2
"""The promises page: profiles with clocks, own promises of services, and which numbers are still to be checked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.catalogue.models import Service
from melayani.catalogue.queries import active_profile
from melayani.ground.memo import forget_all
from tests.builders import a_case
from tests.desk.administering import WHY, local, said, sent, text_of
from tests.desk.visiting import browser, yusuf

pytestmark = pytest.mark.django_db


def test_profiles_clocks_and_their_certainty() -> None:
    page = browser(yusuf()).get("/meja/janji").content.decode()
    assert "aktif" in page
    assert "perlu diperiksa" in page  # the profile of 2025 is unverified
    assert "Pengaduan" in page
    assert "hari kerja" in page


def test_a_number_that_is_only_remembered_is_marked() -> None:
    Service.objects.update(promise_days=None)
    Service.objects.filter(code="PJU").update(
        promise_days=9, promise_source="ingatan", promise_confidence="C", active=False
    )
    forget_all()
    page = browser(yusuf()).get("/meja/janji").content.decode()
    row = page.split("Lampu jalan")[1].split("</tr>")[0]
    assert "9 hari kerja" in row
    assert "ingatan" in row
    assert "perlu diperiksa" in row
    assert "ditutup" in row


def test_no_statement_beyond_session_and_officer() -> None:
    client = browser(yusuf())
    client.get("/meja/janji")
    with CaptureQueriesContext(connection) as queries:
        client.get("/meja/janji")
    assert len(queries) == 2


def test_another_profile_is_chosen_after_a_question_and_for_new_cases_only() -> None:
    old = a_case(service="PARKIR")
    before = (old.promise_days, old.due_at)
    client = browser(yusuf())
    where = "/meja/janji/sp4n-2025"
    assert f'href="{where}"' in client.get("/meja/janji").content.decode()
    assert "Kasus yang sudah masuk tetap dengan janji lamanya." in text_of(client.get(where))
    assert sent(client, where, reason="").status_code == 400
    assert active_profile().code == "sp4n-2018"
    assert "Profil dipakai." in said(sent(client, where, reason=WHY))
    assert active_profile().code == "sp4n-2025"
    assert "Profil ini sudah dipakai." in text_of(client.get(where))
    assert client.post(where, {"reason": WHY}).status_code == 400
    old.refresh_from_db()
    assert (old.promise_days, old.due_at) == before


def test_profiles_are_the_provinces() -> None:
    client = browser(local())
    assert "sp4n-2025" not in client.get("/meja/janji").content.decode()
    assert client.get("/meja/janji/sp4n-2025").status_code == 403
    assert client.post("/meja/janji/sp4n-2025", {"reason": WHY}).status_code == 403
    assert active_profile().code == "sp4n-2018"
    assert browser(yusuf()).get("/meja/janji/sihir").status_code == 404
