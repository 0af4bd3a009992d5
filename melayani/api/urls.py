# SPDX-License-Identifier: EUPL-1.2
"""The addresses for machines: Open311 and REST. They have no language prefix."""

from django.urls import URLPattern, URLResolver, re_path

from melayani.api.ledger.urls import urlpatterns as ledger
from melayani.api.open311.urls import urlpatterns as open311
from melayani.api.rest.problems import not_here
from melayani.api.rest.urls import urlpatterns as rest

app_name = "api"

urlpatterns: list[URLPattern | URLResolver] = [
    *open311,
    *ledger,
    *rest,
    re_path(r"^api/(?P<rest>(?s:.*))\Z", not_here, name="rest-not-here"),
]
