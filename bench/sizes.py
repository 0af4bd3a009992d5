# SPDX-License-Identifier: EUPL-1.2
"""`python -m bench.sizes`: the same pages at 1,000, 100,000 and 1,000,000 cases, turn by turn in one run.

A page must cost the same however many cases there are: within 15 % of the fastest size (PERF). `BENCH_SIZES`,
`BENCH_DB` (sqlite, postgres, both), `BENCH_SECONDS` (4) a measurement, `BENCH_ROUNDS` (5). Writes `bench-sizes.json`.

A page is asked of the same number of different cases at every size, so that a cache of pages is equally warm.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from bench import client
from bench.__main__ import DATABASES, Requests, machine
from bench.servers import CHECKOUT, Server, free_port, instance, running

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "1000,100000,1000000").split(",")]
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CASES_ASKED = 200
EQUAL_WITHIN = 0.15


def main() -> int:
    """Measures every database asked for; exit 1 when a page is slower at some size."""
    found: dict[str, Any] = {"machine": machine(), "sizes": SIZES, "pages": {}}
    missed = 0
    for database in DATABASES:
        rates = measured(database)
        print(f"\n{database}: pages per second, medians of {ROUNDS}; slowest / fastest")
        for page, by_size in rates.items():
            ratio = min(by_size.values()) / max(by_size.values())
            ok = ratio >= 1 - EQUAL_WITHIN
            missed += not ok
            found["pages"][f"{database}/{page}"] = {"per_second": by_size, "ratio": round(ratio, 3), "passed": ok}
            told = "  ".join(f"{size:>9,}: {rate:>8.1f}" for size, rate in by_size.items())
            print(f"{page:14}{told}   {ratio:.2f}  {'ok' if ok else 'MISSED'}")
    (CHECKOUT / "bench-sizes.json").write_text(json.dumps(found, indent=1) + "\n")
    return 1 if missed else 0


def measured(database: str) -> dict[str, dict[int, float]]:
    """Pages per second by page and size."""
    loads: dict[str, dict[int, list[float]]] = {}
    with ExitStack() as stack:
        served = [stack.enter_context(_served(database, size)) for size in SIZES]
        for turn in range(ROUNDS):
            # Every other round backwards: whoever comes first finds the machine cooler.
            order = list(zip(SIZES, served, strict=True))
            for size, (server, known) in order if turn % 2 == 0 else reversed(order):
                for page, requests in pages(known).items():
                    client.run(port=server.port, seconds=0.7, requests=requests)
                    load = client.run(port=server.port, seconds=SECONDS, requests=requests)
                    if load.failed:
                        raise SystemExit(f"{page} at {size} cases: {load.failed} answers failed")
                    loads.setdefault(page, {}).setdefault(size, []).append(load.per_second)
    return {
        page: {size: round(statistics.median(rates), 1) for size, rates in sorted(by_size.items())}
        for page, by_size in loads.items()
    }


@contextmanager
def _served(database: str, size: int) -> Iterator[tuple[Server, dict[str, Any]]]:
    """An instance of this size with its web workers, and what `bench.prepare` knows of it."""
    with instance(database=database, cases=size) as environment:
        done = subprocess.run(
            [sys.executable, "-m", "bench.prepare"],
            env=environment,
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
            text=True,
        )
        port = free_port()
        web = [sys.executable, "-m", "melayani", "web", "--port", str(port)]
        with running(web, environment, port=port) as server:
            yield server, json.loads(done.stdout)


def pages(known: dict[str, Any]) -> dict[str, Requests]:
    """The pages that are compared."""
    cookie = f"Cookie: sessionid={known['session']}\r\n"
    public, staff = known["public"][:CASES_ASKED], known["staff"][:CASES_ASKED]

    def reads(number: int) -> Iterator[bytes]:
        return itertools.cycle([client.get(f"/kasus/{case}") for case in public[number::8]])

    def lists(_: int) -> Iterator[bytes]:
        return itertools.cycle([client.get("/meja/daftar/unit", headers=cookie)])

    def cases(number: int) -> Iterator[bytes]:
        return itertools.cycle([client.get(f"/meja/kasus/{case}", headers=cookie) for case in staff[number::8]])

    return {"public_case": reads, "staff_list": lists, "staff_case": cases}


if __name__ == "__main__":
    sys.exit(main())
