# SPDX-License-Identifier: EUPL-1.2
"""Before anything more is asked, the form shows open cases that are probably the same."""

import pytest
from django.test import Client

from melayani.cases.rules import Visibility
from tests.builders import KEPANJEN, STORY, a_case

pytestmark = pytest.mark.django_db
DRAFT = {
    "kiriman": "a" * 32,
    "cerita": STORY,
    "jenis": "PENGADUAN",
    "tentang": "layanan:PJU",
    "tempat": KEPANJEN,
    "langkah": "tempat",
    "tuju": "lanjut",
}


def photo_step(client: Client, **changes: str) -> str:
    answer = client.post("/lapor", {**DRAFT, **changes})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_similar_case_is_offered_with_the_way_to_join(client: Client) -> None:
    case = a_case()
    page = photo_step(client)
    assert f"/kasus/{case.number}/ikut" in page
    assert "Lanjutkan saja di bawah" in page


def test_nothing_is_offered_where_nothing_is_similar(client: Client) -> None:
    secret = a_case(visibility=Visibility.SECRET)
    page = photo_step(client)
    assert secret.number not in page
    assert "Mirip, di dekat Anda" not in page
