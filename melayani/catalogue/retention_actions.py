# SPDX-License-Identifier: EUPL-1.2
"""How long closed cases are kept, set by an administrator with the source that says so, as an entry of its own."""

from datetime import datetime

from django.db import transaction

from melayani.catalogue.models import Limit
from melayani.catalogue.rules import MOST_KEPT_DAYS, RETENTION, CatalogueRefused
from melayani.government.administration import (
    Facts,
    administration,
    check_administrator,
    check_news,
    record_administration,
)
from melayani.government.rules import PROVINCE, Confidence
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line


def set_retention(*, days: int, source: str, by: str, at: datetime) -> Limit:
    """Closed cases are kept for `days` calendar days; 0 = for as long as nobody sets another period.

    `source` is the decree or the schedule of the archive that says so. `by`: the username of an administrator of the
    province, or "system". Raises `CatalogueRefused`, `TextRefused`, `ChangeRefused` or `NotAdministrator`; then nothing
    was written.
    """
    named = plain_line(source)
    check_length(named, least=3, most=200, name="Sumber")
    if not 0 <= days <= MOST_KEPT_DAYS:
        raise CatalogueRefused(
            "days_range", "Jumlah hari harus %(least)s sampai %(most)s.", least=0, most=MOST_KEPT_DAYS
        )
    with transaction.atomic(), administration():
        check_administrator(by, region_code=PROVINCE)
        kept = Limit.objects.select_for_update().get(code=RETENTION)
        before = _facts(kept)
        # Named by the archive of this instance: read at its source, no longer a default of the program.
        kept.days, kept.source, kept.confidence = days, named, Confidence.A
        after = _facts(kept)
        check_news(before, after)
        kept.save(update_fields=["days", "source", "confidence"])
        record_administration(
            kind="catalogue.retention_set", event={"days": days}, by=by, at=at, reason=named, before=before, after=after
        )
    forget_all()
    return kept


def _facts(kept: Limit) -> Facts:
    return {"days": kept.days, "source": kept.source, "confidence": kept.confidence}
