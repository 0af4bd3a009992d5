# SPDX-License-Identifier: EUPL-1.2
"""Settings that were given but do not do what was meant: for `melayani check`, one sentence each."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from melayani.ledger.keys import KeysRefused, read_origin
from melayani.site.backup_encryption import recipient
from melayani.site.console import BadInput
from melayani.site.environment import MOST_WORKERS, workers


def wrong_settings() -> Iterator[str]:
    """Why each of them is wrong, in Indonesian."""
    yield from _origin()
    yield from _public_url()
    for entry in settings.TRUSTED_PROXIES:
        yield from _proxy(entry)
    said = os.environ.get("MELAYANI_WORKERS", "").strip()
    if said and workers(said) is None:
        yield f"MELAYANI_WORKERS bukan bilangan 1 sampai {MOST_WORKERS}; sekarang dipakai jumlah inti."
    try:
        recipient()
    except BadInput as refusal:
        yield refusal.message


def _origin() -> Iterator[str]:
    """The name beside the keys is the one that is signed; the setting only gave it at the start."""
    try:
        origin = read_origin(settings.KEYS)
    except (KeysRefused, UnicodeDecodeError):
        yield "Nama buku besar (berkas origin di folder kunci) tidak dapat dibaca."
        return
    if origin.partition("/")[0].endswith(".example"):
        yield f"Nama buku besar masih nama contoh ({origin}); nama ini berlaku selamanya."
    if os.environ.get("MELAYANI_LOG_ORIGIN", origin) != origin:
        yield f"MELAYANI_LOG_ORIGIN berbeda dari nama di folder kunci ({origin}), padahal nama itu yang berlaku."


def _public_url() -> Iterator[str]:
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme not in ("http", "https"):
        yield "MELAYANI_URL harus diawali https:// (atau http:// untuk uji coba)."
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        yield "MELAYANI_URL hanya boleh berisi skema, nama host, dan port."


def _proxy(entry: str) -> Iterator[str]:
    try:
        written = str(ip_address(entry))
    except ValueError:
        yield f"MELAYANI_TRUSTED_PROXIES: {entry} bukan satu alamat IP, jadi tidak dipercaya. Rentang tidak dikenal."
        return
    # The peer of a request is compared as text.
    if written != entry:
        yield f"MELAYANI_TRUSTED_PROXIES: tulis {entry} sebagai {written}, jika tidak, proksi itu tidak dipercaya."
