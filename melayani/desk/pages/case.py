# SPDX-License-Identifier: EUPL-1.2
"""The page of a case: story, clocks, and the forms of what this officer can do to it now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext

from melayani.cases.desk_queries import DeskCase, WorkList, sees_all, work_list
from melayani.cases.rules import HARMLESS, Stage, Visibility
from melayani.cases.wording import KINDS, state_words
from melayani.cases.writing import people_around
from melayani.catalogue.queries import questions, service_row
from melayani.desk.access import Visit, typed_texts
from melayani.desk.acts import possible_acts
from melayani.desk.addresses import case_addresses
from melayani.desk.came_from import CameFrom, came_from
from melayani.desk.evidence import evidence_of, new_token
from melayani.desk.letters import LETTERS, Letter, begun, template_options
from melayani.desk.lists import EMPTY, title_of
from melayani.desk.rows import lines, thread_of
from melayani.desk.similar_cases import similar_lines
from melayani.desk.sorting import service_code, subject_of, subjects, suggestion, unit_choices
from melayani.desk.story import Knot, body_name, knots_of
from melayani.desk.words import (
    ANSWERS,
    BASES,
    SHAPES,
    day_words,
    days_left_words,
    is_late,
    moment_words,
    skipped_days,
    writing_words,
)
from melayani.government.queries import referral_bodies, working_days_between
from melayani.government.registers import Colleague
from melayani.government.rules import Role, region_of
from melayani.ground.clock import jakarta

BESIDE = 12  # lines of the list beside a case
ABOUT_FILES = frozenset({"release-file", "hold-file"})


@dataclass(frozen=True)
class Trouble:
    """Why an act was not done: what to say, at which field, and what was typed.

    `changed`: because somebody else acted meanwhile.
    """

    act: str
    message: str
    field: str
    typed: QueryDict
    changed: bool = False

    @property
    def anchor(self) -> str:
        """The id of the field on the page."""
        if self.act in ABOUT_FILES:
            return f"berkas-{self.typed.get('name', '')}"
        sequence = typed_number(self.typed, "sequence")
        return f"{self.act}-{self.field}" if sequence is None else f"{self.act}-{sequence}-{self.field}"


Unsent = Trouble | Letter


def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The case as it is; `?templat=` begins the answer from a template, `?mirip=` shows similar cases."""
    template = request.GET.get("templat", "")
    return shown(request, visit, letter=begun(visit, template) if template else None)


