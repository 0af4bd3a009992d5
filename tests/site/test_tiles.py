# SPDX-License-Identifier: EUPL-1.2
"""Map tiles are off by default; when an address is set, its host and nothing else may send pictures."""

import subprocess
import sys

import pytest
from django.test import Client
from pytest_django import Settings

from melayani.site.middleware import CONTENT_SECURITY_POLICY, content_security_policy
from tests.portal.filing_walk import at_place

pytestmark = pytest.mark.django_db
TILES = "https://tiles.example/{z}/{x}/{y}.png"


def test_nothing_from_elsewhere_by_default(client: Client) -> None:
    policy = client.get("/lapor").headers["Content-Security-Policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert "https:" not in policy
    assert "tiles.example" not in at_place(client).html


def test_a_host_of_tiles_may_send_pictures_only(settings: Settings) -> None:
    settings.TILES, settings.TILES_CREDIT = TILES, "© Peta Contoh <b>"
    client = Client()
    policy = client.get("/lapor").headers["Content-Security-Policy"]
    assert "img-src 'self' https://tiles.example data:" in policy
    assert policy.count("tiles.example") == 1
    page = at_place(client)
    assert next(d for d in page.all("div") if d.get("id") == "peta")["data-tiles"] == TILES
    assert "© Peta Contoh <b>" in page.text
    assert "Contoh <b>" not in page.html


def test_control_a_policy_that_forgets_the_host_is_seen() -> None:
    assert content_security_policy(TILES) != content_security_policy("")


@pytest.mark.parametrize(
    "wrong",
    [
        "http://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}.png",
        "https://{s}.tiles.example/{z}/{x}/{y}.png",
        "https://a.example; script-src *//{z}/{x}/{y}",
        "https:///{z}/{x}/{y}.png",
        "javascript:{z}{x}{y}",
    ],
)
def test_an_address_that_is_none_stops_the_start(wrong: str) -> None:
    code = "from melayani.site import settings; print(settings.TILES)"
    environment = {"MELAYANI_TILES": wrong}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "MELAYANI_TILES harus alamat" in done.stderr
