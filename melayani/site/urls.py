# SPDX-License-Identifier: EUPL-1.2
"""All addresses. Pages have language prefixes for other languages; machines have none."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    *i18n_patterns(
        prefix_default_language=False,
    ),
]
