# SPDX-License-Identifier: EUPL-1.2
"""Texts made safe for spreadsheets, which take a cell that begins like a formula for one and run it.

Source: OWASP, CSV injection: = + - @, tab and carriage return begin a formula, in full width too; blanks and invisible
letters before them do not help.
"""

import unicodedata

_BEGINS = frozenset("=+-@|\t\r\n＝＋－＠")
_MARK = "'"


def neutral(text: str) -> str:
    """`text` with an apostrophe before it when a spreadsheet might run it, else as it is."""
    if text[:1].isalnum():  # nearly every text
        return text
    return f"{_MARK}{text}" if text[:1] in _BEGINS or _first_letter(text) in _BEGINS else text


def _first_letter(text: str) -> str:
    """The first letter that can be seen, empty when there is none."""
    return next((c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc", "Mn")), "")
