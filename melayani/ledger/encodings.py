# SPDX-License-Identifier: EUPL-1.2
"""Decimals and base64 as the texts of the ledger write them: for each value exactly one spelling, any other is refused.

One spelling matters because signatures cover texts: a second spelling of the same proof would be a second proof.
Source: C2SP signed-note, tlog-checkpoint, tlog-proof ("no leading zeroes"); RFC 4648 section 4, with its section 3.5
taken strictly (unused bits of the last character are zero).
"""

import base64
import re

HASH_BYTES = 32
# Sizes, indexes and times of others are 64-bit numbers; staying below the sign bit keeps every program able to read us.
LARGEST_NUMBER = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def is_number(value: object) -> bool:
    """Whether `value` is an integer from 0 to 2^63 - 1; a bool is none."""
    return type(value) is int and 0 <= value <= LARGEST_NUMBER


def is_hash(value: object) -> bool:
    """Whether `value` is 32 bytes."""
    return isinstance(value, bytes) and len(value) == HASH_BYTES


def read_decimal(text: str) -> int | None:
    """The number from 0 to 2^63 - 1 that `text` spells in ASCII digits without leading zeroes; else None."""
    if _DECIMAL.fullmatch(text) is None:
        return None
    number = int(text)
    return number if number <= LARGEST_NUMBER else None


def write_base64(content: bytes) -> str:
    """The base64 of `content`, padded, in one line."""
    return base64.b64encode(content).decode("ascii")


def read_base64(text: str) -> bytes | None:
    """The bytes that `text` spells in padded base64, in its one spelling; else None."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # The decoder lets unused bits of the last character pass; they would make a second spelling.
    return content if write_base64(content) == text else None


def read_hash(text: str) -> bytes | None:
    """The 32 bytes that `text` spells in base64; else None."""
    # 44 letters: a longer text cannot be a hash, so hostile length costs nothing.
    content = read_base64(text) if len(text) == 44 else None
    return content if content is not None and len(content) == HASH_BYTES else None
