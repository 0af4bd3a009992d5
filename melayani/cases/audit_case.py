# SPDX-License-Identifier: EUPL-1.2
"""Auditing one case: its leaves, its history, and every column that repeats or caches what its events say.

A difference is told as (sequence of the act or None, column). What is sealed, shown or attached: `audit_content`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from melayani.cases.audit_rows import CaseRows, Codes, EventRow, Row, data_of, moment_of
from melayani.cases.erasing import KEPT
from melayani.cases.life import CaseState, Happened, first_state, next_state
from melayani.cases.rules import EventKind, Visibility
from melayani.cases.store import default_title
from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ledger.auditing import EntryRow, hashed, leaf_differences
from melayani.ledger.sealing import batch_after

Found = tuple[int | None, str]
# A public entry is sealed at the next seal, a secret one with its batch; both within this time.
PATIENCE = timedelta(seconds=60)
# What reading a row that somebody wrote into raises, whatever was written.
UNREADABLE = (Refused, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)

# Columns of the case and what the filing says of them.
_AS_FILED = {
    "number": "number",
    "channel": "channel",
    "identity": "identity",
    "visibility": "visibility",
    "kind": "kind",
    "place_id": "place",
    "imported": "imported",
    "rule_code": "rule",
    "rule_version": "rule_version",
    "promise_days": "days",
    "promise_basis": "basis",
    "calendar_version": "calendar",
}
# Columns that cache the fold, by the name they have in it.
_FOLDED = ("stage", "outcome", "proposed", "officer_id", "paused_days", "referred_to", "reopened", "broken",
           "confirmed", "joined")  # fmt: skip
_MOMENTS = ("due_at", "filed_at", "unit_since", "asked_at", "answered_at", "closed_at")


@dataclass(frozen=True)
class Act:
    """An event as the audit sees it: its row and its data, read once."""

    row: EventRow
    said: Mapping[str, Json]


@dataclass(frozen=True)
class Reading:
    """A case that was read: its rows, its acts, and where its erasure stands (None: it was not erased)."""

    rows: CaseRows
    acts: Sequence[Act]
    erased_by: int | None
    at: datetime

    def is_erased(self, sequence: int) -> bool:
        """Whether the erasure destroyed what act `sequence` said."""
        return self.erased_by is not None and sequence < self.erased_by

    def has_lost(self, act: Act) -> bool:
        """Whether the erasure destroyed the salt of the act."""
        return self.is_erased(act.row.sequence) and act.row.entry.salt is None


def read_case(rows: CaseRows, *, at: datetime) -> Reading:
    """The case, ready to compare; `at` is now."""
    acts = [Act(row=row, said=data_of(row.data) or {}) for row in rows.events]
    erasing = [
        act.row.sequence
        for act in acts
        if act.row.kind == EventKind.ERASED and act.row.entry.id is not None and act.row.entry.salt is not None
        and not is_overdue(act.row.entry, at=at) and not is_of_tomorrow(act.row.entry, at=at)
    ]  # fmt: skip
    return Reading(rows=rows, acts=acts, erased_by=erasing[0] if erasing else None, at=at)


def is_overdue(entry: EntryRow, *, at: datetime) -> bool:
    """Whether the entry should be in the tree by now and is not."""
    if entry.leaf_index is not None:
        return False
    recorded = datetime.fromtimestamp(entry.recorded_at, tz=UTC)
    return at > (batch_after(recorded) if entry.sealed else recorded) + PATIENCE


def is_of_tomorrow(entry: EntryRow, *, at: datetime) -> bool:
    """Whether the entry says that it was recorded later than now: it would wait for its place in the tree for ever."""
    return entry.recorded_at > at.timestamp() + PATIENCE.total_seconds()


def history_differences(reading: Reading, *, codes: Codes) -> Iterator[Found]:
    """Leaves, rows of events and the columns of the case against the history."""
    state: CaseState | None = None
    whole = True
    for place, act in enumerate(reading.acts):
        if act.row.sequence != place:
            yield act.row.sequence, "sequence"
        if whole:
            try:
                happened = Happened(kind=act.row.kind, at=_moment(act.said["at"]), data=act.said)
                state = first_state(happened) if state is None else next_state(state, happened)
            except UNREADABLE:
                # A history that cannot be: this act cannot follow, or does not say what it must.
                whole = False
                yield act.row.sequence, "data"
        yield from ((act.row.sequence, column) for column in _act_differences(reading, act, state if whole else None))
    if not reading.acts:
        yield None, "events"
        return
    yield from ((None, column) for column in _filed_differences(reading, codes))
    if state is not None and whole:
        yield from ((None, column) for column in _folded_differences(reading, state, codes))
    yield from ((None, column) for column in _title_differences(reading, codes))


def _act_differences(reading: Reading, act: Act, state: CaseState | None) -> Iterator[str]:
    """The columns of an event and of its entry that do not agree with each other, the data or the leaf."""
    row, entry, said = act.row, act.row.entry, act.said
    if entry.id is None:
        yield "entry"
        return
    yield from _erasure_differences(reading, act)
    yield from leaf_differences(entry, data=said)
    if is_overdue(entry, at=reading.at):
        yield "leaf_index"
    if is_of_tomorrow(entry, at=reading.at):
        yield "recorded_at"
    if entry.stream != reading.rows.case["stream"]:
        yield "stream"
    if entry.sequence != row.sequence:
        yield "sequence"
    if entry.kind != row.kind:
        yield "kind"
    if entry.sealed != (reading.rows.case["visibility"] == Visibility.SECRET):
        yield "sealed"
    if state is not None and entry.unit_code != state.unit:
        yield "unit_code"
    yield from _moment_differences(row, said)
    if row.officer_id != said.get("acting"):
        yield "officer"


def _erasure_differences(reading: Reading, act: Act) -> Iterator[str]:
    """What was destroyed was destroyed by an erasure, and an erasure left nothing."""
    erased = reading.is_erased(act.row.sequence)
    if (act.row.entry.salt is None) != erased:
        yield "salt"
    if erased and not act.said.keys() <= KEPT:
        yield "data"


def _moment_differences(row: EventRow, said: Mapping[str, Json]) -> Iterator[str]:
    at = moment_of(row.at)
    if at is None or at != _moment(said.get("at")):
        yield "at"
    elif row.entry.recorded_at < int(at.timestamp()) or (
        not said.get("imported") and row.entry.recorded_at != int(at.timestamp())
    ):
        # An act is recorded when it happens, unless a past one is brought in.
        yield "recorded_at"


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def _filed_differences(reading: Reading, codes: Codes) -> Iterator[str]:
    """The columns that repeat what the filing said, and what the desk said since about the subject."""
    case, filed = reading.rows.case, reading.acts[0].said
    for column, name in _AS_FILED.items():
        if case[column] != filed.get(name):
            yield column.removesuffix("_id")
    if codes.units.get(case["desk_id"]) != filed.get("desk"):
        yield "desk"
    if _code(codes.clients, case["client_id"]) != filed.get("client"):
        yield "client"
    topic, service = filed.get("topic"), filed.get("service")
    for act in reading.acts:
        if act.row.kind == EventKind.ASSIGNED and act.said.get("topic"):
            topic, service = act.said.get("topic"), act.said.get("service")
    if (case["topic_id"] or "") != topic:
        yield "topic"
    if (_code(codes.services, case["service_id"]) or "") != service:
        yield "service"


def _code(codes: Mapping[int, str], row: int | None) -> str | None:
    """The code of the row; None for none. One that is not there is no code that anything says."""
    return None if row is None else codes.get(row, "?")


def _folded_differences(reading: Reading, state: CaseState, codes: Codes) -> Iterator[str]:
    """The columns that cache the fold of the events."""
    case = reading.rows.case
    for column in _FOLDED:
        expected: Any = getattr(state, column)
        if expected is None and column != "officer_id":
            expected = ""
        if case[column] != expected:
            yield column.removesuffix("_id")
    for column in _MOMENTS:
        if moment_of(case[column]) != getattr(state, column) or (case[column] is None) != (
            getattr(state, column) is None
        ):
            yield column
    if codes.units.get(case["unit_id"]) != state.unit:
        yield "unit"
    if case["version"] != len(reading.acts):
        yield "version"
    if moment_of(case["updated_at"]) != max(_moment(act.said["at"]) for act in reading.acts):
        yield "updated_at"
    erased_at = None if reading.erased_by is None else _moment(reading.acts[reading.erased_by].said["at"])
    if moment_of(case["erased_at"]) != erased_at or (case["erased_at"] is None) != (erased_at is None):
        yield "erased_at"


def _title_differences(reading: Reading, codes: Codes) -> Iterator[str]:
    """The title is what the last release of the filing says, else subject and place."""
    case = reading.rows.case
    # A place may have been renamed between the filing and the last title.
    names = {str(case["place_name"]).split(",", 1)[0], codes.places.get(case["place_id"], "")}
    plain = {default_title(topic_name=case["topic_name"], place=name) for name in names}
    if case["title"] in plain and _may_be_plain(reading):
        return
    release = _title_of(reading.acts)
    if release is None or not _says(release, case):
        yield "title"


def _may_be_plain(reading: Reading) -> bool:
    """Whether the title follows the subject: nobody gave it one, or a new subject came after that."""
    release = _title_of(reading.acts)
    if release is None or reading.erased_by is not None:
        return True
    return _says(release, reading.rows.case) or any(
        act.row.kind == EventKind.ASSIGNED and act.said.get("topic")
        for act in reading.acts
        if act.row.sequence > release.row.sequence
    )


def _title_of(acts: Sequence[Act]) -> Act | None:
    """The release that gave the case the title it has; None when there is none, or it was taken back."""
    given: Act | None = None
    for act in acts:
        if act.said.get("of") == 0 and act.row.kind in (EventKind.RELEASED, EventKind.HELD):
            given = act if act.row.kind == EventKind.RELEASED else None
    return given


def _says(release: Act, case: Row) -> bool:
    salt = release.row.entry.salt
    return salt is not None and release.said.get("title") == hashed(salt, str(case["title"]))
