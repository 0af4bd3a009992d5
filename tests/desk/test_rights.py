# SPDX-License-Identifier: EUPL-1.2
"""Every cell of the table of rights, asked with a real request; and a route that the table does not know is caught."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, get_resolver, path

from melayani.cases import actions, desk_queries
from melayani.cases.desk_queries import actor_for
from melayani.cases.files import keep_upload
from melayani.cases.models import Attachment, Case, Event, ReplyTemplate
from melayani.cases.rules import Identity, Outcome, Visibility
from melayani.desk import rights, urls
from melayani.desk.access import Visit, guarded
from melayani.desk.rights import CASE_RIGHTS, PAGE_RIGHTS, READ, STRANGERS, Relation, Verdict
from melayani.government.actions import create_client
from melayani.government.models import Officer, Unit
from melayani.government.rules import Role
from tests.builders import ANSWER, DESK, DISHUB, a_case, an_officer
from tests.conftest import MONDAY
from tests.desk.visiting import browser

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PDF = b"%PDF-1.4\n1 0 obj << >> endobj"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


# What stands in the URLconf, and that nothing is missing in the table.


def mounted() -> Iterator[URLPattern]:
    """Every route of the desk as the site mounts it."""
    for pattern in get_resolver().url_patterns:
        for inner in getattr(pattern, "url_patterns", ()):
            if getattr(inner, "app_name", "") == "desk":
                yield from inner.url_patterns


def undeclared(patterns: Iterator[URLPattern] | list[URLPattern]) -> list[str]:
    """The routes about which the table says nothing."""
    return [str(p.name) for p in patterns if p.name not in CASE_RIGHTS and p.name not in PAGE_RIGHTS]


def test_every_route_is_declared_and_every_declaration_is_mounted() -> None:
    names = {str(pattern.name) for pattern in mounted()}
    assert undeclared(mounted()) == []
    assert names == set(CASE_RIGHTS) | set(PAGE_RIGHTS)


def test_control_an_undeclared_route_is_caught() -> None:
    def page(request: HttpRequest, visit: Visit) -> HttpResponse:
        return HttpResponse("open to all")

    assert undeclared([*mounted(), path("meja/rahasia", page, name="secrets")]) == ["secrets"]
    with pytest.raises(ImproperlyConfigured):
        guarded("secrets", page)
    with pytest.raises(ImproperlyConfigured):
        urls.route("meja/rahasia", page, "secrets")


# Pages about a case: who stands how to it.


@dataclass(frozen=True)
class Scene:
    """A case and an officer with one role, in the relation asked for."""

    case: Case
    officer: Officer


def a_scene(role: Role, relation: Relation) -> Scene:
    """An officer with `role` in one unit, and a public, named case that stands to that unit in `relation`.

    UNIT: street lights at Kepanjen, held by Dishub. DESK: the same case and its triage desk. UNIT_AND_DESK: the desk
    has assigned a case to itself. NONE: another unit.
    """
    case = a_case(identity=Identity.NAMED, name="Sari Wulandari")
    evidence = keep_upload(token="bukti", sent=PDF, at=MONDAY, pdf=True)
    worker = actor_for(an_officer("ratih"))
    actions.note_progress(number=case.number, text="Terlampir.", by=worker, at=MONDAY, uploads=[evidence])
    if relation is Relation.UNIT_AND_DESK:
        sorter = actor_for(an_officer("penata", unit=DESK, roles=("triage",)))
        actions.assign_case(number=case.number, unit=DESK, reason="Urusan meja ini.", by=sorter, at=MONDAY)
    homes = {Relation.UNIT: DISHUB, Relation.DESK: DESK, Relation.UNIT_AND_DESK: DESK, Relation.NONE: "35.07.kesehatan"}
    officer = an_officer("tokoh", unit=homes[relation], roles=(role,))
    an_officer("rekan", unit=homes[relation])
    return Scene(case=Case.objects.get(pk=case.pk), officer=officer)


def sent(scene: Scene, route: str) -> dict[str, str]:
    """A form that is right in every respect, so that only the right to send it is tried."""
    version = {"version": str(scene.case.version)}
    # What is held already is not held once more.
    Attachment.objects.filter(case=scene.case).update(released=route == "hold-file")
    return {
        "take-on-case": version,
        "appoint-officer": {**version, "officer": "rekan"},
        "ask-citizen": {**version, "text": "Nomor tiang berapa?"},
        "note-progress": {**version, "text": "Regu berangkat besok pagi."},
        "answer-case": {**version, "text": ANSWER, "outcome": Outcome.SOLVED},
        "refer-case": {**version, "body": "pln", "text": "Urusan ini ditangani PLN. Hubungi 123."},
        "reject-case": {**version, "text": "Ini perkara di pengadilan, bukan pelayanan."},
        "assign-case": {**version, "unit": "35.07.kesehatan", "reason": "Tugas dinas ini.", "about": ""},
        "move-promise": {**version, "day": "2026-06-30", "reason": "Menunggu suku cadang dari pabrik."},
        "release-text": {**version, "sequence": "0", "masked": "Lampu padam."},
        "hold-text": {**version, "sequence": "0"},
        "view-identity": {"reason": "Perlu janji bertemu di lokasi."},
        "note-case": {**version, "text": "Warga sudah menelepon."},
        "release-file": {**version, "name": file_of(scene.case.number)},
        "hold-file": {**version, "name": file_of(scene.case.number)},
        "writing": {"text": ANSWER, "outcome": Outcome.SOLVED},
    }[route]


def file_of(number: str) -> str:
    """The name of a file of the case; one that nobody has when it has none."""
    return Attachment.objects.filter(case__number=number).values_list("name", flat=True).first() or "0" * 32


def expected(route: str, method: str, role: Role, relation: Relation) -> Verdict:
    """What the table says for this cell."""
    if (role, relation) in CASE_RIGHTS[route][method]:
        return Verdict.ALLOW
    return Verdict.DENY if (role, relation) in READ else Verdict.HIDE


# Acts that are none of the case: nothing of them is kept.
LEAVES_NOTHING = frozenset({"writing"})
STATUS = {Verdict.ALLOW: (200, 302), Verdict.DENY: (403,), Verdict.HIDE: (404,)}
CASE_CELLS = [
    (route, method, role, relation)
    for route, methods in CASE_RIGHTS.items()
    for method in methods
    for role in Role
    for relation in Relation
]


def address_of(route: str, number: str) -> str:
    """The address of a case route."""
    pattern = next(pattern for pattern in mounted() if pattern.name == route)
    parts = {"<str:number>": number, "<slug:name>": file_of(number), "<int:template>": "1"}
    return _with_parts("/" + str(pattern.pattern), parts)


def _with_parts(address: str, parts: Mapping[str, str]) -> str:
    for placeholder, value in parts.items():
        address = address.replace(placeholder, value)
    return address


def asked(scene: Scene, route: str, method: str) -> int:
    """The status of the real request."""
    client = browser(scene.officer)
    where = address_of(route, scene.case.number)
    response = client.get(where) if method == "GET" else client.post(where, sent(scene, route))
    return response.status_code


@pytest.mark.parametrize(("route", "method", "role", "relation"), CASE_CELLS)
def test_every_cell_of_the_case_routes(route: str, method: str, role: Role, relation: Relation) -> None:
    scene = a_scene(role, relation)
    before = Event.objects.count()
    verdict = expected(route, method, role, relation)
    assert asked(scene, route, method) in STATUS[verdict]
    if verdict is not Verdict.ALLOW or method == "GET" or route in LEAVES_NOTHING:
        assert Event.objects.count() == before
    else:
        assert Event.objects.count() == before + 1


@pytest.mark.parametrize("relation", Relation)
def test_a_secret_case_has_the_same_readers(relation: Relation) -> None:
    """Secret hides a case from the public, not from the unit that answers it; another unit gets 404 as ever."""
    scene = a_scene(Role.OFFICER, relation)
    Case.objects.filter(pk=scene.case.pk).update(visibility=Visibility.SECRET)
    readable = relation in (Relation.UNIT, Relation.UNIT_AND_DESK)
    assert asked(scene, "case", "GET") == (200 if readable else 404)


def test_control_a_table_that_opens_too_much_meets_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the table to open cases of other units, the query layer would still hide them, and the test above fail."""
    opened = {**CASE_RIGHTS, "case": {"GET": READ | {(Role.OFFICER, Relation.NONE)}}}
    monkeypatch.setattr(rights, "CASE_RIGHTS", opened)
    assert asked(a_scene(Role.OFFICER, Relation.NONE), "case", "GET") == 404


