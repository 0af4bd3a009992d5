# SPDX-License-Identifier: EUPL-1.2
"""The ways out for an instance whose signer refuses: the log that survived is taken up, or a new one begins.

Source: LEDGER "Restore". The service is stopped while this runs; all of it may be done again.
"""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from melayani.ledger.keys import Purpose, check_origin, log_key, next_key, read_origin
from melayani.ledger.log_files import STATEMENTS, LogFiles, Signed
from melayani.ledger.recovering import Recovered, adopt, begin_anew, opening_of, set_aside, take_new_origin
from melayani.ledger.rotation import keys_now
from melayani.ledger.sealing import seal
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
from melayani.ledger.vkeys import VerifierKey
from melayani.site.console import BadInput
from melayani.site.restored import is_marked, mark_restored, unmark


def recover_log(source: Path | None, *, at: datetime, rows: bool = False, newest: bytes | None = None) -> Recovered:
    """Database and log folder are those of the last checkpoint that survived, and signing may go on.

    `source` is a folder with the public files of the log; None = our own folder. `rows`: its files are gone, and the
    database is known to hold all that was ever signed; of one that was restored nobody knows that. `newest`: the newest
    checkpoint that anybody knows of; the log must reach it. Raises `NothingSurvived` or `RecoveryRefused` and changes
    nothing when a second truth could come of it.
    """
    folder = Path(settings.LEDGER)
    survived = _survived_rows() if rows else _survived_files(source or folder, at=at)
    _check_reaches(survived, _known_to_us(folder, newest, at=at))
    fresh = folder.with_name(f".{folder.name}.recovering")
    shutil.rmtree(fresh, ignore_errors=True)
    # The files first: without them the database would promise what nobody can read.
    planted(survived, fresh)
    for known in (source, folder):
        # Proofs under keys of earlier; who kept only the public log has none.
        if known is not None and (known / STATEMENTS).is_dir():
            shutil.copytree(known / STATEMENTS, fresh / STATEMENTS, dirs_exist_ok=True)
    recovered = adopt(survived, at=at)
    set_aside(folder)
    fresh.rename(folder)
    _publish_keys()
    unmark()
    return recovered


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
    seal(files=LogFiles(Path(settings.LEDGER)), keys=[log_key(keys)], at=at, only=begun)
    _publish_keys()
    unmark()
    return aside
