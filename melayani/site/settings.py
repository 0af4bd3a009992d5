# SPDX-License-Identifier: EUPL-1.2
"""Settings from the environment (CONTRACT "Settings by environment"), with safe defaults."""

import base64
import os
import re
import secrets
import sys
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured

from melayani.ledger.keys import SECRET_KEY_FILE
from melayani.site.environment import address, check_clock, database, listed
from melayani.site.logs import logging_settings

SITE = Path(__file__).resolve().parent
PACKAGE = SITE.parent
# An empty variable counts as one that is not set: an empty path would be the working directory.
DATA = Path(os.environ.get("MELAYANI_DATA") or "melayani-data").resolve()
KEYS = Path(os.environ.get("MELAYANI_KEYS") or DATA / "keys").resolve()
DEBUG = os.environ.get("MELAYANI_DEBUG") == "1"
check_clock(os.environ.get("MELAYANI_NOW", ""), debug=DEBUG)

PUBLIC_URL = os.environ.get("MELAYANI_URL", "http://127.0.0.1:8000").rstrip("/")
# The name that `init` gives the ledger; from then on the one beside the keys holds (`ledger/keys.py`).
LOG_ORIGIN = os.environ.get("MELAYANI_LOG_ORIGIN", "melayani-demo.example/ledger")
SECRET_KEY_PATH = Path(os.environ.get("MELAYANI_SECRET_KEY_FILE") or KEYS / SECRET_KEY_FILE)


def _secret_key() -> str:
    """The key of the instance; a throw-away one for commands that need no instance (`serve` insists on a file)."""
    try:
        text = SECRET_KEY_PATH.read_text(errors="replace").strip()
    except OSError:
        return secrets.token_urlsafe(48)
    if len(text) < 40:
        raise ImproperlyConfigured(f"{SECRET_KEY_PATH.name} terlalu pendek: isi paling sedikit 40 huruf acak.")
    return text


DATABASE_URL = os.environ.get("MELAYANI_DATABASE_URL", f"sqlite:///{quote(str(DATA / 'melayani.sqlite3'))}")
DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [
    host
    for host in (
        *listed(os.environ.get("MELAYANI_ALLOWED_HOSTS", "")),
        address(PUBLIC_URL, name="MELAYANI_URL").hostname or "",
        "127.0.0.1",
        "localhost",
        "[::1]",
    )
    if host
]
TRUSTED_PROXIES = listed(os.environ.get("MELAYANI_TRUSTED_PROXIES", ""))
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
    raise ImproperlyConfigured("MELAYANI_STORAGE harus folder; s3 belum ada.")
STORAGE = Path(os.environ.get("MELAYANI_STORAGE") or DATA / "files").resolve()
# The public files of the log, and what was last signed: outside the database, so that an old copy of it is noticed.
LEDGER = DATA / "ledger"
# The public key of age that backups are encrypted to; empty = they are not (`site/backup_encryption.py`).
BACKUP_RECIPIENT = os.environ.get("MELAYANI_BACKUP_RECIPIENT", "").strip()
STATIC_ROOT = Path(os.environ.get("MELAYANI_STATIC") or DATA / "static")
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
    parts = address(template, name="MELAYANI_TILES")
    complete = all(f"{{{name}}}" in template for name in "zxy")
    if template and not (parts.scheme == "https" and re.fullmatch(r"[\w.:-]+", parts.netloc) and complete):
        raise ImproperlyConfigured(
            "MELAYANI_TILES harus alamat seperti https://tiles.example/{z}/{x}/{y}.png, tanpa {s}."
        )
    return template


# Tiles for the map of the filing page, and whom its licence wants named; empty = the map draws our own places.
TILES = _tiles(os.environ.get("MELAYANI_TILES", ""))
TILES_CREDIT = os.environ.get("MELAYANI_TILES_CREDIT", "")
