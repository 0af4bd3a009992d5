# SPDX-License-Identifier: EUPL-1.2
"""The public files of the log (C2SP tlog-tiles): what stands under the published checkpoint, and nothing beyond it."""

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.note import split_note
from melayani.ledger.tiles import TILE_WIDTH, TilesRefused, parse_tile_path, tile_in

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
# A full tile never changes. A partial one neither, but it may give way to a wider one.
FOREVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=60"
# A checkpoint is old after a second.
NEVER_OLD = "no-cache"


def log_files() -> LogFiles:
    """The log of this instance."""
    return LogFiles(Path(settings.LEDGER))


def published_size(files: LogFiles) -> tuple[bytes, int] | None:
    """The published checkpoint as a note, and how many leaves it covers; None before the first one."""
    note = files.published()
    return None if note is None else (note, parse_checkpoint(split_note(note).text).size)


def text(content: str | bytes, *, status: int = 200, cache: str = NEVER_OLD) -> HttpResponse:
    """A plain answer for machines."""
    return HttpResponse(content, status=status, content_type=TEXT, headers={"Cache-Control": cache})


def absent() -> HttpResponse:
    """There is nothing here, or not yet."""
    return text("Tidak ada di buku besar, atau belum.\n", status=404)


@csrf_exempt
@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """The latest checkpoint, verbatim."""
    note = log_files().published()
    return absent() if note is None else text(note)


@csrf_exempt
@require_safe
def keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """The verifier keys of this log, one a line after its purpose."""
    lines = log_files().keys()
    return absent() if lines is None else text(lines)


@csrf_exempt
@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """A tile of hashes or a bundle of entries; 404 beyond the published checkpoint."""
    files = log_files()
    known = published_size(files)
    try:
        wanted = parse_tile_path(f"tile/{path}")
        if known is None or tile_in(size=known[1], level=wanted.level, index=wanted.index).width < wanted.width:
            return absent()
        content = files.read(wanted)
    except TilesRefused:
        return absent()
    cache = FOREVER if wanted.width == TILE_WIDTH else BRIEFLY
    return HttpResponse(content, content_type=BYTES, headers={"Cache-Control": cache})
