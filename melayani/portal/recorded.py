# SPDX-License-Identifier: EUPL-1.2
"""What the pages about ledger and own case share: which act is asked for, the log, and files to take home."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from melayani.ledger.encodings import read_decimal
from melayani.ledger.log_files import LogFiles
from melayani.portal.answering import kept_by_nobody

# More happens to no case; a longer number is not looked up.
MOST_SEQUENCE = 2**31 - 1
NO_ACT = -1


def log_files() -> LogFiles:
    """The log of this instance."""
    return LogFiles(Path(settings.LEDGER))


def asked_act(request: HttpRequest) -> int:
    """Which act of the case the form names, 0 (the filing) when it names none; `NO_ACT` for what is no number."""
    sequence = read_decimal(request.POST.get("urutan", "") or "0")
    return NO_ACT if sequence is None or sequence > MOST_SEQUENCE else sequence


def download(content: bytes, *, name: str) -> HttpResponse:
    """The text file `name` to be kept by the person, and by nobody on the way."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return kept_by_nobody(HttpResponse(content, content_type="text/plain; charset=utf-8", headers=headers))
