# SPDX-License-Identifier: EUPL-1.2
"""Other systems, for administrators: register one and show its key once, renew the key, turn a system off and on."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext

from melayani.cases.administration_queries import MOST_PAST, last_filings
from melayani.desk.access import Visit
from melayani.desk.administering import administers, denied, tried, typed_or
from melayani.desk.administration_forms import NewClientForm, ReasonForm, StateForm
from melayani.desk.words import moment_words
from melayani.government.reference_actions import create_client, disable_client, enable_client, renew_client_key
from melayani.government.reference_queries import ClientRecord, client_record, clients
from melayani.government.rules import PROVINCE
from melayani.ground.plain_text import plain_line

NEW_FIELDS = {"Nama": "name"}


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All other systems, and when each last filed a case, as far as the newest cases tell."""
    last = last_filings()
    rows = [(row, moment_words(last[row.id], at=visit.at) if row.id in last else "") for row in clients()]
    context = {
        "visit": visit,
        "rows": rows,
        "may": administers(visit, PROVINCE),
        "most": number_format(MOST_PAST, force_grouping=True),
    }
    return render(request, "desk/clients.html", context)


def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A form, then the key of the new system, shown this once."""
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":
        keys: list[str] = []

        def create(data: Mapping[str, Any]) -> None:
            keys.append(create_client(code=data["code"], name=data["name"], by=visit.actor.code, at=visit.at))

        trouble = tried(NewClientForm(request.POST), create, fields=NEW_FIELDS, otherwise="code")
        if trouble is None:
            return _once(request, visit, name=plain_line(request.POST["name"]), key=keys[0])
    context = {"visit": visit, "trouble": trouble, "typed": typed_or(request, trouble, {})}
    return render(request, "desk/new_client.html", context, status=trouble.status if trouble else 200)


def key(request: HttpRequest, visit: Visit, *, client: str) -> HttpResponse:
    """Asks first, then shows a new key once; the old one no longer opens anything."""
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    found = _client_or_404(client)
    trouble = None
    if request.method == "POST":
        keys: list[str] = []

        def renew(data: Mapping[str, Any]) -> None:
            keys.append(renew_client_key(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at))

        trouble = tried(ReasonForm(request.POST), renew, fields={}, otherwise="reason")
        if trouble is None:
            return _once(request, visit, name=found.name, key=keys[0])
    context = {"visit": visit, "client": found, "trouble": trouble, "typed": typed_or(request, trouble, {})}
    return render(request, "desk/client_key.html", context, status=trouble.status if trouble else 200)


def state(request: HttpRequest, visit: Visit, *, client: str) -> HttpResponse:
    """Asks before a system is turned off, or on again; then it is done."""
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    found = _client_or_404(client)
    trouble = None
    if request.method == "POST":

        def change(data: Mapping[str, Any]) -> None:
            act = disable_client if data["to"] == "closed" else enable_client
            act(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at)

        trouble = tried(StateForm(request.POST), change, fields={}, otherwise="reason")
        if trouble is None:
            off = request.POST["to"] == "closed"
            messages.success(request, gettext("Sistem dimatikan.") if off else gettext("Sistem dinyalakan."))
            return redirect("desk:clients")
        found = _client_or_404(client)
    context = {"visit": visit, "client": found, "trouble": trouble, "typed": typed_or(request, trouble, {})}
    return render(request, "desk/client_state.html", context, status=trouble.status if trouble else 200)


def _once(request: HttpRequest, visit: Visit, *, name: str, key: str) -> HttpResponse:
    return render(request, "desk/client_key_once.html", {"visit": visit, "name": name, "key": key})


def _client_or_404(code: str) -> ClientRecord:
    found = client_record(code)
    if found is None:
        raise Http404
    return found
