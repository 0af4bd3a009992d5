# SPDX-License-Identifier: EUPL-1.2
"""The promises page: profiles with clocks, own promises of services, and which numbers are still to be checked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.catalogue.models import Service
from melayani.ground.memo import forget_all
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
