# SPDX-License-Identifier: EUPL-1.2
"""The addresses under /api/v1/, each behind the reading frame."""

from django.urls import URLPattern, path

from melayani.api.rest import cases, reference
from melayani.api.rest.front import PREFIX, read_only, rest_api

rest_api.add_router("", cases.router)
rest_api.add_router("", reference.router)

# The library's root page only points to a documentation page, which is not served.
urlpatterns: list[URLPattern] = [
    path(f"{PREFIX}{pattern.pattern}", read_only(pattern.callback), name=f"rest-{str(pattern.name).replace('_', '-')}")
    for pattern in rest_api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]
