# SPDX-License-Identifier: EUPL-1.2
"""Sealing and opening of what belongs to one case: its key, its texts, its contact.

Every case has its own random key, wrapped by the master key of the instance (outside the database). Each sealed value
is bound to its case and place, so that it cannot be swapped with another.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings

from melayani.ground.sealing import new_key, open_sealed, seal
from melayani.ledger.keys import master_key

MASTER_KEY_ID = "m1"
Content = Mapping[str, object]


@cache
def _master(directory: Path) -> bytes:
    return master_key(directory)


def wrapped_new_key(*, stream: bytes) -> tuple[bytes, bytes]:
    """A fresh key for the case `stream`: in clear for use now, and wrapped for keeping."""
    key = new_key()
    return key, seal(key=_master(settings.KEYS), text=key, field=f"case-key/{stream.hex()}")


def unwrapped(*, wrapped: bytes, stream: bytes) -> bytes:
    """The key of a case; raises `SealBroken` under another master key."""
    return open_sealed(key=_master(settings.KEYS), sealed=wrapped, field=f"case-key/{stream.hex()}")


def sealed_by_master(text: bytes, *, field: str) -> bytes:
    """`text` sealed under the master key, for what belongs to no case yet."""
    return seal(key=_master(settings.KEYS), text=text, field=field)


def opened_by_master(sealed: bytes, *, field: str) -> bytes:
    """What `sealed_by_master` sealed."""
    return open_sealed(key=_master(settings.KEYS), sealed=sealed, field=field)


def seal_text(*, key: bytes, stream: bytes, sequence: int, content: Content) -> bytes:
    """The text of event `sequence`, sealed. `content` is {"text", ...} as `CaseText` says."""
    return _seal(key, f"text/{stream.hex()}/{sequence}", content)


def open_text(*, key: bytes, stream: bytes, sequence: int, sealed: bytes) -> dict[str, object]:
    """What `seal_text` sealed."""
    return _open(key, f"text/{stream.hex()}/{sequence}", sealed)


def seal_contact(*, key: bytes, stream: bytes, content: Content) -> bytes:
    """The contact of the citizen, sealed."""
    return _seal(key, f"contact/{stream.hex()}", content)


def open_contact(*, key: bytes, stream: bytes, sealed: bytes) -> dict[str, object]:
    """What `seal_contact` sealed."""
    return _open(key, f"contact/{stream.hex()}", sealed)


def _seal(key: bytes, field: str, content: Content) -> bytes:
    return seal(key=key, text=json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), field=field)


def _open(key: bytes, field: str, sealed: bytes) -> dict[str, object]:
    opened = json.loads(open_sealed(key=key, sealed=bytes(sealed), field=field))
    return dict(opened)
