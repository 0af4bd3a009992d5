# SPDX-License-Identifier: EUPL-1.2
"""Accounts, for administrators: list, new, new password, roles, close. No case text is ever here, only how many."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from melayani.cases.actions import deactivate_officer
from melayani.cases.administration_actions import WORKING_ROLES, take_role
from melayani.cases.administration_queries import cases_held_in
from melayani.cases.desk_counts import cases_held_by
from melayani.cases.wording import said_refusal
from melayani.desk.access import Visit
from melayani.desk.administering import Trouble, administers, query_without, tried, typed_or
from melayani.desk.administration_forms import ReasonForm, RoleForm
from melayani.desk.change_words import told
from melayani.desk.forms import OfficerForm, first_error
from melayani.desk.rights import administered_regions
from melayani.desk.words import ROLES
from melayani.government.actions import create_officer, give_role, set_password
from melayani.government.queries import UnitRow, place_row, regions, unit_row, units
from melayani.government.registers import Account, HeldRole, account, accounts, acts, roles_of
from melayani.government.rules import PROVINCE, region_of
from melayani.ground.errors import Refused

# Letters that are not taken for one another when a password is read out or written down.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# Where on the form a refusal belongs; anything else is about the username.
ROLE_FIELDS = {
    "Alasan": "reason",
    "unit_unknown": "unit",
    "role_held": "role",
    "role_unknown": "role",
    "administrator_only": "unit",
}
FIELDS = {"role_unknown": "roles", "unit_unknown": "unit", "text_empty": "name", "text_long": "name"}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A page of the accounts in the regions of this administrator, by words or by the unit they have a role in."""
    words, unit = request.GET.get("cari", ""), request.GET.get("unit", "")
    found = accounts(
        regions=administered_regions(visit.actor), after=request.GET.get("sesudah", ""), words=words, unit=unit
    )
    context = {
        "visit": visit,
        "rows": [(row, _roles(row)) for row in found.rows],
        "after": found.after,
        "words": words,
        "unit": unit,
        "query": query_without(request, "sesudah"),
    }
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
        return _form(request, visit, message=said_refusal(refused), field=field, status=400)
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
        messages.error(request, said_refusal(refused))
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
        messages.error(request, said_refusal(refused))
        return redirect("desk:officers")
    said = ngettext(
        "Akun %(name)s ditutup. %(count)s kasus kembali ke unit.",
        "Akun %(name)s ditutup. %(count)s kasus kembali ke unit.",
        handed,
    )
    messages.success(request, said % {"name": person.name, "count": handed})
    return redirect("desk:officers")


def roles(request: HttpRequest, visit: Visit, *, username: str) -> HttpResponse:
    """Every role of the account, and a form to give another one; a role that was sent is held from then on."""
    person = _account_or_404(visit, username)
    trouble = None
    if request.method == "POST":

        def give(data: Mapping[str, Any]) -> None:
            give_role(
                username=person.username,
                role=data["role"],
                unit_code=data["unit"],
                reason=data["reason"],
                by=visit.actor.code,
                at=visit.at,
            )

        trouble = tried(RoleForm(request.POST), give, fields=ROLE_FIELDS, otherwise="role")
        if trouble is None:
            messages.success(request, gettext("Peran diberikan dan langsung berlaku."))
            return redirect("desk:officer-roles", username=person.username)
    return _roles_shown(request, visit, person, trouble)


def _roles_shown(request: HttpRequest, visit: Visit, person: Account, trouble: Trouble | None) -> HttpResponse:
    own = person.username == visit.officer.username
    held = roles_of(person.id)
    about = f"officer:{person.id}"
    context = {
        "visit": visit,
        "person": person,
        "own": own,
        "held": [(role, ROLES[role.role], not own and administers(visit, role.region_code)) for role in held],
        "trouble": trouble,
        "typed": typed_or(request, trouble, {}),
        "roles": ROLES.items(),
        **_unit_choice(request, visit, person),
        "changes": told(acts(about=about, limit=5).rows, at=visit.at, regions=administered_regions(visit.actor)),
    }
    return render(request, "desk/officer_roles.html", context, status=trouble.status if trouble else 200)


def _unit_choice(request: HttpRequest, visit: Visit, person: Account) -> dict[str, Any]:
    """The units of one region to choose from: of the unit typed, of the region asked for, else the officer's own."""
    own = administered_regions(visit.actor)
    codes = [PROVINCE, *(row.code for row in regions())] if PROVINCE in own else sorted(own)
    typed = region_of(request.POST.get("unit", ""))
    asked = typed or request.GET.get("wilayah", "") or person.region_code
    region = asked if asked in codes else codes[0]
    return {"region": region, "regions": [place_row(code) for code in codes], "units": units(region)}


def take(request: HttpRequest, visit: Visit, *, username: str) -> HttpResponse:
    """Asks first and says how many cases go back to the unit; then the role is no longer held."""
    person = _account_or_404(visit, username)
    asked = request.POST if request.method == "POST" else request.GET
    held = _held(person, role=asked.get("peran", ""), unit=asked.get("unit", ""))
    if held is None:
        messages.error(request, gettext("Petugas ini tidak lagi memegang peran itu di unit itu."))
        return redirect("desk:officer-roles", username=person.username)
    trouble = None
    if request.method == "POST":
        handed: list[int] = []

        def take_away(data: Mapping[str, Any]) -> None:
            handed.append(
                take_role(
                    username=person.username,
                    role=held.role,
                    unit_code=held.unit_code,
                    reason=data["reason"],
                    by=visit.actor,
                    at=visit.at,
                )
            )

        trouble = tried(ReasonForm(request.POST), take_away, fields={}, otherwise="reason")
        if trouble is None:
            said = ngettext(
                "Peran dicabut. %(count)s kasus kembali ke unit.",
                "Peran dicabut. %(count)s kasus kembali ke unit.",
                handed[0],
            )
            messages.success(request, said % {"count": handed[0]})
            return redirect("desk:officer-roles", username=person.username)
    context = {
        "visit": visit,
        "person": person,
        "held": held,
        "role": ROLES[held.role],
        "handed": _handed_back(person, held),
        "trouble": trouble,
        "typed": typed_or(request, trouble, {}),
    }
    return render(request, "desk/take_role.html", context, status=trouble.status if trouble else 200)


def _held(person: Account, *, role: str, unit: str) -> HeldRole | None:
    return next((held for held in roles_of(person.id) if (held.role, held.unit_code) == (role, unit)), None)


def _handed_back(person: Account, held: HeldRole) -> int:
    """How many open cases go back to the unit when the role is taken: none while another role lets work there."""
    others = {role.role for role in roles_of(person.id) if role.unit_code == held.unit_code} - {held.role}
    if others & set(WORKING_ROLES):
        return 0
    return cases_held_in(officer_id=person.id, unit_id=unit_row(held.unit_code).id)


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
