# SPDX-License-Identifier: EUPL-1.2
"""A sheet to print: what was promised, and where the filing stands in the ledger. It holds neither key nor receipt."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.proofs import filing_entry
from melayani.portal.answering import page
from melayani.portal.citizen_page import citizen_page, opened_by_citizen
from melayani.portal.forms import FollowForm
from melayani.portal.qr import qr_code

# So many hexadecimal digits of the leaf hash stand in the QR: 64 bits, which nobody meets by chance.
SHOWN_DIGITS = 16


def sheet_address(*, number: str, leaf_hash: bytes) -> str:
    """What the QR holds: the page that shows the ledger. What follows `#` stays in the browser of who looks."""
    return f"{settings.PUBLIC_URL}/buku-besar#{number}.{leaf_hash.hex()[:SHOWN_DIGITS]}"


@require_POST
def ledger_sheet_page(request: HttpRequest) -> HttpResponse:
    """The sheet, for whoever holds the key of the case."""
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    row = opened.view.row
    entry = filing_entry(number=row.number)
    if entry is None:
        return citizen_page(request, opened, problems=[("", _("Tindakan ini tidak ada pada kasus Anda."))], status=404)
    address = sheet_address(number=row.number, leaf_hash=entry.leaf_hash)
    context = {
        "row": row,
        "entry": entry,
        # In parts, so that it fits a narrow page; the first is what the QR holds.
        "digits": [entry.leaf_hash[start : start + 8].hex() for start in range(0, 32, 8)],
        "address": address,
        "qr": qr_code(address),
    }
    return page(request, "ledger_sheet", context, private=True)
