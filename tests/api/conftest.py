# SPDX-License-Identifier: EUPL-1.2
"""Two registered clients with their keys, and one database connection for test and program."""

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from melayani.government.actions import create_client
from tests.conftest import MONDAY


@pytest.fixture
def key(db: None) -> str:
    """The key of the client FixMyStreet."""
    return create_client(code="fixmystreet", name="FixMyStreet", at=MONDAY)


@pytest.fixture
def other_key(db: None) -> str:
    """The key of another client."""
    return create_client(code="lain", name="Aplikasi lain", at=MONDAY)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """What `calling.application` switches off is on again afterwards."""
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
