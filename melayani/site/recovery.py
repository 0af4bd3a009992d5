# SPDX-License-Identifier: EUPL-1.2
"""The ways out for an instance whose signer refuses: the log that survived is taken up, or a new one begins.

Source: LEDGER "Restore". The service is stopped while this runs; all of it may be done again.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from melayani.ledger.asking import Post, http_post
from melayani.ledger.keys import Purpose, check_origin, log_key, next_key, read_origin, retired_lines
from melayani.ledger.log_files import LogFiles, Signed
from melayani.ledger.merkle import leaf_hash
from melayani.ledger.recovering import Recovered, adopt, begin_anew, opening_of, set_aside, take_new_origin
from melayani.ledger.rotation import keys_now
from melayani.ledger.sealing import seal
from melayani.ledger.statement_proofs import announcements_of, kept_proofs
from melayani.ledger.surviving import (
    NothingSurvived,
    Survived,
    check_beginning,
    checkpoints_in,
    opened,
    planted,
    survived_files,
    survived_rows,
)
from melayani.ledger.tree import Tree
from melayani.ledger.vkeys import VerifierKey, parse_vkey
from melayani.site.console import BadInput
from melayani.site.restored import is_marked, mark_restored, unmark
from melayani.site.witness_sizes import Heard, ask_witnesses, check_newest, policy_here


@dataclass(frozen=True)
class Continued(Recovered):
    """As `Recovered`; and what the witnesses said before, if there are any."""

    witnesses: tuple[Heard, ...] = ()


def recover_log(
    source: Path | None,
    *,
    at: datetime,
    rows: bool = False,
    newest: bytes | None = None,
    sure: bool = True,
    post_to: Callable[[str], Post] = http_post,
) -> Continued:
    """Database and log folder are those of the last checkpoint that survived, and signing may go on.

    `source` is a folder with the public files of the log; None = our own folder. `rows`: its files are gone, and the
    database is known to hold all that was ever signed; of one that was restored nobody knows that. `newest`: the newest
    checkpoint that anybody knows of; the log must reach it. `sure` False: nobody can say that nothing was signed
    beyond, so the witnesses of the policy must. `post_to`: the way to a witness at an address. Raises `NothingSurvived`
    or `RecoveryRefused` and changes nothing when a second truth could come of it.
    """
    folder = Path(settings.LEDGER)
    survived = _survived_rows() if rows else _survived_files(source or folder, at=at)
    _check_reaches(survived, _known_to_us(folder, newest, at=at))
    heard = _asked(survived, sure=sure or newest is not None, post_to=post_to)
    fresh = folder.with_name(f".{folder.name}.recovering")
    shutil.rmtree(fresh, ignore_errors=True)
    # The files first: without them the database would promise what nobody can read.
    files = planted(survived, fresh)
    for known in (folder, source):
        # Proofs under keys of earlier; what a stranger kept is looked at.
        if known is not None:
            _bring_proofs(announcements_of(LogFiles(known), leaves=survived.leaves, keys=_all_verifiers()), files)
    recovered = adopt(survived, at=at)
    set_aside(folder)
    fresh.rename(folder)
    _publish_keys()
    unmark()
    return Continued(size=recovered.size, found=recovered.found, lost=recovered.lost, witnesses=heard)


def _asked(survived: Survived, *, sure: bool, post_to: Callable[[str], Post]) -> tuple[Heard, ...]:
    """What the witnesses say, if there are any; raises `NothingSurvived` when one of them has seen more."""
    policy, signed = policy_here(), survived.signed
    heard: tuple[Heard, ...] = ()
    if policy is not None:
        tree = Tree(leaf_hash(leaf) for leaf in survived.leaves)
        heard = ask_witnesses(policy, signed=signed, hash_at=tree.hash_at, post_to=post_to)
    check_newest(heard, policy=policy, size=signed.size, sure=sure)
    return heard


def _bring_proofs(found: Mapping[bytes, bytes], files: LogFiles) -> None:
    """These proofs are kept in the folder too; what is there stays."""
    for digest, content in found.items():
        if files.statement_proof(digest) is None:
            files.keep_statement_proof(digest, content)


def _publish_keys() -> None:
    """Whoever reads the log finds its keys, as the sealer publishes them."""
    files = LogFiles(Path(settings.LEDGER))
    lines = keys_now(directory=Path(settings.KEYS), files=files).lines
    files.publish_keys("".join(f"{line}\n" for line in lines).encode())


def _survived_files(source: Path, *, at: datetime) -> Survived:
    return survived_files(source, keys=_verifiers(), signed_at=int(at.timestamp()))


def _verifiers() -> list[VerifierKey]:
    """The keys that may have signed last: whoever is being followed may have signed first, or alone."""
    folder = Path(settings.KEYS)
    return [key.verifier for key in (log_key(folder), next_key(folder, Purpose.LOG)) if key]


def _all_verifiers() -> list[VerifierKey]:
    """The keys that sign this log, and those that did once."""
    retired = [line.partition(" ") for line in retired_lines(Path(settings.KEYS))]
    return [*_verifiers(), *(parse_vkey(vkey) for purpose, _, vkey in retired if purpose == Purpose.LOG)]


def _survived_rows() -> Survived:
    if is_marked():
        raise NothingSurvived(
            "survived_backup",
            "Basis data ini dipulihkan dari cadangan; yang ditandatangani sesudahnya tidak ada di dalamnya. "
            "Pakai --ledger, atau --new-origin bila tidak ada yang tersisa.",
        )
    return survived_rows()


def _known_to_us(folder: Path, newest: bytes | None, *, at: datetime) -> list[Signed]:
    """What our own memory outside the database and whoever restores know to be signed."""
    known = checkpoints_in(LogFiles(folder), keys=_verifiers(), signed_at=int(at.timestamp()))
    return known if newest is None else [*known, opened(newest, keys=_verifiers(), signed_at=int(at.timestamp()))]


def _check_reaches(survived: Survived, known: Sequence[Signed]) -> None:
    """Raises `NothingSurvived` when more is known to be signed than survived, or something else."""
    most = max((each.size for each in known), default=0)
    if most > survived.signed.size:
        raise NothingSurvived(
            "survived_less",
            "Yang tersisa di sana %(less)s catatan, padahal %(more)s sudah ditandatangani. "
            "Cari salinan yang lebih baru, atau mulailah buku besar baru dengan --new-origin.",
            less=survived.signed.size,
            more=most,
        )
    check_beginning(survived, *known)


def begin_new_log(origin: str, *, at: datetime) -> Path | None:
    """A log under a new name begins with a statement that names the old one; answers where the old folder lies.

    Raises `BadInput` when the name is that of the log that is there and no new one was begun.
    """
    keys = Path(settings.KEYS)
    check_origin(origin)
    old, aside = log_key(keys), None
    if read_origin(keys) != origin:
        # While the tree of the old log is forgotten and its key is still here, the worker must not sign anything.
        mark_restored()
        begun = begin_anew(origin=origin, old_origin=old.name, old_vkey=old.vkey, at=at)
        aside = set_aside(Path(settings.LEDGER))
        take_new_origin(keys, origin=origin)
    else:
        # Only what was cut off before its first seal is there to be finished.
        waiting = opening_of(origin)
        if waiting is None:
            raise BadInput("Itu nama buku besar yang sekarang. Buku besar baru memerlukan nama lain.")
        begun = waiting
    files = LogFiles(Path(settings.LEDGER))
    seal(files=files, keys=[log_key(keys)], at=at, only=begun)
    # Whoever trusts a key of the old log follows it to its end; a crash may have left the folder of then behind.
    for left in sorted(files.folder.parent.glob(f"{files.folder.name}.old-*")):
        _bring_proofs(kept_proofs(LogFiles(left)), files)
    _publish_keys()
    unmark()
    return aside
