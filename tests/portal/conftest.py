# SPDX-License-Identifier: EUPL-1.2
"""Every test of the citizens' face begins with no page remembered."""

from collections.abc import Iterator

import pytest

from melayani.portal.pages.public_case import PAGES


@pytest.fixture(autouse=True)
def nothing_rendered() -> Iterator[None]:
    """No page is remembered before or after."""
    PAGES.clear()
    yield
    PAGES.clear()
