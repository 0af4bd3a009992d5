# SPDX-License-Identifier: EUPL-1.2
"""The page of reply templates: those who lead a unit add, change, retire and bring back; others see nothing of it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import ReplyTemplate
from melayani.cases.placeholders import KNOWN
from melayani.desk.words import PLACEHOLDER_SAMPLES, PLACEHOLDERS
from melayani.government.models import AdministrativeAct, Officer, Unit
from melayani.ledger.models import Entry
from tests.builders import DISHUB, a_case, an_officer
from tests.desk.visiting import OTHER_UNIT, PROVINCIAL_DESK, address, browser, dewi, joko, nanik, paper, ratih, yusuf
from tests.portal.paper_browser import Form, Page, pressed

pytestmark = pytest.mark.django_db
TEXT = "Kasus {nomor} dijadwalkan pada …, petugas {unit}."
HOSTILE = "<script>alert(1)</script> {nomor} \u202eterbalik " + "x" * 300


def a_template(name: str = "Jadwal", *, unit: str | None = DISHUB, text: str = TEXT) -> ReplyTemplate:
    return ReplyTemplate.objects.create(unit=Unit.objects.get(code=unit) if unit else None, name=name, text=text)


def form_of(page: Page) -> Form:
    return next(form for form in page.forms if form.value("csrfmiddlewaretoken") and "templat" in form.action)


def filled_form(client: Client, where: str = "/meja/templat/baru") -> Form:
    return form_of(paper(client.get(where)))


def test_a_head_adds_a_template_and_officers_have_it_at_once() -> None:
    client = browser(joko())
    answer = pressed(client, filled_form(client), typed={"name": "Jadwal", "text": TEXT})
    assert answer.headers["Location"] == "/meja/templat"
    assert "Templat disimpan." in paper(client.get("/meja/templat")).text
    assert ">Jadwal</option>" in browser(ratih()).get(address(a_case())).content.decode()
    act = AdministrativeAct.objects.order_by("-sequence")[0]
    assert (act.kind, act.officer) == ("template.created", joko())


def test_a_triage_desk_keeps_its_own() -> None:
    client = browser(nanik())
    assert pressed(client, filled_form(client), typed={"name": "Salam", "text": TEXT}).status_code == 302
    assert ReplyTemplate.objects.get(name="Salam").unit == nanik().unit


def test_changing_retiring_and_bringing_back() -> None:
    template, client = a_template(), browser(joko())
    where = f"/meja/templat/{template.pk}"
    form = filled_form(client, where)
    assert (form.value("name"), form.value("text")) == ("Jadwal", TEXT)
    assert pressed(client, form, typed={"text": TEXT + " Terima kasih."}).status_code == 302
    template.refresh_from_db()
    assert template.text == TEXT + " Terima kasih."
    for path, active, words in (("berhenti", False, "Dihentikan"), ("pakai", True, "Hentikan")):
        assert client.post(f"{where}/{path}").status_code == 302
        template.refresh_from_db()
        assert template.active is active
        assert words in paper(client.get("/meja/templat")).text
    assert client.post(f"{where}/pakai").status_code == 302  # sent twice: said, and nothing more
    assert "Tidak ada yang berbeda" in paper(client.get("/meja/templat")).text


def test_one_for_everybody_can_be_copied_but_not_changed_by_a_unit() -> None:
    common = ReplyTemplate.objects.filter(unit=None).order_by("id")[0]
    client = browser(joko())
    html = client.get("/meja/templat").content.decode()
    assert f"/meja/templat/baru?dari={common.pk}" in html
    assert f'href="/meja/templat/{common.pk}"' not in html
    assert client.get(f"/meja/templat/{common.pk}").status_code == 404
    assert client.post(f"/meja/templat/{common.pk}/berhenti").status_code == 404
    copy = filled_form(client, f"/meja/templat/baru?dari={common.pk}")
    assert (copy.value("name"), copy.value("text")) == (common.name, common.text)
    assert pressed(client, copy).status_code == 302
    assert ReplyTemplate.objects.filter(name=common.name).count() == 2
    for odd in ("x", "0", "%00", "999999999999999999999"):
        assert filled_form(client, f"/meja/templat/baru?dari={odd}").value("text") == ""


def test_the_provincial_desk_keeps_those_for_everybody() -> None:
    client = browser(an_officer("triase.jatim", unit=PROVINCIAL_DESK, roles=("triage",)))
    common = ReplyTemplate.objects.filter(unit=None).order_by("id")[0]
    form = filled_form(client, f"/meja/templat/{common.pk}")
    assert pressed(client, form, typed={"text": TEXT}).status_code == 302
    typed = {"name": "Untuk semua", "text": TEXT, "unit": ""}
    assert pressed(client, filled_form(client), typed=typed).status_code == 302
    assert ReplyTemplate.objects.get(name="Untuk semua").unit is None


REFUSED = [
    ({"name": "", "text": TEXT}, 'href="#name"', "Nama templat belum diisi"),
    ({"name": "x" * 200, "text": TEXT}, 'href="#name"', "Nama templat terlalu panjang"),
    ({"name": "x" * 400, "text": TEXT}, 'href="#name"', "300"),
    ({"name": "Jadwal", "text": TEXT}, 'href="#name"', "sudah ada"),
    ({"name": "Baru", "text": "Pendek"}, 'href="#text"', "terlalu pendek"),
    ({"name": "Baru", "text": "x" * 5000}, 'href="#text"', "terlalu panjang"),
    ({"name": "Baru", "text": "Kasus {nomer} dan <b>lain</b>"}, 'href="#text"', "Penanda {nomer} tidak dikenal"),
    ({"name": "Baru\x00", "text": TEXT}, 'href="#name"', ""),
    ({"name": "Baru", "text": TEXT, "unit": OTHER_UNIT}, 'href="#unit"', "Hanya kepala unit"),
    ({"name": "Baru", "text": TEXT, "unit": ""}, 'href="#unit"', "Hanya kepala unit"),
    ({"name": "Baru", "text": TEXT, "unit": "35.x"}, 'href="#unit"', "tidak dikenal"),
]


@pytest.mark.parametrize(("typed", "anchor", "message"), REFUSED)
def test_a_refusal_keeps_what_was_typed(typed: dict[str, str], anchor: str, message: str) -> None:
    a_template()
    client, before = browser(joko()), (ReplyTemplate.objects.count(), Entry.objects.count())
    answer = pressed(client, filled_form(client), typed=typed)
    html, page = answer.content.decode(), paper(answer)
    assert answer.status_code == 400
    assert anchor in html
    assert message in page.text
    assert form_of(page).value("text") == typed["text"]
    assert before == (ReplyTemplate.objects.count(), Entry.objects.count())


def test_a_change_meanwhile_is_shown_beside_what_was_typed() -> None:
    template, client = a_template(), browser(joko())
    form = filled_form(client, f"/meja/templat/{template.pk}")
    ReplyTemplate.objects.filter(pk=template.pk).update(text="Sudah diubah orang lain.")
    answer = pressed(client, form, typed={"text": TEXT + " Punya saya."})
    page = paper(answer)
    assert answer.status_code == 409
    assert "Sekarang tertulis: Jadwal Sudah diubah orang lain." in page.text
    assert form_of(page).value("text") == TEXT + " Punya saya."
    assert pressed(client, form_of(page)).status_code == 302  # seen it, and sent again


def test_the_sample_shows_it_filled_in_and_saves_nothing() -> None:
    client, before = browser(joko()), ReplyTemplate.objects.count()
    page = paper(pressed(client, filled_form(client), button="preview", typed={"name": "Jadwal", "text": TEXT}))
    assert f"Kasus {PLACEHOLDER_SAMPLES['nomor']} dijadwalkan" in page.text
    assert form_of(page).value("text") == TEXT
    template = a_template()
    page = paper(pressed(client, filled_form(client, f"/meja/templat/{template.pk}"), button="preview"))
    assert "Belum disimpan; isinya karangan." in page.text
    assert ReplyTemplate.objects.count() == before + 1


def test_hostile_text_does_no_harm() -> None:
    client = browser(joko())
    assert pressed(client, filled_form(client), typed={"name": "<b>tebal", "text": HOSTILE}).status_code == 302
    pages = [client.get("/meja/templat"), browser(ratih()).get(address(a_case()))]
    for page in pages:
        html = page.content.decode()
        assert "<script>alert" not in html
        assert "<b>tebal" not in html
        assert "\u202e" not in html


def test_every_placeholder_is_listed_with_its_meaning() -> None:
    assert set(PLACEHOLDERS) == set(PLACEHOLDER_SAMPLES) == KNOWN
    words = paper(browser(joko()).get("/meja/templat/baru")).text
    for name, meaning in PLACEHOLDERS.items():
        assert f"{{{name}}} {meaning}" in words


def test_the_list_is_said_in_english() -> None:
    words = paper(browser(joko()).get("/en/meja/templat")).text
    for said in ("Letter templates", "New template", "This unit has no templates of its own yet.", "Copy for my unit"):
        assert said in words


@pytest.mark.parametrize("who", [ratih, dewi, yusuf])
def test_others_do_not_come_in(who: object) -> None:
    assert callable(who)
    officer, template = who(), a_template()
    assert isinstance(officer, Officer)
    client = browser(officer)
    for path in ("/meja/templat", "/meja/templat/baru", f"/meja/templat/{template.pk}"):
        assert client.get(path).status_code == 403
    assert client.post(f"/meja/templat/{template.pk}/berhenti").status_code == 403
    assert "/meja/templat" not in client.get("/meja/tombol").content.decode()


def test_templates_of_other_units_are_not_there() -> None:
    template, client = a_template("Asing", unit=OTHER_UNIT), browser(joko())
    assert "Asing" not in client.get("/meja/templat").content.decode()
    assert client.get(f"/meja/templat/{template.pk}").status_code == 404
    assert client.get(f"/meja/templat/{10**30}").status_code == 404
    assert client.post(f"/meja/templat/{template.pk}", {"name": "X", "text": TEXT}).status_code == 404


def test_a_forged_form_is_refused() -> None:
    client = browser(joko(), csrf=True)
    assert client.post("/meja/templat/baru", {"name": "X", "text": TEXT, "unit": DISHUB}).status_code == 403
    assert not ReplyTemplate.objects.filter(name="X").exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_many_as_for_one(count: int) -> None:
    for number in range(count):
        a_template(f"T{number}")
    client = browser(joko())
    client.get("/meja/templat")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/meja/templat").status_code == 200
    assert len(queries) <= 4


def test_an_administrator_reads_who_changed_what() -> None:
    client = browser(joko())
    pressed(client, filled_form(client), typed={"name": "Jadwal", "text": TEXT})
    words = paper(browser(yusuf()).get("/meja/atur/riwayat")).text
    assert "Templat surat dibuat" in words
    assert TEXT in words
    assert "Joko" in words
