# SPDX-License-Identifier: EUPL-1.2
"""The ledger for everybody: what it is, how far it is, who watches it, and a place to check a receipt or a promise."""

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from melayani.ground.errors import Refused
from melayani.ground.plain_text import plain_line
from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.encodings import read_decimal, write_base64
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import LostLeaf, Statement
from melayani.ledger.note import split_note
from melayani.ledger.proving import Compared, witnessed_proof
from melayani.ledger.queries import LogState, log_state
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, citizen_extra
from melayani.portal.answering import page
from melayani.portal.ledger_check import Checked, PublicKey, check, compare, public_keys, trusted
from melayani.portal.ledger_words import (
    COSIGNED,
    COSIGNED_FEWER,
    KINDS,
    OTHER_REASON,
    PURPOSES,
    REASONS,
    RETIRED,
    RETIRED_ONCE,
    cosigned_words,
    keys_ended,
    reason_words,
    refusal_words,
    retired_words,
    told_statement,
)
from melayani.portal.witness_words import WitnessesTold, witnesses_told

log = logging.getLogger("melayani.ledger")
MOST_SHOWN = 50
# A sequence with more digits is not looked up.
MOST_SEQUENCE = 2**31 - 1
TEXT = "text/plain; charset=utf-8"
# A receipt that our own key signed and our log contradicts.
CONTRADICTED = (Compared.OTHER, Compared.SHORTER)
# What the script of the page says besides; it fills in day and numbers.
SAID_BESIDES = {"retired": RETIRED, "once": RETIRED_ONCE, "cosigned": COSIGNED, "fewer": COSIGNED_FEWER}


@dataclass(frozen=True)
class Latest:
    """The published checkpoint: how many leaves it covers, and its root in base64."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True)
class Log:
    """What is read of the log for one page: its files, its keys with their ends, its witnesses, what it said last."""

    files: LogFiles
    keys: tuple[PublicKey, ...]
    witnesses: WitnessesTold
    statements: list[Statement]


@require_http_methods(["GET", "HEAD", "POST"])
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The page; a file that is sent is checked, told of in the answer, and forgotten."""
    known = _read()
    if request.method != "POST":
        answer = page(request, "ledger", _context(known))
        answer.headers["Cache-Control"] = "no-cache"
        return answer
    own = plain_line(request.POST.get("kunci", ""))
    checked = _checked(request, known, own=own)
    against = compare(checked, files=known.files)
    told = {**_context(known), **_result(checked, against), "own": own}
    return page(request, "ledger", told, status=_status(checked, against), private=True)


def _read() -> Log:
    files = LogFiles(Path(settings.LEDGER))
    statements = list(Statement.objects.select_related("entry").order_by("-sequence")[:MOST_SHOWN])
    return Log(
        files=files,
        keys=public_keys(files.keys(), ended=keys_ended(statements)),
        witnesses=witnesses_told(files.folder),
        statements=statements,
    )


def _checked(request: HttpRequest, known: Log, *, own: str) -> Checked:
    """What came out of checking the file that was sent with the published keys, or with the person's own."""
    sent = request.FILES.get("berkas")
    if sent is None:
        return Checked(code="no_file")
    if not known.keys and not own:
        return Checked(code="no_keys")
    try:
        keys = trusted(known.keys, own=own, witnesses=[each.vkey for each in known.witnesses.witnesses])
    except Refused as refused:
        return Checked(code=refused.code)
    # One byte more than the largest receipt shows that the file is too large; the rest is not read.
    return check(sent.read(MOST_RECEIPT_BYTES + 1), keys=keys)


def _status(checked: Checked, against: Compared | None) -> int:
    if against in CONTRADICTED:
        # Whoever runs this must hear of it; of the file nothing is told.
        log.error("receipt contradicts the log", extra={"code": str(against)})
        return 409
    return 200 if checked.holds else 422


def _result(checked: Checked, against: Compared | None) -> dict[str, object]:
    """What the page says of the file."""
    if not checked.holds:
        return {"checked": checked, "reason": reason_words(checked.code)}
    return {
        "checked": checked,
        "kind": KINDS.get(checked.kind, checked.kind),
        "against": "" if against is None else str(against),
        "contradicted": against in CONTRADICTED,
        "retired": retired_words(checked.since) if checked.retired else "",
        "cosigned": cosigned_words(seen=checked.cosigned, of=checked.witnesses) if checked.witnesses else "",
    }


def _context(known: Log) -> dict[str, object]:
    state = _state(known.files)
    lost = list(LostLeaf.objects.order_by("leaf_index").values_list("leaf_index", flat=True)[: MOST_SHOWN + 1])
    return {
        "latest": _latest(known.files),
        "log": state,
        "refusal": refusal_words(state.refusal) if state.refusal else "",
        "keys": [(PURPOSES.get(key.purpose, key.purpose), key) for key in known.keys],
        "witnesses": known.witnesses,
        "statements": [told_statement(statement) for statement in known.statements],
        "lost": lost[:MOST_SHOWN],
        "lost_count": LostLeaf.objects.count() if len(lost) > MOST_SHOWN else len(lost),
        "reasons": REASONS.items(),
        "other_reason": OTHER_REASON,
        "kinds": KINDS.items(),
        "said": SAID_BESIDES,
    }


def _state(files: LogFiles) -> LogState:
    """How far the log is; a checkpoint that cannot be read is said as missing tiles are."""
    try:
        return log_state(files)
    except Refused:
        return LogState(size=None, signed_at=None, refusal="seal_tiles")


def _latest(files: LogFiles) -> Latest | None:
    note = files.published()
    if note is None:
        return None
    try:
        said = parse_checkpoint(split_note(note).text)
    except Refused:
        return None
    return Latest(origin=said.origin, size=said.size, root=write_base64(said.root))


@require_safe
def ledger_statement_page(request: HttpRequest, sequence: str) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """The receipt of a statement, opened: statements are public. 404 for none, or one not yet in the tree."""
    number = read_decimal(sequence)
    found = None if number is None or number > MOST_SEQUENCE else _statement(number)
    if found is None:
        raise Http404
    entry = found.entry
    index, salt = entry.leaf_index, entry.salt
    if index is None or salt is None:
        raise Http404
    try:
        extra = citizen_extra(leaf=bytes(entry.leaf), salt=bytes(salt), event=found.data, kind=entry.kind)
        files = LogFiles(Path(settings.LEDGER))
        # The announcement of a key is proven under the key of then, also when that signs no longer.
        kept = files.statement_proof(bytes(entry.leaf_hash))
        content = kept or witnessed_proof(extra=extra, index=index, files=files)
    except Refused as refused:
        log.error("receipt refused", extra={"code": refused.code})
        return HttpResponse("Pernyataan ini tidak cocok dengan buku besar.\n", status=409, content_type=TEXT)
    if content is None:
        raise Http404
    name = f'attachment; filename="pernyataan-{number}.tlog-proof"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-cache"}
    return HttpResponse(content, content_type=TEXT, headers=headers)


def _statement(sequence: int) -> Statement | None:
    return Statement.objects.select_related("entry").filter(sequence=sequence).first()
