# SPDX-License-Identifier: EUPL-1.2
"""What officers do to a case. Each act is one short transaction that ends in the ledger.

`by` is the officer, `at` the moment of the act, `version` the version of the case the officer saw (None = no check).
Every act raises `UnknownCase`, `CaseChanged`, `NotAllowed`, `WrongStage` or a text refusal; then nothing was written.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from melayani.cases.acting import act, case_key, locked_case
from melayani.cases.desk_queries import sorting_desks
from melayani.cases.models import Case, CaseText, Event, Upload
from melayani.cases.rules import (
    ANSWER_OUTCOMES,
    MOST_REASON,
    MOST_TEXT,
    NEVER_PUBLIC,
    PAUSE,
    Actor,
    ActorKind,
    EventKind,
    Identity,
    NotAllowed,
    Outcome,
    Stage,
    WrongStage,
)
from melayani.cases.store import default_title, short_place
from melayani.cases.vault import open_contact, open_text
from melayani.catalogue.queries import limit, service_row, topic_row
from melayani.government.actions import deactivate_officer_account
from melayani.government.models import Officer
from melayani.government.queries import body_row, grants_of, has_active, place_row, unit_row
from melayani.government.rules import Role
from melayani.ground.canonical_json import Json
from melayani.ground.plain_text import check_length, plain_line, plain_text

MOST_TITLE = 120
LATEST_MOVE = timedelta(days=366)


def check_may_handle(*, case: Case, by: Actor) -> None:
    """Raises `NotAllowed` unless `by` works in the accountable unit; a reopened case is the head's.

    A unit without an active head may take its reopened cases itself, so that none is stuck.
    """
    if by.kind is not ActorKind.OFFICER or not by.works_in(case.unit.code):
        raise NotAllowed("not_your_unit", "Kasus ini dipegang unit lain. Anda hanya dapat membacanya.")
    reopened = case.stage == Stage.REOPENED
    if reopened and not by.has("head", case.unit.code) and has_active(Role.HEAD, unit_id=case.unit_id):
        raise NotAllowed(
            "head_only", "Kasus yang dibuka kembali ada pada kepala unit. Minta kepala unit menugaskan petugas."
        )


def check_may_assign(*, case: Case, by: Actor) -> None:
    """Raises `NotAllowed` unless `by` sits at the triage desk of the case, or at the province's, which stands in."""
    if by.kind is not ActorKind.OFFICER or not any(by.has("triage", d) for d in _desks_of(case)):
        raise NotAllowed("not_triage", "Hanya meja triase kasus ini yang dapat menetapkan unit.")


def _desks_of(case: Case) -> frozenset[str]:
    return sorting_desks(case.desk.code, unit_code=case.unit.code)


@transaction.atomic
def assign_case(
    *,
    number: str,
    unit: str,
    reason: str,
    by: Actor,
    at: datetime,
    topic: str = "",
    service: str = "",
    version: int | None = None,
) -> Case:
    """The unit `unit` (its code) is accountable, for a reason that is kept; the promise to the citizen stays.

    `topic` and `service` correct what the case is about. Only the triage desk of the case may; a unit that is closed is
    refused.
    """
    case = locked_case(number=number, version=version)
    check_may_assign(case=case, by=by)
    text = plain_text(reason)
    check_length(text, most=MOST_REASON, name="Alasan")
    target = unit_row(unit)
    if not target.active:
        raise NotAllowed("unit_closed", "Unit ini tidak aktif. Pilih unit lain.")
    if service:
        topic = service_row(service).topic
    data: dict[str, Json] = {"from": case.unit.code, "unit": target.code, "topic": topic, "service": service}
    if topic:
        _retopic(case=case, topic=topic, service=service)
    act(case=case, kind=EventKind.ASSIGNED, by=by, at=at, data=data, text=text)
    return case


def _retopic(*, case: Case, topic: str, service: str) -> None:
    """The case is about `topic`; a title nobody released follows it."""
    place = short_place(place_row(case.place_id))
    followed = case.title == default_title(topic_name=case.topic_name, place=place)
    case.topic_id, case.topic_name = topic, topic_row(topic).name
    case.service_id = service_row(service).id if service else None
    if followed:
        case.title = default_title(topic_name=case.topic_name, place=place)


