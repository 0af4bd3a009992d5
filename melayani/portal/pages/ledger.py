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
from melayani.ledger.proving import proof_file
from melayani.ledger.queries import LogState, log_state
from melayani.ledger.receipts import MOST_RECEIPT_BYTES, citizen_extra
from melayani.portal.answering import page
from melayani.portal.ledger_check import Checked, check, public_keys, trusted
from melayani.portal.ledger_words import (
    KINDS,
    OTHER_REASON,
    PURPOSES,
    REASONS,
    StatementTold,
    reason_words,
    refusal_words,
    told_statement,
)
from melayani.portal.witness_words import witnesses_told

log = logging.getLogger("melayani.ledger")
MOST_SHOWN = 50
# A sequence with more digits is not looked up.
MOST_SEQUENCE = 2**31 - 1
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Latest:
    """The published checkpoint: how many leaves it covers, and its root in base64."""

    origin: str
    size: int
    root: str


@require_http_methods(["GET", "HEAD", "POST"])
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The page; a file that is sent is checked, told of in the answer, and forgotten."""
    files = LogFiles(Path(settings.LEDGER))
    if request.method != "POST":
        answer = page(request, "ledger", _context(files))
        answer.headers["Cache-Control"] = "no-cache"
        return answer
    own = plain_line(request.POST.get("kunci", ""))
    checked = _checked(request, files, own=own)
    context = {**_context(files), "checked": checked, "own": own}
    if checked.holds:
        context["kind"] = KINDS.get(checked.kind, checked.kind)
    else:
        context["reason"] = reason_words(checked.code)
    return page(request, "ledger", context, status=200 if checked.holds else 422, private=True)


def _checked(request: HttpRequest, files: LogFiles, *, own: str) -> Checked:
    """What came out of checking the file that was sent with the published keys, or with the person's own."""
    sent = request.FILES.get("berkas")
    if sent is None:
        return Checked(code="no_file")
    known = public_keys(files.keys())
    if not known and not own:
        return Checked(code="no_keys")
    try:
        keys = trusted(known, own=own)
    except Refused as refused:
        return Checked(code=refused.code)
    # One byte more than the largest receipt shows that the file is too large; the rest is not read.
    return check(sent.read(MOST_RECEIPT_BYTES + 1), keys=keys)


def _context(files: LogFiles) -> dict[str, object]:
    state = _state(files)
    lost = list(LostLeaf.objects.order_by("leaf_index").values_list("leaf_index", flat=True)[: MOST_SHOWN + 1])
    return {
        "latest": _latest(files),
        "log": state,
        "refusal": refusal_words(state.refusal) if state.refusal else "",
        "keys": [(PURPOSES.get(key.purpose, key.purpose), key) for key in public_keys(files.keys())],
        "witnesses": witnesses_told(files.folder),
        "statements": _statements(),
        "lost": lost[:MOST_SHOWN],
        "lost_count": LostLeaf.objects.count() if len(lost) > MOST_SHOWN else len(lost),
        "reasons": REASONS.items(),
        "other_reason": OTHER_REASON,
        "kinds": KINDS.items(),
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


def _statements() -> list[StatementTold]:
    found = Statement.objects.select_related("entry").order_by("-sequence")[:MOST_SHOWN]
    return [told_statement(statement) for statement in found]


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
        content = kept or proof_file(extra=extra, index=index, files=files)
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
