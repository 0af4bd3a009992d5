# SPDX-License-Identifier: EUPL-1.2
"""The citizen's receipt: a file that shows, without us, that the filing is in the ledger as it was sent."""

import logging
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.proofs import filing_receipt
from melayani.cases.rules import Visibility
from melayani.ground.errors import Refused
from melayani.ledger.log_files import LogFiles
from melayani.portal.citizen_page import citizen_page, opened_by_citizen
from melayani.portal.forms import FollowForm

log = logging.getLogger("melayani.ledger")


@require_POST
def ledger_receipt_page(request: HttpRequest) -> HttpResponse:
    """The file, for whoever holds the key of the case; before the filing is sealed, the case with a word about when."""
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    row = opened.view.row
    try:
        receipt = filing_receipt(number=row.number, files=LogFiles(Path(settings.LEDGER)))
    except Refused as refused:
        # Rows, tiles and checkpoint contradict each other: that is for the citizen to know.
        log.error("receipt refused", extra={"code": refused.code})
        return citizen_page(request, opened, problems=[("", _contradicted())], status=409)
    if receipt is None:
        return citizen_page(
            request, opened, problems=[("", _not_yet(secret=row.visibility == Visibility.SECRET))], status=409
        )
    name = f'attachment; filename="{row.number}.tlog-proof"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return HttpResponse(receipt, content_type="text/plain; charset=utf-8", headers=headers)


def _contradicted() -> str:
    return _(
        "Catatan kasus ini tidak cocok dengan buku besar. Kami memeriksanya. "
        "Anda juga dapat menyampaikannya kepada Inspektorat."
    )


def _not_yet(*, secret: bool) -> str:
    if secret:
        return _("Kasus rahasia disegel bersama-sama pukul 06.00 dan 18.00 WIB. Unduh tanda terimanya sesudah itu.")
    return _("Kasus ini belum disegel di buku besar. Biasanya kurang dari satu menit; coba lagi sebentar lagi.")
