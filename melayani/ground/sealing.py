# SPDX-License-Identifier: EUPL-1.2
"""Sealing of personal text: AES-256-GCM under a key per case, which is itself wrapped by a master key.

Destroying the wrapped key of a case makes everything sealed under it unreadable (crypto-shredding).
Each sealed value is bound to the field it belongs to, so that it cannot be moved to another row unnoticed.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from melayani.ground.errors import Refused

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Refused):
    """The sealed bytes do not open under this key and field: wrong key, moved, cut or changed."""


def new_key() -> bytes:
    """32 fresh random bytes."""
    return os.urandom(KEY_BYTES)


def seal(*, key: bytes, text: bytes, field: str) -> bytes:
    """`text` sealed under `key` and bound to `field` (nonce, then ciphertext with tag: 28 bytes longer)."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, field.encode())


def open_sealed(*, key: bytes, sealed: bytes, field: str) -> bytes:
    """The text inside `sealed`; raises `SealBroken` when key or field differ or a byte was changed."""
    try:
        return AESGCM(key).decrypt(bytes(sealed[:NONCE_BYTES]), bytes(sealed[NONCE_BYTES:]), field.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("seal_broken", "Isi tersegel tidak dapat dibuka.") from error


def derived(*, secret: bytes, purpose: str, message: bytes) -> bytes:
    """32 bytes that only the holder of `secret` can make from `message`, apart for each purpose (HMAC-SHA-256)."""
    return hmac.new(secret, purpose.encode() + b"\n" + message, hashlib.sha256).digest()
