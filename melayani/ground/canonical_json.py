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

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


class NotCanonical(Refused):
    """The value holds something canonical JSON does not know (a float, bytes, a huge integer, a lone surrogate)."""


def canonical_json(value: Json) -> bytes:
    """The canonical UTF-8 bytes of `value`; strings are brought to NFC first.

    Raises `NotCanonical` for floats, other types, integers of 2^53 and more, and strings that are not Unicode text.
    """
    try:
        text = json.dumps(_checked(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("not_canonical", "A string holds a lone surrogate.") from error


def _checked(value: Json) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise NotCanonical("not_canonical", f"The integer {value} is too large.")
        return value
    if isinstance(value, Mapping):
        return _checked_object(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_checked(item) for item in value]
    raise NotCanonical("not_canonical", f"{type(value).__name__} is not one of: {KNOWN_TYPES}.")


def _checked_object(value: Mapping[str, Json]) -> dict[str, object]:
    if not all(isinstance(key, str) for key in value):
        raise NotCanonical("not_canonical", "Names in an object must be strings.")
    # RFC 8785 3.2.3 sorts by UTF-16 code units, which differs from code points beyond the basic plane.
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return {unicodedata.normalize("NFC", name): _checked(value[name]) for name in names}
