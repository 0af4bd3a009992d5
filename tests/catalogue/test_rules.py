# SPDX-License-Identifier: EUPL-1.2
"""The pure rules of promises."""

import pytest

from melayani.catalogue.rules import (
    COMPONENTS,
    INTERNAL_COMPONENTS,
    PUBLIC_COMPONENTS,
    Basis,
    CatalogueRefused,
    Promise,
    check_promise,
    promise_of_service,
)


def test_the_standard_has_fourteen_components_of_which_six_are_public() -> None:
    assert len(COMPONENTS) == len(set(COMPONENTS)) == 14
    assert len(PUBLIC_COMPONENTS) == 6
    assert not set(PUBLIC_COMPONENTS) & set(INTERNAL_COMPONENTS)


@pytest.mark.parametrize("days", [1, 14, 1000])
@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize("confidence", ["A", "B", "C"])
def test_a_right_promise_is_what_was_said(days: int, basis: Basis, confidence: str) -> None:
    said = check_promise(days=days, basis=basis.value, source="SK", confidence=confidence)
    assert said == Promise(days=days, basis=basis, source="SK", confidence=confidence)


@pytest.mark.parametrize(
    ("days", "basis", "confidence", "code"),
    [
        (0, "WORKING", "B", "days_range"),
        (-3, "WORKING", "B", "days_range"),
        (1001, "WORKING", "B", "days_range"),
        (5, "working", "B", "basis_unknown"),
        (5, "", "B", "basis_unknown"),
        (5, "WORKING", "D", "confidence_unknown"),
        (5, "WORKING", "", "confidence_unknown"),
        (5, "WORKING", "AB", "confidence_unknown"),
    ],
)
def test_a_wrong_promise_is_refused(days: int, basis: str, confidence: str, code: str) -> None:
    with pytest.raises(CatalogueRefused) as refusal:
        check_promise(days=days, basis=basis, source="SK", confidence=confidence)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("kind", "days", "holds"),
    [("PENGADUAN", 7, True), ("PENGADUAN", None, False), ("ASPIRASI", 7, False), ("ASPIRASI", None, False)],
)
def test_own_days_hold_for_the_own_kind_only(kind: str, days: int | None, holds: bool) -> None:
    promise = promise_of_service(
        kind=kind, own_kind="PENGADUAN", days=days, basis=Basis.CALENDAR, source="SK", confidence="A"
    )
    assert (promise is not None) == holds
    if promise is not None:
        assert promise == Promise(days=7, basis=Basis.CALENDAR, source="SK", confidence="A")
