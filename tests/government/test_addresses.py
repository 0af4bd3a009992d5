# SPDX-License-Identifier: EUPL-1.2
"""Names and free addresses as people write them, on the packaged table of places."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from melayani.government import packaged
from melayani.government.addresses import Gazetteer, Reading
from melayani.government.rules import PlaceLevel, is_kelurahan, level_of, region_of

PLACES = {place.code: place for place in packaged.places()}
GAZETTEER = Gazetteer((place.code, place.search_name) for place in PLACES.values())
HOMONYMS = ["Kediri", "Blitar", "Malang", "Probolinggo", "Pasuruan", "Mojokerto", "Madiun"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Jl. Raya Kepanjen No 3, Kec. Kepanjen, Kab. Malang", "35.07.13"),
        ("surabaya", "35.78"),
        ("SURABAYA!!", "35.78"),
        ("Kota Malang", "35.73"),
        ("kab malang", "35.07"),
        ("Kab.Malang", "35.07"),
        ("alun-alun kota malang", "35.73"),
        ("Jawa Timur", "35"),
        ("jatim", "35"),
        ("jombang", "35.17"),
        ("Jombang, Jember", "35.09.01"),
        ("lowokwaru", "35.73.05"),
        ("Lowokwaru Malang", "35.73.05"),
        ("Kelurahan Ketawanggede, Lowokwaru, Malang", "35.73.05.1006"),
        ("RT 02 RW 05 Kel Sumbersari Kec Lowokwaru Kota Malang Jawa Timur", "35.73.05.1005"),
        ("Desa Sukorejo Kec. Gandusari Kab. Trenggalek", "35.03.10.2003"),
        ("Desa Sukorejo, Kec. Gandusari, Trenggalek", "35.03.10.2003"),
        ("Oro oro ombo kota batu", "35.79.01.2006"),
        ("Ra'as, Sumenep", "35.29.22"),
        ("kec raas sumenep", "35.29.22"),
        ("kec kota kediri", "35.71.02"),
        ("Kec. Kota, Kota Kediri", "35.71.02"),
        ("Kota Sumenep", "35.29.01"),
        ("Jl Mawar 5 Surabaya", "35.78"),
        ("jalan desa rusak di desa karangan kec bareng jombang", "35.17.04.2004"),
        ("depan pasar wates, kec kepanjen kab malang", "35.07.13"),
        ("kota sidoarjo", "35.15"),
        ("sudah lapor di Bojonegoro", "35.22"),
    ],
)
def test_an_address_that_is_certain(text: str, code: str) -> None:
    assert GAZETTEER.read(text) == Reading(sure=code, fitting=(code,))


@pytest.mark.parametrize("name", HOMONYMS)
def test_a_name_of_regency_and_city_stays_open(name: str) -> None:
    for text in (name, name.lower(), f"kab/kota {name}", f"Jl. Sudirman 1, {name}, Jawa Timur"):
        reading = GAZETTEER.read(text)
        assert reading.sure is None
        assert [PLACES[code].name for code in reading.fitting] == [f"Kabupaten {name}", f"Kota {name}"]
    for kind in ("Kabupaten", "Kab.", "Kota"):
        sure = GAZETTEER.read(f"{kind} {name}").sure
        assert sure is not None
        assert PLACES[sure].name == f"{'Kota' if kind == 'Kota' else 'Kabupaten'} {name}"


def test_what_is_named_around_several_fitting_villages_is_certain() -> None:
    reading = GAZETTEER.read("Desa Sukorejo, Kab. Blitar")
    assert reading.sure == "35.05"
    assert len(reading.fitting) == 2
    assert all(PLACES[code].name == "Sukorejo" and region_of(code) == "35.05" for code in reading.fitting)


def test_a_contradiction_is_read_only_as_far_as_it_is_certain() -> None:
    # Gandusari of Blitar has no Sukorejo; that of Trenggalek has one. The regency said wins, the village stays open.
    reading = GAZETTEER.read("ds sukorejo kec gandusari blitar")
    assert reading.sure == "35.05"
    assert "35.05.15" in reading.fitting
    assert "35.03.10.2003" not in reading.fitting


@pytest.mark.parametrize("text", ["sukorejo", "kec jombang", "Surabaya ke Sidoarjo", "Sukorejo, Blitar", "kepanjen"])
def test_several_places_that_fit_stay_open(text: str) -> None:
    reading = GAZETTEER.read(text)
    assert reading.sure is None
    assert len(reading.fitting) > 1


@pytest.mark.parametrize(
    "text",
    ["", "   ", "kabupaten", "Jl. Surabaya", "jalan raya malang", "Monas, Jakarta", "\ud800\x00ﷺ", "東京", "1,2,3"],
)
def test_nothing_found(text: str) -> None:
    assert GAZETTEER.read(text) == Reading(sure=None, fitting=())


def test_the_street_is_not_the_place() -> None:
    assert GAZETTEER.read("Jl. Surabaya 5, Kota Malang").sure == "35.73"
    assert GAZETTEER.read("Jl. Raya Kediri, Kota Batu").sure == "35.79"


@pytest.mark.parametrize(
    "text", ["sukorejo " * 2_000_000, "ds " * 1000, ("Kec. Kota, " * 500), "\n" * 10_000_000, "ﷺ" * 100_000]
)
def test_huge_texts_are_cut_not_crashed(text: str) -> None:
    assert len(GAZETTEER.read(text).fitting) <= len(PLACES)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    reading = GAZETTEER.read(text)
    assert reading.sure is None or reading.sure in PLACES
    assert set(reading.fitting) <= set(PLACES)


@given(st.lists(st.sampled_from(sorted({*"kota kab kec ds kel jl raya , malang sukorejo batu".split()})), max_size=20))  # noqa: SIM905  # readable
def test_any_order_of_telling_words_is_read(words: list[str]) -> None:
    GAZETTEER.read(" ".join(words))


def without_kinds(code: str) -> str:
    """A full name as people in a hurry write it: "Sukorejo, Wates, Blitar"."""
    return re.sub(r"\b(Desa|Kel\.|Kec\.|Kabupaten|Kota|Provinsi) ", "", PLACES[code].full_name)


def check_never_elsewhere(read: Callable[[str], Reading], code: str) -> None:
    """What an address that names `code` is read as is that place or one around it, or stays open."""
    sure = read(without_kinds(code)).sure
    assert sure is None or f"{code}.".startswith(f"{sure}.")


def test_every_full_name_is_read_as_its_place() -> None:
    assert [code for code in PLACES if GAZETTEER.read(PLACES[code].full_name).sure != code] == []


def test_every_village_without_kinds_is_never_read_as_another_place() -> None:
    for code in PLACES:
        if level_of(code) is PlaceLevel.DESA:
            check_never_elsewhere(GAZETTEER.read, code)


def test_control_reading_the_first_name_only_is_caught() -> None:
    def first_name(text: str) -> Reading:
        codes = GAZETTEER.named(text.partition(",")[0])
        return Reading(sure=codes[0], fitting=codes)

    with pytest.raises(AssertionError):
        check_never_elsewhere(first_name, "35.05.20.2006")


# Names


def names(typed: str, *, within: str = "", limit: int = 20) -> list[str]:
    return [PLACES[code].full_name for code in GAZETTEER.named(typed, within=within, limit=limit)]


def test_a_name_gives_regency_and_city_first() -> None:
    assert names("malang")[:2] == ["Kabupaten Malang", "Kota Malang"]
    assert names("MALANG")[:2] == names(" malang ")[:2] == names("malang")[:2]
    assert names("kab malang") == ["Kabupaten Malang"]
    assert names("Kota Malang")[0] == "Kota Malang"


def test_all_villages_of_a_name_are_listed_with_where() -> None:
    listed = names("Sukorejo")
    assert len(listed) == 41
    assert len(set(listed)) == 41
    assert [level_of(code) for code in GAZETTEER.named("sukorejo")[:3]] == [PlaceLevel.KECAMATAN] * 3
    assert all(is_kelurahan(code) for code in GAZETTEER.named("kel sukorejo"))
    assert "Desa Sukorejo, Kec. Wates, Kabupaten Blitar" in names("desa sukorejo", within="35.05")
    assert len(names("sukorejo", within="35.05")) == 3


def test_the_beginning_of_a_name_is_enough_up_to_the_limit() -> None:
    assert names("suraba")[0] == "Kota Surabaya"
    assert len(names("s")) == 20
    assert len(names("s", limit=5)) == 5
    assert names("kota su")[0] == "Kota Surabaya"
    assert names("kepanj", within="35.07")[0] == "Kec. Kepanjen, Kabupaten Malang"


def test_marks_and_blanks_do_not_matter() -> None:
    assert names("orooro ombo") == names("Oro-oro Ombo") == names("oro oro ombo")
    assert names("raas")[0] == names("Ra'as")[0] == "Kec. Ra'as, Kabupaten Sumenep"


@pytest.mark.parametrize("typed", ["", " ", "'", "xyzzy", "\x00", "%", "_", "x" * 1_000_000])
def test_no_place_is_called_so(typed: str) -> None:
    assert names(typed) == []


def test_every_place_is_found_by_its_name() -> None:
    for code, place in PLACES.items():
        assert code in GAZETTEER.named(place.name)
        assert code in GAZETTEER.named(place.search_name.upper())
