# SPDX-License-Identifier: EUPL-1.2
"""Photos in a real browser: made small before they are sent where it can, sent as they are where not."""

import io
import re
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.journeys.conftest import Demo, Visitor, visitor
from tests.journeys.phone import at, goes_on, receipt
from tests.some_files import GPS, a_photo

pytestmark = pytest.mark.browser
STORY = "Papan nama jalan di perempatan kami roboh dan menghalangi trotoar."
CHOSEN = "[...document.getElementById('foto').files]"


@cache
def a_large_photo() -> bytes:
    """Four megabytes that compress badly, with the position in it."""
    grey = Image.effect_noise((3000, 2000), 90)
    notes = Image.Exif()
    notes.get_ifd(GPS).update({1: "S", 2: (8.0, 7.0, 1.0)})
    out = io.BytesIO()
    Image.merge("RGB", [grey, grey.rotate(180), grey]).save(out, "JPEG", quality=93, exif=notes)
    return out.getvalue()


def a_file(name: str, kind: str, content: bytes) -> FilePayload:
    """A file as the phone hands it to the browser."""
    return {"name": name, "mimeType": kind, "buffer": content}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """The large photo as a file on the phone."""
    file = tmp_path / "IMG_20260105.jpg"
    file.write_bytes(a_large_photo())
    return file


def to_photos(citizen: Visitor) -> Page:
    """At the step of the photos."""
    page = citizen.page
    citizen.goes("/lapor")
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
    page.get_by_label("Keluhan atau kerusakan").check()
    goes_on(page)
    page.locator("input[name=cari]").fill("Kel. Kepanjen")
    page.locator("button[value=cari]").click()
    page.locator("input[type=radio][name=tempat]").first.check()
    goes_on(page)
    at(page, "foto")
    return page


def shows(page: Page, count: int) -> None:
    """So many photos are really on the page."""
    pictures = page.locator(".photos img")
    expect(pictures).to_have_count(count)
    for picture in pictures.all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_photos_are_made_small_before_they_are_sent(demo: Demo, browser: Browser, photo: Path) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    page = to_photos(citizen)
    page.set_input_files("#foto", [photo])
    expect(page.locator("#foto_words")).to_contain_text("Siap dikirim")
    [(name, kind, size)] = page.evaluate(f"{CHOSEN}.map(file => [file.name, file.type, file.size])")
    assert (name, kind) == ("IMG_20260105.jpg", "image/jpeg")
    assert size < len(a_large_photo()) / 2
    small = bytes(page.evaluate(f"{CHOSEN}[0].arrayBuffer().then(all => [...new Uint8Array(all)])"))
    with Image.open(io.BytesIO(small)) as image:
        assert max(image.size) == 1920
        assert not image.getexif()
    page.locator("button[value=tambah]").click()
    shows(page, 1)
    # Others chosen meanwhile take the place of the first, and a button pressed at once waits for the work.
    page.set_input_files("#foto", [photo])
    page.set_input_files("#foto", [a_file("b.png", "image/png", a_photo(form="PNG"))])
    goes_on(page)
    at(page, "siapa")
    page.locator("button[value=kembali]").click()
    shows(page, 2)
    assert citizen.elsewhere == []
    assert citizen.troubles == []
    context.close()


def test_photos_that_were_chosen_before_the_script_came_are_made_small_too(
    demo: Demo, browser: Browser, photo: Path
) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    held: list[Route] = []
    citizen.page.route("**/photos*.js", lambda route: held.append(route))  # noqa: PLW0108  # playwright marks its handlers
    page = to_photos(citizen)
    page.set_input_files("#foto", [photo])
    assert held
    # Control: nothing happens by itself.
    expect(page.locator("#foto_words")).to_have_text("")
    for route in held:
        route.continue_()
    expect(page.locator("#foto_words")).to_contain_text("Siap dikirim")
    context.close()


def test_what_the_browser_cannot_read_is_told_by_us(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    page = to_photos(citizen)
    wrong = b"bukan foto, tetapi cukup besar untuk dikecilkan" * 20_000
    page.set_input_files("#foto", [a_file("surat.jpg", "image/jpeg", wrong)])
    goes_on(page)
    at(page, "foto")
    expect(page.locator("#foto_error")).to_contain_text("surat.jpg: Berkas ini rusak atau bukan foto")
    assert page.locator("input[name=cerita]").input_value() == STORY
    context.close()


def test_a_filing_with_photos_to_the_receipt(demo: Demo, browser: Browser, photo: Path, scripts: bool) -> None:
    citizen, context = visitor(browser, demo, scripts=scripts, width=1280)
    page = to_photos(citizen)
    second = a_file("dua.png", "image/png", a_photo(form="PNG"))
    page.set_input_files("#foto", [a_file(photo.name, "image/jpeg", a_large_photo()), second])
    page.locator("button[value=tambah]").click()
    shows(page, 2)
    page.get_by_role("button", name="Hapus Foto 2").click()
    shows(page, 1)
    goes_on(page)
    page.get_by_role("radio", name=re.compile("^Anonim")).check()
    goes_on(page)
    shows(page, 1)
    page.locator("button[value=kirim]").click()
    number, _key = receipt(page)
    shows(page, 1)
    page.locator("form[action$='/lacak'] button").first.click()
    expect(page.locator(".photos img")).to_have_attribute("alt", re.compile("^Foto 1 dari Anda"))
    citizen.goes(f"/kasus/{number}")
    expect(page.get_by_text("1 foto atau berkas belum ditampilkan untuk umum.")).to_be_visible()
    expect(page.locator(".photos img")).to_have_count(0)
    assert citizen.elsewhere == []
    context.close()
