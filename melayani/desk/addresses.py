# SPDX-License-Identifier: EUPL-1.2
"""The addresses of one case, all at once: its page asks for a score of them, and looking each up is dear (PERF)."""

from functools import lru_cache

from django.urls import reverse
from django.utils.translation import get_language

from melayani.desk.rights import CASE_RIGHTS

_PLACEHOLDER = "JT-0000-000"
# These name a file or a template too; whoever links to one asks for its address.
_OF_A_PART = frozenset({"case-file", "small-case-file", "filled-template"})


def case_addresses(number: str, *, query: str = "") -> dict[str, str]:
    """The address of every route about a case, by its name with underscores (`answer_case`).

    `query` goes along with each act, so that what follows stays in the list the officer came from; the page itself is
    named without it.
    """
    kept = f"?{query}" if query else ""
    return {
        name: f"{before}{number}{after}{'' if name == 'case' else kept}"
        for name, before, after in _around(get_language() or "")
    }


@lru_cache(maxsize=8)
def _around(language: str) -> tuple[tuple[str, str, str], ...]:  # noqa: ARG001  # remembered per language
    """What stands before and after the number in each address."""
    found = []
    for route in CASE_RIGHTS.keys() - _OF_A_PART:
        before, _, after = reverse(f"desk:{route}", args=[_PLACEHOLDER]).partition(_PLACEHOLDER)
        found.append((route.replace("-", "_"), before, after))
    return tuple(found)
