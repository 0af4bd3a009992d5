# SPDX-License-Identifier: EUPL-1.2
"""Whether the service is up, in plain words; machines ask `/status/health`."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from melayani.ground.clock import now
from melayani.ledger.log_files import LogFiles
from melayani.ledger.queries import ledger_state, log_state
from melayani.portal.answering import page
from melayani.portal.witness_words import witnesses_told


@require_safe
def status_page(request: HttpRequest) -> HttpResponse:
    """Up, how far the ledger is, what waits. That this page answers says that web and database work."""
    files = LogFiles(Path(settings.LEDGER))
    context = {
        "ledger": ledger_state(),
        "log": log_state(files),
        "witnesses": witnesses_told(files.folder),
        "at": now(),
    }
    answer = page(request, "status", context)
    answer.headers["Cache-Control"] = "no-cache"
    return answer
