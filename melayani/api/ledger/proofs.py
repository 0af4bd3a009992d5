# SPDX-License-Identifier: EUPL-1.2
"""Proofs made on request: that an act on a public case is in the log, and that the log continues an earlier one."""

import logging
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from melayani.api.ledger.files import TEXT, absent, log_files, published_size, text
from melayani.cases.proofs import public_entry
from melayani.ground.case_number import read_number
from melayani.ground.errors import Refused
from melayani.ledger.encodings import read_decimal, write_base64
from melayani.ledger.merkle import ProofRefused, consistency_proof
from melayani.ledger.proving import witnessed_proof
from melayani.ledger.receipts import public_extra

View = Callable[..., HttpResponse]
log = logging.getLogger("melayani.ledger")
# More happens to no case; a longer number is not looked up.
MOST_SEQUENCE = 2**31 - 1


def _told_when_damaged(view: View) -> View:
    """A log whose files are missing or contradict each other says so; it is when outsiders look."""

    @wraps(view)
    def watched(request: HttpRequest, *args: object, **more: object) -> HttpResponse:
        try:
            return view(request, *args, **more)
        except Refused as refused:
            log.error("proof refused", extra={"code": refused.code})
            return text("Berkas buku besar tidak lengkap atau rusak. Keadaannya ada di /status.\n", status=503)

    return watched


@csrf_exempt
@require_safe
@_told_when_damaged
def proof(request: HttpRequest, number: str, sequence: str = "0") -> HttpResponse:  # noqa: ARG001  # a view
    """The public proof of act `sequence` of the case; 404 alike for secret, unknown and not yet sealed.

    Under the newest checkpoint with enough witnesses that covers it, while there is none under the published one.
    """
    written, counted = read_number(number), read_decimal(sequence)
    if written is None or counted is None or counted > MOST_SEQUENCE:
        return absent()
    entry = public_entry(number=written, sequence=counted)
    if entry is None:
        return absent()
    content = witnessed_proof(extra=public_extra(leaf=entry.leaf), index=entry.leaf_index, files=log_files())
    if content is None:
        return absent()
    name = f"{written}-{counted}.tlog-proof"
    return HttpResponse(
        content,
        content_type=TEXT,
        headers={"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="{name}"'},
    )


@csrf_exempt
@require_safe
@_told_when_damaged
def consistency(request: HttpRequest) -> HttpResponse:
    """The hashes, one a line, that show that the log of `new` leaves begins with that of `old`."""
    old, new = (read_decimal(request.GET.get(name, "")) for name in ("old", "new"))
    files = log_files()
    known = published_size(files)
    if old is None or new is None or not 0 < old <= new:
        return text("old dan new adalah ukuran: bilangan bulat, 0 < old <= new.\n", status=400)
    if known is None or new > known[1]:
        return absent()
    try:
        hashes = consistency_proof(size1=old, size2=new, hash_at=files.hashes(new).hash_at)
    except ProofRefused as refused:
        return text(refused.message + "\n", status=400)
    return text("".join(write_base64(each) + "\n" for each in hashes))
