# SPDX-License-Identifier: EUPL-1.2
"""The citizen's receipts: files that show, without us, that an act on the own case is in the ledger as it was done."""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.proofs import ReceiptAbsent, act_receipt
from melayani.ground.errors import Refused
from melayani.portal.answering import said
from melayani.portal.citizen_page import citizen_page, opened_by_citizen
from melayani.portal.forms import FollowForm
from melayani.portal.recorded import asked_act, download, log_files

log = logging.getLogger("melayani.ledger")


@require_POST
def ledger_receipt_page(request: HttpRequest) -> HttpResponse:
    """The file of the filing, or of the act in `urutan`, for whoever holds the key; else the case with a word why."""
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    number, sequence = opened.view.row.number, asked_act(request)
    try:
        receipt = act_receipt(number=number, sequence=sequence, files=log_files())
    except ReceiptAbsent as absent:
        status = 404 if absent.code == "act_unknown" else 409
        return citizen_page(request, opened, problems=[("", said(absent))], status=status)
    except Refused as refused:
        # Rows, tiles and checkpoint contradict each other: that is for the citizen to know.
        log.error("receipt refused", extra={"code": refused.code})
        return citizen_page(request, opened, problems=[("", _contradicted())], status=409)
    which = f"-{sequence}" if sequence else ""
    return download(receipt, name=f"{number}{which}.tlog-proof")


def _contradicted() -> str:
    return _(
        "Catatan kasus ini tidak cocok dengan buku besar. Kami memeriksanya. "
        "Anda juga dapat menyampaikannya kepada Inspektorat."
    )
