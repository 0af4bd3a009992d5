# SPDX-License-Identifier: EUPL-1.2
"""Checking a receipt in a real browser: the script says of every file what the server says, and sends nothing."""

import base64
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from melayani.ground.canonical_json import Json, canonical_json
from melayani.ledger.encodings import write_base64
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.note import sign_note
from melayani.ledger.receipts import citizen_extra, format_receipt, parse_receipt, public_extra
from melayani.ledger.rules import prepare_entry
from melayani.portal.ledger_check import check, public_keys, trusted
from tests.journeys.conftest import Demo, Visitor, visitor
from tests.ledger.some_keys import LOG, WITNESSES
from tests.ledger.some_receipts import (
    AT,
    BAD_EXTRAS,
    BAD_FILES,
    BAD_LEAVES,
    GOOD,
    SALT,
    a_leaf,
    a_receipt,
    bound_to_a_list,
    citizens,
    public,
    with_extra,
)
from tests.portal.test_ledger_check import OTHER, PROMISER, a_promise, a_receipt_by

pytestmark = [pytest.mark.browser, pytest.mark.prove]
SCRIPT = Path(__file__).parents[2] / "melayani" / "portal" / "static" / "portal" / "check-receipt.js"
TURNED = 60


def ready(page: Page, where: str = "here") -> None:
    """The script has found out whether it can check by itself."""
    expect(page.locator("#periksa-berkas")).to_have_attribute("data-ready", where)


@pytest.fixture
def reader(browser: Browser, demo: Demo) -> Iterator[Visitor]:
    """Somebody on the page of the ledger, with a script that works."""
    somebody, context = visitor(browser, demo, scripts=True, width=360)
    somebody.goes("/buku-besar")
    ready(somebody.page)
    yield somebody
    assert somebody.elsewhere == []
    assert somebody.troubles == []
    context.close()


def chosen(page: Page, content: bytes) -> None:
    """The file is chosen."""
    file: FilePayload = {"name": "x.tlog-proof", "mimeType": "text/plain", "buffer": content}
    page.set_input_files("#berkas", [file])


def told(page: Page, content: bytes) -> str:
    """The code under which the script tells what it found of the file; empty when all of it holds."""
    chosen(page, content)
    code = page.locator("#hasil[data-code]").get_attribute("data-code")
    assert code is not None
    return code


def trusts(page: Page, vkey: str) -> None:
    """This key is pasted; an earlier one is gone."""
    page.locator("#kunci").evaluate("(field, value) => { field.value = value; }", vkey)


def differences(page: Page, contents: list[bytes], *, vkey: str) -> Iterator[tuple[bytes, str, str]]:
    """Files of which script and server do not say the same: the file and both codes."""
    trusts(page, vkey)
    keys = trusted((), own=vkey)
    for content in contents:
        here, there = told(page, content), check(content, keys=keys).code
        if here != there:
            yield content[:200], here, there


def turned(content: bytes, count: int = TURNED) -> list[bytes]:
    """The file with one bit turned, at places all over it."""
    chance = random.Random(1)
    places = [int(part * len(content) / count) for part in range(count)]
    return [content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :] for at in places]


def odd_leaf(kind: str) -> bytes:
    return prepare_entry(stream=bytes(16), sequence=0, kind=kind, event={}, salt=SALT, recorded_at=AT).leaf


EVENTS: list[dict[str, Json]] = [
    {"a": 'é\u2028\u007f"\\/\n\t\u0001', "b": [True, None, 2**53 - 1, -(2**53) + 1, {}], "zz": {"y": 1, "x": ""}},
    {"\U0001f600": 1, "\uffee": 2, "10": 3, "9": 4, "__proto__": {"x": 1}},
]