def test_control_a_query_that_opens_too_much_meets_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the query layer to give every case to everybody, the table would still hide them."""
    monkeypatch.setattr(desk_queries, "readable", lambda actor: Q())  # noqa: ARG005  # stands for the real one
    assert asked(a_scene(Role.OFFICER, Relation.NONE), "case", "GET") == 404
    assert asked(a_scene(Role.ADMINISTRATOR, Relation.UNIT), "case", "GET") == 404


def test_hidden_and_absent_look_the_same() -> None:
    scene = a_scene(Role.OFFICER, Relation.NONE)
    client = browser(scene.officer)
    hidden = client.get(address_of("case", scene.case.number))
    absent = client.get(address_of("case", "JT-0000-000"))
    assert hidden.status_code == absent.status_code == 404
    assert _without_address(hidden.content) == _without_address(absent.content)


def _without_address(content: bytes) -> bytes:
    without_number = re.sub(rb"JT-[0-9A-Z]{4}-[0-9A-Z]{3}", b"JT", content)
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", without_number)


# Pages that are not about a case.

PLACEHOLDERS = {"<slug:which>": "unit", "<str:username>": "rekan", "<int:year>": "2026"}
PLACEHOLDERS |= {
    "<str:unit>": DISHUB, "<str:place>": "35.07.13", "<str:service>": "PJU", "<str:topic>": "perhubungan",
    "<str:rule>": "R038", "<str:client>": "sistem", "<slug:profile>": "sp4n-2025",
}  # fmt: skip
PAGE_CELLS = [
    (route, method, role)
    for route, methods in PAGE_RIGHTS.items()
    for method, allowed in methods.items()
    for role in Role
    if allowed != STRANGERS
]


def page_address(route: str) -> str:
    """The address of a page, for the sample names."""
    pattern = next(pattern for pattern in mounted() if pattern.name == route)
    upload = keep_upload(token="bukti", sent=PDF, at=MONDAY, pdf=True)
    template = ReplyTemplate.objects.filter(unit=None).order_by("id")[0]
    parts = {**PLACEHOLDERS, "<slug:name>": upload.name, "<int:template>": str(template.pk)}
    return _with_parts("/" + str(pattern.pattern), parts)


@pytest.mark.parametrize(("route", "method", "role"), PAGE_CELLS)
def test_every_cell_of_the_other_pages(route: str, method: str, role: Role) -> None:
    an_officer("rekan")
    create_client(code="sistem", name="Sistem", at=MONDAY)
    officer = an_officer("tokoh", unit="35.kominfo", roles=(role,))
    client = browser(officer)
    where = page_address(route)
    response = client.get(where) if method == "GET" else client.post(where, {})
    allowed = PAGE_RIGHTS[route][method]
    if isinstance(allowed, str) or role in allowed:
        assert response.status_code in (200, 302, 400)  # 400: an empty form
    else:
        assert response.status_code == 403
        assert "bukan wewenang Anda" in response.content.decode()


@pytest.mark.parametrize("route", sorted({*CASE_RIGHTS, *PAGE_RIGHTS} - {"login"}))
def test_strangers_go_to_the_login_and_other_methods_are_refused(route: str) -> None:
    rights_of = CASE_RIGHTS.get(route) or PAGE_RIGHTS[route]
    where = address_of(route, a_case().number) if route in CASE_RIGHTS else page_address(route)
    stranger, insider = browser(), browser(an_officer("tokoh", unit="35.kominfo", roles=tuple(Role)))
    before = Event.objects.count()
    for method in METHODS:
        response = stranger.generic(method, where)
        if method in rights_of:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/masuk")
        else:
            assert response.status_code == 405
            assert insider.generic(method, where).status_code == 405
    assert Event.objects.count() == before


def test_an_officer_without_roles_sees_nothing() -> None:
    officer = Officer.objects.create(username="tamu", name="Tamu", unit=Unit.objects.get(code=DISHUB))
    client = browser(officer)
    assert client.get(address_of("case", a_case().number)).status_code == 404
    assert client.get("/meja").status_code == 403
    assert client.post("/keluar").status_code == 302


def test_the_best_of_several_roles_counts() -> None:
    scene = a_scene(Role.INSPECTORATE, Relation.UNIT)
    assert asked(scene, "note-progress", "POST") == 403
    an_officer("tokoh", roles=("officer",))
    assert asked(scene, "note-progress", "POST") == 302


def test_the_regions_of_an_administrator_are_those_of_the_units() -> None:
    local = actor_for(an_officer("lokal", unit=DESK, roles=("administrator",)))
    provincial = actor_for(an_officer("yusuf", unit="35.kominfo", roles=("administrator", "officer")))
    assert rights.administered_regions(local) == {"35.07"}
    assert rights.administered_regions(provincial) == {"35"}
