# SPDX-License-Identifier: EUPL-1.2
"""Settings from the environment (CONTRACT "Settings by environment"), with safe defaults."""

import base64
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from melayani.site.logs import logging_settings

SITE = Path(__file__).resolve().parent
PACKAGE = SITE.parent
DATA = Path(os.environ.get("MELAYANI_DATA", "melayani-data")).resolve()
KEYS = Path(os.environ.get("MELAYANI_KEYS", DATA / "keys")).resolve()
DEBUG = os.environ.get("MELAYANI_DEBUG") == "1"
if os.environ.get("MELAYANI_NOW") and not DEBUG:
    raise ImproperlyConfigured("MELAYANI_NOW is for tests only and is refused while DEBUG is off.")

PUBLIC_URL = os.environ.get("MELAYANI_URL", "http://127.0.0.1:8000").rstrip("/")
LOG_ORIGIN = os.environ.get("MELAYANI_LOG_ORIGIN", "melayani-demo.example/ledger")


def _secret_key() -> str:
    """The key of the instance; a throw-away one for commands that need no instance (`serve` insists on a file)."""
    path = Path(os.environ.get("MELAYANI_SECRET_KEY_FILE", KEYS / "secret.key"))
    try:
        text = path.read_text().strip()
    except OSError:
        return secrets.token_urlsafe(48)
    if len(text) < 40:
        raise ImproperlyConfigured(f"{path.name} is too short: put at least 40 random characters in it.")
    return text


def _database(url: str) -> dict[str, Any]:
    """A database from its address: `sqlite:///path` or `postgres://user:password@host:port/name?sslmode=...`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "melayani.site.sqlite_lane",
            "NAME": unquote(parts.path[1:]) or ":memory:",
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
    if parts.scheme in ("postgres", "postgresql"):
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
    raise ImproperlyConfigured("MELAYANI_DATABASE_URL must start with sqlite:/// or postgres://")


DATABASE_URL = os.environ.get("MELAYANI_DATABASE_URL", f"sqlite:///{quote(str(DATA / 'melayani.sqlite3'))}")
DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [
    host
    for host in (
        *os.environ.get("MELAYANI_ALLOWED_HOSTS", "").split(","),
        urlsplit(PUBLIC_URL).hostname or "",
        "127.0.0.1",
        "localhost",
        "[::1]",
    )
    if host
]
TRUSTED_PROXIES = [p for p in os.environ.get("MELAYANI_TRUSTED_PROXIES", "").split(",") if p]
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "melayani.ledger",
    "melayani.government",
    "melayani.catalogue",
    "melayani.triage",
    "melayani.cases",
    "melayani.portal",
    "melayani.desk",
    "melayani.api",
]
MIDDLEWARE = [
    "melayani.site.middleware.proxy_headers",
    "melayani.site.middleware.security_headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "melayani.site.middleware.CompressedPages",
    "melayani.site.middleware.language_by_address",
    "melayani.site.middleware.body_cap",
    "melayani.site.middleware.maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "melayani.site.urls"
WSGI_APPLICATION = "melayani.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SITE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"languages": "melayani.site.languages"},
        },
    }
]

AUTH_USER_MODEL = "government.Officer"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/masuk"
LOGIN_REDIRECT_URL = "/meja"
LOGOUT_REDIRECT_URL = "/masuk"

LANGUAGE_CODE = "id"
# Javanese is beta: home and filing are translated, the rest shows in Indonesian, and every page of it says so.
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English"), ("jv", "Basa Jawa")]
FORMAT_MODULE_PATH = "melayani.site.formats"
LOCALE_PATHS = [SITE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Jakarta"

APPEND_SLASH = False
STATICFILES_DIRS = [SITE / "static"]
STATIC_URL = "static/"
# Where photos and PDFs lie, sealed: a directory that every web process and the worker share.
if os.environ.get("MELAYANI_STORAGE", "").startswith("s3:"):
    raise ImproperlyConfigured("MELAYANI_STORAGE: only a directory so far; s3 is not there yet")
STORAGE = Path(os.environ.get("MELAYANI_STORAGE", DATA / "files")).resolve()
# The public files of the log, and what was last signed: outside the database, so that an old copy of it is noticed.
LEDGER = DATA / "ledger"
# The public key of age that backups are encrypted to; empty = they are not (`site/backup_encryption.py`).
BACKUP_RECIPIENT = os.environ.get("MELAYANI_BACKUP_RECIPIENT", "").strip()
STATIC_ROOT = Path(os.environ.get("MELAYANI_STATIC", DATA / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "melayani.site.static_files.HashedFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Five photos of 12 MB and the words around them; a larger request is refused before it is read (`body_cap`).
MOST_BODY_BYTES = 70_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 60
FILE_UPLOAD_HANDLERS = ["melayani.site.uploads.UnnamedFileUploadHandler"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 9 * 3600
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "melayani.portal.pages.expired.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
TESTING = "pytest" in sys.modules

LOGGING = logging_settings()
# Maintenance (`site/maintenance.py`): 1, or the moment when it will be over; a file in the data folder does the same.
MAINTENANCE = os.environ.get("MELAYANI_MAINTENANCE", "")
MAINTENANCE_FILE = DATA / "maintenance"
# Who may read /metrics from elsewhere than loopback; empty = nobody.
METRICS_TOKEN = os.environ.get("MELAYANI_METRICS_TOKEN", "")
SECURITY_CONTACT = os.environ.get("MELAYANI_SECURITY_CONTACT", f"{PUBLIC_URL}/tentang")
# Bytes that only this instance knows: keys of citizens are derived from them (a repeated filing gets the same again).
SERVER_SECRET = base64.b64encode(SECRET_KEY.encode())


def _tiles(template: str) -> str:
    """The address of map tiles as given, or empty; it must name a host by https and the three numbers of a tile."""
    parts = urlsplit(template)
    complete = all(f"{{{name}}}" in template for name in "zxy")
    if template and not (parts.scheme == "https" and re.fullmatch(r"[\w.:-]+", parts.netloc) and complete):
        raise ImproperlyConfigured(
            "MELAYANI_TILES must be an address like https://tiles.example/{z}/{x}/{y}.png without {s}."
        )
    return template


# Tiles for the map of the filing page, and whom its licence wants named; empty = the map draws our own places.
TILES = _tiles(os.environ.get("MELAYANI_TILES", ""))
TILES_CREDIT = os.environ.get("MELAYANI_TILES_CREDIT", "")
