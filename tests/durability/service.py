# SPDX-License-Identifier: EUPL-1.2
"""The whole service under load: web workers and worker that can be killed, citizens and clients who file until they are
told a number, and somebody who reads every checkpoint.
"""

import html
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from melayani.ledger.checkpoint import parse_checkpoint
from melayani.ledger.note import split_note
from tests.durability.stories import PLACE, story
from tests.postgres_server import free_port
from tests.site.running import PROGRAM, environment

ROOT = Path(__file__).resolve().parents[2]
_HIDDEN = re.compile(r'name="(nomor|kunci|csrfmiddlewaretoken)" value="([^"]+)"')


@dataclass(frozen=True)
class Told:
    """What somebody who filed was told: number, key (empty for a client), and when it was sent (monotonic seconds)."""

    number: str
    key: str
    n: int
    sent_at: float
    tries: int


class Service:
    """Web workers and worker of one instance, each a process group of its own, as a manager of services runs them."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.settings = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, what: str) -> None:
        """`web` or `work` runs; what it says is not kept."""
        more = ("--port", str(self.port), "--workers", "2") if what == "web" else ()
        self._running[what] = subprocess.Popen(
            [*PROGRAM, what, *more],
            env=environment(**self.settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, what: str) -> None:
        """`web` or `work` is gone at once, with all its processes and without any chance to say goodbye."""
        process = self._running.pop(what)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def until_up(self) -> None:
        """Waits until pages are answered."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.url}/status/health", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError("no page was answered for a minute")

    def stop(self) -> None:
        """Nothing of it runs any more."""
        for what in list(self._running):
            self._running[what].terminate()
        for what in list(self._running):
            try:
                self._running[what].wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill(what)
        self._running.clear()


@contextmanager
def serving(settings: dict[str, str]) -> Iterator[Service]:
    """A service that answers; gone afterwards."""
    service = Service(settings)
    try:
        service.start("web")
        service.start("work")
        service.until_up()
        yield service
    finally:
        service.stop()


class Citizen:
    """Files by the form, in a browser that keeps its cookies."""

    def __init__(self, service: Service) -> None:
        self._service, self._browser, self._mark = service, requests.Session(), ""

    def file(self, n: int, token: str) -> tuple[str, str] | int:
        """Number and key, or the status of another answer."""
        answer = self.post("/lapor", {
            "langkah": "periksa", "tuju": "kirim", "kiriman": token, "cerita": story(n), "jenis": "PENGADUAN",
            "tentang": "", "tempat": PLACE, "privasi": "anonim",
        })  # fmt: skip
        found = {name: html.unescape(value) for name, value in _HIDDEN.findall(answer.text)}
        if answer.status_code != 200 or "nomor" not in found:
            return answer.status_code
        return found["nomor"], found["kunci"]

    def post(self, path: str, fields: dict[str, str]) -> requests.Response:
        """The answer to a form of the site."""
        if not self._mark:
            page = self._browser.get(f"{self._service.url}/lapor", timeout=10)
            self._mark = dict(_HIDDEN.findall(page.text)).get("csrfmiddlewaretoken", "")
        data = {**fields, "csrfmiddlewaretoken": self._mark}
        return self._browser.post(f"{self._service.url}{path}", data=data, timeout=10)


class Client:
    """Files by Open311."""

    def __init__(self, service: Service, key: str) -> None:
        self._service, self._key, self._session = service, key, requests.Session()

    def file(self, n: int, token: str) -> tuple[str, str] | int:
        """The number (clients are told no key), or the status of another answer."""
        fields = {
            "api_key": self._key, "service_code": "JALAN-PROV", "lat": "-8.1301", "long": "112.5702",
            "description": story(n),
        }  # fmt: skip
        answer = self._session.post(
            f"{self._service.url}/open311/v2/requests.json", data=fields, headers={"Idempotency-Key": token}, timeout=10
        )
        if answer.status_code != 200:
            return answer.status_code
        return str(answer.json()[0]["service_request_id"]), ""


