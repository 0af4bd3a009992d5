# SPDX-License-Identifier: EUPL-1.2
"""Discovery, the list of services and their definitions, and what every address does with methods and strangers."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.api.open311.filing import PROMISE_HEADER
from melayani.api.open311.openapi import DOCUMENT
from melayani.catalogue.models import Service
from melayani.catalogue.rules import Datatype
from melayani.ground.memo import forget_all
from tests.api.calling import V2, get, loaded, names, refusals, root, texts

pytestmark = pytest.mark.django_db

SERVICE_FIELDS = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
ATTRIBUTE_FIELDS = ["variable", "code", "datatype", "required", "datatype_description", "order", "description"]


def test_discovery_names_a_page_that_is_there(client: Client) -> None:
    found = loaded(client.get("/open311/discovery.json"))
    named = {word for name in ("contact", "key_service") for word in found[name].split() if word.startswith("http")}
    assert named == {f"{settings.PUBLIC_URL}/tentang"}
    assert [client.get(url.removeprefix(settings.PUBLIC_URL)).status_code for url in named] == [200]


def test_discovery_says_where_the_endpoint_is(client: Client) -> None:
    found = loaded(client.get("/open311/discovery.json"))
    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    [endpoint] = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["type"] == "production"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert "jatim.melayani.example" in found["contact"]
    document = root(client.get("/open311/discovery.xml"))
    assert document.tag == "discovery"
    assert names(document) == list(found)
    assert [e.text for e in document.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


def test_the_list_is_alike_in_both_formats() -> None:
    listed = loaded(get("services.json"))
    assert all(list(service) == SERVICE_FIELDS for service in listed)
    assert all(isinstance(service["metadata"], bool) for service in listed)
    assert all(isinstance(service["service_code"], str) for service in listed)
    assert all(service["type"] == "realtime" for service in listed)
    document = root(get("services.xml"))
    assert document.tag == "services"
    assert {service.tag for service in document} == {"service"}
    assert all(names(service) == SERVICE_FIELDS for service in document)
    written = [{**service, "metadata": str(service["metadata"]).lower()} for service in listed]
    assert [texts(service) for service in document] == written


def test_at_least_five_services_have_attributes_and_every_datatype_occurs() -> None:
    listed = loaded(get("services.json"))
    asking = [service["service_code"] for service in listed if service["metadata"]]
    definitions = [loaded(get(f"services/{code}.json")) for code in asking]
    assert len(asking) >= 5
    assert all(definition["attributes"] for definition in definitions)
    datatypes = {attribute["datatype"] for definition in definitions for attribute in definition["attributes"]}
    assert datatypes == {datatype.value for datatype in Datatype}
    silent = next(service["service_code"] for service in listed if not service["metadata"])
    assert loaded(get(f"services/{silent}.json")) == {"service_code": silent, "attributes": []}


def test_a_definition_is_alike_in_both_formats() -> None:
    definition = loaded(get("services/PJU.json"))
    assert list(definition) == ["service_code", "attributes"]
    for attribute in definition["attributes"]:
        assert [name for name in attribute if name != "values"] == ATTRIBUTE_FIELDS
        assert isinstance(attribute["variable"], bool)
        assert isinstance(attribute["required"], bool)
        assert type(attribute["order"]) is int
        assert ("values" in attribute) == attribute["datatype"].endswith("list")
        assert all(list(value) == ["key", "name"] for value in attribute.get("values", []))
    document = root(get("services/PJU.xml"))
    assert document.tag == "service_definition"
    assert names(document) == ["service_code", "attributes"]
    attributes = list(document.iterfind("attributes/attribute"))
    assert [names(element) for element in attributes] == [list(attribute) for attribute in definition["attributes"]]
    chosen = document.findall("attributes/attribute/values/value")
    assert chosen
    assert all(names(value) == ["key", "name"] for value in chosen)


@pytest.mark.parametrize("suffix", ["xml", "json"])
@pytest.mark.parametrize("code", ["TIDAK-ADA", "pju", "PJU.html", "%00", "a" * 300, "JT-0000-000"])
def test_an_unknown_service_is_not_found(code: str, suffix: str) -> None:
    refusals(get(f"services/{code}.{suffix}"), 404)


def test_a_closed_service_is_in_no_list_and_has_no_definition() -> None:
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    assert "PJU" not in {service["service_code"] for service in loaded(get("services.json"))}
    refusals(get("services/PJU.json"), 404)


@pytest.mark.parametrize(
    "path", ["services", "services/PJU", "requests", "requests/JT-0000-000", "tokens/1", "servicerequestupdates"]
)
def test_the_jurisdiction_may_be_left_out_or_must_match(path: str) -> None:
    [told] = refusals(get(f"{path}.xml", jurisdiction_id="city.gov"), 404)
    assert told.startswith("jurisdiction_id")
    absent = get(f"{path}.xml")
    assert get(f"{path}.xml", jurisdiction_id="jatim.melayani.example").content == absent.content
    assert get(f"{path}.xml", jurisdiction_id="").content == absent.content


def test_without_a_suffix_the_answer_is_xml() -> None:
    for path in ("services", "services/PJU", "requests", "servicerequestupdates"):
        assert get(path).content == get(f"{path}.xml").content
        root(get(path))


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("services", "GET, HEAD, OPTIONS"),
        ("services/PJU", "GET, HEAD, OPTIONS"),
        ("requests", "GET, HEAD, POST, OPTIONS"),
        ("requests/JT-0000-000", "GET, HEAD, OPTIONS"),
        ("tokens/1", "GET, HEAD, OPTIONS"),
        ("servicerequestupdates", "GET, HEAD, POST, OPTIONS"),
    ],
)
def test_other_methods_are_refused_and_told(path: str, allow: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "POST"):
        if method in allow:
            continue
        answer = strict.generic(method, f"{V2}/{path}.json")
        refusals(answer, 405)
        assert answer.headers["Allow"] == allow
    options = strict.options(f"{V2}/{path}.json")
    assert (options.status_code, options.headers["Allow"], options.content) == (204, allow, b"")


def test_a_head_is_a_get_without_a_body(client: Client) -> None:
    head = client.head(f"{V2}/services.json")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == "application/json; charset=utf-8"


def test_scripts_of_every_site_may_read_but_not_write() -> None:
    answer = get("requests.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "Access-Control-Allow-Origin" not in Client().post(f"{V2}/requests.json").headers


@pytest.mark.parametrize(
    "path",
    [
        "/open311/",
        "/open311/a%0Ab/%0A.xml",
        "/open311/v2/nothing.xml",
        "/open311/v3/services.xml",
        "/open311/v2/services/",
    ],
)
def test_every_other_address_answers_in_the_form_of_the_standard(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    refusals(strict.get(path), 404)
    refusals(strict.post(path), 404)
    refusals(strict.get("/open311/v2/nothing.json"), 404)


def test_tokens_were_never_issued() -> None:
    for token in ("1", "JT-0000-000", "%F0%9F%98%80"):
        refusals(get(f"tokens/{token}.xml"), 404)


def test_services_ask_no_query_while_the_catalogue_is_remembered(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    get("services.xml")
    with django_assert_num_queries(0):
        get("services.xml")
        get("services/PJU.json")


def test_the_description_in_openapi_names_every_address(client: Client) -> None:
    document: Any = client.get("/open311/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]["/open311/v2/requests.json"]) == {"get", "post"}
    assert len(document["paths"]) == 14
    assert Client(enforce_csrf_checks=True).post("/open311/openapi.json").status_code == 405


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_description_tells_of_the_signed_promise(form: str) -> None:
    paths = DOCUMENT["paths"]
    headers = paths[f"{V2}/requests.{form}"]["post"]["responses"]["200"]["headers"]
    assert set(headers) == {PROMISE_HEADER}
    assert headers[PROMISE_HEADER]["schema"]["type"] == "string"
    # Only a filing is promised.
    assert "headers" not in paths[f"{V2}/servicerequestupdates.{form}"]["post"]["responses"]["200"]
    assert "headers" not in paths[f"{V2}/requests.{form}"]["post"]["responses"]["400"]
