# SPDX-License-Identifier: EUPL-1.2
"""What a citizen takes home, in a real browser: the promise at filing, receipts of acts, the own text, the sheet."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from melayani.ledger.policy import policy_of_logs
from melayani.ledger.promises import verify_promise
from melayani.ledger.receipts import parse_receipt, verify_receipt
from melayani.ledger.vkeys import parse_vkey
from tests.journeys.conftest import Demo, visitor
from tests.journeys.every_page import violations
from tests.journeys.test_one_case import STORY, files, nothing_left_the_house, opens_own_case

pytestmark = [pytest.mark.browser, pytest.mark.prove]


def downloaded(page: Page, name: str) -> bytes:
    """The file that the first button of this name brings."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).first.click()
    return Path(waiting.value.path()).read_bytes()


def test_promise_receipts_text_and_sheet(demo: Demo, browser: Browser, scripts: bool) -> None:
    citizen, context = visitor(browser, demo, scripts=scripts, width=320)
    page = citizen.page
    number, key = files(citizen, about="Lampu jalan", place="Kel. Kepanjen")
    note = downloaded(page, "Unduh janji bertanda tangan")
    # Sealed within the minute that was promised, usually within a second.
    for _ in range(60):
        if requests.get(f"{demo.url}/ledger/proof/{number}", timeout=5).ok:
            break
        page.wait_for_timeout(1_000)

    opens_own_case(citizen, number, key)
    receipt, words = downloaded(page, "Tanda terima Anda menyampaikan"), downloaded(page, "Teks Anda menyampaikan")
    lines = dict(line.split(" ", 1) for line in requests.get(f"{demo.url}/ledger/keys", timeout=5).text.splitlines())
    proven = verify_receipt(receipt, policy=policy_of_logs([lines["log"]]))
    promise = verify_promise(note, keys=[parse_vkey(lines["promise"])])
    assert proven.opened
    assert promise.leaf_hash == hashlib.sha256(b"\x00" + proven.leaf).digest()
    extra = json.loads(parse_receipt(receipt).extra or b"")
    assert words.decode() == STORY
    hashed = hashlib.sha256(base64.b64decode(extra["salt"]) + words).digest()
    assert base64.b64encode(hashed).decode() == extra["event"]["text"]

    wrong = looked_at(page) if scripts else []
    page.get_by_role("button", name="Lembar untuk dicetak").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lembar bukti")
    expect(page.get_by_role("img", name="Kode QR")).to_be_visible()
    assert promise.leaf_hash.hex()[:16] in page.locator("main").inner_text()
    wrong += looked_at(page) if scripts else []
    assert key not in page.content()
    assert wrong == []
    nothing_left_the_house(citizen)
    context.close()


def looked_at(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*violations(page), *(["wider than the screen"] if wide else [])]
