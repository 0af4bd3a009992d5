# SPDX-License-Identifier: EUPL-1.2
"""A running demo and a real browser. Without Debian's chromium these tests are skipped with one loud line."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.line import Line
from tests.postgres_server import free_port
from tests.site.running import a_demo, started

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# The demo runs on the real calendar and clock, whatever the fixed clock of the other tests says.
DEMO_STARTS_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Demo:
    """A running demo instance and what its `demo.json` says."""

    url: str
    said: dict[str, Any]

    def login(self, role: str, unit: str) -> dict[str, str]:
        """The login with this role in this unit."""
        return next(known for known in self.said["logins"] if (known["role"], known["unit"]) == (role, unit))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Demo]:
    """A demo instance on SQLite, served for the whole run; its first page must answer within a minute."""
    folder = a_demo(tmp_path_factory.mktemp("demo") / "data", shared=shared)
    port = free_port()
    begun = time.monotonic()
    with started("demo", "--data", folder, "--port", str(port)) as process:
        url = f"http://127.0.0.1:{port}"
        while True:
            assert process.poll() is None, "the demo ended"
            assert time.monotonic() - begun < DEMO_STARTS_WITHIN_SECONDS, "the first page came too late"
            try:
                requests.get(url, timeout=5)
            except requests.ConnectionError:
                time.sleep(0.2)
                continue
            break
        # CONTRACT: complete before the first page answers.
        yield Demo(url=url, said=json.loads((folder / "demo.json").read_text()))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium without a window."""
    if CHROMIUM is None:
        message = "=== NO BROWSER: chromium is not installed (apt-get install chromium); journeys are skipped ==="
        if "browser" in os.environ.get("MELAYANI_REQUIRE", "").split(","):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser of their own; every request that left the house is remembered."""

    page: Page
    demo: Demo
    elsewhere: list[str]
    troubles: list[str]

    def goes(self, path: str) -> None:
        """Opens an address of the demo."""
        answer = self.page.goto(self.demo.url + path)
        assert answer is not None
        assert answer.status < 400, f"{path} answered {answer.status}"


def visitor(browser: Browser, demo: Demo, *, scripts: bool, width: int = 390) -> tuple[Visitor, BrowserContext]:
    """A fresh visitor, with or without JavaScript."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 844}, locale="id-ID")
    context.set_default_timeout(15_000)
    page = context.new_page()
    found = Visitor(page=page, demo=demo, elsewhere=[], troubles=[])

    def watch(url: str) -> None:
        if not url.startswith((demo.url, "data:", "about:")):
            found.elsewhere.append(url)

    page.on("request", lambda request: watch(request.url))
    page.on("console", lambda message: found.troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.troubles.append(str(error)))
    return found, context


@pytest.fixture(params=[True, False], ids=["with-javascript", "without-javascript"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Every journey is walked with and without JavaScript."""
    return bool(request.param)


@pytest.fixture
def line(demo: Demo) -> Iterator[Line]:
    """The line between the phone and the demo."""
    carries = Line(demo.url)
    yield carries
    carries.close()


@pytest.fixture
def sari(browser: Browser, demo: Demo, line: Line) -> Iterator[Visitor]:
    """A citizen with a phone on that line; a page may fail to load, but nothing else may go wrong on it."""
    citizen, context = visitor(browser, Demo(url=line.url, said=demo.said), scripts=True, width=360)
    yield citizen
    assert citizen.elsewhere == []
    assert [trouble for trouble in citizen.troubles if not trouble.startswith("Failed to load resource")] == []
    context.close()
