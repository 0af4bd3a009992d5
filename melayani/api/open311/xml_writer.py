# SPDX-License-Identifier: EUPL-1.2
"""Writes XML 1.0 from plain values: mappings are elements, lists repeat the element that belongs to their name.

No attributes and no namespaces: the clients in use read neither (GeoReport v2, "XML Support").
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# What a list is made of.
ITEMS: Mapping[str, str] = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# Everything outside the production Char of XML 1.0 (2.2); no escape can carry it.
_BARRED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def xml_document(root: str, content: Value) -> bytes:
    """The document in UTF-8 with its declaration; characters that XML cannot hold are left out."""
    parts = [DECLARATION]
    _write(parts, root, content)
    return "".join(parts).encode("utf-8")


def _write(parts: list[str], name: str, value: Value) -> None:
    if value is None or (isinstance(value, Sequence | Mapping) and not value):
        parts.append(f"<{name}/>")
        return
    parts.append(f"<{name}>")
    if isinstance(value, Mapping):
        for child, inner in value.items():
            _write(parts, child, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _write(parts, ITEMS[name], inner)
    else:
        parts.append(_text(value))
    parts.append(f"</{name}>")


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _BARRED.sub("", str(value)).translate(_ESCAPES)
