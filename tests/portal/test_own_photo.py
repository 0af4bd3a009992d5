# SPDX-License-Identifier: EUPL-1.2
"""Photos on the page of the own case: by links of one hour, with neither number nor key in them."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Vault
from melayani.cases.rules import Visibility
from melayani.portal.photo_addresses import own_address
from tests.conftest import MONDAY
from tests.portal.own_case import opened_case
from tests.portal.paper_browser import Page
from tests.portal.some_cases import answered_with_pdf, filed_with_photos, names_of, photo_of_party, release

pytestmark = pytest.mark.django_db
LINK = re.compile(r"/lacak/foto/([0-9a-f]{32})\.([0-9]+)\.[\w-]+(?:/kecil)?")


def links(page: Page) -> list[str]:
    found = [image["src"] for image in page.all("img")] + [link.get("href", "") for link in page.all("a")]
    return [address for address in found if address.startswith("/lacak/foto/")]


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.SECRET])
def test_the_citizen_sees_all_own_photos(client: Client, visibility: Visibility) -> None:
    told = filed_with_photos(1, 2, visibility=visibility)
    page = opened_case(client, told)
    assert [image["alt"] for image in page.all("img")] == ["Foto 1 dari Anda, 5 Januari", "Foto 2 dari Anda, 5 Januari"]
    assert page.text.count("Belum ditampilkan untuk umum") == (2 if visibility is Visibility.PUBLIC else 0)
    assert len(links(page)) == 4
    for address in links(page):
        assert LINK.fullmatch(address), address
        answer = Client().get(address)
        assert isinstance(answer, HttpResponse)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for secret in (told.key, told.key.replace("-", ""), told.number):
        assert not [address for address in links(page) if secret in address]


def test_a_link_ends_after_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    [address] = [link for link in links(opened_case(client, filed_with_photos(1))) if not link.endswith("/kecil")]
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(minutes=59)).isoformat())
    assert client.get(address).status_code == 200
    monkeypatch.setenv("MELAYANI_NOW", (MONDAY + timedelta(hours=1)).isoformat())
    assert client.get(address).status_code == 404


def test_a_changed_link_opens_nothing(client: Client) -> None:
    mine, other = filed_with_photos(1), filed_with_photos(2)
    address = own_address(names_of(mine.number)[0], at=MONDAY)
    name, ends, signature = address.rsplit("/", 1)[1].split(".")
    another = names_of(other.number)[0]
    wrong = [
        f"{another}.{ends}.{signature}", f"{name}.{int(ends) + 1}.{signature}", f"{name}.{ends}.{signature[:-1]}",
        f"{name}.{ends}", name, f"{name}..{signature}", f".{ends}.{signature}", "%00", "x" * 500,
    ]  # fmt: skip
    for signed in wrong:
        assert client.get(f"/lacak/foto/{signed}").status_code == 404, signed
    # The control: unchanged it opens.
    assert client.get(address).status_code == 200


def test_a_signature_of_something_else_opens_nothing(client: Client) -> None:
    from django.core.signing import Signer

    name = names_of(filed_with_photos(1).number)[0]
    ends = int((MONDAY + timedelta(hours=1)).timestamp())
    assert client.get(f"/lacak/foto/{Signer(sep='.').sign(f'{name}.{ends}')}").status_code == 404
    own = own_address(name, at=MONDAY)
    assert client.get(own).status_code == 200


def test_an_erased_case_shows_no_photo(client: Client) -> None:
    address = own_address(names_of(filed_with_photos(1).number)[0], at=MONDAY)
    Vault.objects.update(wrapped_key=None)
    assert client.get(address).status_code == 404


def test_evidence_is_shown_to_the_citizen_before_it_is_public(client: Client) -> None:
    told = filed_with_photos()
    answered_with_pdf(told.number)
    page = opened_case(client, told)
    assert "Berkas 1 dari petugas (PDF), 5 Januari" in page.text
    [address] = links(page)
    answer = client.get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_photo_of_somebody_else_waits_for_the_officer(client: Client) -> None:
    told = filed_with_photos()
    name = photo_of_party(told.number)
    page = opened_case(client, told)
    assert "Foto ditambahkan. Oleh warga yang ikut kasus ini." in page.text
    assert "1 foto atau berkas belum ditampilkan untuk umum." in page.text
    assert name not in page.html
    release(told.number, name)
    assert "Foto 1 dari warga yang ikut, 5 Januari" in [i["alt"] for i in opened_case(client, told).all("img")]
