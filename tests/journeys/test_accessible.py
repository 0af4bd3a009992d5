# SPDX-License-Identifier: EUPL-1.2
"""Every page, measured by axe against WCAG 2.2 AA in a real browser. The long run looks at every page in every look."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import Demo, visitor
from tests.journeys.test_one_case import logs_in

pytestmark = pytest.mark.browser
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PUBLIC = (
    "/", "/lapor", "/lacak", "/kasus", "/layanan", "/layanan/lampu-jalan", "/status", "/privasi", "/tentang",
    "/aksesibilitas", "/en/", "/tidak-ada",
)  # fmt: skip
DESK = ("/meja", "/meja/daftar/unit", "/meja/sandi", "/meja/unit")
ADMINISTRATION = ("/meja/petugas", "/meja/petugas/baru", "/meja/kalender", "/meja/janji")


def violations(page: Page) -> list[str]:
    """What axe found, one line each with the first place."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]


def first_case(page: Page) -> str:
    """The address of the first case in a list."""
    address = page.locator("main a[href*='/kasus/JT-']").first.get_attribute("href")
    assert address is not None
    return address


def looks() -> Iterator[tuple[int, str]]:
    """Every width and colour scheme."""
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            yield width, scheme


def measured(demo: Demo, browser: Browser, *, width: int, scheme: str) -> dict[str, list[str]]:
    """The findings on every page in one look."""
    found: dict[str, list[str]] = {}
    citizen, at_home = visitor(browser, demo, scripts=True, width=width)
    citizen.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in PUBLIC:
        citizen.page.goto(demo.url + path)
        found[path] = violations(citizen.page)
    citizen.goes("/kasus")
    path = first_case(citizen.page)
    citizen.goes(path)
    found[path] = violations(citizen.page)
    at_home.close()
    for role, unit, paths in (("head", "35.binamarga", DESK), ("administrator", "35.kominfo", ADMINISTRATION)):
        officer, at_work = visitor(browser, demo, scripts=True, width=width)
        officer.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        officer.goes("/masuk")
        found[f"/masuk {role}"] = violations(officer.page)
        logs_in(officer, role=role, unit=unit)
        for desk_path in paths:
            officer.goes(desk_path)
            found[desk_path] = violations(officer.page)
        if role == "head":
            officer.goes("/meja/daftar/unit")
            path = first_case(officer.page)
            officer.goes(path)
            found[path] = violations(officer.page)
        at_work.close()
    return {path: troubles for path, troubles in found.items() if troubles}


def test_every_page_on_a_phone(demo: Demo, browser: Browser) -> None:
    assert measured(demo, browser, width=360, scheme="light") == {}


@pytest.mark.prove
@pytest.mark.parametrize(("width", "scheme"), list(looks()))
def test_every_page_in_every_look(demo: Demo, browser: Browser, width: int, scheme: str) -> None:
    assert measured(demo, browser, width=width, scheme=scheme) == {}


def test_control_axe_sees_a_field_without_a_label(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True)
    citizen.goes("/lacak")
    citizen.page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert any(line.startswith("label") for line in violations(citizen.page))
    context.close()


def test_no_page_is_wider_than_a_small_phone(demo: Demo, browser: Browser) -> None:
    citizen, context = visitor(browser, demo, scripts=True, width=320)
    too_wide = []
    for path in PUBLIC:
        citizen.page.goto(demo.url + path)
        if citizen.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(path)
    context.close()
    assert too_wide == []
