# SPDX-License-Identifier: EUPL-1.2
"""Filters in the address and under a name: kept on every page, said in words, taken away one by one, private."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_walks
from melayani.cases.desk_filters import NO_TOPIC, NOBODY, Standing, WorkFilter
from melayani.cases.desk_queries import WorkList, actor_for
from melayani.cases.models import SavedFilter
from melayani.cases.rules import Outcome, Stage, Visibility
from melayani.catalogue.rules import Kind
from melayani.desk.filters import NAMES, people_of, read_filter, written
from tests.builders import DISHUB, a_case, a_waiting_case, an_officer
from tests.conftest import MONDAY
from tests.desk.test_work import numbers
from tests.desk.visiting import bambang, browser, dewi, joko, nanik, ratih

pytestmark = pytest.mark.django_db
HOSTILE = [
    "\x00", "%", "_", "'", '"><script>alert(1)</script>', "😀" * 50, "x" * 5000, "../..", "\u202e", "0", "-1", "１４",
]  # fmt: skip


def test_the_address_narrows_the_list() -> None:
    lamp = a_case(stage=Stage.TAKEN, at=MONDAY - timedelta(days=10))
    secret = a_case(visibility=Visibility.SECRET)
    paused = a_case(stage=Stage.ASKED, kind=Kind.ASPIRASI)
    client = browser(ratih())
    assert numbers(client, "unit", "?petugas=ratih&keadaan=dikerjakan") == [lamp.number]
    assert numbers(client, "unit", "?sifat=rahasia") == [secret.number]
    assert numbers(client, "unit", "?keadaan=menunggu-warga") == [paused.number]
    assert numbers(client, "unit", "?jenis=aspirasi") == [paused.number]
    assert numbers(client, "unit", "?umur=7") == [lamp.number]
    assert numbers(client, "unit", "?petugas=belum") == [secret.number]
    assert numbers(client, "unit", "?tempat=35.07.13&topik=perhubungan&jenis=pengaduan&petugas=ratih") == [lamp.number]
    assert numbers(client, "unit", "?tempat=35.07.24") == []
    assert numbers(browser(nanik()), "triase", f"?topik=belum&unit={DISHUB}") == []
    waiting = a_waiting_case()
    assert numbers(browser(nanik()), "triase", "?topik=belum") == [waiting.number]


def test_what_is_not_known_is_left_out() -> None:
    case = a_case()
    client = browser(ratih())
    for name in NAMES.values():
        for value in HOSTILE:
            response = client.get("/meja/daftar/unit", {name: value})
            assert response.status_code == 200
            page = response.content.decode()
            assert case.number in page
            assert "<script>alert" not in page
            assert 'class="chips"' not in page


def test_a_filter_names_no_unit_and_no_officer_beyond_the_list() -> None:
    a_case(stage=Stage.TAKEN)
    client = browser(bambang())
    assert numbers(client, "unit", f"?unit={DISHUB}") == []
    page = client.get("/meja/daftar/unit?petugas=ratih").content.decode()
    assert "Ratih" not in page


@pytest.mark.parametrize(
    "narrowed",
    [
        WorkFilter(topic="perhubungan", place="35.07.13", kind=Kind.ASPIRASI, visibility=Visibility.SECRET),
        WorkFilter(topic=NO_TOPIC, officer=NOBODY, standing=Standing.LATE, older_days=90),
        WorkFilter(unit=DISHUB, standing=Standing.REOPENED, visibility=Visibility.PUBLIC),
        WorkFilter(outcome=Outcome.EXPLAINED_NO, standing=Standing.ONCE_LATE),
        WorkFilter(),
    ],
)
def test_what_is_written_is_read_again(narrowed: WorkFilter) -> None:
    actor = actor_for(ratih())
    which = WorkList.CLOSED if narrowed.outcome else WorkList.UNIT
    query = written(narrowed, people=people_of(actor, which, narrowed))
    assert read_filter(QueryDict(query), actor=actor, which=which) == narrowed
    assert bool(query) == bool(narrowed)


def test_an_officer_is_written_by_the_login_and_read_again() -> None:
    actor = actor_for(joko())
    narrowed = WorkFilter(officer=ratih().pk)
    query = written(narrowed, people=people_of(actor, WorkList.UNIT, narrowed))
    assert query == "petugas=ratih"
    assert read_filter(QueryDict(query), actor=actor, which=WorkList.UNIT) == narrowed


def test_pages_keep_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [a_case(stage=Stage.TAKEN) for _ in range(3)]
    a_case()
    defaults = {"after": "", "limit": 2, "narrowed": WorkFilter()}
    monkeypatch.setattr("melayani.cases.desk_queries.work_list.__kwdefaults__", defaults)
    client = browser(ratih())
    first = client.get("/meja/daftar/unit?keadaan=dikerjakan&umur=").content.decode()
    following = re.search(r'href="/meja/daftar/unit(\?sesudah=[^"]+)"', first)
    assert following is not None
    assert "keadaan=dikerjakan" in following[1]
    seen = re.findall(r'href="/meja/kasus/(JT-\w{4}-\w{3})["?]', first)
    seen += numbers(client, "unit", unescape(following[1]))
    assert sorted(seen) == sorted(case.number for case in made)


def test_each_choice_is_said_and_can_be_taken_away() -> None:
    a_case(stage=Stage.TAKEN)
    page = browser(joko()).get("/meja/daftar/unit?keadaan=dikerjakan&petugas=ratih&tempat=35.07.13").content.decode()
    chips = re.search(r'<p class="chips">(.*?)</p>', page, re.DOTALL)
    assert chips is not None
    words = " ".join(re.sub(r"<[^>]+>", " ", chips[1]).split())
    assert words.startswith(
        "Hanya: Keadaan Dikerjakan × hapus pilihan ini Petugas Ratih × hapus pilihan ini Tempat Kec."
    )
    assert words.endswith("Hapus semua 1 kasus cocok")
    assert 'href="/meja/daftar/unit?petugas=ratih&amp;tempat=35.07.13"' in chips[1]
    assert 'href="/meja/daftar/unit?keadaan=dikerjakan&amp;petugas=ratih"' in chips[1]
    assert '<option value="dikerjakan" selected>' in page
    assert '<option value="ratih" selected>' in page
    assert '<option value="35.07.13" selected>' in page


def test_the_choices_stay_within_reach() -> None:
    an_officer("bambang", unit="35.07.kesehatan")
    page = browser(joko()).get("/meja/daftar/unit").content.decode()
    assert '<option value="joko">' in page
    assert "bambang" not in page
    assert '<option value="35.07.13">' in page
    assert '<option value="35.78">' not in page
    assert 'name="unit"' not in page
    mine = browser(joko()).get("/meja/daftar/saya").content.decode()
    assert '<option value="35.07.13">' in mine
    assert 'name="petugas"' not in mine
    wide = browser(dewi()).get("/meja/daftar/unit").content.decode()
    assert '<option value="35.78">' in wide
    assert 'name="unit"' in wide
    inside = browser(dewi()).get("/meja/daftar/unit?tempat=35.07.13").content.decode()
    assert '<optgroup label="Di dalam Kabupaten Malang">' in inside
    assert '<option value="35.07.13.1010">' in inside


def test_an_empty_narrowed_list_teaches_and_one_looked_through_in_part_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(ratih())
    page = client.get("/meja/daftar/unit?topik=kesehatan").content.decode()
    assert "Tidak ada kasus yang cocok dengan saringan ini." in page
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", 1)
    for days in (0, 20, 40):
        a_case(at=MONDAY - timedelta(days=days))
    page = client.get("/meja/daftar/unit?topik=kesehatan").content.decode()
    assert "Belum ada yang cocok sejauh ini." in page
    assert "Selebihnya belum dilihat." in page
    assert "Cari lebih jauh" in page


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize("who", [ratih, nanik, dewi, joko])
def test_a_narrowed_list_needs_five_statements_at_most(cases: int, who: object) -> None:
    assert callable(who)
    client = browser(who())
    for _ in range(cases):
        a_case(stage=Stage.TAKEN)
    SavedFilter.objects.create(officer=ratih(), name="x", query="unit?umur=7")
    address = "/meja/daftar/unit?keadaan=dikerjakan&tempat=35.07.13"
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    assert len(queries) <= 5, [query["sql"] for query in queries]


# Under a name.


def test_a_filter_is_saved_shown_and_deleted() -> None:
    client = browser(ratih())
    response = client.post(
        "/meja/daftar/unit/simpan?umur=7&topik=perhubungan&x=1", {"nama": " Lampu <lama> "}, follow=True
    )
    assert response.redirect_chain == [("/meja/daftar/unit?topik=perhubungan&umur=7", 302)]
    page = response.content.decode()
    assert "Saringan “Lampu &lt;lama&gt;” disimpan." in page
    shown = '<a href="/meja/daftar/unit?topik=perhubungan&amp;umur=7" aria-current="page">Lampu &lt;lama&gt;</a>'
    assert shown in page
    assert shown.replace(' aria-current="page"', " ") in client.get("/meja/daftar/selesai").content.decode()
    assert "Lampu" not in browser(joko()).get("/meja/daftar/unit").content.decode()
    response = client.post("/meja/saringan/hapus", {"nama": "Lampu <lama>"}, follow=True)
    # What was deleted is still applied, so that it can be saved again.
    assert response.redirect_chain == [("/meja/daftar/unit?topik=perhubungan&umur=7", 302)]
    assert "dihapus" in response.content.decode()
    assert not SavedFilter.objects.exists()


def test_nobody_deletes_the_filter_of_another() -> None:
    SavedFilter.objects.create(officer=ratih(), name="Lampu", query="unit?umur=7")
    response = browser(joko()).post("/meja/saringan/hapus", {"nama": "Lampu"}, follow=True)
    assert "Saringan itu sudah tidak ada." in response.content.decode()
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("?umur=7", "", "Nama belum diisi."),
        ("?umur=7", "n" * 61, "Nama terlalu panjang: 61 huruf."),
        ("?umur=7", "\x00\u200b", "Nama belum diisi."),
        ("", "Semua", "Belum ada yang disaring."),
        ("?umur=8", "Salah", "Belum ada yang disaring."),
    ],
)
def test_a_refused_name_is_kept_and_the_reason_said(query: str, name: str, said: str) -> None:
    response = browser(ratih()).post(f"/meja/daftar/unit/simpan{query}", {"nama": name})
    page = response.content.decode()
    assert response.status_code == 400
    assert said in page
    assert 'aria-describedby="nama-error"' in page
    assert f'value="{name}"'.replace("\x00", "") in page.replace("\x00", "")
    assert not SavedFilter.objects.exists()


def test_a_saved_filter_of_a_list_no_longer_had_is_not_shown() -> None:
    SavedFilter.objects.create(officer=ratih(), name="Dulu", query="triase?umur=7")
    assert "Dulu" not in browser(ratih()).get("/meja/daftar/unit").content.decode()


def test_only_lists_that_one_has_can_be_saved() -> None:
    assert browser(ratih()).post("/meja/daftar/triase/simpan?umur=7", {"nama": "x"}).status_code == 404
    assert browser(ratih(), csrf=True).post("/meja/daftar/unit/simpan?umur=7", {"nama": "x"}).status_code == 403
    assert not SavedFilter.objects.exists()