def shown(
    request: HttpRequest,
    visit: Visit,
    *,
    trouble: Trouble | None = None,
    letter: Letter | None = None,
    contact: Mapping[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; a form with `trouble` or an unsent `letter` keeps what was typed.

    With `contact` the identity is shown this once.
    """
    case, at = visit.case, visit.at
    around = people_around(case_id=case.row.id, unit_id=case.row.unit_id, also=_officer_ids(case), at=at)
    people = around.people
    names = {person.id: person.name for person in people}
    unsent = trouble or letter
    came = came_from(request, visit)
    knots = knots_of(case, names=names, kept=_kept_release(trouble), at=at)
    acts = possible_acts(visit)
    context: dict[str, Any] = {
        "visit": visit,
        "where": case_addresses(case.row.number, query=came.query if came else ""),
        "came": came,
        "case": case,
        "row": case.row,
        "state": state_words(stage=case.row.stage, outcome=case.row.outcome),
        "shape": SHAPES[case.row.stage],
        "thread": thread_of(case.row, at=at, acts=[happening.at for happening in case.happenings]),
        "kind": KINDS[case.row.kind],
        "public": case.row.visibility == Visibility.PUBLIC,
        "clocks": _clocks(visit),
        "knots": knots,
        "story": knots[0] if knots else None,
        "service_name": _service_name(case),
        "answers": _answers(case),
        "acts": acts,
        "trouble": trouble,
        "letter": letter,
        # By act, so that a form finds what was typed into it; `homeless` when its form no longer fits the case.
        "opened": unsent.act if unsent else "",
        "anchor": unsent.anchor if unsent else "",
        "kept": {unsent.act.replace("-", "_"): unsent.typed} if unsent else {},
        "homeless": typed_texts(request) if unsent and unsent.act not in acts else (),
        "meanwhile": _meanwhile(knots, unsent),
        "writers": writing_words(around.others(visit.officer.id), at=at),
        "contact": contact,
        "queue": _queue(visit, came),
        "similar": similar_lines(visit) if request.GET.get("mirip") else None,
        "referred_to": body_name(case.row.referred_to) if case.row.referred_to else "",
        **_choices(request, visit, acts, people, trouble),
        **_letters(visit, acts, unsent),
    }
    return render(request, "desk/case.html", context, status=status)


def _kept_release(trouble: Trouble | None) -> tuple[int, str] | None:
    """Of a refused release: which text, and how the officer had masked it."""
    if trouble is None or trouble.act != "release-text":
        return None
    sequence = typed_number(trouble.typed, "sequence")
    return None if sequence is None else (sequence, str(trouble.typed.get("masked", "")))


def typed_number(typed: QueryDict, name: str) -> int | None:
    """A number of a form that may be anything; None when it is none that a form of ours would hold."""
    text = str(typed.get(name, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _officer_ids(case: DeskCase) -> set[int]:
    """Everybody who is named in the history."""
    ids = {happening.officer_id for happening in case.happenings}
    ids |= {happening.data.get("officer") for happening in case.happenings}
    return {id for id in ids if isinstance(id, int)}  # noqa: A001  # the word for it


def _clocks(visit: Visit) -> dict[str, Any]:
    """Both clocks in words: the promise to the citizen, and since when the unit holds the case."""
    row, at = visit.case.row, visit.at
    ended_at = row.answered_at or row.closed_at
    return {
        "filed": moment_words(row.filed_at, at=at),
        "due": day_words(row.due_at, at=at),
        "left": days_left_words(row, at=at),
        "late": is_late(row, at=at),
        "paused_since": day_words(row.asked_at, at=at) if row.asked_at else "",
        "ended": day_words(ended_at, at=at) if ended_at else "",
        "basis": BASES[row.promise_basis],
        "skipped": skipped_days(row, at=at),
        "unit_since": day_words(row.unit_since, at=at),
        "unit_days": working_days_between(
            start=row.unit_since, end=ended_at or at, region_code=region_of(row.place_code)
        ),
    }


def _service_name(case: DeskCase) -> str:
    code = service_code(case.row.service_id)
    return service_row(code).name if code else ""


def _answers(case: DeskCase) -> tuple[tuple[str, str], ...]:
    """The answers to the questions of the service, with the labels the citizen saw."""
    code = service_code(case.row.service_id)
    labels = {question.code: question.label for question in questions(code)} if code and case.answers else {}
    return tuple((labels.get(question, question), text) for question, text in case.answers)


def _meanwhile(knots: tuple[Knot, ...], unsent: Unsent | None) -> tuple[Knot, ...]:
    """What happened since the version the officer saw, as far as it takes something from it."""
    seen = typed_number(unsent.typed, "version") if unsent else None
    if seen is None:
        return ()
    return tuple(knot for knot in knots if knot.sequence >= seen and knot.kind not in HARMLESS)


def _letters(visit: Visit, acts: frozenset[str], unsent: Unsent | None) -> dict[str, Any]:
    """What the forms of letters show: templates to begin from, and the evidence that was sent with one already."""
    evidence = evidence_of(unsent.typed, act=unsent.act) if unsent else ()
    if not acts & LETTERS.keys():
        return {"evidence": evidence}
    return {
        "mine": visit.case.row.officer_id == visit.actor.officer_id,
        "templates": template_options(visit.case.row.unit_id),
        "token": (str(unsent.typed.get("token", "")) if unsent else "") or new_token(),
        "evidence": evidence,
    }


def _queue(visit: Visit, came: CameFrom | None) -> dict[str, Any]:
    """The list the officer came from, else the one this case stands in, for the column beside it.

    One statement; one more where a filter is on, and two in a list of more than ten thousand cases.
    """
    of = came or CameFrom(which=list_of(visit))
    page = work_list(actor=visit.actor, which=of.which, at=visit.at, after=of.start, limit=BESIDE, narrowed=of.narrowed)
    query = came.query if came else ""
    return {
        "title": title_of(of.which, wide=sees_all(visit.actor)),
        "address": of.address,
        "chips": of.chips,
        "lines": lines(page.rows, at=visit.at, current=visit.case.row.number, query=query),
        "empty": EMPTY[of.which][0],
        "continued": bool(of.start),
        "until": page.until,
    }


def list_of(visit: Visit) -> WorkList:
    """The list in which this officer finds the case."""
    row = visit.case.row
    if row.stage == Stage.CLOSED:
        return WorkList.CLOSED
    if row.stage == Stage.ANSWERED:
        return WorkList.ANSWERED
    if row.officer_id == visit.actor.officer_id:
        return WorkList.MINE
    waits_here = row.stage == Stage.WAITING and visit.actor.has(Role.TRIAGE, visit.case.desk_code)
    return WorkList.TRIAGE if waits_here else WorkList.UNIT


def _choices(
    request: HttpRequest, visit: Visit, acts: frozenset[str], people: tuple[Colleague, ...], trouble: Trouble | None
) -> dict[str, Any]:
    """What the forms on the page choose from; nothing for forms that are not there."""
    case = visit.case
    choices: dict[str, Any] = {"outcomes": ANSWERS.items()}
    if "appoint-officer" in acts:
        choices["people"] = [person for person in people if person.active and person.unit_id == case.row.unit_id]
    if "assign-case" in acts:
        about = _asked_for(request, trouble, "assign-case", "about", "tentang") or subject_of(case)
        found = suggestion(about=about, place_code=case.row.place_code) if about else None
        choices |= {"subjects": subjects(), "about": about, "suggestion": found}
        choices |= {"unit_groups": unit_choices(case.row.place_code)}
        suggested_unit = found.unit_code if found else ""
        choices["chosen_unit"] = _asked_for(request, trouble, "assign-case", "unit", "") or suggested_unit
    if "refer-case" in acts:
        suggested = choices.get("suggestion")
        body = _asked_for(request, trouble, "refer-case", "body", "rujuk") or (suggested.refer_to if suggested else "")
        choices |= {"bodies": referral_bodies(), "body": _body(body), "referring": bool(body)}
    if "move-promise" in acts:
        choices["earliest"] = jakarta(case.row.due_at).date().isoformat()
    return choices


def _asked_for(request: HttpRequest, trouble: Trouble | None, act: str, name: str, query: str) -> str:
    """What the officer chose last: in the refused form, else in the address."""
    if trouble is not None and trouble.act == act:
        return str(trouble.typed.get(name, ""))
    return str(request.GET.get(query, ""))


def _body(code: str) -> dict[str, Any] | None:
    """The body to refer to, with a letter to begin from."""
    found = next((body for body in referral_bodies() if body.code == code), None)
    if found is None:
        return None
    letter = gettext("Urusan ini ditangani oleh %(name)s. %(how)s") % {"name": found.name, "how": found.how}
    return {"code": found.code, "name": found.name, "what": found.what, "how": found.how, "letter": letter}
