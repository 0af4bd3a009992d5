# SPDX-License-Identifier: EUPL-1.2
"""The promise that goes with a filing: signed after it is stored, before its entry is in the tree."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from melayani.cases.models import Event
from melayani.ground.errors import Refused
from melayani.ledger.keys import promise_key
from melayani.ledger.promises import KEY_SUFFIX, SECONDS, Promise, sign_promise
from melayani.ledger.sealing import batch_after

log = logging.getLogger("melayani.ledger")


@dataclass(frozen=True)
class SignedPromise:
    """The note as it is handed out, and by when it promises the entry to be in the log."""

    note: bytes
    deadline: datetime


def deadline(*, recorded_at: int, sealed: bool) -> int:
    """By when an entry is in the log, in POSIX seconds: a minute after recording, of a secret case after its batch."""
    if not sealed:
        return recorded_at + SECONDS
    return int(batch_after(datetime.fromtimestamp(recorded_at, tz=UTC)).timestamp()) + SECONDS


def signed_promise(*, number: str) -> SignedPromise | None:
    """The promise for the filing of a case; None when there is no such case or nothing can be signed now.

    One query, after the filing is stored. The same case gets the same bytes again as long as the promise key is the
    same. A key that cannot be read stops no filing: it is told in the program's log. The face has checked the key of
    the case, or has just filed it.
    """
    found = (
        Event.objects.filter(case__number=number, sequence=0)
        .values_list("entry__leaf_hash", "entry__recorded_at", "entry__sealed")
        .first()
    )
    if found is None:
        return None
    leaf_hash, recorded_at, sealed = found
    try:
        # Read anew each time, so that a changed key signs from its first moment on; it costs less than the signature.
        key = promise_key(Path(settings.KEYS))
        promise = Promise(
            origin=key.name.removesuffix(KEY_SUFFIX),
            leaf_hash=bytes(leaf_hash),
            recorded_at=recorded_at,
            deadline=deadline(recorded_at=recorded_at, sealed=sealed),
        )
        note = sign_promise(promise, key=key)
    except Refused as refused:
        log.error("promise refused", extra={"code": refused.code})
        return None
    return SignedPromise(note=note, deadline=datetime.fromtimestamp(promise.deadline, tz=UTC))
