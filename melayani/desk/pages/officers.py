# SPDX-License-Identifier: EUPL-1.2
"""Accounts, for administrators: list, new, new password, close. No case text is ever here, only how many."""

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from melayani.cases.actions import deactivate_officer
from melayani.cases.desk_counts import cases_held_by
from melayani.desk.access import Visit
from melayani.desk.forms import OfficerForm, first_error
from melayani.desk.rights import administered_regions
from melayani.desk.words import ROLES
from melayani.government.actions import create_officer, set_password
from melayani.government.queries import UnitRow, place_row, units
from melayani.government.registers import Account, account, accounts
from melayani.government.rules import PROVINCE
from melayani.ground.errors import Refused

# Letters that are not taken for one another when a password is read out or written down.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# Where on the form a refusal belongs; anything else is about the username.
FIELDS = {"role_unknown": "roles", "unit_unknown": "unit", "text_empty": "name", "text_long": "name"}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of the accounts in the regions of this administrator."""
    found = accounts(regions=administered_regions(visit.actor), after=request.GET.get("sesudah", ""))
    context = {"visit": visit, "rows": [(row, _roles(row)) for row in found.rows], "after": found.after}
    return render(request, "desk/officers.html", context)


def _roles(row: Account) -> str:
    """The roles in words; the unit only where it is not the officer's own."""
    return ", ".join(
        f"{ROLES[role]}" if unit == row.unit_name else f"{ROLES[role]} ({unit})" for role, unit in row.roles
    )


def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A form, then the new account with its temporary password, shown this once."""
    if request.method != "POST":
        return _form(request, visit)
    form = OfficerForm(request.POST)
    if not form.is_valid():
        field, message = first_error(form)
        return _form(request, visit, message=message, field=field, status=400)
    data, password = form.cleaned_data, temporary_password()
    try:
        officer = create_officer(
            username=data["username"],
            name=data["name"],
            unit_code=data["unit"],
            password=password,
            roles=data["roles"],
            by=visit.actor.code,
            at=visit.at,
            must_change_password=True,
        )
    except Refused as refused:
        field = FIELDS.get(refused.code, "username")
        return _form(request, visit, message=gettext(refused.message), field=field, status=400)
    return _once(request, visit, username=officer.username, name=officer.name, password=password)


def reset(request: HttpRequest, visit: Visit, *, username: str) -> HttpResponse:
    """Asks first, then shows a temporary password once; the old one no longer works and open sessions end."""
    person = _account_or_404(visit, username)
    if request.method != "POST":
        return render(request, "desk/reset_password.html", {"visit": visit, "person": person})
    password = temporary_password()
    try:
        set_password(username=person.username, password=password, by=visit.actor.code, at=visit.at)
    except Refused as refused:
        messages.error(request, gettext(refused.message))
        return redirect("desk:officers")
    return _once(request, visit, username=person.username, name=person.name, password=password)


def deactivate(request: HttpRequest, visit: Visit, *, username: str) -> HttpResponse:
    """Asks first and says how many cases go back to the unit; then the account is closed."""
    person = _account_or_404(visit, username)
    if request.method != "POST":
        context = {"visit": visit, "person": person, "held": cases_held_by(person.username)}
        return render(request, "desk/deactivate_officer.html", context)
    try:
        handed = deactivate_officer(username=person.username, by=visit.actor, at=visit.at)
    except Refused as refused:
        messages.error(request, gettext(refused.message))
        return redirect("desk:officers")
    said = ngettext(
        "Akun %(name)s ditutup. %(count)s kasus kembali ke unit.",
        "Akun %(name)s ditutup. %(count)s kasus kembali ke unit.",
        handed,
    )
    messages.success(request, said % {"name": person.name, "count": handed})
    return redirect("desk:officers")


def temporary_password() -> str:
    """Fresh and easy to read out: four groups of five letters, about 98 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def _account_or_404(visit: Visit, username: str) -> Account:
    person = account(username=username, regions=administered_regions(visit.actor))
    if person is None or not person.active:
        raise Http404
    return person


def _once(request: HttpRequest, visit: Visit, *, username: str, name: str, password: str) -> HttpResponse:
    context = {"visit": visit, "username": username, "name": name, "password": password}
    return render(request, "desk/password_once.html", context)


def _form(request: HttpRequest, visit: Visit, *, message: str = "", field: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "visit": visit,
        "message": message,
        "field": field,
        "typed": request.POST,
        "typed_roles": request.POST.getlist("roles") if request.method == "POST" else ["officer"],
        "roles": ROLES.items(),
        "unit_groups": _unit_groups(visit),
    }
    return render(request, "desk/new_officer.html", context, status=status)


def _unit_groups(visit: Visit) -> list[tuple[str, list[UnitRow]]]:
    """The active units of the administrator's regions, by region."""
    regions = administered_regions(visit.actor)
    groups: dict[str, list[UnitRow]] = {}
    for unit in units():
        if PROVINCE in regions or unit.region_code in regions:
            groups.setdefault(unit.region_code, []).append(unit)
    return [(place_row(code).full_name, members) for code, members in sorted(groups.items())]
