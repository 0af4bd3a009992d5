# SPDX-License-Identifier: EUPL-1.2
"""The demo stories as their files tell them: many, each one its own, true to the reference data, and about nobody."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import pytest
from rapidfuzz import fuzz

from melayani.cases.actions import MOST_TITLE
from melayani.cases.rules import MOST_REASON, MOST_TEXT, Channel, Outcome
from melayani.catalogue.queries import service_row, services, topic_row, topics
from melayani.catalogue.rules import Kind
from melayani.government.queries import body_row, place_row, regions, unit_for
from melayani.government.rules import region_of
from melayani.site.demo_stories import CITIZENS_ACTS, StoryError, Told, read_story, story_files, told_stories

pytestmark = pytest.mark.once
STORIES = told_stories()
ENDINGS = ("answer", "refer", "reject")
# Two texts above this ratio would read as one text written twice.
NEARLY_EQUAL = 75


def test_there_are_about_three_hundred_and_files_that_can_be_read() -> None:
    assert 290 <= len(STORIES) <= 330
    assert len({story.id for story in STORIES}) == len(STORIES)
    for path in story_files():
        assert path.read_text(encoding="utf-8").count("\n") <= 2500, path.name


def alike(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of texts that are equal or nearly so."""
    return [(a, b) for a, b in combinations(texts, 2) if fuzz.ratio(a, b, score_cutoff=NEARLY_EQUAL)]


def answers() -> list[str]:
    return [act.text for story in STORIES for act in story.acts if act.what in ENDINGS]


def test_every_text_is_its_own() -> None:
    assert alike(story.text for story in STORIES) == []
    assert alike(answers()) == []
    others = [act.text for story in STORIES for act in story.acts if act.what in ("progress", "ask", "assign")]
    assert alike(others) == []
    assert len({story.title for story in STORIES}) == len(STORIES)


def test_the_control_a_text_told_twice_with_another_word_is_noticed() -> None:
    copied = STORIES[100].text.replace(" yang ", " yg ").replace("jalan", "jembatan")
    assert len(alike([*(story.text for story in STORIES), copied])) == 1
    assert len(alike([*answers(), answers()[40] + " Terima kasih."])) == 1


def test_shares_of_open_named_and_secret_are_believable() -> None:
    share = Counter("secret" if s.secret else "named" if s.named else "anonymous" for s in STORIES)
    for kind, wanted in (("anonymous", 0.55), ("named", 0.35), ("secret", 0.10)):
        assert abs(share[kind] / len(STORIES) - wanted) < 0.04, share
    channels = Counter(story.channel for story in STORIES)
    assert set(channels) >= {Channel.WEB, Channel.WHATSAPP, Channel.PHONE, Channel.LETTER, Channel.DESK}


