# SPDX-License-Identifier: EUPL-1.2
"""What a shared phone keeps of a draft, and that the page without connection is for everybody."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visitor
from tests.journeys.every_page import violations
from tests.journeys.line import Line
from tests.journeys.phone import (
    KEPT,
    STORY,
    at,
    goes_on,
    has_worker,
    on_the_device,
    receipt,
    tells,
    to_check,
    to_person,
    waits_for,
)

pytestmark = pytest.mark.browser
NAME, PHONE = "Sari Pengujian", "0812 5550 0199"


# What a shared phone keeps


def test_contact_and_secret_cases_stay_only_if_asked(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    to_person(page)
    assert STORY in on_the_device(page)
    page.get_by_role("radio", name=re.compile("^Terbuka")).check()
    page.locator("input[name=nama]").fill(NAME)
    page.locator("input[name=telepon]").fill(PHONE)
    page.locator("input[name=surel]").focus()
    assert STORY in on_the_device(page)
    assert NAME not in on_the_device(page)
    assert PHONE not in on_the_device(page)

    page.get_by_role("radio", name=re.compile("^Rahasia")).check()
    assert page.evaluate(KEPT) == []
    assert STORY not in on_the_device(page)
    expect(page.get_by_text("tidak disimpan di perangkat ini. Bila")).to_be_visible()
    goes_on(page)
    at(page, "periksa")
    assert STORY not in on_the_device(page)

    page.locator("button[value=ubah-siapa]").first.click()
    page.get_by_role("checkbox", name="Simpan di perangkat ini").check()
    # Control: the same look at the device sees what was asked to be kept.
    for words in (STORY, NAME, PHONE):
        assert words in on_the_device(page)
    # Its words are not shown to the next who opens the page.
    sari.goes("/lapor")
    expect(page.get_by_text("Ada draf dari")).to_be_visible()
    expect(page.get_by_text(STORY[:20])).to_be_hidden()


def test_a_secret_case_is_not_lost_with_the_line_though_it_is_not_kept(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    tells(page)
    to_person(page)
    page.get_by_role("radio", name=re.compile("^Rahasia")).check()
    page.locator("input[name=nama]").fill(NAME)
    goes_on(page)
    at(page, "periksa")
    line.cut()
    page.locator("button[value=kirim]").click()
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    expect(page.get_by_label("Ceritakan dengan kata-kata Anda")).to_have_value(STORY)
    expect(page.locator("input[name=nama]")).to_have_value(NAME)
    assert page.evaluate(KEPT) == []
    # Another tab, such as that of the next user, finds nothing.
    other = page.context.new_page()
    other.goto(sari.demo.url + "/lapor")
    assert STORY not in on_the_device(other)
    other.close()
    line.mended()
    page.get_by_role("button", name="Coba lagi").click()
    receipt(page)
    assert STORY not in on_the_device(page)


def test_deleting_the_draft_leaves_nothing(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    to_person(page)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Hapus draf").click()
    assert STORY in on_the_device(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Hapus draf").click()
    at(page, "apa")
    expect(page.get_by_label("Ceritakan dengan kata-kata Anda")).to_have_value("")
    assert STORY not in on_the_device(page)


def test_an_offered_draft_can_be_deleted_and_a_new_one_does_not_overwrite_it(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    sari.goes("/lapor")
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill("Hal lain yang sama sekali berbeda.")
    waits_for(page, f"{KEPT}.length === 2")
    sari.goes("/lapor")
    offered = page.locator("[data-part=offers] .note")
    expect(offered).to_have_count(2)
    page.once("dialog", lambda dialog: dialog.accept())
    offered.filter(has_text="Jembatan kecil").get_by_role("button", name="Hapus draf").click()
    expect(offered).to_have_count(1)
    assert STORY not in on_the_device(page)
    assert "Hal lain" in on_the_device(page)


def test_an_expired_form_keeps_the_draft_and_its_token(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    to_check(page)
    token = page.locator("input[name=kiriman]").input_value()
    page.context.clear_cookies()
    page.locator("button[value=kirim]").click()
    expect(page.get_by_text("Yang Anda ketik masih ada")).to_be_visible()
    assert page.locator("input[name=kiriman]").input_value() == token
    assert STORY in on_the_device(page)
    page.locator("button[value=kirim]").click()
    receipt(page)
    assert page.evaluate(KEPT) == []


# The look


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.prove)])
def test_the_page_without_connection_is_for_everybody(sari: Visitor, line: Line, scheme: str) -> None:
    page = sari.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    sari.goes("/lapor")
    has_worker(page)
    tells(page)
    line.cut()
    page.goto(sari.demo.url + "/lapor")
    expect(page.get_by_text("Ada draf dari")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Lanjutkan").click()
    page.get_by_role("button", name="Kirim begitu tersambung").click()
    expect(page.locator("[data-part=waiting]")).to_be_focused()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_of_it_by_keyboard(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    tells(page)
    line.cut()
    page.goto(sari.demo.url + "/lapor")
    page.get_by_role("button", name="Lanjutkan").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ceritakan dengan kata-kata Anda")).to_be_focused()
    page.get_by_label("Desa atau kelurahan").focus()
    page.keyboard.type("Kepanjen")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Coba lagi")).to_be_focused()


def test_in_english_too(sari: Visitor, line: Line) -> None:
    sari.goes("/en/lapor")
    page = sari.page
    has_worker(page)
    line.cut()
    page.goto(sari.demo.url + "/en/lapor")
    expect(page.get_by_role("heading", level=1)).to_have_text("Report without a connection")