@dataclass
class Load:
    """People and clients who file one after the other, and send the same again until they are answered."""

    told: list[Told] = field(default_factory=list)
    # What was answered instead of a number, by status.
    others: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    # Filings that were sent once more after their answer, and those that then were told something else.
    repeated: int = 0
    contradicted: list[str] = field(default_factory=list)
    stopping: bool = False
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, service: Service, key: str, *, pause: float, first: int = 0) -> None:
        """Two citizens and two clients file; `pause` in seconds after each filing."""
        who = [Citizen(service), Citizen(service), Client(service, key), Client(service, key)]
        for number, somebody in enumerate(who):
            start = first + number * 10_000
            self._threads.append(threading.Thread(target=self._file, args=(somebody, start, pause)))
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Everybody has been answered to what they were sending, and goes."""
        self.stopping = True
        for thread in self._threads:
            thread.join(timeout=120)
            assert not thread.is_alive(), "somebody was never answered"

    def _file(self, somebody: Citizen | Client, n: int, pause: float) -> None:
        while not self.stopping:
            n += 1
            told = self._until_told(somebody, n)
            self.told.append(told)
            if n % 4 == 0:
                again = self._until_told(somebody, n)
                self.repeated += 1
                if (again.number, again.key) != (told.number, told.key):
                    self.contradicted.append(f"{told.number} became {again.number}")
            time.sleep(pause)

    def _until_told(self, somebody: Citizen | Client, n: int) -> Told:
        token = f"ketahanan-{os.getpid()}-{n:08}"
        tries = 0
        while True:
            tries += 1
            sent_at = time.monotonic()
            try:
                answer = somebody.file(n, token)
            except requests.RequestException:
                self.broken += 1
            else:
                if not isinstance(answer, int):
                    return Told(*answer, n, sent_at, tries)
                self.others[answer] += 1
            time.sleep(0.1)


@dataclass
class Watch:
    """Somebody who reads the checkpoint all the time: when each size was first seen, and the note itself."""

    url: str
    seen: list[tuple[float, int, bytes]] = field(default_factory=list)
    stopping: bool = False

    def run(self) -> None:
        """Reads until told to stop."""
        session = requests.Session()
        while not self.stopping:
            try:
                answer = session.get(f"{self.url}/ledger/checkpoint", timeout=5)
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if answer.status_code == 200 and (not self.seen or answer.content != self.seen[-1][2]):
                size = parse_checkpoint(split_note(answer.content).text).size
                self.seen.append((time.monotonic(), size, answer.content))
            time.sleep(0.05)

    @property
    def size(self) -> int:
        """The largest size seen so far."""
        return max((size for _, size, _ in self.seen), default=0)

    def until_grown(self, beyond: int, *, within: float = 60) -> None:
        """Waits until a checkpoint of more leaves was read."""
        until = time.monotonic() + within
        while self.size <= beyond:
            assert time.monotonic() < until, "no new checkpoint"
            time.sleep(0.02)

    def notes(self) -> list[bytes]:
        """Every checkpoint that was read."""
        return [note for _, _, note in self.seen]


@contextmanager
def watching(service: Service) -> Iterator[Watch]:
    """Somebody reads the checkpoints meanwhile."""
    watch = Watch(service.url)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield watch
    finally:
        watch.stopping = True
        thread.join(timeout=30)


def inside(settings: dict[str, str], program: str) -> str:
    """What a small program prints inside the instance."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{program}"],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


def new_client(settings: dict[str, str]) -> str:
    """The key of a client that may file by Open311."""
    return inside(
        settings,
        "from melayani.government.actions import create_client; from melayani.ground.clock import now\n"
        f"print(create_client(code='uji-{os.urandom(4).hex()}', name='Uji ketahanan', at=now()))",
    )


def leaf_indexes(settings: dict[str, str]) -> dict[str, int | None]:
    """The place of each filing in the tree, by number of the case."""
    found: dict[str, int | None] = json.loads(
        inside(
            settings,
            "import json; from melayani.cases.models import Event\n"
            "rows = Event.objects.filter(sequence=0).values_list('case__number', 'entry__leaf_index')\n"
            "print(json.dumps(dict(rows)))",
        )
    )
    return found


def until_sealed(settings: dict[str, str], *, within: float = 60) -> None:
    """Waits until every filing is in the tree: all of them are public."""
    until = time.monotonic() + within
    while any(index is None for index in leaf_indexes(settings).values()):
        assert time.monotonic() < until, "not everything was sealed"
        time.sleep(0.2)


def afterwards(
    settings: dict[str, str],
    told: Sequence[Told],
    *,
    notes: Sequence[bytes] = (),
    tokens: int | None = None,
    spoil: Sequence[str] = (),
) -> dict[str, Any]:
    """What is found in the instance (`afterwards.py`), which goes on for one case more."""
    question = {
        "folder": None,
        "acknowledged": [[each.number, each.key, each.n, False] for each in told],
        "published": [note.hex() for note in notes],
        "tokens": tokens,
        "spoil": list(spoil),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.durability.afterwards"],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        input=json.dumps(question) + "\n", cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
