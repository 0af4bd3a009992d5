# SPDX-License-Identifier: EUPL-1.2
"""What the script says besides of a file that holds: of keys and witnesses as the server does, and what it cannot."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from melayani.ledger.vkeys import NoteKey
from melayani.portal.ledger_check import Checked, Trusted, check, public_keys, trusted
from melayani.portal.ledger_words import cosigned_words, retired_words
from tests.journeys.conftest import Demo, Visitor, visitor
from tests.journeys.test_check_receipt import SCRIPT, a_real_proof, reader, ready, told, trusts
from tests.ledger.some_keys import LOG, WITNESSES
from tests.ledger.some_receipts import citizens, public
from tests.portal.test_ledger_check import OTHER, PROMISER, a_promise, a_receipt_by
from tests.portal.test_ledger_compare import forged_line, signed_by_both

__all__ = ["reader"]
pytestmark = [pytest.mark.browser, pytest.mark.prove]
# Late in the evening in UTC: the day is that of Jakarta.
ENDED = datetime(2026, 1, 2, 20, tzinfo=UTC)
Line = tuple[str, NoteKey, str]
Beside = tuple[str, str, str]
LINES: list[Line] = [
    ("log", OTHER, ""),
    ("log-retired", LOG, ENDED.isoformat()),
    ("promise-retired", PROMISER, ""),
]


def says(page: Page, lines: list[Line], witnesses: int) -> Trusted:
    """The page lists these keys and so many witnesses, and no others; the same keys for the server."""
    page.evaluate(
        """([lines, witnesses]) => {
            document.querySelectorAll("[data-purpose], [data-witness]").forEach((one) => one.remove());
            const add = (text, said) => {
                const line = document.createElement("p");
                line.textContent = text;
                Object.assign(line.dataset, said);
                document.body.append(line);
            };
            for (const [purpose, vkey, since] of lines) add(vkey, since ? { purpose, since } : { purpose });
            for (const vkey of witnesses) add(vkey, { witness: "" });
        }""",
        [[[purpose, key.vkey, since] for purpose, key, since in lines], [w.vkey for w in WITNESSES[:witnesses]]],
    )
    text = "".join(f"{purpose} {key.vkey}\n" for purpose, key, _ in lines).encode()
    known = public_keys(text, ended={key.vkey: datetime.fromisoformat(since) for _, key, since in lines if since})
    return trusted(known, witnesses=[w.vkey for w in WITNESSES[:witnesses]])


def beside(checked: Checked) -> Beside:
    """What the server says besides."""
    return (
        "retired" if checked.retired else "",
        retired_words(checked.since) if checked.retired else "",
        cosigned_words(seen=checked.cosigned, of=checked.witnesses) if checked.witnesses else "",
    )


def shown(page: Page) -> Beside:
    """What the script says besides; what it hides counts as not said, and so does what is not there."""
    slots = page.locator("#hasil").evaluate(
        """box => ["retired", "cosigned"].map((slot) => {
            const one = box.querySelector(`[data-slot="${slot}"]`);
            return one && !one.hidden ? one.textContent : "";
        })"""
    )
    return str(page.locator("#hasil").get_attribute("data-key")), slots[0], slots[1]


def files() -> list[bytes]:
    return [
        *(citizens(witnesses=count) for count in (0, 2, 3)),
        a_receipt_by(OTHER),
        signed_by_both(),
        a_promise(),
        forged_line(public(witnesses=2), "witness0"),
        forged_line(public(witnesses=2), "witness1", length=9),
    ]


def differences(page: Page) -> Iterator[tuple[str, Beside, Beside]]:
    """Files of which the script says another thing than the server: its code, and the words of both."""
    keys = says(page, LINES, 3)
    for content in files():
        code = told(page, content)
        here, there = shown(page), beside(check(content, keys=keys))
        if code or here != there:
            yield code, here, there


def test_script_and_server_say_the_same_of_keys_and_witnesses(reader: Visitor) -> None:
    assert list(differences(reader.page)) == []
    assert "sejak 3 Januari 2026" in retired_words(ENDED)


def test_a_typed_key_is_trusted_alone_and_is_known_as_old(reader: Visitor) -> None:
    says(reader.page, LINES, 3)
    trusts(reader.page, LOG.vkey)
    assert told(reader.page, citizens()) == ""
    assert shown(reader.page) == ("retired", retired_words(ENDED), "")
    expect(reader.page.locator('#hasil [data-slot="unwitnessed"]')).to_be_visible()


def test_a_key_that_stands_there_twice_signs_still(reader: Visitor) -> None:
    keys = says(reader.page, [("log-retired", LOG, ENDED.isoformat()), ("log", LOG, "")], 0)
    assert told(reader.page, public()) == ""
    assert shown(reader.page) == ("", "", "") == beside(check(public(), keys=keys))


BROKEN = [
    ("retired: keys.every((key) => key.retired)", "retired: keys.some((key) => key.retired)"),
    ('one.purpose.endsWith("-retired")', "false"),
    ("if (await signed(key, encode(`cosignature/v1", "if (true || await signed(key, encode(`cosignature/v1"),
    ("signature.length === 72", "true"),
    ('timeZone: "Asia/Jakarta" });\n\n', 'timeZone: "UTC" });\n\n'),
    ("found.cosigned === found.witnesses ?", "true ?"),
]


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_control_a_script_without_a_rule_says_another_thing(
    browser: Browser, demo: Demo, step: str, instead: str
) -> None:
    code = SCRIPT.read_text()
    assert code.count(step) == 1

    def broken(route: Route) -> None:
        route.fulfill(body=code.replace(step, instead), content_type="text/javascript")

    somebody, context = visitor(browser, demo, scripts=True)
    somebody.page.route("**/check-receipt*.js", broken)
    somebody.goes("/buku-besar")
    ready(somebody.page)
    assert list(differences(somebody.page)) != []
    context.close()


def test_the_script_says_what_it_cannot_and_the_server_compares(reader: Visitor) -> None:
    page = reader.page
    proof = a_real_proof(reader.demo)[1]
    assert told(page, proof) == ""
    expect(page.locator("#hasil")).to_contain_text("hanya server kami yang dapat membandingkan")
    assert page.locator("#hasil").get_attribute("data-against") is None
    page.locator("#hasil [data-compare]").click()
    expect(page.locator("#hasil")).to_have_attribute("data-against", "same")
    expect(page.locator("#hasil")).to_contain_text("cocok dengan buku besar kami sekarang")
    expect(page.locator("#hasil")).not_to_contain_text("hanya server kami")
    # Another file: what was said of the first one is gone.
    assert told(page, proof[:-9]) == "note_form"
    assert page.locator("#hasil").get_attribute("data-against") is None
    # A promise is in no tree yet, so there is nothing to compare.
    trusts(page, PROMISER.vkey)
    assert told(page, a_promise()) == ""
    expect(page.locator("#hasil [data-compare]")).to_have_count(0)
