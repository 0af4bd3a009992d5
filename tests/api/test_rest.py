# SPDX-License-Identifier: EUPL-1.2
"""REST: public cases, services, places and units, and problems for everything else."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pydantic import ValidationError

from melayani.api.rest import cases, reference
from melayani.api.rest.schemas import CaseFilter, CaseOut, PlaceFilter
from melayani.cases import actions
from melayani.cases.models import Case
from melayani.cases.rules import Figure, Identity, Outcome, Stage, Visibility
from melayani.catalogue.models import Service
from melayani.catalogue.rules import PUBLIC_COMPONENTS
from melayani.ground.memo import forget_all
from tests.api.calling import Response
from tests.api.calling import filed as filed_by_client
from tests.builders import ANSWER, DISHUB, KEPANJEN, STORY, a_case, officer_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
API = "/api/v1"
HOUR = timedelta(hours=1)


def read(path: str, **query: str | int) -> Any:
    """The JSON of a successful call."""
    answer = Client().get(f"{API}/{path}", query)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    return answer.json()


def problem(answer: Response, status: int) -> dict[str, Any]:
    """The body of a problem with this status."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail"} <= set(body) <= {"type", "title", "status", "detail", "errors"}
    return body


def test_a_case_is_told_with_its_public_facts() -> None:
    case = a_case(stage=Stage.CLOSED)
    told = read(f"cases/{case.number}")
    assert told["number"] == case.number
    assert told["topic"] == {"code": "perhubungan", "name": "Perhubungan"}
    assert told["service"] == "PJU"
    assert told["place"]["code"] == KEPANJEN
    assert told["unit"]["code"] == DISHUB
    assert (told["stage"], told["outcome"], told["state"]) == (Stage.CLOSED, Outcome.SOLVED, Figure.CONFIRMED)
    assert told["filed_at"] == "2026-01-05T09:00:00+07:00"
    assert told["due_at"].endswith("23:59:59+07:00")
    assert told["promise"]["days"] == 14
    assert [happening["kind"] for happening in told["happenings"]] == ["case.filed", "case.answered", "case.confirmed"]
    assert told["happenings"][1]["words"] == "Dijawab"
    assert all(happening["text"] is None for happening in told["happenings"])


def test_numbers_are_read_as_people_type_them() -> None:
    number = a_case().number
    for typed in (number.lower(), number.replace("-", ""), number[3:]):
        assert read(f"cases/{typed}")["number"] == number


def test_texts_appear_when_released_and_nothing_personal_ever(key: str) -> None:
    number = filed_by_client(key, first_name="Siti", email="siti@contoh.id", address_string="Depan pasar")
    answered = a_case(stage=Stage.ANSWERED, identity=Identity.NAMED, name="Bu Aminah", text=STORY)
    ratih = officer_actor()
    actions.release_text(number=answered.number, sequence=1, masked="Sudah diganti.", by=ratih, at=MONDAY + 3 * HOUR)
    body = b"".join(
        Client().get(f"{API}/{path}").content for path in ("cases", f"cases/{number}", f"cases/{answered.number}")
    )
    assert b"Sudah diganti." in body
    for secret in (b"Siti", b"siti@", b"Aminah", b"Depan pasar", STORY.encode(), ANSWER.encode(), b"8.1301", b"NAMED"):
        assert secret not in body
    for hidden in (b"officer_id", b'"officer":', b"ratih", b"fixmystreet", b"identity", b"key_hash", b"salt"):
        assert hidden not in body


def test_a_secret_case_looks_exactly_like_an_unknown_one() -> None:
    secret = a_case(visibility=Visibility.SECRET)
    answers = {Client().get(f"{API}/cases/{n}").content for n in (secret.number, "JT-0000-000", "bukan-nomor", "%00")}
    assert len(answers) == 1
    problem(Client().get(f"{API}/cases/{secret.number}"), 404)
    assert read("cases") == {"cases": [], "after": ""}
    # Control: made public, the very same calls show it.
    Case.objects.update(visibility=Visibility.PUBLIC)
    assert read(f"cases/{secret.number}")["number"] == secret.number


def test_filters_hold_together() -> None:
    light = a_case().number
    answered = a_case(stage=Stage.ANSWERED).number
    trash = a_case(service="SAMPAH", place="35.78").number

    def numbers(**query: str) -> set[str]:
        return {case["number"] for case in read("cases", **query)["cases"]}

    assert numbers() == {light, answered, trash}
    assert numbers(topic="perhubungan") == {light, answered}
    assert numbers(region="35.07") == numbers(region="35.07.13") == {light, answered}
    assert numbers(region="35.78") == {trash}
    assert numbers(state="answered_unconfirmed") == {answered}
    assert numbers(topic="perhubungan", region="35.07", state="waiting") == {light}
    assert numbers(topic="tidak-ada") == set()


