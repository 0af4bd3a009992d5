# SPDX-License-Identifier: EUPL-1.2
"""Log lines: one JSON object a line, holding only fields of an allow-list, so that no personal data can slip in.

What other libraries log (Django logs addresses of pages, database drivers log values) is reduced to who logged, how bad
it is, and where in the code it was raised: messages of errors are never written, because they quote data.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

LOGGER = "melayani"
# Ids, counts and states only. A new field is added here or it is not written.
ALLOWED = frozenset(
    {"incident", "view", "method", "status", "command", "worker", "reader", "count", "seconds", "code", "pid", "job"}
)


class AllowedLines(logging.Formatter):
    """Writes a record as one line of JSON: messages of our own loggers only, and of other fields only allowed ones."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the traceback of an error is given as frames and the name of its type."""
        ours = record.name == LOGGER or record.name.startswith(f"{LOGGER}.")
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if ours and isinstance(record.msg, str):
            # The constant part of the message only; what varies belongs into allowed fields.
            line["event"] = record.msg
        line |= {name: record.__dict__[name] for name in sorted(ALLOWED & record.__dict__.keys())}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = frames(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def frames(error: BaseException | None) -> list[str]:
    """Where an error was raised, as `file:line function`, outermost first, then its causes. No values, no messages."""
    lines: list[str] = []
    while error is not None:
        trace = traceback.extract_tb(error.__traceback__)
        lines.extend(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in trace)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if error is not None:
            lines.append(f"caused by {type(error).__name__}")
    return lines


def _short(filename: str) -> str:
    """The path from its package on: where it is installed is nobody's business."""
    _, installed, inside = filename.rpartition("/site-packages/")
    return inside if installed else "/".join(filename.split("/")[-3:])


def logging_settings() -> dict[str, Any]:
    """For Django's LOGGING: everything to stderr through `AllowedLines`; chatter of libraries is dropped."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"allowed": {"()": f"{__name__}.AllowedLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "allowed"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            LOGGER: {"level": "INFO"},
            # Not found and refused are answers, not events; a 500 is logged with its incident by our own page.
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "django.server": {"level": "CRITICAL"},
        },
    }
