# SPDX-License-Identifier: EUPL-1.2
"""Letters before they are sent: begun from a template, looked at, checked; nothing typed is lost and nothing sent."""

import re

import pytest
from django.test import Client

from melayani.cases import file_actions
from melayani.cases.desk_queries import actor_for
from melayani.cases.models import Case, Event, ReplyTemplate
from melayani.cases.reply_templates import usable_templates
from melayani.cases.rules import Stage, Visibility
from melayani.desk.letters import SENTENCES
from melayani.government.models import Officer, Unit
from melayani.ground.memo import forget_all
from tests.builders import ANSWER, DISHUB, a_case
from tests.conftest import MONDAY
from tests.desk.visiting import OTHER_UNIT, address, browser, dewi, joko, paper, ratih
from tests.portal.paper_browser import Form, Page, pressed

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(1)> {nomor} \u202etxt\u202c " + "x" * 300


def letter_form(page: Page, act: str) -> Form:
    return next(form for form in page.forms if form.action.endswith(f"/{act}"))


def wished(
    case: Case, wish: str, typed: dict[str, str], *, act: str = "jawab", client: Client | None = None, path: str = ""
) -> Page:
    """The page after the officer pressed a button of the letter that sends nothing."""
    client = client or browser(ratih())
    page = paper(client.get(path or address(case)))
    before = Event.objects.count(), Case.objects.get(pk=case.pk).version
    again = sent_by(client, letter_form(page, act), wish, typed)
    assert before == (Event.objects.count(), Case.objects.get(pk=case.pk).version)
    return again


def sent_by(client: Client, form: Form, button: str, typed: dict[str, str]) -> Page:
    """The page after this very button was pressed."""
    assert button in [value for _, value, *_ in form.buttons]
    answer = pressed(client, form, button=button, typed=typed)
    assert answer.status_code == 200
    return paper(answer)


def a_template(name: str = "Jadwal", text: str = "Kasus {nomor}: …", *, unit: str = DISHUB) -> ReplyTemplate:
    template = ReplyTemplate.objects.create(unit=Unit.objects.get(code=unit), name=name, text=text)
    forget_all()
    return template


def text_of(page: Page, act: str = "jawab") -> str:
    return letter_form(page, act).value("text")


# Templates.


def test_every_placeholder_is_filled_in_for_this_case() -> None:
    case = a_case(stage=Stage.TAKEN)
    template = a_template(
        text="{nomor}|{judul}|{tempat}|{topik}|{unit}|{petugas}|{disampaikan}|{janji}|{hari_ini}|{tautan}"
    )
    page = wished(case, "template", {"template": str(template.pk)})
    assert text_of(page).split("|") == [
        case.number, case.title, case.place_name, "Perhubungan", "Dinas Perhubungan Kabupaten Malang", "Ratih",
        "Senin, 5 Januari", "Senin, 26 Januari", "Senin, 5 Januari",
        f"http://127.0.0.1:8000/lacak/{case.number}",
    ]  # fmt: skip


