# SPDX-License-Identifier: EUPL-1.2
"""What the environment says, read and judged: each function takes one setting as text, and names it when it refuses.

All raise `ImproperlyConfigured` with one Indonesian sentence; a value that may hold a password is never repeated in it.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from melayani.ground.clock import ClockRefused, fixed_moment

MOST_WORKERS = 64
SQLITE = "sqlite:///"


def listed(said: str) -> list[str]:
    """What stands between the commas, without blanks around it; nothing for an empty place."""
    return [entry.strip() for entry in said.split(",") if entry.strip()]


def address(said: str, *, name: str) -> SplitResult:
    """The parts of the address that the setting `name` holds; its host and its port can be read."""
    try:
        parts = urlsplit(said)
        _ = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} bukan alamat yang benar: periksa nama host dan nomor portnya.") from error
    return parts


def check_clock(said: str, *, debug: bool) -> None:
    """A fixed clock is for tests, and a moment."""
    if said and not debug:
        raise ImproperlyConfigured("MELAYANI_NOW hanya untuk uji coba dan ditolak selama MELAYANI_DEBUG mati.")
    try:
        fixed_moment(said or "2026-01-05")
    except ClockRefused as error:
        raise ImproperlyConfigured(error.message) from error


def workers(said: str) -> int | None:
    """The number of web workers in MELAYANI_WORKERS, 1 to 64; None when it is no such number."""
    # int() alone would also take "1_0" and " 10".
    if not (said.isascii() and said.isdecimal() and len(said) <= len(str(MOST_WORKERS))):
        return None
    return int(said) if 1 <= int(said) <= MOST_WORKERS else None


def database(url: str) -> dict[str, Any]:
    """A database from its address: `sqlite:///path` or `postgres://user:password@host:port/name?sslmode=...`."""
    parts = address(url, name="MELAYANI_DATABASE_URL")
    if url.startswith(SQLITE):
        return _sqlite(unquote(parts.path[1:]) or ":memory:")
    if parts.scheme in ("postgres", "postgresql"):
        return _postgres(parts)
    raise ImproperlyConfigured(f"MELAYANI_DATABASE_URL harus diawali {SQLITE} atau postgres://")


def _sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "melayani.site.sqlite_lane",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
                "PRAGMA wal_autocheckpoint=2000;PRAGMA cache_size=-6000;PRAGMA temp_store=MEMORY;"
                # What is deleted, held again or replaced is overwritten with zeros, not only forgotten.
                "PRAGMA secure_delete=ON;"
            ),
        },
    }


def _postgres(parts: SplitResult) -> dict[str, Any]:
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    # Django leaves prepared statements off; with them a hot statement is parsed once per connection.
    options |= {"server_side_binding": True, "prepare_threshold": 5}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or options.pop("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": options,
    }
