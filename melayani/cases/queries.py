# SPDX-License-Identifier: EUPL-1.2
"""What the public and the citizen may read of cases. Secret cases do not exist here, except for who holds the key.

Rows are frozen and ready for pages; nothing here opens a sealed text for the public.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from melayani.cases import vault
from melayani.cases.files import FileRow, files_of
from melayani.cases.models import Case, Event, Party
from melayani.cases.rules import NO_NEWS, OFFICERS_ONLY, ActorKind, Figure, Stage, Visibility, figure_of
from melayani.ground.case_number import read_key, read_number

PAGE = 25
# All cases that still wait for an answer, in time or not: two figures together.
UNANSWERED = "unanswered"


@dataclass(frozen=True)
class CaseRow:
    """One line of a list, and the head of a page: everything public, no join needed."""

    id: int
    number: str
    version: int
    title: str
    topic: str
    topic_name: str
    service_id: int | None
    place_code: str
    place_name: str
    latitude: float | None
    longitude: float | None
    unit_id: int
    unit_name: str
    kind: str
    channel: str
    identity: str
    visibility: str
    stage: str
    outcome: str
    proposed: str
    referred_to: str
    filed_at: datetime
    due_at: datetime
    asked_at: datetime | None
    paused_days: int
    answered_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime
    reopened: int
    broken: bool
    confirmed: bool
    promise_days: int
    promise_basis: str
    promise_source: str
    rule_code: str
    rule_version: int
    why: str
    officer_id: int | None
    unit_since: datetime
    joined: int = 0
    erased_at: datetime | None = None

    def figure(self, at: datetime) -> Figure:
        """The public figure this case is counted in at `at`."""
        return figure_of(stage=self.stage, outcome=self.outcome, due_at=self.due_at, asked_at=self.asked_at, at=at)


# Column names of `cases_case` in the order of `CaseRow`.
ROW_COLUMNS = (
    "id", "number", "version", "title", "topic_id", "topic_name", "service_id", "place_id", "place_name", "latitude",
    "longitude", "unit_id", "unit_name", "kind", "channel", "identity", "visibility", "stage", "outcome", "proposed",
    "referred_to", "filed_at", "due_at", "asked_at", "paused_days", "answered_at", "closed_at", "updated_at",
    "reopened", "broken", "confirmed", "promise_days", "promise_basis", "promise_source", "rule_code", "rule_version",
    "why", "officer_id", "unit_since", "joined", "erased_at",
)  # fmt: skip


_ROW_FIELDS = tuple(field.name for field in fields(CaseRow))


@dataclass(frozen=True)
class Happening:
    """One knot of the thread. `text` is what this reader may read (None = held or nothing written).

    `public_text` is what everybody may read of it, for readers of the original.
    """

    sequence: int
    kind: str
    at: datetime
    data: dict[str, Any]
    by: str
    text: str | None = None
    has_text: bool = False
    released: bool = False
    media_url: str = ""
    officer_id: int | None = None
    public_text: str | None = None
    # The exact spot as sent ("address", "latitude", "longitude"), only for readers of the original.
    spot: Mapping[str, str] = field(default_factory=dict)
    # The answers to the questions of the service, (code, text), likewise.
    answers: tuple[tuple[str, str], ...] = ()
    # Photos and PDFs of the act that this reader may see.
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True)
class CaseView:
    """A case with its happenings, oldest first."""

    row: CaseRow
    happenings: tuple[Happening, ...]


@dataclass(frozen=True)
class CitizenView(CaseView):
    """What the citizen sees: own texts, all letters of officers, and every reading of the identity.

    A party holds a key too (`party`), and reads what everybody reads.
    """

    contact: dict[str, object] = field(default_factory=dict)
    party: bool = False


@dataclass(frozen=True)
class Page:
    """A page of rows; `after` is the cursor of the next page, empty on the last."""

    rows: tuple[CaseRow, ...]
    after: str


def row_of(values: Sequence[Any]) -> CaseRow:
    """A row from the values of `ROW_COLUMNS`."""
    named: dict[str, Any] = dict(zip(_ROW_FIELDS, values, strict=True))
    named["topic"] = named["topic"] or ""
    return CaseRow(**named)


def rows_of(cases: "QuerySet[Case, Any]") -> tuple[CaseRow, ...]:
    """The rows of a queryset, one query."""
    return tuple(row_of(values) for values in cases.values_list(*ROW_COLUMNS))


def public_version(number: str) -> tuple[int, int] | None:
    """Id and version of a public case, or None: what a cached page or an ETag rests on. One statement by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, version FROM cases_case WHERE number = %s AND visibility = %s", [number, Visibility.PUBLIC]
        )
        found = cursor.fetchone()
    return None if found is None else (int(found[0]), int(found[1]))


