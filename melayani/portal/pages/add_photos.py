# SPDX-License-Identifier: EUPL-1.2
"""Photos added to a case that is still open, by the citizen whose case it is or by somebody who joined it."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from melayani.cases.files import drop_upload, uploads_of
from melayani.cases.life import refusal_for
from melayani.cases.parties import add_files
from melayani.cases.rules import CITIZEN, PARTY, Stage, Visibility
from melayani.ground.clock import now
from melayani.ground.errors import Refused
from melayani.portal.access import Opened, opened_by_key
from melayani.portal.answering import said
from melayani.portal.asking_for_key import ask_for_key, not_opened
from melayani.portal.citizen_page import citizen_page, possible_acts
from melayani.portal.draft import read_token
from melayani.portal.forms import FollowForm
from melayani.portal.sent_photos import FIELD, taken_photos


@require_POST
def add_photos_page(request: HttpRequest) -> HttpResponse:
    """The photos that could be taken are added, the others named, and the case is shown as it is then."""
    key_form = FollowForm(request.POST)
    if not key_form.is_valid():
        return ask_for_key(request, key_form, problems=key_form.problems(), status=422)
    opened = opened_by_key(key_form)
    if opened is None:
        return not_opened(request, key_form)
    if not possible_acts(opened.view.row, own=opened.own).photos:
        closed = refusal_for(Stage(opened.view.row.stage))
        return citizen_page(request, opened, problems=[("", gettext(closed))], status=409)
    return _added(request, key_form, opened, token=read_token(request.POST.get("kiriman", "")))


def _added(request: HttpRequest, key_form: FollowForm, opened: Opened, *, token: str) -> HttpResponse:
    at = now()
    problems = taken_photos(request, token=token, at=at)
    uploads = uploads_of(token)
    if problems and not uploads:
        return citizen_page(request, opened, problems=problems, status=422)
    try:
        add_files(number=opened.number, uploads=uploads, by=CITIZEN if opened.own else PARTY, at=at, token=token)
    except Refused as refusal:
        problems.append((FIELD if refusal.code == "no_files" else "", said(refusal)))
        status = 422 if refusal.code == "no_files" else 409
        return citizen_page(request, opened, problems=problems, status=status)
    finally:
        # What was added is no upload any more; what was refused, or came twice, is not kept.
        for upload in uploads:
            drop_upload(token=token, name=upload.name)
    after = opened_by_key(key_form) or opened
    secret = after.view.row.visibility == Visibility.SECRET
    return citizen_page(request, after, done=_done(len(uploads), secret=secret), problems=problems)


def _done(count: int, *, secret: bool) -> str:
    if secret:
        received = ngettext("%(count)s foto sudah kami terima.", "%(count)s foto sudah kami terima.", count)
        return received % {"count": count}
    words = ngettext(
        "%(count)s foto sudah kami terima. Petugas melihatnya dahulu sebelum umum dapat melihatnya.",
        "%(count)s foto sudah kami terima. Petugas melihatnya dahulu sebelum umum dapat melihatnya.",
        count,
    )
    return words % {"count": count}
