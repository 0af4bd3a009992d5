# SPDX-License-Identifier: EUPL-1.2
"""What is promised within how many days, and how sure that number is; for administrators, who choose the profile."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from melayani.cases.wording import KINDS
from melayani.catalogue.actions import activate_profile
from melayani.catalogue.queries import ProfileRow, profiles, services, topic_row
from melayani.catalogue.rules import FIELD_CHECK
from melayani.desk.access import Visit
from melayani.desk.administering import administers, denied, tried, typed_or
from melayani.desk.administration_forms import ReasonForm
from melayani.government.rules import PROVINCE, Confidence


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The profiles with their clocks, and the services that promise something of their own."""
    own = [
        (service, topic_row(service.topic).name)
        for service in services(also_closed=True)
        if service.promise_days is not None
    ]
    context = {
        "visit": visit,
        "profiles": [(profile, _clocks(profile)) for profile in profiles()],
        "services": own,
        "unsure": Confidence.C,
        "may": administers(visit, PROVINCE),
        "without": sum(service.promise_days is None for service in services(also_closed=True)),
    }
    return render(request, "desk/promises.html", context)


def _clocks(profile: ProfileRow) -> list[tuple[object, object]]:
    """The clocks of a profile with the names of their kinds."""
    names = {**KINDS, FIELD_CHECK: _("Pengaduan yang perlu diperiksa di lapangan")}
    return [(clock, names.get(kind, kind)) for kind, clock in profile.clocks.items()]


def activate(request: HttpRequest, visit: Visit, *, profile: str) -> HttpResponse:
    """Asks first; then new cases are promised by this profile, and by no other."""
    found = next((row for row in profiles() if row.code == profile), None)
    if found is None:
        raise Http404
    if not administers(visit, PROVINCE):
        return denied(request, visit)
    trouble = None
    if request.method == "POST":

        def choose(data: Mapping[str, Any]) -> None:
            activate_profile(code=found.code, reason=data["reason"], by=visit.actor.code, at=visit.at)

        trouble = tried(ReasonForm(request.POST), choose, fields={}, otherwise="reason")
        if trouble is None:
            messages.success(request, _("Profil dipakai. Kasus yang sudah masuk tetap dengan janji lamanya."))
            return redirect("desk:promises")
    context = {
        "visit": visit,
        "profile": found,
        "clocks": _clocks(found),
        "trouble": trouble,
        "typed": typed_or(request, trouble, {}),
    }
    return render(request, "desk/activate_profile.html", context, status=trouble.status if trouble else 200)
