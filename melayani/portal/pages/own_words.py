# SPDX-License-Identifier: EUPL-1.2
"""A text of the own case as a file, byte for byte as it was recorded: with the receipt anybody can check it.

The receipt holds salt and hash; SHA-256 over the salt and this file is that hash.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from melayani.cases.proofs import opens_to_citizen
from melayani.portal.citizen_page import citizen_page, opened_by_citizen
from melayani.portal.forms import FollowForm
from melayani.portal.recorded import asked_act, download


@require_POST
def own_words_page(request: HttpRequest) -> HttpResponse:
    """The text of the filing, or of the act in `urutan`, for whoever holds the key.

    Only texts whose receipt opens: another one could not be checked by it. The case as it was opened holds them all, so
    nothing more is asked of the database.
    """
    opened = opened_by_citizen(request, FollowForm(request.POST))
    if isinstance(opened, HttpResponse):
        return opened
    if opened.view.row.erased_at is not None:
        return citizen_page(request, opened, problems=[("", _("Isi kasus ini sudah dihapus."))], status=409)
    number, sequence = opened.view.row.number, asked_act(request)
    for happening in opened.view.happenings:
        if happening.sequence == sequence and happening.text:
            if not opens_to_citizen(kind=happening.kind, by=happening.by):
                break
            return download(happening.text.encode(), name=f"{number}-{sequence}.txt")
    return citizen_page(
        request, opened, problems=[("", _("Pada tindakan ini tidak ada teks untuk diunduh."))], status=404
    )
