# SPDX-License-Identifier: EUPL-1.2
"""What this service is, what it promises, by which qualities and values it is judged, and which aims it serves."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.cases.rules import SILENCE
from melayani.catalogue.queries import active_profile, limit, programmes
from melayani.ground.clock import jakarta, now
from melayani.portal.answering import page
from melayani.portal.forms import KIND_CHOICES
from melayani.portal.mandate import QUALITIES, VALUES, VALUES_SOURCE


@require_safe
def about_page(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody; promises and programmes are those in force today."""
    profile = active_profile()
    in_force = programmes(jakarta(now()).date())
    context = {
        "profile": profile,
        "promises": [(name, profile.clocks[kind]) for kind, name in KIND_CHOICES if kind in profile.clocks],
        "silence_days": limit(SILENCE).days,
        "qualities": QUALITIES,
        "values": VALUES,
        "values_source": VALUES_SOURCE,
        "programmes": in_force,
        "programme_set": in_force[0] if in_force else None,
    }
    return page(request, "about", context)
