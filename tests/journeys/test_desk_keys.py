# SPDX-License-Identifier: EUPL-1.2
"""The shortcuts of the lists in a real browser: they move, open and search, are silent while typing, and can be off."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Demo, visitor
from tests.journeys.test_one_case import logs_in

pytestmark = pytest.mark.browser
LIST = "/meja/daftar/unit"


@pytest.fixture
def desk(demo: Demo, browser: Browser) -> Iterator[Page]:
    """The list of a unit, opened by its officer."""
    officer, context = visitor(browser, demo, scripts=True, width=1280)
    logs_in(officer, role="officer", unit="35.07.dishub")
    officer.goes(LIST)
    yield officer.page
    assert officer.troubles == []
    assert officer.elsewhere == []
    context.close()


def focused(page: Page) -> str:
    """The address of the link that has the focus, empty for anything else."""
    return str(page.evaluate("document.activeElement.getAttribute('href') ?? ''"))


def test_j_and_k_move_and_enter_opens(desk: Page) -> None:
    links = [str(link.get_attribute("href")) for link in desk.locator("[data-queue] a").all()]
    assert len(links) > 2
    desk.keyboard.press("j")
    assert focused(desk) == links[0]
    desk.keyboard.press("j")
    assert focused(desk) == links[1]
    desk.keyboard.press("k")
    assert focused(desk) == links[0]
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"{re.escape(links[0])}$"))


def test_keys_are_silent_while_somebody_types(desk: Page) -> None:
    desk.keyboard.press("/")
    desk.keyboard.type("jkfn/?")
    expect(desk.locator("#nomor")).to_have_value("jkfn/?")
    assert desk.url.endswith(LIST)


def test_f_opens_the_filter_and_what_is_chosen_is_applied(desk: Page) -> None:
    desk.keyboard.press("f")
    expect(desk.locator("#saring")).to_have_attribute("open", "")
    expect(desk.locator("#saring-keadaan")).to_be_focused()
    desk.locator("#saring-keadaan").select_option("dikerjakan")
    desk.locator("#saring button").press("Enter")
    expect(desk.locator(".chips")).to_contain_text("Dikerjakan")
    assert "keadaan=dikerjakan" in desk.url


def test_beside_a_case_the_keys_stay_within_the_filter_and_f_leads_back_to_it(desk: Page) -> None:
    chosen = f"{LIST}?keadaan=dikerjakan"
    desk.goto(desk.url.replace(LIST, chosen))
    filtered = [str(link.get_attribute("href")) for link in desk.locator("[data-queue] a").all()]
    assert len(filtered) > 1
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.locator(".case h1")).to_be_visible()
    assert desk.url.endswith(filtered[0])
    assert [link.get_attribute("href") for link in desk.locator("[data-queue] a").all()] == filtered[:12]
    desk.keyboard.press("j")
    assert focused(desk) == filtered[1]
    desk.keyboard.press("k")
    assert focused(desk) == filtered[0]
    desk.keyboard.press("f")
    expect(desk.locator("#saring")).to_have_attribute("open", "")
    assert desk.url.endswith(f"{chosen}#saring")
    expect(desk.locator("#saring-keadaan")).to_have_value("dikerjakan")


def test_a_narrow_window_has_the_way_back_and_no_list_beside(desk: Page) -> None:
    desk.goto(desk.url.replace(LIST, f"{LIST}?keadaan=dikerjakan"))
    desk.locator("[data-queue] a").first.click()
    expect(desk.locator("aside.side")).to_be_visible()
    expect(desk.locator(".back")).to_be_hidden()
    desk.set_viewport_size({"width": 1090, "height": 800})
    expect(desk.locator("aside.side")).to_be_hidden()
    desk.locator(".back a").click()
    expect(desk.locator(".chips")).to_contain_text("Dikerjakan")


def test_they_can_be_switched_off_and_the_browser_remembers(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("h1")).to_have_text("Tombol pintas")
    switch = desk.locator("[data-keys-switch]")
    expect(switch).to_be_checked()
    switch.press("Space")
    desk.reload()
    expect(switch).not_to_be_checked()
    desk.goto(desk.url.replace("/meja/tombol", LIST))
    desk.keyboard.press("j")
    assert focused(desk) == ""
    desk.keyboard.press("?")
    assert desk.url.endswith(LIST)
    # With keys off everything is still reached by Tab.
    desk.locator(".who [data-keys-page]").press("Enter")
    expect(switch).not_to_be_checked()
    switch.press("Space")
    desk.goto(desk.url.replace("/meja/tombol", LIST))
    desk.keyboard.press("j")
    assert focused(desk).startswith("/meja/kasus/")


def test_without_scripts_there_is_nothing_to_switch_off(demo: Demo, browser: Browser) -> None:
    officer, context = visitor(browser, demo, scripts=False, width=1280)
    logs_in(officer, role="officer", unit="35.07.dishub")
    officer.goes("/meja/tombol")
    expect(officer.page.locator("[data-keys-switch]")).to_be_hidden()
    officer.goes(LIST)
    officer.page.locator("#saring > summary").click()
    officer.page.locator("#saring-umur").select_option("3")
    officer.page.locator("#saring button").click()
    expect(officer.page.locator(".chips")).to_contain_text("3 hari atau lebih")
    context.close()
