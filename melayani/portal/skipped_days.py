# SPDX-License-Identifier: EUPL-1.2
"""The days a promise does not count, in one sentence: weekends as a number, holidays by date and name."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def skipped_in_words(skipped: Iterable[tuple[date, str]]) -> str:
    """ "6 hari Sabtu dan Minggu; Jumat, 16 Januari (Isra Mikraj)"; empty when every day counts."""
    days = list(skipped)
    weekends = sum(1 for day, _reason in days if day.weekday() >= 5)
    said = []
    if weekends:
        said.append(
            ngettext("%(count)d hari Sabtu atau Minggu", "%(count)d hari Sabtu dan Minggu", weekends)
            % {"count": weekends}
        )
    said += [
        _("%(day)s (%(reason)s)") % {"day": date_format(day, "l, j F"), "reason": reason}
        for day, reason in days
        if day.weekday() < 5
    ]
    return "; ".join(said)
