# SPDX-License-Identifier: EUPL-1.2
"""How a refusal is told to a client: the status of the standard and one description for each thing that is wrong.

Source: GeoReport v2, "Errors": 404 what does not exist, 403 a missing or wrong key, 400 everything else.
"""

from collections.abc import Iterable

from melayani.api.open311.formats import Answer
from melayani.cases.rules import NotAllowed, UnknownCase
from melayani.ground.errors import Refused

# Refusals of other rooms that say that something is not there, by their stable code.
_ABSENT = frozenset({"service_unknown"})


class CallRefused(Refused):
    """The call is refused with this HTTP status; every description says one thing that is wrong and what to do."""

    def __init__(self, status: int, *descriptions: str) -> None:
        super().__init__(str(status), descriptions[0])
        self.status = status
        self.descriptions = descriptions


def status_of(refused: Refused) -> int:
    """The HTTP status for a refusal of any room."""
    if isinstance(refused, CallRefused):
        return refused.status
    if isinstance(refused, UnknownCase) or refused.code in _ABSENT:
        return 404
    return 403 if isinstance(refused, NotAllowed) else 400


def error_answer(refused: Refused) -> Answer:
    """The body of the standard: `errors/error{code, description}`."""
    descriptions = refused.descriptions if isinstance(refused, CallRefused) else (refused.message,)
    return errors(status_of(refused), descriptions)


def errors(status: int, descriptions: Iterable[str]) -> Answer:
    """An answer with this status and one error for each description."""
    return Answer(
        root="errors",
        content=[{"code": str(status), "description": description} for description in descriptions],
        status=status,
    )