@cache
def good_files() -> list[bytes]:
    """Receipts and proofs that hold."""
    sealed, strange = a_leaf(sealed=True), odd_leaf('x"]<b>\\')
    files = [
        public(), public(witnesses=0), citizens(), citizens(sealed=True), citizens("case.answered", True),
        a_receipt(extra=public_extra(leaf=sealed), leaf=sealed),
        a_receipt(extra=public_extra(leaf=strange), leaf=strange),
        *(public(index=index, size=size) for index, size in ((0, 1), (0, 2), (255, 256), (256, 257), (3, 1000))),
    ]  # fmt: skip
    for event in EVENTS:
        leaf = prepare_entry(stream=bytes(16), sequence=0, kind="k", event=event, salt=SALT, recorded_at=AT).leaf
        files.append(a_receipt(extra=citizen_extra(leaf=leaf, salt=SALT, event=event, kind="k"), leaf=leaf))
    return files


@cache
def bad_files() -> list[bytes]:
    """Files that are wrong in one thing each."""
    deep = b'{"a":' * 31 + b"1" + b"}" * 31
    return [
        *BAD_FILES,
        *(with_extra(said) for said in BAD_EXTRAS),
        *(a_receipt(extra=public_extra(leaf=leaf), leaf=leaf) for leaf in BAD_LEAVES),
        bound_to_a_list(),
        a_receipt(extra=None, leaf=a_leaf()),
        a_receipt_by(OTHER),
        with_extra(b'{"event":' + deep + b"}"),
        with_extra(b'{"event":{"a":-0},"leaf":"","salt":""}'),
        with_extra(b'{"event":{"a":9007199254740992},"leaf":"","salt":""}'),
        with_extra('{"event":{"a":"e\u0301"},"leaf":"","salt":""}'.encode()),
        public().replace(b"\n7\n", b"\n8\n"),
        public().replace(b"\n7\n", b"\n07\n"),
        public() + b"\n",
        public()[:-1],
        public() + "\u2014 a b\n".encode(),
        public() + "\u2014 a+b AAAAAAAA\n".encode(),
        public() + "\u2014 a\u0085b AAAAAAAA\n".encode(),
        public() + "\u2014 a\ufeffb AAAAAAAA\n".encode(),
        public() + "\u2014 other AAAAAAAA\n".encode() * 61,
        public() + ("\u2014 other " + "AAAA" * 70_000 + "\n").encode(),
    ]


def test_script_and_server_agree_on_files_that_hold(reader: Visitor) -> None:
    assert list(differences(reader.page, good_files(), vkey=LOG.vkey)) == []
    assert [check(content, keys=trusted((), own=LOG.vkey)).code for content in good_files()] == [""] * len(good_files())


def test_script_and_server_agree_on_files_that_do_not_hold(reader: Visitor) -> None:
    assert list(differences(reader.page, bad_files(), vkey=LOG.vkey)) == []


@pytest.mark.parametrize("content", [public(witnesses=1), citizens(sealed=True)], ids=["public", "citizen"])
def test_script_and_server_agree_on_turned_bits(reader: Visitor, content: bytes) -> None:
    assert list(differences(reader.page, turned(content), vkey=LOG.vkey)) == []


def test_script_and_server_agree_on_promises(reader: Visitor) -> None:
    promise = a_promise()
    wrong = [promise.replace(b"Z\n", other, 1) for other in (b"\n", b"z\n", b".0Z\n", b"+00:00\n")]
    files = [promise, *turned(promise, 40), *wrong, a_promise(LOG), a_promise(OTHER)]
    assert list(differences(reader.page, files, vkey=PROMISER.vkey)) == []
    assert list(differences(reader.page, [promise, a_promise(LOG)], vkey=LOG.vkey)) == []
    times = [b"2026-02-30T00:00:00Z", b"0000-01-01T00:00:00Z", b"2026-01-05T24:00:00Z", b"0001-01-01T00:00:00Z"]
    files = [forged_promise(promise, moment) for moment in times]
    assert list(differences(reader.page, files, vkey=PROMISER.vkey)) == []


def forged_promise(promise: bytes, moment: bytes) -> bytes:
    """A promise, truly signed, from another moment on."""
    lines = promise.decode().split("\n")[:5]
    text = "\n".join([*lines[:3], moment.decode(), lines[4], ""])
    return sign_note(text, keys=[PROMISER])


