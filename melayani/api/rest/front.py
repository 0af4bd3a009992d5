# SPDX-License-Identifier: EUPL-1.2
"""The frame around every REST call: one API object, refusals as problems, reading only.

No documentation page is served: the library's own would load scripts from elsewhere. The OpenAPI description is there.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from melayani.api.rest.problems import BAD_REQUEST, MEDIA_TYPE, NOT_FOUND, READING, not_allowed, problem
from melayani.ground.errors import Refused

PREFIX = "api/v1/"


class RestApi(NinjaAPI):
    """django-ninja, with problems described as what they are."""

    def get_openapi_schema(
        self,
        *,
        path_prefix: str | None = None,
        path_params: dict[str, Any] | None = None,
    ) -> OpenAPISchema:
        """The description; answers that are not successes carry problem details."""
        schema = super().get_openapi_schema(path_prefix=path_prefix or f"/{PREFIX}", path_params=path_params)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        return schema


rest_api = RestApi(
    title="Melayani",
    version="1",
    description="Kasus, layanan, tempat, dan unit yang terbuka untuk umum. Hanya untuk dibaca.",
    urls_namespace="rest",
    docs_url=None,
)


def _refused(request: HttpRequest, refused: Refused | type[Refused]) -> HttpResponse:  # noqa: ARG001  # ninja's shape
    """What the address names does not exist; the shape of filters was checked before."""
    return problem(404, refused.message if isinstance(refused, Refused) else NOT_FOUND)


def _not_valid(request: HttpRequest, wrong: ValidationError | type[ValidationError]) -> HttpResponse:  # noqa: ARG001  # ninja's shape
    """Every field that is wrong; what was typed is not repeated."""
    found = wrong.errors if isinstance(wrong, ValidationError) else []
    errors = [{"field": str(error["loc"][-1]), "message": str(error["msg"])} for error in found]
    return problem(422, "Periksa isian yang disebut di errors.", errors=errors)


def _not_found(request: HttpRequest, wrong: Http404 | type[Http404]) -> HttpResponse:  # noqa: ARG001  # ninja's shape
    return problem(404, NOT_FOUND)


def _http_error(request: HttpRequest, wrong: HttpError | type[HttpError]) -> HttpResponse:  # noqa: ARG001  # ninja's shape
    return problem(wrong.status_code if isinstance(wrong, HttpError) else 400, BAD_REQUEST)


def _suspicious(request: HttpRequest, wrong: SuspiciousOperation | type[SuspiciousOperation]) -> HttpResponse:  # noqa: ARG001  # ninja's shape
    return problem(400, BAD_REQUEST)


rest_api.add_exception_handler(Refused, _refused)
rest_api.add_exception_handler(ValidationError, _not_valid)
rest_api.add_exception_handler(Http404, _not_found)
rest_api.add_exception_handler(HttpError, _http_error)
rest_api.add_exception_handler(SuspiciousOperation, _suspicious)


def read_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """GET and HEAD reach the call, other methods get a problem; what is public may be read by scripts of every site."""

    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        method = request.method or ""
        if method in ("GET", "HEAD"):
            request.method = "GET"
            response = view(request, *args, **kwargs)
            request.method = method
        elif method == "OPTIONS":
            response = HttpResponse(status=204, headers={"Allow": READING})
        else:
            return not_allowed(method)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = READING
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    handle.csrf_exempt = True  # type: ignore[attr-defined]  # how Django marks a view; it only reads
    return handle
