# SPDX-License-Identifier: EUPL-1.2
"""Saved filters: one for each name, each officer's own, a few at most; nothing enters the ledger."""

import pytest

from melayani.cases import saved_filters
from melayani.cases.desk_counts import work_head
from melayani.cases.desk_queries import WorkList
from melayani.cases.saved_filters import FilterRefused, SavedRow, forget_filter, save_filter
from melayani.ground.errors import Refused
from melayani.ledger.models import Entry
from tests.builders import an_officer, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
QUERY = "unit?topik=perhubungan"


def saved(username: str = "ratih") -> tuple[SavedRow, ...]:
    """What stands above the lists of this officer."""
    return work_head(actor=officer_actor(username), lists=(WorkList.UNIT,), at=MONDAY).saved


def test_a_filter_is_kept_and_one_of_the_same_name_replaced() -> None:
    ratih = an_officer().pk
    entries = Entry.objects.count()
    assert saved() == ()
    kept = save_filter(officer_id=ratih, name="  Lampu\u200b jalan ", query=QUERY)
    assert kept == SavedRow(name="Lampu jalan", query=QUERY)
    save_filter(officer_id=ratih, name="akhir", query="selesai?umur=30")
    assert saved() == (SavedRow("akhir", "selesai?umur=30"), SavedRow("Lampu jalan", QUERY))
    save_filter(officer_id=ratih, name="Lampu jalan", query="unit?umur=7")
    assert saved()[1] == SavedRow("Lampu jalan", "unit?umur=7")
    assert saved("joko") == ()
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("name", ['"]}, ["x", "y"', "it's", "😀" * 60, "a\\b", "<b>", "', (SELECT 1)"])
def test_any_name_comes_back_as_it_was(name: str) -> None:
    save_filter(officer_id=an_officer().pk, name=name, query=QUERY)
    assert saved() == (SavedRow(name=name, query=QUERY),)


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("", QUERY, "text_empty"),
        ("\x00 \u200b", QUERY, "text_empty"),
        ("x" * 61, QUERY, "text_long"),
        ("kosong", "unit?", "filter_empty"),
        ("panjang", "unit?" + "x" * 300, "filter_long"),
    ],
)
def test_refusals_write_nothing(name: str, query: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        save_filter(officer_id=an_officer().pk, name=name, query=query)
    assert refused.value.code == code
    assert saved() == ()


def test_a_few_at_most_but_one_of_them_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_filters, "MOST_SAVED", 2)
    ratih = an_officer().pk
    save_filter(officer_id=ratih, name="satu", query=QUERY)
    save_filter(officer_id=ratih, name="dua", query=QUERY)
    with pytest.raises(FilterRefused) as refused:
        save_filter(officer_id=ratih, name="tiga", query=QUERY)
    assert refused.value.code == "filters_many"
    save_filter(officer_id=ratih, name="dua", query="unit?umur=7")
    assert [row.name for row in saved()] == ["dua", "satu"]


def test_forgetting_answers_what_it_was_and_never_takes_another_officers() -> None:
    save_filter(officer_id=an_officer().pk, name="Lampu", query=QUERY)
    joko = an_officer("joko").pk
    assert forget_filter(officer_id=joko, name="Lampu") is None
    assert saved() == (SavedRow("Lampu", QUERY),)
    assert forget_filter(officer_id=an_officer().pk, name="Lampu") == SavedRow("Lampu", QUERY)
    assert forget_filter(officer_id=an_officer().pk, name="Lampu") is None
    assert saved() == ()