@pytest.mark.parametrize(
    "vkey", ["x", "a+b", WITNESSES[0].vkey, LOG.vkey[:-4] + "AAAA", LOG.vkey.replace("+", "+0", 1), OTHER.vkey]
)
def test_a_key_that_is_none_or_another_ones(reader: Visitor, vkey: str) -> None:
    trusts(reader.page, vkey)
    code = told(reader.page, public())
    shown = requests.post(
        reader.demo.url + "/buku-besar",
        data={"kunci": vkey, "csrfmiddlewaretoken": "a" * 32},
        files={"berkas": public()},
        cookies={"csrftoken": "a" * 32},
        headers={"Origin": reader.demo.url},
        timeout=10,
    )
    assert code.startswith(("vkey_", "note_unsigned"))
    assert f'data-code="{code}"' in shown.text


def a_real_proof(demo: Demo) -> tuple[str, bytes]:
    """Number and public proof of a case of the demo."""
    listed = requests.get(demo.url + "/kasus", timeout=10).text
    number = listed.split('href="/kasus/JT-')[1].split('"')[0]
    return f"JT-{number}", requests.get(f"{demo.url}/ledger/proof/JT-{number}", timeout=10).content


def test_a_proof_of_this_ledger_by_its_own_keys_offline_and_unsent(reader: Visitor) -> None:
    _number, proof = a_real_proof(reader.demo)
    sent: list[str] = []
    reader.page.on("request", lambda request: sent.append(request.url))
    reader.page.context.set_offline(True)
    assert told(reader.page, proof) == ""
    expect(reader.page.locator("#hasil h2")).to_have_text("Terbukti")
    reader.page.locator("#periksa-berkas button").click()
    expect(reader.page.locator("#hasil h2")).to_have_text("Terbukti")
    assert told(reader.page, proof[:-9]) == "note_form"
    expect(reader.page.locator("#hasil h2")).to_have_text("Tidak terbukti")
    assert sent == []
    keys = trusted(public_keys(requests.get(reader.demo.url + "/ledger/keys", timeout=10).content))
    assert check(proof, keys=keys).holds


def test_the_code_of_a_printed_sheet_is_compared(reader: Visitor) -> None:
    page = reader.page
    number, proof = a_real_proof(reader.demo)
    digest = leaf_hash(leaf_of(proof)).hex()[:16]
    page.evaluate("hash => { location.hash = hash; }", f"#{number}.{digest}")
    line = page.locator('[data-check="code"]')
    expect(line).to_contain_text(number)
    expect(line.locator("a")).to_have_attribute("href", f"/ledger/proof/{number}")
    assert told(page, proof) == ""
    expect(page.locator("#hasil")).to_contain_text("Sidiknya sama")
    page.evaluate("hash => { location.hash = hash; }", f"#{number}.{'0' * 16}")
    assert told(page, proof) == ""
    expect(page.locator("#hasil")).to_contain_text("Sidiknya berbeda")
    page.evaluate("location.hash = '#periksa'")
    expect(line).to_be_hidden()


def leaf_of(proof: bytes) -> bytes:
    return base64.b64decode(json.loads(parse_receipt(proof).extra or b"")["leaf"])


@pytest.mark.parametrize(
    "less", ["delete Crypto.prototype.subtle", "SubtleCrypto.prototype.verify = async () => { throw new Error('no'); }"]
)
def test_a_browser_that_cannot_check_lets_the_server_do_it(browser: Browser, demo: Demo, less: str) -> None:
    somebody, context = visitor(browser, demo, scripts=True)
    somebody.page.add_init_script(less)
    somebody.goes("/buku-besar")
    ready(somebody.page, "there")
    expect(somebody.page.locator("#berkas_where")).to_contain_text("Peramban ini belum dapat memeriksa sendiri")
    served(somebody.page, demo)
    context.close()


def test_without_javascript_the_server_checks(browser: Browser, demo: Demo) -> None:
    somebody, context = visitor(browser, demo, scripts=False)
    somebody.goes("/buku-besar")
    served(somebody.page, demo)
    context.close()


