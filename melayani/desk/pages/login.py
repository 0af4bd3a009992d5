# SPDX-License-Identifier: EUPL-1.2
"""Login and logout of officers. Wrong name and wrong password look the same, in words and in time."""

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit, signed_in
from melayani.desk.forms import LoginForm
from melayani.desk.limits import check_address_may_log_in, note_failed_address
from melayani.government.actions import check_login_allowed, note_failed_login
from melayani.government.rules import LoginRefused
from melayani.ground.clock import now

HOME = "desk:work"


def page(request: HttpRequest) -> HttpResponse:
    """The login page; afterwards the officer is at the desk, or at the page that was asked for."""
    wanted = safe_next(request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        return redirect(wanted or HOME) if signed_in(request) else _shown(request, wanted)
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _shown(request, wanted, message=_wrong(), status=400)
    username, at = form.cleaned_data["username"], now()
    try:
        check_address_may_log_in(request, at=at)
        check_login_allowed(username=username, at=at)  # before hashing, which costs a third of a second
    except LoginRefused as refused:
        answer = _shown(request, wanted, message=said_refusal(refused), username=username, status=429)
        answer.headers["Retry-After"] = str(60 * refused.wait_minutes)
        return answer
    officer = auth.authenticate(request, username=username.strip().lower(), password=form.cleaned_data["password"])
    if officer is None:
        note_failed_login(username=username, at=at)
        note_failed_address(request, at=at)
        return _shown(request, wanted, message=_wrong(), username=username, status=400)
    auth.login(request, officer)
    return redirect(wanted or HOME)


def leave(request: HttpRequest, visit: Visit) -> HttpResponse:  # noqa: ARG001  # every page gets its visit
    """The session is over."""
    auth.logout(request)
    return redirect("desk:login")


def safe_next(address: str) -> str:
    """The address if it leads to a page of this site and nowhere else, else empty."""
    relative = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if relative and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""


def _wrong() -> str:
    return gettext("Nama pengguna atau kata sandi tidak cocok. Periksa keduanya, lalu coba lagi.")


def _shown(
    request: HttpRequest, wanted: str, *, message: str = "", username: str = "", status: int = 200
) -> HttpResponse:
    context = {"next": wanted, "message": message, "username": username}
    return render(request, "desk/login.html", context, status=status)
