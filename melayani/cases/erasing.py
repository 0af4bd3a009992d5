# SPDX-License-Identifier: EUPL-1.2
"""Erasing a case: what tells who filed it and what was said is destroyed; the leaves, the numbers and the state stay.

Source: LEDGER "Erasure". An erased case is a case with `Case.erased_at`, the moment of its one `case.erased` event, by
which every entry of its stream with a smaller sequence has no salt any more. Without the salt nobody can try values
against a leaf. What is gone afterwards, by table:

- `Entry.salt` is null in every entry of the stream before the `case.erased` one; leaf and leaf hash stay as they are.
- `Event.data` of these keeps only the keys in `KEPT`, those it had: codes, moments and counts that the fold and the
  public figures need, and who of the officers acted. Every hash of a text, a contact or a file is gone.
- `CaseText`: the rows are gone. `Attachment`: `wrapped_key` is null; the row goes with its files, soon afterwards.
- `Vault.wrapped_key` and `Vault.contact`, `Party.contact` are null; `Party.key_hash` and `Case.key_hash` stay, so that
  who holds a key reads that the case was erased.
- `Case.latitude`, `Case.longitude` are null, `Case.title` is topic and place, `Case.why` is empty.
- `Submission.body_hash` is zero bytes (the token stays, so that a form that is sent again has no second effect),
  `Writing`: the rows are gone.

What time brings to an erased case that was open (silence, the end of a pause) may still follow, with entries of their
own; nothing else can (`acting.locked_case`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from melayani.cases.acting import act, locked_case
from melayani.cases.models import Attachment, Case, CaseText, Event, Party, Submission, Vault, Writing
from melayani.cases.rules import SYSTEM, EventKind
from melayani.cases.store import default_title, short_place
from melayani.government.queries import place_row
from melayani.ground.canonical_json import Json
from melayani.ledger.models import Entry

# What `Event.data` keeps: nothing of it says who the citizen is or what was written.
KEPT = frozenset({
    # Who acted, for whom, when: officers and clients answer for their acts.
    "acting", "at", "by", "client", "imported", "officer", "unit",
    # The fold: where the case stood, and what was promised.
    "basis", "body", "calendar", "days", "decided", "desk", "due_at", "from", "outcome", "paused_days", "rule",
    "rule_version", "why",
    # What the case was about, as the columns of `Case` say it too.
    "channel", "identity", "kind", "number", "place", "service", "topic", "visibility",
    # Which act or file another act was about, whether it was shown, and what state a client named.
    "file", "of", "released", "said_at", "status",
})  # fmt: skip
# `case.erased` itself is never blanked: {"at", "by", "unit", "reason"} with a code of `Reason`, and it has its salt.
NO_BODY = bytes(32)
# Shorter words are anywhere; what binds or opens something is longer.
LEAST_TRACE = 16


class Reason(StrEnum):
    """Why a case was erased; nothing else is said about it."""

    REQUEST = "request"  # the citizen asked for it
    RETENTION = "retention"  # its time had passed
    COURT = "court"  # somebody with the power to order it did
    BEFORE = "before"  # its erasure is in the log, and an old backup had brought it back


@dataclass(frozen=True)
class Erased:
    """What an erasure destroyed. `traces` are bytes that must be found nowhere any more: keys, salts, contacts, hashes.

    They are only ever held in memory. `already`: the case was erased before. `kept`: it was not to be erased now.
    """

    number: str
    already: bool = False
    kept: bool = False
    traces: tuple[bytes, ...] = ()


def erase_case(
    *,
    number: str,
    reason: Reason,
    at: datetime,
    first: Callable[[bytes], None] | None = None,
    closed_before: datetime | None = None,
) -> Erased:
    """The case is erased, and its leaves and state are as before; erased already, it stays as it is.

    One transaction: the act is recorded and everything is destroyed, or nothing is. `first` is called with the stream
    before anything is written, while nobody else can act on the case; what it raises keeps the case. With
    `closed_before` only a case that was closed before that moment, and still is, is erased. The files are removed
    afterwards (`files.remove_erased_files`); without their keys nobody can read them. Raises `UnknownCase`.
    """
    with transaction.atomic():
        case = locked_case(number=number, even_erased=True)
        if case.erased_at is not None:
            return Erased(number=case.number, already=True)
        if closed_before is not None and not (case.closed_at and case.closed_at < closed_before):
            return Erased(number=case.number, kept=True)
        if first is not None:
            first(bytes(case.stream))
        event = act(case=case, kind=EventKind.ERASED, by=SYSTEM, at=at, data={"reason": reason.value})
        traces = _traces(case, before=event.sequence)
        _destroy(case, before=event.sequence)
        _plain_columns(case, at=at)
    return Erased(number=case.number, traces=traces)


def _traces(case: Case, *, before: int) -> tuple[bytes, ...]:
    """Keys, contacts and salts of the case, hashes in its events and texts that were shown, as they lie in the rows."""
    found = [
        *Vault.objects.filter(case=case).values_list("wrapped_key", "contact"),
        *Entry.objects.filter(event__case=case, sequence__lt=before).values_list("salt"),
        *Party.objects.filter(case=case).values_list("contact"),
        *Attachment.objects.filter(case=case).values_list("wrapped_key"),
    ]
    said = [text for text in CaseText.objects.filter(event__case=case).values_list("released", flat=True) if text]
    for data in Event.objects.filter(case=case, sequence__lt=before).values_list("data", flat=True):
        dropped = [value for name, value in data.items() if name not in KEPT]
        flat = [part for value in dropped for part in (value if isinstance(value, list) else [value])]
        said += [value for value in flat if isinstance(value, str) and len(value) >= LEAST_TRACE]
    if case.title != _plain_title(case):
        said.append(case.title)
    kept = [bytes(value) for row in found for value in row if value is not None]
    return (*kept, *(text.encode() for text in said))


def _destroy(case: Case, *, before: int) -> None:
    """Nothing of the case before its `case.erased` event can be read or tried any more."""
    events = list(Event.objects.filter(case=case, sequence__lt=before))
    Entry.objects.filter(pk__in=[event.pk for event in events]).update(salt=None)
    for event in events:
        event.data = kept_of(event.data)
    Event.objects.bulk_update(events, ["data"], batch_size=100)
    CaseText.objects.filter(event__case=case).delete()
    Vault.objects.filter(case=case).update(wrapped_key=None, contact=None)
    Party.objects.filter(case=case).update(contact=None)
    Attachment.objects.filter(case=case).update(wrapped_key=None, released=False)
    Submission.objects.filter(case=case).update(body_hash=NO_BODY, answer="")
    Writing.objects.filter(case=case).delete()


def kept_of(data: Mapping[str, Json]) -> dict[str, Json]:
    """What the data of an event keeps when its case is erased."""
    return {name: value for name, value in data.items() if name in KEPT}


def _plain_columns(case: Case, *, at: datetime) -> None:
    """The row of the case says no more than topic, place, unit, moments and state."""
    case.erased_at = at
    case.title = _plain_title(case)
    case.latitude = case.longitude = None
    case.why = ""
    case.save(update_fields=["erased_at", "title", "latitude", "longitude", "why"])


def _plain_title(case: Case) -> str:
    """The title of a case of which no text is shown: topic and place."""
    return default_title(topic_name=case.topic_name, place=short_place(place_row(case.place_id)))
