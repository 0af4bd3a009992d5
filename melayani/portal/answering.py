# SPDX-License-Identifier: EUPL-1.2
"""How a page answers: rendered with the request, and kept by nobody when it holds what one person typed or may read."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from melayani.cases.wording import said_refusal
from melayani.ground.errors import Refused


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    private: bool = False,
) -> HttpResponse:
    """The page `portal/<template>.html`. `private`: no cache and no search engine keeps it."""
    answer = render(request, f"portal/{template}.html", dict(context), status=status)
    return kept_by_nobody(answer) if private else answer


def kept_by_nobody(answer: HttpResponse) -> HttpResponse:
    """The answer with the headers that forbid keeping and indexing it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def said(refusal: Refused) -> str:
    """What the refusal tells the person, in the language of the page where there is a translation."""
    return said_refusal(refusal)
