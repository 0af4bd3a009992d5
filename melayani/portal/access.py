# SPDX-License-Identifier: EUPL-1.2
"""Who may see which case: the public a public one, the citizen the own one by its key; all else is as if absent."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from melayani.cases.queries import CitizenView, citizen_case
from melayani.portal.forms import FollowForm


@dataclass(frozen=True)
class Opened:
    """A case that was opened by its key, with number and key in their written form."""

    view: CitizenView
    number: str
    key: str

    @property
    def own(self) -> bool:
        """Whether it is the citizen's key; somebody who joined the case holds a key that only lets them follow it."""
        return not self.view.party


def opened_by_key(form: FollowForm) -> Opened | None:
    """The case that number and key of a valid form open; None when either is wrong, whichever it is."""
    number, key = form.cleaned_data["nomor"], form.cleaned_data["kunci"]
    view = citizen_case(number=number, key=key)
    return None if view is None else Opened(view=view, number=number, key=key)


def not_found(request: HttpRequest) -> Http404:
    """The one way these pages say that something is not there; the page tells what to do next."""
    return Http404(request.path)
