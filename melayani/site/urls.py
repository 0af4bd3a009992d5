# SPDX-License-Identifier: EUPL-1.2
"""All addresses. Pages have language prefixes for other languages; machines have none."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from melayani.site import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("status/health", pages.health, name="health"),
    path("metrics", pages.metrics, name="metrics"),
    path("robots.txt", pages.robots, name="robots"),
    path(".well-known/security.txt", pages.security_txt, name="security-txt"),
    path("", include("melayani.api.urls")),
    *i18n_patterns(
        path("", include("melayani.portal.urls")),
        path("", include("melayani.desk.urls")),
        prefix_default_language=False,
    ),
]
handler500 = "melayani.site.pages.server_error"