@transaction.atomic
def take_on_case(*, number: str, by: Actor, at: datetime, officer: str = "", version: int | None = None) -> Case:
    """An officer works on the case: `by`, or the officer (username) of the unit whom the head names.

    A reopened case never goes back to the hand that answered it last.
    """
    case = locked_case(number=number, version=version)
    check_may_handle(case=case, by=by)
    taker = by.officer_id
    if officer:
        if not by.has("head", case.unit.code):
            raise NotAllowed("not_head", "Hanya kepala unit yang dapat menugaskan petugas lain.")
        chosen = Officer.objects.filter(username=plain_line(officer).lower(), is_active=True).first()
        if chosen is None or not _works_in(chosen.pk, case.unit.code):
            raise NotAllowed("officer_unknown", "Petugas ini tidak ada di unit Anda atau sudah tidak aktif.")
        taker = chosen.pk
    _check_other_hand(case=case, officer_id=taker)
    act(case=case, kind=EventKind.TAKEN_ON, by=by, at=at, data={"officer": taker})
    return case


def _works_in(officer_id: int, unit_code: str) -> bool:
    return any((role, unit_code) in grants_of(officer_id) for role in (Role.OFFICER, Role.HEAD))


def _check_other_hand(*, case: Case, officer_id: int | None) -> None:
    """Raises `NotAllowed` when a reopened case would go back to the hand that answered it before."""
    if not case.reopened:
        return
    reopened = case.events.filter(kind=EventKind.REOPENED).order_by("-sequence").first()
    before = reopened.sequence if reopened else 0
    last = case.events.filter(kind=EventKind.ANSWERED, sequence__lt=before).order_by("-sequence").first()
    if last is not None and officer_id == last.officer_id:
        raise NotAllowed("same_hand", "Kasus yang dibuka kembali tidak boleh kembali ke petugas yang sama.")


@transaction.atomic
def ask_citizen(*, number: str, text: str, by: Actor, at: datetime, version: int | None = None) -> Case:
    """The citizen was asked; the promise pauses until the reply, at most the capped number of working days."""
    case = locked_case(number=number, version=version)
    check_may_handle(case=case, by=by)
    question = plain_text(text)
    check_length(question, most=MOST_TEXT, name="Pertanyaan")
    if case.paused_days >= limit(PAUSE).days:
        raise WrongStage(
            "pause_used_up", "Jeda untuk bertanya sudah habis dipakai dalam kasus ini. Jawab dengan yang Anda ketahui."
        )
    act(case=case, kind=EventKind.ASKED, by=by, at=at, text=question)
    return case


@transaction.atomic
def note_progress(
    *,
    number: str,
    text: str,
    by: Actor,
    at: datetime,
    release: bool = False,
    uploads: Sequence[Upload] = (),
    version: int | None = None,
) -> Case:
    """The citizen reads how it is going, with photos if there are any; nothing else changes."""
    case = locked_case(number=number, version=version)
    check_may_handle(case=case, by=by)
    news = plain_text(text)
    check_length(news, most=MOST_TEXT, name="Kabar")
    act(case=case, kind=EventKind.PROGRESS, by=by, at=at, text=news, released=release, files=uploads)
    return case


@transaction.atomic
def answer_case(
    *,
    number: str,
    text: str,
    outcome: Outcome,
    by: Actor,
    at: datetime,
    release: bool = False,
    uploads: Sequence[Upload] = (),
    version: int | None = None,
) -> Case:
    """The case is answered with a proposed outcome; the citizen confirms or reopens. Late answers stay late.

    `uploads` are the evidence; `release` shows text and evidence to everybody.
    """
    case = locked_case(number=number, version=version)
    check_may_handle(case=case, by=by)
    _check_other_hand(case=case, officer_id=by.officer_id)
    if outcome not in ANSWER_OUTCOMES:
        raise WrongStage("outcome", "Pilih hasil: diselesaikan, dijelaskan, ganda, atau warga tidak terhubungi.")
    answer = plain_text(text)
    check_length(answer, least=20, most=MOST_TEXT, name="Jawaban")
    act(
        case=case,
        kind=EventKind.ANSWERED,
        by=by,
        at=at,
        data={"outcome": outcome},
        text=answer,
        released=release,
        files=uploads,
    )
    return case


