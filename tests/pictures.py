# SPDX-License-Identifier: EUPL-1.2
"""`make pictures`: real screenshots of a running demo for the README, on a phone and on a desktop.

The pictures are of the product as it is: taken by a browser, made smaller, nothing drawn over.
"""

import io
import json
import sys
import tempfile
import time
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.conftest import ARGUMENTS, CHROMIUM
from tests.postgres_server import free_port
from tests.site.running import started

HERE = Path(__file__).resolve().parents[1] / "docs" / "pictures"
PHONE, DESKTOP = (390, 800), (1280, 800)
STORY = "Lampu jalan di depan balai desa padam sejak tiga malam. Anak-anak pulang mengaji lewat situ, gelap sekali."


def main() -> int:
    """The pictures are in docs/pictures."""
    if CHROMIUM is None:
        sys.stderr.write("chromium is not installed (apt-get install chromium)\n")
        return 1
    HERE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        folder, port = Path(home) / "data", free_port()
        with started("demo", "--data", folder, "--port", str(port)), sync_playwright() as playwright:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            logins = json.loads((folder / "demo.json").read_text())["logins"]
            citizen_pictures(browser, url)
            desk_pictures(browser, url, next(login for login in logins if login["role"] == "officer"))
            browser.close()
    return 0


def _wait_for(url: str) -> None:
    for _ in range(600):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the demo did not start")


def citizen_pictures(browser: Browser, url: str) -> None:
    """What a citizen sees."""
    for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page = _page(browser, size)
        page.goto(url)
        keep(page, f"home-{name}")
        page.goto(f"{url}/lapor")
        page.get_by_label("Ceritakan dengan kata-kata Anda").fill(STORY)
        keep(page, f"filing-{name}")
        page.goto(f"{url}/kasus")
        address = page.locator("main ul.cases a[href^='/kasus/JT-']").nth(2).get_attribute("href")
        page.goto(f"{url}{address}")
        keep(page, f"case-{name}")
        page.context.close()


def desk_pictures(browser: Browser, url: str, login: dict[str, str]) -> None:
    """What an officer sees."""
    for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page = _page(browser, size)
        page.goto(f"{url}/masuk")
        page.locator("input[name=username]").fill(login["username"])
        page.locator("input[name=password]").fill(login["password"])
        page.locator("main button[type=submit]").click()
        page.goto(f"{url}/meja/daftar/unit")
        keep(page, f"list-{name}")
        address = page.locator("main ul.queue a[href*='/kasus/']").first.get_attribute("href")
        page.goto(f"{url}{address}")
        keep(page, f"desk-{name}")
        page.context.close()


def _page(browser: Browser, size: tuple[int, int]) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=1, color_scheme="light", locale="id-ID"
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def keep(page: Page, name: str) -> None:
    """The first view of the page, as a small PNG."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
