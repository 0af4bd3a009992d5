# SPDX-License-Identifier: EUPL-1.2
"""Runs as a program of its own: looks at what an accident left, in one folder after the other, and goes on there.

A question is a line of JSON on standard input: `folder` (null = where the instance is), `acknowledged` (number, key, n,
whether there is a PDF), `published` (checkpoints in hex), `tokens` (how many filings were sent; null = not known),
`spoil` (SQL that damages the copy first, for the controls). The answer is a line: `faults`, `refused` (why
nothing is signed, as a code), `leaves` (how many the log has then). With `forgetful` as argument the signer does not
ask what it remembers outside the database (a control).
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import django
from django.conf import settings

django.setup()

from django.db import DatabaseError, connection  # noqa: E402  # needs Django to be set up

from melayani.cases.filing import Filing, file_case  # noqa: E402  # as above
from melayani.cases.rules import CITIZEN  # noqa: E402  # as above
from melayani.ground.clock import now  # noqa: E402  # as above
from melayani.ground.errors import Refused  # noqa: E402  # as above
from melayani.ledger import sealing  # noqa: E402  # as above
from melayani.ledger.actions import stamp_positions  # noqa: E402  # as above
from melayani.ledger.checkpoint import parse_checkpoint  # noqa: E402  # as above
from melayani.ledger.keys import log_key  # noqa: E402  # as above
from melayani.ledger.log_files import LogFiles  # noqa: E402  # as above
from melayani.ledger.note import split_note  # noqa: E402  # as above
from melayani.site.sealer import FILES_FAILED  # noqa: E402  # as above
from tests.durability.checking import (  # noqa: E402  # as above
    Acknowledged,
    database_faults,
    doubles,
    forks,
    gaps,
    half_secrets,
    halves,
    lost,
)
from tests.durability.stories import PLACE  # noqa: E402  # as above


def moved_to(folder: Path) -> None:
    """The product works in this folder from now on."""
    connection.close()
    connection.settings_dict["NAME"] = str(folder / "melayani.sqlite3")
    settings.DATA, settings.LEDGER, settings.STORAGE = folder, folder / "ledger", folder / "files"


def seen(acknowledged: Sequence[Acknowledged], *, tokens: int | None) -> Iterator[str]:
    """All faults of the instance as it lies there."""
    damaged = list(database_faults())
    yield from damaged
    if not damaged:
        yield from chain(lost(acknowledged), halves(), half_secrets(), gaps())
        yield from doubles(tokens) if tokens is not None else ()


def gone_on(files: LogFiles) -> str:
    """A further case is filed, stamped and sealed; answers the code of the refusal to sign, or nothing."""
    file_case(filing=Filing(text="Sesudah listrik menyala lagi.", place=PLACE, service="PJU", token="lagi"),
              by=CITIZEN, at=now())  # fmt: skip
    while stamp_positions():
        pass
    try:
        sealing.seal(files=files, keys=[log_key(Path(settings.KEYS))], at=now())
    except Refused as refused:
        return refused.code
    except OSError as error:
        return f"{FILES_FAILED}: {error}"
    return ""


def answered(question: dict[str, Any]) -> dict[str, Any]:
    """What is found where the question points."""
    if question["folder"]:
        moved_to(Path(question["folder"]))
    files, published = LogFiles(Path(settings.LEDGER)), [bytes.fromhex(note) for note in question["published"]]
    faults, refused = [], ""
    try:
        spoil(question["spoil"])
        acknowledged = [Acknowledged(*told) for told in question["acknowledged"]]
        faults = list(seen(acknowledged, tokens=question["tokens"]))
        refused = gone_on(files)
        if not refused:
            faults += [*forks(files, published), *gaps()]
    except DatabaseError as error:
        faults.append(f"database: {error}")
    note = files.published()
    size = parse_checkpoint(split_note(note).text).size if note else 0
    return {"faults": faults, "refused": refused, "leaves": size}


def spoil(statements: Sequence[str]) -> None:
    """The copy is damaged on purpose, past all constraints."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys=ON")


def main() -> None:
    """Answers until there are no more questions."""
    if "forgetful" in sys.argv:
        vars(sealing)["_check_memory"] = lambda *_arguments, **_named: None
        setattr(LogFiles, "signed", lambda _files: None)  # noqa: B010  # a method is replaced on purpose
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answered(json.loads(line))) + "\n")
        sys.stdout.flush()
    connection.close()


if __name__ == "__main__":
    main()
