# SPDX-License-Identifier: EUPL-1.2
"""Open311 under schemathesis and hypothesis: whatever is sent, never a failure of ours, always the format asked for,
and a refusal leaves nothing behind."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import defusedxml.ElementTree as SafeTree
import pytest
import schemathesis
from django.http import HttpResponse
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from melayani.api.open311.openapi import DOCUMENT
from melayani.cases import models
from melayani.cases.rules import Stage
from melayani.ledger.models import Entry
from tests.api.calling import FORM, PJU, POINT, STORY, V2, application, filed
from tests.builders import a_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]

schema = schemathesis.openapi.from_dict(json.loads(json.dumps(DOCUMENT)))
schema.app = application


@pytest.fixture(autouse=True)
def some_cases(db: None) -> None:
    """Something to read."""
    for stage in (Stage.TAKEN, Stage.CLOSED):
        a_case(stage=stage)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_open311_keeps_to_its_description(case: Case[Any], key: str) -> None:
    if isinstance(case.body, dict) and "api_key" in case.body:
        case.body["api_key"] = key
    case.call_and_validate(headers={"Accept-Encoding": "identity"}, checks=CHECKS)


ODD = st.sampled_from(
    ["", " ", "\x00", "\u202e", "\ufffd", "nan", "1e999", "-8.13", "112.57", "0", "9" * 400, "'; --", "<x>&amp;", "🙂",
     "PJU", "KTP-EL", "35.07", "JT-0000-000", "2026-01-05", "open", "closed", ",", "%", "%ff", "[]", "https://contoh.id/a"]
)  # fmt: skip
VALUE = ODD | st.text(max_size=60)
NAMES = st.sampled_from(
    ["service_code", "lat", "long", "address_string", "address_id", "attribute[JUMLAH_LAMPU]", "attribute[SEJAK_KAPAN]",
     "attribute[KEADAAN][]", "attribute[", "attribute[]", "email", "device_id", "account_id", "first_name", "last_name",
     "phone", "description", "media_url", "jurisdiction_id", "status", "service_request_id", "update_id",
     "updated_datetime", "start_date", "end_date"]
)  # fmt: skip
PAIRS = st.lists(st.tuples(NAMES | st.text(max_size=12), VALUE), max_size=8)
PATHS = st.sampled_from(
    ["requests", "servicerequestupdates", "services", "services/PJU", "requests/JT-0000-000", "tokens/x"]
)
QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(path=PATHS, query=PAIRS, suffix=st.sampled_from(["xml", "json"]))
def test_no_query_breaks_reading(path: str, query: list[tuple[str, str]], suffix: str) -> None:
    answer = Client().get(f"{V2}/{path}.{suffix}?{_encoded(query)}")
    check_answer(answer, suffix)


@QUICK
@given(fields=PAIRS, whole=st.booleans(), suffix=st.sampled_from(["xml", "json"]), token=VALUE)
def test_no_form_breaks_filing(key: str, fields: list[tuple[str, str]], whole: bool, suffix: str, token: str) -> None:
    sound = {"service_code": "PJU", "description": STORY, **POINT, **PJU} if whole else {}
    before = _rows()
    answer = Client().post(
        f"{V2}/requests.{suffix}",
        _encoded([("api_key", key), *sound.items(), *fields]),
        content_type=FORM,
        headers={"Idempotency-Key": token.encode("ascii", "ignore").decode()},
    )
    check_answer(answer, suffix)
    assert answer.status_code == 200 or _rows() == before


@QUICK
@given(fields=PAIRS, whole=st.booleans(), suffix=st.sampled_from(["xml", "json"]), token=VALUE)
def test_no_form_breaks_updating(key: str, fields: list[tuple[str, str]], whole: bool, suffix: str, token: str) -> None:
    sound = {"service_request_id": filed(key), "status": "OPEN"} if whole else {}
    before = _rows()
    pairs = [("api_key", key), *sound.items(), *fields]
    headers = {"Idempotency-Key": token.encode("ascii", "ignore").decode()}
    answer = Client().post(f"{V2}/servicerequestupdates.{suffix}", _encoded(pairs), content_type=FORM, headers=headers)
    check_answer(answer, suffix)
    assert answer.status_code == 200 or _rows() == before


@QUICK
@given(body=st.binary(max_size=200), kind=st.sampled_from([FORM, "multipart/form-data; boundary=x", "text/xml", ""]))
def test_no_body_breaks_reading(body: bytes, kind: str) -> None:
    answer = Client().generic("POST", f"{V2}/requests.json", body, content_type=kind)
    check_answer(answer, "json")
    assert answer.status_code in (400, 403)


@QUICK
@given(st.text(max_size=40))
def test_no_address_breaks_reading(rest: str) -> None:
    client = Client()
    for path in ("services", "requests", "tokens"):
        answer = client.get(f"{V2}/{path}/{quote(rest, safe='/')}.xml")
        check_answer(answer, "xml")


def test_control_the_check_notices_a_failure_and_a_wrong_format() -> None:
    broken = HttpResponse(b"<html>", status=500, content_type="text/html")
    mixed = HttpResponse(b"[]", content_type="text/xml; charset=utf-8")
    for answer in (broken, mixed):
        with pytest.raises((AssertionError, SafeTree.ParseError)):
            check_answer(answer, "xml")


def check_answer(answer: Any, suffix: str) -> None:
    """No failure of ours, and a body in the format that the suffix asked for."""
    assert answer.status_code < 500
    if suffix == "xml":
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        SafeTree.fromstring(answer.content)
    else:
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        json.loads(answer.content)


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")


def _rows() -> tuple[int, ...]:
    kinds = (models.Case, models.Event, models.CaseText, models.Vault, models.Submission, Entry)
    return tuple(kind.objects.count() for kind in kinds)
