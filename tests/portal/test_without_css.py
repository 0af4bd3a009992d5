# SPDX-License-Identifier: EUPL-1.2
"""A browser without CSS: words do not run together, and drawings do not become black shapes."""

import re
from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import Client

from melayani.cases.thread import drawn_thread
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page
from tests.portal.test_every_page import EVERY

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# Words that are written like this.
KNOWN = re.compile(r"\b(?:Permen|Per)(?:PANRB|LAN)\b|BerAKHLAK|WhatsApp|JavaScript|OpenStreetMap|WebP|\bkB\b|SvelteKit")


def run_together(page: Page) -> list[str]:
    """Places where a word begins right behind another one."""
    return re.findall(
        r"\w*[a-z\d][A-Z][a-z]\w*",
        KNOWN.sub("", re.sub(r"JT-[\dA-Z-]+|[\dA-Z]{4}(?:-[\dA-Z]{4})+|[\w+/=]{40,}", "", page.text)),
    )


@EVERY
def test_words_do_not_run_together(client: Client, visit: Callable[[Client], Page]) -> None:
    assert run_together(visit(client)) == []


def test_control_words_without_a_blank_between_them_are_found() -> None:
    assert run_together(Page("<div><b>Disampaikan 24 Nov</b><b>Hari ini</b></div>")) == ["NovHari"]
    assert run_together(Page("<p>Disampaikan 24 Nov</p><p>Hari ini</p>")) == []


def test_the_thread_and_the_mark_are_lines_without_a_style_sheet() -> None:
    thread = drawn_thread(filed_at=MONDAY, due_at=MONDAY, at=MONDAY, acts=[MONDAY])
    for drawing in (render_to_string("site/_thread.html", {"thread": thread}), render_to_string("404.html")):
        paths = re.findall(r"<path[^>]*>", drawing)
        assert paths
        assert all('fill="none"' in path for path in paths)
