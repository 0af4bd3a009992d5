# SPDX-License-Identifier: EUPL-1.2
"""The public number of a case and the secret key of its citizen, as people write and type them.

NUMBER = `JT-XXXX-XXX`: six random Crockford letters and a check letter. KEY = 20 Crockford letters, 100 bits.
Source: Crockford's base 32 alphabet (no I L O U); the check letter is a polynomial sum over
the field of 32 elements, which finds every single wrong letter and every swap of two neighbours.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "JT"
KEY_LETTERS = 20
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
# People type O for zero and I or L for one; dashes and blanks carry nothing.
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u2013": None, "\u2011": None})


def check_letter(body: str) -> str:
    """The check letter of six Crockford letters (a Reed-Solomon check symbol over GF(32))."""
    total = 0
    for letter in body:
        total = _times_two(total) ^ _VALUE[letter]
    return ALPHABET[_times_two(total)]


def _times_two(value: int) -> int:
    """Multiply by the generator of GF(32) with the polynomial x^5 + x^2 + 1."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled


def new_number() -> str:
    """A fresh random public number; the caller makes sure it is not taken (30 bits: rare, not impossible)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return written_number(body + check_letter(body))


def written_number(letters: str) -> str:
    """Seven letters as people see them: `JT-XXXX-XXX`."""
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"


def read_number(typed: str) -> str | None:
    """The number a person typed, in its written form; None when it cannot be one (length, letters, check letter).

    Any case, with or without dashes, blanks and the `JT`.
    """
    letters = typed.strip().upper().translate(_TYPED) if len(typed) <= 40 else ""
    if len(letters) == 9 and letters.startswith(PREFIX):
        letters = letters[2:]
    if len(letters) != 7 or any(letter not in _VALUE for letter in letters):
        return None
    return written_number(letters) if check_letter(letters[:6]) == letters[6] else None


def key_from_bytes(secret: bytes) -> str:
    """The first 100 bits of `secret` (at least 13 bytes) as a written key `XXXX-XXXX-XXXX-XXXX-XXXX`."""
    number = int.from_bytes(secret[:13], "big") >> 4
    letters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(95, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, KEY_LETTERS, 4))


def read_key(typed: str) -> str | None:
    """The key a person typed, in its written form; None when it cannot be one."""
    letters = typed.strip().upper().translate(_TYPED) if len(typed) <= 80 else ""
    if len(letters) != KEY_LETTERS or any(letter not in _VALUE for letter in letters):
        return None
    return "-".join(letters[start : start + 4] for start in range(0, KEY_LETTERS, 4))
