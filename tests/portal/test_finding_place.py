# SPDX-License-Identifier: EUPL-1.2
"""The step that asks where: by typing or by lists, homonyms with their full path, never a guess."""

import pytest
from django.test import Client

from melayani.cases.models import Case, CaseText
from melayani.government.queries import place_row
from melayani.portal.draft import Draft
from melayani.portal.finding_place import (
    is_settled,
    listed_place,
    phoned_place,
    pinned_place,
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


def until_person(client: Client, page: Page) -> Page:
    """The step that asks who may know, past those in between that may be left empty."""
    for _ in range(3):
        if "Siapa yang boleh tahu?" in page.text:
            return page
        page = went_on(client, page, {})
    raise AssertionError(page.text[:300])


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
    page = until_person(client, went_on(client, page, {"desa": KEPANJEN}))
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


# A point: from the phone, from the map, or typed.

AT_KEPANJEN = "-8.1304, 112.5709"
IN_THE_FOREST = "-7.8500, 114.4500"  # Baluran, more than 6 km from every village
IN_JAKARTA = "-6.2000, 106.8166"


def test_a_point_marks_the_nearest_village_and_is_written_in_one_form(client: Client) -> None:
    page = went_on(client, at_place(client), {"titik": "-8,1304; 112,5709"}, button="titik")
    assert "Di sini, betul?" in page.text
    form = page.form("langkah")
    assert form.value("tempat") == KEPANJEN
    assert form.value("titik") == "-8.13040, 112.57090"


def test_the_point_is_sealed_and_public_only_when_rounded(client: Client) -> None:
    page = went_on(client, at_place(client), {"titik": "-8.130444, 112.570944"}, button="lokasi")
    sent(client, went_on(client, until_person(client, page), PERSON_STEP))
    case = Case.objects.get()
    assert (case.latitude, case.longitude) == (-8.13, 112.571)
    assert "130444" not in str(CaseText.objects.values().get())


def test_going_on_with_a_point_alone_asks_to_confirm_its_village(client: Client) -> None:
    page = went_on(client, at_place(client), {"titik": AT_KEPANJEN})
    assert "Di sini, betul?" in page.text
    assert went_on(client, page, {}).form("langkah").value("tempat") == KEPANJEN


def test_a_point_some_way_off_is_asked_and_not_marked() -> None:
    step = pinned_place(a_draft(titik=IN_THE_FOREST))
    assert step.chosen is None
    assert len(step.matches) == 1
    assert "km dari" in step.note
    assert step.draft.get("tempat") == ""
    taken = settled_place(a_draft(titik=IN_THE_FOREST, tempat=step.matches[0].code))
    assert taken.chosen == step.matches[0]


@pytest.mark.parametrize("typed", [IN_JAKARTA, "0, 0", "90, 180", "-8.9, 116.0", "51.5, -0.12"])
def test_a_point_elsewhere_opens_the_lists(client: Client, typed: str) -> None:
    page = went_on(client, at_place(client), {"titik": typed}, button="titik", status=422)
    assert "Pilih kabupaten atau kota" in page.text
    assert "#kabupaten" in {link.get("href") for link in page.all("a")}
    assert [d for d in page.all("details") if "open" in d]
    assert page.form("langkah").value("titik") == typed


def test_a_phone_that_is_elsewhere_leaves_no_point_behind() -> None:
    step = phoned_place(a_draft(titik=IN_JAKARTA))
    assert step.problems[0][0] == "kabupaten"
    assert step.draft.get("titik") == ""
    assert pinned_place(a_draft(titik=IN_JAKARTA)).draft.get("titik") == IN_JAKARTA


@pytest.mark.parametrize("typed", ["di situ", "-8.13", "\x00", "<script>", "9" * 5000, "\u202e-8.13"])
@pytest.mark.parametrize("button", ["titik", "lokasi", "lanjut"])
def test_what_is_no_point_says_how_to_write_one(client: Client, typed: str, button: str) -> None:
    page = went_on(client, at_place(client), {"titik": typed}, button=button, status=422)
    assert "Koordinat ini tidak terbaca." in page.text
    assert page.form("langkah").value("titik") == typed


def test_point_and_place_that_do_not_fit_ask_which_is_meant() -> None:
    sumenep = "35.29.01.1015"
    step = settled_place(a_draft(tempat=sumenep, titik=AT_KEPANJEN))
    assert step.chosen is None
    assert {row.code for row in step.matches} == {sumenep, KEPANJEN}
    assert "Titiknya dekat" in step.problems[0][1]
    assert not is_settled(a_draft(tempat=sumenep, titik=AT_KEPANJEN))
    far = settled_place(a_draft(tempat=sumenep, titik=IN_JAKARTA))
    assert far.problems[0][0] == "titik"


def test_a_point_fits_its_village_what_lies_around_it_and_the_next_village() -> None:
    beside = pinned_place(a_draft(titik="-8.1404, 112.5609")).matches[0].code
    for code in (KEPANJEN, "35.07.13", "35.07", beside):
        assert is_settled(a_draft(tempat=code, titik=AT_KEPANJEN)), code
    assert not is_settled(a_draft(tempat=KEPANJEN, titik="x"))
    assert is_settled(a_draft(tempat=KEPANJEN))


def test_a_search_keeps_the_point_and_a_new_point_replaces_the_place() -> None:
    assert searched_place(a_draft(cari="Kel. Kepanjen", titik=AT_KEPANJEN)).draft.get("titik") == AT_KEPANJEN
    moved = pinned_place(a_draft(titik=AT_KEPANJEN, tempat="35.29.01.1015", kabupaten="35.29"))
    assert moved.draft.get("tempat") == KEPANJEN
    assert moved.draft.get("kabupaten") == ""


def test_the_map_begins_at_the_point_else_at_the_place() -> None:
    village = place_row(KEPANJEN)
    assert shown_place(a_draft(titik=AT_KEPANJEN)).start == "-8.1304 112.5709 15"
    assert shown_place(a_draft(tempat=KEPANJEN)).start == f"{village.latitude} {village.longitude} 14"
    assert listed_place(a_draft(kabupaten="35.07")).start.endswith(" 10")
    assert shown_place(a_draft()).start == ""


def test_nothing_of_the_map_is_in_the_page_before_it_is_asked_for(client: Client) -> None:
    page = at_place(client)
    assert not [s for s in page.all("script") if "leaflet" in s.get("src", "") or "pin-map" in s.get("src", "")]
    assert not [link for link in page.all("link") if "leaflet" in link.get("href", "")]
    held = next(d for d in page.all("div") if d.get("id") == "peta")
    assert "hidden" in held
    assert held["data-tiles"] == ""
    # Without a script the buttons that need one do not show.
    assert "hidden" in next(d for d in page.all("div") if d.get("id") == "alat-tempat")
