# SPDX-License-Identifier: EUPL-1.2
"""How REST says that something is wrong: problem details for HTTP APIs (RFC 9457) in JSON, for every status."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import ValidationError
from pydantic import BaseModel

from melayani.ground.plain_text import plain_line

MEDIA_TYPE = "application/problem+json"
READING = "GET, HEAD, OPTIONS"
NOT_FOUND = "Alamat atau data ini tidak ada."
BAD_REQUEST = "Permintaan tidak terbaca."
UNKNOWN_FIELD = "Isian ini tidak dikenal."
MOST_TOLD = 20
TITLES: Mapping[int, str] = {
    400: "Permintaan tidak terbaca",
    404: "Tidak ada",
    405: "Cara ini tidak diterima",
    422: "Isian tidak sesuai",
    503: "Belum dapat melayani",
}


def problem(status: int, detail: str, *, errors: Sequence[Mapping[str, str]] = ()) -> HttpResponse:
    """A problem answer; `errors` name the fields that are wrong as {"field", "message"}."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)


def check_no_extras(request: HttpRequest, shape: type[BaseModel]) -> None:
    """Raises ninja's `ValidationError` for fields in the query that the filters do not have.

    The library passes over them, and a filter with a slip of the pen would quietly answer with everything.
    """
    extras = [name for name in request.GET if name not in shape.model_fields][:MOST_TOLD]
    if extras:
        raise ValidationError([{"loc": ("query", plain_line(name)[:80]), "msg": UNKNOWN_FIELD} for name in extras])


def not_allowed(method: str) -> HttpResponse:
    """The 405 for an address that is only read."""
    response = problem(405, f"Alamat ini hanya dapat dibaca. Pakai {READING}, bukan {method}.")
    response.headers["Allow"] = READING
    return response


@csrf_exempt
def not_here(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """The 404 for every other address under /api/."""
    return problem(404, NOT_FOUND)