def test_pages_follow_each_other() -> None:
    numbers = [a_case(at=MONDAY - timedelta(minutes=n)).number for n in range(5)]
    found: list[str] = []
    after = ""
    for size in (2, 2, 1):
        page = read("cases", limit=2, after=after)
        assert len(page["cases"]) == size
        found += [case["number"] for case in page["cases"]]
        after = page["after"]
    assert (found, after) == (numbers, "")
    # The largest cursor that the shape takes is still one.
    assert len(read("cases", after=f"{'9' * 17}-{'9' * 18}")["cases"]) == 5
    for odd in ("x", "0-99999999999999999999", "99999999999999999999-1", "-", "1-1-1", "1-", " ", "1-١"):
        body = problem(Client().get(f"{API}/cases", {"after": odd}), 422)
        assert [error["field"] for error in body["errors"]] == ["after"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("cases?limit=0", "limit"),
        ("cases?limit=101", "limit"),
        ("cases?limit=x", "limit"),
        ("cases?state=lost", "state"),
        ("cases?region=abc", "region"),
        ("cases?region=35.07%00", "region"),
        ("cases?topic=a%00b", "topic"),
        ("cases?after=" + "1" * 41, "after"),
        ("places", "q"),
        ("places?q=a", "q"),
        ("places?q=" + "a" * 101, "q"),
        ("services?topic=%22", "topic"),
        ("units?region=x", "region"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(path: str, field: str) -> None:
    body = problem(Client().get(f"{API}/{path}"), 422)
    assert [error["field"] for error in body["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "module"),
    [("cases?regoin=35.07", cases), ("services?topik=x", reference), ("units?REGION=35.07", reference),
     ("places?q=malang&limt=1", reference)],
)  # fmt: skip
def test_a_filter_that_is_not_known_is_named(path: str, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    body = problem(Client().get(f"{API}/{path}"), 422)
    assert body["errors"] == [
        {"field": path.rpartition("=")[0].split("?")[1].split("&")[-1], "message": "Isian ini tidak dikenal."}
    ]
    assert Client().head(f"{API}/{path}").status_code == 422
    # Control: the library alone passes over it.
    monkeypatch.setattr(module, "check_no_extras", lambda *_given: None)
    assert Client().get(f"{API}/{path}").status_code == 200


def test_many_unknown_filters_are_told_briefly() -> None:
    query = "&".join(f"{'x' * 300}{n}=1" for n in range(60))
    body = problem(Client().get(f"{API}/cases?{query}&%00=1&="), 422)
    assert len(body["errors"]) == 20
    assert max(len(error["field"]) for error in body["errors"]) == 80


def test_shapes_take_nothing_else() -> None:
    for shape, extra in ((CaseFilter, {"officer": 1}), (PlaceFilter, {"q": "malang", "sql": "x"})):
        with pytest.raises(ValidationError):
            shape.model_validate(extra)
    with pytest.raises(ValidationError):
        CaseOut.model_validate("JT-0000-000")


def test_services_are_told_with_public_components_only() -> None:
    listed = read("services")
    assert "PJU" in {service["code"] for service in listed}
    assert {service["topic"] for service in read("services", topic="perhubungan")} == {"perhubungan"}
    detail = read("services/PJU")
    assert {component["key"] for component in detail["components"]} <= set(PUBLIC_COMPONENTS)
    assert detail["questions"][0]["code"] == "NOMOR_TIANG"
    assert detail["promise"]["days"] == 14
    assert {topic["code"] for topic in read("topics")} >= {"perhubungan", "adminduk"}
    Service.objects.filter(code="PJU").update(active=False)
    forget_all()
    problem(Client().get(f"{API}/services/PJU"), 404)
    problem(Client().get(f"{API}/services/TIDAK-ADA"), 404)


def test_places_are_found_by_name_and_code() -> None:
    assert [place["full_name"] for place in read("places", q="MALANG", limit=2)] == ["Kabupaten Malang", "Kota Malang"]
    assert all(place["region_code"] == "35.78" for place in read("places", q="wonokromo", within="35.78"))
    assert read("places/35.07")["level"] == "kabkota"
    assert read("places/35.07")["region_code"] == "35.07"
    assert "Kepanjen" in {place["name"] for place in read("places/35.07/children")}
    assert read("places", q="\x00\x00x") == []
    assert len(read("places", q="sukorejo", limit=3)) == 3
    for path in ("places/99", "places/x", "places/99/children", "places/35.07%00"):
        problem(Client().get(f"{API}/{path}"), 404)


def test_units_are_told_by_region() -> None:
    units = read("units", region="35.07")
    assert DISHUB in {unit["code"] for unit in units}
    assert {unit["region_code"] for unit in units} == {"35.07"}
    assert read("units", region="99.99") == []


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/docs", "/api/v2/cases", "/api/a/%0A", "/api/v1/cases/x/y", "/api/x.json"]
)
def test_every_other_address_is_a_problem(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    problem(strict.get(path), 404)
    problem(strict.post(path), 404)


@pytest.mark.parametrize("path", ["cases", "cases/JT-0000-000", "services", "openapi.json"])
def test_other_methods_are_refused_and_told(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        answer = strict.generic(method, f"{API}/{path}")
        problem(answer, 405)
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert strict.options(f"{API}/{path}").status_code == 204
    assert strict.head(f"{API}/topics").content == b""


def test_too_many_fields_are_a_problem() -> None:
    problem(Client().get(f"{API}/cases?{'x=1&' * 300}"), 400)


def test_scripts_of_every_site_may_read() -> None:
    assert Client().get(f"{API}/topics").headers["Access-Control-Allow-Origin"] == "*"


def test_the_description_names_every_call() -> None:
    document = Client().get(f"{API}/openapi.json").json()
    assert set(document["paths"]) == {
        f"{API}/{path}"
        for path in (
            "cases", "cases/{number}", "topics", "services", "services/{code}", "places", "places/{code}",
            "places/{code}/children", "units",
        )
    }  # fmt: skip


def test_queries_do_not_grow_with_the_rows() -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            read(path)
        return len(captured)

    first = a_case()
    read(f"cases/{first.number}")
    one = queries("cases")
    a_case()
    a_case(stage=Stage.CLOSED)
    assert queries("cases") == one == 1
    assert queries(f"cases/{first.number}") == 2
