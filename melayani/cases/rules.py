# SPDX-License-Identifier: EUPL-1.2
"""The life of a case: stages, outcomes, who may do what, and the state as a pure fold over events.

Sources: DOMAIN 2 (verification acts, silence after ten working days), PRODUCT "closed is not solved", CONTRACT "What is
public". No Django, no clock.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from melayani.ground.errors import Refused


class Identity(StrEnum):
    """Whether the citizen gave a name. The public never sees it."""

    NAMED = "NAMED"
    ANONYMOUS = "ANONYMOUS"


class Visibility(StrEnum):
    """Whether the case is in public lists at all."""

    PUBLIC = "PUBLIC"
    SECRET = "SECRET"  # noqa: S105  # a visibility, not a password


class Privacy(StrEnum):
    """The three plain choices of the form; each is a pair of identity and visibility."""

    TERBUKA = "terbuka"
    ANONIM = "anonim"
    RAHASIA = "rahasia"


class Channel(StrEnum):
    """How the case came in."""

    WEB = "WEB"
    OPEN311 = "OPEN311"
    PHONE = "PHONE"
    LETTER = "LETTER"
    DESK = "DESK"
    WHATSAPP = "WHATSAPP"
    IMPORT = "IMPORT"


class Stage(StrEnum):
    """Where the case stands. Outcome is kept apart (Outcome)."""

    WAITING = "WAITING"  # at the triage desk, no unit chosen yet
    ROUTED = "ROUTED"  # with a unit, nobody has taken it on
    TAKEN = "TAKEN"  # an officer works on it
    ASKED = "ASKED"  # the citizen was asked; the promise is paused
    ANSWERED = "ANSWERED"  # answered, not yet confirmed
    REOPENED = "REOPENED"  # the citizen did not accept; with the head of the unit
    CLOSED = "CLOSED"  # the outcome is final


class Outcome(StrEnum):
    """What came of it. SILENCE is never counted as solved."""

    SOLVED = "SOLVED"
    EXPLAINED_NO = "EXPLAINED_NO"
    REFERRED = "REFERRED"
    DUPLICATE = "DUPLICATE"
    WITHDRAWN = "WITHDRAWN"
    UNREACHABLE = "UNREACHABLE"
    SILENCE = "SILENCE"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"


class EventKind(StrEnum):
    """What can happen to a case; the kind of its ledger entry."""

    FILED = "case.filed"
    ASSIGNED = "case.assigned"
    TAKEN_ON = "case.taken_on"
    HANDED_BACK = "case.handed_back"  # the officer left; the unit holds it
    ASKED = "case.asked"
    REPLIED = "case.replied"
    RESUMED = "case.resumed"  # the pause reached its cap
    PROGRESS = "case.progress"
    ANSWERED = "case.answered"
    CONFIRMED = "case.confirmed"
    REOPENED = "case.reopened"
    REFERRED = "case.referred"
    REJECTED = "case.rejected"
    WITHDRAWN = "case.withdrawn"
    SILENCE = "case.closed_by_silence"
    RELEASED = "text.released"
    HELD = "text.held"
    IDENTITY_VIEWED = "identity.viewed"
    UPDATED = "case.updated"  # a message of the filing client (Open311)
    PROMISE_MOVED = "promise.moved"
    JOINED = "case.joined"  # somebody else has the same problem and follows the case
    FILES_ADDED = "case.files_added"  # photos that came after the filing
    NOTED = "case.noted"  # a note among officers; neither the citizen nor the public reads it
    FILE_RELEASED = "file.released"
    FILE_HELD = "file.held"
    ERASED = "case.erased"  # salts, texts, contact, photos and the key are destroyed; the leaves stay


class FileKind(StrEnum):
    """What an attachment is."""

    PHOTO = "PHOTO"
    PDF = "PDF"


class ActorKind(StrEnum):
    """Who acts."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    CLIENT = "client"
    SYSTEM = "system"
    PARTY = "party"  # somebody who joined the case


