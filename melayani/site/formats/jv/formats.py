# SPDX-License-Identifier: EUPL-1.2
"""Javanese, which Django does not know: numbers and dates are written as in Indonesian."""

# A formats module is nothing but its names.
from django.conf.locale.id.formats import *  # type: ignore[import-untyped]  # noqa: F403  # not in the stubs
