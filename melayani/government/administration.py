# SPDX-License-Identifier: EUPL-1.2
"""How every act of administration is written: one at a time, by somebody who may, with reason, before and after.

For the rooms above too, whose own acts change reference data. Forms carry the mark of what they showed (`mark_of`), so
that nobody overwrites what another administrator has just changed.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from melayani.government.models import AdministrativeAct, Officer, RoleGrant
from melayani.government.rules import ADMINISTRATION_STREAM, PROVINCE, SYSTEM, NotAdministrator, Role
from melayani.ground.canonical_json import Json, canonical_json
from melayani.ground.errors import Refused
from melayani.ground.plain_text import check_length, plain_line
from melayani.ledger.actions import record
from melayani.ledger.rules import new_salt, text_hash

ADMINISTRATION_LOCK = 0x4D454C42  # an arbitrary but fixed number for PostgreSQL's advisory lock, beside the ledger's
MOST_REASON = 300
LEAST_REASON = 3
# What an act can be about: the name of the first thing its event tells.
SUBJECTS = frozenset(
    {"officer", "unit", "place", "client", "date", "year", "service", "topic", "profile", "rule"}
)  # fmt: skip
Facts = Mapping[str, Json]


class ChangeRefused(Refused):
    """The change says nothing new."""


class MeanwhileRefused(ChangeRefused):
    """Somebody else changed the same thing since the form was shown; nothing was overwritten."""


@contextmanager
def administration() -> Iterator[None]:
    """One short transaction, one act of administration at a time: no gaps and no doubles in sequences and versions."""
    with transaction.atomic():
        _take_turn()
        yield


def _take_turn() -> None:
    """Wait for the other administrative acts; on SQLite the single write lane has seen to it already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADMINISTRATION_LOCK])


def record_administration(
    *,
    kind: str,
    event: Mapping[str, Json],
    by: str,
    at: datetime,
    reason: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> AdministrativeAct:
    """The act is in the administrative stream: its row and its ledger entry, in the transaction of the caller.

    `event`: ids and codes only, first what it is about; who and when are added. Of `before` and `after` only what
    differs is kept. They and `reason` stand beside the event, which holds their salted hashes. Who may is for the
    caller to check; raises `NotAdministrator` when `by` is nobody with an open account.
    """
    _take_turn()
    officer = acting(by)
    highest = AdministrativeAct.objects.aggregate(highest=Max("sequence"))["highest"]
    sequence = 0 if highest is None else highest + 1
    salt = new_salt()
    data: dict[str, Json] = {**event, "at": at.isoformat(), "by": officer.pk if officer else SYSTEM}
    change = differing(before or {}, after or {})
    if reason:
        data["reason"] = text_hash(salt=salt, text=reason)
    if change:
        data["change"] = text_hash(salt=salt, text=canonical_json(change).decode())
    entry = record(stream=ADMINISTRATION_STREAM, sequence=sequence, kind=kind, event=data, salt=salt, at=at)
    return AdministrativeAct.objects.create(
        entry=entry,
        sequence=sequence,
        kind=kind,
        at=at,
        officer=officer,
        data=data,
        about=about_of(kind=kind, event=event),
        reason=reason,
        change=change,
    )


def about_of(*, kind: str, event: Mapping[str, Json]) -> str:
    """What an act is about, "unit:35.07.dishub"; of many things at once only of which kind they are, "place:"."""
    name = next(iter(event), "")
    if name in SUBJECTS:
        return f"{name}:{event[name]}"
    return f"{kind.partition('.')[0].removesuffix('s')}:"


def differing(before: Facts, after: Facts) -> dict[str, Json] | None:
    """What differs, as {"before": {...}, "after": {...}}; None when nothing does."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return None
    return {
        "before": {name: before[name] for name in names if name in before},
        "after": {name: after[name] for name in names if name in after},
    }


def acting(by: str) -> Officer | None:
    """The officer who acts, None for the system; raises `NotAdministrator` when there is no such open account."""
    if by == SYSTEM:
        return None
    officer = Officer.objects.filter(username=by, is_active=True).first()
    if officer is None:
        raise NotAdministrator("acting_unknown", "Akun yang bertindak tidak dikenal atau sudah ditutup.")
    return officer


def check_administrator(by: str, *, region_code: str) -> None:
    """Raises `NotAdministrator` unless the system, or an administrator of the region or of the province, acts."""
    officer = acting(by)
    if officer is None:
        return
    grants = RoleGrant.objects.filter(officer=officer, role=Role.ADMINISTRATOR)
    if not {PROVINCE, region_code}.intersection(grants.values_list("unit__region_id", flat=True)):
        raise NotAdministrator("administrator_only", "Hanya administrator wilayah ini yang dapat melakukannya.")


def checked_reason(reason: str) -> str:
    """The reason on one line; raises `TextRefused` unless it has 3 to 300 letters."""
    said = plain_line(reason)
    check_length(said, least=LEAST_REASON, most=MOST_REASON, name="Alasan")
    return said


def mark_of(facts: Facts) -> str:
    """A short mark of these facts, the same for the same facts: what a form carries about what it showed."""
    return hashlib.sha256(canonical_json(facts)).hexdigest()[:16]


def check_seen(seen: str, facts: Facts) -> None:
    """Raises `MeanwhileRefused` unless the facts are those that were `seen` (a mark; empty = nobody looked)."""
    if seen and seen != mark_of(facts):
        raise MeanwhileRefused("changed_meanwhile", "Data ini baru saja diubah orang lain. Bandingkan dahulu.")


def check_news(before: Facts, after: Facts) -> None:
    """Raises `ChangeRefused` when nothing differs."""
    if before == after:
        raise ChangeRefused("unchanged", "Tidak ada yang berbeda, jadi tidak ada yang disimpan.")
