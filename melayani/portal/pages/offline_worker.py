# SPDX-License-Identifier: EUPL-1.2
"""The worker that a browser keeps for /lapor, so that the form is there when the connection is not.

It lies beside /lapor because a browser lets a worker see only addresses below its own. Its bytes change exactly when
what it keeps changes; that is how a browser notices.
"""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from melayani.portal.pages.offline_form import offline_form

# All that the form needs, by their names in the folder of static files.
FILES = ("site/melayani.css", "site/mark.svg", "portal/draft.js")


@require_safe
def offline_worker_page(request: HttpRequest) -> HttpResponseBase:
    """The script of the worker; a browser asks again each time and gets 304 while nothing has changed."""
    files = [static(name) for name in FILES]
    context = {
        "form": reverse("portal:offline-form"),
        # Each language has a worker of its own, which sweeps away only what it kept itself.
        "ours": f"lapor-{get_language()}-",
        "version": _digest(offline_form().etag, *files),
        "files": files,
    }
    body = render_to_string("portal/offline_worker.js", context).encode()
    answer = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    answer.headers["ETag"] = etag = f'"{_digest(body.decode())}"'
    answer.headers["Cache-Control"] = "no-cache"
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
