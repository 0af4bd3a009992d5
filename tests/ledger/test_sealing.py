# SPDX-License-Identifier: EUPL-1.2
"""Sealing: what enters when, crashes between any two steps, and everything that must never be signed."""

import shutil
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from melayani.ledger import sealing
from melayani.ledger.actions import record, stamp_positions
from melayani.ledger.checkpoint import open_checkpoint, parse_checkpoint
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from melayani.ledger.models import Checkpoint, Entry
from melayani.ledger.note import split_note
from melayani.ledger.rules import new_salt, new_stream
from melayani.ledger.sealing import SETTLED_AFTER, SealRefused, batch_after, batch_before, seal
from melayani.ledger.tiles import ENTRIES, read_bundle, tile_in
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, a_key, variant

pytestmark = pytest.mark.django_db
STEPS = ("write", "_keep", "remember", "publish")


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    return LogFiles(tmp_path / "ledger")


def acts(count: int, *, at: datetime = MONDAY, sealed: bool = False) -> None:
    """So many acts are recorded and stamped."""
    with transaction.atomic():
        for number in range(count):
            record(
                stream=new_stream(), sequence=0, kind="case.filed", event={"n": number}, salt=new_salt(), at=at,
                unit_code="35.07.dishub", sealed=sealed,
            )  # fmt: skip
    stamp_positions()


def sealed_at(files: LogFiles, at: datetime = MONDAY) -> int:
    return seal(files=files, keys=[LOG], at=at)


