# SPDX-License-Identifier: EUPL-1.2
"""What the tests of administration share: a local administrator, forms as the page made them, and hostile texts."""

import re
from typing import Any

from django.test import Client

from melayani.government.models import Officer
from tests.builders import DESK, an_officer
from tests.portal.paper_browser import Page

WHY = "Keputusan rapat 4 Januari."
# Markup, directions, control marks, a formula and a very long word: whatever comes, no page breaks.
HOSTILE = ("<script>alert(1)</script>", "\u202e\u2066abc", "a\x00b", "=1+1", "x" * 5000, "{{ 7|add:7 }}%s%(n)s")


def local() -> Officer:
    """The administrator of Kabupaten Malang only."""
    return an_officer("lokal", unit=DESK, roles=("administrator",))


def sent(client: Client, address: str, action: str = "", /, **changes: Any) -> Any:
    """The form of the page as a browser without scripts sends it, with these fields filled in.

    `action` is the address the form goes to, where the page has several; the answer is not followed.
    """
    page = Page(client.get(address).content.decode())
    form = next(form for form in page.forms if form.method == "post" and form.action == (action or address))
    return client.post(form.action, {**dict(form.fields), **changes})


def text_of(answer: Any) -> str:
    """The words of a page, blanks folded."""
    return Page(answer.content.decode()).text


def said(answer: Any) -> str:
    """The words of the page a form led to."""
    assert answer.status_code == 302, text_of(answer)[:500]
    return text_of(answer.client.get(answer.headers["Location"]))


def marks(answer: Any) -> list[str]:
    """The marks that the forms of the page carry."""
    return re.findall(r'name="seen" value="([^"]*)"', answer.content.decode())
