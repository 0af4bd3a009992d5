# SPDX-License-Identifier: EUPL-1.2
"""The list beside a case is the one the officer came from, with its filter: on the page, after an act, on every way."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_walks
from melayani.cases.desk_queries import WorkList, actor_for, work_list
from melayani.cases.models import Case
from melayani.cases.rules import Stage, Visibility
from melayani.catalogue.rules import Kind
from melayani.desk import came_from
from melayani.desk.access import Visit
from melayani.desk.filters import NAMES
from melayani.desk.pages import case as case_page
from melayani.government.models import Officer
from tests.builders import ANSWER, a_case, a_waiting_case
from tests.conftest import MONDAY
from tests.desk.test_saved_filters import HOSTILE
from tests.desk.visiting import address, bambang, browser, dewi, joko, nanik, paper, ratih

pytestmark = pytest.mark.django_db
FILTER = "daftar=unit&keadaan=belum-diambil&sifat=rahasia"


def secret(**changes: Any) -> Case:
    return a_case(visibility=Visibility.SECRET, **changes)


def page_of(case: Case, query: str, officer: Officer | None = None, *, language: str = "") -> str:
    """The page of the case as the officer who came by this address sees it."""
    response = browser(officer or ratih()).get(f"{language}{address(case)}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def beside(page: str) -> str:
    """The column beside the case."""
    found = re.search(r"<aside.*?</aside>", page, re.DOTALL)
    assert found is not None
    return found[0]


def listed(page: str) -> list[str]:
    """The numbers in the list beside the case, in order."""
    return re.findall(r'<li><a href="/meja/kasus/(JT-\w{4}-\w{3})["?]', beside(page))


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_list_leads_to_its_cases_with_its_filter() -> None:
    case = secret()
    a_case()
    page = browser(ratih()).get("/meja/daftar/unit?sifat=rahasia&keadaan=belum-diambil&x=1").content.decode()
    [link] = re.findall(rf'href="({address(case)}[^"]*)"', page)
    assert unescape(link) == f"{address(case)}?{FILTER}"


def test_beside_the_case_stands_the_list_it_was_opened_from() -> None:
    here, other = secret(), secret(at=MONDAY - timedelta(days=1))
    shown_to_all = a_case()
    page = page_of(here, FILTER)
    assert listed(page) == [other.number, here.number]
    assert "Kasus terbuka di unit" in words_of(beside(page))
    assert "Hanya: Keadaan Belum diambil × hapus pilihan ini Sifat Rahasia × hapus pilihan ini" in words_of(
        beside(page)
    )
    links = re.findall(r'<li><a href="([^"]+)"', beside(page))
    assert {urlsplit(unescape(link)).query for link in links} == {FILTER}
    assert re.search(rf'<a href="{address(here)}\?[^"]*" aria-current="true">', page)
    assert shown_to_all.number in listed(page_of(here, "daftar=unit"))


def test_each_part_of_the_filter_can_be_taken_away_beside_the_case() -> None:
    case = secret()
    chips = re.findall(r'<a href="([^"]+)"><span class="small">', page_of(case, FILTER))
    assert [unescape(chip) for chip in chips] == [
        f"{address(case)}?daftar=unit&sifat=rahasia",
        f"{address(case)}?daftar=unit&keadaan=belum-diambil",
    ]


def test_the_way_back_leads_to_the_filter() -> None:
    page = page_of(secret(), FILTER)
    back = [unescape(link) for link in re.findall(r'href="(/meja/daftar/[^"]+)"', page)]
    whole = "/meja/daftar/unit?keadaan=belum-diambil&sifat=rahasia"
    assert back == [whole, f"{whole}#saring", whole]
    assert 'class="back"' in page
    assert 'class="back"' not in browser(ratih()).get(address(secret())).content.decode()


def test_a_page_further_down_goes_along() -> None:
    first, second, third = (a_case(at=MONDAY - timedelta(days=days)) for days in (9, 6, 2))
    after = work_list(actor=actor_for(ratih()), which=WorkList.UNIT, at=MONDAY, limit=1).after
    page = browser(ratih()).get(f"/meja/daftar/unit?sesudah={after}").content.decode()
    assert first.number not in page
    assert f"{address(second)}?daftar=unit&amp;sesudah={after}" in page
    page = page_of(second, f"daftar=unit&sesudah={after}")
    assert listed(page) == [second.number, third.number]
    assert f'href="/meja/daftar/unit?sesudah={after}"' in page


@pytest.mark.parametrize("after", ["x", "1-", "1-2-3", "\x00", "99999999999999999999999999-1", "&daftar=unit"])
def test_a_made_up_start_is_not_carried(after: str) -> None:
    case = a_case()
    page = browser(ratih()).get(address(case), {"daftar": "unit", "sesudah": after}).content.decode()
    assert "sesudah" not in beside(page)
    assert case.number in listed(page)


# After an act


def test_after_an_answer_the_officer_is_in_the_same_list() -> None:
    here, other = a_case(stage=Stage.TAKEN), a_case(stage=Stage.TAKEN)
    a_case()
    client = browser(ratih())
    query = "daftar=unit&keadaan=dikerjakan&petugas=ratih"
    form = paper(client.get(f"{address(here)}?{query}")).form("outcome")
    assert form.action == f"{address(here, 'jawab')}?{query}"
    answer = client.post(form.action, {"version": str(here.version), "text": ANSWER, "outcome": "SOLVED"})
    assert answer.headers["Location"] == f"{address(here)}?{query}"
    page = client.get(answer.headers["Location"]).content.decode()
    assert listed(page) == [other.number]
    assert "Jawaban terkirim" in page


def test_every_form_on_the_page_keeps_the_list() -> None:
    """Whoever acts, asks for suggestions, or looks for similar cases, stays in the list."""
    for case, officer in ((a_case(stage=Stage.TAKEN), joko()), (a_waiting_case(), nanik()), (secret(), ratih())):
        page = paper(browser(officer).get(f"{address(case)}?daftar=unit&umur=3&tentang=infrastruktur/PJU&rujuk=pln"))
        forms = [form for form in page.forms if form.action.startswith(address(case))]
        assert forms
        for form in forms:
            said = dict(form.fields) if form.method == "get" else dict(parse_qsl(urlsplit(form.action).query))
            assert (said.get("daftar"), said.get("umur")) == ("unit", "3"), form.action
        [similar] = [link["href"] for link in page.all("a") if "mirip=1" in link.get("href", "")]
        assert "daftar=unit&umur=3" in similar


def test_a_refusal_and_a_look_at_the_letter_keep_the_list() -> None:
    case, other = a_case(stage=Stage.TAKEN), a_case(stage=Stage.TAKEN)
    client = browser(ratih())
    query = "daftar=saya&umur=&jenis=pengaduan"
    for typed in (
        {"text": ""},
        {"text": ANSWER, "outcome": "SOLVED", "wish": "preview"},
        {"text": ANSWER, "version": "0"},
    ):
        answer = client.post(f"{address(case, 'jawab')}?{query}", {"version": str(case.version), **typed})
        page = answer.content.decode()
        assert listed(page) == [case.number, other.number]
        assert f'action="{address(case, "jawab")}?daftar=saya&amp;jenis=pengaduan"' in page


def test_a_session_that_ended_comes_back_to_the_list() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = browser().post(f"{address(case, 'jawab')}?{FILTER}", {"version": "3", "text": "Sudah kami perbaiki."})
    assert answer.status_code == 403
    assert f'name="next" value="{address(case)}?{FILTER.replace("&", "&amp;")}"' in answer.content.decode()


def test_control_an_act_that_forgets_the_list_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(_request: HttpRequest, visit: Visit) -> str:
        return f"/meja/kasus/{visit.case.row.number}"

    monkeypatch.setattr("melayani.desk.pages.acts.back_to_case", forgets)
    with pytest.raises(AssertionError):
        test_after_an_answer_the_officer_is_in_the_same_list()


# What is not known, and what is not theirs


@pytest.mark.parametrize("said", ["", "triase", "rahasia", "UNIT", "unit ", "\x00", "<script>", "..", "unit?x=1"])
def test_a_list_the_officer_does_not_have_is_left_out(said: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    a_case()
    page = browser(ratih()).get(address(case), {"daftar": said, "umur": "3"}).content.decode()
    assert listed(page) == [case.number]  # the list in which it stands: the officer's own
    assert "daftar=" not in page
    assert '<p class="chips">' not in page


def test_what_is_not_known_of_a_filter_is_left_out() -> None:
    case = a_case()
    client = browser(ratih())
    for value in HOSTILE:
        page = client.get(address(case), {"daftar": "unit", **dict.fromkeys(NAMES.values(), value)}).content.decode()
        assert listed(page) == [case.number]
        assert '<p class="chips">' not in page
        assert f'action="{address(case, "ambil")}?daftar=unit"' in page


def test_no_filter_shows_more_than_the_lists_of_the_officer() -> None:
    case, theirs = a_case(), a_case(place="35.07.13.1010")
    page = page_of(case, "daftar=unit&unit=35.07.kesehatan")
    assert listed(page) == []
    assert "Tidak ada kasus yang cocok dengan saringan ini." in beside(page)
    assert browser(bambang()).get(f"{address(theirs)}?daftar=unit").status_code == 404


def test_an_empty_list_says_so() -> None:
    case = a_case()
    assert "Tidak ada janji yang terlewat." in beside(page_of(case, "daftar=lewat"))
    assert "Tidak ada kasus yang cocok" in beside(page_of(case, "daftar=unit&jenis=aspirasi"))


def test_in_english_everything_is_english() -> None:
    page = page_of(secret(kind=Kind.ASPIRASI), f"{FILTER}&jenis=aspirasi", language="/en")
    assert "Hanya" not in words_of(page)
    assert re.search(r'href="/en/meja/kasus/[^"]+\?daftar=unit&amp;', beside(page))


# What it costs: nothing without a filter, one statement with one, two where the list is longer than a page looks at


@pytest.mark.parametrize("cases", [1, 3])
@pytest.mark.parametrize("who", [ratih, joko, nanik, dewi])
@pytest.mark.parametrize(("query", "most"), [("daftar=unit", 6), (FILTER, 7), ("daftar=unit&petugas=ratih", 7)])
def test_a_filter_costs_one_statement(cases: int, who: object, query: str, most: int) -> None:
    assert callable(who)
    client = browser(who())
    made = [secret(stage=Stage.TAKEN) for _ in range(cases)]
    assert statements(client, made[0], query) <= most


def test_a_filter_over_very_much_costs_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", 1)
    made = [secret(stage=Stage.TAKEN) for _ in range(3)]
    assert statements(browser(ratih()), made[0], FILTER) <= 8


def test_control_a_page_that_looks_more_up_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def looks_up(request: HttpRequest, visit: Visit) -> came_from.CameFrom | None:
        Officer.objects.count()
        return came_from.came_from(request, visit)

    monkeypatch.setattr(case_page, "came_from", looks_up)
    with pytest.raises(AssertionError):
        test_a_filter_costs_one_statement(1, ratih, FILTER, 7)


def statements(client: Client, case: Case, query: str) -> int:
    """How many statements the page costs once reference data is remembered."""
    client.get(f"{address(case)}?{query}")
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"{address(case)}?{query}").status_code == 200
    return len(seen)
