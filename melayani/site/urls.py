# SPDX-License-Identifier: EUPL-1.2
"""All addresses. Pages have language prefixes for other languages; machines have none."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from melayani.site import pages

OTHER_LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

urlpatterns: list[URLPattern | URLResolver] = [
    path("status/health", pages.health, name="health"),
    path("metrics", pages.metrics, name="metrics"),
    path("robots.txt", pages.robots, name="robots"),
    path(".well-known/security.txt", pages.security_txt, name="security-txt"),
    # Addresses end without a slash everywhere but here, where the prefix of a language ends.
    *(path(code, RedirectView.as_view(url=f"/{code}/")) for code in OTHER_LANGUAGES),
    path("", include("melayani.api.urls")),
    *i18n_patterns(
        path("", include("melayani.portal.urls")),
        path("", include("melayani.desk.urls")),
        prefix_default_language=False,
    ),
]
handler500 = "melayani.site.pages.server_error"
