# SPDX-License-Identifier: EUPL-1.2
"""The clock (Monday 5 January 2026, 09:00 WIB), the reference data and the personas of all tests."""

import itertools
import os
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django.plugin import DjangoDbBlocker

from melayani.ground import memo
from melayani.ground.budget import forget_budgets
from melayani.ground.memo import forget_all
from melayani.ground.photos import safe_photo

# How long an example takes says more of the neighbours than of us; what must be fast has tests of its own.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

Memories = list[dict[object, tuple[float, object, object]]]
ON_POSTGRES = os.environ.get("MELAYANI_TEST_DB") == "postgres"
COUNT = itertools.count()
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
    forget_all()


@pytest.fixture(scope="session")
def known(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Memories:
    """What a process remembers of untouched reference data, read once: that takes longer than most tests."""
    with django_db_blocker.unblock():
        from melayani.catalogue.shelf import shelf
        from melayani.government.queries import _calendars, _gazetteer, _unit_table, _village_grid
        from melayani.triage.queries import active_rules

        forget_all()
        for read in (shelf, _calendars, _gazetteer, _unit_table, _village_grid, active_rules):
            read()
    found = [dict(memory) for memory in memo._memories]
    forget_all()
    return found


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """The clock stands at `MONDAY`, the language is the default; memories are empty, and nobody has tried anything."""
    translation.deactivate()
    # The folder is made by whoever seals; a log must not outlive the database of its test.
    monkeypatch.setattr(settings, "LEDGER", settings.DATA / f"ledger-{next(COUNT)}")
    monkeypatch.setenv("MELAYANI_NOW", MONDAY.isoformat())
    forget_all()
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        remember(request.getfixturevalue("known"))
    forget_budgets()
    yield MONDAY
    forget_all()


def remember(known: Memories) -> None:
    """What was read of untouched reference data is in memory, as fresh as if it were read now."""
    moment = time.monotonic()
    for memory, answers in zip(memo._memories, known, strict=False):
        memory.update({key: (moment, answer, mark) for key, (_moment, answer, mark) in answers.items()})


@pytest.fixture(scope="session", autouse=True)
def each_photo_made_once() -> None:
    """The same photo is made anew once and not for every test that sends it: each takes a process of its own."""
    from melayani.cases import files

    vars(files)["safe_photo"] = cache(safe_photo)


@pytest.fixture
def nothing_known(clock: datetime) -> None:
    """Memories are empty, as in a process that has just begun."""
    forget_all()


# These rooms know no database; what is tested there is the same with either.
NO_DATABASE = ("ground", "house")
# What faces read and write is tested on both databases in the rooms below them; faces and program take longest.
FACES = ("api", "desk", "portal", "site")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marks known."""
    config.addinivalue_line("markers", "once: the same on both databases, so it runs with SQLite only")
    config.addinivalue_line("markers", "only_postgres: about PostgreSQL alone")
    config.addinivalue_line("markers", "faces: of a face or the program; on PostgreSQL they run with the long proofs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what belongs to the other database's run, and marks those of the faces."""
    for item in items:
        if item.path.parent.name in FACES:
            item.add_marker("faces")
    other = "once" if ON_POSTGRES else "only_postgres"
    left_out = {item for item in items if item.get_closest_marker(other) or (ON_POSTGRES and pure(item))}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pure(item: pytest.Item) -> bool:
    """Whether the test is of a room without a database."""
    return item.path.parent.name in NO_DATABASE


def pytest_report_header() -> str:
    """Says on which database this run stands."""
    return f"database: {os.environ.get('MELAYANI_TEST_DB', 'sqlite')}"
