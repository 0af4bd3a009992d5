# SPDX-License-Identifier: EUPL-1.2
"""Released photos and PDFs for everybody: harmless in any browser, gone when held again; everything else is one 404."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.cases.file_actions import hold_file
from melayani.cases.files import path_of
from melayani.cases.models import Case, Vault
from melayani.cases.rules import Visibility
from melayani.portal import rendered
from tests.builders import a_case, officer_actor
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page
from tests.portal.some_cases import PDF, answered_with_pdf, filed_with_photos, names_of, photo_of_party, release
from tests.some_files import CANARY

pytestmark = pytest.mark.django_db


def got(client: Client, address: str, **headers: str) -> HttpResponse:
    answer = client.get(address, headers=headers)
    assert isinstance(answer, HttpResponse)
    return answer


def public_page(client: Client, number: str) -> Page:
    return Page(got(client, f"/kasus/{number}"))


def hold(number: str, name: str) -> None:
    hold_file(number=number, name=name, by=officer_actor(), at=MONDAY)


def test_a_released_photo_is_a_plain_picture_for_everybody(client: Client) -> None:
    told = filed_with_photos(1)
    [name] = names_of(told.number)
    release(told.number, name)
    sizes = []
    for address in (f"/foto/{name}", f"/foto/{name}/kecil"):
        answer = got(client, address)
        assert answer.status_code == 200
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert CANARY.encode() not in answer.content
        sizes.append(len(answer.content))
        headers = answer.headers
        assert headers["Content-Type"] == "image/jpeg"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Disposition"] == "inline"
        assert headers["Cache-Control"] == "public, max-age=300"
        assert "noindex" in headers["X-Robots-Tag"]
        assert not answer.cookies
        assert "Cookie" not in headers.get("Vary", "")
    assert sizes[1] <= sizes[0]


def test_a_released_pdf_is_only_a_download(client: Client) -> None:
    told = filed_with_photos()
    name = answered_with_pdf(told.number)
    assert got(client, f"/foto/{name}").status_code == 404
    release(told.number, name)
    for address in (f"/foto/{name}", f"/foto/{name}/kecil"):
        answer = got(client, address)
        assert answer.content == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Berkas 1 dari petugas (PDF), 5 Januari" in public_page(client, told.number).text


def comparable(answer: HttpResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return answer.status_code, answer.content, sorted(answer.headers.items())


def test_whatever_is_not_for_everybody_is_exactly_as_if_absent(client: Client) -> None:
    held, secret = filed_with_photos(1), filed_with_photos(2, visibility=Visibility.SECRET)
    erased, lost, changed = (filed_with_photos(shade) for shade in (3, 4, 5))
    names = [names_of(case.number)[0] for case in (held, secret, erased, lost, changed)]
    for case, name in zip((erased, lost, changed), names[2:], strict=True):
        release(case.number, name)
    Vault.objects.filter(case__number=erased.number).update(wrapped_key=None)
    path_of(names[3]).unlink()
    path_of(names[4]).write_bytes(b"\x00" * 500)
    absent = comparable(got(client, f"/foto/{'0' * 32}"))
    assert absent[0] == 404
    for name in (*names, "x", "%00", "..%2fx", names[0].upper(), f"{names[0]}.small", "a" * 300):
        assert comparable(got(client, f"/foto/{name}")) == absent, name
    # The control: the same address answers once it is released.
    release(held.number, names[0])
    assert got(client, f"/foto/{names[0]}").status_code == 200


def test_a_case_that_becomes_secret_takes_its_photos_along(client: Client) -> None:
    told = filed_with_photos(1)
    [name] = names_of(told.number)
    release(told.number, name)
    assert got(client, f"/foto/{name}").status_code == 200
    Case.objects.update(visibility=Visibility.SECRET)
    assert got(client, f"/foto/{name}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_reading(client: Client, method: str) -> None:
    for address in (f"/foto/{'0' * 32}", f"/foto/{'0' * 32}/kecil", f"/lapor/foto/{'0' * 32}", "/lacak/foto/x"):
        assert getattr(client, method)(address).status_code == 405


def test_a_browser_that_has_it_is_told_so_as_long_as_it_may(client: Client) -> None:
    told = filed_with_photos(1)
    [name] = names_of(told.number)
    release(told.number, name)
    tag = got(client, f"/foto/{name}").headers["ETag"]
    assert got(client, f"/foto/{name}/kecil").headers["ETag"] != tag
    again = got(client, f"/foto/{name}", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    hold(told.number, name)
    assert got(client, f"/foto/{name}", **{"If-None-Match": tag}).status_code == 404


# On the public page of the case


def pictures(page: Page) -> list[dict[str, str]]:
    return [image for image in page.all("img") if image["src"].startswith("/foto/")]


def test_the_public_page_shows_released_photos_lazily_with_size_and_words(client: Client) -> None:
    told = filed_with_photos(1, 2, 3)
    first, second, _third = names_of(told.number)
    page = public_page(client, told.number)
    assert pictures(page) == []
    assert "3 foto atau berkas belum ditampilkan untuk umum." in page.text
    release(told.number, second)
    page = public_page(client, told.number)
    assert pictures(page) == [
        {
            "src": f"/foto/{second}/kecil",
            "width": "320",
            "height": "240",
            "alt": "Foto 2 dari warga, 5 Januari",
            "loading": "lazy",
            "decoding": "async",
        }
    ]
    assert f"/foto/{second}" in [link["href"] for link in page.all("a")]
    assert "2 foto atau berkas belum ditampilkan untuk umum." in page.text
    assert first not in page.html


def test_a_photo_held_again_is_gone_from_a_page_that_was_remembered(client: Client) -> None:
    told = filed_with_photos(1)
    [name] = names_of(told.number)
    release(told.number, name)
    assert name in public_page(client, told.number).html
    hold(told.number, name)
    assert name not in public_page(client, told.number).html


def test_control_a_memory_without_the_version_would_still_show_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rendered.RenderedPages.get

    def forgetful(self: rendered.RenderedPages, key: tuple[object, ...], **rest: Any) -> rendered.Rendered:
        return real(self, (key[0],), **rest)

    monkeypatch.setattr(rendered.RenderedPages, "get", forgetful)
    told = filed_with_photos(1)
    [name] = names_of(told.number)
    release(told.number, name)
    assert name in public_page(client, told.number).html
    hold(told.number, name)
    assert name in public_page(client, told.number).html


def test_photos_that_came_later_say_from_whom(client: Client) -> None:
    told = filed_with_photos()
    name = photo_of_party(told.number)
    assert "Foto ditambahkan. Oleh warga yang ikut kasus ini." in public_page(client, told.number).text
    release(told.number, name)
    [picture] = pictures(public_page(client, told.number))
    assert picture["alt"] == "Foto 1 dari warga yang ikut, 5 Januari"


def test_english_words(client: Client) -> None:
    told = filed_with_photos(1)
    release(told.number, names_of(told.number)[0])
    page = Page(got(client, f"/en/kasus/{told.number}"))
    assert [image["alt"] for image in page.all("img")] == ["Photo 1 from a citizen, 5 January"]
    assert got(client, page.all("img")[0]["src"]).status_code == 200


def test_photos_cost_one_query_more_however_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    public_page(client, a_case().number)  # reference data is in memory
    for shades in ((1,), (2, 3, 4)):
        told = filed_with_photos(*shades)
        for name in names_of(told.number):
            release(told.number, name)
        with django_assert_num_queries(4):
            assert len(pictures(public_page(client, told.number))) == len(shades)
        with django_assert_num_queries(1):
            public_page(client, told.number)
        name = names_of(told.number)[0]
        with django_assert_num_queries(1):
            got(client, f"/foto/{name}")
