# SPDX-License-Identifier: EUPL-1.2
"""Keys of signed notes: their names, ids and verifier key strings, and Ed25519 itself. Pure.

Source: C2SP signed-note (key id, `name+hex(key id)+base64(type || public key)`), C2SP tlog-cosignature (types 0x04 and
0x06), RFC 8032 (Ed25519). The type says what exactly is signed: 0x01 the text of a note, 0x04 the text after two lines
that name the time (`cosignatures.py`). The ML-DSA type 0x06 is known by name only, so that it is refused with a reason.
"""

import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from melayani.ground.errors import Refused
from melayani.ledger.encodings import read_base64, write_base64

ED25519_NOTE = b"\x01"
COSIGNATURE = b"\x04"
ML_DSA_COSIGNATURE = b"\x06"
KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64
# Names are addresses without a scheme; the newer cosignature format allows 255 bytes.
MOST_NAME_BYTES = 255
# Enough for a name and the 1,312 bytes of an ML-DSA-44 key, which is refused with its own reason.
MOST_VKEY_LETTERS = 2_200
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class VkeyRefused(Refused):
    """The text is no verifier key, its id is not that of the key, or its type is not one we can verify."""


def is_key_name(name: str) -> bool:
    """Whether `name` can name a key: not empty, no blank of any kind, no `+`, no control character, 255 bytes."""
    if not name or len(name) > MOST_NAME_BYTES or "+" in name:
        return False
    if any(letter < " " or letter == "\x7f" or letter.isspace() for letter in name):
        return False
    try:
        return len(name.encode("utf-8")) <= MOST_NAME_BYTES
    except UnicodeEncodeError:
        return False


def key_id(*, name: str, kind: bytes, public: bytes) -> bytes:
    """The 4 bytes that stand for a key in a signature line: the first of SHA-256(name, newline, type, public key)."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + kind + public).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True)
class VerifierKey:
    """A public key that somebody trusts: `name`, type `kind` (0x01 or 0x04) and the 32 bytes of the Ed25519 key."""

    name: str
    kind: bytes
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that stand for this key in a signature line."""
        return key_id(name=self.name, kind=self.kind, public=self.public)

    @property
    def vkey(self) -> str:
        """The verifier key string that others use."""
        return f"{self.name}+{self.key_id.hex()}+{write_base64(self.kind + self.public)}"

    def has_signed(self, *, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is one of `message` by this key. Never raises for a signature of any form."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class NoteKey:
    """A private Ed25519 key that signs under `name`: notes (`kind` 0x01) or cosignatures (0x04)."""

    name: str
    private: Ed25519PrivateKey
    kind: bytes = ED25519_NOTE

    @property
    def public_bytes(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(name=self.name, kind=self.kind, public=self.public_bytes)

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that stand for this key in a signature line."""
        return self.verifier.key_id

    @property
    def vkey(self) -> str:
        """The verifier key string others use: `name+hex(key id)+base64(type || public key)`."""
        return self.verifier.vkey


def parse_vkey(vkey: str) -> VerifierKey:
    """The key that a verifier key string spells.

    Raises `VkeyRefused` when it is malformed, when its id is not that of the key, and for a type that is neither a note
    key (0x01) nor a cosignature key (0x04).
    """
    if not isinstance(vkey, str) or len(vkey) > MOST_VKEY_LETTERS:
        raise VkeyRefused("vkey_form", "Kunci pemeriksa tidak terbaca. Salin lagi seluruhnya.")
    # The base64 at the end may hold `+` itself, a name never does.
    name, _, rest = vkey.partition("+")
    written_id, _, encoded = rest.partition("+")
    key = read_base64(encoded)
    if not is_key_name(name) or _KEY_ID.fullmatch(written_id) is None or not key:
        raise VkeyRefused("vkey_form", "Kunci pemeriksa tidak terbaca. Salin lagi seluruhnya.")
    kind, public = key[:1], key[1:]
    if written_id != key_id(name=name, kind=kind, public=public).hex():
        raise VkeyRefused(
            "vkey_id", "Kunci pemeriksa rusak: tandanya tidak cocok dengan isinya. Salin lagi seluruhnya."
        )
    if kind == ML_DSA_COSIGNATURE:
        raise VkeyRefused("vkey_type", "Kunci pemeriksa jenis ML-DSA belum dapat diperiksa oleh program ini.")
    if kind not in {ED25519_NOTE, COSIGNATURE} or len(public) != PUBLIC_KEY_BYTES:
        raise VkeyRefused("vkey_type", "Kunci pemeriksa ini dari jenis yang tidak dikenal.")
    return VerifierKey(name=name, kind=kind, public=public)
