# SPDX-License-Identifier: EUPL-1.2
"""Finding cases by words: in what stands in clear, and in the newest stories, which are opened in memory for it.

The stories are sealed and no index of their words may exist, so only those of the newest open cases of the own units
are opened, compared and forgotten. Nothing is found that the officer may not read (`desk_queries.readable`), and a big
table is never read through: each unit and stage is walked from the latest promise back, up to a cap.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from melayani.cases import vault
from melayani.cases.desk_queries import Reach, WorkRow, reach_of, readable, unit_codes, work_rows
from melayani.cases.models import Case
from melayani.cases.rules import OPEN_STAGES, Actor, Stage
from melayani.government.queries import unit_by_id, unit_row, units
from melayani.government.rules import Role
from melayani.ground.plain_text import plain_line, search_form
from melayani.ground.sealing import SealBroken

MOST_FOUND = 50
MOST_LOOKED_AT = 10_000
MOST_OPENED = 500
MOST_WORDS = 6
LEAST_LETTERS = 3
MOST_TYPED = 100
AROUND = 60  # letters of a story shown on each side of what was found
# Beyond this many pairs of unit and stage the newest cases of all are looked at instead.
_MOST_WALKS = 300


@dataclass(frozen=True)
class Hit:
    """A case that was found; `said` is the place in its story, empty when the words stand in title, place or topic."""

    row: WorkRow
    said: str = ""


@dataclass(frozen=True)
class Hits:
    """What was found, open cases first, the newest first; `more`: there is more than is shown.

    `opened`: in how many stories the words were looked for.
    """

    hits: tuple[Hit, ...]
    more: bool
    opened: int


@dataclass(frozen=True)
class _Story:
    """A case whose story was opened."""

    id: int
    shown: str
    text: str


def search_words(typed: str) -> tuple[str, ...]:
    """The words to look for, in the form in which texts are compared; none when too little was typed."""
    words = tuple(dict.fromkeys(search_form(plain_line(typed)[:MOST_TYPED]).split()))[:MOST_WORDS]
    return words if sum(map(len, words)) >= LEAST_LETTERS else ()


def cases_with(words: Sequence[str], *, actor: Actor) -> Hits:
    """The cases in which all the words occur, also inside longer words. Three statements."""
    if not words:
        return Hits(hits=(), more=False, opened=0)
    stories = _opened_stories(actor)
    said = {story.id: where for story in stories if (where := _said_in(story, words))}
    found = {**_found_in_clear(words, actor), **dict.fromkeys(said, True)}
    order = sorted(found, key=lambda id: (not found[id], -id))  # noqa: A006  # the word for it
    rows = work_rows(actor=actor, ids=order[: MOST_FOUND + 1])
    hits = [Hit(row=rows[number], said=said.get(number, "")) for number in order if number in rows]
    return Hits(hits=tuple(hits[:MOST_FOUND]), more=len(hits) > MOST_FOUND, opened=len(stories))


def may_open(*, number: str, actor: Actor) -> bool:
    """Whether there is a case with this number that the actor may read."""
    return Case.objects.filter(readable(actor), number=number).exists()


def kept_words(typed: str, *, actor: Actor) -> str:
    """What was typed as a token for an address: only this officer's session can be shown it, and no log can read it."""
    text = plain_line(typed)[:MOST_TYPED].encode()
    return urlsafe_b64encode(vault.sealed_by_master(text, field=_field(actor))).decode().rstrip("=")


def words_kept(token: str, *, actor: Actor) -> str:
    """What `kept_words` kept for this officer; empty for any other token."""
    try:
        return vault.opened_by_master(urlsafe_b64decode(f"{token}=="), field=_field(actor)).decode()
    except (SealBroken, ValueError):
        return ""


def _field(actor: Actor) -> str:
    return f"search/{actor.officer_id}"


# In clear


def _found_in_clear(words: Sequence[str], actor: Actor) -> Mapping[int, bool]:
    """The ids of cases whose number, title, place or topic have all the words, and whether they are open."""
    reach = reach_of(actor)
    looked_at, values = _looked_at(reach)
    if not looked_at:
        return {}
    scope = "1 = 1" if reach.everything else f"({_among('unit_id', reach.units)} OR {_among('desk_id', reach.desks)})"
    statement = (
        f"SELECT id, stage FROM ({looked_at}) AS looked WHERE {scope}{' AND shown LIKE %s' * len(words)}"  # noqa: S608  # fixed text and own ids, values apart
        " ORDER BY CASE WHEN stage = %s THEN 1 ELSE 0 END, id DESC LIMIT %s"
    )
    patterns = [f"%{word}%" for word in words]  # words are letters and digits only
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *patterns, Stage.CLOSED, MOST_FOUND + 1])
        return {id: stage != Stage.CLOSED for id, stage in cursor.fetchall()}  # noqa: A001  # the word for it