def served(page: Page, demo: Demo) -> None:
    """The form is sent and answered."""
    proof = a_real_proof(demo)[1]
    for content, head in ((proof, "Terbukti"), (proof[:-9], "Tidak terbukti")):
        chosen(page, content)
        page.locator("#periksa-berkas button").click()
        expect(page.locator("#hasil h2")).to_have_text(head)


BROKEN = [
    ('if (!await signed(key, encode(text), line.signature)) no("note_signature");', ""),
    ("one.name === line.name && one.id === line.id", "one.name === line.name"),
    ("|| !same(computed, root)", ""),
    ("if (index >= size)", "if (false)"),
    ("|| !same(await hmac(salt, message), bytesOf(fields, \"c\"))", ""),
    ("|| written(said, MOST_DEPTH) !== text", ""),
    ("Number.isSafeInteger(value) ?", "true ?"),
    ("btoa(letters) === text ?", "true ?"),
    ('if (!signers.length) no("note_unsigned");', ""),
    ("if (lines.shift() !== HEADER)", "if (!lines.shift())"),
    ('value.normalize("NFC")', "value"),
    ('signers.find((key) => key.name === tree.origin) || no("checkpoint_unsigned")', "signers[0]"),
]  # fmt: skip


def told_apart() -> list[bytes]:
    """Files that a script without one of its rules believes, or judges otherwise than the server."""
    forged = public(witnesses=0)
    signed_by_none = forged[: forged.rindex(b"\n\n") + 2] + "\u2014 other AAAAAAAA\n".encode()
    other_origin = sign_note(f"other.example\n7\n{write_base64(bytes(32))}\n", keys=[LOG])
    parts = parse_receipt(forged)
    return [
        forged.replace(b"\n7\n", b"\n8\n"),
        signed_by_none,
        a_receipt_by(OTHER),
        a_receipt(extra=public_extra(leaf=a_leaf("k")), leaf=a_leaf()),
        public(index=0, size=1).replace(b"index 0", b"index 1"),
        format_receipt(extra=parts.extra, index=4, proof=parts.proof, checkpoint=other_origin),
        *(with_extra(canonical_json(GOOD).replace(b'"event":{', b'"event":{"a":' + odd)) for odd in ODD_VALUES),
        *bad_files(),
    ]


# In canonical order, so that only the value itself is wrong.
ODD_VALUES = (b"9007199254740992,", b"1.5,", '"e\u0301",'.encode())


@pytest.mark.parametrize(("step", "instead"), BROKEN)
def test_control_a_script_without_a_rule_disagrees(browser: Browser, demo: Demo, step: str, instead: str) -> None:
    code = SCRIPT.read_text()
    assert code.count(step) == 1

    def broken(route: Route) -> None:
        route.fulfill(body=code.replace(step, instead), content_type="text/javascript")

    somebody, context = visitor(browser, demo, scripts=True)
    somebody.page.route("**/check-receipt*.js", broken)
    somebody.goes("/buku-besar")
    ready(somebody.page)
    assert next(differences(somebody.page, told_apart(), vkey=LOG.vkey), None) is not None
    context.close()


def test_what_was_said_of_an_earlier_file_does_not_stay(reader: Visitor) -> None:
    page = reader.page
    trusts(page, LOG.vkey)
    assert told(page, citizens()) == ""
    expect(page.locator("#hasil")).to_contain_text("Terbukti")
    # Another key is typed: nothing was said of that one.
    page.locator("#kunci").evaluate("field => field.dispatchEvent(new Event('input'))")
    expect(page.locator("#hasil")).to_be_empty()
    assert told(page, citizens()) == ""
    # The file changed on the disk since it was chosen, so the browser does not give it.
    page.evaluate(
        "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError')); }"
    )
    page.locator("#periksa-berkas").evaluate("form => form.requestSubmit()")
    expect(page.locator("#hasil")).to_have_attribute("data-code", "file_unreadable")
    expect(page.locator("#hasil")).to_contain_text("tidak dapat dibaca")
