# SPDX-License-Identifier: EUPL-1.2
"""The fold over events: a table of short lives, what may not follow, and the one public figure."""

from datetime import timedelta
from typing import Any

import pytest

from melayani.cases.life import FOLLOWS, Happened, replay
from melayani.cases.rules import (
    EventKind,
    Figure,
    Identity,
    Outcome,
    Privacy,
    Stage,
    Visibility,
    WrongStage,
    figure_of,
    privacy_pair,
)
from melayani.ground.canonical_json import Json
from tests.conftest import MONDAY

DUE = (MONDAY + timedelta(days=21)).isoformat()
LATER = (MONDAY + timedelta(days=30)).isoformat()


def happened(kind: EventKind, days: float = 1, **data: Json) -> Happened:
    return Happened(kind=kind, at=MONDAY + timedelta(days=days), data=data)


FILED = happened(EventKind.FILED, 0, unit="u1", decided=True, due_at=DUE)
WAITING = happened(EventKind.FILED, 0, unit="desk", decided=False, due_at=DUE)
ANSWERED = happened(EventKind.ANSWERED, 2, outcome="SOLVED", officer=7)


@pytest.mark.parametrize(
    ("events", "stage", "outcome"),
    [
        ([FILED], Stage.ROUTED, None),
        ([WAITING], Stage.WAITING, None),
        ([WAITING, happened(EventKind.ASSIGNED, unit="u2")], Stage.ROUTED, None),
        ([FILED, happened(EventKind.TAKEN_ON, officer=7)], Stage.TAKEN, None),
        ([FILED, happened(EventKind.ASKED, officer=7)], Stage.ASKED, None),
        ([FILED, ANSWERED], Stage.ANSWERED, None),
        ([FILED, ANSWERED, happened(EventKind.CONFIRMED)], Stage.CLOSED, Outcome.SOLVED),
        ([FILED, ANSWERED, happened(EventKind.SILENCE)], Stage.CLOSED, Outcome.SILENCE),
        (
            [FILED, happened(EventKind.ANSWERED, outcome="EXPLAINED_NO"), happened(EventKind.SILENCE)],
            Stage.CLOSED,
            Outcome.EXPLAINED_NO,
        ),
        ([FILED, ANSWERED, happened(EventKind.REOPENED, due_at=LATER)], Stage.REOPENED, None),
        ([FILED, happened(EventKind.REFERRED, body="pln")], Stage.CLOSED, Outcome.REFERRED),
        ([WAITING, happened(EventKind.REJECTED)], Stage.CLOSED, Outcome.OUT_OF_SCOPE),
        ([FILED, happened(EventKind.WITHDRAWN)], Stage.CLOSED, Outcome.WITHDRAWN),
    ],
)
def test_short_lives(events: list[Happened], stage: Stage, outcome: Outcome | None) -> None:
    state = replay(events)
    assert (state.stage, state.outcome) == (stage, outcome)
    assert (state.closed_at is not None) == (stage is Stage.CLOSED)


def test_a_pause_moves_the_promise_and_a_late_answer_stays_broken() -> None:
    events = [
        FILED,
        happened(EventKind.ASKED, 2, officer=7),
        happened(EventKind.REPLIED, 4, paused_days=2, due_at=LATER),
    ]
    state = replay(events)
    assert (state.stage, state.paused_days, state.due_at.isoformat()) == (Stage.TAKEN, 2, LATER)
    late = [*events, happened(EventKind.ANSWERED, 31, outcome="SOLVED", officer=7)]
    assert replay(late).broken
    reopened = [*late, happened(EventKind.REOPENED, 32, due_at=(MONDAY + timedelta(days=40)).isoformat())]
    assert replay(reopened).broken
    assert replay(reopened).officer_id is None


