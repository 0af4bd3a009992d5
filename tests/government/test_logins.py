# SPDX-License-Identifier: EUPL-1.2
"""Logins: a guesser is stopped before a password is hashed, and no name is kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from melayani.government.actions import (
    check_login_allowed,
    note_failed_login,
)
from melayani.government.models import (
    LoginTry,
)
from melayani.government.rules import LoginRefused
from melayani.ledger.models import Entry
from tests.conftest import MONDAY
from tests.government.test_actions import an_officer, quick_hashing

pytestmark = pytest.mark.django_db

__all__ = ["quick_hashing"]  # a fixture that every test here uses by itself


def fail(times: int, *, username: str = "ratih", seconds: int = 0) -> None:
    for _ in range(times):
        note_failed_login(username=username, at=MONDAY + timedelta(seconds=seconds))


def check_a_guesser_is_stopped(note: Callable[[], None]) -> None:
    """Eight failed tries close the door; `note` is how one is noted."""
    for _ in range(8):
        check_login_allowed(username="ratih", at=MONDAY)
        note()
    with pytest.raises(LoginRefused):
        check_login_allowed(username="ratih", at=MONDAY)


def test_eight_failed_tries_close_the_door_and_say_for_how_long() -> None:
    check_a_guesser_is_stopped(lambda: fail(1))
    with pytest.raises(LoginRefused) as refusal:
        check_login_allowed(username="ratih", at=MONDAY + timedelta(minutes=10))
    assert refusal.value.wait_minutes == 5
    check_login_allowed(username="ratih", at=MONDAY + timedelta(minutes=15))
    check_login_allowed(username="joko", at=MONDAY)


def test_control_tries_noted_under_another_name_do_not_stop_a_guesser() -> None:
    with pytest.raises(pytest.fail.Exception):
        check_a_guesser_is_stopped(lambda: fail(1, username="joko"))


@pytest.mark.parametrize("typed", ["RATIH", " ratih ", "Ratih", "\uff52\uff41\uff54\uff49\uff48"])
def test_other_writings_of_a_name_are_the_same_name(typed: str) -> None:
    fail(4)
    fail(4, username=typed)
    for username in ("ratih", typed):
        with pytest.raises(LoginRefused):
            check_login_allowed(username=username, at=MONDAY)


def test_names_that_exist_and_names_that_do_not_are_treated_alike(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    an_officer("ratih")
    messages = []
    for username in ("ratih", "nobody", "\x00", "\ud800", "n" * 100_000):
        with django_assert_num_queries(1):
            check_login_allowed(username=username, at=MONDAY)
        fail(8, username=username)
        with django_assert_num_queries(1), pytest.raises(LoginRefused) as refusal:
            check_login_allowed(username=username, at=MONDAY)
        messages.append(refusal.value.message)
    assert len(set(messages)) == 1


def test_tries_keep_no_name_and_leave_no_entry_and_old_ones_are_purged() -> None:
    an_officer()
    entries = Entry.objects.count()
    fail(3)
    assert all("ratih" not in row.who and len(row.who) == 64 for row in LoginTry.objects.all())
    fail(1, username="joko", seconds=15 * 60 - 1)
    assert LoginTry.objects.count() == 4
    fail(1, username="joko", seconds=15 * 60)
    assert LoginTry.objects.count() == 2
    assert Entry.objects.count() == entries


def test_the_name_is_hashed_with_the_secret_of_the_instance(settings: Settings) -> None:
    fail(8)
    settings.SERVER_SECRET = b"another instance"
    check_login_allowed(username="ratih", at=MONDAY)
