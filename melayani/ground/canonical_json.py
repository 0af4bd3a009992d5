# SPDX-License-Identifier: EUPL-1.2
"""Canonical JSON: one value, one sequence of bytes, for ever. Hashes of the ledger rest on it.

Source: RFC 8785, limited (LEDGER) to objects, arrays, strings, booleans, null and integers below 2^53 in size.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence

from melayani.ground.errors import Refused

KNOWN_TYPES = "objects, arrays, strings, booleans, null, integers"
LARGEST_INTEGER = 2**53 - 1
MOST_DEPTH = 32

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


class NotCanonical(Refused):
    """The value holds something canonical JSON does not know (a float, bytes, a huge integer, a lone surrogate)."""


def canonical_json(value: Json) -> bytes:
    """The canonical UTF-8 bytes of `value`; strings are brought to NFC first.

    Raises `NotCanonical` for floats, other types, integers of 2^53 and more, names that are the same in NFC,
    strings that are not Unicode text, and nesting beyond 32 levels.
    """
    try:
        text = json.dumps(_checked(value, MOST_DEPTH), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("not_canonical", "A string holds a lone surrogate.") from error


def _checked(value: Json, depth: int) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical("not_canonical", "An integer is too large.")
        return value
    if depth == 0:
        raise NotCanonical("not_canonical", f"Nested deeper than {MOST_DEPTH} levels.")
    if isinstance(value, Mapping):
        return _checked_object(value, depth - 1)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_checked(item, depth - 1) for item in value]
    raise NotCanonical("not_canonical", f"{type(value).__name__} is not one of: {KNOWN_TYPES}.")


def _checked_object(value: Mapping[str, Json], depth: int) -> dict[str, object]:
    if not all(isinstance(name, str) for name in value):
        raise NotCanonical("not_canonical", "Names in an object must be strings.")
    if all(name.isascii() for name in value):
        # The common case, and the hottest lines of a filing: ASCII is in NFC and sorts alike in every encoding.
        return {name: _checked(value[name], depth) for name in sorted(value)}
    named = {unicodedata.normalize("NFC", name): item for name, item in value.items()}
    if len(named) < len(value):
        raise NotCanonical("not_canonical", "Two names in an object are the same in NFC.")
    # RFC 8785 3.2.3 sorts by UTF-16 code units, which differs from code points beyond the basic plane.
    names = sorted(named, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return {name: _checked(named[name], depth) for name in names}
