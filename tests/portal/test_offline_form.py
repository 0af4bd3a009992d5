# SPDX-License-Identifier: EUPL-1.2
"""The form that works without a connection: whole, the same for everybody, and safe to keep."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import Client

from melayani.cases.models import Case
from melayani.portal.draft import PERSON, STORY
from melayani.portal.pages.offline_form import PAGES
from tests.builders import KEPANJEN
from tests.builders import STORY as TOLD
from tests.portal.filing_walk import at_check, nothing_written, went_on
from tests.portal.paper_browser import Form, Page, pressed

pytestmark = pytest.mark.django_db
ADDRESS = "/lapor/luring"
TYPED = {
    "cerita": TOLD,
    "jenis": "PENGADUAN",
    "kabupaten": "35.07",
    "cari": "Kel. Kepanjen",
    "patokan": "depan balai desa",
    "privasi": "terbuka",
    "nama": "Sari",
    "telepon": "0812 0000 0000",
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No page of an earlier test."""
    PAGES.clear()


def got(client: Client, address: str = ADDRESS) -> HttpResponse:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return answer


def the_form(client: Client) -> Form:
    return Page(got(client)).form("lapor")


def test_everything_that_a_case_needs_is_asked_on_one_page(client: Client) -> None:
    form = the_form(client)
    page = Page(got(client))
    asked = {element.attributes.get("name") for element in page.elements}
    assert {*STORY, *PERSON, "kabupaten", "cari", "patokan", "tempat"} <= asked
    assert form.action == "/lapor"
    assert len([option for option in page.all("option") if option["value"].startswith("35.")]) == 38
    assert "Foto dapat Anda tambahkan sesudah terkirim" in page.text


def test_it_holds_nothing_of_anybody(client: Client) -> None:
    answer, other = got(client), got(Client())
    assert answer.content == other.content
    assert not answer.cookies
    names = [element.attributes.get("name") for element in Page(answer).elements]
    assert "csrfmiddlewaretoken" not in names
    assert the_form(client).value("kiriman") == ""


def test_control_a_step_of_the_ordinary_form_is_not_the_same_for_everybody(client: Client) -> None:
    assert got(client, "/lapor").content != got(Client(), "/lapor").content
    assert got(Client(), "/lapor").cookies


def test_nothing_of_it_changes_while_its_choices_do_not(client: Client) -> None:
    answer = got(client)
    assert answer.headers["Cache-Control"] == "no-cache"
    etag = answer.headers["ETag"]
    PAGES.clear()
    again = client.get(ADDRESS, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert client.get("/en" + ADDRESS, headers={"If-None-Match": etag}).status_code == 200


def test_it_costs_nothing_while_it_is_remembered(
    client: Client, django_assert_num_queries: "pytest.FixtureRequest"
) -> None:
    got(client)
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's own fixture
        got(client)


def test_it_is_only_read(client: Client) -> None:
    assert client.post(ADDRESS, TYPED).status_code == 405
    assert nothing_written()


def test_it_is_light_and_not_for_search_engines(client: Client) -> None:
    answer = got(client)
    assert len(gzip.compress(answer.content, 9)) < 8_000
    assert {"name": "robots", "content": "noindex"} in Page(answer).all("meta")


def test_without_a_script_sending_loses_nothing_and_leads_into_the_ordinary_form() -> None:
    strict = Client(enforce_csrf_checks=True)
    refused = pressed(strict, the_form(strict), typed=TYPED)
    assert refused.status_code == 403
    page = Page(refused)
    assert "Yang Anda ketik masih ada" in page.text
    form = page.form("langkah")
    for name in ("cerita", "nama", "telepon", "patokan", "privasi", "cari"):
        assert form.value(name) == TYPED[name]
    # The place in words is looked up and chosen, then all answers are shown.
    check = went_on(strict, went_on(strict, page, {}), {"tempat": KEPANJEN})
    assert "Kel. Kepanjen" in check.text
    assert "Sari" in check.text
    assert nothing_written()
    assert pressed(strict, check.form("langkah"), button="kirim").status_code == 200
    assert Case.objects.count() == 1


def as_the_script_sends(client: Client, **more: str) -> HttpResponse:
    """The answers of the one page, sent into the ordinary form with a token that the browser made."""
    answer = client.post("/lapor", {**TYPED, "kiriman": "A" * 32, "ubah": "ya", **more})
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_place_in_words_is_asked_back_then_everything_is_checked(client: Client) -> None:
    asked = Page(as_the_script_sends(client, langkah="tempat", tuju="cari", cari="Kepanjen, Kabupaten Malang"))
    assert "Di sini, betul?" in asked.text
    check = went_on(client, asked, {})
    assert "Periksa jawaban Anda" in check.text
    assert check.form("langkah").value("kiriman") == "A" * 32


def test_an_unknown_place_loses_nothing(client: Client) -> None:
    answer = as_the_script_sends(client, langkah="tempat", tuju="cari", cari="Negeri Antah Berantah")
    assert answer.status_code == 422
    form = Page(answer).form("langkah")
    assert form.value("cerita") == TOLD
    assert form.value("patokan") == "depan balai desa"


def test_only_a_regency_asks_for_the_district(client: Client) -> None:
    page = Page(as_the_script_sends(client, langkah="tempat", tuju="lanjut", cari=""))
    assert "Kecamatan apa di Kabupaten Malang?" in page.text


def test_a_known_place_is_filed_by_one_sending_and_a_second_one_changes_nothing(client: Client) -> None:
    said = {"langkah": "periksa", "tuju": "kirim", "tempat": KEPANJEN, "cari": "", "kabupaten": ""}
    first, second = as_the_script_sends(client, **said), as_the_script_sends(client, **said)
    assert "sudah tercatat" in Page(first).text
    assert "tidak dibuat kasus kedua" in Page(second).text
    assert Case.objects.count() == 1


def test_control_another_token_is_another_case(client: Client) -> None:
    said = {"langkah": "periksa", "tuju": "kirim", "tempat": KEPANJEN, "cari": "", "kabupaten": ""}
    as_the_script_sends(client, **said)
    as_the_script_sends(client, **said, kiriman="B" * 32)
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    "story", ["x" * 5000, "a\x00b " * 10, "\u202eterbalik " * 5, "<script>x</script> " * 3, "w" * 3000]
)
def test_whatever_was_typed_there_is_answered_calmly(client: Client, story: str) -> None:
    answer = as_the_script_sends(
        client, langkah="periksa", tuju="kirim", tempat=KEPANJEN, cari="", kabupaten="", cerita=story
    )
    assert answer.status_code in (200, 422)
    assert "<script>x" not in answer.content.decode()


def test_a_form_that_was_kept_for_long_comes_back_with_its_draft_piece(client: Client) -> None:
    """The page for an expired form is the ordinary step, where the script takes the draft up again."""
    check = at_check(client)
    refused = pressed(Client(enforce_csrf_checks=True), check.form("langkah"), button="kirim")
    assert refused.status_code == 403
    assert any(part.attributes.get("data-part") == "note" for part in Page(refused).elements)
