# SPDX-License-Identifier: EUPL-1.2
"""The life of a case: stages, outcomes, who may do what, and the state as a pure fold over events.

Sources: DOMAIN 2 (verification acts, silence after ten working days), PRODUCT "closed is not solved", CONTRACT "What is
public". No Django, no clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from melayani.ground.canonical_json import Json
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


class ActorKind(StrEnum):
    """Who acts."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    CLIENT = "client"
    SYSTEM = "system"


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
# The periods of the regulation are data of the catalogue (`catalogue.queries.limit`), with source and confidence.
REACT = "react_days"
SILENCE = "silence_days"
PAUSE = "pause_days"

WORKING_STAGES = frozenset({Stage.WAITING, Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.REOPENED})
WITH_UNIT = frozenset({Stage.ROUTED, Stage.TAKEN, Stage.ASKED, Stage.REOPENED})
ANSWER_OUTCOMES = frozenset({Outcome.SOLVED, Outcome.EXPLAINED_NO, Outcome.DUPLICATE, Outcome.UNREACHABLE})
NEVER_REOPENED = frozenset({Outcome.WITHDRAWN})


class NotAllowed(Refused):
    """This actor may not do this to this case."""


class WrongStage(Refused):
    """The case is not in a stage where this act makes sense."""


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
SYSTEM = Actor(kind=ActorKind.SYSTEM)


@dataclass(frozen=True)
class Happened:
    """One event as the fold sees it: its kind, the moment of the act, and its data (see `cases/events.py`)."""

    kind: str
    at: datetime
    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class CaseState:
    """What is true of a case after its events; columns of `Case` only cache it."""

    stage: Stage
    unit: str
    due_at: datetime
    filed_at: datetime
    unit_since: datetime
    outcome: Outcome | None = None
    proposed: Outcome | None = None
    officer_id: int | None = None
    asked_at: datetime | None = None
    paused_days: int = 0
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    referred_to: str = ""
    reopened: int = 0
    broken: bool = False
    confirmed: bool = False


def replay(events: Iterable[Happened]) -> CaseState:
    """The state after `events` (in order, the first one the filing).

    Raises `WrongStage` for a history that cannot be, so that a stored history which was tampered with is noticed.
    """
    state: CaseState | None = None
    for event in events:
        state = first_state(event) if state is None else next_state(state, event)
    if state is None:
        raise WrongStage("no_events", "Kasus tanpa peristiwa.")
    return state


def first_state(event: Happened) -> CaseState:
    """The state after the filing."""
    if event.kind != EventKind.FILED:
        raise WrongStage("not_filed", "Peristiwa pertama harus penyampaian.")
    return CaseState(
        stage=Stage.ROUTED if event.data["decided"] else Stage.WAITING,
        unit=str(event.data["unit"]),
        due_at=moment(event.data["due_at"]),
        filed_at=event.at,
        unit_since=event.at,
    )


def next_state(state: CaseState, event: Happened) -> CaseState:
    """The state after one more event; raises `WrongStage` when it cannot follow."""
    allowed = FOLLOWS[EventKind(event.kind)]
    if state.stage not in allowed:
        raise WrongStage("wrong_stage", refusal_for(state.stage))
    change = _CHANGES.get(EventKind(event.kind))
    return state if change is None else change(state, event)


def moment(value: Json) -> datetime:
    """An ISO 8601 string of event data as a moment."""
    return datetime.fromisoformat(str(value))


def refusal_for(stage: Stage) -> str:
    """What to tell somebody whose act does not fit the stage."""
    return {
        Stage.WAITING: "Kasus ini masih di meja triase. Tetapkan unit yang bertanggung jawab lebih dahulu.",
        Stage.ROUTED: "Kasus ini belum diambil petugas. Ambil dahulu, atau langsung jawab.",
        Stage.TAKEN: "Kasus ini sedang dikerjakan.",
        Stage.ASKED: "Kasus ini sedang menunggu jawaban warga.",
        Stage.ANSWERED: "Kasus ini sudah dijawab dan menunggu tanggapan warga.",
        Stage.REOPENED: "Kasus ini dibuka kembali dan ada pada kepala unit.",
        Stage.CLOSED: "Kasus ini sudah ditutup.",
    }[stage]


Change = Callable[[CaseState, Happened], CaseState]


def _assigned(state: CaseState, event: Happened) -> CaseState:
    unit = str(event.data["unit"])
    stage = Stage.REOPENED if state.stage is Stage.REOPENED else Stage.ROUTED
    return replace(state, stage=stage, unit=unit, unit_since=event.at, officer_id=None)


def _taken_on(state: CaseState, event: Happened) -> CaseState:
    return replace(state, stage=Stage.TAKEN, officer_id=_officer(event))


def _handed_back(state: CaseState, event: Happened) -> CaseState:  # noqa: ARG001  # one shape for all changes
    stage = Stage.ROUTED if state.stage is Stage.TAKEN else state.stage
    return replace(state, stage=stage, officer_id=None)


def _asked(state: CaseState, event: Happened) -> CaseState:
    return replace(state, stage=Stage.ASKED, asked_at=event.at, officer_id=_officer(event) or state.officer_id)


def _resumed(state: CaseState, event: Happened) -> CaseState:
    paused = event.data["paused_days"]
    return replace(
        state,
        stage=Stage.TAKEN,
        asked_at=None,
        paused_days=state.paused_days + (paused if isinstance(paused, int) else 0),
        due_at=moment(event.data["due_at"]),
    )


