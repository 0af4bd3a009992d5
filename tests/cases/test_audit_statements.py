# SPDX-License-Identifier: EUPL-1.2
"""The audit of proofs that are kept for ever: a wrong one is a difference, a missing one is told and is none."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from melayani.cases import audit, audit_log
from melayani.ledger.actions import stamp_positions
from melayani.ledger.auditing import Difference
from melayani.ledger.keys import Purpose
from melayani.ledger.proof_keeping import SETTLED_AFTER
from melayani.ledger.rotation import announce
from melayani.ledger.sealing import seal
from melayani.site.safety import _proofs
from melayani.site.sealer import Sealer
from tests.builders import filed
from tests.cases.some_audits import EVENING, audited, run, the_log
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def proof() -> Path:
    """The kept proof of the announcement of a promise key, in a log with a case; the key is not changed further."""
    filed()
    keys = Path(settings.KEYS)
    announce(directory=keys, purpose=Purpose.PROMISE, at=MONDAY)
    stamp_positions()
    sealer = Sealer()
    sealer.step()
    sealer.step()
    (keys / Purpose.PROMISE.next_file).unlink()
    [path] = (the_log().folder / "statements").iterdir()
    return path


def test_a_kept_proof_that_holds_is_no_difference(proof: Path) -> None:
    report = audited()
    assert (report.differences, report.unproven) == ([], [])


def test_a_wrong_proof_is_named(proof: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = proof.read_bytes()
    for changed in (b"x", content.replace(b"index 1", b"index 0"), content[:-4] + b"AAA\n"):
        proof.write_bytes(changed)
        report = audited()
        assert report.differences == [Difference("", 0, "statement.proof")]
        assert report.unproven == []
    blind = variant(audit_log, "    return wrong, [each", "    return [], [each")
    monkeypatch.setattr(audit, "proof_differences", blind.proof_differences)
    assert audited().differences == []


def test_a_missing_proof_is_told_and_is_no_difference(proof: Path) -> None:
    proof.unlink()
    report = audited()
    assert (report.differences, report.unproven) == ([], [0])
    # The sealer may be about to keep it.
    assert audited(at=MONDAY + SETTLED_AFTER - timedelta(seconds=1)).unproven == []


def test_rows_that_cannot_be_read_are_named_and_stop_nothing(proof: Path) -> None:
    run("UPDATE ledger_statement SET data = '[1]'")
    assert audited().differences == [Difference("", 0, "statement.data")]
    run("UPDATE ledger_entry SET leaf = %s WHERE kind = 'log.key_announced'", b"\xff")
    assert any(each.column == "statement.proof" for each in audited().differences)


def test_check_says_it(proof: Path) -> None:
    assert list(_proofs(EVENING)) == []
    content = proof.read_bytes()
    proof.write_bytes(b"x")
    [found] = _proofs(EVENING)
    assert (found.unsafe, "rusak" in found.said) == (False, True)
    proof.unlink()
    [found] = _proofs(EVENING)
    assert (found.unsafe, "pernyataan 0" in found.said, "tidak tersimpan" in found.said) == (False, True, True)
    proof.write_bytes(content)
    assert list(_proofs(EVENING)) == []


def test_an_announcement_that_waits_to_be_sealed_is_not_missed(proof: Path) -> None:
    from melayani.ledger.keys import log_key

    announce(directory=Path(settings.KEYS), purpose=Purpose.PROMISE, at=MONDAY)
    stamp_positions()
    assert audited(at=MONDAY).unproven == []
    seal(files=the_log(), keys=[log_key(Path(settings.KEYS))], at=MONDAY)
    assert audited(at=MONDAY).unproven == []
    (Path(settings.KEYS) / Purpose.PROMISE.next_file).unlink()
