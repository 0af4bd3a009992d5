# SPDX-License-Identifier: EUPL-1.2
"""Killed outright under load, again and again: who was told a number has a case, once, and the log stays one log.

Citizens file by the form and clients by Open311. Web workers and worker are killed at random moments; whoever was not
answered sends the same again.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import requests

from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import verify_receipt
from tests.durability.service import (
    Citizen,
    Load,
    Service,
    Told,
    Watch,
    afterwards,
    leaf_indexes,
    new_client,
    serving,
    until_sealed,
    watching,
)
from tests.durability.stories import story
from tests.site.running import ON_POSTGRES, settings_of

pytestmark = pytest.mark.prove
SEED = int(os.environ.get("MELAYANI_SEED", "1"))
KILLS = 5 if ON_POSTGRES else 8
PAUSE_SECONDS = 0.1
WITHIN_P95, WITHIN_ALL = 10.0, 60.0


def sorts(faults: list[str]) -> set[str]:
    """The sorts of faults, as `checking.py` names them."""
    return {fault.partition(":")[0] for fault in faults}


def kill_again_and_again(service: Service, watch: Watch, rng: Random) -> None:
    """Web or worker, sometimes both, are killed while people file, and started again."""
    for number in range(KILLS):
        size = watch.size
        time.sleep(rng.uniform(0.3, 1.5))
        gone = [("web",), ("work",), ("work", "web")][number % 3]
        for what in gone:
            service.kill(what)
        for what in gone:
            service.start(what)
        service.until_up()
        if "work" in gone:
            # Only a kill that falls into the work proves anything.
            watch.until_grown(size)


def opened_by_their_keys(service: Service, told: list[Told]) -> None:
    """Key and number open the case with its story; and what the citizen downloads proves that it is in the log."""
    lines = requests.get(f"{service.url}/ledger/keys", timeout=10).text.splitlines()
    policy = policy_of_logs([line.removeprefix("log ") for line in lines if line.startswith("log ")])
    citizen = Citizen(service)
    for each in told:
        fields = {"nomor": each.number, "kunci": each.key}
        page = citizen.post("/lacak", fields)
        assert (page.status_code, story(each.n) in page.text) == (200, True), each
        receipt = citizen.post("/lacak/resi", fields)
        assert receipt.status_code == 200, each
        verify_receipt(receipt.content, policy=policy)


def test_who_was_told_a_number_has_a_case_and_the_log_stays_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    load, rng, key = Load(), Random(SEED), new_client(settings)
    with serving(settings) as service, watching(service) as watch:
        load.start(service, key, pause=PAUSE_SECONDS)
        kill_again_and_again(service, watch, rng)
        load.finish()
        until_sealed(settings)
        with_keys = [each for each in load.told if each.key]
        opened_by_their_keys(service, rng.sample(with_keys, 12))
    again = sum(each.tries > 1 for each in load.told)
    print(  # noqa: T201  # figures of a long proof
        f"\nkills: {KILLS} (seed {SEED}), {len(load.told)} acknowledged ({len(with_keys)} with keys), {again} sent "
        f"again unanswered, {load.repeated} once more, {load.broken} broken connections, other answers "
        f"{dict(load.others)}, {len(watch.seen)} checkpoints"
    )
    assert len(load.told) > 10 * KILLS
    assert again
    assert load.repeated
    assert load.contradicted == []
    assert set(load.others) <= {503}
    assert len(watch.seen) > KILLS // 2
    notes, tokens = watch.notes(), len(load.told)
    answer = afterwards(settings, load.told, notes=notes, tokens=tokens)
    assert (answer["faults"], answer["refused"]) == ([], "")
    # The control: what was never filed is missed, as are gaps, half cases, doubles and a second truth.
    strange = notes[-1].replace(b"\n", b"\n1", 1)
    spoil = [
        "UPDATE ledger_entry SET position = position + 100000 WHERE position = 5",
        "DELETE FROM cases_vault WHERE case_id = (SELECT MIN(id) FROM cases_case)",
    ]
    never = Told("JT-0000-000", "", 1, 0.0, 1)
    worse = afterwards(settings, [*load.told, never], notes=[*notes, strange], tokens=tokens, spoil=spoil)
    assert sorts(worse["faults"]) == {"lost", "numbers", "half", "double", "fork"}


# How long it takes until everybody can see that an act was recorded


@dataclass(frozen=True)
class Delays:
    """Seconds from sending a filing to the first checkpoint that covers it; infinite for one that none covers."""

    seconds: list[float]

    def percentile(self, share: float) -> float:
        """Within which time `share` (0-1) of them were covered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def well(self) -> bool:
        """Whether they are within what is promised."""
        return self.percentile(0.95) <= WITHIN_P95 and max(self.seconds) <= WITHIN_ALL


def delays(told: list[Told], seen: list[tuple[float, int, bytes]], indexes: dict[str, int | None]) -> Delays:
    """The delay of each filing. It counts from the sending, so the true one is a little shorter."""

    def covered(index: int | None) -> float:
        return min((at for at, size, _ in seen if index is not None and index < size), default=float("inf"))

    return Delays([covered(indexes[each.number]) - each.sent_at for each in told])


def test_public_acts_are_in_a_checkpoint_within_seconds_though_the_worker_is_killed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "instance")
    load, key = Load(), new_client(settings)
    with serving(settings) as service, watching(service) as watch:
        load.start(service, key, pause=PAUSE_SECONDS)
        for _ in range(5):
            watch.until_grown(watch.size)
            service.kill("work")
            service.start("work")
        watch.until_grown(watch.size)
        load.finish()
        until_sealed(settings)
        watch.until_grown(max(index or 0 for index in leaf_indexes(settings).values()))
        found = delays(load.told, watch.seen, leaf_indexes(settings))
        # The control: without a worker nothing is covered, and that is seen.
        service.kill("work")
        late = Load()
        late.start(service, key, pause=PAUSE_SECONDS, first=500_000)
        time.sleep(1.5)
        late.finish()
    print(  # noqa: T201  # figures of a long proof
        f"\nmerge delay with 5 kills of the worker (seed {SEED}): {len(found.seconds)} acts, "
        f"p50 {found.percentile(0.5):.2f} s, p95 {found.percentile(0.95):.2f} s, most {max(found.seconds):.2f} s"
    )
    assert len(found.seconds) > 50
    assert found.well()
    assert not delays(late.told, watch.seen, leaf_indexes(settings)).well()
