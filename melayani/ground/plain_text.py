# SPDX-License-Identifier: EUPL-1.2
"""What people type, made safe to keep: one Unicode form, no invisible control marks, a limit with a plain message."""

import re
import unicodedata

from melayani.ground.errors import Refused

# Bidirectional overrides and isolates, zero-width marks and the byte order mark can make a text show something else
# than it says. The zero-width joiner (200D) stays: emoji families are written with it.
_INVISIBLE = re.compile("[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


class TextRefused(Refused):
    """The text is empty where it must not be, or too long; the message says which limit."""


def plain_text(typed: str) -> str:
    """`typed` in NFC with line ends as newline, without control and direction marks, blanks folded, ends trimmed."""
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", _INVISIBLE.sub("", text))
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _EMPTY_LINES.sub("\n\n", text).strip()


def plain_line(typed: str) -> str:
    """As `plain_text`, on one line."""
    return " ".join(plain_text(typed).split())


def check_length(text: str, *, most: int, name: str, least: int = 1) -> None:
    """Raises `TextRefused` unless `text` has `least` to `most` characters; `name` is what the page calls it.

    The name is part of the sentence and no value of it: other languages need their own grammar around it.
    """
    if len(text) < least:
        if least <= 1:
            raise TextRefused("text_empty", f"{name} belum diisi.")
        raise TextRefused("text_short", f"{name} terlalu pendek. Tulis paling sedikit %(least)s huruf.", least=least)
    if len(text) > most:
        sentence = f"{name} terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."
        raise TextRefused("text_long", sentence, length=len(text), most=most)


def search_form(text: str) -> str:
    """`text` lower-cased, without marks and punctuation, words parted by one blank: how typed names are compared."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", bare).split())
