# SPDX-License-Identifier: EUPL-1.2
"""English as read in Indonesia: the day comes first. In Django's plain English 05/01/2026 is the 1st of May."""

# A formats module is nothing but its names.
from django.conf.locale.en_GB.formats import *  # type: ignore[import-untyped]  # noqa: F403  # not in the stubs
