# SPDX-License-Identifier: EUPL-1.2
"""Recording, stamping and reading forward; the broken variants show that the checks can fail."""

from datetime import datetime

import pytest
from django.db import connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from melayani.ledger.actions import STAMP, read_forward, record, reset_reader, stamp_positions, store
from melayani.ledger.models import Entry, Reader
from melayani.ledger.rules import prepare_entry
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def an_entry(sequence: int = 0, at: datetime = MONDAY) -> Entry:
    with transaction.atomic():
        return record(
            stream=bytes(16), sequence=sequence, kind="case.filed", event={"n": sequence}, salt=bytes(32), at=at
        )


def positions() -> list[int | None]:
    return list(Entry.objects.order_by("id").values_list("position", flat=True))


def test_a_record_has_its_final_bytes_and_no_numbers_yet() -> None:
    entry = an_entry()
    stored = Entry.objects.get(pk=entry.pk)
    assert (stored.position, stored.leaf_index) == (None, None)
    assert stored.recorded_at == int(MONDAY.timestamp())
    assert bytes(stored.leaf).startswith(b'{"c":"')
    assert len(bytes(stored.leaf_hash)) == 32
    assert len(bytes(stored.salt or b"")) == 32


def test_positions_are_gap_free_in_order_and_given_once() -> None:
    for n in range(5):
        an_entry(n)
    assert stamp_positions(most=3) == 3
    assert positions() == [1, 2, 3, None, None]
    an_entry(5)
    assert stamp_positions() == 3
    assert stamp_positions() == 0
    assert positions() == [1, 2, 3, 4, 5, 6]


def test_stamping_an_empty_ledger_and_budget(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    assert stamp_positions() == 0
    an_entry()
    with django_assert_max_num_queries(4):
        assert stamp_positions() == 1


def test_a_late_commit_with_a_smaller_id_is_not_skipped() -> None:
    """What an id cursor would lose: the row with the smaller id becomes visible after the reader passed it."""
    first, second = an_entry(0), an_entry(1)
    # The smaller id is still in flight in another transaction: simulate by hiding it from the first stamping.
    late = Entry.objects.filter(pk=first.pk)
    values = late.values().get()
    late.delete()
    stamp_positions()
    seen: list[int] = []
    read_forward(name="reader", act=lambda entry: seen.append(entry.pk))
    Entry.objects.create(**values)
    stamp_positions()
    read_forward(name="reader", act=lambda entry: seen.append(entry.pk))
    assert seen == [second.pk, first.pk]
    # Control: a cursor on ids, standing at the last id seen, never finds it.
    assert not Entry.objects.filter(pk__gt=second.pk).exists()


def test_readers_see_each_entry_once_and_can_start_again() -> None:
    for n in range(4):
        an_entry(n)
    stamp_positions()
    seen: list[int] = []

    def act(entry: Entry) -> None:
        seen.append(entry.sequence)

    assert read_forward(name="r", act=act, most=3) == 3
    assert read_forward(name="r", act=act) == 1
    assert read_forward(name="r", act=act) == 0
    assert seen == [0, 1, 2, 3]
    reset_reader(name="r")
    assert read_forward(name="r", act=act) == 4


def test_a_reader_that_fails_leaves_no_effect_and_tries_again() -> None:
    for n in range(3):
        an_entry(n)
    stamp_positions()

    def act(entry: Entry) -> None:
        Reader.objects.create(name=f"effect-{entry.sequence}")
        if entry.sequence == 1 and not failed:
            failed.append(True)
            raise RuntimeError("crash")

    failed: list[bool] = []
    with pytest.raises(RuntimeError):
        read_forward(name="r", act=act)
    assert not Reader.objects.filter(name__startswith="effect").exists()
    assert read_forward(name="r", act=act) == 3
    assert Reader.objects.filter(name__startswith="effect").count() == 3


def test_recording_outside_a_transaction_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare_entry(stream=bytes(16), sequence=0, kind="k", event={}, salt=bytes(32), recorded_at=1)
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(RuntimeError, match="same transaction"):
            store(prepared)


def bulk(count: int) -> None:
    """So many pending entries at once, as an import writes them."""
    Entry.objects.bulk_create(
        Entry(stream=bytes(16), sequence=n, kind="k", recorded_at=1, leaf=b"{}", leaf_hash=bytes(32))
        for n in range(count)
    )


def test_many_entries_at_once_are_each_found_by_their_id_on_postgres() -> None:
    """The statistics are from a moment at which nothing was pending, as they are whenever an import begins."""
    if connection.vendor != "postgresql":
        return
    bulk(3000)
    stamp_positions()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_entry")
        bulk(3000)

        def walked(statement: str) -> bool:
            """Whether the pending rows are joined with all pending rows."""
            cursor.execute(f"EXPLAIN {statement}", [20_000])
            return "\n".join(row[0] for row in cursor.fetchall()).count("entry_without_position") > 1

        # The control is what once made a million entries take hours.
        assert walked(STAMP.rstrip() + " AND ledger_entry.position IS NULL")
        assert not walked(STAMP)
