# SPDX-License-Identifier: EUPL-1.2
"""An export gives the rows of its list in its order, says why they end, tells nothing personal, and is recorded."""

import json
from dataclasses import fields

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_export, desk_walks
from melayani.cases.desk_export import End, Export, ExportRow, Form, export_cases
from melayani.cases.desk_filters import WorkFilter
from melayani.cases.desk_queries import WorkList, work_list
from melayani.cases.rules import Identity, Stage
from melayani.government.models import AdministrativeAct, Officer
from melayani.government.rules import NotAdministrator
from melayani.ledger.models import Entry
from tests.builders import DISHUB, a_case, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db


def export(which: WorkList = WorkList.UNIT, narrowed: WorkFilter = WorkFilter()) -> Export:  # noqa: B008  # it is frozen
    """An export by Ratih."""
    return export_cases(actor=officer_actor(), which=which, narrowed=narrowed, form=Form.CSV, by="ratih", at=MONDAY)


@pytest.mark.parametrize("which", list(WorkList))
def test_the_rows_are_those_of_the_list_in_its_order(which: WorkList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_export, "BATCH", 2)
    for stage in Stage:
        if stage is not Stage.WAITING:
            a_case(stage=stage)
            a_case(stage=stage)
    out = export(which)
    rows = work_list(actor=officer_actor(), which=which, at=MONDAY).rows
    assert [row.number for row in out] == [row.number for row in rows]
    assert (out.count, out.end) == (len(rows), End.ALL)


def test_a_row_says_who_holds_the_case_and_every_moment() -> None:
    closed = a_case(stage=Stage.CLOSED)
    (row,) = export(WorkList.CLOSED)
    assert (row.officer_name, row.outcome, row.broken) == ("Ratih", "SOLVED", False)
    assert (row.filed_at, row.due_at) == (closed.filed_at, closed.due_at)
    assert (row.answered_at, row.closed_at, row.asked_at) == (closed.answered_at, closed.closed_at, None)
    a_case()
    (free,) = export()
    assert free.officer_name == ""


def test_nothing_in_a_row_can_tell_who_filed_or_what_was_written() -> None:
    names = {field.name for field in fields(ExportRow)}
    assert not names & {"latitude", "longitude", "why", "channel", "identity", "stream", "key_hash", "text"}
    a_case(identity=Identity.NAMED, name="Sari Kenari", email="sari@contoh.example", phone="081234567890",
           text="Kenari kuning hilang di depan rumah saya.")  # fmt: skip
    told = " ".join(map(str, export()))
    for canary in ("Kenari", "kenari", "contoh.example", "0812"):
        assert canary not in told


def test_more_than_may_be_exported_ends_honestly(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        a_case()
    monkeypatch.setattr(desk_export, "MOST_EXPORTED", 2)
    out = export()
    assert len(list(out)) == 2
    assert out.end is End.MOST
    monkeypatch.setattr(desk_export, "MOST_EXPORTED", 3)
    out = export()
    assert len(list(out)) == 3
    assert out.end is End.ALL


def test_a_filter_that_hardly_anything_passes_ends_honestly(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        a_case()
    monkeypatch.setattr(desk_walks, "MOST_EXAMINED", 1)
    monkeypatch.setattr(desk_export, "MOST_BATCHES", 1)
    out = export(narrowed=WorkFilter(topic="kesehatan"))
    assert list(out) == []
    assert out.end is End.FAR


def test_an_export_is_recorded_in_codes() -> None:
    entries = Entry.objects.count()
    export(WorkList.CLOSED, WorkFilter(topic="perhubungan", older_days=30))
    assert Entry.objects.count() == entries + 1
    act = AdministrativeAct.objects.get(kind="cases.exported")
    assert act.officer == Officer.objects.get(username="ratih")
    assert act.data["unit"] == DISHUB
    assert {name: act.data[name] for name in ("list", "form", "filter")} == {
        "list": "selesai",
        "form": "csv",
        "filter": {"topic": "perhubungan", "older_days": "30"},
    }
    assert "Ratih" not in json.dumps(act.data)


def test_whose_account_is_closed_exports_nothing() -> None:
    actor = officer_actor()
    Officer.objects.update(is_active=False)
    entries = Entry.objects.count()
    with pytest.raises(NotAdministrator):
        export_cases(actor=actor, which=WorkList.UNIT, narrowed=WorkFilter(), form=Form.XLSX, by="ratih", at=MONDAY)
    assert Entry.objects.count() == entries


def test_each_batch_is_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_export, "BATCH", 2)
    for _ in range(5):
        a_case()
    out = export()
    with CaptureQueriesContext(connection) as queries:
        assert len(list(out)) == 5
    assert len(queries) == 3
