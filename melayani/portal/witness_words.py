# SPDX-License-Identifier: EUPL-1.2
"""The witnesses of the log in words: who has seen which checkpoint, and what it means when there are none.

The sealer writes `witnesses.json` beside the checkpoint; a page only reads it, and believes nothing of its form.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from melayani.cases.proofs import awaits_witnesses
from melayani.ground.errors import Refused
from melayani.ledger.policy import NONE
from melayani.ledger.vkeys import MOST_VKEY_LETTERS
from melayani.portal.recorded import log_files

Words = str | Promise
FILE = "witnesses.json"
MOST_BYTES = 256 * 1024
MOST_SHOWN = 64
MOST_NAME = 255
LATEST_TIME = 2**37
UNREADABLE = "unreadable"
PROBLEMS: dict[str, Words] = {
    "down": _("Saksi ini sedang tidak menjawab. Kami akan menanyainya lagi."),
    "refused": _("Saksi ini menolak ikut menandatangani. Petugas sistem sedang memeriksa sebabnya."),
    "lied": _("Tanda tangan saksi ini tidak cocok, jadi tidak kami pakai."),
    "behind": _("Saksi ini belum sampai di titik periksa terbaru."),
}
UNKNOWN_PROBLEM: Words = _("Saksi ini sedang bermasalah.")


@dataclass(frozen=True)
class WitnessTold:
    """One witness: the size and moment it last cosigned (None = not yet), what is wrong (empty = nothing).

    `vkey` is its verifier key string, as it stands in the file; empty when the file is of an earlier version.
    """

    name: str
    size: int | None
    at: datetime | None
    problem: Words
    vkey: str = ""


@dataclass(frozen=True)
class WitnessesTold:
    """What a page says of the witnesses.

    `state` is "none" (nobody was asked for), "unreadable" (the file or the policy is damaged), "met" or "missing"
    (fewer have cosigned than the policy asks for). `seen` counts those that cosigned and have no problem.
    """

    state: str
    quorum: str
    witnesses: tuple[WitnessTold, ...]

    @property
    def wanted(self) -> bool:
        """Whether the log asks for witnesses at all."""
        return self.state in ("met", "missing") and self.quorum != NONE

    @property
    def seen(self) -> int:
        """How many witnesses stand beside the log at present."""
        return sum(not each.problem and each.size is not None for each in self.witnesses)


NOBODY = WitnessesTold(state="none", quorum=NONE, witnesses=())
DAMAGED = WitnessesTold(state="unreadable", quorum=UNREADABLE, witnesses=())


def witnesses_told(folder: Path) -> WitnessesTold:
    """What the file in the folder of the log says; nobody without a file, and "unreadable" for one that is damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return NOBODY
    except OSError:
        return DAMAGED
    try:
        return _told(json.loads(content))
    except (ValueError, KeyError, TypeError, RecursionError):
        return DAMAGED


def witnesses_awaited(number: str) -> bool:
    """Whether receipts of this case lack witnesses that the log asks for, and will have them when fetched later.

    No query where the log asks nobody. Files that cannot be read are told elsewhere.
    """
    files = log_files()
    if not witnesses_told(files.folder).wanted:
        return False
    try:
        return awaits_witnesses(number=number, files=files)
    except Refused:
        return False


def _told(said: Mapping[str, object]) -> WitnessesTold:
    quorum, met, listed = said["quorum"], said["met"], said["witnesses"]
    if not isinstance(quorum, str) or not isinstance(met, bool) or not isinstance(listed, list):
        raise TypeError("another form")
    if quorum == UNREADABLE:
        return DAMAGED
    witnesses = tuple(_witness(each) for each in listed[:MOST_SHOWN])
    if quorum == NONE and not witnesses:
        return NOBODY
    return WitnessesTold(state="met" if met else "missing", quorum=quorum[:MOST_NAME], witnesses=witnesses)


def _witness(said: Mapping[str, object]) -> WitnessTold:
    name, size, at, problem = said["name"], said["size"], said["at"], said["problem"]
    vkey = said.get("vkey", "")
    if not isinstance(name, str) or not isinstance(problem, str) or not isinstance(vkey, str):
        raise TypeError("another form")
    return WitnessTold(
        name=name[:MOST_NAME],
        size=size if type(size) is int and size >= 0 else None,
        at=datetime.fromtimestamp(at, tz=UTC) if type(at) is int and 0 < at <= LATEST_TIME else None,
        problem=PROBLEMS.get(problem, UNKNOWN_PROBLEM) if problem else "",
        vkey=vkey if len(vkey) <= MOST_VKEY_LETTERS else "",
    )