@transaction.atomic
def refer_case(
    *, number: str, body: str, text: str, by: Actor, at: datetime, release: bool = False, version: int | None = None
) -> Case:
    """The citizen is referred to a body outside (its code) and told how; the unit that refers stays accountable."""
    case = locked_case(number=number, version=version)
    _check_may_end(case=case, by=by)
    target = body_row(body)
    said = plain_text(text)
    check_length(said, least=20, most=MOST_TEXT, name="Penjelasan")
    act(case=case, kind=EventKind.REFERRED, by=by, at=at, data={"body": target.code}, text=said, released=release)
    return case


@transaction.atomic
def reject_case(*, number: str, text: str, by: Actor, at: datetime, version: int | None = None) -> Case:
    """The case is out of the scope of public service (a court case, another law), with the reason for the citizen."""
    case = locked_case(number=number, version=version)
    _check_may_end(case=case, by=by)
    said = plain_text(text)
    check_length(said, least=20, most=MOST_TEXT, name="Alasan")
    act(case=case, kind=EventKind.REJECTED, by=by, at=at, text=said)
    return case


def _check_may_end(*, case: Case, by: Actor) -> None:
    """The triage desk while the case waits there, else the accountable unit."""
    if case.stage == Stage.WAITING:
        check_may_assign(case=case, by=by)
    else:
        check_may_handle(case=case, by=by)


@transaction.atomic
def move_promise(
    *, number: str, due_at: datetime, reason: str, by: Actor, at: datetime, version: int | None = None
) -> Case:
    """The promise ends later, openly: an event with reason and author. Only the head may, never to an earlier day."""
    case = locked_case(number=number, version=version)
    if not by.has("head", case.unit.code):
        raise NotAllowed("not_head", "Hanya kepala unit yang dapat menggeser janji.")
    if due_at > at + LATEST_MOVE:
        raise WrongStage("promise_too_late", "Janji hanya dapat digeser paling lama satu tahun dari sekarang.")
    if due_at <= case.due_at:
        raise WrongStage("promise_earlier", "Janji hanya dapat digeser ke hari yang lebih lambat.")
    text = plain_text(reason)
    check_length(text, least=10, most=MOST_REASON, name="Alasan")
    data: dict[str, Json] = {"due_at": due_at.isoformat(), "from": case.due_at.isoformat(), "why": "head"}
    act(case=case, kind=EventKind.PROMISE_MOVED, by=by, at=at, data=data, text=text, released=True)
    return case


@transaction.atomic
def release_text(
    *,
    number: str,
    sequence: int,
    masked: str,
    by: Actor,
    at: datetime,
    title: str = "",
    media: bool = False,
    version: int | None = None,
) -> Case:
    """The public reads `masked` for the text of event `sequence` (and the link beside it when `media`).

    The original stays sealed. Releasing the filing text gives the case its title (`title`, or its first words). Secret
    cases are refused.
    """
    case = locked_case(number=number, version=version)
    check_may_release(case=case, by=by)
    if case.visibility != "PUBLIC":
        raise NotAllowed("secret", "Kasus rahasia tidak pernah ditampilkan untuk umum.")
    text = plain_text(masked)
    check_length(text, most=MOST_TEXT, name="Teks untuk umum")
    kept = _kept_text(case=case, sequence=sequence)
    kept.released = text
    if media:
        opened = open_text(
            key=case_key(case), stream=bytes(case.stream), sequence=sequence, sealed=bytes(kept.sealed or b"")
        )
        kept.released_media_url = str(opened.get("media_url", ""))
    kept.save(update_fields=["released", "released_media_url"])
    if sequence == 0:
        case.title = plain_line(title)[:MOST_TITLE] or first_words(text)
    shown = {"masked": text, "title": case.title, "media": kept.released_media_url}
    act(case=case, kind=EventKind.RELEASED, by=by, at=at, data={"of": sequence}, hashed=shown)
    return case


