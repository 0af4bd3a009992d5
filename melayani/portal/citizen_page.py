# SPDX-License-Identifier: EUPL-1.2
"""The page of the own case, and the one way its acts are done: open by key, check, act, show the case as it is then.

Somebody who joined a case sees the same page with what everybody reads, and may add photos; all else is the citizen's.

No redirect after an act: the key would have to travel in an address. Sending the same act again is harmless, because
the form says which version of the case it was made for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from melayani.cases.life import can_follow
from melayani.cases.queries import CaseRow
from melayani.cases.rules import HARMLESS, NEVER_REOPENED, ActorKind, EventKind, Figure, Stage
from melayani.cases.wording import KINDS, OUTCOMES
from melayani.catalogue.queries import limit, programmes_of, questions
from melayani.ground.clock import jakarta, now
from melayani.ground.errors import Refused
from melayani.portal.access import Opened, opened_by_key
from melayani.portal.answering import page, said
from melayani.portal.asking_for_key import ask_for_key, not_opened
from melayani.portal.draft import new_token
from melayani.portal.erased import erased_context
from melayani.portal.forms import ACCEPTED_WORDS, CommentForm, FollowForm, PageForm, ReopenForm, ReplyForm
from melayani.portal.sent_photos import FIELD
from melayani.portal.standing import next_words, service_of, standing_of
from melayani.portal.telling import told_story
from melayani.portal.witness_words import witnesses_awaited


@dataclass(frozen=True)
class Possible:
    """What the holder of the key can do now."""

    photos: bool
    reply: bool = False
    confirm: bool = False
    reopen: bool = False
    withdraw: bool = False


def possible_acts(row: CaseRow, *, own: bool = True) -> Possible:
    """By the rules of the case's life, and for others than the citizen only photos; the actions check again."""
    stage = Stage(row.stage)
    if row.erased_at is not None:
        return Possible(photos=False)
    photos = can_follow(EventKind.FILES_ADDED, stage)
    if not own:
        return Possible(photos=photos)
    return Possible(
        photos=photos,
        reply=can_follow(EventKind.REPLIED, stage),
        confirm=can_follow(EventKind.CONFIRMED, stage),
        reopen=can_follow(EventKind.REOPENED, stage) and row.outcome not in NEVER_REOPENED,
        withdraw=can_follow(EventKind.WITHDRAWN, stage),
    )