def test_texts_are_long_and_short() -> None:
    lengths = sorted(len(story.text) for story in STORIES)
    assert lengths[0] >= 25
    assert lengths[len(lengths) // 10] < 110
    assert lengths[-len(lengths) // 10] > 230
    shouted = [s for s in STORIES if sum(c.isupper() for c in s.text) > 0.5 * sum(c.isalpha() for c in s.text)]
    assert len(shouted) >= 6


@pytest.mark.parametrize(
    "forbidden",
    [
        pytest.param(r"\d{7,}", id="long number"),
        pytest.param(r"\b0\d{2,3}[- ]?\d{3,}", id="telephone"),
        pytest.param(r"@(?!contoh\.example)", id="address outside the example domain"),
        pytest.param(r"https?:|www\.", id="link"),
    ],
)
def test_nobody_is_in_them(forbidden: str) -> None:
    for path in story_files():
        assert re.search(forbidden, path.read_text(encoding="utf-8")) is None, path.name


def test_limits_of_what_people_write_hold() -> None:
    for story in STORIES:
        assert 10 <= len(story.text) <= MOST_TEXT, story.id
        assert 5 <= len(story.title) <= MOST_TITLE, story.id
        assert 0 <= story.joined <= 50, story.id
        for act in story.acts:
            short = act.what in ("assign", "move_promise", "view_identity")
            assert len(act.text) <= (MOST_REASON if short else MOST_TEXT), story.id
            assert bool(act.text) or act.what in {"take_on", "show", "silence", *CITIZENS_ACTS - {"reply", "reopen"}}, (
                story.id
            )


@pytest.mark.django_db
def test_places_units_services_and_bodies_exist() -> None:
    for story in STORIES:
        place = place_row(story.place)
        Kind(story.kind)
        Channel(story.channel)
        if story.topic:
            topic_row(story.topic)
        if story.service:
            assert not story.topic, story.id
            assert service_row(story.service).active
        for act in story.acts:
            if act.what == "assign":
                check_target(act.detail, region=place.region_code)
            if act.what == "refer":
                body_row(act.detail)
            if act.what == "answer" and act.detail:
                Outcome(act.detail)
            if act.what == "move_promise":
                assert 1 <= int(act.detail) <= 60


def check_target(detail: str, *, region: str) -> None:
    """The unit an `assign` names is there, and the topic or service it corrects."""
    target, _, about = detail.partition(" ")
    level, _, sector = target.partition("/")
    assert unit_for(level=level, sector=sector, region_code=region) is not None, detail
    known = {service.code for service in services()} | {topic.code for topic in topics()}
    assert not about or about in known, detail


@pytest.mark.django_db
def test_all_topics_regions_kinds_and_bodies_occur() -> None:
    of_topic = Counter(topic_of(story) for story in STORIES)
    assert {topic.code for topic in topics()} <= set(of_topic)
    assert min(of_topic[topic.code] for topic in topics()) >= 3
    assert {region_of(story.place) for story in STORIES} == {region.code for region in regions()} | {"35"}
    assert {story.kind for story in STORIES} == set(Kind)
    referred = {act.detail for story in STORIES for act in story.acts if act.what == "refer"}
    assert referred == {"bpn", "polri", "pln", "bpjs-kesehatan", "bpjs-ketenagakerjaan"}
    assert {service.code for service in services()} <= {story.service for story in STORIES}


def topic_of(story: Told) -> str:
    return service_row(story.service).topic if story.service else story.topic


GOOD = {
    "id": "satu",
    "place": "35.07",
    "from": "Sari",
    "filed": "-3 08:00",
    "title": "Lampu padam",
    "text": "Lampu padam.",
}


def test_a_story_is_read_as_it_stands() -> None:
    told = read_story({**GOOD, "from": "rahasia Sari <sari@contoh.example>", "filed": "-3w 08:15", "season": "11-3"})
    assert (told.named, told.secret, told.name, told.email) == (True, True, "Sari", "sari@contoh.example")
    assert (told.filed.days, told.filed.working, told.filed.season) == (3, True, (11, 3))
    nobody = read_story({**GOOD, "from": "anonim"})
    assert (nobody.named, nobody.secret, nobody.name, nobody.email) == (False, False, "", "")
    acts = [["+1 08:05", "assign DAERAH/dishub PJU", "Karena."], ["+0 09:00", "take_on"], ["silence"]]
    first, second, last = read_story({**GOOD, "acts": acts}).acts
    assert (first.what, first.detail, first.text, first.days) == ("assign", "DAERAH/dishub PJU", "Karena.", 1)
    assert (second.what, second.detail, second.text) == ("take_on", "", "")
    assert last.what == "silence"


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": None},
        {"sender": "Sari"},
        {"filed": "3 08:00"},
        {"filed": "-3 8.00"},
        {"season": "musim hujan"},
        {"from": "Sari <bukan alamat>"},
        {"acts": [["+1 08:00", "solve", "Selesai."]]},
        {"acts": [["besok", "take_on"]]},
    ],
)
def test_a_story_that_is_not_understood_is_named(wrong: Mapping[str, Any]) -> None:
    said = {key: value for key, value in {**GOOD, **wrong}.items() if value is not None}
    with pytest.raises(StoryError, match="satu"):
        read_story(said)
