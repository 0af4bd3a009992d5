# SPDX-License-Identifier: EUPL-1.2
"""Who is writing to a citizen right now, so that two officers do not write the same letter.

No act: it is forgotten after ten minutes, when the letter is sent, and never stands in the ledger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from melayani.cases.models import Writing
from melayani.cases.queries import moment_read
from melayani.government.registers import Colleague

FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Writer:
    """An officer who writes, and since when."""

    officer_id: int
    name: str
    since: datetime


@dataclass(frozen=True)
class Around:
    """The people around a case: its unit with those named in its history, by name, and who is writing."""

    people: tuple[Colleague, ...]
    writers: tuple[Writer, ...]

    def others(self, officer_id: int) -> tuple[Writer, ...]:
        """Who is writing besides this officer."""
        return tuple(writer for writer in self.writers if writer.officer_id != officer_id)


def begin_writing(*, case_id: int, officer_id: int, at: datetime) -> None:
    """It is known that the officer writes since `at`; whoever began within the last ten minutes keeps that moment."""
    with transaction.atomic():
        Writing.objects.filter(case_id=case_id, at__lte=at - FORGOTTEN_AFTER).delete()
        Writing.objects.bulk_create([Writing(case_id=case_id, officer_id=officer_id, at=at)], ignore_conflicts=True)


def end_writing(*, case_id: int, officer_id: int) -> None:
    """The officer no longer writes to this case."""
    Writing.objects.filter(case_id=case_id, officer_id=officer_id).delete()


def writers_of(case_id: int, *, at: datetime) -> tuple[Writer, ...]:
    """Who is writing to the case, the first one first."""
    known = Writing.objects.filter(case_id=case_id, at__gt=at - FORGOTTEN_AFTER).order_by("at", "id")
    return tuple(Writer(*values) for values in known.values_list("officer_id", "officer__name", "at"))


_PERSON = "person.id, person.username, person.name, person.unit_id, person.is_active"


def people_around(*, case_id: int, unit_id: int, also: Iterable[int], at: datetime) -> Around:
    """The officers of the unit and those with the ids `also`, and who is writing to the case. One statement.

    By hand, as one question: the page of a case may ask no more (PERF).
    """
    ids = sorted(set(also))
    named = f" OR person.id IN ({', '.join(['%s'] * len(ids))})" if ids else ""
    # The names are our own columns; every value is a parameter.
    statement = f"""
        SELECT {_PERSON}, NULL AS since FROM government_officer AS person WHERE person.unit_id = %s{named}
        UNION ALL
        SELECT {_PERSON}, writing.at FROM cases_writing AS writing
          JOIN government_officer AS person ON person.id = writing.officer_id
         WHERE writing.case_id = %s AND writing.at > %s
         ORDER BY 3, 1
    """  # noqa: S608  # see above
    fresh = connection.ops.adapt_datetimefield_value(at - FORGOTTEN_AFTER)
    with connection.cursor() as cursor:
        cursor.execute(statement, [unit_id, *ids, case_id, fresh])
        rows = [(*values[:4], bool(values[4]), moment_read(values[5])) for values in cursor.fetchall()]
    writers = [Writer(id, name, since) for id, _, name, _, _, since in rows if since is not None]  # noqa: A001  # a column
    return Around(
        people=tuple(Colleague(*values[:5]) for values in rows if values[5] is None),
        writers=tuple(sorted(writers, key=lambda writer: (writer.since, writer.officer_id))),
    )
