# SPDX-License-Identifier: EUPL-1.2
"""`melayani seed`: many synthetic cases with full histories, for load tests. Same seed, same day: same cases."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random

from django.db import connection, connections, transaction
from django.db.models import Max

from melayani.cases.models import Case
from melayani.catalogue.queries import services
from melayani.government.actions import record_administration
from melayani.government.models import Officer, Place, RoleGrant, Unit
from melayani.government.queries import PlaceRow, calendar_for, referral_bodies
from melayani.government.rules import PROVINCE, SYSTEM, PlaceLevel, Role, region_of
from melayani.ground.case_number import ALPHABET, check_letter, written_number
from melayani.ground.clock import jakarta
from melayani.ledger.actions import stamp_positions
from melayani.site.schema import sqlite_file
from melayani.site.seed_cases import Rows
from melayani.site.seed_days import WorkingDays
from melayani.site.seed_paths import MOST_ACTS, YEAR_DAYS, Order, World, made
from melayani.site.seed_rows import reserved_ids, settle, write_rows

BATCH = 1000
NUMBERS = 32**6
SYNTHETIC = "Petugas sintetis"


def seed_cases(
    *,
    cases: int,
    seed: int,
    at: datetime,
    tell: Callable[[int], None] | None = None,
    processes: int | None = None,
) -> None:
    """`cases` further synthetic cases are there, stamped. `tell` hears how many so far.

    `processes` prepare rows while this one writes them; 0 = this one does both (as on a database in memory).
    """
    world = world_of(at=at)
    done = 0
    for rows in _all_rows(cases=cases, seed=seed, world=world, processes=processes):
        write_rows(rows)
        while stamp_positions():
            pass
        done += len(rows.cases)
        if tell is not None:
            tell(done)
    settle()


def world_of(*, at: datetime) -> World:
    """What cases are drawn from: open services, all villages, and synthetic officers for every unit."""
    places = Place.objects.filter(level=PlaceLevel.DESA).order_by("code")
    fields = places.values_list("code", "level", "name", "full_name", "latitude", "longitude")
    back = YEAR_DAYS + 30
    return World(
        services=services(),
        places=tuple(PlaceRow(*values, region_code=region_of(values[0])) for values in fields),
        officers=synthetic_officers(at=at),
        bodies=tuple(body.code for body in referral_bodies()),
        days=WorkingDays(is_free=calendar_for(PROVINCE).reason, today=jakarta(at).date(), back=back),
        at=at,
    )


def synthetic_officers(*, at: datetime) -> dict[str, int]:
    """Every active unit has an account that acts in synthetic histories and can never log in; ids by unit code."""
    there = dict(Officer.objects.filter(name=SYNTHETIC).values_list("unit__code", "id"))
    missing = [unit for unit in Unit.objects.filter(active=True).order_by("id") if unit.code not in there]
    if missing:
        with transaction.atomic():
            fresh = [Officer(username=f"sintetis.{u.code}", name=SYNTHETIC, unit=u, is_active=False) for u in missing]
            for officer in fresh:
                officer.set_unusable_password()
            Officer.objects.bulk_create(fresh)
            made_now = Officer.objects.filter(name=SYNTHETIC, unit__in=missing)
            RoleGrant.objects.bulk_create(
                RoleGrant(
                    officer=officer,
                    role=Role.TRIAGE if officer.unit.is_triage_desk else Role.OFFICER,
                    unit=officer.unit,
                )
                for officer in made_now.select_related("unit")
            )
            record_administration(kind="officers.seeded", event={"count": len(fresh)}, by=SYSTEM, at=at)
    return dict(Officer.objects.filter(name=SYNTHETIC).values_list("unit__code", "id"))


def _all_rows(*, cases: int, seed: int, world: World, processes: int | None) -> Iterator[Rows]:
    """The rows of all batches in order, prepared by other processes ahead of the one who writes."""
    orders = _orders(cases=cases, seed=seed)
    if processes is None:
        processes = _useful_processes(cases)
    if processes == 0:
        yield from (made(order, world=world) for order in orders)
        return
    # A forked process must not use the connection of its parent.
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(processes, _enter, (world,)) as pool:
        ahead = deque(pool.apply_async(_made_there, (order,)) for order in _some(orders, processes + 1))
        while ahead:
            rows = ahead.popleft().get()
            ahead.extend(pool.apply_async(_made_there, (order,)) for order in _some(orders, 1))
            yield rows


def _useful_processes(cases: int) -> int:
    file = sqlite_file()
    in_memory = connection.vendor == "sqlite" and (file is None or not file.exists())
    return 0 if in_memory or cases < 2 * BATCH else min(4, os.cpu_count() or 1)


def _some(orders: Iterator[Order], count: int) -> Iterator[Order]:
    for _ in range(count):
        order = next(orders, None)
        if order is None:
            return
        yield order


_worlds: list[World] = []


def _enter(world: World) -> None:
    _worlds[:] = [world]


def _made_there(order: Order) -> Rows:
    return made(order, world=_worlds[0])


def _orders(*, cases: int, seed: int) -> Iterator[Order]:
    """Batches with their free numbers and ids."""
    numbers = _free_numbers(seed)
    for start in range(0, cases, BATCH):
        count = min(BATCH, cases - start)
        yield Order(
            seed=f"{seed}/{start}",
            numbers=[next(numbers) for _ in range(count)],
            case_ids=reserved_ids("cases_case", count),
            entry_ids=reserved_ids("ledger_entry", count * MOST_ACTS),
        )


def _free_numbers(seed: int) -> Iterator[str]:
    """Numbers that no case has, each once, in an order that does not show: a stride through all of them."""
    rng = Random(seed)  # noqa: S311  # numbers of synthetic cases are no secrets
    place, stride = rng.randrange(NUMBERS), rng.randrange(NUMBERS) | 1
    place += stride * (Case.objects.aggregate(highest=Max("id"))["highest"] or 0)
    while True:
        some = [_number((place + n * stride) % NUMBERS) for n in range(BATCH)]
        place += BATCH * stride
        taken = set(Case.objects.filter(number__in=some).values_list("number", flat=True))
        yield from (number for number in some if number not in taken)


def _number(value: int) -> str:
    body = "".join(ALPHABET[value >> shift & 31] for shift in range(25, -1, -5))
    return written_number(body + check_letter(body))
