# SPDX-License-Identifier: EUPL-1.2
"""Acts that time brings, found from data: silence, the end of a pause, a changed calendar. Idempotent.

Running `tick` twice, late or after a crash gives the same histories; nothing is ever scheduled for a date.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from melayani.cases.acting import act, locked_case, resumed
from melayani.cases.models import Case
from melayani.cases.rules import (
    PAUSE,
    SILENCE,
    SYSTEM,
    WORKING_STAGES,
    EventKind,
    Stage,
)
from melayani.catalogue.queries import limit
from melayani.government.queries import calendar_for, due_moment, working_days_between
from melayani.government.rules import PROVINCE
from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused

MOST_AT_ONCE = 200
LOG = logging.getLogger("melayani.tick")


def tick(*, at: datetime) -> dict[str, int]:
    """What time brings up to `at` has happened; answers how many of each."""
    return {
        "closed_by_silence": close_silent_cases(at=at),
        "resumed": resume_paused_cases(at=at),
        "promises_moved": follow_calendar(at=at),
    }


def close_silent_cases(*, at: datetime) -> int:
    """Cases answered more than ten working days ago and not confirmed are closed by silence, never as solved."""
    # So many working days are never shorter than as many calendar days.
    old = Case.objects.filter(stage=Stage.ANSWERED, answered_at__lt=at - timedelta(days=limit(SILENCE).days))
    return _each(old.order_by("answered_at", "id"), _close_if_silent, at=at)


def _each(cases: "QuerySet[Case]", act_on: Callable[..., bool], *, at: datetime) -> int:
    """How many of the cases the act changed. A case that refuses is said and left; it never stops the others."""
    done = 0
    for number in list(cases.values_list("number", flat=True)):
        try:
            done += act_on(number=number, at=at)
        except Refused as refused:
            LOG.error("tick refused", extra={"code": refused.code, "number": number})
    return done


@transaction.atomic
def _close_if_silent(*, number: str, at: datetime) -> bool:
    case = locked_case(number=number, even_erased=True)
    if case.stage != Stage.ANSWERED or case.answered_at is None:
        return False
    silence = limit(SILENCE)
    ends = due_moment(
        filed_at=case.answered_at, days=silence.days, basis=silence.basis, region_code=case.place.region_code
    )
    if at <= ends.at:
        return False
    act(case=case, kind=EventKind.SILENCE, by=SYSTEM, at=at)
    return True


def resume_paused_cases(*, at: datetime) -> int:
    """Cases whose pause has used up its cap run again; the officer goes on without the reply."""
    asked = Case.objects.filter(stage=Stage.ASKED, asked_at__lt=at - timedelta(days=1))
    return _each(asked.order_by("asked_at", "id"), _resume_if_capped, at=at)


@transaction.atomic
def _resume_if_capped(*, number: str, at: datetime) -> bool:
    case = locked_case(number=number, even_erased=True)
    if case.stage != Stage.ASKED or case.asked_at is None:
        return False
    paused = working_days_between(start=case.asked_at, end=at, region_code=case.place.region_code)
    if case.paused_days + paused < limit(PAUSE).days:
        return False
    act(case=case, kind=EventKind.RESUMED, by=SYSTEM, at=at, data=resumed(case=case, at=at))
    return True


def follow_calendar(*, at: datetime) -> int:
    """Open promises given under an older calendar are recomputed; later ones move by an event, none gets shorter."""
    newest = calendar_for(PROVINCE).version
    behind = Case.objects.filter(stage__in=WORKING_STAGES, calendar_version__lt=newest)
    return _each(behind.order_by("id")[:MOST_AT_ONCE], _follow, at=at)


@transaction.atomic
def _follow(*, number: str, at: datetime) -> bool:
    case = locked_case(number=number, even_erased=True)
    due = due_moment(
        filed_at=case.filed_at,
        days=min(1000, case.promise_days + case.paused_days),
        basis=case.promise_basis,
        region_code=case.place.region_code,
    )
    case.calendar_version = due.calendar_version
    if due.at <= case.due_at or case.stage not in WORKING_STAGES:
        case.save(update_fields=["calendar_version"])
        return False
    data: dict[str, Json] = {
        "due_at": due.at.isoformat(),
        "from": case.due_at.isoformat(),
        "why": "calendar",
        "calendar": due.calendar_version,
    }
    act(case=case, kind=EventKind.PROMISE_MOVED, by=SYSTEM, at=at, data=data)
    return True
