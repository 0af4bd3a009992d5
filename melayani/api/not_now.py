# SPDX-License-Identifier: EUPL-1.2
"""The answer to a machine that cannot be served at this moment, in the form of the interface it called."""

from django.http import HttpResponse

from melayani.api.open311.errors import errors
from melayani.api.open311.formats import CONTENT_TYPES, Format, written
from melayani.api.rest.problems import problem


def not_now(path: str, detail: str) -> HttpResponse | None:
    """A 503 with this one sentence; None when the address is none of the machines'."""
    if path.startswith("/open311/"):
        form = Format.JSON if path.endswith(".json") else Format.XML
        return HttpResponse(written(errors(503, [detail]), form), status=503, content_type=CONTENT_TYPES[form])
    return problem(503, detail) if path.startswith("/api/") else None
