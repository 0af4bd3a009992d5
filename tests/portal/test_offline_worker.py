# SPDX-License-Identifier: EUPL-1.2
"""The worker of the browser: where it may look, what it keeps, and that its bytes change when that changes."""

import re
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from melayani.catalogue.models import Topic
from melayani.ground.memo import forget_all
from melayani.portal.pages import offline_worker
from melayani.portal.pages.offline_form import PAGES
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
ADDRESS = "/lapor-sw.js"
# What would keep the answers to people: any way to put something on the shelf but the list at the start.
KEEPING = re.compile(r"\.(?:put|add)\(|addAll\(")


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """No page of an earlier test, and none left for a later one."""
    PAGES.clear()
    yield
    PAGES.clear()


def got(client: Client, address: str = ADDRESS) -> HttpResponse:
    answer = client.get(address)
    assert isinstance(answer, HttpResponse)
    return answer


def shell(code: str) -> list[str]:
    """The addresses that it keeps."""
    form, files = re.search(r'const FORM = "(.*)"', code), re.search(r"const SHELL = \[FORM(.*)\]", code)
    assert form is not None
    assert files is not None
    return [form[1], *re.findall(r'"([^"]+)"', files[1].replace(r"\u002D", "-"))]


def test_headers(client: Client) -> None:
    headers = got(client).headers
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    # It stays below its own folder, so it needs no permission to see more.
    assert "Service-Worker-Allowed" not in headers
    assert "worker-src 'self'" in headers["Content-Security-Policy"]
    assert "'unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_names_a_worker_that_may_see_the_filing_pages_and_nothing_else(client: Client, prefix: str) -> None:
    answer = client.get(f"{prefix}/lapor")
    assert isinstance(answer, HttpResponse)
    script = next(one for one in Page(answer).all("script") if "data-worker" in one)
    assert script["data-worker"] == f"{prefix}{ADDRESS}"
    assert script["data-scope"] == f"{prefix}/lapor"
    # A browser lets a worker see what lies below the folder of its script.
    assert script["data-scope"].startswith(script["data-worker"].rpartition("/")[0] + "/")
    # Receipt, own case and public pages lie elsewhere or are never kept.
    for name in ("follow-case", "cases", "home", "status"):
        assert not reverse(f"portal:{name}").startswith("/lapor")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_it_keeps_the_empty_form_and_its_files_only(client: Client, prefix: str) -> None:
    code = got(client, prefix + ADDRESS).content.decode()
    kept = shell(code)
    assert kept[0] == f"{prefix}/lapor/luring"
    page = Page(got(client, kept[0]))
    needed = {link["href"] for link in page.all("link")} | {script["src"] for script in page.all("script")}
    assert set(kept[1:]) == needed
    assert len(KEEPING.findall(code)) == 1
    assert "kept.addAll(SHELL)" in code


def test_control_another_way_to_keep_is_seen(client: Client) -> None:
    code = got(client).content.decode()
    assert len(KEEPING.findall(code + "cache.put(request, answer.clone());")) == 2


def test_a_browser_is_told_that_nothing_changed(client: Client) -> None:
    etag = got(client).headers["ETag"]
    PAGES.clear()
    again = client.get(ADDRESS, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert not again.content


def test_its_bytes_change_with_the_choices_of_the_form(client: Client) -> None:
    before = got(client)
    Topic.objects.filter(code=Topic.objects.order_by("code").values("code")[:1]).update(name="Nama yang baru")
    forget_all()
    PAGES.clear()
    after = got(client)
    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]


def test_its_bytes_change_with_the_files_of_the_form(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = got(client).content
    monkeypatch.setattr(offline_worker, "FILES", offline_worker.FILES[:2])
    assert got(client).content != before


def test_each_language_keeps_its_own(client: Client) -> None:
    ours = [
        re.search(r'const OURS = "(.*)"', got(client, address).content.decode())
        for address in (ADDRESS, "/en" + ADDRESS)
    ]
    assert ours[0] is not None
    assert ours[1] is not None
    assert ours[0][1] != ours[1][1]
    assert not ours[0][1].startswith(ours[1][1])


def test_it_is_only_read(client: Client) -> None:
    assert client.post(ADDRESS).status_code == 405
    assert client.head(ADDRESS).status_code == 200
