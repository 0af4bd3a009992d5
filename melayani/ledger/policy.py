# SPDX-License-Identifier: EUPL-1.2
"""Policies: which logs are trusted, which witnesses, and how many of them must have seen a checkpoint. Pure.

Source: C2SP tlog-policy. Lines `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME k|any|all MEMBER...` and
exactly one `quorum NAME|none`; a line starting with `#` is a comment. A group or quorum names only what stands above
it, and each name is a member at most once, so that a witness counts in one way only.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from melayani.ground.errors import Refused
from melayani.ledger.checkpoint import OpenedCheckpoint, open_checkpoint
from melayani.ledger.encodings import read_decimal
from melayani.ledger.vkeys import COSIGNATURE, ED25519_NOTE, VerifierKey, VkeyRefused, parse_vkey

MOST_POLICY_BYTES = 256 * 1024
MOST_LINES = 2_000
# 32 of each must be possible; a policy is written by hand.
MOST_NAMED = 256
NONE = "none"
_BLANKS = re.compile(r"[ \t]+")


class PolicyRefused(Refused):
    """The policy is malformed (the line is named), or a checkpoint does not reach its quorum."""


@dataclass(frozen=True)
class Group:
    """Counts as having seen a checkpoint when at least `threshold` of its members have."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Trusted `logs`; `witnesses` and `groups` by the names that the policy gives them; the `quorum` or "none".

    `urls`: the addresses of those witnesses that have one, as they are written.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses (by their names in the policy) suffice."""
        if self.quorum == NONE:
            return True
        seen = set(cosigned) & set(self.witnesses)
        # Groups stand in the order of their lines: what a group names has been decided before it.
        for name, group in self.groups.items():
            if sum(member in seen for member in group.members) >= group.threshold:
                seen.add(name)
        return self.quorum in seen


def policy_of_logs(vkeys: Sequence[str]) -> Policy:
    """The policy that trusts these log keys and asks for no witness. Raises `PolicyRefused` for an unusable key."""
    draft = _Draft()
    for vkey in vkeys:
        draft.add_log((vkey,))
    return draft.finished(quorum=NONE)


def check_policy(note: bytes, *, policy: Policy) -> tuple[OpenedCheckpoint, tuple[str, ...]]:
    """The checkpoint of the note and the witnesses of the policy that cosigned it, by their names there.

    Raises `NoteRefused` or `CheckpointRefused` when it is not signed by its log, one of the policy's, and
    `PolicyRefused` when its witnesses are no quorum.
    """
    opened = open_checkpoint(note, logs=policy.logs, witnesses=policy.witnesses.values())
    names = {key: name for name, key in policy.witnesses.items()}
    cosigned = tuple(names[each.key] for each in opened.cosignatures)
    if not policy.is_met(cosigned):
        raise PolicyRefused(
            "policy_quorum",
            "Saksi yang menyaksikan titik periksa ini tidak cukup menurut kebijakan: baru %(count)s saksi.",
            count=len(cosigned),
        )
    return opened, cosigned


def parse_policy(content: bytes) -> Policy:
    """The policy in a file. Raises `PolicyRefused`, which names the line (from 1; 0 = the file) and what is wrong."""
    if not isinstance(content, bytes) or len(content) > MOST_POLICY_BYTES or content.count(b"\n") > MOST_LINES:
        raise _refused(0, "terlalu besar")
    draft, quorum = _Draft(), None
    # Names are opaque bytes to the format; undecodable ones survive in this form and stay different from each other.
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), start=1):
        draft.line = number
        if any((letter < " " and letter != "\t") or letter == "\x7f" for letter in line):
            raise _refused(number, "memuat huruf kendali")
        words = [word for word in _BLANKS.split(line) if word]
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "quorum":
            if quorum is not None:
                raise _refused(number, "quorum hanya boleh satu kali")
            quorum = draft.quorum(words[1:])
        else:
            draft.add(words[0], words[1:])
    if quorum is None:
        raise _refused(0, "tidak memuat quorum")
    return draft.finished(quorum=quorum)


@dataclass
class _Draft:
    """A policy while its lines are read; `line` is the one being read, for the refusal."""

    line: int = 0
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)

    def add(self, word: str, rest: Sequence[str]) -> None:
        if word == "log":
            self.add_log(rest)
        elif word == "witness":
            self.add_witness(rest)
        elif word == "group":
            self.add_group(rest)
        else:
            raise _refused(self.line, "harus dimulai dengan log, witness, group, atau quorum")

    def add_log(self, rest: Sequence[str]) -> None:
        if not 1 <= len(rest) <= 2:
            raise _refused(self.line, "log harus diikuti kunci pemeriksa, lalu boleh satu alamat")
        self.logs.append(self._key(rest[0], kind=ED25519_NOTE, among=self.logs))

    def add_witness(self, rest: Sequence[str]) -> None:
        if not 2 <= len(rest) <= 3:
            raise _refused(self.line, "witness harus diikuti nama dan kunci pemeriksa, lalu boleh satu alamat")
        name = self._new_name(rest[0])
        self.witnesses[name] = self._key(rest[1], kind=COSIGNATURE, among=self.witnesses.values())
        if len(rest) == 3:
            self.urls[name] = rest[2]

    def add_group(self, rest: Sequence[str]) -> None:
        if len(rest) < 3:
            raise _refused(self.line, "group harus diikuti nama, jumlah, dan paling sedikit satu anggota")
        name, needed, members = self._new_name(rest[0]), rest[1], tuple(rest[2:])
        for member in members:
            self._check_known(member)
            if member in self.members:
                raise _refused(self.line, "memuat anggota yang sudah menjadi anggota")
            self.members.add(member)
        threshold = {"any": 1, "all": len(members)}.get(needed) or read_decimal(needed)
        if threshold is None or not 1 <= threshold <= len(members):
            raise _refused(self.line, "jumlah harus any, all, atau angka dari 1 sampai banyaknya anggota")
        self.groups[name] = Group(threshold=threshold, members=members)

    def quorum(self, rest: Sequence[str]) -> str:
        if len(rest) != 1:
            raise _refused(self.line, "quorum harus diikuti satu nama atau none")
        if rest[0] != NONE:
            self._check_known(rest[0])
        return rest[0]

    def finished(self, *, quorum: str) -> Policy:
        return Policy(
            logs=tuple(self.logs), witnesses=self.witnesses, groups=self.groups, quorum=quorum, urls=self.urls
        )

    def _check_known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise _refused(self.line, "menyebut nama yang belum ada di atasnya")

    def _new_name(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise _refused(self.line, "memakai nama yang sudah dipakai")
        if len(self.witnesses) + len(self.groups) >= 2 * MOST_NAMED:
            raise _refused(self.line, "terlalu banyak nama")
        return name

    def _key(self, vkey: str, *, kind: bytes, among: Iterable[VerifierKey]) -> VerifierKey:
        try:
            key = parse_vkey(vkey)
        except VkeyRefused as refused:
            if self.line == 0:
                # The key was given by itself, not in a file: its own sentence says all.
                raise PolicyRefused(refused.code, refused.sentence) from refused
            raise PolicyRefused(
                "policy_line", "Kebijakan, baris %(line)s: %(why)s", line=self.line, why=refused.message
            ) from refused
        known = list(among)
        if key.kind != kind:
            raise _refused(self.line, "memuat kunci dari jenis yang salah untuk baris ini")
        # Another name for the same key would let one party count twice.
        if any(key.public == other.public for other in known):
            raise _refused(self.line, "memuat kunci yang sudah ada")
        if len(known) >= MOST_NAMED:
            raise _refused(self.line, "terlalu banyak kunci")
        return key


def _refused(line: int, why: str) -> PolicyRefused:
    if line == 0:
        return PolicyRefused("policy_file", "Kebijakan %(why)s.", line=line, why=why)
    return PolicyRefused("policy_line", "Kebijakan, baris %(line)s: %(why)s.", line=line, why=why)
