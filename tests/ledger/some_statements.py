# SPDX-License-Identifier: EUPL-1.2
"""A log in a folder that says things of itself, without a database, and shows them as the real one does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from melayani.ground.canonical_json import Json
from melayani.ledger.checkpoint import sign_checkpoint
from melayani.ledger.growing import grown
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import root_at
from melayani.ledger.proving import proof_file
from melayani.ledger.receipts import citizen_extra
from melayani.ledger.rules import PreparedEntry, new_salt, new_stream, prepare_entry
from melayani.ledger.statement_rules import StatementKind, log_stream
from melayani.ledger.vkeys import NoteKey
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, ORIGIN, a_key

AT = int(MONDAY.timestamp())
NEXT = a_key(ORIGIN, seed="next")


class StatedLog:
    """`keys` sign, the first one names the log.

    `said` are its statements by leaf index, `pages` what is shown of each by its number (None: no more).
    """

    def __init__(self, folder: Path, *, keys: Sequence[NoteKey] = (LOG,), origin: str = ORIGIN) -> None:
        self.files, self.keys, self.origin = LogFiles(folder), list(keys), origin
        self.leaves: list[bytes] = []
        self.pages: dict[int, bytes | None] = {}
        self.said: dict[int, tuple[PreparedEntry, Mapping[str, Json]]] = {}

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self.leaves)

    def act(self, count: int = 1) -> None:
        """So many acts of somebody enter."""
        entries = [
            prepare_entry(stream=new_stream(), sequence=0, kind="case.filed", event={}, salt=new_salt(), recorded_at=AT)
            for _ in range(count)
        ]
        self.enter(*entries)
        self.sign()

    def say(
        self, kind: StatementKind, data: Mapping[str, Json], *, number: int | None = None, stream: bytes | None = None
    ) -> int:
        """The log says this in its own stream; answers the leaf index. It is shown under its number."""
        taken = max((entry.sequence for entry, _ in self.said.values()), default=-1) + 1
        entry = prepare_entry(
            stream=stream or log_stream(self.origin), sequence=taken if number is None else number, kind=kind,
            event=data, salt=new_salt(), recorded_at=AT,
        )  # fmt: skip
        index = self.enter(entry)
        self.said[index] = (entry, data)
        self.sign()
        self.pages[entry.sequence] = self.proof(index)
        return index

    def announce(self, new: NoteKey, *, old: NoteKey | None = None, purpose: str = "log") -> int:
        """A key is announced under those that sign now."""
        said = {"purpose": purpose, "old": (old or self.keys[0]).vkey, "new": new.vkey}
        return self.say(StatementKind.KEY_ANNOUNCED, said)

    def rotate(self, new: NoteKey = NEXT) -> int:
        """The log key has been changed; answers the leaf index of the announcement. The retirement is shown too."""
        old = self.keys[0]
        index = self.announce(new)
        self.keys = [old, new]
        self.say(StatementKind.KEY_RETIRED, {"purpose": "log", "vkey": old.vkey})
        self.keys = [new]
        self.act()
        return index

    def lose(self, index: int) -> None:
        """The log says that leaf `index` is lost, and shows it no more."""
        entry, _ = self.said[index]
        self.pages[entry.sequence] = None
        self.say(StatementKind.LEAVES_LOST, {"indexes": str(index)})

    def proof(self, index: int) -> bytes:
        """The opened proof of a statement under the published checkpoint."""
        entry, data = self.said[index]
        extra = citizen_extra(leaf=entry.leaf, salt=entry.salt, event=data, kind=entry.kind)
        content = proof_file(extra=extra, index=index, files=self.files)
        assert content is not None
        return content

    def enter(self, *entries: PreparedEntry) -> int:
        """The entries are in the tree, not signed yet; answers the index of the first."""
        first, fresh = self.size, [entry.leaf for entry in entries]
        self.files.write(grown(self.files, old=first, entries=fresh))
        self.leaves += fresh
        return first

    def sign(self) -> None:
        """A checkpoint of everything is published."""
        root = root_at(size=self.size, hash_at=self.files.hashes(self.size).hash_at)
        self.files.publish(sign_checkpoint(origin=self.origin, size=self.size, root=root, keys=self.keys))
