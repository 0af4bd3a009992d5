# SPDX-License-Identifier: EUPL-1.2
"""The draft carries everything typed from page to page, and only what belongs to the form."""

from urllib.parse import urlencode

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from melayani.portal.draft import PERSON, PLACE, STORY, Draft, new_token

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
NAMES = st.sampled_from([*STORY, *PLACE, *PERSON, "ubah", "j-KERUSAKAN", "j-AKIBAT"])


def sent(pairs: list[tuple[str, str]]) -> QueryDict:
    return QueryDict(urlencode(pairs), encoding="utf-8")


@given(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3)), st.sets(NAMES))
def test_what_is_hidden_and_what_is_shown_are_together_everything(typed: dict[str, list[str]], shown: set[str]) -> None:
    token = new_token()
    draft = Draft.read(sent([("kiriman", token), *((n, t) for n, texts in typed.items() for t in texts)]))
    visible = [(name, text) for name in shown for text in draft.values.get(name, ())]
    again = Draft.read(sent([*draft.hidden(shown), *visible]))
    assert dict(again.values) == dict(draft.values)
    assert again.get("kiriman") == token


def test_unknown_names_are_left_behind() -> None:
    draft = Draft.read(
        sent([("cerita", "x"), ("admin", "1"), ("j-", "y"), ("j-a b", "z"), ("csrfmiddlewaretoken", "t")])
    )
    assert set(draft.values) == {"cerita", "kiriman"}


def test_tokens_are_long_and_different() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 32 for token in tokens)


def test_setting_and_taking_away() -> None:
    draft = Draft.fresh(tentang="layanan:PJU").with_(tempat="35.07", cari="")
    assert draft["tempat"] == "35.07"
    assert not draft.without("tempat").has("tempat")
    assert draft.get("cari") == ""
