# SPDX-License-Identifier: EUPL-1.2
"""A mark beside the database: what was signed since is not known here, so nothing is signed until a way out is taken.

`restore` lays it before there is a database, `begin_new_log` before it forgets the old tree; only a finished way out
(`site/recovery.py`) takes it away. The sealer looks at it in each round.
"""

from pathlib import Path

from django.conf import settings

from melayani.ground.durable import write_private

REFUSAL = "seal_restored"


def mark_restored() -> None:
    """Nothing is signed from now on."""
    write_private(_mark(), b"")


def is_marked() -> bool:
    """Whether nothing may be signed."""
    return _mark().exists()


def unmark() -> None:
    """A way out was taken to its end."""
    _mark().unlink(missing_ok=True)


def _mark() -> Path:
    return Path(settings.DATA) / "restored"
