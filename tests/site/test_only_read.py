# SPDX-License-Identifier: EUPL-1.2
"""Addresses for machines that are only read: every other method is a 405 that names what may be used."""

import pytest
from django.test import Client
from django.urls import resolve

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "/ledger/checkpoint",
    "/ledger/keys",
    "/ledger/tile/0/000",
    "/ledger/consistency",
    "/ledger/proof/JT-0000-000",
    "/ledger/proof/JT-0000-000/1",
    "/status/health",
    "/metrics",
    "/robots.txt",
    "/.well-known/security.txt",
    "/kasus.atom",
    "/en/kasus.atom",
)
WRITING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("address", ADDRESSES)
def test_other_methods_are_refused_and_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Client(enforce_csrf_checks=True)
    for method in WRITING:
        answer = strict.generic(method, address)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert strict.get(address).status_code != 405
    # Control: where forms are guarded, the answer is a page about a form, and no method is named.
    monkeypatch.setattr(resolve(address).func, "csrf_exempt", False)
    guarded = strict.post(address)
    assert guarded.status_code == 403
    assert "Allow" not in guarded.headers
