# SPDX-License-Identifier: EUPL-1.2
"""The description of the Open311 endpoint in OpenAPI 3.1, at /open311/openapi.json; the tests call by it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from melayani.api.open311.filing import PROMISE_HEADER
from melayani.api.open311.formats import Format
from melayani.api.open311.jurisdiction import JURISDICTION, SPECIFICATION
from melayani.api.open311.reading import FORM, MULTIPART
from melayani.api.open311.updates import MOST_UPDATE_ID, STATUSES
from melayani.cases.rules import MOST_PHOTOS, MOST_TEXT
from melayani.catalogue.rules import Datatype
from melayani.ground.case_number import PREFIX

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
DEGREES: Schema = {"type": ["number", "null"]}
NUMBER: Schema = {"type": "string", "pattern": f"^{PREFIX}-[0-9A-Z]{{4}}-[0-9A-Z]{{3}}$"}


def _object(**properties: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


SERVICE = _object(
    service_code=TEXT,
    service_name=TEXT,
    description=MAYBE,
    metadata=FLAG,
    type={"type": "string", "enum": ["realtime", "batch", "blackbox"]},
    keywords=MAYBE,
    group=MAYBE,
)
ATTRIBUTE: Schema = {
    "type": "object",
    "properties": {
        "variable": FLAG,
        "code": TEXT,
        "datatype": {"type": "string", "enum": [datatype.value for datatype in Datatype]},
        "required": FLAG,
        "datatype_description": MAYBE,
        "order": {"type": "integer"},
        "description": TEXT,
        "values": _list(_object(key=TEXT, name=TEXT)),
    },
    "required": ["variable", "code", "datatype", "required", "datatype_description", "order", "description"],
    "additionalProperties": False,
}
DEFINITION = _object(service_code=TEXT, attributes=_list(ATTRIBUTE))
CREATED = _object(service_request_id=NUMBER, service_notice=MAYBE, account_id=MAYBE)
REQUEST = _object(
    service_request_id=NUMBER,
    status={"type": "string", "enum": ["open", "closed"]},
    status_notes=MAYBE,
    service_name=TEXT,
    service_code=TEXT,
    description=MAYBE,
    agency_responsible=MAYBE,
    service_notice=MAYBE,
    requested_datetime=MOMENT,
    updated_datetime=MOMENT,
    expected_datetime=MOMENT,
    address=MAYBE,
    address_id=MAYBE,
    zipcode=MAYBE,
    lat=DEGREES,
    long=DEGREES,
    media_url=MAYBE,
)
UPDATE = _object(
    update_id=TEXT,
    service_request_id=NUMBER,
    status={"type": "string", "enum": sorted(STATUSES)},
    updated_datetime=MOMENT,
    description=MAYBE,
    media_url=MAYBE,
)
KEPT = _object(update_id=TEXT)
ERROR = _object(code=TEXT, description=TEXT)
DISCOVERY = _object(
    changeset=TEXT,
    contact=TEXT,
    key_service=TEXT,
    endpoints=_list(_object(specification=TEXT, url=TEXT, changeset=TEXT, type=TEXT, formats=_list(TEXT))),
)

FILING: Mapping[str, Schema] = {
    "api_key": TEXT,
    "jurisdiction_id": TEXT,
    "service_code": TEXT,
    "lat": {"type": "number"},
    "long": {"type": "number"},
    "address_string": {"type": "string", "maxLength": 300},
    "address_id": {"type": "string", "description": "A place code, for example 35.07.13.1010."},
    "attribute": {
        "type": "object",
        "additionalProperties": {"type": ["string", "array"], "items": TEXT},
        "description": "attribute[CODE]=value, or attribute[CODE][]=value several times for a multivaluelist.",
    },
    "email": TEXT,
    "device_id": {"type": "string", "description": "Accepted and not kept."},
    "account_id": {"type": "string", "description": "Accepted and not kept."},
    "first_name": TEXT,
    "last_name": TEXT,
    "phone": TEXT,
    "description": {"type": "string", "maxLength": MOST_TEXT},
    "media_url": {"type": "string", "format": "uri", "maxLength": 500},
}
# In a multipart form alone; any other name of a file field is taken as well.
PHOTOS: Mapping[str, Schema] = {
    "media": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "maxItems": MOST_PHOTOS,
        "description": "Photos as files: JPEG, PNG, WebP or HEIC, at most 12 MB each, without what their camera noted. "
        "One that an officer has released is shown as media_url.",
    },
}
UPDATING: Mapping[str, Schema] = {
    "api_key": TEXT,
    "jurisdiction_id": TEXT,
    "service_request_id": TEXT,
    "update_id": {"type": "string", "maxLength": MOST_UPDATE_ID},
    "status": {"type": "string", "enum": sorted(STATUSES)},
    "updated_datetime": MOMENT,
    "description": {"type": "string", "maxLength": MOST_TEXT},
    "media_url": {"type": "string", "format": "uri", "maxLength": 500},
}


@csrf_exempt
@require_safe
def show_openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # the shape of a view
    """The description, for the scripts of every site."""
    return JsonResponse(DOCUMENT, headers={"Access-Control-Allow-Origin": "*"})


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": description}


def _in_path(name: str) -> Schema:
    return {"in": "path", "name": name, "required": True, "schema": TEXT}


JURISDICTION_ID = _query("jurisdiction_id", {"type": "string", "enum": [JURISDICTION]}, "May be left out.")
SPAN = (
    _query("start_date", MOMENT, "The earliest moment; without it the last 90 days."),
    _query("end_date", MOMENT, "The latest moment."),
)
LIST = (
    _query("service_request_id", TEXT, "Numbers with commas between; overrides everything else."),
    _query("service_code", TEXT, "Codes with commas between."),
    *SPAN,
    _query("status", TEXT, "open, closed, or both with a comma between."),
)
IDEMPOTENCY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key and body within 24 hours has one effect and one answer; another body is refused.",
}

PROMISED: Mapping[str, Schema] = {
    PROMISE_HEADER: {
        "description": "The signed promise of the ledger, in base64: by when this request will be in it. Keep it; when "
        "the ledger breaks it, it is the evidence. Its form is described in docs/ledger.md, its key is at "
        "/ledger/keys. Missing only while nothing can be signed; a repeated sending gets the same.",
        "schema": {"type": "string", "contentEncoding": "base64"},
    },
}


def _answers(schema: Schema, form: Format, *refusals: int) -> Schema:
    """The answers of a call in one format. The shape is given for JSON; XML has the same elements in this order."""

    def body(shape: Schema) -> Schema:
        if form is Format.JSON:
            return {"application/json": {"schema": shape}}
        return {"text/xml": {"schema": {"type": ["object", "string"]}}}

    refused = {str(status): {"description": "Refused.", "content": body(_list(ERROR))} for status in refusals}
    return {"200": {"description": "Done.", "content": body(schema)}, **refused}


def _get(summary: str, schema: Schema, form: Format, *parameters: Schema) -> Schema:
    return {
        "summary": summary,
        "parameters": [*parameters, JURISDICTION_ID],
        "responses": _answers(schema, form, 400, 404),
    }


def _post(
    summary: str,
    schema: Schema,
    form: Format,
    fields: Mapping[str, Schema],
    *required: str,
    headers: bool = False,
    promised: bool = False,
    files: Mapping[str, Schema] | None = None,
) -> Schema:
    def sent(names: Mapping[str, Schema]) -> dict[str, Any]:
        return {"schema": {"type": "object", "properties": names, "required": ["api_key", *required]}}

    answers = _answers(schema, form, 400, 403, 404)
    if promised:
        answers = {**answers, "200": {**answers["200"], "headers": PROMISED}}
    return {
        "summary": summary,
        "parameters": [IDEMPOTENCY] if headers else [],
        "requestBody": {
            "required": True,
            "content": {
                FORM: {**sent(fields), "encoding": {"attribute": {"style": "deepObject", "explode": True}}},
                MULTIPART: sent({**fields, **(files or {})}),
            },
        },
        "responses": answers,
    }


def _paths(form: Format) -> Schema:
    v2 = "/open311/v2"
    filing = _post(
        "POST Service Request", _list(CREATED), form, FILING, "service_code", headers=True, promised=True, files=PHOTOS
    )
    updating = _post(
        "POST Service Request Update", _list(KEPT), form, UPDATING, "service_request_id", "status", headers=True
    )
    return {
        f"/open311/discovery.{form}": {
            "get": {"summary": "Service Discovery", "responses": _answers(DISCOVERY, form)},
        },
        f"{v2}/services.{form}": {"get": _get("GET Service List", _list(SERVICE), form)},
        f"{v2}/services/{{service_code}}.{form}": {
            "get": _get("GET Service Definition", DEFINITION, form, _in_path("service_code")),
        },
        f"{v2}/requests.{form}": {
            "get": _get("GET Service Requests", _list(REQUEST), form, *LIST),
            "post": filing,
        },
        f"{v2}/requests/{{service_request_id}}.{form}": {
            "get": _get("GET Service Request", _list(REQUEST), form, _in_path("service_request_id")),
        },
        f"{v2}/tokens/{{token}}.{form}": {
            "get": _get("GET service_request_id from a token", _list(CREATED), form, _in_path("token")),
        },
        f"{v2}/servicerequestupdates.{form}": {
            "get": _get("GET Service Request Updates", _list(UPDATE), form, *SPAN),
            "post": updating,
        },
    }


DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "Open311 GeoReport v2",
        "version": "2",
        "description": f"{SPECIFICATION}, with the service request updates of FixMyStreet.",
    },
    "paths": {**_paths(Format.JSON), **_paths(Format.XML)},
}
