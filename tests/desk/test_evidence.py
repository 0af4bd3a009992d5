# SPDX-License-Identifier: EUPL-1.2
"""Evidence with a letter: kept through every refusal and every look, within limits, and clean."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from melayani.cases.models import Attachment, Case, Event, Upload
from melayani.cases.rules import Stage
from melayani.desk import evidence
from melayani.ledger.models import Entry
from tests.builders import ANSWER, a_case
from tests.desk.sending import PDF, TOKEN, a_file, photos, released, sent
from tests.desk.visiting import address, bambang, browser, dewi, joko, paper, ratih
from tests.some_files import CANARY, pretenders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("release", [True, False])
@pytest.mark.parametrize("act", ["jawab", "kabar"])
def test_a_letter_carries_its_evidence(act: str, release: bool) -> None:
    case = a_case(stage=Stage.TAKEN)
    ticks = {"release": "on"} if release else {}
    answer = sent(case, act, [*photos(2), a_file(PDF, "berita acara.pdf")], text=ANSWER, outcome="SOLVED", **ticks)
    assert answer.status_code == 302
    kinds = list(Attachment.objects.filter(case=case).order_by("position").values_list("kind", flat=True))
    assert kinds == ["PHOTO", "PHOTO", "PDF"]
    assert released(case) == [release] * 3
    event = Event.objects.filter(case=case).order_by("-sequence")[0]
    assert len(event.data["files"]) == 3
    assert not Upload.objects.exists()
    html = browser(ratih()).get(address(case)).content.decode()
    assert html.count("/kecil") == 2
    assert html.count("PDF <span") == 1


def test_a_refused_file_is_named_and_loses_neither_text_nor_good_files() -> None:
    case = a_case(stage=Stage.TAKEN)
    before = Entry.objects.count()
    files = [*photos(1), a_file(b"Ini bukan foto.", "catatan <b>rapat.txt"), a_file(PDF, "surat.pdf")]
    answer = sent(case, "jawab", files, text=ANSWER, outcome="SOLVED")
    html, page = answer.content.decode(), paper(answer)
    assert answer.status_code == 400
    assert "catatan <b>" not in html
    assert "catatan <b>rapat.txt: Berkas ini" in page.text
    assert 'href="#answer-case-files"' in html
    assert ANSWER in html
    assert Entry.objects.count() == before
    assert Upload.objects.count() == 2
    form = next(form for form in page.forms if form.action.endswith("/jawab"))
    assert (form.value("token"), form.value("outcome")) == (TOKEN, "SOLVED")
    assert html.count('value="drop:') == 2
    # Sent again without the bad one: everything that was kept goes along.
    assert sent(case, "jawab", [], text=ANSWER, outcome="SOLVED").status_code == 302
    assert Attachment.objects.filter(case=case).count() == 2


def test_another_refusal_keeps_the_files_too() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = sent(case, "jawab", photos(1), text="Sudah.", outcome="SOLVED")
    assert answer.status_code == 400
    assert "terlalu pendek" in paper(answer).text
    assert answer.content.decode().count('value="drop:') == 1


def test_a_lost_race_keeps_both_texts_and_the_files() -> None:
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    browser(joko()).post(address(case, "kabar"), {"version": seen, "text": "Regu berangkat."})
    whole = {"version": seen, "token": TOKEN, "files": photos(1), "text": ANSWER, "outcome": "SOLVED"}
    answer = browser(ratih()).post(address(case, "jawab"), whole)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "berubah selagi Anda menulis" in html
    assert "“Regu berangkat.”" in html
    assert ANSWER in html
    assert html.count('value="drop:') == 1
    assert sent(case, "jawab", [], text=ANSWER, outcome="SOLVED").status_code == 302
    assert Attachment.objects.filter(case=case).count() == 1


def test_when_the_form_is_gone_the_files_are_mentioned() -> None:
    case = a_case(stage=Stage.TAKEN)
    seen = str(case.version)
    browser(joko()).post(address(case, "jawab"), {"version": seen, "text": ANSWER, "outcome": "SOLVED"})
    whole = {"version": seen, "token": TOKEN, "files": photos(1), "text": "Jawaban saya yang lain lagi."}
    answer = browser(ratih()).post(address(case, "kabar"), whole)
    assert answer.status_code == 409
    assert "Jawaban saya yang lain lagi." in answer.content.decode()
    assert "Foto dan PDF yang Anda sertakan juga belum terkirim." in paper(answer).text


def test_one_is_left_out_and_a_preview_keeps_the_rest() -> None:
    case = a_case(stage=Stage.TAKEN)
    sent(case, "jawab", photos(2), text=ANSWER, wish="preview")
    first, second = Upload.objects.order_by("id").values_list("name", flat=True)
    answer = sent(case, "jawab", [], text=ANSWER, wish=f"drop:{first}")
    assert answer.status_code == 200
    assert list(Upload.objects.values_list("name", flat=True)) == [second]
    assert ANSWER in answer.content.decode()
    preview = sent(case, "jawab", [], text=ANSWER, wish="preview").content.decode().split('id="pratinjau"')[1]
    assert f"/meja/bukti/{second}" in preview


def test_the_letters_of_one_page_have_files_of_their_own() -> None:
    case = a_case(stage=Stage.TAKEN)
    sent(case, "jawab", photos(1), text=ANSWER, wish="preview")
    assert sent(case, "kabar", [], text="Regu berangkat.").status_code == 302
    assert not Attachment.objects.exists()


def test_five_photos_and_two_pdfs_and_no_more() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = sent(case, "kabar", [*photos(5), a_file(PDF, "1.pdf"), a_file(PDF + b"2", "2.pdf")], text="Terlampir.")
    assert answer.status_code == 302
    assert Attachment.objects.count() == 7
    sent(case, "kabar", photos(6), text="Terlampir.", wish="preview")
    answer = sent(case, "kabar", [a_file(PDF + b"%d" % n, f"{n}.pdf") for n in range(3)], text="Terlampir.")
    words = paper(answer).text
    assert answer.status_code == 400
    assert "2.pdf: Paling banyak 2 PDF" in words
    assert Upload.objects.count() == 7


def test_fifty_files_are_not_all_opened() -> None:
    case = a_case(stage=Stage.TAKEN)
    files = [a_file(PDF + b"%d" % n, f"{n}.pdf") for n in range(50)]
    answer = sent(case, "kabar", files, text="Terlampir.")
    assert answer.status_code == 400
    assert "Yang selebihnya tidak diambil." in paper(answer).text
    assert Upload.objects.count() == 2
    assert "Terlampir." in answer.content.decode()


def test_hundreds_of_files_break_nothing() -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = sent(case, "kabar", [a_file(b"x", f"{n}.pdf") for n in range(200)], text="Terlampir.")
    assert answer.status_code == 400
    assert not Upload.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(pretenders().keys() - {"pdf", "empty"}))
def test_no_pretender_is_kept(name: str) -> None:
    case = a_case(stage=Stage.TAKEN)
    answer = sent(case, "kabar", [a_file(pretenders()[name])], text="Terlampir.")
    assert answer.status_code == 400
    assert not Upload.objects.exists()
    assert "Terlampir." in answer.content.decode()


def test_an_empty_and_a_huge_file_are_named() -> None:
    case = a_case(stage=Stage.TAKEN)
    huge = SimpleUploadedFile("besar.jpg", b"\xff\xd8" + bytes(12_000_001))
    answer = sent(case, "kabar", [a_file(b"", "kosong.jpg"), huge], text="Terlampir.")
    assert "kosong.jpg: " in paper(answer).text
    assert "besar.jpg: Foto ini lebih besar dari 12 MB" in paper(answer).text


def test_slow_files_do_not_hold_up_others_and_what_was_made_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case(stage=Stage.TAKEN)
    moments = iter([0, 6, 12, 18, 24, 30])
    monkeypatch.setattr(evidence, "monotonic", lambda: next(moments))
    answer = sent(case, "jawab", photos(4), text=ANSWER, outcome="SOLVED")
    assert answer.status_code == 400
    assert "Berkasnya terlalu lama diolah. Yang belum ada di bawah ini belum diambil." in paper(answer).text
    assert Upload.objects.count() == 2
    assert Case.objects.get(pk=case.pk).version == case.version


def test_nothing_of_the_camera_survives() -> None:
    case = a_case(stage=Stage.TAKEN)
    sent(case, "kabar", photos(1), text="Terlampir.")
    name = Attachment.objects.get().name
    content = browser(ratih()).get(f"{address(case)}/berkas/{name}").content
    assert content.startswith(b"\xff\xd8")
    assert CANARY.encode() not in content


@pytest.mark.parametrize(("who", "status"), [(dewi, 403), (bambang, 404)])
def test_who_may_not_write_keeps_no_file(who: object, status: int) -> None:
    assert callable(who)
    case = a_case(stage=Stage.TAKEN)
    assert sent(case, "kabar", photos(1), browser(who()), text="Halo.").status_code == status
    assert not Upload.objects.exists()


def test_without_a_token_no_file_is_taken() -> None:
    case = a_case(stage=Stage.TAKEN)
    assert sent(case, "kabar", photos(1), text="Terlampir.", token="").status_code == 400
    assert sent(case, "kabar", [], text="Terlampir.", token="x" * 61).status_code == 400
    assert sent(case, "kabar", [], text="Terlampir.", token="").status_code == 302  # and none is needed for none


def test_a_page_that_grew_old_keeps_the_text() -> None:
    """The token of the page is gone, or the session: what was typed is shown on the way back."""
    case = a_case(stage=Stage.TAKEN)
    whole = {"version": str(case.version), "token": TOKEN, "files": photos(1), "text": ANSWER, "outcome": "SOLVED"}
    forged = browser(ratih(), csrf=True).post(address(case, "jawab"), whole)
    assert forged.status_code == 403
    assert ANSWER in forged.content.decode()
    left = browser().post(address(case, "jawab"), {**whole, "files": photos(1)})
    assert left.status_code == 403
    assert ANSWER in left.content.decode()
    assert not Upload.objects.exists()
