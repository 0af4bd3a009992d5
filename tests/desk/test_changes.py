# SPDX-License-Identifier: EUPL-1.2
"""The front of administration and the list of what was ever changed: who, when, why, before and after."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import melayani
from melayani.cases.desk_export import Form, export_cases
from melayani.cases.desk_filters import EVERYTHING
from melayani.cases.desk_queries import WorkList, actor_for
from melayani.catalogue.actions import activate_profile, set_standard
from melayani.catalogue.rules import PUBLIC_COMPONENTS
from melayani.desk.change_words import KINDS
from melayani.desk.pages import changes
from melayani.government.actions import give_role, set_free_day, set_password
from melayani.government.models import AdministrativeAct, CalendarYear, Unit
from melayani.government.reference_actions import rename_unit
from melayani.government.registers import acts
from melayani.government.rules import SYSTEM
from melayani.triage.actions import retire_rule
from tests.builders import DISHUB, STORY, a_case, an_officer
from tests.conftest import MONDAY
from tests.desk.administering import HOSTILE, WHY, local, text_of
from tests.desk.visiting import browser, ratih, yusuf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_hashing")]
LIST = "/meja/atur/riwayat"
PACKAGE = Path(melayani.__file__).parent


def renamed(times: int) -> None:
    """The unit got so many names."""
    for number in range(times):
        rename_unit(code=DISHUB, name=f"Dinas nomor {number}", reason=WHY, by=SYSTEM, at=MONDAY)


def test_the_front_names_every_part_and_what_wants_attention() -> None:
    page = browser(yusuf()).get("/meja/atur")
    text = text_of(page)
    for where in ("unit", "tempat", "layanan", "topik", "aturan", "klien", "riwayat"):
        assert f'href="/meja/atur/{where}"' in page.content.decode()
    for where in ("/meja/petugas", "/meja/kalender", "/meja/janji"):
        assert f'href="{where}"' in page.content.decode()
    assert re.search(r"\d+ unit belum punya petugas\.", text)
    assert re.search(r"\d+ aturan bawaan perlu diperiksa\.", text)
    assert "Belum ada yang diubah." in text
    CalendarYear.objects.filter(year__gte=2026).update(provisional=False)
    CalendarYear.objects.filter(year=2027).update(provisional=True)
    assert "Keputusan untuk 2027 belum dicatat." in text_of(browser(yusuf()).get("/meja/atur"))


def test_the_front_shows_the_last_changes() -> None:
    renamed(7)
    text = text_of(browser(yusuf()).get("/meja/atur"))
    assert text.count("Nama unit diubah") == 5
    assert "semula: Dinas nomor 5 menjadi: Dinas nomor 6" in text
    assert "Semua yang pernah diubah" in text


def test_every_kind_of_act_is_said_in_words() -> None:
    client = browser(yusuf())
    officer = ratih()
    rename_unit(code=DISHUB, name="Dinas Lalu Lintas", reason=WHY, by="yusuf", at=MONDAY)
    give_role(username="ratih", role="head", unit_code=DISHUB, reason=WHY, by="yusuf", at=MONDAY)
    set_password(username="ratih", password="sawah-hijau-di-lereng", by="yusuf", at=MONDAY)
    set_free_day(
        date=MONDAY.date(), kind="local", name="Hari jadi", region_code="35.07", reason=WHY, by="yusuf", at=MONDAY
    )
    set_standard(service_code="PJU", texts=dict.fromkeys(PUBLIC_COMPONENTS, "Isi."), reason=WHY, by="yusuf", at=MONDAY)
    activate_profile(code="sp4n-2025", reason=WHY, by="yusuf", at=MONDAY)
    retire_rule(code="R038", because=WHY, by="yusuf", at=MONDAY)
    page = client.get(LIST)
    text = text_of(page)
    assert f"Aturan dihentikan · R038 Yusuf · Senin, 5 Januari, 09.00 {WHY}" in text
    assert "Profil janji diganti" in text
    assert "Standar pelayanan diubah · Lampu jalan (PJU)" in text
    assert "Hari dicatat di kalender · 2026-01-05 · Kabupaten Malang" in text
    assert "Jenis menjadi: Libur daerah" in text
    assert "Kata sandi baru dibuatkan · Ratih" in text
    assert "Peran diberikan · Ratih · Kepala unit, Dinas Lalu Lintas" in text
    assert f'href="/meja/atur/unit/{DISHUB}"' in page.content.decode()
    assert text.index("Aturan dihentikan") < text.index("Nama unit diubah")
    assert officer.username not in text


RECORDED = re.compile(r'"((?:officers?|units?|places?|client|calendar|catalogue|triage|template|cases)\.[a-z_]*[a-z])"')


def test_every_kind_that_acts_write_has_words() -> None:
    """Were a room to record a new kind, its code would show instead of words."""
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.parent.name != "desk")
    written = set(RECORDED.findall(code))
    assert len(written) > 25
    assert "cases.exported" in written
    assert {kind for kind in written if not kind.endswith((".csv", ".toml"))} - set(KINDS) == set()
    # The control: a kind without words is shown as it is.
    renamed(1)
    AdministrativeAct.objects.update(kind="unit.conjured")
    assert "unit.conjured" in text_of(browser(yusuf()).get(LIST))


def test_an_export_is_no_change_of_the_unit() -> None:
    export_cases(
        actor=actor_for(ratih()), which=WorkList.UNIT, narrowed=EVERYTHING, form=Form.CSV, by="ratih", at=MONDAY
    )
    act = AdministrativeAct.objects.get(kind="cases.exported")
    assert (act.about, act.data["unit"]) == ("case:", DISHUB)
    assert "Daftar kasus diunduh" in text_of(browser(yusuf()).get(LIST))
    assert "Daftar kasus diunduh" not in text_of(browser(yusuf()).get(f"/meja/atur/unit/{DISHUB}"))


def test_who_acts_elsewhere_is_not_named_to_a_local_administrator() -> None:
    yusuf()
    siti = an_officer("siti", unit="35.78.dishub")
    set_password(username=siti.username, password="sawah-hijau-di-lereng", by=siti.username, at=MONDAY)
    give_role(username="siti", role="head", unit_code="35.78.dishub", reason="Siti naik.", by="yusuf", at=MONDAY)
    seen, whole = text_of(browser(local()).get(LIST)), text_of(browser(yusuf()).get(LIST))
    assert "Siti" not in seen
    assert seen.count("petugas di wilayah lain") == 3
    # The control: whoever works for the whole province reads names and reasons.
    assert "Siti naik." in whole


def test_the_list_is_narrowed_to_one_kind_of_things() -> None:
    renamed(1)
    retire_rule(code="R038", because=WHY, by=SYSTEM, at=MONDAY)
    client = browser(yusuf())
    text = text_of(client.get(f"{LIST}?tentang=unit"))
    assert "Nama unit diubah" in text
    assert "Aturan dihentikan" not in text
    assert "sistem · Senin, 5 Januari" in text
    assert "Belum ada yang diubah." in text_of(client.get(f"{LIST}?tentang=client"))


def test_pages_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    renamed(7)
    monkeypatch.setattr(changes, "acts", lambda **asked: acts(**asked, limit=3))
    client, seen, address = browser(yusuf()), [], f"{LIST}?tentang=unit"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r"Dinas nomor (\d)</ins>", page)
        after = re.search(r'href="(/meja/atur/riwayat\?[^"]*sesudah=[^"]+)"', page)
        address = after.group(1).replace("&amp;", "&") if after else ""
    assert seen == [str(number) for number in range(6, -1, -1)]
    assert "Tidak ada lagi di daftar ini." in text_of(client.get(f"{LIST}?sesudah=0"))


@pytest.mark.parametrize("value", [*HOSTILE, "-1", "9" * 40, "½"])
def test_strange_addresses_break_nothing(value: str) -> None:
    renamed(1)
    answer = browser(yusuf()).get(LIST, {"tentang": value, "sesudah": value})
    assert answer.status_code == 200


def test_hostile_reasons_and_names_are_shown_as_text() -> None:
    rename_unit(code=DISHUB, name="<script>alert(1)</script>", reason="<b>x</b> %s {{ 7 }}", by=SYSTEM, at=MONDAY)
    page = browser(yusuf()).get(LIST).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;x&lt;/b&gt; %s {{ 7 }}" in page


def test_people_of_other_regions_stay_unnamed_for_a_local_administrator() -> None:
    an_officer("jauh", unit="35.78.dishub")
    give_role(username="jauh", role="head", unit_code="35.78.dishub", reason=WHY, by=SYSTEM, at=MONDAY)
    assert "Peran diberikan · Jauh" in text_of(browser(yusuf()).get(LIST))
    text = text_of(browser(local()).get(LIST))
    assert "Peran diberikan · petugas di wilayah lain" in text
    assert "Jauh" not in text


def test_no_text_of_a_case_is_ever_here() -> None:
    a_case()
    for where in ("/meja/atur", LIST, f"/meja/atur/unit/{DISHUB}"):
        assert STORY not in browser(yusuf()).get(where).content.decode()


@pytest.mark.parametrize("times", [1, 3])
def test_the_statements_do_not_grow(times: int) -> None:
    renamed(times)
    for number in range(times):
        an_officer(f"petugas-{number}")
        give_role(username=f"petugas-{number}", role="head", unit_code=DISHUB, reason=WHY, by=SYSTEM, at=MONDAY)
    client = browser(yusuf())
    for address, most in ((LIST, 4), ("/meja/atur", 8)):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        assert len(queries) <= most, address
    assert Unit.objects.get(code=DISHUB).name == f"Dinas nomor {times - 1}"
