# SPDX-License-Identifier: EUPL-1.2
"""Finds places by what people type: one name, or a whole address in free text. Pure; knows only codes and names.

People write "Kec. Kepanjen, Kab. Malang", "ds sukorejo kec gandusari blitar", or only "malang". Names are compared
without blanks and marks ("Oro-oro Ombo" = "orooro ombo"). Nothing is guessed: what fits two places stays open.
"""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from melayani.government.rules import PlaceLevel, Tier, is_kelurahan, level_of, parent_of, tier_of_region
from melayani.ground.plain_text import search_form

# An address is short; whatever lies beyond is not read, so that a huge text costs no more than a small one.
MOST_LETTERS = 1000
MOST_MENTIONS = 16
MOST_WORDS = 4

# How much a mention says: people know their regency best, and a name with its kind is meant as a place.
REGENCY_WEIGHT, KIND_WEIGHT, NAME_WEIGHT = 3, 2, 1

KINDS = {
    "kab": "kabupaten",
    "kabupaten": "kabupaten",
    "kota": "kota",
    "kec": "kecamatan",
    "kecamatan": "kecamatan",
    "ds": "desa",
    "desa": "desa",
    "kel": "kelurahan",
    "kelurahan": "kelurahan",
}
# A street, hamlet or estate is often called after a place that lies elsewhere: the name after these words is skipped.
STREETS = frozenset({"jl", "jln", "jalan", "gang", "gg", "dusun", "dsn", "dukuh", "perum", "perumahan"})
STREET_FILLERS = frozenset({"raya", "besar", "utama"})
# Villages called like everyday words; they count only after "Desa", "Kel." or "Kec.".
EVERYDAY = frozenset(
    {"sudah", "jadi", "bagi", "gaji", "daun", "dadi", "padi", "barat", "putih", "krajan", "simpang", "kebun", "kota"}
)
PROVINCE_ALIASES = {"jatim": "jawatimur"}


@dataclass(frozen=True)
class Reading:
    """What an address says. `sure`: the one place that is certain, or None. `fitting`: all places that fit best."""

    sure: str | None
    fitting: tuple[str, ...]


NOTHING = Reading(sure=None, fitting=())


@dataclass(frozen=True)
class Mention:
    """A name in the text: the places called so, and whether their kind was written with it."""

    codes: frozenset[str]
    with_kind: bool

    def weight(self, code: str) -> int:
        """How much this mention speaks for the place `code`: by itself, or by a place around it."""
        around, best = code, 0
        while around:
            if around in self.codes:
                if level_of(around) is PlaceLevel.KABKOTA:
                    return REGENCY_WEIGHT
                best = max(best, KIND_WEIGHT if self.with_kind else NAME_WEIGHT)
            around = parent_of(around)
        return best


