# SPDX-License-Identifier: EUPL-1.2
"""A phone on a line that can be cut, the steps of the filing form, and what is left on the device afterwards."""

import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import ARGUMENTS, CHROMIUM

STORY = "Jembatan kecil di dukuh kami lapuk, dua papan sudah patah sejak hujan kemarin."
PLACE = "Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang"
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('melayani.draft.'))"
RECEIVED = "sudah tercatat"


def waits_for(page: Page, truth: str) -> None:
    """The expression has become true on the page; Playwright's own way needs an eval, which the page forbids."""
    page.evaluate(
        f"() => new Promise(done => {{ const look = () => {truth} ? done() : setTimeout(look, 20); look(); }})"
    )


def has_worker(page: Page) -> None:
    """The worker of the browser stands between this page and the line."""
    waits_for(page, "navigator.serviceWorker.controller !== null")


def tells(page: Page, story: str = STORY) -> None:
    """The first step is filled in, and the draft is kept."""
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(story)
    page.get_by_label("Keluhan atau kerusakan").check()
    waits_for(page, f"{KEPT}.length > 0")


def at(page: Page, step: str) -> None:
    """The page shows this step."""
    expect(page.locator("input[name=langkah]")).to_have_value(step)


def goes_on(page: Page) -> None:
    page.locator("button.button[value=lanjut]").click()


def to_person(page: Page) -> None:
    """From the first step, filled in, to the one that asks who may know."""
    goes_on(page)
    at(page, "tempat")
    page.locator("input[name=cari]").fill("Kel. Kepanjen")
    page.locator("button[value=cari]").click()
    page.get_by_role("radio", name=PLACE).check()
    goes_on(page)
    at(page, "foto")
    goes_on(page)
    at(page, "siapa")


def to_check(page: Page) -> None:
    """From the first step, filled in, to the last one."""
    to_person(page)
    page.get_by_role("radio", name=re.compile("^Anonim")).check()
    goes_on(page)
    at(page, "periksa")


def fills_in_offline(page: Page) -> None:
    """All but the story, on the page without connection."""
    page.get_by_label("Keluhan atau kerusakan").check()
    page.get_by_label("Kabupaten atau kota").select_option(label="Kabupaten Malang")
    page.get_by_label("Desa atau kelurahan").fill("Kel. Kepanjen")
    page.get_by_role("radio", name=re.compile("^Anonim")).check()


def receipt(page: Page) -> list[str]:
    """Number and key."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(RECEIVED)
    return [code.strip() for code in page.locator("dd.code").all_inner_texts()]


def on_the_device(page: Page) -> str:
    """Everything that pages have left with the browser, in one text."""
    return str(page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"))


def on_the_shelf(page: Page) -> dict[str, str]:
    """All that workers keep: address and text."""
    kept: dict[str, str] = page.evaluate(
        """async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const shelf = await caches.open(name);
            for (const request of await shelf.keys()) {
              found[new URL(request.url).pathname] = await (await shelf.match(request)).text();
            }
          }
          return found;
        }"""
    )
    return kept


def personal(shelf: dict[str, str]) -> list[str]:
    """Addresses on the shelf that are neither the empty form nor a file of the look."""
    return [address for address in shelf if address != "/lapor/luring" and not address.startswith("/static/")]


def opened_profile(browser: Browser, folder: Path) -> BrowserContext:
    """A browser of its own with a memory in the folder, as on a phone."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 360, "height": 780}, locale="id-ID"
    )
    context.set_default_timeout(15_000)
    return context
