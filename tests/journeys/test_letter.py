# SPDX-License-Identifier: EUPL-1.2
"""An officer writes a letter in a real browser: template, evidence, a look as the citizen, a note nobody else reads."""

import re

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.journeys.conftest import Demo, Visitor, visitor
from tests.journeys.test_one_case import ANSWER, files, logs_in, nothing_left_the_house, opens_own_case
from tests.some_files import a_photo

pytestmark = pytest.mark.browser
NOTE = "Kontraktor minta waktu sampai Rabu; jangan dijanjikan dahulu."
MOST_TABS = 60


def opens_answer(officer: Visitor, number: str) -> Page:
    """The case with the form of the answer open."""
    page = officer.page
    officer.goes(f"/meja/kasus/{number}")
    if not page.locator("#answer-case-text").is_visible():
        page.locator("#jawab > summary").click()
    return page


def test_a_letter_with_evidence_and_a_note(demo: Demo, browser: Browser, scripts: bool) -> None:
    citizen, at_home = visitor(browser, demo, scripts=scripts)
    officer, at_work = visitor(browser, demo, scripts=scripts, width=1280)
    number, key = files(citizen, about="Lampu jalan", place="Kel. Kepanjen")
    logs_in(officer, role="officer", unit="35.07.dishub")
    page = opens_answer(officer, number)

    page.locator("#catatan > summary").click()
    page.locator("#note-case-text").fill(NOTE)
    page.get_by_role("button", name="Simpan catatan").click()
    expect(page.locator("li.internal")).to_contain_text(NOTE)
    expect(page.locator("li.internal")).to_contain_text("Hanya dibaca petugas")

    page = opens_answer(officer, number)
    text = page.locator("#answer-case-text")
    text.fill("Terima kasih.")
    page.locator("#answer-case-template").select_option(label="Sudah dikerjakan")
    page.locator("#jawab button[value=template]").click()
    expect(text).to_have_value(re.compile(rf"^Terima kasih\.\s+Yang Anda sampaikan .*{number}", re.DOTALL))
    text.fill(ANSWER)
    photo = FilePayload(name="tiang.jpg", mimeType="image/jpeg", buffer=a_photo(1200, 900))
    page.locator("#answer-case-files").set_input_files(photo)
    page.locator("#answer-case-outcome").select_option(value="SOLVED")
    page.locator("#jawab button[value=preview]").click()
    preview = page.locator("#pratinjau")
    expect(preview).to_contain_text(ANSWER)
    expect(preview).to_contain_text("Diselesaikan")
    assert preview.locator("img").evaluate("image => image.complete && image.naturalWidth") == 480
    page.get_by_role("button", name="Kirim jawaban").click()
    expect(page.get_by_text("Jawaban terkirim.")).to_be_visible()
    expect(page.locator("ol.story .files img")).to_have_count(1)

    opens_own_case(citizen, number, key)
    expect(citizen.page.get_by_text(ANSWER).first).to_be_visible()
    assert NOTE not in citizen.page.content()
    nothing_left_the_house(citizen, officer)
    for context in (at_home, at_work):
        context.close()


def reaches(page: Page, selector: str) -> None:
    """Pressing Tab leads to the element."""
    for _ in range(MOST_TABS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached")


def test_hints_by_keyboard_and_two_officers_at_one_case(demo: Demo, browser: Browser) -> None:
    citizen, at_home = visitor(browser, demo, scripts=True)
    officer, at_work = visitor(browser, demo, scripts=True, width=1280)
    head, at_top = visitor(browser, demo, scripts=True, width=1280)
    number, _ = files(citizen, about="Lampu jalan", place="Kel. Kepanjen")
    logs_in(officer, role="officer", unit="35.07.dishub")
    logs_in(head, role="head", unit="35.07.dishub")
    officer.goes(f"/meja/kasus/{number}")
    page = officer.page
    page.locator("#jawab > summary").focus()
    page.keyboard.press("Enter")
    reaches(page, "#answer-case-text")
    page.keyboard.type("Lampu di tiang 14 sudah kami ganti hari ini.")
    expect(page.locator("[data-hints]")).to_contain_text("Belum ada langkah berikutnya")
    reaches(page, "button[data-insert]")
    page.keyboard.press("Enter")
    expect(page.locator("#answer-case-text")).to_be_focused()
    expect(page.locator("#answer-case-text")).to_have_value(re.compile("dapat membuka kembali kasus ini"))
    expect(page.locator("[data-hints] .hints")).to_have_count(0)

    head.goes(f"/meja/kasus/{number}")
    expect(head.page.locator("[data-writers]")).to_contain_text("menulis kepada warga")

    reaches(page, "#answer-case-outcome")
    page.keyboard.type("Diselesaikan")
    reaches(page, "#jawab button[value=preview]")
    page.keyboard.press("Enter")
    expect(page.locator("#pratinjau")).to_be_focused()
    reaches(page, "#jawab button.button:not([name])")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Jawaban terkirim.")).to_be_visible()
    head.goes(f"/meja/kasus/{number}")
    expect(head.page.locator("[data-writers]")).to_be_empty()
    nothing_left_the_house(citizen, officer, head)
    for context in (at_home, at_work, at_top):
        context.close()
