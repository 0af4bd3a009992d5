# SPDX-License-Identifier: EUPL-1.2
"""Clients in use read our answers: PyPI's `georeport` as it is, and a reader in the manner of FixMyStreet's.

`georeport` calls the program over an in-memory transport: its own code, a real WSGI request, no network.
"""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import defusedxml.ElementTree as SafeTree
import pytest
import requests
from georeport import GeoReport
from requests.adapters import BaseAdapter
from werkzeug.test import Client as WsgiClient

from melayani.cases import actions
from melayani.cases.rules import Stage
from tests.api.calling import application, filed, get, post
from tests.builders import a_case, officer_actor
from tests.conftest import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one_connection")]
ENDPOINT = "http://localhost/open311/v2"


class InMemory(BaseAdapter):
    """Carries requests of the `requests` library to the WSGI application of this process."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # noqa: ARG002  # the shape of the library
        """The answer of the application."""
        parts = urlsplit(request.url or "")
        answer = WsgiClient(application).open(
            path=parts.path, query_string=parts.query, method=request.method, headers={"Host": "localhost"}
        )
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers.update(dict(answer.headers))
        response.raw = io.BytesIO(answer.data)
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """`requests.get` reaches the program."""
    session = requests.Session()
    session.mount("http://localhost", InMemory())
    monkeypatch.setattr(requests, "get", session.get)


@pytest.mark.parametrize("output_format", ["json", "xml"])
def test_georeport_reads_everything(output_format: str, key: str) -> None:
    client = GeoReport(ENDPOINT, jurisdiction="jatim.melayani.example", output_format=output_format)
    services = client.get_service_list()
    assert {"PJU", "KTP-EL"} <= {service["service_code"] for service in services}
    definition = client.get_service_definition("PJU")
    assert definition["service_code"] == "PJU"
    numbers = [filed(key), filed(key)]
    listed = client.get_service_requests(service_code="PJU", status="open", start_date="2026-01-01T00:00:00+07:00")
    assert sorted(told["service_request_id"] for told in listed) == sorted(numbers)
    assert len(client.get_service_requests(service_request_id=",".join(numbers))) == 2
    told = client.get_service_request(numbers[0])
    assert (told["service_request_id"], told["status"]) == (numbers[0], "open")
    assert float(told["lat"]) == -8.13


def test_georeport_is_told_when_something_is_wrong() -> None:
    for client, call in (
        (GeoReport(ENDPOINT, jurisdiction="city.gov"), "get_service_list"),
        (GeoReport(ENDPOINT, jurisdiction="city.gov", output_format="xml"), "get_service_list"),
    ):
        with pytest.raises(requests.HTTPError, match="404"):
            getattr(client, call)()
    with pytest.raises(requests.HTTPError, match="404"):
        GeoReport(ENDPOINT).get_service_request("JT-0000-000")


# How FixMyStreet reads XML (perllib/Open311.pm): these elements are lists, these fold away, blanks are nothing.
LISTS = {"service", "attribute", "value", "request", "error", "request_update"}
FOLDS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "service_request_updates": "request_update",
}


def as_fixmystreet_reads(document: bytes) -> Any:
    """The document as FixMyStreet sees it; the root element itself is dropped."""
    return _simple(SafeTree.fromstring(document))


def _simple(element: Element) -> Any:
    if len(element) == 0:
        return element.text or None
    found: dict[str, Any] = {}
    for child in element:
        value = _simple(child)
        if child.tag in FOLDS and isinstance(value, dict):
            value = value[FOLDS[child.tag]]
        if child.tag in LISTS:
            found.setdefault(child.tag, []).append(value)
        else:
            assert child.tag not in found, "an element that is no list came twice"
            found[child.tag] = value
    return found


def test_fixmystreet_populates_its_categories() -> None:
    services = as_fixmystreet_reads(get("services.xml").content)["service"]
    asking = [service["service_code"] for service in services if service["metadata"] == "true"]
    assert all(service["service_name"] == service["service_name"].rstrip() for service in services)
    for code in asking:
        attributes = as_fixmystreet_reads(get(f"services/{code}.xml").content)["attributes"]
        assert isinstance(attributes, list)
        ordered = sorted(attributes, key=lambda attribute: int(attribute["order"]))
        assert ordered == attributes
        assert all(attribute["description"] and attribute["code"] for attribute in attributes)
        for attribute in attributes:
            if attribute["datatype"].endswith("list"):
                assert {"key", "name"} == set(attribute["values"][0])


def test_fixmystreet_sends_a_report_and_its_comments_and_fetches_ours(key: str) -> None:
    report = {
        "api_key": key,
        "jurisdiction_id": "jatim.melayani.example",
        "service_code": "PJU",
        "description": "Lampu padam\n\nSejak tiga malam gelap.\n\nhttps://fixmystreet.example/report/81\n",
        "first_name": "Siti",
        "last_name": "",
        "email": "siti@contoh.id",
        "lat": "-8.130123",
        "long": "112.570123",
        "attribute[JUMLAH_LAMPU]": "3",
        "attribute[SEJAK_KAPAN]": "2026-01-02",
        "deviceid": "iphone",
    }
    sent = post("requests.xml", report)
    number = as_fixmystreet_reads(sent.content)["request"][0]["service_request_id"]
    assert isinstance(number, str)
    comment = {
        "api_key": key,
        "updated_datetime": "2026-01-05T01:00:00Z",
        "service_request_id": number,
        "status": "INVESTIGATING",
        "description": "Masih gelap.",
        "last_name": "-",
        "first_name": "Siti",
        "update_id": "9001",
    }
    kept = post("servicerequestupdates.xml", comment)
    assert as_fixmystreet_reads(kept.content)["request_update"][0]["update_id"] == "9001"
    actions.take_on_case(number=number, by=officer_actor(), at=MONDAY)
    # It asks for the last two hours, with its key.
    window = {
        "api_key": key,
        "start_date": (MONDAY - timedelta(hours=2)).isoformat(),
        "end_date": MONDAY.isoformat(),
    }
    updates = as_fixmystreet_reads(get("servicerequestupdates.xml", **window).content)["request_update"]
    assert [(update["update_id"], update["status"].lower()) for update in updates] == [
        ("9001", "investigating"),
        (f"{number}-2", "in_progress"),
    ]
    assert all(update["description"] is None for update in updates)
    read = as_fixmystreet_reads(get("requests.xml", service_request_id=f"{number},JT-0000-000").content)
    assert [told["service_request_id"] for told in read["request"]] == [number]


def test_fixmystreet_reads_our_errors() -> None:
    wrong = as_fixmystreet_reads(post("requests.xml", {}).content)
    assert [error["code"] for error in wrong["error"]] == ["403"]


def test_control_the_reader_notices_another_root_or_a_missing_list() -> None:
    a_case(stage=Stage.TAKEN)
    good = get("requests.xml").content
    broken = good.replace(b"<request>", b"<item>").replace(b"</request>", b"</item>")
    assert "request" in as_fixmystreet_reads(good)
    assert "request" not in as_fixmystreet_reads(broken)