def citizen_page(
    request: HttpRequest,
    opened: Opened,
    *,
    done: str = "",
    problems: list[tuple[str, str]] | None = None,
    forms: Mapping[str, PageForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The case as its citizen sees it; `done` says what just happened, `forms` are those with something typed in."""
    row, at, own = opened.view.row, now(), opened.own
    if row.erased_at is not None:
        context: dict[str, object] = {"opened": opened, "problems": problems or [], **erased_context(row)}
        return page(request, "erased_case", context, status=status, private=True)
    kept = forms or {}
    standing = standing_of(row, at=at, happenings=opened.view.happenings)
    context = {
        "opened": opened,
        "own": own,
        "row": row,
        "standing": standing,
        "story": told_story(opened.view.happenings, row, to_citizen=own),
        "question": _open_question(opened),
        "can": possible_acts(row, own=own),
        "token": new_token(),
        "service": service_of(row),
        "kind_name": KINDS[row.kind],
        "next_words": next_words(row, to_citizen=own),
        "proposed": OUTCOMES.get(row.proposed, ""),
        "accepted": ACCEPTED_WORDS.get(row.proposed, ""),
        "reply_form": kept.get("reply") or ReplyForm(),
        "confirm_form": kept.get("confirm") or CommentForm(prefix="terima"),
        "reopen_form": kept.get("reopen") or ReopenForm(),
        "contact": _contact(opened.view.contact),
        "given": _given(opened),
        "programmes": programmes_of(row.topic, jakarta(row.filed_at).date()) if row.topic else (),
        "ombudsman": _past_settlement(row, at=at),
        "witnesses_awaited": own and witnesses_awaited(row.number),
        "done": done,
        "problems": problems or [],
        "wrong": [message for anchor, message in problems or [] if anchor == FIELD],
    }
    return page(request, "own_case", context, status=status, private=True)


def _open_question(opened: Opened) -> str:
    """The question that waits for an answer."""
    if opened.view.row.stage != Stage.ASKED:
        return ""
    asked = [h.text or "" for h in opened.view.happenings if h.kind == EventKind.ASKED]
    return asked[-1] if asked else ""


def _given(opened: Opened) -> list[tuple[str, str]]:
    """What the person answered to the questions of the service, in its words."""
    service = service_of(opened.view.row)
    asked = {question.code: question for question in questions(service.code)} if service else {}
    given: list[tuple[str, str]] = []
    for code, answer in opened.view.happenings[0].answers:
        question = asked.get(code)
        names = dict(question.values) if question else {}
        words = ", ".join(names.get(part, part) for part in answer.split(", "))
        given.append((question.label if question else code, words))
    return given


def _contact(contact: Mapping[str, object]) -> list[tuple[str, str]]:
    """What the person gave, in the words of the form."""
    names = (("name", _("Nama")), ("email", _("Surel")), ("phone", _("Telepon")))
    return [(name, str(contact[key])) for key, name in names if contact.get(key)]


def _past_settlement(row: CaseRow, *, at: datetime) -> bool:
    """Whether the settlement period of the law has passed without an answer, so that the Ombudsman is the next door."""
    return (
        row.figure(at) is Figure.OVERDUE and (jakarta(at) - jakarta(row.filed_at)).days > limit("settlement_days").days
    )


def opened_by_citizen(request: HttpRequest, key_form: FollowForm) -> Opened | HttpResponse:
    """The case that the sent key opens for the citizen whose case it is; else the answer that says why not.

    The key of somebody who joined opens no act of the citizen.
    """
    if not key_form.is_valid():
        return ask_for_key(request, key_form, problems=key_form.problems(), status=422)
    opened = opened_by_key(key_form)
    if opened is None:
        return not_opened(request, key_form)
    if opened.own:
        return opened
    problem = _("Hanya warga yang menyampaikan kasus ini yang dapat melakukannya. Anda ikut mengikuti kasus ini.")
    return citizen_page(request, opened, problems=[("", problem)], status=403)


def _changed_since(version: str, opened: Opened) -> bool:
    """Whether the citizen would see something new; what takes nothing from what was seen lets the act through.

    Otherwise a stranger who joins again and again could keep the citizen from confirming or reopening.
    """
    view = opened.view
    if not (version.isascii() and version.isdecimal() and len(version) < 10) or int(version) > view.row.version:
        return True
    news = [h for h in view.happenings if h.sequence >= int(version) and h.kind not in HARMLESS]
    return any(h.kind != EventKind.FILES_ADDED or h.by != ActorKind.PARTY for h in news)


def act_by_key(
    request: HttpRequest, *, form: PageForm, name: str, act: Callable[[str, datetime], object], done: str
) -> HttpResponse:
    """The act `act(number, at)` is done on the case that the sent key opens, and the case is shown as it is then.

    `name` is where the page keeps `form`, so that what was typed is shown again when the act is refused. Nothing is
    done when the case has changed since the page was made.
    """
    key_form = FollowForm(request.POST)
    opened = opened_by_citizen(request, key_form)
    if isinstance(opened, HttpResponse):
        return opened
    typed = {name: form}
    if _changed_since(request.POST.get("versi", ""), opened):
        changed = _("Kasus ini sudah berubah sejak halaman dibuka. Bila tindakan Anda belum tampak di bawah, ulangi.")
        return citizen_page(request, opened, problems=[("", changed)], forms=typed, status=409)
    if not form.is_valid():
        return citizen_page(request, opened, problems=form.problems(), forms=typed, status=422)
    try:
        act(opened.number, now())
    except Refused as refusal:
        return citizen_page(request, opened, problems=[("", said(refusal))], forms=typed, status=409)
    after = opened_by_key(key_form)
    return citizen_page(request, after or opened, done=done)
