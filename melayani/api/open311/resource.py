# SPDX-License-Identifier: EUPL-1.2
"""The frame around every Open311 call: methods, formats, refusals. A call itself only reads, acts once and answers."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from melayani.api.open311.errors import error_answer, errors
from melayani.api.open311.formats import CONTENT_TYPES, Answer, Format, written
from melayani.ground.errors import Refused

Call = Callable[..., Answer]


def addresses(route: str, *, name: str, get: Call, post: Call | None = None) -> list[URLPattern]:
    """The addresses of a resource: with `.xml`, with `.json`, and without a suffix, which answers XML."""
    view = _view({"GET": get, "HEAD": get, **({"POST": post} if post else {})})
    return [
        path(f"{route}.xml", view, {"form": Format.XML}, name=f"{name}-xml"),
        path(f"{route}.json", view, {"form": Format.JSON}, name=f"{name}-json"),
        path(route, view, {"form": Format.XML}, name=name),
    ]


def _view(calls: Mapping[str, Call]) -> Callable[..., HttpResponse]:
    allow = ", ".join([*calls, "OPTIONS"])

    # Clients have no session here: the key in the form is their only right, so there is nothing to forge.
    @csrf_exempt
    def view(request: HttpRequest, form: Format, **names: Any) -> HttpResponse:
        method = request.method or ""
        if method == "OPTIONS":
            return _shared(HttpResponse(status=204, headers={"Allow": allow}), allow)
        call = calls.get(method)
        if call is None:
            answer = errors(405, [f"Alamat ini tidak menerima {method}. Pakai {allow}."])
            return _response(answer, form, headers={"Allow": allow})
        try:
            answer = call(request, **names)
        except Refused as refused:
            answer = error_answer(refused)
        response = _response(answer, form)
        return response if method == "POST" else _shared(response, allow)

    return view


@csrf_exempt
def not_here(request: HttpRequest, rest: str = "") -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """Every other address under /open311/: 404 in the format of its suffix."""
    form = Format.JSON if rest.endswith(".json") else Format.XML
    return _response(errors(404, ["Alamat ini tidak ada."]), form)


def _response(answer: Answer, form: Format, headers: Mapping[str, str] | None = None) -> HttpResponse:
    more = {**answer.headers, **(headers or {})}
    return HttpResponse(written(answer, form), status=answer.status, content_type=CONTENT_TYPES[form], headers=more)


def _shared(response: HttpResponse, allow: str) -> HttpResponse:
    """What is public may be read by scripts of every site. It changes at any moment, so nobody keeps it unasked."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = allow.replace("POST, ", "")
    response.headers["Cache-Control"] = "no-cache"
    return response
