# SPDX-License-Identifier: EUPL-1.2
"""The mandate in plain words: pledge, qualities, values and programmes, each as it is in force, with its source."""

from datetime import datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from melayani.catalogue.queries import active_profile, programmes
from melayani.portal.mandate import QUALITIES, VALUES
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db


def about(client: Client, prefix: str = "") -> Page:
    answer = client.get(f"{prefix}/tentang")
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    return Page(answer)


def test_pledge_qualities_values_and_who_runs_it(client: Client) -> None:
    text = about(client).text
    for said in ("Maklumat pelayanan", "tidak pernah menggesernya diam-diam", "Ombudsman", "Siapa yang menjalankan"):
        assert said in text
    for quality in QUALITIES:
        assert str(quality.name) in text
        assert str(quality.meaning) in text
    for value in VALUES:
        assert value.name in text
        assert all(str(guide) in text for guide in value.guides)
    assert "SE MenPANRB 20/2021" in text


def test_six_qualities_and_seven_values_with_three_guides() -> None:
    assert len(QUALITIES) == 6
    assert [value.name for value in VALUES] == [
        "Berorientasi Pelayanan", "Akuntabel", "Kompeten", "Harmonis", "Loyal", "Adaptif", "Kolaboratif",
    ]  # fmt: skip
    assert {len(value.guides) for value in VALUES} == {3}


def test_promises_are_those_of_the_active_profile(client: Client) -> None:
    text = about(client).text
    profile = active_profile()
    assert profile.source in text
    assert "Keluhan atau kerusakan 14 hari kerja" in text
    assert "Usul 5 hari kerja (angka bawaan, belum dipastikan)" in text


def test_programmes_are_those_in_force_with_validity_and_source(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = about(client).text
    in_force = programmes(MONDAY.date())
    assert len(in_force) == 9
    for programme in in_force:
        assert programme.name in text
    assert "berlaku 20 Februari 2025 sampai 19 Februari 2030" in text
    assert in_force[0].source in text
    # Another term, another set; and none at all is said.
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY - timedelta(days=1000)).isoformat())
    assert "Jatim Amanah" in about(client).text
    monkeypatch.setenv("MELAYANI_NOW", datetime.fromisoformat("2031-01-06T09:00:00+07:00").isoformat())
    assert "Belum ada program yang berlaku untuk hari ini." in about(client).text


def test_in_english(client: Client) -> None:
    text = about(client, "/en").text
    assert "Our service pledge" in text
    assert "More accountable" in text
    assert "Complaint or damage 14 working days" in text or "14 working days" in text
