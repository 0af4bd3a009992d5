# SPDX-License-Identifier: EUPL-1.2
"""One answer, two formats: XML with a root element, and the JSON that follows from it by the Spark convention.

JSON has no root: a list is a bare array, an empty element is null.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from melayani.api.open311.xml_writer import Value, xml_document


class Format(StrEnum):
    """What the suffix of an address chooses."""

    XML = "xml"
    JSON = "json"


CONTENT_TYPES: Mapping[Format, str] = {
    Format.XML: "text/xml; charset=utf-8",
    Format.JSON: "application/json; charset=utf-8",
}


@dataclass(frozen=True)
class Answer:
    """What a call answers: the root element and what is in it."""

    root: str
    content: Sequence[Value] | Mapping[str, Value]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def written(answer: Answer, form: Format) -> bytes:
    """The answer in this format, UTF-8."""
    if form is Format.XML:
        return xml_document(answer.root, answer.content)
    text = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")
