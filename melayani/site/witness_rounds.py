# SPDX-License-Identifier: EUPL-1.2
"""The sealer's witnesses: each is asked beside the sealing, in a thread of its own, and what it cosigns is published.

The sealing never waits for anybody: a witness that is down, slow or lying only lacks its line. Those that failed are
asked again after some seconds. A busy log publishes the next checkpoint before all have answered, so the newest one
that enough of them have cosigned is kept beside it, for receipts. Which witnesses there are, the file `policy` in the
folder of the instance says (C2SP tlog-policy); it is read again when it has changed, and without it nobody is asked.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from melayani.ground.errors import Refused
from melayani.ledger.asking import Asked, Post, ask, http_post
from melayani.ledger.checkpoint import Checkpoint, parse_checkpoint
from melayani.ledger.cosignatures import cosigned_at
from melayani.ledger.log_files import LogFiles
from melayani.ledger.note import (
    NoteRefused,
    SignatureLine,
    UnverifiedNote,
    Verified,
    add_lines,
    split_note,
    verify_note,
)
from melayani.ledger.policy import MOST_POLICY_BYTES, NONE, Policy, parse_policy
from melayani.ledger.vkeys import VerifierKey

log = logging.getLogger("melayani.witnesses")
AGAIN_SECONDS = 5.0
# Of so many checkpoints the lines are collected at once; who answers later than that is too late.
MOST_COLLECTED = 64
UNREADABLE = "unreadable"
# What the file system says of a file: another content has another of these.
Mark = tuple[int, int, int]


@dataclass(eq=False)
class Witness:
    """One witness of the policy, and how the last asking ended."""

    name: str
    key: VerifierKey
    post: Post | None
    size: int | None = None
    at: int | None = None
    problem: str = ""
    again_at: float = 0.0
    asking: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether it is being asked right now."""
        return self.asking is not None and self.asking.is_alive()

    def said(self) -> dict[str, object]:
        """As `witnesses.json` says it."""
        key = self.key.vkey
        return {"name": _shown(self.name), "vkey": key, "size": self.size, "at": self.at, "problem": self.problem}


