# SPDX-License-Identifier: EUPL-1.2
"""Controls of the audit: without one of its checks, the change that only this check finds passes."""

from typing import Any

import pytest

from melayani.cases import audit, audit_case, audit_content, audit_log, vault
from melayani.cases.acting import case_key
from melayani.cases.models import Case, CaseText
from melayani.cases.rules import Stage
from tests.builders import a_case, filed
from tests.cases.some_audits import HOUR, audited, everything, named, run, sealed
from tests.conftest import MONDAY
from tests.ledger.some_keys import variant

pytestmark = pytest.mark.django_db


def blind(step: str, instead: str, module: Any, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The audit goes on without this step."""
    changed_module = variant(module, step, instead)
    for name in names:
        monkeypatch.setattr(audit, name, getattr(changed_module, name))


@pytest.mark.parametrize(
    ("step", "instead", "statement"),
    [
        ('if case["version"] != len(reading.acts):', "if False:", "UPDATE cases_case SET version = version + 1"),
        ('if row.officer_id != said.get("acting"):', "if False:", "UPDATE cases_event SET officer_id = NULL"),
        ("    yield from _moment_differences(row, said)\n", "", "UPDATE cases_event SET at = '2026-01-05 01:00:00+00'"),
        ("    yield from leaf_differences(entry, data=said)\n", "", "UPDATE ledger_entry SET leaf_hash = leaf"),
        ("if codes.units.get(case[\"desk_id\"]) != filed.get(\"desk\"):", "if False:",
         "UPDATE cases_case SET desk_id = desk_id + 1"),
        ("for column in _title_differences(reading, codes)", "for column in ()", "UPDATE cases_case SET title = 'x'"),
    ],
)  # fmt: skip
def test_a_history_without_one_of_its_checks_lets_a_change_pass(
    step: str, instead: str, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_case(stage=Stage.CLOSED)
    sealed(MONDAY + 3 * HOUR)
    run(statement)
    assert audited().differences
    blind(step, instead, audit_case, monkeypatch, "history_differences")
    assert audited().differences == []


@pytest.mark.parametrize(
    ("step", "instead", "statement"),
    [
        ("yield from (Difference(\"\", row[\"sequence\"], f\"{ADMINISTRATION}.{column}\") for column in found)", "pass",
         "UPDATE government_administrativeact SET reason = 'x'"),
        ('    for entry, _ in query(f"{GAPS} LIMIT {MOST_TOLD}"):', "    for entry, _ in ():",
         "UPDATE ledger_entry SET position = position + 50 WHERE id = (SELECT MAX(id) FROM ledger_entry)"),
    ],
)  # fmt: skip
def test_a_log_without_one_of_its_checks_lets_a_change_pass(
    step: str, instead: str, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything()
    run(statement)
    assert audited().differences
    blind(step, instead, audit_log, monkeypatch, "act_differences", "orphan_differences")
    assert audited().differences == []


def test_contents_that_are_not_opened_let_an_exchanged_text_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    number = filed().number
    sealed(MONDAY)
    case = Case.objects.get(number=number)
    other_text = vault.seal_text(
        key=case_key(case), stream=bytes(case.stream), sequence=0, content={"text": "Sesuatu yang lain."}
    )
    CaseText.objects.update(sealed=other_text)
    assert named(case=number, event=0, column="text.sealed")
    blind("    if not same:\n", "    if False:\n", audit_content, monkeypatch, "content_differences")
    assert audited().differences == []


def test_an_audit_that_believes_every_blank_row_lets_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    filed()
    sealed(MONDAY)
    run("UPDATE ledger_entry SET salt = NULL WHERE sequence = 0 AND kind = 'case.filed'")
    assert audited().differences
    blind("    if (act.row.entry.salt is None) != erased:\n", "    if False:\n", audit_case, monkeypatch,
          "history_differences")  # fmt: skip
    assert audited().differences == []
