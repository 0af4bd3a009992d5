# SPDX-License-Identifier: EUPL-1.2
"""The page that asks for number and key, and the one answer when they open nothing."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from melayani.portal.answering import page
from melayani.portal.forms import FollowForm
from melayani.portal.limits import note_wrong_key


def ask_for_key(
    request: HttpRequest,
    form: FollowForm,
    *,
    problems: list[tuple[str, str]] | None = None,
    note: str = "",
    kept: tuple[tuple[str, str], ...] = (),
    status: int = 200,
) -> HttpResponse:
    """The page that asks for number and key; `kept` are texts typed before that must not be lost."""
    context = {"form": form, "problems": problems or [], "note": note, "kept": kept}
    return page(request, "follow_case", context, status=status, private=True)


def not_opened(request: HttpRequest, form: FollowForm) -> HttpResponse:
    """The one answer to an unknown number and to a wrong key; the try counts (`limits`)."""
    note_wrong_key(request, form.cleaned_data["nomor"])
    problem = _("Nomor dan kunci ini tidak membuka kasus apa pun. Periksa keduanya pada tanda terima Anda.")
    return ask_for_key(request, form, problems=[("nomor", problem)], status=404)
