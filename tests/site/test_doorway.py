# SPDX-License-Identifier: EUPL-1.2
"""When too many come, the excess is told at once to wait; whoever is inside is served, and a watchdog always."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from melayani.site import doorway
from melayani.site.doorway import INSIDE, MOST_OUTSIDE, PATIENCE, SURE_AFTER, Doorway, own_listener
from melayani.site.web import plain_get
from tests.portal.paper_browser import Page
from tests.postgres_server import free_port
from tests.site.running import an_instance, page, run, started

FEW = 20


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """What stands behind the door."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"served"]


def a_door(street: "Street", *, patience_for: int = FEW) -> Doorway:
    """The door to that street. Requests take so long that this many outside are just not too many."""
    door = Doorway(application, listener=street.listener)
    door._takes = PATIENCE / (INSIDE + patience_for)
    door._seen = SURE_AFTER
    return door


class Street:
    """A real listener that accepts nobody by itself, so that everybody who comes waits outside."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.people: list[socket.socket] = []

    def come(self, many: int) -> None:
        for _ in range(many):
            self.people.append(socket.create_connection(self.listener.getsockname()))

    def leave(self) -> None:
        for person in self.people:
            person.close()
        self.listener.close()


@pytest.fixture
def street() -> Iterator[Street]:
    """Closed at the end, with everybody in it."""
    made = Street()
    yield made
    made.leave()


def asked(door: Doorway, path: str = "/", method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer."""
    said: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        said.extend((int(status[:3]), dict(headers)))

    body = b"".join(door(plain_get(path) | {"REQUEST_METHOD": method}, start)).decode()
    return said[0], said[1], body


def test_the_door_sends_away_only_while_too_many_wait(street: Street) -> None:
    assert asked(a_door(street)) == (200, {"Content-Type": "text/plain"}, "served")
    street.come(FEW)
    assert a_door(street).waiting() == FEW
    # They are served, but whoever is inside does not stay there with an idle connection.
    assert asked(a_door(street))[:2] == (200, {"Content-Type": "text/plain", "Connection": "close"})
    street.come(1)
    assert asked(a_door(street))[0] == 503
    assert asked(a_door(street), "/status/health")[0] == 200
    # Where requests take less time, more may wait.
    assert asked(a_door(street, patience_for=2 * FEW))[0] == 200
    street.listener.accept()[0].close()
    assert asked(a_door(street))[0] == 200


def test_somebody_who_has_just_come_is_no_crowd(street: Street) -> None:
    """However slow the pages are. The control: a queue that does not go away closes the door in the end."""
    door = a_door(street)
    door._seen = 0
    street.come(FEW + 1)
    answers = []
    for _ in range(SURE_AFTER + 1):
        door._takes = PATIENCE
        answers.append(asked(door)[0])
    assert answers == [200] * SURE_AFTER + [503]
    for _person in range(FEW + 1):
        street.listener.accept()[0].close()
    assert asked(door)[0] == 200
    street.come(1)
    door._takes = PATIENCE
    assert asked(door)[0] == 200


def test_before_the_kernel_turns_people_away_we_do(street: Street) -> None:
    street.come(MOST_OUTSIDE)
    assert asked(a_door(street, patience_for=10**9))[0] == 200
    street.come(1)
    assert asked(a_door(street, patience_for=10**9))[0] == 503


def test_the_door_learns_how_long_a_request_takes(street: Street) -> None:
    door = a_door(street)
    learnt = door._takes
    for _ in range(100):
        asked(door)
    assert door._takes < learnt / 50
    street.come(FEW + 1)
    assert asked(door)[0] == 200


def test_control_without_a_look_outside_everybody_is_let_in(street: Street) -> None:
    street.come(FEW + 1)
    blind = a_door(street)
    blind._listener = None
    assert asked(blind)[0] == 200


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/kasus", "id", "Sedang sangat ramai"),
        ("/enak", "id", "Sedang sangat ramai"),
        ("/en/lapor", "en", "very crowded"),
        ("/en", "en", "very crowded"),
        ("/jv/", "jv", "Saweg rame sanget"),
        ("", "id", "Sedang sangat ramai"),
        ("/\x00\xff", "id", "Sedang sangat ramai"),
    ],
)
def test_people_are_told_in_the_language_of_the_address(street: Street, path: str, language: str, words: str) -> None:
    street.come(FEW + 1)
    status, headers, body = asked(a_door(street), path)
    told = Page(body)
    assert (status, told.all("html")[0]["lang"], headers["Content-Language"]) == (503, language, language)
    assert words in told.text
    assert (headers["Retry-After"], headers["Connection"]) == ("5", "close")
    assert headers["Content-Length"] == str(len(body.encode()))
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_machines_are_told_in_their_own_form_and_a_form_keeps_its_connection(street: Street) -> None:
    street.come(FEW + 1)
    door = a_door(street)
    status, headers, body = asked(door, "/open311/v2/requests.json", "POST")
    assert (status, json.loads(body)[0]["code"], headers["Retry-After"]) == (503, "503", "5")
    assert "Connection" not in headers
    assert json.loads(asked(door, "/api/v1/cases")[2])["status"] == 503


def test_a_process_finds_its_own_listener(street: Street, tmp_path: Path) -> None:
    def open_files() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    with (tmp_path / "a-file").open("w"):
        before = open_files()
        found = own_listener()
        assert found is not None
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        found.close()
        # A second handle on a file would keep its lock when the first is closed.
        assert open_files() == before


def test_where_the_kernel_says_nothing_everybody_is_let_in(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    street.come(FEW + 1)
    monkeypatch.delattr(socket, "TCP_INFO")
    assert asked(Doorway(application))[0] == 200


def crowd(port: int, *, many: int, seconds: float) -> "tuple[Counter[int], float]":
    """So many visitors who ask again and again, each time by a new connection: the answers, and the longest 503."""
    answers: Counter[int] = Counter()
    longest = [0.0]
    until = time.monotonic() + seconds

    def visit() -> None:
        while time.monotonic() < until:
            begun = time.monotonic()
            answer = requests.get(f"http://127.0.0.1:{port}/kasus", headers={"Connection": "close"}, timeout=30)
            answers[answer.status_code] += 1
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "5"
                longest[0] = max(longest[0], time.monotonic() - begun)

    visitors = [threading.Thread(target=visit) for _ in range(many)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return answers, longest[0]


@pytest.mark.once
@pytest.mark.prove
def test_a_crowd_gets_quick_answers_and_a_second_later_everything_is_as_before(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    assert run("seed", "--data", folder, "--cases", "500").returncode == 0
    port = free_port()
    with started("web", "--data", folder, "--port", str(port), "--workers", "1"):
        page(f"http://127.0.0.1:{port}/status/health")
        answers, longest = crowd(port, many=3 * INSIDE, seconds=6)
        assert answers[503] > 0
        assert answers[200] > 50
        assert set(answers) == {200, 503}
        assert longest < 10
        begun = time.monotonic()
        assert page(f"http://127.0.0.1:{port}/kasus").status_code == 200
        assert time.monotonic() - begun < 10


def test_inside_is_more_than_a_burst_and_less_than_a_long_wait() -> None:
    """What the figures of the decision rest on: changing one means measuring again."""
    assert (INSIDE, PATIENCE, MOST_OUTSIDE, doorway.RETRY_AFTER) == (128, 2.0, 512, "5")
