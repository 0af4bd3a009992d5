# SPDX-License-Identifier: EUPL-1.2
"""Every page of the house, by its address, and everything that is looked at on each: axe, weight, width, policy.

The addresses come from the URLconf: a new page is looked at without anybody remembering to list it.
"""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from django.urls import URLPattern
from playwright.sync_api import Page

from melayani.desk.urls import urlpatterns as desk_patterns
from melayani.portal.urls import urlpatterns as portal_patterns

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
MOST_FIRST_VIEW_BYTES = 60_000
MOST_HTML_BYTES = 14_000
# Where pictures of the pages are kept; a build keeps them, a developer looks at them.
SCREENSHOTS = Path(os.environ.get("MELAYANI_SCREENSHOTS", "build/screenshots"))
# Reports what the policy of the page stopped, also what no console shows.
WATCH_POLICY = """
window.stopped = [];
document.addEventListener('securitypolicyviolation', seen => {
  window.stopped.push(seen.violatedDirective + ' ' + seen.blockedURI);
});
"""
# Addresses that are no page: acts (POST only), feeds, pictures, scripts.
NO_PAGES = frozenset(
    {
        "confirm-case", "reopen-case", "withdraw-case", "reply-to-question", "add-photos", "ledger-receipt",
        "ledger-promise", "ledger-sheet", "own-words",
        "case-feed", "logout", "offline-worker", "map-ground",
    }
)  # fmt: skip


def plain_addresses(patterns: list[Any]) -> list[tuple[str, str]]:
    """(name, address) of every route without a variable part."""
    return [
        (str(pattern.name), f"/{pattern.pattern}")
        for pattern in patterns
        if isinstance(pattern, URLPattern) and "<" not in str(pattern.pattern) and pattern.name not in NO_PAGES
    ]


def citizen_addresses() -> list[str]:
    """Every page of the citizens without a variable part."""
    return [address for _, address in plain_addresses(portal_patterns)]


def desk_addresses() -> list[tuple[str, str]]:
    """Every page of the desk without a variable part, with its name in the table of rights."""
    return [(name, address) for name, address in plain_addresses(desk_patterns) if name != "login"]


@dataclass(frozen=True)
class Look:
    """How pages are looked at; `language` is the prefix of the address ("" or "/en")."""

    width: int
    scheme: str
    language: str = ""
    pictures: bool = True

    def picture(self, name: str) -> str:
        """Where the picture of a page is kept; empty when none is."""
        return f"{self}/{name}" if self.pictures else ""

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}{self.language.replace('/', '-')}"


def looks() -> Iterator[Look]:
    """Every width, colour scheme and complete language."""
    for language in ("", "/en"):
        for width in (360, 1280):
            for scheme in ("light", "dark"):
                yield Look(width, scheme, language)


@dataclass
class Weighed:
    """What came over the wire for one page, in bytes as sent."""

    html: int = 0
    other: int = 0
    kinds: dict[str, str] = field(default_factory=dict)


def look_at(page: Page, address: str, *, keep_as: str = "") -> list[str]:
    """What is wrong with the page at `address`, one line each; a picture of the whole page is kept under `keep_as`."""
    weighed = Weighed()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.responseReceived", lambda seen: weighed.kinds.update({seen["requestId"]: seen["type"]}))
    session.on("Network.loadingFinished", lambda seen: _weigh(weighed, seen))
    # The first view is what the page itself asks for; scripts of pages are deferred and come before "load".
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status >= 400:
        return [f"answered {answer.status if answer else 'nothing'}"]
    wrong = [f"the policy stopped {what}" for what in page.evaluate("window.stopped || []")]
    wrong += violations(page)
    # Both limits are on the compressed page (CONTRACT). Officers' pages are sent as they are, for the reason that
    # stands at `CompressedPages`; what they hold is weighed all the same.
    compressed = len(gzip.compress(answer.body()))
    session.detach()
    if compressed > MOST_HTML_BYTES:
        wrong.append(f"HTML weighs {compressed} bytes")
    if compressed + weighed.other > MOST_FIRST_VIEW_BYTES:
        wrong.append(f"first view weighs {compressed + weighed.other} bytes")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wrong.append("wider than the screen")
    if keep_as:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{keep_as}.png", full_page=True)
    return wrong


def _weigh(weighed: Weighed, seen: dict[str, Any]) -> None:
    size = int(seen["encodedDataLength"])
    if weighed.kinds.get(seen["requestId"]) == "Document":
        weighed.html += size
    else:
        weighed.other += size


def violations(page: Page) -> list[str]:
    """What axe found, one line each with the first place."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found["violations"]]


def file_name(address: str) -> str:
    """The address as the name of a file."""
    return address.strip("/").replace("/", "_").replace("?", "_") or "beranda"
