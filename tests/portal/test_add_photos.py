# SPDX-License-Identifier: EUPL-1.2
"""Photos added to an open case by its citizen or by somebody who joined, and what the key of the latter opens."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from melayani.cases import actions
from melayani.cases.models import Attachment, Case, Event, Upload
from melayani.cases.rules import MOST_CASE_FILES, EventKind, Outcome, Stage, Visibility
from melayani.portal.access import Opened
from tests.builders import ANSWER, STORY, a_case, filed, officer_actor
from tests.conftest import MONDAY
from tests.portal.own_case import act_form, opened_case, tried
from tests.portal.paper_browser import Page, pressed
from tests.portal.some_cases import filed_with_photos, joined_case, names_of, release
from tests.some_files import a_photo, pretenders

pytestmark = pytest.mark.django_db
FOTO = "/lacak/foto"
OWN_ACTS = ("/lacak/balas", "/lacak/terima", "/lacak/buka-lagi", "/lacak/tarik")


def a_file(shade: int = 1, name: str = "IMG.jpg", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or a_photo(shade=shade), content_type="image/jpeg")


def added(client: Client, page: Page, *files: SimpleUploadedFile) -> HttpResponse:
    return pressed(client, act_form(page, FOTO), files=files)


def party_page(client: Client, number: str) -> Page:
    answer = tried(client, number=number, key=joined_case(number).key)
    assert answer.status_code == 200
    return Page(answer)


def test_the_citizen_adds_photos_which_are_held(client: Client) -> None:
    told = filed()
    answer = added(client, opened_case(client, told), a_file(1), a_file(2))
    assert answer.status_code == 200
    page = Page(answer)
    assert "2 foto sudah kami terima. Petugas melihatnya dahulu sebelum umum dapat melihatnya." in page.text
    assert "Anda menambahkan foto." in page.text
    assert "Foto 2 dari Anda, 5 Januari" in [image["alt"] for image in page.all("img")]
    event = Event.objects.get(kind=EventKind.FILES_ADDED)
    assert (event.data["by"], len(event.data["files"])) == ("citizen", 2)
    assert list(Attachment.objects.values_list("released", flat=True)) == [False, False]
    assert not Upload.objects.exists()


def test_of_a_secret_case_nobody_is_promised_to_the_public(client: Client) -> None:
    told = filed(visibility=Visibility.SECRET)
    page = opened_case(client, told)
    assert "Umum tidak pernah melihatnya;" in page.text
    answer = Page(added(client, page, a_file()))
    assert "1 foto sudah kami terima." in answer.text
    assert "sebelum umum dapat melihatnya" not in answer.text


def test_somebody_who_joined_adds_photos_too(client: Client) -> None:
    told = filed()
    answer = added(client, party_page(client, told.number), a_file())
    assert answer.status_code == 200
    page = Page(answer)
    assert "1 foto sudah kami terima." in page.text
    assert page.all("img") == []
    assert Event.objects.get(kind=EventKind.FILES_ADDED).data["by"] == "party"


def test_good_ones_are_added_and_bad_ones_named(client: Client) -> None:
    files = [a_file(), a_file(name="logo.svg", content=pretenders()["svg"])]
    answer = added(client, opened_case(client, filed()), *files)
    page = Page(answer)
    assert answer.status_code == 200
    assert "1 foto sudah kami terima." in page.text
    assert "logo.svg: Berkas ini rusak atau bukan foto" in page.text
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize("files", [[], [a_file(content=b"x", name="x.jpg")]])
def test_nothing_good_changes_nothing(client: Client, files: list[SimpleUploadedFile]) -> None:
    answer = added(client, opened_case(client, filed()), *files)
    assert answer.status_code == 422
    page = Page(answer)
    assert ("x.jpg: Berkas ini" if files else "Pilih dahulu foto yang akan ditambahkan.") in page.text
    assert next(p for p in page.all("p") if p.get("id") == "foto_error")
    assert {"open": ""} in page.all("details")
    assert Event.objects.count() == 1


def test_twice_is_once_although_others_act_meanwhile(client: Client) -> None:
    told = filed()
    page = opened_case(client, told)
    actions.take_on_case(number=told.number, by=officer_actor(), at=MONDAY)
    for _ in range(2):
        assert added(client, page, a_file(1), a_file(2)).status_code == 200
    assert Event.objects.filter(kind=EventKind.FILES_ADDED).count() == 1
    assert (Attachment.objects.count(), Upload.objects.count()) == (2, 0)


def test_control_without_the_token_twice_would_be_twice(client: Client) -> None:
    form = act_form(opened_case(client, filed()), FOTO)
    for _ in range(2):
        pressed(client, form, typed={"kiriman": ""}, files=[a_file()])
    assert Event.objects.filter(kind=EventKind.FILES_ADDED).count() == 2


def test_a_closed_case_takes_none(client: Client) -> None:
    told = filed()
    page = opened_case(client, told)
    actions.answer_case(number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY)
    assert added(client, page, a_file(1)).status_code == 200  # answered is not closed
    form = act_form(opened_case(client, told), FOTO)
    pressed(client, act_form(opened_case(client, told), "/lacak/terima"))
    answer = pressed(client, form, files=[a_file(2)])
    assert answer.status_code == 409
    assert "Kasus ini sudah ditutup." in Page(answer).text
    assert not [form for form in Page(answer).forms if form.action == FOTO]
    assert (Attachment.objects.count(), Upload.objects.count()) == (1, 0)


def test_a_case_that_is_full_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from melayani.cases import parties

    monkeypatch.setattr(parties, "MOST_CASE_FILES", 2)
    told = filed_with_photos(1, 2)
    answer = added(client, opened_case(client, told), a_file(3))
    assert answer.status_code == 409
    assert "Kasus ini sudah memuat cukup banyak foto." in Page(answer).text
    assert not Upload.objects.exists()
    assert MOST_CASE_FILES > 20


def test_strangers_and_other_methods(client: Client) -> None:
    told = filed()
    assert client.get(FOTO).status_code == 405
    sent: dict[str, Any] = {"nomor": told.number, "kunci": "0" * 20, "foto": a_file()}
    assert client.post(FOTO, sent).status_code == 404
    assert client.post(FOTO, {"nomor": "x", "kunci": "", "foto": a_file()}).status_code == 422
    assert not Attachment.objects.exists()
    assert not Upload.objects.exists()


# The page of somebody who joined


def test_who_joined_reads_what_everybody_reads_and_gets_none_of_the_acts(client: Client) -> None:
    told = filed_with_photos(1, 2, name="Sari Wulandari", identity="NAMED", email="sari@contoh.example")
    names = names_of(told.number)
    release(told.number, names[1])
    actions.answer_case(
        number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=MONDAY, release=True
    )
    page = party_page(client, told.number)
    assert "Anda ikut kasus ini" in page.text
    assert ANSWER in page.text
    assert [image["src"] for image in page.all("img")] == [f"/foto/{names[1]}/kecil"]
    assert names[0] not in page.html
    for hidden in (STORY, "Sari", "contoh.example", "Kasus Anda", "Anda menyampaikan", "Data Anda"):
        assert hidden not in page.html
    assert {form.action for form in page.forms} & {*OWN_ACTS, FOTO} == {FOTO}


def party_sending(client: Client, told: Any, address: str) -> HttpResponse:
    case = Case.objects.get(number=told.number)
    sent = {"nomor": told.number, "kunci": joined_case(told.number).key, "versi": str(case.version + 1), "yakin": "ya"}
    # Joining is an act too; the second time it is not.
    sent["versi"] = str(Case.objects.get(number=told.number).version)
    answer = client.post(address, {**sent, "teks": "Nomor tiang 14.", "alasan": "Masih padam juga."})
    assert isinstance(answer, HttpResponse)
    return answer


def test_the_key_of_who_joined_does_no_act_of_the_citizen(client: Client) -> None:
    for address, stage in zip(OWN_ACTS, (Stage.ASKED, Stage.ANSWERED, Stage.ANSWERED, Stage.ROUTED), strict=True):
        case = a_case(stage=stage)
        answer = party_sending(client, case, address)
        assert answer.status_code == 403
        assert "Hanya warga yang menyampaikan kasus ini yang dapat melakukannya." in Page(answer).text
        assert Case.objects.get(pk=case.pk).stage == stage
    # Nor does it open the page that asks "are you sure?".
    case = a_case()
    key = joined_case(case.number).key
    assert client.post("/lacak/tarik", {"nomor": case.number, "kunci": key}).status_code == 403


def test_control_without_the_check_the_case_would_be_closed_by_somebody_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Opened, "own", True)
    case = a_case(stage=Stage.ANSWERED)
    party_sending(client, SimpleNamespace(number=case.number), "/lacak/terima")
    assert Case.objects.get(pk=case.pk).stage == Stage.CLOSED


def test_who_joined_a_case_that_became_secret_opens_nothing(client: Client) -> None:
    told = filed()
    key = joined_case(told.number).key
    Case.objects.update(visibility=Visibility.SECRET)
    assert tried(client, number=told.number, key=key).status_code == 404
    sent: dict[str, Any] = {"nomor": told.number, "kunci": key, "foto": a_file()}
    assert client.post(FOTO, sent).status_code == 404
