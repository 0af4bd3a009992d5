# SPDX-License-Identifier: EUPL-1.2
"""One case travels from a citizen to an answer and back, in a real browser, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Demo, Visitor, visitor

pytestmark = pytest.mark.browser
STORY = "Lampu jalan di depan balai desa padam sejak tiga malam. Anak-anak pulang mengaji lewat situ, gelap sekali."
ANSWER = "Lampu di tiang 14 sudah diganti regu timur hari ini pukul 10.00. Bila padam lagi, buka kembali kasus ini."


def files(citizen: Visitor, *, about: str, place: str) -> tuple[str, str]:
    """The citizen files a report as anybody would; returns number and key from the receipt."""
    page = citizen.page
    citizen.goes("/")
    page.get_by_role("link", name="Sampaikan sekarang").click()
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
    page.get_by_label("Keluhan atau kerusakan").check()
    if about:
        page.get_by_label("Ini tentang apa?").select_option(label=about)
    page.locator("button.button[value=lanjut]").click()
    if about:
        answer_questions(page)
    page.locator("input[name=cari]").fill(place)
    page.locator("button[value=cari]").click()
    page.get_by_role("radio").first.check()
    page.locator("button.button[value=lanjut]").click()
    expect(page.locator("input[type=file]")).to_be_visible()
    page.locator("button.button[value=lanjut]").click()
    page.get_by_role("radio", name=re.compile("^Anonim")).check()
    page.locator("button.button[value=lanjut]").click()
    expect(page.get_by_text(STORY)).to_be_visible()
    page.locator("button[value=kirim]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("sudah tercatat")
    codes = page.locator("dd.code").all_inner_texts()
    return codes[0].strip(), codes[1].strip()


def answer_questions(page: Page) -> None:
    """The questions of the street light service; the optional ones are left empty."""
    page.get_by_label("Berapa lampu yang padam?").fill("2")
    page.locator("input[name=j-SEJAK_KAPAN]").fill("2026-01-02")
    page.locator("button.button[value=lanjut]").click()


def logs_in(officer: Visitor, *, role: str, unit: str) -> None:
    """The officer logs in at the desk."""
    known = officer.demo.login(role, unit)
    officer.goes("/masuk")
    officer.page.locator("input[name=username]").fill(known["username"])
    officer.page.locator("input[name=password]").fill(known["password"])
    officer.page.locator("main button[type=submit]").click()
    expect(officer.page).to_have_url(re.compile("/meja"))


def answers(officer: Visitor, number: str) -> None:
    """The officer opens the case from the work list by its number and answers."""
    page = officer.page
    officer.goes(f"/meja/kasus/{number}")
    expect(page.get_by_text(STORY).first).to_be_visible()
    if not page.locator("#answer-case-text").is_visible():
        page.locator("#jawab > summary").click()
    page.locator("#answer-case-text").fill(ANSWER)
    page.locator("#answer-case-outcome").select_option(value="SOLVED")
    page.get_by_role("button", name="Kirim jawaban").click()
    expect(page.get_by_text(ANSWER).first).to_be_visible()


def opens_own_case(citizen: Visitor, number: str, key: str) -> None:
    """The citizen opens the case with number and key."""
    citizen.goes("/lacak")
    citizen.page.locator("input[name=nomor]").fill(number.lower().replace("-", ""))
    citizen.page.locator("input[name=kunci]").fill(key)
    citizen.page.locator("main button[type=submit]").first.click()


def nothing_left_the_house(*visitors: Visitor) -> None:
    """No third-party request and no error in any console."""
    for somebody in visitors:
        assert somebody.elsewhere == []
        assert somebody.troubles == []


def test_a_rule_routes_an_officer_answers_and_the_citizen_confirms(demo: Demo, browser: Browser, scripts: bool) -> None:
    citizen, at_home = visitor(browser, demo, scripts=scripts)
    officer, at_work = visitor(browser, demo, scripts=scripts, width=1280)
    number, key = files(citizen, about="Lampu jalan", place="Kel. Kepanjen")
    expect(citizen.page.get_by_text("Dinas Perhubungan Kabupaten Malang").first).to_be_visible()
    expect(citizen.page.get_by_text(re.compile("Dijawab paling lambat")).first).to_be_visible()

    logs_in(officer, role="officer", unit="35.07.dishub")
    answers(officer, number)

    opens_own_case(citizen, number, key)
    expect(citizen.page.get_by_text(ANSWER).first).to_be_visible()
    citizen.page.locator("form[action$='terima'] button").click()
    expect(citizen.page.get_by_text("Kasus ditutup atas kata Anda sendiri").first).to_be_visible()

    stranger, elsewhere = visitor(browser, demo, scripts=scripts)
    stranger.goes(f"/kasus/{number}")
    expect(stranger.page.get_by_text("Diselesaikan").first).to_be_visible()
    expect(stranger.page.get_by_text(STORY)).to_have_count(0)
    assert key not in stranger.page.content()
    nothing_left_the_house(citizen, officer, stranger)
    for context in (at_home, at_work, elsewhere):
        context.close()


def test_the_triage_desk_routes_and_the_citizen_reopens(demo: Demo, browser: Browser, scripts: bool) -> None:
    citizen, at_home = visitor(browser, demo, scripts=scripts)
    desk, at_desk = visitor(browser, demo, scripts=scripts, width=1280)
    officer, at_work = visitor(browser, demo, scripts=scripts, width=1280)
    number, key = files(citizen, about="", place="Kel. Kepanjen")
    expect(citizen.page.get_by_text(re.compile("koordinator")).first).to_be_visible()

    logs_in(desk, role="triage", unit="35.07.koordinator")
    desk.goes(f"/meja/kasus/{number}")
    desk.page.locator("#tentang").select_option(label="Lampu jalan")
    desk.page.get_by_role("button", name="Lihat saran").click()
    expect(desk.page.locator("#assign-case-unit")).to_have_value("35.07.dishub")
    desk.page.get_by_role("button", name="Tetapkan unit").click()
    expect(desk.page.get_by_text("Dinas Perhubungan Kabupaten Malang").first).to_be_visible()

    logs_in(officer, role="officer", unit="35.07.dishub")
    answers(officer, number)

    opens_own_case(citizen, number, key)
    page = citizen.page
    page.locator("summary", has_text="Buka kembali").click()
    page.locator("textarea[name=alasan]").fill("Malam ini masih padam juga, tiang 14 belum menyala.")
    page.get_by_role("button", name="Buka kembali").click()
    expect(page.get_by_text("Dibuka kembali").first).to_be_visible()

    head, at_top = visitor(browser, demo, scripts=scripts, width=1280)
    logs_in(head, role="head", unit="35.07.dishub")
    head.goes(f"/meja/kasus/{number}")
    expect(head.page.get_by_text("Malam ini masih padam juga").first).to_be_visible()
    nothing_left_the_house(citizen, desk, officer, head)
    for context in (at_home, at_desk, at_work, at_top):
        context.close()