def check_log(files: LogFiles) -> int:
    """Every row with an index is in the published tree with exactly its leaf; answers the size."""
    note = files.published()
    assert note is not None
    tree = open_checkpoint(note, logs=[LOG.verifier]).checkpoint
    rows = list(Entry.objects.filter(leaf_index__isnull=False).order_by("leaf_index"))
    assert [row.leaf_index for row in rows] == list(range(tree.size))
    hash_at = files.hashes(tree.size).hash_at
    for row in rows:
        index = row.leaf_index or 0
        proof = inclusion_proof(index=index, size=tree.size, hash_at=hash_at)
        verify_inclusion(leaf_hash=bytes(row.leaf_hash), index=index, size=tree.size, proof=proof, root=tree.root)
    bundles = [tile_in(size=tree.size, level=ENTRIES, index=n) for n in range(-(-tree.size // 256))]
    told = [leaf for bundle in bundles for leaf in read_bundle(files.read(bundle), width=bundle.width)]
    assert told == [bytes(row.leaf) for row in rows]
    kept = Checkpoint.objects.get()
    assert (bytes(kept.note), kept.size, bytes(kept.root)) == (note, tree.size, tree.root)
    return tree.size


def test_an_empty_log_has_a_checkpoint_too(files: LogFiles) -> None:
    assert sealed_at(files) == 0
    note = files.published()
    assert note is not None
    assert open_checkpoint(note, logs=[LOG.verifier]).checkpoint.size == 0


def test_acts_enter_in_the_order_of_their_positions_and_the_log_only_grows(files: LogFiles) -> None:
    known: list[tuple[int, bytes]] = []
    for count in (1, 3, 255, 300):
        acts(count)
        assert sealed_at(files) == count
        size = check_log(files)
        root = bytes(Checkpoint.objects.get().root)
        for size1, root1 in known:
            proof = consistency_proof(size1=size1, size2=size, hash_at=files.hashes(size).hash_at)
            verify_consistency(size1=size1, root1=root1, size2=size, root2=root, proof=proof)
        known.append((size, root))
    positions = list(Entry.objects.order_by("leaf_index").values_list("position", flat=True))
    assert positions == sorted(p for p in positions if p is not None)
    assert sealed_at(files) == 0


def test_what_is_not_stamped_does_not_enter(files: LogFiles) -> None:
    acts(1)
    with transaction.atomic():
        record(stream=new_stream(), sequence=0, kind="case.filed", event={}, salt=new_salt(), at=MONDAY)
    assert sealed_at(files) == 1


def test_many_enter_in_several_rounds(files: LogFiles) -> None:
    acts(7)
    assert [seal(files=files, keys=[LOG], at=MONDAY, most=3) for _ in range(4)] == [3, 3, 1, 0]
    assert check_log(files) == 7


# Secret cases


def test_secret_entries_enter_together_at_fixed_times_in_random_order(files: LogFiles) -> None:
    acts(40, sealed=True)
    acts(2)
    assert sealed_at(files, MONDAY + timedelta(hours=8, minutes=59)) == 2
    later = MONDAY + timedelta(hours=9)  # 18:00
    acts(1, at=later, sealed=True)
    # One that began before the batch and is committed after it goes with the others, not alone.
    assert sealed_at(files, later + timedelta(seconds=1)) == 0
    acts(1, at=later - timedelta(seconds=1), sealed=True)
    assert sealed_at(files, later + SETTLED_AFTER) == 41
    assert check_log(files) == 43
    order = list(Entry.objects.filter(sealed=True, leaf_index__isnull=False).order_by("leaf_index").values_list("id"))
    assert order != sorted(order)
    assert sealed_at(files, later + timedelta(hours=12) + SETTLED_AFTER) == 1


@pytest.mark.parametrize(
    ("moment", "before", "after"),
    [
        ("2026-01-05T05:59:59+07:00", "2026-01-04T18:00:00+07:00", "2026-01-05T06:00:00+07:00"),
        ("2026-01-05T06:00:00+07:00", "2026-01-05T06:00:00+07:00", "2026-01-05T18:00:00+07:00"),
        ("2026-01-05T11:00:00+00:00", "2026-01-05T18:00:00+07:00", "2026-01-06T06:00:00+07:00"),
        ("2026-01-01T00:30:00+07:00", "2025-12-31T18:00:00+07:00", "2026-01-01T06:00:00+07:00"),
    ],
)
def test_batches_are_at_six_and_eighteen_wib(moment: str, before: str, after: str) -> None:
    at = datetime.fromisoformat(moment)
    assert batch_before(at) == datetime.fromisoformat(before)
    assert batch_after(at) == datetime.fromisoformat(after)


# Crashes


class Crash(Exception):  # noqa: N818  # what a kill looks like from inside
    """The program is gone at this point."""


@pytest.fixture(params=[(step, when) for step in STEPS for when in ("before", "after")], ids=lambda p: f"{p[1]} {p[0]}")
def crash(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Gives a function after which the next seal crashes at one step."""
    step, when = request.param
    owner: object = sealing if step == "_keep" else LogFiles
    real = getattr(owner, step)

    def crashing(*arguments: object, **named: object) -> object:
        if when == "after":
            real(*arguments, **named)
        raise Crash

    return lambda: monkeypatch.setattr(owner, step, crashing)


def test_a_crash_between_any_two_steps_does_no_harm(
    files: LogFiles, crash: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    acts(250)
    sealed_at(files)
    before = files.published()
    acts(20)
    acts(10, sealed=True)
    evening = MONDAY + timedelta(hours=9) + SETTLED_AFTER
    with monkeypatch.context():
        crash()
        with pytest.raises(Crash):
            seal(files=files, keys=[LOG], at=evening)
    monkeypatch.undo()
    monkeypatch.setenv("MELAYANI_NOW", MONDAY.isoformat())
    assert before is not None
    old = parse_checkpoint(split_note(before).text)
    acts(5, at=evening)
    seal(files=files, keys=[LOG], at=evening)
    assert check_log(files) == 285
    kept = Checkpoint.objects.get()
    proof = consistency_proof(size1=old.size, size2=285, hash_at=files.hashes(285).hash_at)
    verify_consistency(size1=old.size, root1=old.root, size2=285, root2=bytes(kept.root), proof=proof)


# What must never be signed


def refused(files: LogFiles, *, at: datetime = MONDAY) -> str:
    """The code of the refusal; whatever was published stays."""
    before = files.published(), files.signed(), Checkpoint.objects.values_list("size", "note").first()
    with pytest.raises(SealRefused) as refusal:
        seal(files=files, keys=[LOG], at=at)
    assert (files.published(), files.signed(), Checkpoint.objects.values_list("size", "note").first()) == before
    return refusal.value.code


@pytest.fixture
def grown(files: LogFiles) -> LogFiles:
    """A log of 300 entries, and two more acts that wait."""
    acts(300)
    sealed_at(files)
    acts(2)
    return files


def test_an_old_database_signs_no_second_truth(grown: LogFiles) -> None:
    kept = Checkpoint.objects.get()
    old = (kept.size, bytes(kept.root), bytes(kept.note))
    sealed_at(grown)
    Entry.objects.filter(leaf_index__gte=300).update(leaf_index=None)
    Checkpoint.objects.update(size=old[0], root=old[1], note=old[2])
    assert refused(grown) == "seal_behind"


def test_a_database_without_its_checkpoints_signs_nothing(grown: LogFiles) -> None:
    Checkpoint.objects.all().delete()
    Entry.objects.update(leaf_index=None)
    assert refused(grown) == "seal_behind"


def test_without_its_memory_outside_nothing_is_signed(grown: LogFiles) -> None:
    (grown.folder / "signed.json").unlink()
    assert refused(grown) == "seal_memory"


def test_a_backup_on_a_clean_machine_signs_nothing_until_the_log_is_brought(grown: LogFiles, tmp_path: Path) -> None:
    elsewhere = LogFiles(tmp_path / "elsewhere")
    assert refused(elsewhere) == "seal_memory"
    shutil.rmtree(elsewhere.folder)
    grown.folder.rename(elsewhere.folder)
    assert sealed_at(elsewhere) == 2


def test_changed_tiles_are_not_signed(grown: LogFiles) -> None:
    tile = tile_in(size=300, level=0, index=1)
    path = grown.folder / tile.path
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    assert refused(grown) == "seal_root"


def test_missing_tiles_are_not_signed(grown: LogFiles) -> None:
    (grown.folder / tile_in(size=300, level=0, index=1).path).unlink()
    assert refused(grown) == "seal_tiles"


def test_a_clock_that_went_back_signs_nothing(grown: LogFiles) -> None:
    assert refused(grown, at=MONDAY - timedelta(seconds=3)) == "seal_clock"
    assert seal(files=grown, keys=[LOG], at=MONDAY - timedelta(seconds=2)) == 2


def test_the_key_of_another_log_signs_nothing(grown: LogFiles) -> None:
    with pytest.raises(SealRefused) as refusal:
        seal(files=grown, keys=[a_key("other.example/log")], at=MONDAY)
    assert refusal.value.code == "seal_origin"


def test_who_sealed_meanwhile_is_not_overwritten(grown: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sealing._entering

    def slowly(*, at: datetime, most: int) -> list[sealing.Waiting]:
        found = real(at=at, most=most)
        monkeypatch.setattr(sealing, "_entering", real)
        sealed_at(LogFiles(grown.folder))
        return found

    # As on two machines whose folders do not know of each other's locks.
    monkeypatch.setattr(LogFiles, "sealing", lambda _: nullcontext(True))
    monkeypatch.setattr(sealing, "_entering", slowly)
    with pytest.raises(SealRefused) as refusal:
        sealed_at(grown)
    assert refusal.value.code == "seal_twice"
    assert check_log(grown) == 302


def test_while_one_seals_another_is_sent_away_and_writes_no_file(
    grown: LogFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, sent_away = sealing._entering, []

    def slowly(*, at: datetime, most: int) -> list[sealing.Waiting]:
        monkeypatch.setattr(sealing, "_entering", real)
        sent_away.append(refused(LogFiles(grown.folder)))
        return real(at=at, most=most)

    monkeypatch.setattr(sealing, "_entering", slowly)
    assert sealed_at(grown) == 2
    assert sent_away == ["seal_twice"]
    assert check_log(grown) == 302


def test_two_keys_sign_during_a_rotation(files: LogFiles) -> None:
    acts(1)
    new = a_key(LOG.name, seed="new")
    seal(files=files, keys=[LOG, new], at=MONDAY)
    note = files.published()
    assert note is not None
    for key in (LOG, new):
        assert open_checkpoint(note, logs=[key.verifier]).checkpoint.size == 1


# Controls: without its guard, each of these would have been signed.


def an_old_database(log: LogFiles) -> datetime:
    kept = Checkpoint.objects.values("size", "root", "note").get()
    sealed_at(log)
    Entry.objects.filter(leaf_index__gte=300).update(leaf_index=None)
    Checkpoint.objects.all().delete()
    Checkpoint.objects.create(signed_at=int(MONDAY.timestamp()), **kept)
    acts(1)
    return MONDAY


def no_memory(log: LogFiles) -> datetime:
    (log.folder / "signed.json").unlink()
    return MONDAY


def changed_tiles(log: LogFiles) -> datetime:
    path = log.folder / tile_in(size=300, level=0, index=1).path
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    return MONDAY


def a_late_clock(log: LogFiles) -> datetime:
    return MONDAY - timedelta(seconds=3)


@pytest.mark.parametrize(
    ("guard", "scene"),
    [
        ("outside is not None and outside.size > last.size", an_old_database),
        ("outside is None and last.size", no_memory),
        ("root != known.root", changed_tiles),
        ("at.timestamp() < last.signed_at - CLOCK_SLACK_SECONDS", a_late_clock),
    ],
)
def test_control_without_its_guard_it_would_be_signed(
    grown: LogFiles, guard: str, scene: Callable[[LogFiles], datetime]
) -> None:
    at = scene(grown)
    refused(grown, at=at)
    broken = variant(sealing, f"if {guard}:", "if False:")
    assert broken.seal(files=grown, keys=[LOG], at=at) > 0
    assert parse_checkpoint(split_note(grown.published() or b"").text).size > 300
