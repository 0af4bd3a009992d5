# SPDX-License-Identifier: EUPL-1.2
"""Our settings with no middleware and only the addresses of the limits."""

from melayani.site.settings import *  # noqa: F403  # a bare copy is the point

MIDDLEWARE = []
ROOT_URLCONF = "bench.limits"
