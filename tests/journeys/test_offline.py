# SPDX-License-Identifier: EUPL-1.2
"""A draft outlives a closed browser and a line that is cut at any moment, and becomes one case."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Visitor
from tests.journeys.line import Line
from tests.journeys.phone import (
    KEPT,
    PLACE,
    STORY,
    at,
    fills_in_offline,
    goes_on,
    has_worker,
    on_the_device,
    on_the_shelf,
    opened_profile,
    personal,
    receipt,
    tells,
    to_check,
    to_person,
    waits_for,
)

pytestmark = pytest.mark.browser
OFFLINE = "Sampaikan tanpa sambungan"


# A closed browser


def test_a_draft_survives_a_closed_browser(browser: Browser, line: Line, tmp_path: Path) -> None:
    before = opened_profile(browser, tmp_path / "phone")
    page = before.new_page()
    page.goto(line.url + "/lapor")
    tells(page)
    goes_on(page)
    at(page, "tempat")
    token = page.locator("input[name=kiriman]").input_value()
    waits_for(page, f"{KEPT}.every(key => JSON.parse(localStorage[key]).step === 'tempat')")
    before.close()

    after = opened_profile(browser, tmp_path / "phone")
    page = after.new_page()
    page.goto(line.url + "/lapor")
    expect(page.get_by_text("Ada draf dari")).to_be_visible()
    expect(page.locator("q", has_text="Jembatan kecil")).to_be_visible()
    page.get_by_role("button", name="Lanjutkan").click()
    at(page, "tempat")
    assert page.locator("input[name=cerita]").input_value() == STORY
    assert page.locator("input[name=kiriman]").input_value() == token
    after.close()


def test_a_sent_draft_is_gone_and_the_button_back_does_not_bring_it_again(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    to_check(page)
    assert STORY in on_the_device(page)
    page.locator("button[value=kirim]").click()
    number, key = receipt(page)
    left = on_the_device(page)
    assert STORY not in left
    assert key not in left
    page.go_back()
    page.reload()
    at(page, "periksa")
    page.goto(sari.demo.url + "/privasi")
    assert page.evaluate(KEPT) == []
    page.goto(sari.demo.url + "/lapor")
    expect(page.get_by_label("Ceritakan dengan kata-kata Anda")).to_be_visible()
    expect(page.get_by_text("Ada draf dari")).to_be_hidden()
    assert page.evaluate(KEPT) == []
    assert personal(on_the_shelf(page)) == []
    for text in on_the_shelf(page).values():
        assert STORY not in text
        assert number not in text
    # Control: a worker that kept a step would be seen.
    page.evaluate("caches.open('lapor-id-x').then(shelf => shelf.add('/lapor'))")
    assert personal(on_the_shelf(page)) == ["/lapor"]


@pytest.mark.parametrize("walk", [to_person, to_check], ids=["to a plain step", "to one that was sent with files"])
def test_the_button_back_leads_to_the_form_that_offers_the_draft(sari: Visitor, walk: Callable[[Page], None]) -> None:
    """Not to the page for times without connection: there is one."""
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    tells(page)
    walk(page)
    page.go_back()
    expect(page.get_by_text(OFFLINE)).to_be_hidden()
    expect(page.get_by_text("Ada draf dari")).to_be_visible()
    page.get_by_role("button", name="Lanjutkan").click()
    assert page.locator("input[name=cerita]").input_value() == STORY


def test_control_a_worker_that_takes_the_button_back_for_a_cut_line_is_caught(sari: Visitor, line: Line) -> None:
    line.falsified = (b'"only-if-cached"', b'"another-manner"')
    with pytest.raises(AssertionError):
        test_the_button_back_leads_to_the_form_that_offers_the_draft(sari, to_person)


def test_a_draft_of_last_week_is_dropped(sari: Visitor) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    sari.goes("/privasi")
    aged = f"""days => {{ for (const key of {KEPT}) {{
        const draft = JSON.parse(localStorage[key]);
        draft.at -= days * 24 * 3600 * 1000;
        localStorage[key] = JSON.stringify(draft);
    }} }}"""
    page.evaluate(aged, 6)
    sari.goes("/lapor")
    expect(page.get_by_text("Ada draf dari")).to_be_visible()
    page.evaluate(aged, 2)
    sari.goes("/lapor")
    expect(page.get_by_text("Ada draf dari")).to_be_hidden()
    assert page.evaluate(KEPT) == []


# A line that is cut


def test_the_answer_is_lost_and_sending_again_makes_no_second_case(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    tells(page)
    to_check(page)
    line.cut_after_the_next_post()
    page.locator("button[value=kirim]").click()
    assert line.swallowed.wait(15)
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    expect(page.get_by_label("Ceritakan dengan kata-kata Anda")).to_have_value(STORY)
    expect(page.get_by_role("checkbox", name=PLACE)).to_be_checked()

    line.mended()
    page.get_by_role("button", name="Coba lagi").click()
    first = receipt(page)
    expect(page.get_by_text("tidak dibuat kasus kedua")).to_be_visible()
    page.reload()
    assert receipt(page) == first
    assert page.evaluate(KEPT) == []


def test_control_a_request_that_never_arrived_is_sent_for_the_first_time(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    tells(page)
    to_check(page)
    line.cut()
    page.locator("button[value=kirim]").click()
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    line.mended()
    page.get_by_role("button", name="Coba lagi").click()
    receipt(page)
    expect(page.get_by_text("tidak dibuat kasus kedua")).to_have_count(0)


def test_a_phone_that_knows_it_is_cut_off_goes_on_by_itself_when_the_line_is_back(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    tells(page)
    to_check(page)
    page.context.set_offline(True)
    line.cut()
    page.locator("button[value=kirim]").click()
    expect(page.get_by_text("Belum terkirim: tidak ada sambungan.")).to_be_visible()
    expect(page.get_by_text(STORY)).to_be_visible()
    line.mended()
    page.context.set_offline(False)
    receipt(page)


def test_without_a_worker_the_draft_is_still_there_afterwards(browser: Browser, line: Line) -> None:
    context = browser.new_context(service_workers="block", locale="id-ID")
    page = context.new_page()
    page.goto(line.url + "/lapor")
    tells(page)
    line.cut()
    goes_on(page)
    page.wait_for_url("chrome-error://**")
    line.mended()
    page.goto(line.url + "/lapor")
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.locator("textarea[name=cerita]")).to_have_value(STORY)
    context.close()


# Written without connection, sent later


def test_written_without_connection_and_sent_when_the_line_is_back(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    line.cut()
    page.goto(sari.demo.url + "/lapor")
    expect(page.get_by_role("heading", level=1)).to_have_text(OFFLINE)
    page.get_by_role("button", name="Kirim begitu tersambung").click()
    expect(page.get_by_text("Menunggu sambungan.")).to_be_hidden()
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
    fills_in_offline(page)
    page.get_by_role("button", name="Kirim begitu tersambung").click()
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    expect(page.get_by_text("Terakhir dicoba pukul")).to_be_visible()

    line.mended()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_role("radio", name=PLACE)).to_be_checked()
    goes_on(page)
    at(page, "periksa")
    expect(page.get_by_text(STORY)).to_be_visible()
    page.locator("button[value=kirim]").click()
    receipt(page)
    assert page.evaluate(KEPT) == []


def test_put_down_closed_and_sent_another_day(sari: Visitor, line: Line) -> None:
    sari.goes("/lapor")
    page = sari.page
    has_worker(page)
    line.cut()
    page.goto(sari.demo.url + "/lapor")
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
    fills_in_offline(page)
    page.get_by_role("button", name="Kirim begitu tersambung").click()
    expect(page.get_by_text("Menunggu sambungan.")).to_be_visible()
    context = page.context
    page.close()

    line.mended()
    again = context.new_page()
    again.goto(sari.demo.url + "/lapor")
    # Nothing goes by itself to whoever opens the page next: the receipt with its key belongs to somebody who asks.
    expect(again.get_by_text("Belum terkirim, menunggu sejak")).to_be_visible()
    again.get_by_role("button", name="Kirim sekarang").click()
    expect(again.get_by_role("radio", name=PLACE)).to_be_checked()
    goes_on(again)
    at(again, "periksa")
    again.locator("button[value=kirim]").click()
    receipt(again)
