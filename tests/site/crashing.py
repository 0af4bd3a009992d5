# SPDX-License-Identifier: EUPL-1.2
"""Runs as a program of its own beside the tests: files cases, or works as the worker with a reader, until it is killed.

`file FIRST LAST` prints each number after it is acknowledged. `work` and `work-broken` run a reader that writes one
effect for each entry; the broken one (the control) keeps its position in another transaction than the effect. The
effects are rows of a bare table, so that doubles are possible and can be seen.
"""

import sys
import time
from dataclasses import replace

import django

django.setup()

from django.db import connection, transaction  # noqa: E402  # needs Django to be set up

from melayani.cases.filing import Filing, file_case  # noqa: E402  # as above
from melayani.cases.rules import CITIZEN  # noqa: E402  # as above
from melayani.ground.clock import now  # noqa: E402  # as above
from melayani.ledger.actions import stamp_positions  # noqa: E402  # as above
from melayani.ledger.models import Entry, Reader  # noqa: E402  # as above
from melayani.site.worker import Worker  # noqa: E402  # as above

NAME = "crash-test"


def effect(entry: Entry) -> None:
    """What a room would do on hearing of the entry."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effects (entry_id, position) VALUES (%s, %s)", [entry.pk, entry.position])


def slow_effect(entry: Entry) -> None:
    """The same, taking its time, so that a kill falls into it."""
    effect(entry)
    time.sleep(0.002)


def read_forward_broken() -> None:
    """The control: effect and position are two transactions, with a moment between them."""
    reader, _ = Reader.objects.get_or_create(name=NAME)
    for entry in Entry.objects.filter(position__gt=reader.position).order_by("position"):
        with transaction.atomic():
            effect(entry)
        time.sleep(0.02)
        Reader.objects.filter(name=NAME).update(position=entry.position)


def file_cases(first: int, last: int) -> None:
    """Files cases one after the other; a number on stdout is an acknowledgement."""
    for n in range(first, last):
        filing = Filing(text=f"Lampu jalan nomor {n} padam sejak kemarin.", place="35.07.13.1010", service="PJU")
        told = file_case(filing=replace(filing, token=f"crash/{n}"), by=CITIZEN, at=now())
        sys.stdout.write(told.number + "\n")
        sys.stdout.flush()


def work(*, broken: bool) -> None:
    """Rounds of the worker, without a pause; a word on stdout before the first entry is heard of."""
    worker = Worker(readers={} if broken else {NAME: slow_effect})
    while not Entry.objects.exists():
        time.sleep(0.01)
    sys.stdout.write("works\n")
    sys.stdout.flush()
    while True:
        worker.step()
        if broken:
            read_forward_broken()
        time.sleep(0.01)


def left() -> int:
    """How many entries have no position, or have not been heard of."""
    waiting = Entry.objects.filter(position__isnull=True).count()
    reader = Reader.objects.filter(name=NAME).first()
    return waiting + Entry.objects.filter(position__gt=reader.position if reader else 0).count()


def main() -> None:
    """Does what the first argument says."""
    match sys.argv[1]:
        case "prepare":
            with connection.cursor() as cursor:
                cursor.execute("CREATE TABLE effects (entry_id BIGINT NOT NULL, position BIGINT NOT NULL)")
        case "file":
            file_cases(int(sys.argv[2]), int(sys.argv[3]))
        case "work":
            work(broken=False)
        case "work-broken":
            work(broken=True)
        case "finish":
            while stamp_positions():
                pass
            while left():
                Worker(readers={NAME: effect}).step()
        case "tell":
            with connection.cursor() as cursor:
                cursor.execute("SELECT entry_id, COUNT(*) FROM effects GROUP BY entry_id HAVING COUNT(*) > 1")
                doubles = len(cursor.fetchall())
                cursor.execute("SELECT COUNT(*) FROM effects")
                effects = cursor.fetchone()[0]
                cursor.execute("SELECT number FROM cases_case ORDER BY id")
                numbers = [row[0] for row in cursor.fetchall()]
            positions = list(Entry.objects.order_by("position").values_list("position", flat=True))
            gap_free = positions == list(range(1, len(positions) + 1))
            sys.stdout.write(f"{doubles} {effects} {len(positions)} {gap_free}\n" + "\n".join(numbers))


if __name__ == "__main__":
    main()