def _answered(state: CaseState, event: Happened) -> CaseState:
    return replace(
        state,
        stage=Stage.ANSWERED,
        proposed=Outcome(str(event.data["outcome"])),
        answered_at=event.at,
        asked_at=None,
        officer_id=_officer(event) or state.officer_id,
        broken=state.broken or event.at > state.due_at,
    )


def _confirmed(state: CaseState, event: Happened) -> CaseState:
    return replace(state, stage=Stage.CLOSED, outcome=state.proposed, closed_at=event.at, confirmed=True)


def _silence(state: CaseState, event: Happened) -> CaseState:
    """Silence makes an explained no, a duplicate and an unreachable citizen final; it never makes a case solved."""
    outcome = Outcome.SILENCE if state.proposed is Outcome.SOLVED else state.proposed
    return replace(state, stage=Stage.CLOSED, outcome=outcome, closed_at=event.at)


def _closed_as(outcome: Outcome) -> Change:
    def change(state: CaseState, event: Happened) -> CaseState:
        answered = event.at if outcome in (Outcome.REFERRED, Outcome.OUT_OF_SCOPE) else state.answered_at
        late = outcome is not Outcome.WITHDRAWN and state.answered_at is None and event.at > state.due_at
        return replace(
            state,
            stage=Stage.CLOSED,
            outcome=outcome,
            closed_at=event.at,
            asked_at=None,
            answered_at=answered,
            broken=state.broken or late,
            referred_to=str(event.data.get("body", "")),
        )

    return change


def _reopened(state: CaseState, event: Happened) -> CaseState:
    """Goes one rung up: to the head of the unit, not to the hand that answered. A broken promise stays broken."""
    return replace(
        state,
        stage=Stage.REOPENED,
        outcome=None,
        proposed=None,
        officer_id=None,
        answered_at=None,
        closed_at=None,
        confirmed=False,
        referred_to="",
        unit_since=event.at,
        due_at=moment(event.data["due_at"]),
        reopened=state.reopened + 1,
    )


def _promise_moved(state: CaseState, event: Happened) -> CaseState:
    return replace(state, due_at=moment(event.data["due_at"]))


def _officer(event: Happened) -> int | None:
    officer = event.data.get("officer")
    return officer if isinstance(officer, int) else None


_ANY = frozenset(Stage)
FOLLOWS: Mapping[EventKind, frozenset[Stage]] = {
    EventKind.FILED: frozenset(),
    EventKind.ASSIGNED: frozenset({Stage.WAITING, Stage.ROUTED, Stage.TAKEN, Stage.REOPENED}),
    EventKind.TAKEN_ON: frozenset({Stage.ROUTED, Stage.REOPENED, Stage.TAKEN}),
    EventKind.HANDED_BACK: WITH_UNIT,
    EventKind.ASKED: frozenset({Stage.ROUTED, Stage.TAKEN, Stage.REOPENED}),
    EventKind.REPLIED: frozenset({Stage.ASKED}),
    EventKind.RESUMED: frozenset({Stage.ASKED}),
    EventKind.PROGRESS: WITH_UNIT,
    EventKind.ANSWERED: WITH_UNIT,
    EventKind.CONFIRMED: frozenset({Stage.ANSWERED}),
    EventKind.REOPENED: frozenset({Stage.ANSWERED, Stage.CLOSED}),
    EventKind.REFERRED: WORKING_STAGES,
    EventKind.REJECTED: WORKING_STAGES,
    EventKind.WITHDRAWN: WORKING_STAGES | {Stage.ANSWERED},
    EventKind.SILENCE: frozenset({Stage.ANSWERED}),
    EventKind.RELEASED: _ANY,
    EventKind.HELD: _ANY,
    EventKind.IDENTITY_VIEWED: _ANY,
    EventKind.UPDATED: _ANY,
    EventKind.PROMISE_MOVED: WORKING_STAGES,
}
_CHANGES: Mapping[EventKind, Change] = {
    EventKind.ASSIGNED: _assigned,
    EventKind.TAKEN_ON: _taken_on,
    EventKind.HANDED_BACK: _handed_back,
    EventKind.ASKED: _asked,
    EventKind.REPLIED: _resumed,
    EventKind.RESUMED: _resumed,
    EventKind.ANSWERED: _answered,
    EventKind.CONFIRMED: _confirmed,
    EventKind.REOPENED: _reopened,
    EventKind.REFERRED: _closed_as(Outcome.REFERRED),
    EventKind.REJECTED: _closed_as(Outcome.OUT_OF_SCOPE),
    EventKind.WITHDRAWN: _closed_as(Outcome.WITHDRAWN),
    EventKind.SILENCE: _silence,
    EventKind.PROMISE_MOVED: _promise_moved,
}


def privacy_pair(privacy: Privacy, *, named: bool) -> tuple[Identity, Visibility]:
    """Identity and visibility for a choice of the form. Rahasia is named or anonymous as the person gave a name."""
    if privacy is Privacy.TERBUKA:
        return Identity.NAMED, Visibility.PUBLIC
    if privacy is Privacy.ANONIM:
        return Identity.ANONYMOUS, Visibility.PUBLIC
    return (Identity.NAMED if named else Identity.ANONYMOUS), Visibility.SECRET


def figure_of(*, stage: str, outcome: str, due_at: datetime, at: datetime) -> Figure:
    """The one public figure a case is counted in at the moment `at`. Paused cases are waiting, never overdue."""
    if stage == Stage.CLOSED:
        return Figure.CONFIRMED if outcome == Outcome.SOLVED else Figure(outcome.lower())
    if stage == Stage.ANSWERED:
        return Figure.UNCONFIRMED
    if stage != Stage.ASKED and at > due_at:
        return Figure.OVERDUE
    return Figure.WAITING
