# SPDX-License-Identifier: EUPL-1.2
"""Where it is, in a real browser: by the phone, by a pin moved with keys, and on the map of cases, by keyboard only."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.conftest import Demo, Visitor, visitor
from tests.journeys.test_one_case import STORY

pytestmark = pytest.mark.browser
KEPANJEN = {"latitude": -8.1304, "longitude": 112.5709, "accuracy": 30.0}
JAKARTA = {"latitude": -6.2, "longitude": 106.8166, "accuracy": 30.0}
PIN_MAP = Path(__file__).resolve().parents[2] / "melayani/site/static/site/pin-map.js"
FORGETS = 'told.textContent = "";'
MAP_PARTS = re.compile(r"leaflet|pin-map|/lapor/peta")
# A policy that was broken shows as an error of the console, which `troubles` holds.


def at_place(citizen: Visitor) -> Page:
    """The step that asks where."""
    page = citizen.page
    citizen.goes("/lapor")
    page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
    page.get_by_label("Keluhan atau kerusakan").check()
    page.locator("button.button[value=lanjut]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Di mana?")
    return page


def with_location(context: BrowserContext, where: dict[str, float]) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation(
        {"latitude": where["latitude"], "longitude": where["longitude"], "accuracy": where["accuracy"]}
    )


def test_the_phone_finds_the_village_and_the_person_confirms_it_in_words(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    with_location(context, KEPANJEN)
    page = at_place(citizen)
    page.get_by_role("button", name="Pakai lokasi ponsel").click()
    expect(page.get_by_role("radio", name="Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang")).to_be_checked()
    expect(page.get_by_label("Koordinat")).to_have_value("-8.13040, 112.57090")
    page.locator("button.button[value=lanjut]").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Di mana?")
    assert (citizen.troubles, citizen.elsewhere) == ([], [])
    context.close()


def test_no_permission_and_a_phone_elsewhere_leave_the_other_ways_open(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    page = at_place(citizen)
    page.get_by_role("button", name="Pakai lokasi ponsel").click()
    expect(page.locator("#kabar-tempat")).to_contain_text("Ponsel tidak memberi izin lokasi.")
    expect(page.get_by_label("Ketik nama desa, kelurahan, atau kecamatan")).to_be_visible()
    with_location(context, {**KEPANJEN, "accuracy": 20_000.0})
    page.get_by_role("button", name="Pakai lokasi ponsel").click()
    expect(page.locator("#kabar-tempat")).to_contain_text("Ponsel hanya tahu lokasi kasarnya.")
    with_location(context, JAKARTA)
    page.get_by_role("button", name="Pakai lokasi ponsel").click()
    expect(page.locator(".note.bad")).to_contain_text("di luar Jawa Timur")
    page.get_by_label("Kabupaten atau kota").select_option(label="Kabupaten Malang")
    page.get_by_role("button", name="Buka kecamatannya").click()
    page.get_by_label("Kecamatan", exact=True).select_option(label="Kepanjen")
    page.locator("button.button[value=lanjut]").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Di mana?")
    context.close()


def test_a_pin_is_set_with_the_keyboard_alone_and_nothing_of_the_map_loads_before(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    asked: list[str] = []
    citizen.page.on("request", lambda request: asked.append(request.url))
    page = at_place(citizen)
    assert not [url for url in asked if MAP_PARTS.search(url)]
    page.get_by_role("button", name="Pasang titik di peta").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("application", name="Peta")).to_be_focused()
    assert [url for url in asked if MAP_PARTS.search(url)]
    page.keyboard.press("ArrowRight")  # the pin appears in the middle
    before = page.get_by_label("Koordinat").input_value()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowUp")
    field = page.get_by_label("Koordinat")
    expect(field).not_to_have_value(before)
    expect(field).to_have_value(re.compile(r"^-[78]\.\d{5}, 11[1-4]\.\d{5}$"))
    expect(page.locator("#titik-dekat")).to_contain_text("Titik dekat")
    near = page.locator("#titik-dekat").inner_text().removeprefix("Titik dekat ").removesuffix(".")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "titik":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text(near).first).to_be_visible()
    assert (citizen.troubles, citizen.elsewhere) == ([], [])
    context.close()


@pytest.mark.parametrize("broken", [False, True])
def test_the_name_of_where_the_pin_was_never_stands_beside_where_it_is(
    demo: Demo, browser: Browser, broken: bool
) -> None:
    """On a slow network the villages of the new place come late; until then no place is named."""
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    page, near, held = at_place(citizen), "#titik-dekat", list[Route]()
    if broken:
        script = PIN_MAP.read_text(encoding="utf-8")
        assert FORGETS in script
        without = script.replace(FORGETS, "")
        page.route("**/pin-map*.js", lambda route: route.fulfill(body=without, content_type="text/javascript"))
    page.get_by_role("button", name="Pasang titik di peta").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("application", name="Peta")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(near)).to_contain_text("Titik dekat")
    page.route("**/lapor/peta/*", lambda route: held.append(route))  # noqa: PLW0108  # playwright marks its handlers
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.locator(near)).to_have_text(re.compile("Titik dekat" if broken else "^$"))
    assert held
    for route in held:
        route.continue_()
    expect(page.locator(near)).to_contain_text("Titik dekat")
    context.close()


def test_a_tap_sets_the_pin_and_the_map_opens_again_where_it_was(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=1280)
    page = at_place(citizen)
    page.get_by_label("Ketik nama desa, kelurahan, atau kecamatan").fill("Kel. Kepanjen")
    page.locator("button[value=cari]").click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Pasang titik di peta").click()
    expect(page.locator("#peta .name").first).to_be_attached()
    page.locator("#peta").click(position={"x": 200, "y": 150})
    expect(page.locator("#titik-dekat")).to_contain_text("Kabupaten Malang")
    value = page.get_by_label("Koordinat").input_value()
    page.get_by_role("button", name="Pakai titik ini").click()
    expect(page.get_by_label("Koordinat")).to_have_value(value)
    page.get_by_role("button", name="Pasang titik di peta").click()
    expect(page.locator("#peta .pin")).to_be_visible()
    expect(page.get_by_label("Koordinat")).to_have_value(value)
    context.close()


def test_a_map_that_does_not_come_says_so_and_is_not_missed(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=360)
    page = at_place(citizen)
    page.route("**/leaflet*.js", lambda route: route.abort())
    page.get_by_role("button", name="Pasang titik di peta").click()
    expect(page.locator("#kabar-tempat")).to_contain_text("Peta tidak dapat dibuka sekarang.")
    page.unroute("**/leaflet*.js")
    page.get_by_role("button", name="Pasang titik di peta").click()
    expect(page.locator("#peta .name").first).to_be_attached()
    expect(page.locator("#kabar-tempat")).to_be_hidden()
    context.close()


def test_without_scripts_a_point_is_written_by_hand(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=False, width=360)
    page = at_place(citizen)
    expect(page.get_by_role("button", name="Pasang titik di peta")).to_be_hidden()
    page.locator("summary", has_text="Titik yang tepat").click()
    page.get_by_label("Koordinat").fill("-8.1304, 112.5709")
    page.get_by_role("button", name="Pakai titik ini").click()
    expect(page.get_by_role("radio", name="Kel. Kepanjen, Kec. Kepanjen, Kabupaten Malang")).to_be_checked()
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_map_of_cases_is_walked_by_keyboard_down_to_a_list(demo: Demo, browser: Browser, width: int) -> None:
    citizen, context = visitor(browser, demo, scripts=False, width=width)
    page = citizen.page
    citizen.goes("/kasus")
    page.get_by_role("link", name="Peta", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"tampilan=peta$"))
    region = page.locator("figure.map a").first
    region.focus()
    name = (region.get_attribute("aria-label") or "").partition(":")[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.locator("table.twin a").first.press("Enter")
    expect(page).to_have_url(re.compile(r"/kasus\?wilayah=35\.\d\d\.\d\d&keadaan=belum-dijawab$"))
    assert (citizen.troubles, citizen.elsewhere) == ([], [])
    context.close()


@pytest.mark.parametrize("address", ["/kasus?tampilan=peta", "/kasus?tampilan=peta&wilayah=35.29"])
def test_numbers_of_the_map_are_legible_on_the_smallest_phone(demo: Demo, browser: Browser, address: str) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=320)
    citizen.goes(address)
    heights = citizen.page.evaluate(
        "[...document.querySelectorAll('figure.map text:not(.name)')].map(t => parseFloat(getComputedStyle(t).fontSize)"
        " * t.ownerSVGElement.getScreenCTM().a)"
    )
    assert heights
    assert min(heights) >= 10
    assert not citizen.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    context.close()
