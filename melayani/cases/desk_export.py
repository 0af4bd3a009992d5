# SPDX-License-Identifier: EUPL-1.2
"""The rows of a work list for a spreadsheet: what the list shows, as facts, and nothing that tells who filed or wrote.

No contact, no text of a citizen or officer. Rows come in batches, so that a long list costs no more memory than a short
one; how far they go is bounded and said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from melayani.cases.desk_filters import EVERYTHING, WorkFilter
from melayani.cases.desk_queries import WorkList, in_list
from melayani.cases.desk_walks import Selection, listed
from melayani.cases.queries import moment_read
from melayani.cases.rules import Actor
from melayani.government.administration import administration, record_administration

MOST_EXPORTED = 10_000
BATCH = 500
# A filter that hardly anything passes is given up after so many batches, each of which looks at 10,000 cases at most.
MOST_BATCHES = 40


class Form(StrEnum):
    """As what a list can be fetched."""

    CSV = "csv"
    XLSX = "xlsx"


class End(StrEnum):
    """Why the rows end."""

    ALL = "all"  # there are no more
    MOST = "most"  # more than may be exported at once
    FAR = "far"  # the filter was held against very many cases, and there are more


@dataclass(frozen=True)
class ExportRow:
    """One case as facts; names of unit, topic and place as they were when last written."""

    id: int
    number: str
    title: str
    topic_name: str
    place_name: str
    unit_name: str
    officer_name: str
    kind: str
    visibility: str
    stage: str
    outcome: str
    promise_days: int
    promise_basis: str
    paused_days: int
    reopened: int
    joined: int
    broken: bool
    filed_at: datetime
    due_at: datetime
    asked_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None


_NAMES = tuple(field.name for field in fields(ExportRow))
_FIRST_MOMENT, _BROKEN = _NAMES.index("filed_at"), _NAMES.index("broken")
_COLUMNS = Selection(
    columns=", ".join("COALESCE(o.name, '')" if name == "officer_name" else f"c.{name}" for name in _NAMES),
    due=_NAMES.index("due_at"),
    joins=" LEFT JOIN government_officer AS o ON o.id = c.officer_id",
)


@dataclass
class Export:
    """A list on its way out: iterating gives its rows, and afterwards `end` says why they ended."""

    actor: Actor
    which: WorkList
    narrowed: WorkFilter
    at: datetime
    end: End = End.ALL
    count: int = 0

    def __iter__(self) -> Iterator[ExportRow]:
        """At most 10,000 rows in the order of the list; each batch is a read of its own, so nothing is held up."""
        condition = in_list(self.actor, self.which, at=self.at, narrowed=self.narrowed)
        after = ""
        for _batch in range(MOST_BATCHES):
            found = listed(
                selection=_COLUMNS,
                condition=condition,
                newest_first=self.which is WorkList.CLOSED,
                at=self.at,
                after=after,
                limit=min(BATCH, MOST_EXPORTED - self.count),
            )
            self.count += len(found.rows)
            after = found.after
            yield from map(_export_row, found.rows)
            if not after:
                self.end = End.ALL
                return
            if self.count >= MOST_EXPORTED:
                self.end = End.MOST
                return
        self.end = End.FAR


def export_cases(*, actor: Actor, which: WorkList, narrowed: WorkFilter, form: Form, by: str, at: datetime) -> Export:
    """The export is recorded, and its rows can be read.

    Reading one list page is an officer's daily work and is not recorded; carrying ten thousand cases away, secret ones
    among them, is a use of authority. The entry says which list and filter, in codes. Raises `NotAdministrator` when
    `by` has no open account; then nothing was written.
    """
    parts = {part.name: getattr(narrowed, part.name) for part in fields(WorkFilter)}
    chosen = {name: str(value) for name, value in parts.items() if value != getattr(EVERYTHING, name)}
    with administration():
        record_administration(
            kind="cases.exported",
            # The unit is not what the act is about (`administration.about_of`): nothing of it was changed.
            event={"list": which.value, "unit": actor.unit_code, "form": form.value, "filter": chosen},
            by=by,
            at=at,
        )
    return Export(actor=actor, which=which, narrowed=narrowed, at=at)


def _export_row(values: Sequence[Any]) -> ExportRow:
    moments = map(moment_read, values[_FIRST_MOMENT:])
    facts = [*values[:_BROKEN], bool(values[_BROKEN]), *moments]
    return ExportRow(*facts)
