# SPDX-License-Identifier: EUPL-1.2
"""The whole filing form on one page that works without a connection; the worker of the browser keeps it.

It holds nothing of anybody: no token against forgery, no number of a filing. A script makes the number, and fetches a
fresh token when the form is sent; without a script the answer to sending is the same form with a token.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from melayani.cases.wording import PRIVACIES
from melayani.government.queries import regions
from melayani.ground.clock import now
from melayani.portal.forms import LandmarkForm, PersonForm, StoryForm
from melayani.portal.rendered import Rendered, RenderedPages, rendered

PAGES = RenderedPages()


@require_safe
def offline_form_page(request: HttpRequest) -> HttpResponseBase:
    """The empty form, the same for everybody."""
    kept = offline_form()
    answer = HttpResponse(kept.body)
    answer.headers["ETag"] = kept.etag
    answer.headers["Cache-Control"] = "no-cache"
    return get_conditional_response(request, etag=kept.etag, response=answer) or answer


def offline_form() -> Rendered:
    """The page in the language of this moment, with the topics and services of a few minutes ago at most."""
    at = now()
    return PAGES.get((get_language(),), at=at, make=lambda: rendered(body=_made(), at=at))


def _made() -> bytes:
    context = {
        "story": StoryForm(),
        "landmark": LandmarkForm(),
        "form": PersonForm(),
        "privacies": [(value, name, help_) for value, (name, help_) in PRIVACIES.items()],
        "regions": regions(),
    }
    return render_to_string("portal/offline_form.html", context).encode()
