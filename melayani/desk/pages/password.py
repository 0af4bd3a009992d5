# SPDX-License-Identifier: EUPL-1.2
"""Officers change their own password; who got a temporary one must, before anything else."""

from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.desk.forms import PasswordForm
from melayani.government.actions import check_login_allowed, note_failed_login, set_password
from melayani.ground.errors import Refused


class PasswordRefused(Refused):
    """The old password is wrong, or the new one was typed in two ways."""


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form; afterwards the new password holds, this session goes on and all others have ended."""
    if request.method != "POST":
        return _shown(request, visit)
    form = PasswordForm(request.POST)
    try:
        if not form.is_valid():
            raise PasswordRefused("password_form", gettext("Kata sandi terlalu panjang."))
        _change(request, visit, **form.cleaned_data)
    except Refused as refused:
        return _shown(request, visit, message=said_refusal(refused), field=_field_of(refused), status=400)
    messages.success(request, gettext("Kata sandi Anda sudah diganti."))
    return redirect("desk:work")


def _change(request: HttpRequest, visit: Visit, *, old: str, new: str, again: str) -> None:
    username = visit.officer.username
    check_login_allowed(username=username, at=visit.at)
    if auth.authenticate(request, username=username, password=old) is None:
        note_failed_login(username=username, at=visit.at)
        raise PasswordRefused("old", gettext("Kata sandi lama tidak cocok."))
    if new != again:
        raise PasswordRefused("again", gettext("Kata sandi baru yang kedua tidak sama dengan yang pertama."))
    if new == old:
        raise PasswordRefused("new", gettext("Kata sandi baru harus berbeda dari yang lama."))
    officer = set_password(username=username, password=new, by=username, at=visit.at)
    auth.login(request, officer)  # a new session under the new password; all others no longer match


def _field_of(refused: Refused) -> str:
    return refused.code if refused.code in ("old", "again") else "new"


def _shown(
    request: HttpRequest, visit: Visit, *, message: str = "", field: str = "", status: int = 200
) -> HttpResponse:
    context = {"visit": visit, "message": message, "field": field}
    return render(request, "desk/password.html", context, status=status)