def public_case(number: str) -> CaseView | None:
    """A public case as the public may read it; None for secret and unknown ones alike.

    Two statements by hand: building the querysets costs more than the page around them (PERF).
    """
    with connection.cursor() as cursor:
        cursor.execute(_PUBLIC_ROW, [number, Visibility.PUBLIC])
        found = cursor.fetchone()
        if found is None:
            return None
        row = row_of([_read(name, value) for name, value in zip(ROW_COLUMNS, found, strict=True)])
        cursor.execute(_PUBLIC_EVENTS, [row.id, *sorted(NO_NEWS)])
        happened = tuple(_happening(values) for values in cursor.fetchall())
    return CaseView(row=row, happenings=with_files(happened, case_id=row.id, released_only=True))


def with_files(happened: tuple[Happening, ...], *, case_id: int, released_only: bool) -> tuple[Happening, ...]:
    """The happenings with their photos and PDFs; no query for a case without any."""
    if not any("files" in happening.data for happening in happened):
        return happened
    files = files_of(case_id, released_only=released_only)
    return tuple(replace(h, files=files.get(h.sequence, ())) for h in happened)


_MARKS = ", ".join(["%s"] * len(NO_NEWS))
# The names in these two are our own columns; every value is a parameter.
_PUBLIC_ROW = f"SELECT {', '.join(ROW_COLUMNS)} FROM cases_case WHERE number = %s AND visibility = %s"  # noqa: S608  # see above
_PUBLIC_EVENTS = f"""
    SELECT event.sequence, event.kind, event.at, event.data, text.event_id, text.released, text.released_media_url
      FROM cases_event AS event LEFT JOIN cases_casetext AS text ON text.event_id = event.entry_id
     WHERE event.case_id = %s AND event.kind NOT IN ({_MARKS}) ORDER BY event.sequence
"""  # noqa: S608  # see above
_TRUTHS = frozenset({"broken", "confirmed"})


def _read(name: str, value: Any) -> Any:
    """A value of a hand-written statement as the ORM would give it."""
    if name.endswith(("_at", "_since")):
        return moment_read(value)
    return bool(value) if name in _TRUTHS else value


