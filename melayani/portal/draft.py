# SPDX-License-Identifier: EUPL-1.2
"""What a person has typed into the filing form so far. It lives in the form itself: no session, nothing kept here.

Every step shows its own fields and carries all others as hidden ones, so that nothing typed is ever lost.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

# The names of the fields, in the words of the form. Answers to the questions of a service are `j-CODE`.
STORY = ("cerita", "jenis", "tentang")
PLACE = ("tempat", "cari", "dicari", "kabupaten", "kecamatan", "desa", "titik", "patokan")
PERSON = ("privasi", "nama", "surel", "telepon")
# `kiriman` makes a repeated sending harmless; `ubah` says that the person came back from the last page to change;
# `foto_ada` is how many photos are kept for the form, so that nobody sends it without them unknowingly.
CARRIED = ("kiriman", "ubah", "foto_ada")
ANSWER = "j-"
_ANSWER_NAME = re.compile(r"j-[A-Za-z0-9_]{1,40}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_NAMES = frozenset((*STORY, *PLACE, *PERSON, *CARRIED))


def new_token() -> str:
    """A fresh token for one filing; it also makes the citizen's key, so it has 192 random bits."""
    return secrets.token_urlsafe(24)


def read_token(sent: str) -> str:
    """The token as sent; a missing or malformed one is replaced by a fresh one."""
    return sent if _TOKEN.fullmatch(sent) else new_token()


@dataclass(frozen=True)
class Draft:
    """All values as typed, by field name; a name that is not there was not said."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def fresh(cls, **known: str) -> "Draft":
        """An empty form with a token of its own, and what the address already says (a service)."""
        said = {name: (value,) for name, value in known.items() if value}
        return cls(MappingProxyType({"kiriman": (new_token(),), **said}))

    @classmethod
    def read(cls, sent: QueryDict) -> "Draft":
        """What was sent, known names only. A missing or malformed token is replaced by a fresh one."""
        values = {
            name: tuple(texts)
            for name, texts in sent.lists()
            if name in _NAMES or (name.startswith(ANSWER) and _ANSWER_NAME.fullmatch(name))
        }
        values["kiriman"] = (read_token("".join(values.get("kiriman", ()))),)
        return cls(MappingProxyType(values))

    def get(self, name: str) -> str:
        """The last value of a field, or empty."""
        return (self.values.get(name) or ("",))[-1]

    def __getitem__(self, name: str) -> str:
        """As `get`, the way a template asks."""
        return self.get(name)

    def has(self, name: str) -> bool:
        """Whether the page that was sent had this field at all."""
        return name in self.values

    def with_(self, **changes: str) -> "Draft":
        """The same with some fields set; an empty value takes the field away."""
        kept = {name: texts for name, texts in self.values.items() if name not in changes}
        return replace(self, values=MappingProxyType({**kept, **{n: (v,) for n, v in changes.items() if v}}))

    def without(self, *names: str) -> "Draft":
        """The same without some fields."""
        return self.with_(**dict.fromkeys(names, ""))

    def bound(self) -> "MultiValueDict[str, str]":
        """The values as a form reads them."""
        return MultiValueDict({name: list(texts) for name, texts in self.values.items()})

    def hidden(self, shown: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Names and values of the fields that the page does not show, to be carried along."""
        seen = frozenset(shown)
        return tuple((name, text) for name, texts in self.values.items() if name not in seen for text in texts)
