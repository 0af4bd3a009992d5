# SPDX-License-Identifier: EUPL-1.2
"""What happens to a synthetic case: drawn at random from paths that cases take, with moments on working days."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from melayani.cases.filing import Filing
from melayani.cases.rules import (
    PAUSE,
    REACT,
    SILENCE,
    ActorKind,
    Channel,
    EventKind,
    Identity,
    Outcome,
    Stage,
    Visibility,
)
from melayani.catalogue.queries import ServiceRow, limit, topic_row
from melayani.catalogue.rules import Kind
from melayani.government.queries import PlaceRow, due_moment, unit_for, working_days_between
from melayani.ground.clock import JAKARTA
from melayani.site import seed_texts
from melayani.site.seed_cases import Rows, SyntheticCase
from melayani.site.seed_days import WorkingDays

YEAR_DAYS = 365
MOST_ACTS = 12
PATHS = (
    "confirmed", "silence", "explained", "referred", "duplicate", "rejected", "withdrawn", "reopened", "answered",
    "taken", "filed",
)  # fmt: skip
# How often, for cases of this age in days: young ones are mostly open, old ones mostly closed.
YOUNG, NEW, OLD = (
    (5, 0, 1, 2, 1, 1, 2, 0, 12, 36, 40),
    (25, 4, 5, 4, 3, 2, 3, 2, 22, 22, 8),
    (48, 22, 7, 5, 4, 2, 3, 2, 1, 5, 1),
)


@dataclass(frozen=True)
class World:
    """What synthetic cases are drawn from: services, places, referral bodies, and an officer for every unit."""

    services: tuple[ServiceRow, ...]
    places: tuple[PlaceRow, ...]
    officers: Mapping[str, int]
    bodies: tuple[str, ...]
    days: WorkingDays
    at: datetime


@dataclass(frozen=True)
class Order:
    """One batch: with these numbers and ids (twelve entry ids a case)."""

    seed: str
    numbers: Sequence[str]
    case_ids: Sequence[int]
    entry_ids: Sequence[int]


def made(order: Order, *, world: World) -> Rows:
    """The rows of the batch; the same order in the same world has the same numbers, texts and histories."""
    rng, rows = Random(order.seed), Rows()  # noqa: S311  # synthetic data that can be made again, no secrets
    entry_ids = order.entry_ids
    for number, case_id in zip(order.numbers, order.case_ids, strict=True):
        case = Path(number=number, rng=rng, world=world).walk()
        taken = case.add_to(rows, case_id=case_id, entry_ids=entry_ids[:MOST_ACTS])
        entry_ids = entry_ids[taken:]
    return rows


class Path:
    """The life of one case, drawn act by act until it is over or reaches the present."""

    def __init__(self, *, number: str, rng: Random, world: World) -> None:
        self._rng, self._world = rng, world
        place = rng.choice(world.places)
        service = rng.choice(world.services)
        age_days = int(YEAR_DAYS * rng.random() ** 1.3)
        filed_at = world.at - timedelta(days=age_days, minutes=rng.randrange(1, 1440), seconds=rng.randrange(60))
        self._case = SyntheticCase(
            filing=self._filing(service, place),
            number=number,
            place=place,
            filed_at=filed_at.astimezone(JAKARTA).replace(microsecond=0),
            at=world.at,
            rng=rng,
        )
        self._now = self._case.state.filed_at
        self._service = service
        weights = YOUNG if age_days < 4 else NEW if age_days < 25 else OLD
        self._name = rng.choices(PATHS, weights)[0]

    def _filing(self, service: ServiceRow, place: PlaceRow) -> Filing:
        rng = self._rng
        named = rng.random() < 0.6
        name = rng.choice(seed_texts.NAMES) if named else ""
        unsure = rng.random() < 0.12
        near = place.latitude is not None and place.longitude is not None and rng.random() < 0.5
        return Filing(
            text=seed_texts.report(rng),
            place=place.code,
            kind=Kind(service.kind),
            topic=topic_row(service.topic).code,
            service="" if unsure else service.code,
            identity=Identity.NAMED if named else Identity.ANONYMOUS,
            visibility=Visibility.SECRET if rng.random() < 0.05 else Visibility.PUBLIC,
            channel=rng.choices((Channel.WEB, Channel.OPEN311, Channel.PHONE, Channel.DESK), (6, 2, 1, 1))[0],
            name=name,
            email=f"{name.lower()}@contoh.example" if named and rng.random() < 0.7 else "",
            latitude=round((place.latitude or 0) + rng.uniform(-0.01, 0.01), 6) if near else None,
            longitude=round((place.longitude or 0) + rng.uniform(-0.01, 0.01), 6) if near else None,
        )

    def walk(self) -> SyntheticCase:
        """The case after all that happened to it up to now."""
        if self._name != "filed":
            for step in self._steps():
                if not step():
                    break
        return self._case

    def _steps(self) -> list[Callable[[], bool]]:
        """The acts of the path in order; each answers whether it still lay in the past."""
        if self._name == "rejected":
            return [self._assigned, self._rejected]
        steps = [self._assigned, self._taken_on, self._released]
        if self._rng.random() < 0.4:
            steps.append(self._progress)
        if self._rng.random() < 0.15:
            steps += [self._asked, self._replied]
        return (
            steps
            + {
                "taken": [],
                "answered": [self._solved],
                "confirmed": [self._solved, self._confirmed],
                "silence": [self._solved, self._silent],
                "explained": [self._explained, self._confirmed],
                "duplicate": [self._doubled, self._silent],
                "referred": [self._referred],
                "withdrawn": [self._withdrawn],
                "reopened": [self._solved, self._reopened],
            }[self._name]
        )

    def _officer(self, *, days: int, unit: str = "") -> int | None:
        """Time goes on to an office moment so many working days later; the officer who acts, or None in the future."""
        moment = self._world.days.office_moment(self._rng, after=self._now, days=days)
        if moment >= self._world.at:
            return None
        self._now = moment
        return self._world.officers[unit or self._case.state.unit]

    def _citizen(self, *, days: int) -> bool:
        """Time goes on to some moment about so many days later; whether it is still in the past."""
        moment = self._now + timedelta(days=self._rng.randrange(days + 1), minutes=self._rng.randrange(5, 600))
        if moment >= self._world.at:
            return False
        self._now = moment
        return True

    def _act(self, kind: EventKind, officer: int | None, *, text: str = "", **data: str | int) -> bool:
        if officer is None:
            return False
        self._case.act(kind, by=ActorKind.OFFICER, at=self._now, officer_id=officer, data=data, text=text)
        return True

    def _assigned(self) -> bool:
        """Only a case that waits is assigned: to the office its matter belongs to."""
        if self._case.state.stage is not Stage.WAITING:
            return True
        region = self._case.place.region_code
        unit = unit_for(level=self._service.level, sector=self._service.sector, region_code=region)
        if unit is None:
            return False
        officer = self._officer(days=self._rng.randrange(3), unit=self._case.routing.desk_code)
        return self._act(
            EventKind.ASSIGNED,
            officer,
            text="Sesuai tugas unit ini.",
            **{"from": self._case.state.unit, "unit": unit.code, "topic": "", "service": ""},
        )

    def _taken_on(self) -> bool:
        return self._act(EventKind.TAKEN_ON, self._officer(days=self._rng.randrange(4)))

    def _released(self) -> bool:
        officer = self._officer(days=0) if self._rng.random() < 0.75 else None
        if officer is not None:
            self._case.release(at=self._now, officer_id=officer)
        return True

    def _progress(self) -> bool:
        officer = self._officer(days=self._rng.randrange(1, 4))
        return self._act(EventKind.PROGRESS, officer, text=seed_texts.answer(self._rng))

    def _asked(self) -> bool:
        return self._act(EventKind.ASKED, self._officer(days=1), text="Bisa disebutkan letak persisnya?")

    def _replied(self) -> bool:
        state = self._case.state
        if state.asked_at is None or not self._citizen(days=3):
            return False
        region = self._case.place.region_code
        paused = working_days_between(start=state.asked_at, end=self._now, region_code=region)
        paused = max(0, min(limit(PAUSE).days - state.paused_days, paused))
        due = state.due_at
        if paused:
            due = due_moment(filed_at=due, days=paused, basis="WORKING", region_code=region).at
        self._case.act(
            EventKind.REPLIED,
            by=ActorKind.CITIZEN,
            at=self._now,
            data={"paused_days": paused, "due_at": due.isoformat(), "from": state.due_at.isoformat()},
            text="Di sebelah timur, dekat tiang.",
        )
        return True

    def _answered(self, outcome: Outcome) -> bool:
        officer = self._officer(days=self._rng.randrange(1, 9))
        return self._act(EventKind.ANSWERED, officer, text=seed_texts.answer(self._rng), outcome=outcome)

    def _solved(self) -> bool:
        return self._answered(Outcome.SOLVED)

    def _explained(self) -> bool:
        return self._answered(Outcome.EXPLAINED_NO)

    def _doubled(self) -> bool:
        return self._answered(Outcome.DUPLICATE)

    def _confirmed(self) -> bool:
        if not self._citizen(days=6):
            return False
        self._case.act(
            EventKind.CONFIRMED, by=ActorKind.CITIZEN, at=self._now, data={"outcome": self._case.state.proposed}
        )
        return True

    def _silent(self) -> bool:
        silence, region = limit(SILENCE), self._case.place.region_code
        ends = due_moment(filed_at=self._now, days=silence.days, basis=silence.basis, region_code=region).at
        if ends + timedelta(minutes=2) >= self._world.at:
            return False
        self._now = ends + timedelta(minutes=2)
        self._case.act(EventKind.SILENCE, by=ActorKind.SYSTEM, at=self._now)
        return True

    def _reopened(self) -> bool:
        if not self._citizen(days=5):
            return False
        state, react = self._case.state, limit(REACT)
        due = due_moment(
            filed_at=self._now, days=react.days, basis=react.basis, region_code=self._case.place.region_code
        )
        self._case.act(
            EventKind.REOPENED,
            by=ActorKind.CITIZEN,
            at=self._now,
            data={
                "due_at": max(due.at, state.due_at).isoformat(),
                "from": state.due_at.isoformat(),
                "days": react.days,
            },
            text="Setelah hujan rusak lagi.",
        )
        return True

    def _referred(self) -> bool:
        officer = self._officer(days=self._rng.randrange(1, 4))
        text = "Ini tugas lembaga lain. Cara menghubunginya ada di halaman ini."
        return self._act(EventKind.REFERRED, officer, text=text, body=self._rng.choice(self._world.bodies))

    def _rejected(self) -> bool:
        officer = self._officer(days=self._rng.randrange(1, 4))
        return self._act(EventKind.REJECTED, officer, text="Ini di luar pelayanan publik: perkara antarwarga.")

    def _withdrawn(self) -> bool:
        if not self._citizen(days=3):
            return False
        self._case.act(EventKind.WITHDRAWN, by=ActorKind.CITIZEN, at=self._now, text="Sudah selesai sendiri.")
        return True