class Figure(StrEnum):
    """The public figures; every filed case is in exactly one of them at every moment (TRUST)."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    UNCONFIRMED = "answered_unconfirmed"
    CONFIRMED = "confirmed"
    SILENCE = "silence"
    EXPLAINED_NO = "explained_no"
    REFERRED = "referred"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    UNREACHABLE = "unreachable"
    OUT_OF_SCOPE = "out_of_scope"


# Limits of what people write; each has a plain message where it is refused.
MOST_TEXT = 4000
MOST_REASON = 500
LEAST_TEXT = 10
MOST_NAME = 120
MOST_CONTACT = 160
MOST_PHOTOS = 5
MOST_PDFS = 2
# So many photos and PDFs of one case somebody can still look through; what officers add with answers is not refused.
MOST_CASE_FILES = 30
# Of all parties together, apart from those of the citizen: strangers do not use up the room of the one concerned.
MOST_PARTY_FILES = 30
# The periods of the regulation are data of the catalogue (`catalogue.queries.limit`), with source and confidence.
REACT = "react_days"
SILENCE = "silence_days"
PAUSE = "pause_days"

WORKING_STAGES = frozenset({Stage.WAITING, Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.REOPENED})
# Where somebody may still join or add a photo: an answer that nobody has confirmed can still be disputed.
OPEN_STAGES = WORKING_STAGES | {Stage.ANSWERED}
WITH_UNIT = frozenset({Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.REOPENED})
ANSWER_OUTCOMES = frozenset({Outcome.SOLVED, Outcome.EXPLAINED_NO, Outcome.DUPLICATE, Outcome.UNREACHABLE})
# Acts that take nothing from what an officer saw: a form that was open meanwhile may still be sent.
HARMLESS = frozenset({EventKind.JOINED, EventKind.IDENTITY_VIEWED, EventKind.FILE_RELEASED, EventKind.FILE_HELD})
# What is no news about the matter itself: who read or showed something, and what officers tell each other.
NO_NEWS = frozenset(
    {
        EventKind.IDENTITY_VIEWED,
        EventKind.RELEASED,
        EventKind.HELD,
        EventKind.NOTED,
        EventKind.FILE_RELEASED,
        EventKind.FILE_HELD,
    }
)
# Of these the citizen reads nothing either; readings of the own identity and releases are shown to its owner.
OFFICERS_ONLY = frozenset({EventKind.NOTED, EventKind.FILE_RELEASED, EventKind.FILE_HELD})
# Texts that are never shown to everybody: why an identity was read is for its owner, a note among officers is theirs.
NEVER_PUBLIC = frozenset({EventKind.IDENTITY_VIEWED, EventKind.NOTED})
NEVER_REOPENED = frozenset({Outcome.WITHDRAWN})


class NotAllowed(Refused):
    """This actor may not do this to this case."""


class WrongStage(Refused):
    """The case is not in a stage where this act makes sense."""


class CaseErased(WrongStage):
    """What the case held was erased; nobody acts on it any more."""


class CaseChanged(Refused):
    """Somebody else changed the case since the page was shown; nothing was overwritten."""


class UnknownCase(Refused):
    """No case with this number (or not for this person, which looks the same)."""


@dataclass(frozen=True)
class Actor:
    """Who acts: an officer with roles per unit code, a citizen holding the key, a client by its code, or the system."""

    kind: ActorKind
    code: str = ""
    officer_id: int | None = None
    name: str = ""
    unit_code: str = ""
    grants: frozenset[tuple[str, str]] = frozenset()
    # Set when a past act is brought in (demo, seed, import): the moment of recording, apart from the moment of the act.
    imported_at: datetime | None = None

    def has(self, role: str, unit_code: str) -> bool:
        """Whether the officer holds `role` in the unit."""
        return (role, unit_code) in self.grants

    def works_in(self, unit_code: str) -> bool:
        """Whether the officer works on the cases of the unit (officer, head, or its triage desk)."""
        return any(self.has(role, unit_code) for role in ("officer", "head", "triage"))


CITIZEN = Actor(kind=ActorKind.CITIZEN)
PARTY = Actor(kind=ActorKind.PARTY)
SYSTEM = Actor(kind=ActorKind.SYSTEM)


def privacy_pair(privacy: Privacy, *, named: bool) -> tuple[Identity, Visibility]:
    """Identity and visibility for a choice of the form. Rahasia is named or anonymous as the person gave a name."""
    if privacy is Privacy.TERBUKA:
        return Identity.NAMED, Visibility.PUBLIC
    if privacy is Privacy.ANONIM:
        return Identity.ANONYMOUS, Visibility.PUBLIC
    return (Identity.NAMED if named else Identity.ANONYMOUS), Visibility.SECRET


def figure_of(*, stage: str, outcome: str, due_at: datetime, asked_at: datetime | None, at: datetime) -> Figure:
    """The one public figure a case is counted in at the moment `at`.

    A pause that began in time stops the clock: such a case is waiting. One that began too late stays overdue.
    """
    if stage == Stage.CLOSED:
        return Figure.CONFIRMED if outcome == Outcome.SOLVED else Figure(outcome.lower())
    if stage == Stage.ANSWERED:
        return Figure.UNCONFIRMED
    if (asked_at or at) > due_at:
        return Figure.OVERDUE
    return Figure.WAITING
