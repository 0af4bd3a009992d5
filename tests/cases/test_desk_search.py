# SPDX-License-Identifier: EUPL-1.2
"""Searching finds by title, place, topic, number and story, only what the officer may read, and keeps nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from melayani.cases import desk_queries, desk_search
from melayani.cases.desk_queries import actor_for
from melayani.cases.desk_search import Hits, cases_with, kept_words, may_open, search_words, words_kept
from melayani.cases.models import Case, CaseText, Event, Vault
from melayani.cases.rules import Actor, Stage, Visibility
from tests.builders import DESK, a_case, a_waiting_case, an_officer, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
STORY = "Tiang keropos di dekat mushola Al-Ikhlas, digoyang anak kecil saja gerak."


def found(typed: str, actor: Actor | None = None) -> list[str]:
    """The numbers found."""
    return [hit.row.number for hit in search(typed, actor).hits]


def search(typed: str, actor: Actor | None = None) -> Hits:
    """What the officer finds."""
    return cases_with(search_words(typed), actor=actor or officer_actor())


def inspector(unit: str = "35.inspektorat") -> Actor:
    """Of the province, or of the region of the unit."""
    return actor_for(an_officer("dewi", unit=unit, roles=("inspectorate",)))


@pytest.mark.parametrize(
    "typed",
    [
        "keropos",
        "KEROPOS mushola",
        "perhubungan keropos",
        "kepanjen",
        "al ikhlas",
        "oyang",
        "keropos, mushola!",
        "Kel. Kepanjen",
    ],
)
def test_words_are_found_in_title_place_topic_and_story(typed: str) -> None:
    case = a_case(text=STORY)
    a_case(place="35.07.24.2007", service="", topic="kesehatan")
    assert found(typed) == [case.number]


def test_a_part_of_the_number_is_found() -> None:
    case = a_case()
    a_case()
    assert found(case.number[3:7].lower()) == [case.number] or len(found(case.number[3:7])) == 2


@pytest.mark.parametrize("typed", ["keropos jembatan", "zzz", "peternakan"])
def test_all_words_must_occur(typed: str) -> None:
    a_case(text=STORY)
    assert found(typed) == []


def test_the_place_in_the_story_is_shown() -> None:
    a_case(text=f"{'Pembuka yang panjang sekali. ' * 10}{STORY}{' Penutup.' * 40}")
    said = search("keropos").hits[0].said
    assert "Tiang keropos di dekat mushola" in said
    assert said.startswith("… ")
    assert said.endswith(" …")
    assert len(said) < 4 * desk_search.AROUND
    assert search("kepanjen").hits[0].said.startswith("Pembuka")


def test_open_cases_come_first_then_the_newest() -> None:
    old = a_case(at=MONDAY - timedelta(days=30))
    closed = a_case(stage=Stage.CLOSED)
    new = a_case()
    assert found("kepanjen") == [new.number, old.number, closed.number]


def test_only_the_story_of_the_filing_and_of_open_cases_is_opened() -> None:
    closed = a_case(stage=Stage.CLOSED, text=STORY)
    asked = a_case(stage=Stage.ASKED, text=STORY)
    assert found("keropos") == [asked.number]
    assert closed.number in found("kepanjen")
    assert search("keropos").opened == 1


# Who finds what.


def test_an_officer_of_another_unit_finds_nothing() -> None:
    a_case(text=STORY)
    secret = a_case(text=STORY, visibility=Visibility.SECRET)
    stranger = officer_actor("bambang", unit="35.07.kesehatan")
    for typed in ("keropos", "kepanjen", "perhubungan", secret.number[3:7]):
        assert found(typed, stranger) == []
    assert not may_open(number=secret.number, actor=stranger)


def test_control_a_search_that_forgets_who_asks_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    case = a_case()
    monkeypatch.setattr(desk_queries, "readable", lambda _actor: Q())
    monkeypatch.setattr(
        desk_search,
        "reach_of",
        lambda _actor: desk_queries.Reach(everything=True, units=frozenset(), desks=frozenset()),
    )
    assert found("kepanjen", officer_actor("bambang", unit="35.07.kesehatan")) == [case.number]


def test_a_wider_walk_still_meets_the_one_rule_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    a_case()
    monkeypatch.setattr(
        desk_search,
        "reach_of",
        lambda _actor: desk_queries.Reach(everything=True, units=frozenset(), desks=frozenset()),
    )
    assert found("kepanjen", officer_actor("bambang", unit="35.07.kesehatan")) == []


def test_the_unit_finds_its_secret_cases_too() -> None:
    secret = a_case(text=STORY, visibility=Visibility.SECRET)
    assert found("keropos") == [secret.number]
    assert found("keropos", head_actor()) == [secret.number]


def test_the_inspectorate_finds_in_its_region_what_stands_in_clear_but_no_story() -> None:
    case = a_case(text=STORY)
    for actor in (inspector(), inspector_of_region()):
        assert found("kepanjen", actor) == [case.number]
        assert found("keropos", actor) == []
        assert search("kepanjen", actor).opened == 0
    elsewhere = actor_for(an_officer("lestari", unit="35.78.koordinator", roles=("inspectorate",)))
    assert found("kepanjen", elsewhere) == []


def inspector_of_region() -> Actor:
    """The inspectorate of Kabupaten Malang."""
    return actor_for(an_officer("wulan", unit=DESK, roles=("inspectorate",)))


def test_a_triage_desk_finds_what_waits_and_what_it_sent() -> None:
    waiting = a_waiting_case(text=STORY)
    sent = a_case()
    assert found("keropos", triage_actor()) == [waiting.number]
    assert set(found("kepanjen", triage_actor())) == {waiting.number, sent.number}
    elsewhere = officer_actor("tri", unit="35.78.koordinator", roles=("triage",))
    assert found("kepanjen", elsewhere) == []


def test_who_has_no_unit_finds_nothing() -> None:
    a_case()
    assert found("kepanjen", actor_for(an_officer("yusuf", unit="35.kominfo", roles=("administrator",)))) == []


# Limits.


@pytest.mark.parametrize("typed", ["", "  ", "ab", "%", "__", "%%%", "\x00", "😀😀😀", "\u202e", "?!.", "\ud800"])
def test_too_little_finds_nothing_and_asks_nothing(typed: str) -> None:
    a_case()
    ratih = officer_actor()
    with CaptureQueriesContext(connection) as queries:
        assert cases_with(search_words(typed), actor=ratih).hits == ()
    assert len(queries) == 0


@pytest.mark.parametrize(
    "typed",
    [
        "lampu%",
        "100% lampu",
        "_ampu",
        "lampu\x00",
        "lam\u200bpu",
        "lámpu",
        "x" * 10_000,
        "lampu " * 500,
        "😀 lampu",
        "lampu'; DROP TABLE cases_case; --",
    ],
)
def test_hostile_words_are_words(typed: str) -> None:
    a_case()
    assert isinstance(found(typed), list)
    assert len(search_words(typed)) <= desk_search.MOST_WORDS
    assert all(word.isalnum() and word.isascii() for word in search_words(typed))


def test_signs_of_a_pattern_only_part_words() -> None:
    a_case(text=STORY)
    assert search_words("lam%pu kepan_en") == ("lam", "pu", "kepan", "en")
    assert found("keropos%zzzzzz") == []


def test_an_erased_case_is_not_opened_and_hurts_nobody() -> None:
    erased = a_case(text=STORY)
    Vault.objects.filter(case_id=erased.pk).update(wrapped_key=None)
    CaseText.objects.filter(event__case_id=erased.pk).update(sealed=None)
    assert found("keropos") == []
    assert found("kepanjen") == [erased.number]


def test_fifty_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_search, "MOST_FOUND", 2)
    for _ in range(3):
        a_case()
    hits = search("kepanjen")
    assert len(hits.hits) == 2
    assert hits.more


def test_only_the_newest_stories_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_search, "MOST_OPENED", 2)
    cases = [a_case(text=STORY) for _ in range(3)]
    assert found("keropos") == [case.number for case in reversed(cases[1:])]
    assert search("keropos").opened == 2


@pytest.mark.parametrize("cases", [1, 3])
def test_the_statements_do_not_grow(cases: int) -> None:
    for _ in range(cases):
        a_case(text=STORY)
    ratih = officer_actor()
    search("keropos", ratih)
    with CaptureQueriesContext(connection) as queries:
        assert len(search("keropos", ratih).hits) == cases
    assert len(queries) == 3


def test_nothing_is_written_by_searching() -> None:
    case = a_case(text=STORY)
    events, version = Event.objects.count(), case.version
    found("keropos")
    assert Event.objects.count() == events
    assert Case.objects.get(pk=case.pk).version == version


# The token of an address.


def test_a_token_brings_the_words_back_to_who_typed_them_and_to_nobody_else() -> None:
    ratih, joko = officer_actor(), head_actor()
    token = kept_words("Bu Sari \x00😀 lampu", actor=ratih)
    assert words_kept(token, actor=ratih) == "Bu Sari 😀 lampu"
    assert words_kept(token, actor=joko) == ""
    assert "Sari" not in token
    for broken in ("", "x", token[:-2], token + "A", "é", "=" * 8, "%00", token.swapcase()):
        assert words_kept(broken, actor=ratih) == ""
