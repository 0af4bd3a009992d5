# SPDX-License-Identifier: EUPL-1.2
"""What is promised within how many days, and how sure that number is; for administrators, to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from melayani.cases.wording import KINDS
from melayani.catalogue.queries import ProfileRow, profiles, services, topic_row
from melayani.catalogue.rules import FIELD_CHECK
from melayani.desk.access import Visit
from melayani.desk.words import BASES
from melayani.government.rules import Confidence


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The profiles with their clocks, and the services that promise something of their own."""
    own = [
        (service, topic_row(service.topic).name, BASES[service.promise_basis])
        for service in services(also_closed=True)
        if service.promise_days is not None
    ]
    context = {
        "visit": visit,
        "profiles": [(profile, _clocks(profile)) for profile in profiles()],
        "services": own,
        "unsure": Confidence.C,
        "without": sum(service.promise_days is None for service in services(also_closed=True)),
    }
    return render(request, "desk/promises.html", context)


def _clocks(profile: ProfileRow) -> list[tuple[object, object, object]]:
    """The clocks of a profile with the names of kind and basis."""
    names = {**KINDS, FIELD_CHECK: _("Pengaduan yang perlu diperiksa di lapangan")}
    return [(clock, names.get(kind, kind), BASES[clock.basis]) for kind, clock in profile.clocks.items()]
