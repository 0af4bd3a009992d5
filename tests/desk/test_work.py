# SPDX-License-Identifier: EUPL-1.2
"""The work lists: what stands where, how many, page by page, and at most four statements whatever is in them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases import actions, desk_counts
from melayani.cases.desk_queries import WorkList, WorkRow, actor_for
from melayani.cases.models import Attachment, Case
from melayani.cases.rules import FileKind, Stage, Visibility
from melayani.desk import rows
from melayani.desk.lists import lists_of
from melayani.government.models import Officer
from tests.builders import DESK, a_case, a_waiting_case, an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import bambang, browser, dewi, joko, nanik, ratih, yusuf

pytestmark = pytest.mark.django_db
LISTS = [which.value for which in WorkList]
HOSTILE = '<script>alert("x")</script>'


def numbers(client: Client, which: str, more: str = "") -> list[str]:
    """The numbers on a page of a list, in their order."""
    response = client.get(f"/meja/daftar/{which}{more}")
    assert response.status_code == 200
    return re.findall(r'href="/meja/kasus/(JT-\w{4}-\w{3})["?]', response.content.decode())


def counts(client: Client) -> dict[str, str]:
    """What the tabs say, by the name of the list in the address."""
    page = client.get("/meja").content.decode()
    return dict(re.findall(r'href="/meja/daftar/([\w-]+)"[^>]*>[^<]*<b>([^<]*)</b>', page))


def test_each_case_stands_where_it_belongs() -> None:
    mine = a_case(stage=Stage.TAKEN)
    routed = a_case()
    answered = a_case(stage=Stage.ANSWERED)
    closed = a_case(stage=Stage.CLOSED)
    waiting = a_waiting_case()
    late = a_case(at=MONDAY - timedelta(days=60))
    soon = a_case(at=MONDAY - timedelta(days=60))
    Case.objects.filter(pk=soon.pk).update(due_at=MONDAY + timedelta(days=1))
    client = browser(ratih())
    assert numbers(client, "saya") == [mine.number]
    assert numbers(client, "unit") == [late.number, soon.number, *sorted_by_id(mine, routed)]
    assert numbers(client, "segera") == [soon.number]
    assert numbers(client, "lewat") == [late.number]
    assert numbers(client, "dijawab") == [answered.number]
    assert numbers(client, "selesai") == [closed.number]
    assert numbers(client, "belum-diambil") == [late.number, soon.number, routed.number]
    assert counts(client) == {
        "saya": "1", "unit": "4", "belum-diambil": "3", "segera": "1", "lewat": "1", "dijawab": "1", "selesai": "1",
    }  # fmt: skip
    assert numbers(browser(nanik()), "triase") == [waiting.number]


def sorted_by_id(*cases: Case) -> list[str]:
    """Numbers of cases with equal promises, as the list orders them."""
    return [case.number for case in sorted(cases, key=lambda case: case.pk)]


def test_a_line_says_what_is_true_in_words() -> None:
    late = a_case(at=MONDAY - timedelta(days=60))
    asked = a_case(stage=Stage.ASKED)
    page = browser(ratih()).get("/meja/daftar/unit").content.decode()
    assert late.title in page
    assert "Kel. Kepanjen" in page
    assert "Lewat janji" in page
    assert 'class="tag late"' in page
    assert "Menunggu warga" in page
    assert "berhenti sejak Sen 5 Jan" in page
    assert asked.number in page
    assert page.count('<svg class="thread') == 2


def test_a_line_says_who_joined_that_there_are_photos_and_what_is_secret() -> None:
    plain, case = a_case(), a_case(visibility=Visibility.SECRET)
    Case.objects.filter(pk=case.pk).update(joined=3)
    event = case.events.get(sequence=0)
    for position, kind in enumerate((FileKind.PDF, FileKind.PHOTO)):
        Attachment.objects.create(
            case=case, event=event, position=position, name=f"{position}" * 32, kind=kind, size=1, wrapped_key=b""
        )
        page = browser(ratih()).get("/meja/daftar/unit").content.decode()
        assert ("· berfoto" in page) is (kind == FileKind.PHOTO)
    assert f"{case.number} · Kel. Kepanjen · +3 ikut · berfoto · rahasia" in page
    assert f"{plain.number} · Kel. Kepanjen</span>" in page


def test_a_title_is_never_markup() -> None:
    case = a_case()
    Case.objects.filter(pk=case.pk).update(title=HOSTILE, place_name="<b>Kepanjen</b>")
    page = browser(ratih()).get("/meja/daftar/unit").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>Kepanjen" not in page


def test_control_without_escaping_a_title_would_be_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    Case.objects.filter(pk=a_case().pk).update(title=HOSTILE)
    monkeypatch.setattr(rows, "escape", str)
    assert HOSTILE in browser(ratih()).get("/meja/daftar/unit").content.decode()


def test_no_column_of_a_line_is_markup() -> None:
    moment = MONDAY
    row = WorkRow(1, HOSTILE, HOSTILE, HOSTILE, HOSTILE, Stage.TAKEN, moment, moment, None, None, None)
    assert "<script" not in rows.lines([row], at=moment, with_unit=True, said={HOSTILE: HOSTILE})


def test_the_language_of_the_address_stays() -> None:
    case = a_case()
    client = browser(ratih())
    assert f'href="/en/meja/kasus/{case.number}?' in client.get("/en/meja/daftar/unit").content.decode()
    assert browser().get("/en/meja").headers["Location"] == "/en/masuk?next=%2Fen%2Fmeja"


@pytest.mark.parametrize("which", ["unit", "selesai"])
def test_pages_follow_each_other_without_gap_or_double(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage.CLOSED if which == "selesai" else Stage.ROUTED
    made = [a_case(stage=stage) for _ in range(5)]
    monkeypatch.setattr("melayani.cases.desk_queries.work_list.__kwdefaults__", {"after": "", "limit": 2})
    client = browser(ratih())
    seen, more = [], ""
    for _ in range(3):
        page = client.get(f"/meja/daftar/{which}{more}").content.decode()
        seen += re.findall(r'href="/meja/kasus/(JT-\w{4}-\w{3})["?]', page)
        after = re.search(r'href="/meja/daftar/\w+(\?sesudah=[^"]+)"', page)
        more = after.group(1) if after else ""
    assert sorted(seen) == sorted(case.number for case in made)
    assert len(seen) == 5
    assert more == ""


@pytest.mark.parametrize("after", ["x", "-", "1-", "99999999999999999999999999-1", "1-2-3", "\x00"])
def test_a_made_up_cursor_starts_from_the_first_page(after: str) -> None:
    case = a_case()
    assert numbers(browser(ratih()), "unit", f"?sesudah={after}") in ([case.number], [])


@pytest.mark.parametrize("which", LISTS)
def test_empty_lists_teach(which: str) -> None:
    who = nanik() if which == "triase" else ratih()
    page = browser(who).get(f"/meja/daftar/{which}").content.decode()
    assert 'class="empty"' in page


def test_who_has_which_lists() -> None:
    def lists(officer: Officer) -> list[str]:
        return [which.value for which in lists_of(actor_for(officer))]

    rest = ["segera", "lewat", "dijawab", "selesai"]
    assert lists(ratih()) == ["saya", "unit", "belum-diambil", *rest]
    assert lists(nanik()) == ["triase", "saya", "unit", *rest]
    assert lists(an_officer("nanik", unit=DESK, roles=("triage", "officer"))) == [
        "saya", "unit", "belum-diambil", "triase", *rest,
    ]  # fmt: skip
    assert lists(dewi()) == ["unit", *rest]
    assert lists(yusuf()) == []


def test_lists_of_others_are_closed() -> None:
    assert browser(ratih()).get("/meja/daftar/triase").status_code == 404
    assert browser(ratih()).get("/meja/daftar/rahasia").status_code == 404
    assert browser(yusuf()).get("/meja/daftar/unit").status_code == 403
    assert browser(yusuf()).get("/meja").headers["Location"] == "/meja/atur"
    case = a_case()
    assert numbers(browser(bambang()), "unit") == []
    assert numbers(browser(dewi()), "unit") == [case.number]
    assert case.unit_name in browser(dewi()).get("/meja").content.decode()


@pytest.mark.parametrize("cases", [0, 1, 3])
@pytest.mark.parametrize("who", [ratih, nanik, dewi, joko])
def test_at_most_four_statements(cases: int, who: object) -> None:
    assert callable(who)
    client = browser(who())
    for _ in range(cases):
        a_case()
        a_waiting_case()
    client.get("/meja/daftar/unit")  # reference data and the choices of the filter are remembered by the process
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get("/meja/daftar/unit")
    assert response.status_code == 200
    assert len(queries) <= 4, [query["sql"] for query in queries]


def test_counting_stops_at_ninety_nine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_counts, "MOST_COUNTED", 3)
    monkeypatch.setattr("melayani.desk.lists.MOST_COUNTED", 3)
    for _ in range(4):
        a_case()
    assert counts(browser(ratih()))["unit"] == "2+"


def test_the_triage_desk_sees_its_own_work_too() -> None:
    """A case that the desk assigned to itself stands in its lists like any unit's."""
    case = a_case()
    sorter = actor_for(nanik())
    actions.assign_case(number=case.number, unit=DESK, reason="Urusan meja ini.", by=sorter, at=MONDAY)
    assert numbers(browser(nanik()), "unit") == [case.number]
