# SPDX-License-Identifier: EUPL-1.2
"""What is left to show of an erased case: number, unit, moments and state, and the proof that it was in the ledger."""

from melayani.cases.queries import CaseRow
from melayani.cases.rules import Visibility
from melayani.cases.wording import KINDS, Words, state_words

TEMPLATE = "portal/erased_case.html"


def erased_context(row: CaseRow, *, to_holder: bool = True) -> dict[str, object]:
    """What the page needs; `to_holder`: for somebody who opened the case by a key."""
    words: Words = state_words(stage=row.stage, outcome=row.outcome)
    return {
        "row": row,
        "kind_name": KINDS[row.kind],
        "words": words,
        "to_holder": to_holder,
        "public": row.visibility == Visibility.PUBLIC,
    }
