# SPDX-License-Identifier: EUPL-1.2
"""`make bench`: limits and our paths alternating, ratios against the gates of PERF, and `bench.json`.

`BENCH_CASES` (100000), `BENCH_DB` (sqlite, postgres, both), `BENCH_SECONDS` (6) a measurement, `BENCH_ROUNDS` (3).
"""

import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench import client, ledger
from bench.bodies import create_body
from bench.gates import GATES, Gate
from bench.servers import CHECKOUT, Server, free_port, instance, running

CASES = int(os.environ.get("BENCH_CASES", "100000"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
DATABASES = {"both": ["sqlite", "postgres"]}.get(
    os.environ.get("BENCH_DB", "both"), [os.environ.get("BENCH_DB", "both")]
)
BUSY_CASES = 400
Requests = Callable[[int], Iterator[bytes]]


@dataclass
class Measured:
    """All rounds of one path or limit."""

    loads: list[client.Load] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float]:
        """Medians over the rounds."""
        middle = statistics.median
        return {
            "per_second": round(middle(load.per_second for load in self.loads), 1),
            "p50_ms": round(middle(load.percentile(0.50) for load in self.loads), 2),
            "p95_ms": round(middle(load.percentile(0.95) for load in self.loads), 2),
            "p99_ms": round(middle(load.percentile(0.99) for load in self.loads), 2),
            "cpu_ms": round(middle(self.cpu_ms), 3),
            "failed": sum(load.failed for load in self.loads),
        }


def main() -> int:
    """Measures every database asked for; exit 1 when a gate is missed."""
    found: dict[str, Any] = {"machine": machine(), "cases": CASES, "db": ",".join(DATABASES), "limits": {}, "paths": {}}
    missed = 0
    for database in DATABASES:
        with instance(database=database, cases=CASES) as environment:
            limits, paths, memory = measure(environment)
            if database == "postgres":
                paths["create"]["statement"] = "one CTE"
        for name, row in limits.items():
            found["limits"][f"{database}/{name}"] = row
        for name, row in paths.items():
            gate = GATES[database, name]
            missed += judge(row, limits, gate)
            found["paths"][f"{database}/{name}"] = row
        found["limits"][f"{database}/memory_mb"] = round(memory, 1)
        show(database, limits, paths, memory)
    limits, paths = ledger.ledger_rows()
    ledger.show(limits, paths)
    found["limits"] |= limits
    found["paths"] |= paths
    missed += sum(not row["passed"] for row in paths.values())
    (CHECKOUT / "bench.json").write_text(json.dumps(found, indent=1) + "\n")
    return 1 if missed else 0


def measure(environment: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Limits and paths of one database, alternating round by round."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.prepare"],
        env=environment,
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    known = json.loads(done.stdout)
    ours_port, limits_port = free_port(), free_port()
    ours = [sys.executable, "-m", "melayani", "web", "--port", str(ours_port)]
    work = [sys.executable, "-m", "melayani", "work"]
    threads = "2" if "postgres" in environment.get("MELAYANI_DATABASE_URL", "") else "1"
    bare = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(limits_port),
        "--workers", "2", "--blocking-threads", threads, "--no-ws", "bench.limits:application",
    ]  # fmt: skip
    bare_environment = {**environment, "DJANGO_SETTINGS_MODULE": "bench.limits_settings"}
    limits: dict[str, Measured] = {}
    paths: dict[str, Measured] = {}
    with (
        running(ours, environment, port=ours_port) as web,
        running(work, environment, port=0),
        running(bare, bare_environment, port=limits_port) as other,
    ):
        for _ in range(ROUNDS):
            for name, limit, requests in plan(known):
                once(limits.setdefault(limit, Measured()), other, limit_requests(limit, known))
                once(paths.setdefault(name, Measured()), web, requests)
        memory = web.memory_mb()
    rows = {name: {**measured.row(), "sql": known["sql"][name]} for name, measured in paths.items()}
    return {name: measured.row() for name, measured in limits.items()}, rows, memory


