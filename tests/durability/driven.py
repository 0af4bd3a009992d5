# SPDX-License-Identifier: EUPL-1.2
"""Runs as a program of its own above the watched disk: files cases and works as the worker, as the product does.

`file COUNT` writes a line (number, key, n) into the file `acknowledged` of the data folder after each case that was
filed, so that the acknowledgement stands in the journal like any write. `work COUNT` ends when so many cases are there
and all that may be is sealed. Words after the count break the product, for the controls:
`normal` = SQLite with synchronous=NORMAL; `unsynced-tiles`, `unsynced-names`, `unsynced-photos` = files of the log are
not synced, or their folders, or photos and PDFs.
"""

import os
import sys
import time
from types import ModuleType

import django
from django.conf import settings

django.setup()

from django.db import connection  # noqa: E402  # needs Django to be set up

from melayani.cases import files, filing  # noqa: E402  # as above
from melayani.cases.models import Case  # noqa: E402  # as above
from melayani.cases.rules import CITIZEN, Visibility  # noqa: E402  # as above
from melayani.ground.clock import now  # noqa: E402  # as above
from melayani.ledger import log_files  # noqa: E402  # as above
from melayani.ledger.models import Entry  # noqa: E402  # as above
from melayani.site import sealer  # noqa: E402  # as above
from melayani.site.worker import Worker  # noqa: E402  # as above
from tests.durability.stories import PLACE, has_pdf, pdf_of, story  # noqa: E402  # as above
from tests.ledger.some_keys import variant  # noqa: E402  # as above

SYNC = "os.fsync(file.fileno())"
PAUSE_SECONDS = 0.02


def break_the_product(how: str) -> None:
    """Leaves out one thing that keeps a promise."""
    match how:
        case "normal":
            options = connection.settings_dict["OPTIONS"]
            assert "synchronous=FULL" in options["init_command"]
            options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
        case "unsynced-tiles":
            take_from(variant(log_files, SYNC, "pass"))
        case "unsynced-names":
            take_from(variant(log_files, "            sync_folder(folder)", "            pass"))
        case "unsynced-photos":
            broken = variant(files, SYNC, "pass")
            vars(files)["_write"] = vars(broken)["_write"]
        case _:
            raise SystemExit(f"unknown control: {how}")


def take_from(broken: ModuleType) -> None:
    """The sealer writes its files as the broken module does."""
    vars(sealer)["LogFiles"] = broken.LogFiles


def file_cases(count: int) -> None:
    """So many cases, some secret, some with a PDF; each one acknowledged when it is filed."""
    while not (settings.LEDGER / "checkpoint").exists():
        # The worker has started too: from here on both are at work, on a busy machine as well.
        time.sleep(0.01)
    said = os.open(settings.DATA / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for n in range(count):
        token = f"potong/{n}"
        uploads = (files.keep_upload(token=token, sent=pdf_of(n), at=now(), pdf=True),) if has_pdf(n) else ()
        told = filing.file_case(
            filing=filing.Filing(
                text=story(n),
                place=PLACE,
                service="PJU",
                visibility=Visibility.SECRET if n % 10 == 3 else Visibility.PUBLIC,
                uploads=uploads,
                token=token,
            ),
            by=CITIZEN,
            at=now(),
        )
        os.write(said, f"{told.number} {told.key} {n}\n".encode())
        # The worker wants the write lane too.
        time.sleep(0.001)


def work(count: int) -> None:
    """Rounds of the worker until there is nothing left for it."""
    worker = Worker()
    while True:
        worker.step()
        waiting = Entry.objects.filter(leaf_index__isnull=True, sealed=False).exists()
        if not waiting and Case.objects.count() >= count:
            return
        time.sleep(PAUSE_SECONDS)


def main() -> None:
    """Does what the first argument says."""
    does, count = {"file": file_cases, "work": work}[sys.argv[1]], int(sys.argv[2])
    for how in sys.argv[3:]:
        break_the_product(how)
    does(count)


if __name__ == "__main__":
    main()
