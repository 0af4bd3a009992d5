# SPDX-License-Identifier: EUPL-1.2
"""Two registered clients with their keys, and one database connection for test and program."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from melayani.government.actions import create_client
from tests.conftest import MONDAY, Memories, remember


@pytest.fixture
def key(db: None, known: Memories) -> str:
    """The key of the client FixMyStreet."""
    return registered("fixmystreet", "FixMyStreet", known)


@pytest.fixture
def other_key(db: None, known: Memories) -> str:
    """The key of another client."""
    return registered("lain", "Aplikasi lain", known)


def registered(code: str, name: str, known: Memories) -> str:
    """The key of a new client. Its act makes the process forget everything; what it did not change is known again."""
    key = create_client(code=code, name=name, at=MONDAY)
    remember(known)
    return key


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """What `calling.application` switches off is on again afterwards."""
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
