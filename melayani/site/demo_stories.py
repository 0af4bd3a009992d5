# SPDX-License-Identifier: EUPL-1.2
"""The demo stories as the packaged files tell them: what was filed, by whom, and what happened then. Pure reading.

The form of a story is described at the head of `data/demo_stories.toml`; `demo_days` says when its acts happen.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"
SILENCE = "silence"
OFFICERS_ACTS = frozenset(
    {"assign", "show", "take_on", "view_identity", "ask", "progress", "move_promise", "answer", "refer", "reject"}
)
CITIZENS_ACTS = frozenset({"reply", "confirm", "reopen", "withdraw"})
REQUIRED = frozenset({"id", "place", "from", "filed", "title", "text"})
OPTIONAL = frozenset({"service", "topic", "kind", "channel", "season", "held", "joined", "photo", "evidence", "acts"})

_SENDER = re.compile(r"(?P<privacy>anonim|rahasia)? ?(?P<name>[^<]*?) ?(?:<(?P<email>\S+@\S+)>)?")
_FILED = re.compile(r"-(?P<days>\d+)(?P<working>w?) (?P<clock>\d\d:\d\d)")
_WHEN = re.compile(r"\+(?P<days>\d+) (?P<clock>\d\d:\d\d)")
_SEASON = re.compile(r"(?P<first>\d+)-(?P<last>\d+)")


class StoryError(ValueError):
    """A story of a packaged file that cannot be read; the message names the story and what is wrong."""


@dataclass(frozen=True)
class Telling:
    """One act as a file tells it: `days` working days after the act before, at the time `clock`.

    `what` is the act, `detail` what it needs beside the text (an outcome, a unit, a body, days). Silence has no time.
    """

    what: str
    detail: str = ""
    text: str = ""
    days: int = 0
    clock: time = time()


@dataclass(frozen=True)
class FiledOn:
    """When a story begins: `days` before the day of the run, working days or calendar days, at the time `clock`.

    `season` (first and last month, over the new year too) moves the day into those months.
    """

    days: int
    working: bool
    clock: time
    season: tuple[int, int] | None


@dataclass(frozen=True)
class Told:
    """A story as a file tells it. `held`: no officer has shown its text. `joined`: how many others say "saya juga".

    `photo` and `evidence` name a picture of `demo_photos`: the citizen's own, and the one beside the first answer.
    """

    id: str
    text: str
    title: str
    place: str
    kind: str
    topic: str
    service: str
    named: bool
    secret: bool
    name: str
    email: str
    channel: str
    filed: FiledOn
    held: bool
    joined: int
    photo: str
    evidence: str
    acts: tuple[Telling, ...]


def told_stories() -> tuple[Told, ...]:
    """All stories of the packaged files, file by file in the order of their names."""
    return tuple(read_story(said) for path in story_files() for said in _stories_of(path))


def story_files() -> Sequence[Path]:
    """The packaged files with stories."""
    return sorted(FOLDER.glob("demo_stories*.toml"))


def _stories_of(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as file:
        yield from tomllib.load(file)["story"]


def read_story(said: Mapping[str, Any]) -> Told:
    """The story as it stands in a file; raises `StoryError` when something is missing or not understood."""
    name = str(said.get("id", "?"))
    wrong = (REQUIRED - said.keys()) | (said.keys() - REQUIRED - OPTIONAL)
    if wrong:
        raise StoryError(f"{name}: {', '.join(sorted(wrong))}")
    sender = _read(_SENDER, said["from"], story=name)
    privacy = sender["privacy"]
    return Told(
        id=name,
        text=said["text"],
        title=said["title"],
        place=said["place"],
        kind=said.get("kind", "PENGADUAN"),
        topic=said.get("topic", ""),
        service=said.get("service", ""),
        named=privacy != "anonim" and bool(sender["name"]),
        secret=privacy == "rahasia",
        name=sender["name"],
        email=sender["email"] or "",
        channel=said.get("channel", "WEB"),
        filed=_filed_on(said, story=name),
        held=said.get("held", False),
        joined=said.get("joined", 0),
        photo=said.get("photo", ""),
        evidence=said.get("evidence", ""),
        acts=tuple(_telling(row, story=name) for row in said.get("acts", ())),
    )


def _filed_on(said: Mapping[str, Any], *, story: str) -> FiledOn:
    found = _read(_FILED, said["filed"], story=story)
    season = None
    if "season" in said:
        months = _read(_SEASON, said["season"], story=story)
        season = (int(months["first"]), int(months["last"]))
    return FiledOn(
        days=int(found["days"]),
        working=bool(found["working"]),
        clock=time.fromisoformat(found["clock"]),
        season=season,
    )


def _telling(row: Sequence[str], *, story: str) -> Telling:
    if list(row) == [SILENCE]:
        return Telling(what=SILENCE)
    when = _read(_WHEN, row[0], story=story)
    what, _, detail = row[1].partition(" ")
    if what not in OFFICERS_ACTS | CITIZENS_ACTS:
        raise StoryError(f"{story}: {what}")
    return Telling(
        what=what,
        detail=detail,
        text=row[2] if len(row) > 2 else "",
        days=int(when["days"]),
        clock=time.fromisoformat(when["clock"]),
    )


def _read(form: re.Pattern[str], said: str, *, story: str) -> re.Match[str]:
    found = form.fullmatch(said)
    if found is None:
        raise StoryError(f"{story}: {said!r}")
    return found
