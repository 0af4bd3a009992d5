# SPDX-License-Identifier: EUPL-1.2
"""Photos and PDFs in the story of a case: shown to those who read it, and to the public only by an officer's act."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases import actions
from melayani.cases.desk_queries import actor_for
from melayani.cases.files import keep_upload
from melayani.cases.models import Attachment, CaseText, Event
from melayani.cases.parties import add_files
from melayani.cases.rules import PARTY, EventKind, Stage, Visibility
from melayani.desk import acts
from melayani.ledger.models import Entry
from tests.builders import ANSWER, STORY, a_case, a_waiting_case
from tests.conftest import MONDAY
from tests.desk.sending import PDF, a_file, released, sent, with_photos
from tests.desk.visiting import OTHER_UNIT, address, bambang, browser, dewi, joko, nanik, paper, ratih
from tests.some_files import a_photo

pytestmark = pytest.mark.django_db


def test_a_photo_is_shown_without_harm() -> None:
    case = with_photos(1)
    name = Attachment.objects.get().name
    client = browser(ratih())
    whole, small = client.get(f"{address(case)}/berkas/{name}"), client.get(f"{address(case)}/berkas/{name}/kecil")
    for answer in (whole, small):
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{case.number}-1.jpg"'
    assert len(small.content) <= len(whole.content)


def test_a_pdf_is_only_ever_downloaded() -> None:
    case = a_case(stage=Stage.TAKEN)
    sent(case, "kabar", [a_file(PDF, "x.pdf")], text="Terlampir.")
    name = Attachment.objects.get().name
    for path in (f"{address(case)}/berkas/{name}", f"{address(case)}/berkas/{name}/kecil"):
        answer = browser(ratih()).get(path)
        assert answer.content == PDF
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(("who", "status"), [(ratih, 200), (joko, 200), (nanik, 200), (dewi, 200), (bambang, 404)])
def test_whoever_reads_the_case_sees_its_photos(who: object, status: int) -> None:
    assert callable(who)
    case = with_photos(1)
    name = Attachment.objects.get().name
    for path in (f"{address(case)}/berkas/{name}", f"{address(case)}/berkas/{name}/kecil"):
        assert browser(who()).get(path).status_code == status
        assert browser().get(path).status_code == 302


def test_files_of_other_cases_and_odd_names_are_not_there() -> None:
    case = with_photos(1)
    mine, name = a_case(), Attachment.objects.get().name
    client = browser(ratih())
    for path in (name, "0" * 32, "x", "..", f"{name}x"):
        assert client.get(f"{address(mine)}/berkas/{path}").status_code == 404
    assert client.get(f"{address(case)}/berkas/{name}").status_code == 200


def test_a_kept_file_is_shown_to_officers_by_its_name() -> None:
    upload = keep_upload(token="x", sent=a_photo(), at=MONDAY)
    pdf = keep_upload(token="x", sent=PDF, at=MONDAY, pdf=True)
    assert browser(ratih()).get(f"/meja/bukti/{upload.name}").headers["Content-Type"] == "image/jpeg"
    assert browser(ratih()).get(f"/meja/bukti/{pdf.name}").content == PDF
    assert browser(ratih()).get("/meja/bukti/unknown").status_code == 404
    assert browser().get(f"/meja/bukti/{upload.name}").status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_photos_cost_one_question_more(count: int) -> None:
    case = with_photos(count)
    client = browser(ratih())
    client.get(address(case))
    with CaptureQueriesContext(connection) as queries:
        html = client.get(address(case)).content.decode()
    assert len(queries) <= 7
    assert len(re.findall('src="[^"]+/kecil"', html)) == count


# What the public sees of them.


def test_each_photo_is_shown_and_held_by_one_tap() -> None:
    case = with_photos(2)
    client, name = browser(ratih()), Attachment.objects.order_by("position")[1].name
    page = paper(client.get(address(case)))
    (form,) = [form for form in page.forms if form.value("name") == name]
    assert form.action.endswith("/tampilkan-berkas")
    assert client.post(form.action, dict(form.fields)).status_code == 302
    assert released(case) == [False, True]
    shown = client.get(address(case))
    html = shown.content.decode()
    assert "Berkas ditampilkan untuk umum" in html
    assert "berkas ke-2 dari cerita warga" in html
    (form,) = [form for form in paper(shown).forms if form.value("name") == name]
    assert form.action.endswith("/tahan-berkas")
    assert client.post(form.action, dict(form.fields)).status_code == 302
    assert released(case) == [False, False]


def test_photos_of_a_secret_case_have_no_such_form() -> None:
    case = with_photos(1, visibility=Visibility.SECRET)
    client, name = browser(ratih()), Attachment.objects.get().name
    assert "tampilkan-berkas" not in client.get(address(case)).content.decode()
    answer = client.post(address(case, "tampilkan-berkas"), {"version": "1", "name": name})
    assert answer.status_code == 403
    assert released(case) == [False]


@pytest.mark.parametrize("name", ["", "x", "0" * 32, "x" * 41, "\x00"])
def test_an_unknown_file_is_refused_in_words(name: str) -> None:
    case = with_photos(1)
    answer = browser(ratih()).post(address(case, "tampilkan-berkas"), {"version": "1", "name": name})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


ASSIGN = {"unit": OTHER_UNIT, "reason": "Tugas dinas ini.", "about": ""}


@pytest.mark.parametrize(("ticks", "text", "shown"), [({}, None, False), ({"release_photos": "on"}, None, True)])
def test_assigning_shows_the_photos_only_with_their_own_tick(
    ticks: dict[str, str], text: str | None, shown: bool
) -> None:
    case = with_photos(2, service="", topic="")
    client = browser(nanik())
    html = client.get(address(case)).content.decode()
    assert re.search(r'name="release_photos" ?>', html)  # there, and not ticked
    form = {"version": str(case.version), **ASSIGN, "masked": "Lampu padam.", **ticks}
    assert client.post(address(case, "tetapkan"), form).status_code == 302
    assert released(case) == [shown] * 2
    assert CaseText.objects.get(event__case=case, event__sequence=0).released == text


def test_answering_shows_story_and_photos_in_one_act_or_nothing() -> None:
    case = with_photos(2)
    more = {"release_story": "on", "masked": "Lampu padam.", "release_photos": "on"}
    before = Entry.objects.count()
    assert sent(case, "jawab", [], text=ANSWER, outcome="SOLVED", **{**more, "masked": " "}).status_code == 400
    assert (released(case), Entry.objects.count()) == ([False, False], before)
    assert sent(case, "jawab", [], text=ANSWER, outcome="SOLVED", **more).status_code == 302
    assert released(case) == [True, True]
    kinds = list(Event.objects.filter(case=case).order_by("sequence").values_list("kind", flat=True))
    assert kinds == [
        EventKind.FILED, EventKind.ANSWERED, EventKind.RELEASED, EventKind.FILE_RELEASED, EventKind.FILE_RELEASED,
    ]  # fmt: skip


def test_releasing_the_story_can_take_its_photos_along() -> None:
    case = with_photos(1)
    form = {"version": str(case.version), "sequence": "0", "masked": "Lampu padam.", "release_photos": "on"}
    assert browser(ratih()).post(address(case, "tampilkan"), form).status_code == 302
    assert released(case) == [True]


def test_an_answer_that_ends_a_pause_can_show_the_story_too() -> None:
    """Two events come before the release then; the version must not be counted on."""
    case = a_case(stage=Stage.ASKED)
    answer = sent(case, "jawab", [], text=ANSWER, outcome="SOLVED", release_story="on", masked="Lampu padam.")
    assert answer.status_code == 302
    assert CaseText.objects.get(event__case=case, event__sequence=0).released == "Lampu padam."


def test_control_counting_on_the_version_would_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.ASKED)
    seen = case.version

    def counted(visit: object, data: dict[str, object]) -> object:
        version = seen + 1
        who = {"number": case.number, "by": actor_for(ratih()), "at": MONDAY}
        return actions.release_text(**who, version=version, sequence=0, masked=str(data["masked"]))  # type: ignore[arg-type]  # as it stood

    monkeypatch.setattr(acts, "_story_released", counted)
    answer = sent(case, "jawab", [], text=ANSWER, outcome="SOLVED", release_story="on", masked="Lampu padam.")
    assert answer.status_code == 409


def test_a_waiting_case_without_photos_has_no_such_tick() -> None:
    html = browser(nanik()).get(address(a_waiting_case())).content.decode()
    assert "release_photos" not in html
    assert STORY in html


def test_who_sent_the_photos_later_is_said() -> None:
    case = a_case()
    upload = keep_upload(token="ikut", sent=a_photo(), at=MONDAY)
    add_files(number=case.number, uploads=(upload,), by=PARTY, at=MONDAY)
    words = paper(browser(ratih()).get(address(case))).text
    assert "Foto ditambahkan" in words
    assert "warga lain" in words


def test_a_photo_in_the_story_has_words_for_it() -> None:
    case = with_photos(2)
    html = browser(joko()).get(address(case)).content.decode()
    assert 'alt="Foto 1 dari 2"' in html
    assert 'alt="Foto 2 dari 2"' in html
