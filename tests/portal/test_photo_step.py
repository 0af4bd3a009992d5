# SPDX-License-Identifier: EUPL-1.2
"""Photos while filing: several at once or one by one, without a script; good ones are kept, nothing typed is lost."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from melayani.cases.files import forget_uploads, opened_attachment, path_of
from melayani.cases.models import Attachment, Case, Submission, Upload
from melayani.cases.queries import citizen_case
from melayani.portal import sent_photos
from tests.builders import STORY
from tests.conftest import MONDAY
from tests.portal.filing_walk import PERSON_STEP, at_photos, nothing_written, number_and_key, sent, went_on
from tests.portal.paper_browser import Page, pressed
from tests.some_files import CANARY, a_photo, pretenders

pytestmark = pytest.mark.django_db
JPEG = a_photo()


def a_file(content: bytes = JPEG, name: str = "IMG_1.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)


def photos(count: int, first: int = 1) -> list[SimpleUploadedFile]:
    return [a_file(a_photo(shade=n), f"IMG_{n}.jpg") for n in range(first, first + count)]


def added(client: Client, page: Page, *files: SimpleUploadedFile, button: str = "tambah", status: int = 200) -> Page:
    answer = pressed(client, page.form("langkah"), button=button, files=files)
    assert answer.status_code == status, Page(answer).text[:800]
    return Page(answer)


def shown(page: Page) -> list[str]:
    """The addresses of the small photos of the form."""
    return [image["src"] for image in page.all("img") if image.get("src", "").startswith("/lapor/foto/")]


def step_of(page: Page) -> str:
    return page.form("langkah").value("langkah")


def checked(client: Client, page: Page) -> Page:
    """The last page, from the step of the photos."""
    return went_on(client, went_on(client, page, {}), PERSON_STEP)


# The way through


def test_the_step_is_between_place_and_person_and_may_be_left_out(client: Client) -> None:
    page = at_photos(client)
    assert step_of(page) == "foto"
    assert "Langkah 3 dari 5" in page.text
    assert "(boleh dilewati)" in page.text
    assert "Foto ditahan sampai petugas memeriksanya; catatan tempat dan ponsel di dalamnya kami hapus." in page.text
    field = next(box for box in page.all("input") if box.get("type") == "file")
    assert (field["name"], "multiple" in field, field["accept"]) == ("foto", True, "image/*")
    assert step_of(went_on(client, page, {})) == "siapa"
    assert nothing_written()


def test_photos_travel_with_the_form_to_the_case_and_are_held(client: Client) -> None:
    page = added(client, at_photos(client), *photos(2))
    page = added(client, page, *photos(1, first=3))
    assert step_of(page) == "foto"
    assert len(shown(page)) == 3
    assert nothing_written()
    check = checked(client, page)
    assert len(shown(check)) == 3
    assert STORY in check.text
    answer = sent(client, check)
    number, key = number_and_key(answer)
    view = citizen_case(number=number, key=key)
    assert view is not None
    assert [file.released for file in view.happenings[0].files] == [False] * 3
    assert len(view.happenings[0].data["files"]) == 3
    assert not Upload.objects.exists()
    receipt = Page(answer)
    links = [image["src"] for image in receipt.all("img") if image["src"].startswith("/lacak/foto/")]
    assert len(links) == 3
    assert client.get(links[0]).status_code == 200
    assert not [link for link in links if number in link or key in link]


@pytest.mark.parametrize("button", ["lanjut", "kembali", "tetap"])
def test_chosen_photos_are_kept_whatever_button_is_pressed(client: Client, button: str) -> None:
    page = added(client, at_photos(client), a_file(), button=button)
    assert Upload.objects.count() == 1
    assert page.form("langkah").value("foto_ada") == "1"
    assert page.form("langkah").value("cerita") == STORY


def test_back_and_forth_loses_no_photo(client: Client) -> None:
    page = added(client, at_photos(client), *photos(2), button="lanjut")
    page = went_on(client, page, {}, button="kembali")
    assert len(shown(page)) == 2
    page = went_on(client, page, {}, button="kembali")
    assert step_of(page) == "tempat"
    page = went_on(client, page, {})
    assert len(shown(page)) == 2
    changing = went_on(client, checked(client, page), {}, button="ubah-foto")
    assert len(shown(changing)) == 2
    assert "Periksa jawaban Anda" in went_on(client, changing, {}).text


def test_one_is_taken_away_again(client: Client) -> None:
    page = added(client, at_photos(client), *photos(2))
    first = shown(page)[0].rsplit("/", 1)[1]
    page = added(client, page, button=f"hapus-{first}")
    assert len(shown(page)) == 1
    assert not path_of(first).exists()
    assert client.get(f"/lapor/foto/{first}").status_code == 404
    # Of somebody else's form, and what is no name, nothing is taken away.
    other = added(Client(), at_photos(Client()), a_file())
    for name in (shown(other)[0].rsplit("/", 1)[1], "../x", "\x00", "x" * 500):
        form = page.form("langkah")
        form.buttons.append(("tuju", f"hapus-{name}", "", ""))
        assert pressed(client, form, button=f"hapus-{name}").status_code == 200
    assert Upload.objects.count() == 2


def test_the_same_sending_twice_is_one_photo_and_one_case(client: Client) -> None:
    form = at_photos(client).form("langkah")
    pages = [Page(pressed(client, form, button="tambah", files=photos(2))) for _ in range(2)]
    assert [len(shown(page)) for page in pages] == [2, 2]
    check = checked(client, pages[1])
    first, second = sent(client, check), sent(client, check)
    assert number_and_key(first) == number_and_key(second)
    assert (Case.objects.count(), Attachment.objects.count()) == (1, 2)
    assert "tidak dibuat kasus kedua" in Page(second).text
    assert len([i for i in Page(second).all("img") if i["src"].startswith("/lacak/foto/")]) == 2


def test_adding_nothing_says_what_to_do(client: Client) -> None:
    page = added(client, at_photos(client), status=422)
    assert "Pilih dahulu fotonya, lalu tekan Tambah foto." in page.text


# Bad files: a plain message at the field, and the good ones stay


def test_bad_files_are_named_one_by_one_and_the_good_ones_are_kept(client: Client) -> None:
    bad = pretenders()
    files = [a_file(), a_file(bad["svg"], "logo.svg", "image/svg+xml"), a_file(bad["empty"], "kosong.jpg")]
    files += [a_file(bad["bomb"], "bom.png", "image/png"), a_file(a_photo(form="PNG"), "layar.jpg", "text/html")]
    page = added(client, at_photos(client), *files, button="lanjut", status=422)
    assert step_of(page) == "foto"
    assert len(shown(page)) == 2
    error = next(p for p in page.all("p") if p.get("id") == "foto_error")
    assert error["class"] == "error"
    field = next(box for box in page.all("input") if box.get("type") == "file")
    assert field["aria-invalid"] == "true"
    assert "foto_error" in field["aria-describedby"].split()
    for words in ("logo.svg: Berkas ini rusak atau bukan foto", "kosong.jpg: Berkas foto ini kosong.", "bom.png: Foto"):
        assert words in page.text
    assert [link["href"] for link in page.all("a") if link.get("href", "").startswith("#")].count("#foto") == 3
    assert page.form("langkah").value("cerita") == STORY
    assert step_of(went_on(client, page, {})) == "siapa"


@pytest.mark.once
@pytest.mark.parametrize("name", pretenders())
def test_no_pretender_is_kept_or_breaks_the_page(client: Client, name: str) -> None:
    page = added(client, at_photos(client), a_file(pretenders()[name], f"{name}.jpg"), status=422)
    assert f"{name}.jpg: " in page.text
    assert not Upload.objects.exists()


def test_the_name_and_kind_of_a_file_mean_nothing_and_are_shown_harmlessly(client: Client) -> None:
    page = added(client, at_photos(client), a_file(JPEG, "x.exe", "application/x-msdownload"))
    assert len(shown(page)) == 1
    hostile = "<script>\u202ealert(1)" + "a" * 200 + ".jpg"
    page = added(client, page, a_file(b"x", hostile), status=422)
    assert "<script>alert" not in page.html
    assert "\u202e" not in page.html
    assert "a" * 100 not in page.html


def test_a_file_of_more_than_twelve_megabytes_is_refused(client: Client) -> None:
    page = added(client, at_photos(client), a_file(JPEG + bytes(12_000_001), "besar.jpg"), a_file(), status=422)
    assert "besar.jpg: Foto ini lebih besar dari 12 MB." in page.text
    assert len(shown(page)) == 1


def test_the_sixth_photo_is_refused_and_five_are_kept(client: Client) -> None:
    page = added(client, at_photos(client), *photos(6), status=422)
    assert len(shown(page)) == 5
    assert "Paling banyak 5 foto. Hapus satu bila ingin menggantinya." in page.text
    assert not [box for box in page.all("input") if box.get("type") == "file"]
    assert len(shown(went_on(client, checked(client, page), {}, button="ubah-foto"))) == 5


def test_fifty_photos_at_once_are_not_all_read(client: Client) -> None:
    page = added(client, at_photos(client), *[a_file(b"x%d" % n, f"{n}.jpg") for n in range(50)], status=422)
    assert "9.jpg: " in page.text
    assert "10.jpg" not in page.text
    assert "40 berkas lagi tidak dibaca. Kirim lebih sedikit sekaligus, paling banyak 10." in page.text
    assert page.form("langkah").value("cerita") == STORY


def test_slow_files_do_not_hold_up_others(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sent_photos, "LONGEST_SENDING_SECONDS", -1)
    page = added(client, at_photos(client), *photos(3), status=422)
    assert "3 berkas lagi tidak dibaca." in page.text
    assert shown(page) == []


def test_hundreds_of_files_are_refused_with_a_page(client: Client) -> None:
    answer = pressed(client, at_photos(client).form("langkah"), files=[a_file(b"x") for _ in range(200)])
    assert answer.status_code == 400
    assert "tidak dapat kami baca" in Page(answer).text


def test_photos_at_another_step_are_not_looked_at(client: Client) -> None:
    form = at_photos(client).form("langkah")
    pressed(client, form, typed={"langkah": "siapa"}, files=[a_file()])
    assert not Upload.objects.exists()


def test_what_cannot_be_kept_is_told_and_costs_nothing_else(
    client: Client, settings: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    full = tmp_path_factory.mktemp("storage") / "file"
    full.write_text("no folder")
    settings.STORAGE = full  # type: ignore[attr-defined]  # pytest-django's settings
    page = added(client, at_photos(client), a_file(), status=422)
    assert "Foto sedang tidak dapat kami simpan. Coba lagi nanti, atau lanjutkan tanpa foto." in page.text
    assert not Upload.objects.exists()
    assert sent(client, checked(client, page)).status_code == 200


# What was forgotten


def test_photos_that_were_forgotten_are_missed_before_sending(client: Client) -> None:
    check = checked(client, added(client, at_photos(client), *photos(2)))
    assert forget_uploads(at=MONDAY + timedelta(hours=25)) == 2
    answer = sent(client, check)
    assert answer.status_code == 422
    page = Page(answer)
    assert step_of(page) == "foto"
    assert "Foto yang Anda pilih sudah tidak tersimpan" in page.text
    assert not Case.objects.exists()
    assert sent(client, checked(client, page)).status_code == 200


def test_the_page_before_sending_misses_them_too(client: Client) -> None:
    page = went_on(client, added(client, at_photos(client), *photos(2)), {})
    forget_uploads(at=MONDAY + timedelta(hours=25))
    page = went_on(client, page, PERSON_STEP, status=422)
    assert step_of(page) == "foto"


@pytest.mark.parametrize("count", ["-1", "x", "²", "9" * 400, ""])
def test_a_count_that_is_none_is_passed_over(client: Client, count: str) -> None:
    page = went_on(client, at_photos(client), {"foto_ada": count})
    assert step_of(went_on(client, page, PERSON_STEP)) == "periksa"


# The small photos of a form that was not sent


def test_small_photos_of_a_draft_are_fresh_and_kept_by_nobody(client: Client) -> None:
    page = added(client, at_photos(client), a_file())
    answer = Client().get(shown(page)[0])
    assert isinstance(answer, HttpResponse)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert CANARY.encode() not in answer.content
    image = page.all("img")[0]
    assert (image["width"], image["height"], image["alt"]) == ("320", "240", "Foto 1")


@pytest.mark.parametrize("name", ["0" * 32, "x", "%00", "..%2f..%2fx", "a" * 500])
def test_other_names_are_not_found(client: Client, name: str) -> None:
    added(client, at_photos(client), a_file())
    assert client.get(f"/lapor/foto/{name}").status_code == 404


def test_what_was_sent_lies_sealed_and_the_token_is_not_stored(client: Client) -> None:
    page = added(client, at_photos(client), a_file())
    upload, token = Upload.objects.get(), page.form("langkah").value("kiriman")
    for file in (path_of(upload.name), path_of(f"{upload.name}.small")):
        assert b"JFIF" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    assert token.encode() not in str(Upload.objects.values()[0]).encode()
    sent(client, checked(client, page))
    assert not Submission.objects.filter(token_hash=upload.token_hash).exists()
    opened = opened_attachment(name=upload.name, small=False, released_only=False)
    assert opened is not None
    assert opened[1].startswith(b"\xff\xd8\xff")