def once(measured: Measured, server: Server, requests: Requests) -> None:
    """One measurement with its CPU time, after a short run that is not counted."""
    client.run(port=server.port, seconds=min(1.0, SECONDS / 4), requests=requests)
    before = server.cpu_seconds()
    load = client.run(port=server.port, seconds=SECONDS, requests=requests)
    measured.loads.append(load)
    measured.cpu_ms.append((server.cpu_seconds() - before) / max(1, len(load.times_ms)) * 1000)


_serial = itertools.count(1)


def plan(known: dict[str, Any]) -> list[tuple[str, str, Requests]]:
    """Our paths, each with the limit it is measured against."""
    cookie = f"Cookie: sessionid={known['session']}\r\n"

    def creates(_: int) -> Iterator[bytes]:
        while True:
            body = urlencode(create_body(known["key"], next(_serial))).encode()
            yield client.post("/open311/v2/requests.json", body)

    # A few hundred cases are read again and again, as a busy day is; and each of many for the first time.
    busy, fresh = known["public"][:BUSY_CASES], known["public"][BUSY_CASES:]

    def reads(number: int) -> Iterator[bytes]:
        return itertools.cycle([client.get(f"/kasus/{case}") for case in busy[number::8]])

    def first_reads(number: int) -> Iterator[bytes]:
        return itertools.cycle([client.get(f"/kasus/{case}") for case in fresh[number::8]])

    def lists(_: int) -> Iterator[bytes]:
        return itertools.cycle([client.get("/meja/daftar/unit", headers=cookie)])

    def cases(number: int) -> Iterator[bytes]:
        return itertools.cycle(
            [client.get(f"/meja/kasus/{case}", headers=cookie) for case in known["staff"][number::8]]
        )

    return [
        ("create", "insert", creates),
        ("public_case", "read", reads),
        ("public_case_first", "read", first_reads),
        ("staff_list", "json", lists),
        ("staff_case", "template", cases),
    ]


def limit_requests(limit: str, known: dict[str, Any]) -> Requests:
    """What is asked of a limit."""

    def requests(number: int) -> Iterator[bytes]:
        if limit == "read":
            return itertools.cycle([client.get(f"/read?id={row}") for row in known["ids"][number::8]])
        return itertools.cycle([client.get(f"/{limit}")])

    return requests


def judge(row: dict[str, Any], limits: dict[str, Any], gate: Gate) -> bool:
    """Writes gate and ratio into the row; true when the gate is missed."""
    row["gate"], row["ratio_gate"] = gate.per_second, gate.ratio
    row["ratio"] = round(row["per_second"] / max(0.1, limits[gate.limit]["per_second"]), 3)
    row["absolute"] = row["per_second"] >= gate.per_second
    row["passed"] = row["ratio"] >= gate.ratio and row["sql"] <= gate.sql and row["failed"] == 0
    return not row["passed"]


def show(database: str, limits: dict[str, Any], paths: dict[str, Any], memory: float) -> None:
    """The figures as a table on the terminal."""
    print(f"\n{database}, {CASES} cases, 2 web workers: {memory:.0f} MB PSS")
    head = f"{'':18}{'per s':>9}{'p50':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'SQL':>5}{'gate':>7}{'ratio':>7}{'gate':>6}"
    print(head)
    for name, row in limits.items():
        print(f"  limit {name:10}{_figures(row)}")
    for name, row in paths.items():
        against = f"{row['sql']:>5}{row['gate']:>7}{row['ratio']:>7}{row['ratio_gate']:>6}"
        print(f"{name:18}{_figures(row)}{against}  {'ok' if row['passed'] else 'MISSED'}")


def _figures(row: dict[str, Any]) -> str:
    return f"{row['per_second']:>9}{row['p50_ms']:>8}{row['p95_ms']:>8}{row['p99_ms']:>8}{row['cpu_ms']:>8}"


def machine() -> str:
    """What this was measured on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
