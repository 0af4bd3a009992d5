# SPDX-License-Identifier: EUPL-1.2
"""Who is writing: known for ten minutes from the beginning, forgotten when the letter is sent, never in the ledger."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases.models import Writing
from melayani.cases.writing import FORGOTTEN_AFTER, begin_writing, end_writing, people_around, writers_of
from melayani.government.models import Officer
from melayani.government.queries import unit_row
from melayani.ledger.models import Entry
from tests.builders import DISHUB, a_case, an_officer
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def names(case_id: int, *, after: timedelta) -> list[str]:
    return [writer.name for writer in writers_of(case_id, at=MONDAY + after)]


def test_the_beginning_is_kept_for_ten_minutes() -> None:
    case, ratih, joko = a_case(), an_officer("ratih"), an_officer("joko", roles=("head",))
    entries = Entry.objects.count()
    begin_writing(case_id=case.pk, officer_id=ratih.pk, at=MONDAY)
    begin_writing(case_id=case.pk, officer_id=ratih.pk, at=MONDAY + 5 * MINUTE)
    begin_writing(case_id=case.pk, officer_id=joko.pk, at=MONDAY + 6 * MINUTE)
    (first, second) = writers_of(case.pk, at=MONDAY + 9 * MINUTE)
    assert (first.name, first.since, second.name) == ("Ratih", MONDAY, "Joko")
    assert names(case.pk, after=FORGOTTEN_AFTER) == ["Joko"]
    assert Entry.objects.count() == entries


def test_writing_on_after_ten_minutes_begins_anew_and_leaves_nothing_old() -> None:
    case, ratih, joko = a_case(), an_officer("ratih"), an_officer("joko")
    begin_writing(case_id=case.pk, officer_id=ratih.pk, at=MONDAY)
    begin_writing(case_id=case.pk, officer_id=joko.pk, at=MONDAY)
    begin_writing(case_id=case.pk, officer_id=ratih.pk, at=MONDAY + 11 * MINUTE)
    assert names(case.pk, after=12 * MINUTE) == ["Ratih"]
    assert Writing.objects.count() == 1


def test_a_sent_letter_ends_it_for_this_case_and_officer_only() -> None:
    case, other, ratih = a_case(), a_case(), an_officer("ratih")
    joko = an_officer("joko")
    for officer in (ratih, joko):
        begin_writing(case_id=case.pk, officer_id=officer.pk, at=MONDAY)
    begin_writing(case_id=other.pk, officer_id=ratih.pk, at=MONDAY)
    end_writing(case_id=case.pk, officer_id=ratih.pk)
    assert names(case.pk, after=MINUTE) == ["Joko"]
    assert names(other.pk, after=MINUTE) == ["Ratih"]


def test_the_people_around_a_case_are_one_question() -> None:
    case = a_case()
    ratih, andi = an_officer("ratih"), an_officer("andi")
    far, unknown = an_officer("bambang", unit="35.07.kesehatan"), an_officer("citra", unit="35.07.kesehatan")
    nanik = an_officer("nanik", unit="35.07.koordinator", roles=("triage",))
    Officer.objects.filter(pk=andi.pk).update(is_active=False)
    begin_writing(case_id=case.pk, officer_id=nanik.pk, at=MONDAY)
    begin_writing(case_id=case.pk, officer_id=ratih.pk, at=MONDAY + MINUTE)
    unit_id = unit_row(DISHUB).id
    with CaptureQueriesContext(connection) as queries:
        around = people_around(case_id=case.pk, unit_id=unit_id, also={far.pk}, at=MONDAY + 2 * MINUTE)
    assert len(queries) == 1
    assert [(person.username, person.active) for person in around.people] == [
        ("andi", False), ("bambang", True), ("ratih", True),
    ]  # fmt: skip
    assert unknown.pk not in {person.id for person in around.people}
    assert [writer.name for writer in around.writers] == ["Nanik", "Ratih"]
    assert [writer.name for writer in around.others(ratih.pk)] == ["Nanik"]
    later = people_around(case_id=case.pk, unit_id=unit_id, also=(), at=MONDAY + timedelta(hours=1))
    assert later.writers == ()
    assert [person.username for person in later.people] == ["andi", "ratih"]
