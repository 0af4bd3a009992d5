# SPDX-License-Identifier: EUPL-1.2
"""Placeholders of reply templates: `{nomor}` stands for the number of the case, and so on. Pure.

Only the names below are known, so that a letter never reaches a citizen with a hole in it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from melayani.ground.errors import Refused

# Anything short in braces is meant as a placeholder; an open brace alone is only a sign.
_MARK = re.compile(r"\{([^{}\n]{0,40})\}")


class Placeholder(StrEnum):
    """What a template can have filled in."""

    NUMBER = "nomor"
    TITLE = "judul"
    PLACE = "tempat"
    TOPIC = "topik"
    UNIT = "unit"
    OFFICER = "petugas"
    FILED = "disampaikan"
    PROMISE = "janji"
    TODAY = "hari_ini"
    LINK = "tautan"


KNOWN = frozenset(placeholder.value for placeholder in Placeholder)


class PlaceholderRefused(Refused):
    """The template has a placeholder that nobody can fill in."""


def unknown_placeholders(text: str) -> tuple[str, ...]:
    """The names in braces that are no placeholders, each once, as they stand."""
    found = dict.fromkeys(_MARK.findall(text))
    return tuple(name for name in found if name not in KNOWN)


def check_placeholders(text: str) -> None:
    """Raises `PlaceholderRefused` for the first name in braces that is no placeholder."""
    for name in unknown_placeholders(text):
        raise PlaceholderRefused(
            "placeholder_unknown",
            "Penanda {%(name)s} tidak dikenal. Pakai penanda dari daftar, atau hapus kurung kurawalnya.",
            name=name,
        )


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder replaced; a value is never read for placeholders again."""
    return _MARK.sub(lambda mark: values.get(mark[1], mark[0]), text)
