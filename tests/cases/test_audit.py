# SPDX-License-Identifier: EUPL-1.2
"""The audit: quiet over honest logs, and every change of a column, a row or a file is named.

Controls: `test_audit_controls`.
"""

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, models, transaction

from melayani.cases.audit import NOT_COMMITTED
from melayani.cases.audit_rows import columns_of, selected
from melayani.cases.models import Attachment, Case, CaseText, Event, Party, Vault
from melayani.cases.rules import Stage
from melayani.government.models import AdministrativeAct
from melayani.ground.canonical_json import canonical_json
from melayani.ledger.auditing import Difference
from melayani.ledger.models import Checkpoint, Entry, LostLeaf, Statement
from tests.builders import a_case, filed
from tests.cases.some_audits import EVENING, HOUR, a_lost_leaf, audited, everything, named, run, sealed, the_log
from tests.conftest import MONDAY, ON_POSTGRES

pytestmark = pytest.mark.django_db
IN_SCOPE: tuple[type[models.Model], ...] = (
    Case, Event, CaseText, Vault, Attachment, Party, Entry, AdministrativeAct, Statement, LostLeaf, Checkpoint,
)  # fmt: skip


@contextmanager
def undone() -> Iterator[None]:
    """What happens within has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_an_honest_log_agrees_with_itself() -> None:
    everything()
    report = audited()
    assert report.differences == []
    assert (report.entries, report.pending, report.lost) == (Entry.objects.count(), 0, 0)
    assert report.leaves == Entry.objects.count()
    assert report.erased == Entry.objects.filter(salt=None).count() == 4
    assert report.root == bytes(Checkpoint.objects.get().root)


def test_an_empty_instance_agrees_with_itself() -> None:
    assert audited().differences == []
    sealed(MONDAY)
    assert audited().differences == []


def test_a_case_that_was_given_the_number_0_hides_nobody() -> None:
    number = filed().number
    sealed(MONDAY)
    for odd in (0, -500, 9 * 10**18):
        with undone():
            with connection.constraint_checks_disabled():
                run("UPDATE cases_case SET id = %s, title = 'x'", odd)
                for table in ("cases_event", "cases_vault"):
                    run(f"UPDATE {table} SET case_id = %s", odd)  # noqa: S608  # fixed names
            assert named(case=number, column="title")


def test_an_act_of_tomorrow_is_named() -> None:
    told = filed(visibility="SECRET")
    with undone():
        run("UPDATE ledger_entry SET recorded_at = %s", int(MONDAY.timestamp()) + 90_000)
        found = audited(sealed=False)
        assert Difference(told.number, 0, "recorded_at") in found.differences


def test_without_the_master_key_the_rest_is_audited() -> None:
    everything()
    assert audited(sealed=False).differences == []
    run("UPDATE cases_case SET stage = %s WHERE stage = %s", Stage.TAKEN, Stage.ROUTED)
    assert audited(sealed=False).differences != []


def test_lost_leaves_are_counted_and_compared() -> None:
    filed()
    index = a_lost_leaf()
    report = audited()
    assert (report.differences, report.lost, report.entries, report.leaves) == ([], 1, index + 1, index + 2)
    for column in ("leaf", "leaf_hash"):
        with undone():
            run(f"UPDATE ledger_lostleaf SET {column} = %s", bytes(32))  # noqa: S608  # names of tables
            assert audited().differences
    run("DELETE FROM ledger_lostleaf")
    assert named(case="", column=f"leaf {index}")


def test_a_deleted_act_passed_off_as_lost_is_named() -> None:
    """The control is the test above: what a restore lost is named by a statement of the log, and is no difference."""
    filed()
    sealed(MONDAY)
    last = Entry.objects.order_by("-leaf_index")[0]
    with undone():
        run("INSERT INTO ledger_lostleaf VALUES (%s, %s, %s)", last.leaf_index, last.leaf, last.leaf_hash)
        for table, column in (("cases_casetext", "event_id"), ("cases_event", "entry_id"), ("ledger_entry", "id")):
            run(f"DELETE FROM {table} WHERE {column} = %s", last.pk)  # noqa: S608  # names of tables
        assert named(case="", column=f"lost leaf {last.leaf_index}")


@pytest.mark.parametrize("secret", [False, True])
def test_what_waits_is_a_difference_only_when_overdue(secret: bool) -> None:
    number = filed(visibility="SECRET" if secret else "PUBLIC").number
    limit = timedelta(hours=9, seconds=60) if secret else timedelta(seconds=60)
    for late in (timedelta(0), limit):
        report = audited(at=MONDAY + late)
        assert (report.differences, report.pending) == ([], Entry.objects.count())
    overdue = audited(at=MONDAY + limit + timedelta(seconds=1))
    assert Difference(number, 0, "leaf_index") in overdue.differences


def test_rows_blanked_without_an_erasure_in_the_log_are_named() -> None:
    numbers = everything()
    for number, expected in ((numbers["open"], True), (numbers["erased"], False)):
        case = Case.objects.get(number=number)
        with undone():
            run("UPDATE ledger_entry SET salt = NULL WHERE stream = %s AND kind <> 'case.erased'", case.stream)
            assert named(case=number, event=0, column="salt") is expected
    # The leaf that says so was never sealed.
    case = Case.objects.get(number=numbers["erased"])
    run("UPDATE ledger_entry SET leaf_index = NULL WHERE stream = %s AND kind = 'case.erased'", case.stream)
    assert named(case=case.number, event=0, column="salt")


def other(value: Any, field: "models.Field[Any, Any]") -> list[Any]:
    """Other values for a column: changed, and null where that is allowed."""
    nothing: list[Any] = [None] if field.null and value is not None else []
    makers: list[tuple[Any, Any]] = [
        (models.JSONField, lambda: ['{"n":1}', '{"x":1.5}', "[1]", '"x"']),
        (models.BooleanField, lambda: [not value]),
        (models.DateTimeField, lambda: [a_second_later(value, field)]),
        (models.BinaryField, lambda: turned(bytes(value or b"x"))),
        (models.FloatField, lambda: [(value or 0) + 0.001]),
        ((models.IntegerField, models.AutoField), lambda: [(value or 0) + 1, (value or 0) + 100_000]),
        (models.ForeignKey, lambda: [value + 1 if isinstance(value, int) else 1 if value is None else value[:-1]]),
        (models.Field, lambda: ["" if value else "x", f"{value or ''}x"]),
    ]
    make = next(make for kinds, make in makers if isinstance(field, kinds))
    return [*nothing, *make()]


def a_second_later(value: Any, field: "models.Field[Any, Any]") -> Any:
    moment = MONDAY.astimezone(UTC) if value is None else field.to_python(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return connection.ops.adapt_datetimefield_value(moment + timedelta(seconds=1))


def turned(content: bytes) -> list[bytes]:
    return [bytes([content[0] ^ 1]) + content[1:], content[:-1]]


def mutations(model: type[models.Model]) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Every other value of every column that is committed to, of every row."""
    pk = columns_of(model)[0].column
    names = [field.column for field in columns_of(model)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {selected(model, 'r')} FROM {model._meta.db_table} r ORDER BY {pk}")  # noqa: S608  # names of tables
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert rows, model
    for row in rows:
        for field in columns_of(model):
            if field.column in NOT_COMMITTED.get(model._meta.db_table, {}):
                continue
            for value in other(row[field.column], field):
                if value != row[field.column]:
                    yield row, field, value


def not_told(model: type[models.Model], row: dict[str, Any], column: str) -> bool:
    """Of an erased case nothing holds the data of its acts any more but the history itself."""
    if model not in (Event, Attachment) or not Case.objects.filter(pk=row["case_id"]).exclude(erased_at=None).exists():
        return False
    # Nor is there a photo any more; its row waits for the sweep.
    return column == "data" if model is Event else column not in ("wrapped_key", "released")


def changed(model: type[models.Model], row: dict[str, Any], column: str, value: object) -> bool:
    """Whether the column could be changed; the database itself refuses some values."""
    pk = columns_of(model)[0].column
    mark = "%s::jsonb" if connection.vendor == "postgresql" and column in ("data", "change") else "%s"
    try:
        with transaction.atomic():
            return run(f"UPDATE {model._meta.db_table} SET {column} = {mark} WHERE {pk} = %s", value, row[pk]) == 1  # noqa: S608  # names of tables
    except (IntegrityError, DataError):
        return False


def whose(model: type[models.Model], row: dict[str, Any]) -> str:
    """The number of the case that a row belongs to; empty when none does."""
    entry = row.get("entry_id") or row.get("event_id") or (row["id"] if model is Entry else None)
    case = row.get("case_id") or (row["id"] if model is Case else 0)
    found = Case.objects.filter(events__entry_id=entry) if entry is not None else Case.objects.filter(pk=case)
    return str(found.values_list("number", flat=True).first() or "")


@pytest.mark.prove
@pytest.mark.parametrize("model", IN_SCOPE)
def test_every_change_of_every_column_is_named(model: type[models.Model]) -> None:
    everything()
    if model is LostLeaf:
        a_lost_leaf(at=EVENING)
    assert audited().differences == []
    tried, missed, elsewhere = 0, [], []
    # All of them take long on a server, and are the same there.
    for row, field, value in itertools.islice(mutations(model), 0, None, 5 if ON_POSTGRES else 1):
        if not_told(model, row, field.column):
            continue
        number = whose(model, row)
        with undone():
            if not changed(model, row, field.column, value):
                continue
            tried += 1
            cases = {each.case for each in audited().differences}
            if not cases:
                missed.append((field.column, value, row))
            elif number not in cases and field.column != "number":
                elsewhere.append((field.column, value, cases))
    assert ON_POSTGRES or tried >= len(columns_of(model)) - len(NOT_COMMITTED.get(model._meta.db_table, {})) - 1
    assert not missed, missed[0]
    assert not elsewhere, elsewhere[0]


def test_a_few_changes_are_named_to_the_column() -> None:
    number = everything()["open"]
    case = Case.objects.get(number=number)
    first = Event.objects.get(case=case, sequence=0)
    for table, column, key, value, event, told in (
        ("cases_case", "stage", ("id", case.pk), "TAKEN", None, "stage"),
        ("cases_case", "broken", ("id", case.pk), True, None, "broken"),
        ("cases_event", "at", ("entry_id", first.pk), "2026-01-05 01:00:00", 0, "at"),
        ("ledger_entry", "unit_code", ("id", first.pk), "35.07.dinkes", 0, "unit_code"),
        ("ledger_entry", "recorded_at", ("id", first.pk), 5, 0, "recorded_at"),
        ("cases_casetext", "released", ("event_id", first.pk), "Lampu menyala.", 0, "text.released"),
        ("cases_vault", "contact", ("case_id", case.pk), b"x" * 60, None, "vault.contact"),
    ):
        with undone():
            assert run(f"UPDATE {table} SET {column} = %s WHERE {key[0]} = %s", value, key[1]) == 1  # noqa: S608  # names of tables
            assert named(case=number, event=event, column=told), (table, column)


def test_every_column_is_committed_to_or_listed_with_a_reason() -> None:
    known = {model._meta.db_table: {field.column for field in columns_of(model)} for model in IN_SCOPE}
    for table, columns in NOT_COMMITTED.items():
        assert columns.keys() <= known[table]
        assert all(len(reason) > 15 for reason in columns.values())


@pytest.mark.parametrize("table", ["cases_event", "ledger_entry", "cases_casetext", "cases_vault", "cases_attachment",
                                   "cases_party", "ledger_statement", "government_administrativeact",
                                   "ledger_checkpoint"])  # fmt: skip
def test_a_row_that_is_gone_is_named(table: str) -> None:
    everything()
    # What an erasure left of a photo is swept away soon afterwards.
    Attachment.objects.filter(wrapped_key=None).delete()
    model = next(model for model in IN_SCOPE if model._meta.db_table == table)
    pk = columns_of(model)[0].column
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {pk} FROM {table} ORDER BY {pk}")  # noqa: S608  # names of tables
        keys = [row[0] for row in cursor.fetchall()]
    for key in keys[:12]:
        with undone():
            if connection.vendor == "postgresql":
                run("SET CONSTRAINTS ALL DEFERRED")
            run(f"DELETE FROM {table} WHERE {pk} = %s", key)  # noqa: S608  # names of tables
            assert audited().differences, key


def test_a_case_that_is_gone_with_everything_is_named_by_its_leaves() -> None:
    number = filed().number
    sealed(MONDAY)
    case = Case.objects.get(number=number)
    entry = Entry.objects.get(event__case=case)
    for table, column, value in (("cases_casetext", "event_id", entry.pk), ("cases_event", "entry_id", entry.pk),
                                 ("cases_vault", "case_id", case.pk), ("cases_case", "id", case.pk),
                                 ("ledger_entry", "id", entry.pk)):  # fmt: skip
        run(f"DELETE FROM {table} WHERE {column} = %s", value)  # noqa: S608  # names of tables
    assert named(column=f"leaf {entry.leaf_index}")


def swap(table: str, column: str, one: int, two: int) -> None:
    """Two rows exchange what stands in the column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE id IN (%s, %s)", [one, two])  # noqa: S608  # names of tables
        values = dict(cursor.fetchall())
    run(f"UPDATE {table} SET {column} = NULL WHERE id = %s", one)  # noqa: S608  # names of tables
    run(f"UPDATE {table} SET {column} = %s WHERE id = %s", values[one], two)  # noqa: S608  # names of tables
    run(f"UPDATE {table} SET {column} = %s WHERE id = %s", values[two], one)  # noqa: S608  # names of tables


@pytest.mark.parametrize("column", ["leaf_index", "position", "salt"])
def test_two_rows_that_exchange_a_number_are_named(column: str) -> None:
    number = a_case(stage=Stage.CLOSED).number
    sealed(MONDAY + 3 * HOUR)
    one, two = Entry.objects.filter(event__case__number=number).order_by("id").values_list("id", flat=True)[:2]
    swap("ledger_entry", column, one, two)
    assert {each.case for each in audited().differences} == {number}


def test_a_tail_that_was_cut_off_is_named() -> None:
    filed()
    sealed(MONDAY)
    [before] = Checkpoint.objects.values()
    number = filed(text="Lampu lain padam di depan pasar.").number
    sealed(MONDAY)
    case = Case.objects.get(number=number)
    run("DELETE FROM cases_casetext WHERE event_id IN (SELECT entry_id FROM cases_event WHERE case_id = %s)", case.pk)
    run("DELETE FROM cases_vault WHERE case_id = %s", case.pk)
    run("DELETE FROM cases_event WHERE case_id = %s", case.pk)
    run("DELETE FROM cases_case WHERE id = %s", case.pk)
    run("DELETE FROM ledger_entry WHERE stream = %s", case.stream)
    Checkpoint.objects.all().delete()
    Checkpoint.objects.create(**before)
    assert named(case="", column="checkpoint.size")


def damaged(path: Path) -> Iterator[str]:
    """The file with single bits turned, one after the other, and cut; whole again afterwards."""
    whole = path.read_bytes()
    bits = random.Random(str(path)).sample(range(len(whole) * 8), min(24, len(whole) * 8))
    for bit in bits:
        turned = bytearray(whole)
        turned[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(turned))
        yield f"bit {bit}"
    path.write_bytes(whole[:-2])
    yield "cut"
    path.unlink()
    yield "gone"
    path.write_bytes(whole)


@pytest.mark.prove
def test_every_damaged_file_of_the_log_is_named() -> None:
    for _ in range(90):
        a_case(stage=Stage.CLOSED)
    sealed(MONDAY + 3 * HOUR)
    files = sorted(path for path in the_log().folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    memory = the_log().signed()
    paths = [path.relative_to(the_log().folder).as_posix() for path in files]
    assert {"tile/0/000", "tile/entries/000", "tile/1/000.p/1", "checkpoint", "signed.json", "keys"} <= set(paths)
    for path, name in zip(files, paths, strict=True):
        for what in damaged(path):
            found = {each.column for each in audited().differences}
            if not found and name == "signed.json":
                # A blank of another kind between its parts says nothing.
                assert the_log().signed() == memory
                continue
            assert found, (name, what)
            assert name in found or name in ("keys", "checkpoint", "signed.json"), (name, what, found)
    assert audited().differences == []


def test_photos_are_looked_for_and_opened_if_asked() -> None:
    from melayani.cases.files import path_of

    number = everything()["open"]
    file = path_of(Attachment.objects.filter(case__number=number, event__sequence=0)[0].name)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert audited(files=False).differences == []
    assert audited(files=True).differences == [Difference(number, 0, "file")]
    file.write_bytes(whole[:-1])
    assert audited(files=False).differences == [Difference(number, 0, "attachment.size")]
    file.unlink()
    assert audited(files=False).differences == [Difference(number, 0, "file")]
    file.write_bytes(whole)
    assert audited().differences == []


@pytest.mark.once
@pytest.mark.prove
@pytest.mark.parametrize("seed", range(4))
def test_synthetic_histories_agree(seed: int) -> None:
    from melayani.site.seed import seed_cases

    seed_cases(cases=150, seed=seed, at=MONDAY, processes=0)
    sealed(EVENING)
    report = audited()
    assert report.differences == []
    assert report.leaves == report.entries > 500
    # The same sight finds one changed answer among them.
    event = random.Random(seed).choice(list(Event.objects.filter(kind="case.answered")))
    said = {**event.data, "outcome": "SOLVED" if event.data["outcome"] != "SOLVED" else "DUPLICATE"}
    run("UPDATE cases_event SET data = %s WHERE entry_id = %s", canonical_json(said).decode(), event.pk)
    assert {(each.case, each.event) for each in audited().differences} >= {(event.case.number, event.sequence)}
