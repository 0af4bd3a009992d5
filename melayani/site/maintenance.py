# SPDX-License-Identifier: EUPL-1.2
"""Maintenance: while the file `maintenance` lies in the data folder, every page says so calmly, in its language.

The file can be laid there and taken away while the service runs, and it works without a database. It may hold the
moment when the work will be done, as ISO 8601. The setting MELAYANI_MAINTENANCE (1, or such a moment) does the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from melayani.api.not_now import not_now
from melayani.ground.clock import JAKARTA, jakarta, now
from melayani.portal.typed_again import typed_again

# Seconds after which to ask again when nobody has said how long it takes, and the least and the most that is told.
UNKNOWN, LEAST, MOST = 600, 60, 3600
OFF = frozenset({"", "0"})
# A watchdog must be able to look, and the files that make the page readable come before this (`settings.MIDDLEWARE`).
ALWAYS_OPEN = "/status/health"
DETAIL = "Sistem sedang dirawat. Coba lagi beberapa saat lagi."


@dataclass(frozen=True)
class Maintenance:
    """Maintenance is on; `until` is when it is thought to be over, if somebody has said so."""

    until: datetime | None

    def retry_after(self, *, at: datetime) -> int:
        """After how many seconds it makes sense to ask again."""
        if self.until is None:
            return UNKNOWN
        return min(MOST, max(LEAST, int((self.until - at).total_seconds())))


def maintenance_now() -> Maintenance | None:
    """What the setting or the file says at this moment; None = open as usual."""
    if settings.MAINTENANCE not in OFF:
        return Maintenance(until=_moment(settings.MAINTENANCE))
    file: Path = settings.MAINTENANCE_FILE
    if not file.exists():
        return None
    try:
        return Maintenance(until=_moment(file.read_text(encoding="utf-8").strip()))
    except (OSError, UnicodeDecodeError):
        return Maintenance(until=None)


def _moment(said: str) -> datetime | None:
    """The moment that was written, in Jakarta when no zone is named; None when it is none."""
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=JAKARTA)


@contextmanager
def announced() -> Iterator[None]:
    """Maintenance is on meanwhile. It stays on when the work fails, so that nobody walks into half of it."""
    file: Path = settings.MAINTENANCE_FILE
    was_on = file.exists()
    file.touch()
    yield
    if not was_on:
        file.unlink()


def maintenance_answer(request: HttpRequest) -> HttpResponse | None:
    """The answer to every request while maintenance is on, with what was typed; None when it is off."""
    if request.path_info == ALWAYS_OPEN:
        return None
    found = maintenance_now()
    if found is None:
        return None
    at = now()
    answer = not_now(request.path_info, DETAIL) or HttpResponse(_page(request, found, at=at), status=503)
    answer.headers["Retry-After"] = str(found.retry_after(at=at))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, found: Maintenance, *, at: datetime) -> str:
    until = jakarta(found.until) if found.until and found.until > at else None
    context = {"until": until, "typed": typed_again(request), "request": request}
    return render_to_string("503.html", context)
