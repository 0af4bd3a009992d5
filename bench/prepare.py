# SPDX-License-Identifier: EUPL-1.2
"""Runs inside the instance: makes a client key, an officer's session and samples of numbers; counts SQL per path."""

import json
import os
import sys
from datetime import UTC, datetime
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "melayani.site.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402  # Django must be set up first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402  # Django must be set up first
from django.db import connection  # noqa: E402  # Django must be set up first
from django.db.models import Count  # noqa: E402  # Django must be set up first
from django.test import Client  # noqa: E402  # Django must be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402  # Django must be set up first

from bench.bodies import create_body  # noqa: E402  # Django must be set up first
from bench.limits import BenchRow  # noqa: E402  # Django must be set up first
from melayani.cases.models import Case  # noqa: E402  # Django must be set up first
from melayani.government.actions import create_client, create_officer  # noqa: E402  # Django must be set up first
from melayani.government.models import Officer, Unit  # noqa: E402  # Django must be set up first

# More than stand on a page of the work list.
LISTED = 60


def busiest_unit() -> Unit:
    """The unit with the most cases: the longest work list."""
    found = Case.objects.exclude(stage="CLOSED").values("unit_id").annotate(n=Count("id")).order_by("-n").first()
    if found is None:
        raise SystemExit("no cases were seeded")
    return Unit.objects.get(pk=found["unit_id"])


def lend_cases(unit: Unit) -> None:
    """The unit has a full page of open cases: of a thousand it has too few, and a shorter page is a faster one."""
    lacking = LISTED - Case.objects.filter(unit=unit).exclude(stage="CLOSED").count()
    if lacking > 0:
        others = Case.objects.exclude(unit=unit).filter(stage__in=("ROUTED", "TAKEN")).order_by("-id")
        lent = list(others.values_list("id", flat=True)[:lacking])
        Case.objects.filter(id__in=lent).update(unit=unit, unit_name=unit.name)


def session_of(officer: Officer) -> str:
    """A session cookie as the login would give it."""
    store = SessionStore()
    store[SESSION_KEY] = str(officer.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def sql_of(path: str, *, cookie: str = "", body: dict[str, str] | None = None, warm: bool = True) -> int:
    """How many statements a request needs (a warm one: the second); raises SystemExit when it is not answered well."""
    client = Client(HTTP_HOST="127.0.0.1")
    if cookie:
        client.cookies["sessionid"] = cookie.partition("=")[2]
    for _ in range(2 if warm else 1):
        with CaptureQueriesContext(connection) as seen:
            if body is None:
                answer = client.get(path)
            else:
                answer = client.post(path, urlencode(body), content_type="application/x-www-form-urlencoded")
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return len(seen)


def main() -> None:
    """Prints one JSON object."""
    with connection.schema_editor() as editor:
        editor.create_model(BenchRow)
    now = datetime.now(UTC)
    key = create_client(code="bench", name="Bench", at=now)
    unit = busiest_unit()
    create_officer(
        username="bench.petugas", name="Petugas Bench", unit_code=unit.code, password="bench-kata-sandi-panjang",
        roles=("officer", "head"), by="bench", at=now,
    )  # fmt: skip
    session = session_of(Officer.objects.get(username="bench.petugas"))
    public = list(Case.objects.filter(visibility="PUBLIC").order_by("-id").values_list("number", flat=True)[:20000])
    staff = list(Case.objects.filter(unit=unit).order_by("-id").values_list("number", flat=True)[:2000])
    # The list is of a full page; the cases that are opened are the own ones.
    lend_cases(unit)
    ids = list(Case.objects.order_by("-id").values_list("id", flat=True)[:5000])
    cookie = f"sessionid={session}"
    sql = {
        "create": sql_of("/open311/v2/requests.json", body=create_body(key, 0)),
        "public_case": sql_of(f"/kasus/{public[0]}"),
        "public_case_first": sql_of(f"/kasus/{public[1]}", warm=False),
        "staff_list": sql_of("/meja/daftar/unit", cookie=cookie),
        "staff_case": sql_of(f"/meja/kasus/{staff[0]}", cookie=cookie),
    }
    json.dump({"key": key, "session": session, "public": public, "staff": staff, "ids": ids, "sql": sql}, sys.stdout)


if __name__ == "__main__":
    main()
