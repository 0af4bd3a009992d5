# SPDX-License-Identifier: EUPL-1.2
"""The addresses under /open311/. Each resource has three: `.xml`, `.json`, and none, which answers XML."""

from django.urls import URLPattern, path, re_path

from melayani.api.open311.discovery import show_discovery
from melayani.api.open311.filing import file_request
from melayani.api.open311.openapi import show_openapi
from melayani.api.open311.requests import list_requests, show_request, show_token
from melayani.api.open311.resource import addresses, not_here
from melayani.api.open311.services import list_services, show_definition
from melayani.api.open311.updates import list_updates, post_update

V2 = "open311/v2"

urlpatterns: list[URLPattern] = [
    path("open311/openapi.json", show_openapi, name="open311-openapi"),
    *addresses("open311/discovery", name="open311-discovery", get=show_discovery),
    *addresses(f"{V2}/services", name="open311-services", get=list_services),
    *addresses(f"{V2}/services/<str:code>", name="open311-service", get=show_definition),
    *addresses(f"{V2}/requests", name="open311-requests", get=list_requests, post=file_request),
    *addresses(f"{V2}/requests/<str:number>", name="open311-request", get=show_request),
    *addresses(f"{V2}/tokens/<str:token>", name="open311-token", get=show_token),
    *addresses(f"{V2}/servicerequestupdates", name="open311-updates", get=list_updates, post=post_update),
    re_path(r"^open311/(?P<rest>(?s:.*))\Z", not_here, name="open311-not-here"),
]
