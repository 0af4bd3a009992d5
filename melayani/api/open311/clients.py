# SPDX-License-Identifier: EUPL-1.2
"""What every writing client sends: its key, and perhaps a token against repeating and the address of a photo."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.http import HttpRequest

from melayani.api.open311.errors import CallRefused
from melayani.api.open311.reading import Fields
from melayani.government.queries import ClientRow, api_client_for_key

MOST_URL = 500
MOST_TOKEN = 200
BAD_KEY = "api_key tidak ada atau tidak berlaku. Kirim kunci Anda dalam isian api_key."
BAD_URL = f"media_url harus alamat http atau https yang terbuka untuk umum, paling banyak {MOST_URL} huruf."

_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PRINTABLE = re.compile(r"[!-~]+")
_NOT_PUBLIC = (".local", ".localhost", ".internal", ".home.arpa", ".onion")


def client_of(fields: Fields) -> ClientRow:
    """The client that holds the key in the form; raises a 403."""
    client = api_client_for_key(fields.one("api_key", most=200))
    if client is None:
        raise CallRefused(403, BAD_KEY)
    return client


def read_token(request: HttpRequest) -> str:
    """The header `Idempotency-Key`, empty when it was not sent; raises a 400 when it is too long."""
    token = request.headers.get("Idempotency-Key", "").strip()
    if len(token) > MOST_TOKEN:
        raise CallRefused(400, f"Idempotency-Key paling banyak {MOST_TOKEN} huruf.")
    return token


def read_media_url(fields: Fields) -> str:
    """The address of a photo, empty when none was sent. It is never fetched, only kept and shown once released."""
    url = fields.one("media_url", most=MOST_URL)
    if url and not is_public_url(url):
        fields.problems.append(BAD_URL)
        return ""
    return url


def is_public_url(url: str) -> bool:
    """Whether `url` is http or https, without credentials, and its host has the shape of a public name or address."""
    if not _PRINTABLE.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or port == 0 or "\\" in url:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not host.endswith(_NOT_PUBLIC)
