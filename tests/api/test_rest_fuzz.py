# SPDX-License-Identifier: EUPL-1.2
"""REST under schemathesis: whatever is sent, the answers keep to the description, with all checks on."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case

import melayani.api.urls  # noqa: F401  # registers the calls
from melayani.api.rest.front import rest_api
from melayani.cases.rules import Stage
from tests.api.calling import application
from tests.builders import a_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]


schema = schemathesis.openapi.from_dict(json.loads(json.dumps(rest_api.get_openapi_schema())))
schema.app = application


@pytest.fixture(autouse=True)
def some_cases(db: None) -> None:
    """Something to read."""
    for stage in (Stage.ROUTED, Stage.CLOSED):
        a_case(stage=stage)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_rest_keeps_to_its_description(case: Case[Any]) -> None:
    case.call_and_validate(headers={"Accept-Encoding": "identity"})
