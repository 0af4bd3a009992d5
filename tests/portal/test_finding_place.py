# SPDX-License-Identifier: EUPL-1.2
"""The step that asks where: by typing or by lists, homonyms with their full path, never a guess."""

import pytest
from django.test import Client

from melayani.cases.models import Case
from melayani.portal.draft import Draft
from melayani.portal.finding_place import (
    listed_place,
    searched_place,
    settled_place,
    shown_place,
)
from tests.builders import KEPANJEN
from tests.portal.filing_walk import PERSON_STEP, at_place, sent, went_on
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db


def a_draft(**typed: str) -> Draft:
    return Draft({name: (value,) for name, value in typed.items()})


def names(page: Page) -> list[str]:
    """The places offered, in words."""
    return [label["for"] for label in page.all("label") if label.get("for", "").startswith("tempat_")]


@pytest.mark.parametrize("typed", ["malang", "MALANG", " Malang "])
def test_malang_asks_for_kabupaten_or_kota(client: Client, typed: str) -> None:
    page = went_on(client, at_place(client), {"cari": typed}, button="cari")
    assert "Yang mana?" in page.text
    assert "Kabupaten Malang" in page.text
    assert "Kota Malang" in page.text
    assert page.form("langkah").value("tempat") == ""


@pytest.mark.parametrize("name", ["Kediri", "Blitar", "Malang", "Probolinggo", "Pasuruan", "Mojokerto", "Madiun"])
def test_each_of_the_seven_double_names_is_asked(name: str) -> None:
    offered = [row.full_name for row in searched_place(a_draft(cari=name)).matches]
    assert offered[:2] == [f"Kabupaten {name}", f"Kota {name}"]
    assert searched_place(a_draft(cari=name)).chosen is None


def test_places_with_one_name_are_shown_with_their_full_path() -> None:
    step = searched_place(a_draft(cari="Sumbersari"))
    paths = [row.full_name for row in step.matches if row.name == "Sumbersari"]
    assert len(paths) > 5
    assert len(set(paths)) == len(paths)
    assert all(path.count(",") >= 1 for path in paths)
    assert step.chosen is None


def test_single_match_is_marked_and_named_in_words(client: Client) -> None:
    page = went_on(client, at_place(client), {"cari": "Kel. Kepanjen"}, button="cari")
    if len(names(page)) == 1:
        assert page.form("langkah").value("tempat") == KEPANJEN
    assert "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang" in page.text


def test_going_on_with_a_typed_name_searches_first(client: Client) -> None:
    page = went_on(client, at_place(client), {"cari": "Malang"})
    assert "Di mana?" in page.text
    assert "Kota Malang" in page.text


def test_whole_address_is_understood() -> None:
    step = searched_place(a_draft(cari="Jalan Raya Kepanjen, Kecamatan Kepanjen, Kabupaten Malang"))
    assert any("Kepanjen" in row.full_name for row in step.matches)


@pytest.mark.parametrize("typed", ["", "  ", "x", "ab"])
def test_too_short_a_name_asks_for_more(typed: str) -> None:
    step = searched_place(a_draft(cari=typed))
    assert step.matches == ()
    assert [anchor for anchor, _message in step.problems] == ["cari"]


@pytest.mark.parametrize("typed", ["Atlantis Raya", "Jakarta Selatan", "💥💥💥💥", "\u202e\u2066\u202e", "a" * 5000])
def test_unknown_names_say_so_and_keep_what_was_typed(client: Client, typed: str) -> None:
    page = went_on(client, at_place(client), {"cari": typed}, button="cari", status=422)
    assert "Tidak ada tempat di Jawa Timur dengan nama itu." in page.text
    assert page.form("langkah").value("cari") == typed


def test_search_without_a_name_keeps_the_chosen_place() -> None:
    step = searched_place(a_draft(cari="", tempat=KEPANJEN))
    assert step.chosen is not None
    assert step.chosen.code == KEPANJEN


def test_lists_open_step_by_step(client: Client) -> None:
    page = went_on(client, at_place(client), {"kabupaten": "35.07"}, button="daftar")
    assert [s["name"] for s in page.all("select")] == ["kabupaten", "kecamatan"]
    page = went_on(client, page, {"kecamatan": "35.07.13"}, button="daftar")
    assert [s["name"] for s in page.all("select")] == ["kabupaten", "kecamatan", "desa"]
    page = went_on(client, page, {"desa": KEPANJEN})
    assert "Siapa yang boleh tahu?" in page.text
    assert page.form("langkah").value("tempat") == KEPANJEN
    check = went_on(client, page, PERSON_STEP)
    sent(client, check)
    assert Case.objects.get().place_id == KEPANJEN


def test_district_is_enough_and_a_regency_when_the_district_is_not_known(client: Client) -> None:
    page = went_on(client, at_place(client), {"kabupaten": "35.07"}, button="daftar")
    district = went_on(client, page, {"kecamatan": "35.07.13"})
    assert district.form("langkah").value("tempat") == "35.07.13"
    asked = went_on(client, at_place(client), {"kabupaten": "35.07"})
    assert "Kecamatan apa di Kabupaten Malang?" in asked.text
    assert went_on(client, asked, {}).form("langkah").value("tempat") == "35.07"


def test_regency_found_by_name_is_asked_for_its_district_once() -> None:
    step = settled_place(a_draft(cari="malang", dicari="malang", tempat="35.07"))
    assert step.chosen is None
    assert step.districts
    assert step.draft.get("kabupaten") == "35.07"


def test_lists_that_do_not_fit_together_fall_back_to_what_fits() -> None:
    step = listed_place(a_draft(kabupaten="35.07", kecamatan="35.78.01", desa=KEPANJEN))
    assert step.draft.get("kecamatan") == ""
    assert step.draft.get("desa") == ""
    assert listed_place(a_draft(kabupaten="99")).problems


def test_two_different_places_ask_for_one(client: Client) -> None:
    draft = a_draft(tempat=KEPANJEN, kabupaten="35.78", kecamatan="")
    step = settled_place(draft)
    assert {row.code for row in step.matches} == {KEPANJEN, "35.78"}
    assert step.chosen is None
    # A list that only names what lies around the chosen place is no contradiction.
    agreed = settled_place(a_draft(tempat=KEPANJEN, kabupaten="35.07"))
    assert agreed.chosen is not None
    assert agreed.chosen.code == KEPANJEN


@pytest.mark.parametrize("code", ["35", "99.99", "35.07.13.9999", "x", "35.07.13.1010 ", "35.7"])
def test_codes_that_are_no_place_of_a_case_are_refused(code: str) -> None:
    assert settled_place(a_draft(tempat=code)).chosen is None
    assert settled_place(a_draft(tempat=code)).problems


def test_nothing_chosen_says_what_to_do() -> None:
    step = settled_place(a_draft())
    assert "ketik namanya" in step.problems[0][1]
    assert shown_place(a_draft()).problems == []
