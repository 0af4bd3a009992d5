# SPDX-License-Identifier: EUPL-1.2
"""Finds services by what people call them: the name, everyday words and synonyms (Javanese too), summary and topic."""

from dataclasses import dataclass

from melayani.catalogue.queries import ServiceRow, services, topic_row
from melayani.ground.memo import remembered
from melayani.ground.plain_text import search_form

MOST_LETTERS = 200
MOST_WORDS = 8
SHORT_WORD = 3  # up to here a word must be a whole word: "kk" is not the beginning of anything
# What people write around the thing itself.
FILLERS = frozenset({
    "saya", "aku", "mau", "ingin", "minta", "mohon", "tolong", "cara", "gimana", "bagaimana", "di", "ke", "yang",
    "untuk", "dan", "buat", "bikin", "membuat", "urus", "mengurus", "ngurus", "gawe", "layanan", "pelayanan", "soal",
    "tentang", "bisa", "ada", "dengan", "dari",
})  # fmt: skip
# How much a word says by where it stands.
IN_NAME, IN_WORDS, IN_TEXT = 4, 3, 1


@dataclass(frozen=True)
class Indexed:
    """A service with its words, each with the weight of the best place where it stands."""

    row: ServiceRow
    words: dict[str, int]


def found_services(typed: str) -> tuple[ServiceRow, ...]:
    """The open services that fit most of the words typed, the best first; none when no word fits."""
    words = search_form(typed[:MOST_LETTERS]).split()[:MOST_WORDS]
    asked = [word for word in words if word not in FILLERS] or words
    judged = [(*_fit(indexed, asked), indexed.row) for indexed in _index()]
    most = max((fitting for fitting, _weight, _row in judged), default=0)
    best = [(weight, row) for fitting, weight, row in judged if fitting == most and most > 0]
    return tuple(row for _weight, row in sorted(best, key=lambda known: (-known[0], known[1].name)))


def _fit(indexed: Indexed, asked: list[str]) -> tuple[int, int]:
    """How many of the words fit the service, and how well."""
    weights = [_weight(indexed, word) for word in asked]
    return sum(1 for weight in weights if weight), sum(weights)


def _weight(indexed: Indexed, word: str) -> int:
    exact = indexed.words.get(word, 0)
    if exact or len(word) <= SHORT_WORD:
        return exact * 2
    return max((weight for known, weight in indexed.words.items() if known.startswith(word)), default=0)


@remembered(seconds=20)
def _index() -> tuple[Indexed, ...]:
    return tuple(Indexed(row=row, words=_words(row)) for row in services())


def _words(row: ServiceRow) -> dict[str, int]:
    topic = topic_row(row.topic)
    told = ((IN_TEXT, (row.summary, topic.name, topic.description)), (IN_WORDS, row.keywords), (IN_NAME, (row.name,)))
    return {word: weight for weight, texts in told for text in texts for word in search_form(text).split()}