@transaction.atomic
def hold_text(*, number: str, sequence: int, by: Actor, at: datetime, version: int | None = None) -> Case:
    """The public no longer reads the text of event `sequence`."""
    case = locked_case(number=number, version=version)
    check_may_release(case=case, by=by)
    kept = _kept_text(case=case, sequence=sequence)
    kept.released, kept.released_media_url = None, ""
    kept.save(update_fields=["released", "released_media_url"])
    if sequence == 0:
        case.title = default_title(topic_name=case.topic_name, place=short_place(place_row(case.place_id)))
    act(case=case, kind=EventKind.HELD, by=by, at=at, data={"of": sequence})
    return case


def check_may_release(*, case: Case, by: Actor) -> None:
    """Raises `NotAllowed` unless `by` works in the accountable unit or sits at the triage desk of the case."""
    if by.kind is not ActorKind.OFFICER or not (by.works_in(case.unit.code) or by.has("triage", case.desk.code)):
        raise NotAllowed("not_your_unit", "Kasus ini dipegang unit lain. Anda hanya dapat membacanya.")


def _kept_text(*, case: Case, sequence: int) -> CaseText:
    kept = (
        CaseText.objects.filter(event__case=case, event__sequence=sequence, sealed__isnull=False)
        .exclude(event__kind__in=sorted(NEVER_PUBLIC))
        .first()
    )
    if kept is None:
        raise WrongStage("no_text", "Tidak ada teks di sini.")
    return kept


def first_words(text: str, *, most: int = 90) -> str:
    """The beginning of a text as a title: its first sentence or line, cut at a word."""
    line = text.split("\n", 1)[0]
    for end in (". ", "! ", "? "):
        line = line.split(end, 1)[0]
    if len(line) <= most:
        return line.rstrip(".")
    return line[:most].rsplit(" ", 1)[0].rstrip(",;:") + " …"


@transaction.atomic
def view_identity(*, number: str, reason: str, by: Actor, at: datetime) -> dict[str, object]:
    """The contact of the citizen, read for a reason; the reading is an event the citizen can see.

    The only function that opens a contact for an officer. Raises `NotAllowed` outside the accountable unit, and for
    anonymous cases, whose contact serves only to send news.
    """
    case = locked_case(number=number)
    if by.kind is not ActorKind.OFFICER or not by.works_in(case.unit.code):
        raise NotAllowed("not_your_unit", "Hanya unit yang memegang kasus yang dapat membaca identitas.")
    if case.identity == Identity.ANONYMOUS:
        raise NotAllowed("anonymous", "Warga ini memilih anonim. Identitasnya tidak dapat dibuka siapa pun.")
    text = plain_text(reason)
    check_length(text, least=10, most=MOST_REASON, name="Alasan")
    sealed = case.vault.contact
    contact = (
        {} if sealed is None else open_contact(key=case_key(case), stream=bytes(case.stream), sealed=bytes(sealed))
    )
    act(case=case, kind=EventKind.IDENTITY_VIEWED, by=by, at=at, text=text)
    return contact


@transaction.atomic
def deactivate_officer(*, username: str, by: Actor, at: datetime) -> int:
    """The officer can no longer log in and the open cases of the officer are with the unit; answers how many."""
    deactivate_officer_account(username=username, by=by.name or by.code or "system", at=at)
    held = Case.objects.filter(officer__username=username.lower()).exclude(stage__in=(Stage.CLOSED, Stage.ANSWERED))
    numbers = list(held.order_by("id").values_list("number", flat=True))
    for number in numbers:
        act(case=locked_case(number=number, even_erased=True), kind=EventKind.HANDED_BACK, by=by, at=at)
    return len(numbers)


def last_event(case: Case) -> Event:
    """The newest event of the case."""
    return case.events.order_by("-sequence")[0]