@pytest.mark.parametrize("act", ["jawab", "tanya", "kabar"])
def test_a_template_goes_below_what_is_written(act: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    template = a_template(text="Terima kasih, {petugas}.")
    page = wished(case, "template", {"text": "Sudah saya tulis ini.", "template": str(template.pk)}, act=act)
    assert text_of(page, act) == "Sudah saya tulis ini.\n\nTerima kasih, Ratih."
    assert letter_form(page, act).value("version") == str(case.version)


def test_a_link_begins_an_answer() -> None:
    case = a_case(stage=Stage.TAKEN)
    template = a_template()
    page = paper(browser(ratih()).get(f"{address(case)}?templat={template.pk}"))
    form = letter_form(page, "jawab")
    assert form.value("text") == f"Kasus {case.number}: …"
    assert form.value("release") == "on"
    assert "Lampu jalan" in form.value("masked")  # the story is still there to be masked
    assert 'id="jawab" open' in str(browser(joko()).get(f"{address(case)}?templat={template.pk}").content.decode())


@pytest.mark.parametrize("chosen", ["", "0", "999999999", "x", "-1", "%00", "1e9"])
def test_an_unknown_template_changes_nothing(chosen: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    assert text_of(paper(browser(ratih()).get(f"{address(case)}?templat={chosen}"))) == ""
    page = wished(case, "template", {"text": "Tetap ada.", "template": chosen})
    assert text_of(page) == "Tetap ada."


def test_templates_of_other_units_and_retired_ones_are_not_offered() -> None:
    case = a_case(stage=Stage.TAKEN)
    foreign, retired = a_template("Asing", unit=OTHER_UNIT), a_template("Lama")
    ReplyTemplate.objects.filter(pk=retired.pk).update(active=False)
    forget_all()
    html = browser(ratih()).get(address(case)).content.decode()
    assert "Asing" not in html
    assert ">Lama<" not in html
    for template in (foreign, retired):
        assert text_of(wished(case, "template", {"template": str(template.pk)})) == ""


def test_the_text_of_a_template_is_asked_for_by_the_script() -> None:
    case = a_case(stage=Stage.TAKEN)
    template, foreign = a_template(), a_template("Asing", unit=OTHER_UNIT)
    answer = browser(ratih()).get(f"{address(case)}/templat/{template.pk}")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode() == f"Kasus {case.number}: …"
    assert browser(ratih()).get(f"{address(case)}/templat/{foreign.pk}").content == b""
    assert browser(ratih()).get(f"{address(case)}/templat/{10**12}").content == b""


def test_a_letter_begins_in_indonesian_whatever_the_officer_reads() -> None:
    case = a_case(stage=Stage.TAKEN)
    template = a_template(text="Hari ini {hari_ini}, {tautan}")
    page = wished(case, "template", {"template": str(template.pk)}, path=f"/en{address(case)}")
    assert text_of(page) == f"Hari ini Senin, 5 Januari, http://127.0.0.1:8000/lacak/{case.number}"


def test_a_promise_that_has_passed_is_not_promised_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.TAKEN)
    template = a_template(text="Janji: {janji}")
    monkeypatch.setenv("MELAYANI_NOW", "2026-02-09T09:00:00+07:00")
    assert text_of(wished(case, "template", {"template": str(template.pk)})) == "Janji: Senin, 26 Januari (sudah lewat)"


def test_the_choices_come_without_a_question_of_their_own() -> None:
    """Templates are remembered: a page with sixty of them asks no more (test_case holds the six)."""
    case = a_case(stage=Stage.TAKEN)
    for number in range(60):
        ReplyTemplate.objects.create(unit=case.unit, name=f"T{number:02}", text="Isi templat.")
    forget_all()
    assert len(usable_templates(case.unit_id)) >= 68
    html = browser(ratih()).get(address(case)).content.decode()
    assert html.count(">T00</option>") == 3


# The look as the citizen.


def test_the_answer_is_looked_at_as_the_citizen_will_read_it() -> None:
    case = a_case(stage=Stage.TAKEN)
    page = wished(case, "preview", {"text": ANSWER, "outcome": "SOLVED", "release": "on"})
    words = page.text
    assert "Seperti warga membacanya. Belum terkirim." in words
    assert f"Dijawab. Hasil menurut petugas: Diselesaikan. {ANSWER}" in words
    assert "Anda menyatakan selesai atau membuka kembali, sampai 20 Januari." in words
    assert "Umum membacanya juga" in words
    form = letter_form(page, "jawab")
    assert (form.value("text"), form.value("outcome"), form.value("release")) == (ANSWER, "SOLVED", "on")
    # The second button sends what was looked at.
    client = browser(ratih())
    assert pressed(client, form, button="").status_code == 302
    assert Case.objects.get(pk=case.pk).stage == Stage.ANSWERED


@pytest.mark.parametrize(
    ("act", "head", "more"),
    [
        ("tanya", "Petugas bertanya kepada Anda", "Anda menjawab pertanyaan di atas."),
        ("kabar", "Kabar dari petugas", "Umum tidak membaca isinya"),
    ],
)
def test_other_letters_are_looked_at_too(act: str, head: str, more: str) -> None:
    page = wished(a_case(stage=Stage.TAKEN), "preview", {"text": "Nomor tiang berapa?"}, act=act)
    assert f"{head}." in page.text
    assert more in page.text


def test_of_a_secret_case_only_its_citizen_reads() -> None:
    case = a_case(stage=Stage.TAKEN, visibility=Visibility.SECRET)
    assert "hanya warga yang menyampaikan yang membacanya" in wished(case, "preview", {"text": ANSWER}).text


def test_what_is_shown_is_what_would_be_kept_and_harmless() -> None:
    case = a_case(stage=Stage.TAKEN)
    client = browser(ratih())
    answer = client.post(
        address(case, "jawab"), {"version": str(case.version), "wish": "preview", "text": HOSTILE, "outcome": "<b>"}
    )
    html = answer.content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    preview = html.split('id="pratinjau"')[1].split("</section>")[0]
    assert "\u202e" not in preview
    assert "{nomor}" in preview  # a citizen's or officer's braces are no placeholder any more


def test_an_empty_letter_can_be_looked_at() -> None:
    assert "Belum ada isinya." in wished(a_case(stage=Stage.TAKEN), "preview", {"text": " "}).text


@pytest.mark.parametrize(
    "wish", ["preview", "unknown", "insert:?", "insert:", "drop:", "drop:\x00", "template:x", "\x00"]
)
def test_no_wish_ever_sends(wish: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    before = Event.objects.count()
    answer = browser(ratih()).post(
        address(case, "jawab"), {"version": str(case.version), "wish": wish, "text": ANSWER, "outcome": "SOLVED"}
    )
    assert answer.status_code == 200
    assert text_of(paper(answer)) == ANSWER
    assert Event.objects.count() == before


def test_a_reader_wishes_nothing() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = browser(dewi()).post(
        address(case, "jawab"), {"version": str(case.version), "wish": "preview", "text": ANSWER}
    )
    assert answer.status_code == 403
    assert "Seperti warga membacanya" not in answer.content.decode()


def test_what_others_did_meanwhile_is_told_when_a_letter_is_looked_at() -> None:
    """The page that comes back knows the new version; what lies between must not be passed over in silence."""
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    file_actions.note_case(number=case.number, text="Jangan dijawab dulu.", by=actor_for(joko()), at=MONDAY)
    answer = browser(ratih()).post(address(case, "jawab"), {"version": seen, "wish": "preview", "text": ANSWER})
    page = paper(answer)
    assert "berubah selagi Anda menulis" in page.text
    assert "“Jangan dijawab dulu.”" in page.text
    assert text_of(page) == ANSWER


def test_a_letter_whose_form_is_gone_is_still_there() -> None:
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    browser(joko()).post(address(case, "jawab"), {"version": seen, "text": ANSWER, "outcome": "SOLVED"})
    mine = "Jawaban saya yang lain, belum selesai."
    answer = browser(ratih()).post(address(case, "jawab"), {"version": seen, "wish": "preview", "text": mine})
    assert mine in answer.content.decode()
    assert "berubah selagi Anda menulis" in answer.content.decode()


# The check.


def hints_in(page: Page) -> str:
    found = re.search(r"Sebelum dikirim(.*?)Hasil", page.text)
    return found[1] if found else ""


def test_hints_stand_beside_a_reply_and_do_not_keep_it() -> None:
    case = a_case(stage=Stage.TAKEN)
    bare = "Akan kami tindaklanjuti."
    page = wished(case, "preview", {"text": bare, "outcome": "SOLVED"})
    assert "belum mengatakan apa yang dikerjakan" in hints_in(page)
    assert "Belum ada langkah berikutnya" in hints_in(page)
    assert pressed(browser(ratih()), letter_form(page, "jawab"), button="").status_code == 302  # hints never block


def test_a_reply_that_answers_has_none() -> None:
    assert hints_in(wished(a_case(stage=Stage.TAKEN), "preview", {"text": ANSWER, "outcome": "SOLVED"})) == ""


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_is_put_in_by_one_press(code: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    typed = {"text": "Lampu menyala.", "outcome": "SOLVED"}
    hinted = wished(case, "preview", typed)
    text = text_of(sent_by(browser(ratih()), letter_form(hinted, "jawab"), f"insert:{code}", {}))
    assert text.startswith("Lampu menyala.\n\n")
    assert "{" not in text
    assert SENTENCES[code].split("{")[0] in text


def test_only_the_answer_is_checked() -> None:
    assert hints_in(wished(a_case(stage=Stage.TAKEN), "preview", {"text": "Halo."}, act="kabar")) == ""


@pytest.mark.parametrize("who", [ratih, joko])
def test_a_page_nobody_writes_on_has_no_hint_and_no_preview(who: object) -> None:
    assert callable(who)
    officer = who()
    assert isinstance(officer, Officer)
    html = browser(officer).get(address(a_case(stage=Stage.TAKEN))).content.decode()
    assert "pratinjau" not in html
    assert "Sebelum dikirim" not in html