@pytest.mark.parametrize(
    "last",
    [
        happened(EventKind.PROMISE_MOVED, 25, due_at=LATER),
        happened(EventKind.WITHDRAWN, 25),
        happened(EventKind.REFERRED, 25, body="pln"),
        happened(EventKind.ANSWERED, 25, outcome="SOLVED", officer=7),
    ],
)
def test_a_passed_promise_is_broken_whatever_follows(last: Happened) -> None:
    assert replay([FILED, last]).broken
    in_time = Happened(kind=last.kind, at=MONDAY + timedelta(days=2), data=last.data)
    assert not replay([FILED, in_time]).broken


def test_a_question_after_the_promised_day_mends_nothing() -> None:
    asked = happened(EventKind.ASKED, 22, officer=7)
    replied = happened(EventKind.REPLIED, 24, paused_days=2, due_at=(MONDAY + timedelta(days=24)).isoformat())
    assert replay([FILED, asked, replied]).broken


def test_a_reopened_case_stays_with_the_head_until_somebody_is_named() -> None:
    reopened = [FILED, ANSWERED, happened(EventKind.REOPENED, due_at=LATER)]
    assert replay([*reopened, happened(EventKind.ASSIGNED, unit="u2")]).stage is Stage.REOPENED
    assert replay([*reopened, happened(EventKind.TAKEN_ON, officer=9)]).officer_id == 9


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([], ANSWERED),
        ([FILED], FILED),
        ([WAITING], ANSWERED),
        ([FILED], happened(EventKind.CONFIRMED)),
        ([FILED], happened(EventKind.REPLIED, paused_days=0, due_at=DUE)),
        ([FILED, happened(EventKind.WITHDRAWN)], ANSWERED),
        ([FILED, ANSWERED], ANSWERED),
        ([FILED, ANSWERED, happened(EventKind.CONFIRMED)], happened(EventKind.SILENCE)),
    ],
)
def test_what_cannot_follow_is_refused(events: list[Happened], last: Happened) -> None:
    with pytest.raises(WrongStage):
        replay([*events, last])


def test_no_staff_act_takes_a_case_from_unconfirmed_into_confirmed() -> None:
    """Only the citizen's confirmation leads from ANSWERED to SOLVED; silence and withdrawal have other outcomes."""
    for kind in EventKind:
        if Stage.ANSWERED not in FOLLOWS[kind] or kind is EventKind.CONFIRMED:
            continue
        state = replay([FILED, ANSWERED, happened(kind, due_at=LATER)])
        assert state.outcome is not Outcome.SOLVED


def test_every_stage_and_outcome_has_exactly_one_public_figure() -> None:
    after = MONDAY + timedelta(days=1)
    for stage in Stage:
        outcomes = list(Outcome) if stage is Stage.CLOSED else [""]
        for outcome in outcomes:
            assert figure_of(stage=stage, outcome=str(outcome), due_at=after, asked_at=None, at=MONDAY) in Figure
    working: dict[str, Any] = {"outcome": "", "due_at": MONDAY, "at": after}
    assert figure_of(stage=Stage.TAKEN, asked_at=None, **working) is Figure.OVERDUE
    assert figure_of(stage=Stage.ASKED, asked_at=MONDAY - timedelta(days=1), **working) is Figure.WAITING
    assert figure_of(stage=Stage.ASKED, asked_at=MONDAY + timedelta(hours=1), **working) is Figure.OVERDUE
    closed = figure_of(stage=Stage.CLOSED, outcome=Outcome.SILENCE, due_at=after, asked_at=None, at=MONDAY)
    assert closed is Figure.SILENCE


def test_the_three_choices_are_pairs() -> None:
    assert privacy_pair(Privacy.TERBUKA, named=True) == (Identity.NAMED, Visibility.PUBLIC)
    assert privacy_pair(Privacy.ANONIM, named=False) == (Identity.ANONYMOUS, Visibility.PUBLIC)
    assert privacy_pair(Privacy.RAHASIA, named=True) == (Identity.NAMED, Visibility.SECRET)
    assert privacy_pair(Privacy.RAHASIA, named=False) == (Identity.ANONYMOUS, Visibility.SECRET)
