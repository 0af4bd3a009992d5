# SPDX-License-Identifier: EUPL-1.2
"""Tests of the running program that do not depend on the database run once, with SQLite; a few need PostgreSQL."""

import pytest

from tests.site.running import ON_POSTGRES


def pytest_configure(config: pytest.Config) -> None:
    """Makes the two marks known."""
    config.addinivalue_line("markers", "once: the same on both databases, so it runs with SQLite only")
    config.addinivalue_line("markers", "only_postgres: about PostgreSQL alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what belongs to the other database's run."""
    other = "once" if ON_POSTGRES else "only_postgres"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
