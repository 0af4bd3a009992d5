# SPDX-License-Identifier: EUPL-1.2
"""The clock (Monday 5 January 2026, 09:00 WIB), the reference data and the personas of all tests."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from melayani.ground.budget import forget_budgets
from melayani.ground.memo import forget_all

MONDAY = datetime.fromisoformat("2026-01-05T09:00:00+07:00")


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """Each worker of a parallel run has a database of its own; on SQLite it has anyway, in memory."""
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if worker and connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"test_{worker}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The schema, and once for all tests the reference data as `melayani init` loads it."""
    with django_db_blocker.unblock():
        from melayani.cases.template_actions import load_reply_templates
        from melayani.catalogue.actions import load_catalogue
        from melayani.government.actions import load_government
        from melayani.triage.actions import load_routing_rules

        load_government(at=MONDAY)
        load_catalogue()
        load_routing_rules()
        load_reply_templates()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """The machine's clock stands at `MONDAY`; memories of reference data are empty, and nobody has tried anything."""
    monkeypatch.setenv("MELAYANI_NOW", MONDAY.isoformat())
    forget_all()
    forget_budgets()
    yield MONDAY
    forget_all()


def pytest_report_header() -> str:
    """Says on which database this run stands."""
    return f"database: {os.environ.get('MELAYANI_TEST_DB', 'sqlite')}"