class WitnessRounds:
    """Looks in each round of the sealer whether somebody has to be asked. `post_to` gives the way to an address."""

    def __init__(self, *, files: LogFiles, policy_file: Path, post_to: Callable[[str], Post] = http_post) -> None:
        self._files = files
        self._file = policy_file
        self._post_to = post_to
        self._mark: Mark | None = None
        self._policy: Policy | None = None
        self._witnesses: list[Witness] = []
        self._telling = threading.Lock()
        # The checkpoints that are being cosigned, by their texts, with the lines that they have got.
        self._collected: dict[str, bytes] = {}

    def look(self) -> None:
        """Witnesses that lack under the published checkpoint are being asked. Returns at once and never fails."""
        try:
            self._read_again()
            if self._policy is not None:
                self._ask_those_that_lack()
        except (OSError, Refused):
            # The sealer tells by itself when files of the log are damaged; here nothing depends on it.
            log.exception("witnesses not asked")

    def wait(self, seconds: float) -> None:
        """Returns when nobody is being asked any more, or after so many seconds."""
        ends = time.monotonic() + seconds
        for witness in self._witnesses:
            if witness.asking is not None:
                witness.asking.join(max(0.0, ends - time.monotonic()))

    def _read_again(self) -> None:
        """The policy is that of the file; a damaged one is told, and nobody is asked until it is mended."""
        mark = _mark(self._file)
        if mark == self._mark:
            return
        self._mark = mark
        self._policy, self._witnesses = None, []
        if mark is None:
            self._files.tell_witnesses(None)
            self._files.keep_cosigned(None)
            return
        try:
            with self._file.open("rb") as opened:
                self._policy = parse_policy(opened.read(MOST_POLICY_BYTES + 1))
        except (OSError, Refused) as error:
            log.error("policy unreadable", extra={"code": getattr(error, "code", "policy_file")})
            self._files.tell_witnesses(_json({"quorum": UNREADABLE, "met": False, "witnesses": []}))
            return
        self._witnesses = [
            Witness(name=name, key=key, post=self._post_to(url) if (url := self._policy.urls.get(name)) else None)
            for name, key in self._policy.witnesses.items()
        ]
        self._recall()
        self._judge_again(self._policy)
        self._tell(self._policy, self._witnesses)

    def _recall(self) -> None:
        """Witnesses that have cosigned what is published are known from there: this process may have just begun."""
        note = self._files.published()
        if note is None:
            return
        size = _tree(note).size
        seen = {each.key: each for each in _cosigned(note, keys=[each.key for each in self._witnesses])}
        for witness in self._witnesses:
            if witness.key in seen:
                witness.size, witness.at = size, cosigned_at(seen[witness.key].signature)

    def _judge_again(self, policy: Policy) -> None:
        """What is kept as cosigned is so by this policy and of this log; the published one may be, and not kept yet."""
        with self._telling:
            kept, published = self._files.cosigned(), self._files.published()
            if kept is not None and not (_enough(kept, policy=policy) and _is_before(kept, published)):
                self._files.keep_cosigned(None)
            if published is not None:
                self._keep(published, policy=policy)

    def _collect(self, parts: UnverifiedNote, line: SignatureLine) -> None:
        """The line stands with the others of its checkpoint, also when a newer one has been published meanwhile."""
        with self._telling:
            note = self._collected.pop(parts.text, None) or _note_of(parts)
            self._collected[parts.text] = longer = add_lines(note, lines=[line])
            if len(self._collected) > MOST_COLLECTED:
                del self._collected[next(iter(self._collected))]
            if self._policy is not None:
                self._keep(longer, policy=self._policy)

    def _keep(self, note: bytes, *, policy: Policy) -> None:
        """The note is kept for receipts if enough have cosigned it and no later one is kept."""
        if not _enough(note, policy=policy):
            return
        kept = self._files.cosigned()
        if kept is None or _tree(kept).size <= _tree(note).size:
            self._files.keep_cosigned(note)

    def _ask_those_that_lack(self) -> None:
        note = self._files.published()
        if note is None or not self._witnesses:
            return
        parts = split_note(note)
        have = {each.key for each in _cosigned(note, keys=[each.key for each in self._witnesses])}
        moment = time.monotonic()
        for witness in self._witnesses:
            if witness.post is None or witness.key in have or witness.busy or moment < witness.again_at:
                continue
            witness.asking = threading.Thread(
                target=self._ask, args=(witness, witness.post, parts), name="ask-witness", daemon=True
            )
            witness.asking.start()

    def _ask(self, witness: Witness, post: Post, parts: UnverifiedNote) -> None:
        """In its thread: the witness is asked once, and the published checkpoint has its line."""
        try:
            asked = self._asked(witness, post, parts)
            if asked.line is not None:
                self._files.add_cosignatures([asked.line], text=parts.text)
                self._collect(parts, asked.line)
                witness.at = cosigned_at(asked.line.signature)
        except (OSError, Refused):
            # Tiles are missing, or the disk is full: the sealer says so; the witness is not to blame.
            log.exception("witness not asked")
            witness.again_at = time.monotonic() + AGAIN_SECONDS
            return
        if asked.size is not None:
            witness.size = asked.size
        if asked.problem:
            witness.again_at = time.monotonic() + AGAIN_SECONDS
            if asked.problem != witness.problem:
                log.warning("witness does not cosign", extra={"code": str(asked.problem)})
        witness.problem = str(asked.problem)
        policy, witnesses = self._policy, self._witnesses
        if policy is not None and witness in witnesses:
            self._tell(policy, witnesses)

    def _asked(self, witness: Witness, post: Post, parts: UnverifiedNote) -> Asked:
        tree = parse_checkpoint(parts.text)
        # The log's own lines suffice; what others have cosigned is none of this witness's business.
        own = [line for line in parts.lines if line.name == tree.origin]
        note = _note_of(UnverifiedNote(text=parts.text, lines=tuple(own)))
        known = witness.size if witness.size is not None and witness.size <= tree.size else 0
        return ask(note=note, known=known, hash_at=self._files.hashes(tree.size).hash_at, key=witness.key, post=post)

    def _tell(self, policy: Policy, witnesses: Iterable[Witness]) -> None:
        """`witnesses.json` says how it stands; one thread at a time."""
        with self._telling:
            note = self._files.published()
            said = {
                "quorum": _shown(policy.quorum),
                "met": policy.is_met([] if note is None else _cosigners(note, policy=policy)),
                "witnesses": [witness.said() for witness in witnesses],
            }
            self._files.tell_witnesses(_json(said))


def _cosigned(note: bytes, *, keys: Iterable[VerifierKey]) -> tuple[Verified, ...]:
    """Which of these keys have cosigned the note."""
    try:
        return verify_note(note, keys=keys)[1]
    except NoteRefused as refused:
        if refused.code != "note_unsigned":
            raise
        return ()


def _cosigners(note: bytes, *, policy: Policy) -> list[str]:
    """Who of the policy has cosigned the note, by their names there."""
    names = {key: name for name, key in policy.witnesses.items()}
    return [names[each.key] for each in _cosigned(note, keys=policy.witnesses.values())]


def _enough(note: bytes, *, policy: Policy) -> bool:
    """Whether the note bears as many witnesses as the policy asks for; never when it asks for none."""
    try:
        _tree(note)
        return policy.quorum != NONE and policy.is_met(_cosigners(note, policy=policy))
    except Refused:
        return False


def _is_before(note: bytes, published: bytes | None) -> bool:
    """Whether the note may be an earlier checkpoint of the log that is published, by its name and size."""
    if published is None:
        return False
    tree, latest = _tree(note), _tree(published)
    return tree.origin == latest.origin and tree.size <= latest.size


def _tree(note: bytes) -> Checkpoint:
    return parse_checkpoint(split_note(note).text)


def _note_of(parts: UnverifiedNote) -> bytes:
    return f"{parts.text}\n{''.join(map(str, parts.lines))}".encode()


def _mark(file: Path) -> Mark | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _json(said: dict[str, object]) -> bytes:
    return json.dumps(said, ensure_ascii=True).encode() + b"\n"


def _shown(name: str) -> str:
    """A name of the policy, whose bytes need not be UTF-8, as a text that everybody can read."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