class Gazetteer:
    """All names of places, ready to be looked up by name, by the beginning of a name, and in free text."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names` are (code, search name)."""
        codes: dict[str, list[str]] = {}
        for code, name in names:
            codes.setdefault(name.replace(" ", ""), []).append(code)
        self._codes = {name: tuple(sorted(found)) for name, found in codes.items()}
        self._names = sorted(self._codes)

    def named(self, typed: str, *, within: str = "", limit: int = 20) -> tuple[str, ...]:
        """Codes of the places called `typed`, all of them, then up to `limit` in sum of those that begin so.

        Regencies and cities come before districts, these before villages; then by code. "Kab.", "Kec.", "Desa" and the
        like before the name narrow it. `within` keeps only what lies in that place.
        """
        words = search_form(typed[:MOST_LETTERS]).split()
        if not words:
            return ()
        readings = [("".join(words), "")]
        if words[0] in KINDS and len(words) > 1:
            readings.append(("".join(words[1:]), KINDS[words[0]]))
        inside = f"{within}." if within else ""
        exact: set[str] = set()
        beginning: set[str] = set()
        for name, kind in readings:
            fitting = [c for c in self._codes.get(name, ()) if c.startswith(inside) and of_kind(c, kind)]
            exact.update(fitting)
            beginning.update(c for c in self._beginning(name) if c.startswith(inside) and of_kind(c, kind))
        first = sorted(exact, key=_order)
        return (*first, *heapq.nsmallest(limit - len(first), beginning - exact, key=_order))

    def _beginning(self, name: str) -> Iterator[str]:
        for found in self._names[bisect_left(self._names, name) :]:
            if not found.startswith(name):
                return
            yield from self._codes[found]

    def read(self, text: str) -> Reading:
        """The place an address speaks of (`Reading`), as far as it is certain. Never fails, whatever the text."""
        mentions = list(dict.fromkeys(self._mentions(text)))[-MOST_MENTIONS:]
        scores: dict[str, int] = {}
        for code in {code for mention in mentions for code in mention.codes}:
            scores[code] = sum(mention.weight(code) for mention in mentions)
        if not scores:
            return NOTHING
        most = max(scores.values())
        best = {code for code, score in scores.items() if score == most}
        # A district and the village in it of the same name: the wider one is certain.
        outer = sorted((code for code in best if not best.intersection(_around(code))), key=_order)
        if len(outer) == 1:
            return Reading(sure=outer[0], fitting=(outer[0],))
        return Reading(sure=_mentioned_around(outer, mentions), fitting=tuple(outer))

    def _mentions(self, text: str) -> Iterator[Mention]:
        for part in re.split(r"[,;\n]", text[:MOST_LETTERS]):
            words = [PROVINCE_ALIASES.get(word, word) for word in search_form(part).split()]
            at = 0
            while at < len(words):
                at, mention = self._mention_at(words, at)
                if mention is not None:
                    yield mention

    def _mention_at(self, words: list[str], at: int) -> tuple[int, Mention | None]:
        """What stands at the word `at`, and at which word to go on."""
        word = words[at]
        if word in STREETS:
            return self._after_street(words, at + 1), None
        if word in KINDS:
            return self._kind_at(words, at)
        size, codes = self._longest(words, at)
        if size == 0 or (size == 1 and word in EVERYDAY):
            return at + 1, None
        return at + size, Mention(codes=codes, with_kind=False)

    def _after_street(self, words: list[str], at: int) -> int:
        while at < len(words) and words[at] in STREET_FILLERS:
            at += 1
        if at < len(words) and words[at] not in KINDS:
            at += max(1, self._longest(words, at)[0])
        return at

    def _kind_at(self, words: list[str], at: int) -> tuple[int, Mention | None]:
        """A word like "Kec." and the name after it. "Kota Sumenep" is one name; "Kab/Kota Malang" leaves it open."""
        size, codes = self._longest(words, at)
        if size > 1:
            return at + size, Mention(codes=codes, with_kind=True)
        kind, after = KINDS[words[at]], at + 1
        size, codes = self._longest(words, after, kind)
        if size:
            return after + size, Mention(codes=codes, with_kind=True)
        if after < len(words) and words[after] in KINDS and {kind, KINDS[words[after]]} == {"kabupaten", "kota"}:
            after += 1
        size, codes = self._longest(words, after)
        if size == 0:
            return after, None
        return after + size, Mention(codes=codes, with_kind=False)

    def _longest(self, words: list[str], at: int, kind: str = "") -> tuple[int, frozenset[str]]:
        """The most words from `at` that are a name of that kind, and the places called so; 0 when there is none."""
        for size in range(min(MOST_WORDS, len(words) - at), 0, -1):
            codes = self._codes.get("".join(words[at : at + size]), ())
            fitting = frozenset(code for code in codes if of_kind(code, kind))
            if fitting:
                return size, fitting
        return 0, frozenset()


def of_kind(code: str, kind: str) -> bool:
    """Whether the place is of the written kind: kabupaten, kota, kecamatan, desa, kelurahan; empty = any."""
    level = level_of(code)
    if kind in ("kabupaten", "kota"):
        return level is PlaceLevel.KABKOTA and (tier_of_region(code) is Tier.KOTA) == (kind == "kota")
    if kind == "kecamatan":
        return level is PlaceLevel.KECAMATAN
    if kind in ("desa", "kelurahan"):
        return level is PlaceLevel.DESA and is_kelurahan(code) == (kind == "kelurahan")
    return True


def _order(code: str) -> tuple[int, str]:
    return code.count("."), code


def _around(code: str) -> Iterator[str]:
    """The places around `code`, the nearest first."""
    around = parent_of(code)
    while around:
        yield around
        around = parent_of(around)


def _mentioned_around(codes: list[str], mentions: list[Mention]) -> str | None:
    """The smallest place that holds all `codes` and was itself mentioned: certain although they are several.

    The province is none: it says nothing that was not clear before.
    """
    for around in _around(codes[0]):
        if (
            level_of(around) is not PlaceLevel.PROVINSI
            and any(around in mention.codes for mention in mentions)
            and all(c.startswith(f"{around}.") for c in codes)
        ):
            return around
    return None