def moment_read(value: Any) -> datetime | None:
    """A moment as the database gives it: aware from PostgreSQL, from SQLite a naive one or a text, in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def _happening(values: Sequence[Any]) -> Happening:
    sequence, kind, at, data, has_text, released, media_url = values
    said = json.loads(data) if isinstance(data, str) else data
    happened_at = moment_read(at)
    assert happened_at is not None  # noqa: S101  # the column is never null
    return Happening(
        sequence=sequence,
        kind=kind,
        at=happened_at,
        data=said,
        by=str(said.get("by", "")),
        text=released,
        has_text=has_text is not None,
        released=released is not None,
        media_url=media_url or "",
    )


def _row(cases: "QuerySet[Case, Any]") -> CaseRow | None:
    values = cases.values_list(*ROW_COLUMNS).first()
    return None if values is None else row_of(values)


def _events(case_id: int) -> Iterable[Event]:
    return Event.objects.filter(case_id=case_id).select_related("text").order_by("sequence")


def _public(event: Event) -> Happening:
    kept = getattr(event, "text", None)
    return Happening(
        sequence=event.sequence,
        kind=event.kind,
        at=event.at,
        data=event.data,
        by=str(event.data.get("by", "")),
        text=kept.released if kept else None,
        has_text=kept is not None,
        released=bool(kept and kept.released is not None),
        media_url=kept.released_media_url if kept else "",
    )


def opened(*, event: Event, key: bytes, stream: bytes) -> Happening:
    """A happening with the original text, for those who may read it."""
    seen = _public(event)
    kept = getattr(event, "text", None)
    text: str | None = None
    media = ""
    spot: dict[str, str] = {}
    answers: tuple[tuple[str, str], ...] = ()
    if kept is not None and kept.sealed is not None:
        content = vault.open_text(key=key, stream=stream, sequence=event.sequence, sealed=bytes(kept.sealed))
        text, media = str(content.get("text", "")), str(content.get("media_url") or "")
        spot = {name: str(content[name]) for name in ("address", "latitude", "longitude") if content.get(name)}
        answers = _answers(content.get("answers"))
    return Happening(
        sequence=seen.sequence,
        kind=seen.kind,
        at=seen.at,
        data=seen.data,
        by=seen.by,
        text=text,
        has_text=seen.has_text,
        released=seen.released,
        media_url=media,
        officer_id=event.officer_id,
        public_text=seen.text,
        spot=spot,
        answers=answers,
    )


def _answers(said: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(said, dict):
        return ()
    return tuple((str(code), ", ".join(map(str, v)) if isinstance(v, list) else str(v)) for code, v in said.items())


def citizen_case(*, number: str, key: str) -> CitizenView | None:
    """The case of whoever holds its key; None when number or key are wrong, in the same time whichever it is.

    The key of a party opens what is public.
    """
    written, secret = read_number(number), read_key(key)
    case = Case.objects.select_related("vault").filter(number=written or "").first()
    given = hashlib.sha256((secret or "").encode()).digest()
    kept = bytes(case.key_hash) if case else b"\x00" * 32
    own = hmac.compare_digest(given, kept)
    # Asked for every number, so that the time tells nothing about which of them exist.
    joined = Party.objects.filter(case_id=case.pk if case else 0, key_hash=given).exists()
    if case is None or not (own or joined):
        return None
    if case.vault.wrapped_key is None:
        # Erased: the holder of a key reads that it is so. Blanked without that act: nobody can read it, audit names it.
        row = _row(Case.objects.filter(pk=case.pk))
        return CitizenView(row=row, happenings=(), party=not own) if row and row.erased_at else None
    if not own:
        seen = public_case(case.number)
        return CitizenView(row=seen.row, happenings=seen.happenings, party=True) if seen else None
    return _own_case(case)


def _own_case(case: Case) -> CitizenView:
    stream = bytes(case.stream)
    opened_key = vault.unwrapped(wrapped=bytes(case.vault.wrapped_key or b""), stream=stream)
    row = _row(Case.objects.filter(pk=case.pk))
    assert row is not None  # noqa: S101  # it was there a moment ago and cases are never deleted
    events = [event for event in _events(case.pk) if event.kind not in OFFICERS_ONLY]
    sealed = case.vault.contact
    contact = {} if sealed is None else vault.open_contact(key=opened_key, stream=stream, sealed=bytes(sealed))
    happened = tuple(opened(event=event, key=opened_key, stream=stream) for event in events)
    # What another person added is seen only once an officer has looked at it.
    seen = tuple(
        replace(h, files=tuple(f for f in h.files if f.released or h.by != ActorKind.PARTY))
        for h in with_files(happened, case_id=row.id, released_only=False)
    )
    return CitizenView(row=row, happenings=seen, contact=contact)


def public_cases(
    *,
    after: str = "",
    topic: str = "",
    region: str = "",
    state: str = "",
    kind: str = "",
    unit_id: int | None = None,
    at: datetime,
    limit: int = PAGE,
) -> Page:
    """A page of public cases, newest first, by keyset. `region` is a place code (its whole area), `state` a Figure, or
    UNANSWERED. A cursor that is not ours starts from the first page.
    """
    said = {"topic_id": topic, "kind": kind, "unit_id": unit_id}
    cases = Case.objects.filter(visibility=Visibility.PUBLIC, **{name: value for name, value in said.items() if value})
    if region:
        cases = cases.filter(Q(place_id=region) | Q(place__code__startswith=f"{region}."))
    if state:
        cases = cases.filter(in_figure(state, at=at))
    cursor = read_cursor(after)
    if cursor is not None:
        moment, last = cursor
        cases = cases.filter(filed_at__lte=moment).exclude(filed_at=moment, id__gte=last)
    rows = rows_of(cases.order_by("-filed_at", "-id")[: limit + 1])
    more = len(rows) > limit
    return Page(rows=rows[:limit], after=written_cursor(rows[limit - 1]) if more else "")


def in_figure(figure: str, *, at: datetime) -> Q:
    """The condition for cases in a public figure at `at`; nothing for an unknown one. Mirrors `rules.figure_of`."""
    working = ~Q(stage__in=(Stage.CLOSED, Stage.ANSWERED))
    late = Q(due_at__lt=at) & (~Q(stage=Stage.ASKED) | Q(asked_at__gt=F("due_at")))
    known = {
        UNANSWERED: working,
        Figure.WAITING.value: working & ~late,
        Figure.OVERDUE.value: working & late,
        Figure.UNCONFIRMED.value: Q(stage=Stage.ANSWERED),
        Figure.CONFIRMED.value: Q(stage=Stage.CLOSED, outcome="SOLVED"),
    }
    if figure in known:
        return known[figure]
    closed = figure.upper()
    return Q(stage=Stage.CLOSED, outcome=closed) if closed in _OUTCOMES else Q(pk__in=())


_OUTCOMES = frozenset(figure.value.upper() for figure in Figure)


def written_cursor(row: CaseRow) -> str:
    """Where the next page starts: microseconds and id of the last row."""
    return f"{int(row.filed_at.timestamp() * 1_000_000)}-{row.id}"


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """The moment and id of a cursor; None for anything else."""
    moment, _, last = cursor.partition("-")
    if not (moment.isdecimal() and last.isdecimal() and moment.isascii() and last.isascii() and len(cursor) < 40):
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment)), int(last)
    except (OverflowError, ValueError):
        return None
