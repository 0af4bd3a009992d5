# SPDX-License-Identifier: EUPL-1.2
"""Pages to read: services, privacy, about, accessibility, status, and the feed."""

import xml.etree.ElementTree as ET  # what is parsed here was made by us

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from melayani.catalogue.actions import close_service
from melayani.catalogue.queries import services
from melayani.government.rules import SYSTEM
from melayani.ledger.actions import stamp_positions
from tests.builders import filed
from tests.conftest import MONDAY
from tests.portal.paper_browser import Page

pytestmark = pytest.mark.django_db
READING = ["/layanan", "/layanan/lampu-jalan", "/privasi", "/tentang", "/aksesibilitas", "/status", "/kasus.atom"]


def read(client: Client, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200
    assert isinstance(answer, HttpResponse)
    return Page(answer)


@pytest.mark.parametrize("address", READING)
def test_anybody_reads_and_nobody_sends(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200


def test_every_open_service_is_listed_and_has_its_page(client: Client) -> None:
    listed = {link.get("href") for link in read(client, "/layanan").all("a")}
    rows = services()
    assert rows
    assert {f"/layanan/{row.slug}" for row in rows} <= listed
    for row in rows:
        assert row.name in client.get(f"/layanan/{row.slug}").content.decode().replace("&amp;", "&")


def test_service_shows_six_public_components_its_promise_and_the_way_to_file(client: Client) -> None:
    page = read(client, "/layanan/ktp-elektronik")
    titles = ["Persyaratan", "Sistem, mekanisme", "Jangka waktu", "Biaya atau tarif", "Produk", "Penanganan pengaduan"]
    for title in titles:
        assert title in page.text
    for inner in ("Dasar hukum", "Pengawasan internal", "Jumlah pelaksana", "Evaluasi kinerja"):
        assert inner not in page.text
    assert "Dijawab paling lambat 5 hari kerja sesudah disampaikan." in page.text
    assert "Sumber angka ini" in page.text
    assert "/lapor?layanan=ktp-elektronik" in {link.get("href") for link in page.all("a")}


def test_closed_service_says_so(client: Client) -> None:
    close_service(code="PJU", reason="Sedang diperbarui.", by=SYSTEM, at=MONDAY)
    page = read(client, "/layanan/lampu-jalan")
    assert "Layanan ini sedang tidak menerima laporan." in page.text
    assert "/lapor?layanan=lampu-jalan" not in page.html
    assert "/layanan/lampu-jalan" not in read(client, "/layanan").html


@pytest.mark.parametrize("slug", ["tidak-ada", "x" * 300, "A_b"])
def test_unknown_service_is_a_page_that_says_what_to_do(client: Client, slug: str) -> None:
    answer = client.get(f"/layanan/{slug}")
    assert answer.status_code == 404
    assert "Halaman ini tidak ada" in answer.content.decode()


def test_status_says_how_far_the_ledger_is(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert "Belum ada catatan yang bernomor." in read(client, "/status").text
    filed()
    filed()
    with django_assert_num_queries(2):
        waiting = read(client, "/status").text
    assert "Catatan menunggu nomor 2" in waiting
    stamp_positions()
    text = read(client, "/status").text
    assert "Catatan terakhir nomor 2, dari Senin, 5 Januari 2026, 09.00 WIB." in text
    assert "tidak ada, pengiriman surel belum diatur" in text


def test_privacy_names_data_purpose_time_and_rights(client: Client) -> None:
    text = read(client, "/privasi").text
    for said in ("Apa yang kami simpan", "Berapa lama", "Hak Anda", "UU 27/2022", "3 x 24 jam", "IP"):
        assert said in text


def test_feed_is_atom_and_public_only(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    public, secret = filed().number, filed(visibility="SECRET").number
    with django_assert_num_queries(1):
        answer = client.get("/kasus.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)  # noqa: S314  # made by us a moment ago
    atom = {"a": "http://www.w3.org/2005/Atom"}
    links = [link.get("href", "") for link in feed.findall("a:entry/a:link", atom)]
    assert len(links) == 1
    assert links[0].endswith(f"/kasus/{public}")
    assert secret not in answer.content.decode()