# Lowered once for each case: PostgreSQL compares without regard to case very slowly.
_COLUMNS = (
    "id, stage, unit_id, desk_id, lower(title || ' ' || place_name || ' ' || topic_name || ' ' || number) AS shown"
)
_NEWEST = f"SELECT * FROM (SELECT {_COLUMNS} FROM cases_case ORDER BY id DESC LIMIT %s) AS newest"  # noqa: S608  # fixed text


def _looked_at(reach: Reach) -> tuple[str, list[Any]]:
    """The cases to look at: of each unit and stage those promised last, closed ones getting half; or the newest of all.

    A desk's cases are looked for in the units of its region.
    """
    regions = {unit_by_id(desk).region_code for desk in reach.desks}
    near = {unit.id for region in regions for unit in units(region)}
    walks = [(unit, stage) for unit in sorted(reach.units | near) for stage in Stage]
    if reach.everything or len(walks) > _MOST_WALKS:
        return _NEWEST, [MOST_LOOKED_AT]
    closed = sum(stage is Stage.CLOSED for _, stage in walks)
    walk = (
        f"SELECT * FROM (SELECT {_COLUMNS} FROM cases_case WHERE unit_id = %s AND stage = %s"  # noqa: S608  # fixed text
        " ORDER BY due_at DESC, id DESC LIMIT %s) AS walk"
    )
    half = MOST_LOOKED_AT // 2
    values: list[Any] = []
    for unit, stage in walks:
        values += [unit, stage, half // closed if stage is Stage.CLOSED else half // (len(walks) - closed)]
    return " UNION ALL ".join([walk] * len(walks)), values


def _among(column: str, ids: Collection[int]) -> str:
    return f"{column} IN ({', '.join(map(str, sorted(ids)))})" if ids else "1 = 0"


# In the stories


def _opened_stories(actor: Actor) -> list[_Story]:
    """The newest open cases of the units in which the actor works, with what their citizens wrote, opened."""
    own = [unit_row(code).id for code in unit_codes(actor, Role.OFFICER, Role.HEAD, Role.TRIAGE)]
    pairs = [(unit, stage) for unit in own for stage in sorted(OPEN_STAGES)]
    if not pairs:
        return []
    values = [value for unit, stage in pairs for value in (unit, stage, MOST_OPENED)]
    with connection.cursor() as cursor:
        cursor.execute(_STORIES.format(near=" UNION ALL ".join([_LATEST] * len(pairs))), [*values, MOST_OPENED])
        return [_opened(*values) for values in cursor.fetchall()]


_LATEST = (
    "SELECT * FROM (SELECT id, due_at FROM cases_case WHERE unit_id = %s AND stage = %s"
    " ORDER BY due_at DESC, id DESC LIMIT %s) AS walk"
)
_STORIES = """
    SELECT c.id, c.stream, v.wrapped_key, t.sealed, c.title, c.place_name, c.topic_name
      FROM (SELECT id FROM ({near}) AS near ORDER BY id DESC LIMIT %s) AS newest
      JOIN cases_case AS c ON c.id = newest.id
      JOIN cases_vault AS v ON v.case_id = c.id
      JOIN cases_event AS e ON e.case_id = c.id AND e.sequence = 0
      JOIN cases_casetext AS t ON t.event_id = e.entry_id
     WHERE v.wrapped_key IS NOT NULL AND t.sealed IS NOT NULL
"""


def _opened(id: int, stream: bytes, wrapped: bytes, sealed: bytes, *shown: str) -> _Story:  # noqa: A002  # the word for it
    key = vault.unwrapped(wrapped=bytes(wrapped), stream=bytes(stream))
    content = vault.open_text(key=key, stream=bytes(stream), sequence=0, sealed=bytes(sealed))
    return _Story(id=id, shown=" ".join(shown), text=str(content.get("text", "")))


def _said_in(story: _Story, words: Sequence[str]) -> str:
    """Where in the story one of the words stands, if all of them occur in the case; else nothing."""
    everything = _plain(f"{story.text} {story.shown}")
    if not all(word in everything for word in words):
        return ""
    found = next((place for word in words if (place := story.text.lower().find(word)) >= 0), 0)
    start = max(0, found - AROUND)
    piece = plain_line(story.text[start : found + 2 * AROUND])
    return f"{'… ' if start else ''}{piece}{' …' if len(story.text) > found + 2 * AROUND else ''}"


def _plain(text: str) -> str:
    """As words are compared; plain ASCII, which nearly every story is, needs no more than small letters."""
    return text.lower() if text.isascii() else search_form(text)
