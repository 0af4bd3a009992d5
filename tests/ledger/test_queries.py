# SPDX-License-Identifier: EUPL-1.2
"""How far the ledger is."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from melayani.ledger.actions import stamp_positions
from melayani.ledger.queries import LedgerState, ledger_state
from tests.builders import filed
from tests.conftest import MONDAY


@pytest.mark.django_db
def test_state_of_an_empty_a_waiting_and_a_stamped_ledger(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert ledger_state() == LedgerState(last_position=None, last_recorded_at=None, waiting=0)
    filed()
    later = MONDAY + timedelta(hours=1)
    filed(at=later)
    assert ledger_state().waiting == 2
    stamp_positions()
    with django_assert_num_queries(2):
        state = ledger_state()
    assert state == LedgerState(last_position=2, last_recorded_at=later, waiting=0)
