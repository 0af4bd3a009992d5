# SPDX-License-Identifier: EUPL-1.2
"""What a person sees whose page is too old to be sent (no or another CSRF cookie): nothing typed is lost.

Settings name `csrf_failure` as CSRF_FAILURE_VIEW for the whole site. Only citizens' forms are offered again; of an
officer's act the texts are shown, to be copied (`typed_again`).
"""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from melayani.portal.answering import page
from melayani.portal.asking_for_key import ask_for_key
from melayani.portal.draft import Draft
from melayani.portal.filing_steps import APA, PERIKSA, STEPS, as_left
from melayani.portal.forms import FollowForm
from melayani.portal.pages.file_case import step_page
from melayani.portal.typed_again import typed_again, view_name


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  # the signature Django calls
    """The form again with all its values and a fresh token, and what to do when it happens again."""
    name = view_name(request.path_info)
    if name == "portal:file-case":
        return _filing_again(request)
    if name in ("portal:follow-case", "portal:follow-this-case"):
        typed = {field: request.POST.get(field, "") for field in ("nomor", "kunci")}
        return ask_for_key(request, FollowForm(initial=typed), note=_again(), status=403)
    note = _again() if name.startswith("portal:") else ""
    context = {"note": note, "typed": typed_again(request), "fresh": True}
    return page(request, "expired", context, status=403, private=True)


def _again() -> str:
    return _(
        "Halaman ini kedaluwarsa, jadi belum terkirim. Yang Anda ketik masih ada: tekan kirim sekali lagi. "
        "Bila ini terulang, izinkan kuki untuk situs ini, lalu coba lagi."
    )


def _filing_again(request: HttpRequest) -> HttpResponse:
    draft = Draft.read(request.POST)
    step = request.POST.get("langkah", "")
    if request.POST.get("tuju") == "kirim":
        step = PERIKSA
    return step_page(request, as_left(step if step in STEPS else APA, draft), note=_again(), status=403)
