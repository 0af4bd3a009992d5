# SPDX-License-Identifier: EUPL-1.2
"""How the tests call Open311: plain functions, and a reading of XML that keeps names and order."""

from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as SafeTree
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from melayani.site import wsgi

FORM = "application/x-www-form-urlencoded"
V2 = "/open311/v2"
STORY = "Lampu jalan di depan pasar padam sejak tiga malam."
# Near the town of Kepanjen, Kabupaten Malang.
POINT = {"lat": "-8.1301", "long": "112.5702"}
PJU = {"attribute[JUMLAH_LAMPU]": "3", "attribute[SEJAK_KAPAN]": "2026-01-02"}

REQUEST_FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
UPDATE_FIELDS = ["update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"]

Sent = dict[str, Any]
# What the test client answers; its type is private to the stubs.
Response = Any


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The WSGI application inside the transaction of a test: it keeps the connection, as Django's own client does.

    Tests that call it use the fixture `one_connection`.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    return wsgi.application(environ, start_response)


def a_request(key: str, **changes: object) -> Sent:
    """A whole request about street lights at a point; `changes` replace fields, None leaves one out."""
    sent: Sent = {"api_key": key, "service_code": "PJU", "description": STORY, **POINT, **PJU}
    sent |= changes
    return {name: value for name, value in sent.items() if value is not None}


def post(
    path: str, fields: Sent, *, idempotency: str = "", client: Client | None = None, content_type: str = FORM
) -> Response:
    """A form sent as clients send it."""
    headers = {"Idempotency-Key": idempotency} if idempotency else {}
    return (client or Client()).post(
        f"{V2}/{path}", urlencode(fields, doseq=True), content_type=content_type, headers=headers
    )


def get(path: str, **query: str) -> Response:
    """A call without a body."""
    return Client().get(f"{V2}/{path}", query)


def filed(key: str, **changes: object) -> str:
    """The number of a request just filed."""
    answer = post("requests.json", a_request(key, **changes))
    assert answer.status_code == 200, answer.content
    return str(loaded(answer)[0]["service_request_id"])


def loaded(answer: Response) -> Any:
    """The JSON of an answer, whose content type says so."""
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    return answer.json()


def root(answer: Response) -> Element:
    """The root element of an answer, whose content type and declaration say so."""
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    element: Element = SafeTree.fromstring(answer.content)
    return element


def names(element: Element) -> list[str]:
    """The names of the children, in order."""
    return [child.tag for child in element]


def texts(element: Element) -> dict[str, str]:
    """The texts of the children by name; an empty element is an empty text."""
    return {child.tag: child.text or "" for child in element}


def refusals(answer: Response, status: int) -> list[str]:
    """The descriptions of a refusal, whose status and body are those of the standard, in either format."""
    assert answer.status_code == status, answer.content
    if answer.headers["Content-Type"].startswith("text/xml"):
        errors = root(answer)
        assert errors.tag == "errors"
        assert [names(error) for error in errors] == [["code", "description"]] * len(errors)
        found = [texts(error) for error in errors]
    else:
        found = loaded(answer)
        assert [list(error) for error in found] == [["code", "description"]] * len(found)
    assert found
    assert {error["code"] for error in found} == {str(status)}
    return [error["description"] for error in found]
