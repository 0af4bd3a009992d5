# SPDX-License-Identifier: EUPL-1.2
"""The probe: files a case as any other system would, waits for its proof, and says how long that took.

What a log cannot prove is that an act was entered at all (LEDGER); whoever files and looks can. The case says in its
text that it is a test. Needs no Django.
"""

import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from melayani.ground.case_number import read_number
from melayani.ground.errors import Refused
from melayani.ledger.encodings import write_base64
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, Proven, verify_receipt
from melayani.ledger.vkeys import VerifierKey
from melayani.site.alarms import Alarm
from melayani.site.fetching import Answered, Server, Unreachable

MOST_ANSWER_BYTES = 256 * 1024
PROMISED_SECONDS = 60.0
EVERY_SECONDS = 1.0
PROMISE_HEADER = "Melayani-Promise"
TEXT = "Uji buku besar: kiriman ini dibuat oleh program pemantau, bukan oleh warga. Boleh langsung ditutup."


@dataclass(frozen=True)
class Probe:
    """What the probe needs: a key for filing, what to file about (a service) and where (an address id)."""

    api_key: str
    service: str
    place: str


@dataclass(frozen=True)
class Probed:
    """The case that was filed, and how many seconds later its proof held. `promised`: its promise came and was kept."""

    number: str
    seconds: float
    promised: bool


def probe(
    server: Server,
    *,
    keys: Sequence[VerifierKey],
    what: Probe,
    seconds: float = PROMISED_SECONDS,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Probed:
    """A case was filed and its proof holds. Raises `Alarm` when it does not within `seconds`, `Unreachable`."""
    answered = _filed(server, what)
    number = _number_in(answered.body)
    began = clock()
    while True:
        proof = server.ask(f"ledger/proof/{number}", most=MOST_RECEIPT_BYTES)
        if proof.status == 200:
            break
        if clock() - began > seconds:
            raise Alarm(
                "not_entered",
                "Kasus uji %(number)s diterima, tetapi sesudah %(seconds)s detik belum ada di buku besar.",
                number=number,
                seconds=round(clock() - began),
            )
        wait(EVERY_SECONDS)
    proven = _proven(proof.body, keys=keys, number=number)
    promise = _header(answered, PROMISE_HEADER)
    if promise and not _is_promised(promise, proven):
        raise Alarm("promise_broken", "Kasus uji %(number)s masuk lain dari yang dijanjikan.", number=number)
    return Probed(number=number, seconds=clock() - began, promised=bool(promise))


def _filed(server: Server, what: Probe) -> Answered:
    form = {"api_key": what.api_key, "service_code": what.service, "address_id": what.place, "description": TEXT}
    answered = server.ask("open311/v2/requests.json", most=MOST_ANSWER_BYTES, form=form)
    if answered.status not in (200, 201):
        raise Unreachable("not_filed", "Kasus uji tidak diterima: jawabannya %(status)s.", status=answered.status)
    return answered


def _number_in(body: bytes) -> str:
    """The number that the answer names; it goes into addresses, so it must be one."""
    try:
        number = read_number(str(json.loads(body)[0]["service_request_id"]))
    except (ValueError, LookupError, TypeError, RecursionError):
        number = None
    if number is None:
        raise Unreachable("no_number", "Jawaban atas kasus uji tidak memuat nomor.")
    return number


def _proven(content: bytes, *, keys: Sequence[VerifierKey], number: str) -> Proven:
    """What the proof proves: the filing of a public case."""
    try:
        proven = verify_receipt(content, policy=policy_of_logs([key.vkey for key in keys]))
    except Refused as refused:
        raise Alarm(
            "proof", "Bukti kasus uji %(number)s tidak sah: %(reason)s", number=number, reason=refused.message
        ) from refused
    if proven.kind != "case.filed":
        raise Alarm("proof", "Bukti kasus uji %(number)s milik catatan lain.", number=number)
    return proven


def _is_promised(header: str, proven: Proven) -> bool:
    """Whether the leaf is the one whose hash stands in the promise."""
    try:
        lines = base64.b64decode(header, validate=True).decode().split("\n")
    except ValueError:
        return False
    return len(lines) > 2 and lines[2] == write_base64(leaf_hash(proven.leaf))


def _header(answered: Answered, name: str) -> str:
    found = [value for key, value in answered.headers.items() if key.lower() == name.lower()]
    return found[0] if found else ""
