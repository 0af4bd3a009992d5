# SPDX-License-Identifier: EUPL-1.2
"""Somebody who cannot use a mouse or a map files a case, follows it, and an officer answers: by keys alone.

Nothing here clicks. Whatever has the focus must show it.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Demo, visitor
from tests.journeys.test_one_case import ANSWER, STORY, logs_in

pytestmark = pytest.mark.browser
MOST_TABS = 80
FOCUS_SHOWN = """() => {
  const shown = element => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const focused = document.activeElement;
  return shown(focused) || shown(focused.closest('label') || focused);
}"""


def tab_to(page: Page, selector: str) -> None:
    """Tab is pressed until the element has the focus, and the focus can be seen."""
    wanted = page.locator(selector).first
    expect(wanted).to_be_attached()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert page.evaluate(FOCUS_SHOWN), f"the focus on {selector} cannot be seen"
            return
    raise AssertionError(f"{selector} was not reached by Tab")


def goes_on(page: Page) -> None:
    """The button that leads to the next step."""
    tab_to(page, "button.button[value=lanjut]")
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def test_filing_and_following_by_keys_alone(demo: Demo, browser: Browser, scripts: bool) -> None:
    citizen, context = visitor(browser, demo, scripts=scripts, width=360)
    page = citizen.page
    citizen.goes("/lapor")
    tab_to(page, "textarea[name=cerita]")
    page.keyboard.type(STORY)
    tab_to(page, "input[name=jenis]")
    page.keyboard.press("Space")
    goes_on(page)
    tab_to(page, "input[name=cari]")
    page.keyboard.type("Kel. Kepanjen")
    tab_to(page, "button[value=cari]")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    tab_to(page, "input[type=radio]")
    page.keyboard.press("Space")
    goes_on(page)
    expect(page.locator("input[type=file]")).to_be_attached()
    goes_on(page)
    tab_to(page, "input[name=privasi]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Anonim"))).to_be_checked()
    goes_on(page)
    tab_to(page, "button[value=kirim]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("sudah tercatat")
    tab_to(page, "form[action$='/lacak'] button")
    page.keyboard.press("Enter")
    expect(page.get_by_text(STORY).first).to_be_visible()
    context.close()


def test_the_skip_link_leads_past_the_head(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True)
    citizen.goes("/kasus")
    citizen.page.keyboard.press("Tab")
    assert citizen.page.evaluate("document.activeElement.className") == "skip"
    citizen.page.keyboard.press("Enter")
    citizen.page.keyboard.press("Tab")
    assert citizen.page.evaluate("document.querySelector('main').contains(document.activeElement)")
    context.close()


def test_an_officer_answers_by_keys_alone(demo: Demo, browser: Browser) -> None:
    officer, context = visitor(browser, demo, scripts=True, width=1280)
    logs_in(officer, role="officer", unit="35.07.dishub")
    page = officer.page
    officer.goes("/meja/daftar/unit")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/meja/kasus/"), wait_until="networkidle")
    page.keyboard.press("b")
    expect(page.locator("#answer-case-text")).to_be_focused()
    page.keyboard.type(ANSWER)
    tab_to(page, "#jawab form button.button:not([name])")
    page.keyboard.press("Enter")
    expect(page.get_by_text(ANSWER).first).to_be_visible()
    context.close()


def test_control_a_focus_that_is_hidden_is_noticed(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True)
    citizen.goes("/lacak")
    citizen.page.evaluate("document.adoptedStyleSheets = [new CSSStyleSheet()]")
    citizen.page.evaluate("document.adoptedStyleSheets[0].replaceSync('*:focus { outline: none !important }')")
    with pytest.raises(AssertionError, match="cannot be seen"):
        tab_to(citizen.page, "input[name=nomor]")
    context.close()
