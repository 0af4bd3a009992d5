# SPDX-License-Identifier: EUPL-1.2
"""Large and hostile requests at the running program: refused before they are read, and memory stays flat."""

import io
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
import requests
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from melayani.site.middleware import body_cap
from tests.portal.paper_browser import Page
from tests.postgres_server import free_port
from tests.site.running import an_instance, page, processes_of, started
from tests.some_files import a_photo, pretenders

MOST = 70_000_000
MB = 1_000_000


# In this process


def answered(length: str, path: str = "/lapor") -> HttpResponse:
    """The answer of the cap alone; what lies behind it says 200."""
    request = RequestFactory().generic("POST", path, b"", CONTENT_LENGTH=length)
    return body_cap(lambda _request: HttpResponse("behind"))(request)


@pytest.mark.parametrize("length", [str(MOST + 1), "9" * 30, f"{MOST + 1:030}"])
def test_a_body_that_says_it_is_too_large_is_a_calm_page(length: str) -> None:
    answer = answered(length)
    assert answer.status_code == 413
    text = Page(answer).text
    assert "Kiriman ini terlalu besar" in text
    assert "kirim fotonya satu per satu" in text


@pytest.mark.parametrize("length", ["", "0", str(MOST), "-1", "x", "²"])
def test_others_go_on(length: str) -> None:
    assert answered(length).content == b"behind"


@pytest.mark.parametrize("path", ["/open311/v2/requests.json", "/api/v1/cases"])
def test_machines_are_told_in_their_own_format(path: str) -> None:
    assert answered(str(MOST + 1), path).content == b"behind"
    answer = Client().post(path, b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(MOST + 1))
    assert answer.status_code in (400, 405)
    assert "html" not in answer.headers["Content-Type"]


def test_the_page_speaks_the_language_of_the_address(client: Client) -> None:
    answer = client.post(
        "/en/lapor", b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(MOST + 1)
    )
    assert answer.status_code == 413
    assert b'<html lang="en">' in answer.content


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def sent_file(content: bytes) -> tuple[IO[bytes], int]:
    """The file as a page gets it, and its size."""
    request = RequestFactory().post("/lapor", {"foto": io.BytesIO(content)})
    [file] = request.FILES.getlist("foto")
    assert file.size is not None
    assert file.file is not None
    return file.file, file.size


def test_a_file_on_its_way_has_no_name_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    content = a_photo() * 500
    file, size = sent_file(content)
    assert (file.read(), size) == (content, len(content))
    assert names(tmp_path) == []
    assert not isinstance(file, io.BytesIO)


def test_control_djangos_own_handlers_would_give_it_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = "django.core.files.uploadhandler.TemporaryFileUploadHandler"
    with override_settings(FILE_UPLOAD_HANDLERS=[own]):
        file, _size = sent_file(a_photo())
        assert len(names(tmp_path)) == 1
        file.close()


# The running program


@dataclass(frozen=True)
class Serving:
    """The program at work, and its processes."""

    address: str
    folder: Path

    def memory(self) -> dict[int, int]:
        """The most that each of its processes ever had, in bytes."""
        return {number: _status(number, "VmHWM") for number in processes_of(self.folder)}

    def grown(self, before: dict[int, int]) -> int:
        """By how much the process that grew most has grown."""
        return max(most - before[number] for number, most in self.memory().items())

    def form(self) -> tuple[requests.Session, dict[str, str]]:
        """A visitor at the step of the photos, and what the form carries."""
        visitor = requests.Session()
        html = visitor.get(f"{self.address}/lapor", timeout=20).text
        fields = dict(re.findall(r'name="(csrfmiddlewaretoken|kiriman)" value="([^"]+)"', html))
        return visitor, {**fields, "langkah": "foto", "tuju": "tambah", "cerita": "Lampu jalan padam."}


def _status(number: int, name: str) -> int:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) * 1024


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One web worker on SQLite."""
    folder = an_instance(tmp_path_factory.mktemp("uploads") / "d")
    port = free_port()
    with started("web", "--data", folder, "--port", str(port), "--workers", "1"):
        assert page(f"http://127.0.0.1:{port}/lapor").status_code == 200
        yield Serving(f"http://127.0.0.1:{port}", folder)


@pytest.mark.once
def test_too_large_a_request_is_answered_before_it_is_sent(serving: Serving) -> None:
    """Only its head is sent; an answer that waited for the body would never come."""
    before = serving.memory()
    host, port = serving.address.removeprefix("http://").split(":")
    head = (
        f"POST /lapor HTTP/1.1\r\nHost: {host}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {10 * MOST}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(head.encode() + bytes(100_000))
        assert line.recv(200).startswith(b"HTTP/1.1 413 ")
    assert serving.grown(before) < 10 * MB


@pytest.mark.once
def test_memory_stays_flat_whatever_is_sent_as_photos(serving: Serving) -> None:
    visitor, fields = serving.form()
    # What is imported for the first photo is no growth of the second.
    warm = visitor.post(f"{serving.address}/lapor", data=fields, files=[("foto", ("a.jpg", a_photo()))], timeout=60)
    assert warm.status_code == 200
    before = serving.memory()
    bad = pretenders()
    hostile = [("foto", (f"{n}.jpg", bad[name])) for n, name in enumerate(("bomb", "text chunk bomb", "cut jpeg"))]
    large = [("foto", (f"{n}.jpg", a_photo(shade=n) + bytes(11 * MB))) for n in range(1, 4)]
    answer = visitor.post(f"{serving.address}/lapor", data=fields, files=[*hostile, *large], timeout=120)
    assert answer.status_code == 422
    assert answer.text.count("/lapor/foto/") == 4
    assert "Lampu jalan padam." in answer.text
    assert answer.text.count("Berkas ini rusak atau bukan foto") >= 2
    # Less than two of the files; all of them together are 33 MB, and unfolded many hundred.
    assert serving.grown(before) < 30 * MB
