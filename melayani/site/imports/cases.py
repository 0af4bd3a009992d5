# SPDX-License-Identifier: EUPL-1.2
"""Old cases from a CSV file, through the real acts, marked as imported.

All rows are first tried and undone; only then they are stored, in short transactions. A row has a token (its
`external_id`, else the file and its row), so that a second import of the same file adds nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from melayani.cases.acting import act, locked_case
from melayani.cases.filing import Filing, file_case
from melayani.cases.rules import (
    ANSWER_OUTCOMES,
    CITIZEN,
    MOST_TEXT,
    SYSTEM,
    Channel,
    EventKind,
    Identity,
    Outcome,
    Stage,
    Visibility,
)
from melayani.catalogue.rules import Kind
from melayani.government.queries import body_row, place_row, places_named, unit_row
from melayani.ground.clock import JAKARTA
from melayani.ground.errors import Refused
from melayani.ground.plain_text import check_length, plain_line, plain_text
from melayani.site.console import progress
from melayani.site.imports.tables import Imported, Problem, Row, read_table

NEEDED = ("text", "filed_at")
COLUMNS = (
    *NEEDED, "place", "village", "district", "regency", "topic", "service", "kind", "identity", "visibility", "channel",
    "name", "email", "phone", "address", "latitude", "longitude", "unit", "answer", "answered_at", "outcome",
    "referred_to", "closed_at", "confirmed", "external_id",
)  # fmt: skip
BATCH = 500


@dataclass(frozen=True)
class OldCase:
    """What one row says: the filing, and how it went on. `outcome` None = still open."""

    row: int
    filing: Filing
    filed_at: datetime
    unit: str
    outcome: Outcome | None
    answer: str
    answered_at: datetime | None
    closed_at: datetime | None
    referred_to: str
    confirmed: bool


def import_cases(path: Path, *, at: datetime, skip_bad: bool) -> Imported:
    """The good rows of the file are cases, if all are good or bad ones may be skipped; else nothing was stored."""
    good, problems = _tried(path, at=at)
    if problems and not skip_bad:
        return Imported(new=0, there=0, problems=tuple(problems))
    new = 0
    with progress("Kasus", total=len(good)) as tell:
        for start in range(0, len(good), BATCH):
            with transaction.atomic():
                new += sum(_bring_in(case, at=at) for case in good[start : start + BATCH])
            tell(min(start + BATCH, len(good)))
    return Imported(new=new, there=len(good) - new, problems=tuple(problems))


def _tried(path: Path, *, at: datetime) -> tuple[list[OldCase], list[Problem]]:
    """What could be brought in, and what not and why: each row was done and undone."""
    good: list[OldCase] = []
    problems: list[Problem] = []
    for some in _batches(_read(path, at=at)):
        with transaction.atomic():
            for case in some:
                problem = case if isinstance(case, Problem) else _problem_of(case, at=at)
                if problem is not None:
                    problems.append(problem)
                elif isinstance(case, OldCase):
                    good.append(case)
            transaction.set_rollback(True)
    return good, problems


def _batches(cases: Iterable[OldCase | Problem]) -> Iterator[list[OldCase | Problem]]:
    some: list[OldCase | Problem] = []
    for case in cases:
        some.append(case)
        if len(some) == BATCH:
            yield some
            some = []
    yield some


def _problem_of(case: OldCase, *, at: datetime) -> Problem | None:
    try:
        with transaction.atomic():
            _bring_in(case, at=at)
    except Refused as refusal:
        return Problem(case.row, refusal.message)
    return None


def _read(path: Path, *, at: datetime) -> Iterator[OldCase | Problem]:
    """The rows as old cases; a second row with the same `external_id` is a problem."""
    mark = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    seen: dict[str, int] = {}
    for row in read_table(path, columns=COLUMNS, needed=NEEDED):
        if isinstance(row, Problem):
            yield row
            continue
        outside = row.get("external_id")
        first = seen.setdefault(outside, row.number) if outside else row.number
        if first != row.number:
            yield Problem(row.number, f"external_id sama dengan baris {first}.")
            continue
        try:
            yield old_case(row, token=f"import/{outside}" if outside else f"import/{mark}/{row.number}", at=at)
        except Refused as refusal:
            yield Problem(row.number, refusal.message)


def old_case(row: Row, *, token: str, at: datetime) -> OldCase:
    """What the row says; raises `RowRefused` and other refusals that name what is wrong."""
    name = plain_line(row.get("name"))
    filed_at = _moment(row, "filed_at", at=at)
    if filed_at is None:
        row.refuse("filed_at", "belum diisi")
    filing = Filing(
        text=plain_text(row.needed("text")),
        place=_place(row),
        kind=Kind(_one_of(row, "kind", Kind, default=Kind.PENGADUAN)),
        topic=row.get("topic"),
        service=row.get("service"),
        identity=Identity(_one_of(row, "identity", Identity, default=Identity.NAMED if name else Identity.ANONYMOUS)),
        visibility=Visibility(_one_of(row, "visibility", Visibility, default=Visibility.PUBLIC)),
        channel=Channel(_one_of(row, "channel", Channel, default=Channel.IMPORT)),
        name=name,
        email=plain_line(row.get("email")),
        phone=plain_line(row.get("phone")),
        address=plain_line(row.get("address")),
        latitude=_degrees(row, "latitude", most=90),
        longitude=_degrees(row, "longitude", most=180),
        token=token,
    )
    outcome = _one_of(row, "outcome", Outcome, default="")
    return OldCase(
        row=row.number,
        filing=filing,
        filed_at=filed_at,
        unit=row.get("unit"),
        outcome=Outcome(outcome) if outcome else None,
        answer=plain_text(row.get("answer")),
        answered_at=_moment(row, "answered_at", at=at),
        closed_at=_moment(row, "closed_at", at=at),
        referred_to=row.get("referred_to"),
        confirmed=row.is_yes("confirmed"),
    )


def _one_of(row: Row, column: str, values: type[Kind | Identity | Visibility | Channel | Outcome], default: str) -> str:
    typed = row.get(column).upper()
    if not typed:
        return default
    known = [member.value for member in values]
    return typed if typed in known else row.refuse(column, f"harus salah satu dari {', '.join(known)}")


def _moment(row: Row, column: str, *, at: datetime) -> datetime | None:
    typed = row.get(column)
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)
        late = moment > at
    except (ValueError, OverflowError):
        row.refuse(column, "harus waktu ISO 8601, misalnya 2025-03-21T10:00")
    if late:
        row.refuse(column, "ada di masa depan")
    if moment.year < 2000:
        row.refuse(column, "terlalu lampau")
    return moment


def _degrees(row: Row, column: str, *, most: int) -> float | None:
    typed = row.get(column)
    if not typed:
        return None
    try:
        degrees = float(typed)
    except ValueError:
        row.refuse(column, "harus bilangan dengan titik desimal")
    if not abs(degrees) <= most:
        row.refuse(column, f"harus di antara -{most} dan {most}")
    return degrees


def _place(row: Row) -> str:
    """The code of the place, given as such or by names from the regency down."""
    if row.get("place"):
        return place_row(row.get("place")).code
    within = ""
    for column in ("regency", "district", "village"):
        typed = row.get(column)
        if not typed:
            continue
        level = 1 + ("regency", "district", "village").index(column)
        found = [place for place in places_named(typed, within=within, limit=50) if place.code.count(".") == level]
        exact = [place for place in found if place.name.lower() == typed.lower()] or found
        if len(exact) != 1:
            why = "tidak ditemukan" if not exact else f"tidak pasti: {', '.join(p.full_name for p in exact[:4])}"
            row.refuse(column, why)
        within = exact[0].code
    return within or row.refuse("place", "belum diisi. Isi kode tempat, atau regency, district, dan village")


def _bring_in(case: OldCase, *, at: datetime) -> bool:
    """The case is there with what followed; false when it was there before."""
    filed = file_case(filing=case.filing, by=replace(CITIZEN, imported_at=at), at=case.filed_at)
    if filed.repeated:
        return False
    if case.unit:
        _assign(filed.number, case, at=at)
    if case.outcome is not None:
        _end(filed.number, case, case.outcome, at=at)
    return True


def _assign(number: str, case: OldCase, *, at: datetime) -> None:
    """The unit that dealt with it is accountable."""
    held = locked_case(number=number)
    unit = unit_row(case.unit)
    if held.unit.code != unit.code or held.stage == Stage.WAITING:
        act(
            case=held,
            kind=EventKind.ASSIGNED,
            by=replace(SYSTEM, imported_at=at),
            at=case.filed_at,
            data={"from": held.unit.code, "unit": unit.code, "topic": "", "service": ""},
            text="Menurut data lama.",
        )


def _end(number: str, case: OldCase, outcome: Outcome, *, at: datetime) -> None:
    """The old outcome, as acts: closed without the citizen's word is closed by silence, never as solved."""
    system, citizen = replace(SYSTEM, imported_at=at), replace(CITIZEN, imported_at=at)
    ended = case.closed_at or case.answered_at
    if ended is None:
        raise Refused("no_moment", "kolom answered_at atau closed_at belum diisi, padahal outcome diisi.")
    if min(ended, case.answered_at or ended) < case.filed_at or (case.answered_at or ended) > ended:
        raise Refused("order", "urutan filed_at, answered_at, closed_at tidak mungkin.")
    check_length(case.answer, least=0, most=MOST_TEXT, name="Jawaban")
    held = locked_case(number=number)
    if outcome in ANSWER_OUTCOMES:
        if held.stage == Stage.WAITING:
            raise Refused("no_unit", "kasus ini tidak jatuh pada satu unit. Isi kolom unit.")
        answered_at, data = case.answered_at or ended, {"outcome": outcome.value}
        act(case=held, kind=EventKind.ANSWERED, by=system, at=answered_at, data=data, text=case.answer)
        if case.closed_at is not None and case.confirmed:
            act(case=held, kind=EventKind.CONFIRMED, by=citizen, at=case.closed_at, data=data)
        elif case.closed_at is not None:
            act(case=held, kind=EventKind.SILENCE, by=system, at=case.closed_at)
    elif outcome is Outcome.REFERRED:
        body = body_row(case.referred_to).code
        act(case=held, kind=EventKind.REFERRED, by=system, at=ended, data={"body": body}, text=case.answer)
    elif outcome is Outcome.OUT_OF_SCOPE:
        act(case=held, kind=EventKind.REJECTED, by=system, at=ended, text=case.answer)
    elif outcome is Outcome.WITHDRAWN:
        act(case=held, kind=EventKind.WITHDRAWN, by=citizen, at=ended, text=case.answer)
    else:
        raise Refused("outcome", "outcome SILENCE tidak perlu ditulis: isi SOLVED dengan confirmed = tidak.")
