# SPDX-License-Identifier: EUPL-1.2
"""The promise of a filing: a minute, or the batch of secret cases; the same bytes again; no key, no lost case."""

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from melayani.cases import promises
from melayani.cases.models import Event
from melayani.cases.promises import deadline, signed_promise
from melayani.ground.clock import JAKARTA
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import PROMISE_KEY_FILE, log_key, promise_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Entry
from melayani.ledger.promises import Promise, verify_promise
from melayani.ledger.sealing import seal
from tests.builders import filed
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db


def verified(number: str) -> Promise:
    signed = signed_promise(number=number)
    assert signed is not None
    promise = verify_promise(signed.note, keys=[promise_key(Path(settings.KEYS)).verifier])
    assert signed.deadline.timestamp() == promise.deadline
    return promise


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    return int(datetime(2026, 1, 5, hour, minute, second, tzinfo=JAKARTA).timestamp())


def test_a_public_filing_has_a_minute() -> None:
    told = filed()
    promise = verified(told.number)
    assert promise.leaf_hash == bytes(Event.objects.get(case__number=told.number).entry.leaf_hash)
    assert promise.recorded_at == int(MONDAY.timestamp())
    assert promise.deadline == promise.recorded_at + 60
    assert promise.origin == log_key(Path(settings.KEYS)).name


def test_the_same_case_gets_the_same_bytes_also_after_sealing() -> None:
    told = filed()
    first = signed_promise(number=told.number)
    stamp_positions()
    assert seal(files=LogFiles(Path(settings.LEDGER)), keys=[log_key(Path(settings.KEYS))], at=MONDAY)
    assert signed_promise(number=told.number) == first


@pytest.mark.parametrize(
    ("recorded", "promised"),
    [
        (at(5, 59, 59), at(6, 1)),
        (at(6), at(18, 1)),
        (at(9), at(18, 1)),
        (at(18), at(6, 1) + 86_400),
        (at(23, 59, 59), at(6, 1) + 86_400),
    ],
)
def test_a_secret_filing_has_until_the_batch(recorded: int, promised: int) -> None:
    assert deadline(recorded_at=recorded, sealed=True) == promised
    assert deadline(recorded_at=recorded, sealed=False) == recorded + 60


@pytest.mark.parametrize("secret", [False, True])
def test_a_log_that_seals_in_time_keeps_its_promise(secret: bool) -> None:
    told = filed(visibility="SECRET" if secret else "PUBLIC")
    assert sealed_by(verified(told.number).deadline)


def test_control_a_minute_for_a_secret_filing_would_be_a_broken_promise() -> None:
    told = filed(visibility="SECRET")
    hasty = variant(promises, "if not sealed:", "if True:")
    assert not sealed_by(int(hasty.signed_promise(number=told.number).deadline.timestamp()))


def sealed_by(moment: int) -> bool:
    """Whether a sealer that runs once a second until then has everything in the tree."""
    stamp_positions()
    last = datetime.fromtimestamp(moment, tz=JAKARTA) - timedelta(seconds=1)
    seal(files=LogFiles(Path(settings.LEDGER)), keys=[log_key(Path(settings.KEYS))], at=last)
    return not Entry.objects.filter(leaf_index=None).exists()


def test_nothing_is_promised_of_what_is_not_stored() -> None:
    assert signed_promise(number="JT-0000-000") is None


def test_without_the_key_there_is_no_promise_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(settings.KEYS, keys)
    (keys / PROMISE_KEY_FILE).unlink()
    monkeypatch.setattr(settings, "KEYS", keys)
    told = filed()
    with caplog.at_level(logging.ERROR, logger="melayani.ledger"):
        assert signed_promise(number=told.number) is None
    assert [record.message for record in caplog.records] == ["promise refused"]
    assert told.number not in caplog.text


def test_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    told = filed()
    with django_assert_num_queries(1):
        assert signed_promise(number=told.number)
