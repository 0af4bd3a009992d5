# SPDX-License-Identifier: EUPL-1.2
"""Every page in a real browser: axe against WCAG 2.2 AA, weight, width, policy, no request that leaves the house.

The short run looks at every citizens' page on a phone; the long run at those of the desk too, in both widths, colour
schemes and languages, with pictures.
"""

import pytest
from playwright.sync_api import Browser, Page

from melayani.desk.rights import PAGE_RIGHTS
from melayani.government.rules import Role
from tests.journeys.conftest import Demo, Visitor, visitor
from tests.journeys.every_page import (
    WATCH_POLICY,
    Look,
    citizen_addresses,
    desk_addresses,
    file_name,
    look_at,
    looks,
    violations,
)
from tests.journeys.test_one_case import logs_in

pytestmark = pytest.mark.browser
# Who looks at the desk, and where that role sits in the demo.
SEATS = {Role.HEAD: "35.binamarga", Role.ADMINISTRATOR: "35.kominfo", Role.TRIAGE: "35.kominfo"}


def first_case(page: Page) -> str:
    """The address of the first case in a list."""
    address = page.locator("main a[href*='/kasus/JT-']").first.get_attribute("href")
    assert address is not None
    return address


def arrived(browser: Browser, demo: Demo, look: Look) -> Visitor:
    """A fresh visitor whose browser tells what the policy stopped."""
    somebody, _ = visitor(browser, demo, scripts=True, width=look.width)
    somebody.page.emulate_media(color_scheme="dark" if look.scheme == "dark" else "light")
    somebody.page.add_init_script(WATCH_POLICY)
    return somebody


def measured(demo: Demo, browser: Browser, look: Look) -> dict[str, list[str]]:
    """The findings on every page in one look, a picture of each where the look is kept."""
    found = citizens_pages(demo, browser, look) | desk_pages(demo, browser, look)
    return {path: troubles for path, troubles in found.items() if troubles}


def citizens_pages(demo: Demo, browser: Browser, look: Look) -> dict[str, list[str]]:
    """The pages that everybody may open, and one case, one service, an address that is not there."""
    found: dict[str, list[str]] = {}
    citizen = arrived(browser, demo, look)
    citizen.goes("/kasus?keadaan=menunggu")
    case = first_case(citizen.page)
    more = [
        case,
        f"{case}/ikut",
        case.replace("/kasus/", "/lacak/"),
        "/layanan/lampu-jalan",
        "/kasus?keadaan=lewat-janji",
    ]
    more += ["/kasus?tampilan=peta", "/kasus?tampilan=peta&wilayah=35.07"]
    for address in [*citizen_addresses(), *more]:
        keep_as = look.picture(file_name(address))
        found[address] = look_at(citizen.page, f"{demo.url}{look.language}{address}", keep_as=keep_as)
    citizen.page.goto(f"{demo.url}{look.language}/tidak-ada")
    found["/tidak-ada"] = violations(citizen.page)
    found["elsewhere"] = citizen.elsewhere
    citizen.page.context.close()
    return found


def desk_pages(demo: Demo, browser: Browser, look: Look) -> dict[str, list[str]]:
    """The pages of the desk as each role sees them."""
    found: dict[str, list[str]] = {}
    for role, unit in SEATS.items():
        officer = arrived(browser, demo, look)
        found["/masuk"] = look_at(officer.page, f"{demo.url}{look.language}/masuk", keep_as=look.picture("masuk"))
        logs_in(officer, role=role, unit=unit)
        addresses = [address for name, address in desk_addresses() if may_open(role, name)]
        if role is not Role.ADMINISTRATOR:
            officer.goes("/meja/daftar/unit")
            addresses += ["/meja/daftar/unit", first_case(officer.page)]
        for address in addresses:
            keep_as = look.picture(f"{role}-{file_name(address)}")
            found[f"{role} {address}"] = look_at(officer.page, f"{demo.url}{look.language}{address}", keep_as=keep_as)
        found[f"{role} elsewhere"] = officer.elsewhere
        officer.page.context.close()
    return found


def may_open(role: Role, name: str) -> bool:
    """Whether the table of rights lets the role open the page."""
    allowed = PAGE_RIGHTS.get(name, {}).get("GET", frozenset())
    return isinstance(allowed, str) or role in allowed


def test_every_citizens_page_on_a_phone(demo: Demo, browser: Browser) -> None:
    found = citizens_pages(demo, browser, Look(360, "light", pictures=False))
    assert {path: troubles for path, troubles in found.items() if troubles} == {}


@pytest.mark.prove
@pytest.mark.parametrize("look", list(looks()), ids=str)
def test_every_page_in_every_look(demo: Demo, browser: Browser, look: Look) -> None:
    assert measured(demo, browser, look) == {}


def test_control_axe_sees_a_field_without_a_label(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True)
    citizen.goes("/lacak")
    citizen.page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert any(line.startswith("label") for line in violations(citizen.page))
    context.close()


def test_control_weight_width_and_policy_are_seen(demo: Demo, browser: Browser) -> None:
    citizen = arrived(browser, demo, Look(320, "light"))
    words = " ".join(map(str, range(20_000)))
    heavy = f"<!doctype html><html lang='id'><title>x</title><main><h1>x</h1><p>{words}</p></main>"
    citizen.page.route(
        "**/tentang",
        lambda route: route.fulfill(
            body=heavy + "<pre>" + "x" * 500 + "</pre><script>1</script>",
            headers={"Content-Type": "text/html", "Content-Security-Policy": "script-src 'none'"},
        ),
    )
    wrong = " ".join(look_at(citizen.page, f"{demo.url}/tentang"))
    assert "HTML weighs" in wrong
    assert "wider than the screen" in wrong
    citizen.page.context.close()


def test_no_page_is_wider_than_a_small_phone(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=320)
    too_wide = []
    for path in citizen_addresses():
        citizen.page.goto(demo.url + path)
        if citizen.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(path)
    context.close()
    assert too_wide == []
