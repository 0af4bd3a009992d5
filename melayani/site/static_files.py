# SPDX-License-Identifier: EUPL-1.2
"""Static files under names that carry their hash, precompressed and kept by browsers for a year.

Without a collected folder (tests, a first command) plain names are used and the files are found in their rooms.
"""

import fcntl
import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # has no types


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # a class without types
    """As whitenoise's; a name that was not collected stays plain instead of breaking the page."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when there is none."""
        if self.hash_key(self.clean_name(name)) not in self.hashed_files:
            return str(self.clean_name(name))
        return str(super().stored_name(name))


def collect_static() -> None:
    """The folder of static files is complete and fits this program; one process at a time."""
    folder = Path(settings.STATIC_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    turn = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        call_command("collectstatic", verbosity=0, interactive=False)
    finally:
        os.close(turn)
