# SPDX-License-Identifier: EUPL-1.2
"""Similar open cases beside the one an officer reads, asked for by a link: most pages are read without them."""

from dataclasses import dataclass

from melayani.cases.queries import CaseRow
from melayani.cases.similar import similar_cases
from melayani.cases.wording import Words, state_words
from melayani.desk.access import Visit
from melayani.desk.words import SHAPES, day_words
from melayani.government.queries import unit_row


@dataclass(frozen=True)
class SimilarLine:
    """One similar case: what it is, how it stands, and when it was filed."""

    row: CaseRow
    state: Words
    shape: str
    filed: str


def similar_lines(visit: Visit) -> tuple[SimilarLine, ...]:
    """The public cases that are probably about the same; the story of this one may be compared, theirs as released."""
    case, at = visit.case, visit.at
    row = case.row
    point = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    found = similar_cases(
        text=(case.happenings[0].text if case.happenings else "") or row.title,
        place=row.place_code,
        topic=row.topic,
        unit_ids={row.unit_id, unit_row(case.desk_code).id},
        at=at,
        point=point,
        but=row.number,
    )
    return tuple(
        SimilarLine(
            row=one.row,
            state=state_words(stage=one.row.stage, outcome=one.row.outcome),
            shape=SHAPES[one.row.stage],
            filed=day_words(one.row.filed_at, at=at),
        )
        for one in found
    )
