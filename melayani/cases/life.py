# SPDX-License-Identifier: EUPL-1.2
"""The life of a case as a pure fold over its events: what may follow what, and what is true afterwards.

Sources: DOMAIN 2 (verification acts, silence), PRODUCT "closed is not solved". No Django, no clock.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from melayani.cases.rules import OPEN_STAGES, WITH_UNIT, WORKING_STAGES, EventKind, Outcome, Stage, WrongStage
from melayani.ground.canonical_json import Json


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
    joined: int = 0


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


def late(state: CaseState, at: datetime) -> bool:
    """Whether the promise has passed at `at` without an answer. A pause that began in time stops the clock."""
    if state.stage not in WORKING_STAGES:
        return False
    return (state.asked_at or at) > state.due_at


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
    """The pause is over. It was capped, so a reply that comes very late finds the promise passed.

    Where the officer who asked has gone meanwhile, somebody of the unit must take it on.
    """
    paused = event.data["paused_days"]
    due_at = moment(event.data["due_at"])
    return replace(
        state,
        stage=Stage.ROUTED if state.officer_id is None else Stage.TAKEN,
        asked_at=None,
        paused_days=state.paused_days + (paused if isinstance(paused, int) else 0),
        due_at=due_at,
        broken=state.broken or late(state, event.at) or event.at > due_at,
    )


def _answered(state: CaseState, event: Happened) -> CaseState:
    return replace(
        state,
        stage=Stage.ANSWERED,
        proposed=Outcome(str(event.data["outcome"])),
        answered_at=event.at,
        officer_id=_officer(event) or state.officer_id,
        broken=state.broken or late(state, event.at),
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
        return replace(
            state,
            stage=Stage.CLOSED,
            outcome=outcome,
            closed_at=event.at,
            answered_at=answered,
            broken=state.broken or late(state, event.at),
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
    """A promise that had passed when it was moved was broken, and stays so."""
    return replace(state, due_at=moment(event.data["due_at"]), broken=state.broken or late(state, event.at))


def _joined(state: CaseState, event: Happened) -> CaseState:  # noqa: ARG001  # one shape for all changes
    return replace(state, joined=state.joined + 1)


def _officer(event: Happened) -> int | None:
    officer = event.data.get("officer")
    return officer if isinstance(officer, int) else None


# A paused case is resumed first, by an event of its own, before anything ends it (`acting.act`).
_RUNNING = WORKING_STAGES - {Stage.ASKED}
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
    EventKind.ANSWERED: WITH_UNIT - {Stage.ASKED},
    EventKind.CONFIRMED: frozenset({Stage.ANSWERED}),
    EventKind.REOPENED: frozenset({Stage.ANSWERED, Stage.CLOSED}),
    EventKind.REFERRED: _RUNNING,
    EventKind.REJECTED: _RUNNING,
    EventKind.WITHDRAWN: _RUNNING | {Stage.ANSWERED},
    EventKind.SILENCE: frozenset({Stage.ANSWERED}),
    EventKind.RELEASED: _ANY,
    EventKind.HELD: _ANY,
    EventKind.IDENTITY_VIEWED: _ANY,
    EventKind.UPDATED: _ANY,
    EventKind.PROMISE_MOVED: WORKING_STAGES,
    EventKind.JOINED: OPEN_STAGES,
    EventKind.FILES_ADDED: OPEN_STAGES,
    EventKind.NOTED: _ANY,
    EventKind.FILE_RELEASED: _ANY,
    EventKind.FILE_HELD: _ANY,
    EventKind.ERASED: _ANY,
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
    EventKind.JOINED: _joined,
}

# Acts that end or move what a pause holds still: the pause is counted and the promise moved before them.
ENDS_A_PAUSE = frozenset(
    {EventKind.ANSWERED, EventKind.REFERRED, EventKind.REJECTED, EventKind.WITHDRAWN, EventKind.PROMISE_MOVED}
)


def can_follow(kind: EventKind, stage: Stage) -> bool:
    """Whether the act fits a case in this stage, if need be after the end of its pause."""
    return stage in FOLLOWS[kind] or (stage is Stage.ASKED and kind in ENDS_A_PAUSE)
