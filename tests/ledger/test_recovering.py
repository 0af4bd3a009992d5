# SPDX-License-Identifier: EUPL-1.2
"""The ways out of a lost log: what survived is taken up leaf by leaf, and nothing that could make a second truth is."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from melayani.ground.errors import Refused
from melayani.ledger import recovering, surviving
from melayani.ledger.keys import create_keys, log_key, read_origin, retired_lines
from melayani.ledger.log_files import LogFiles
from melayani.ledger.models import Checkpoint, Entry, LostLeaf, Statement
from melayani.ledger.recovering import RecoveryRefused, adopt, opening_of, set_aside, take_new_origin
from melayani.ledger.sealing import SealRefused, seal
from melayani.ledger.statements import Spans, StatementKind, in_parts
from melayani.ledger.surviving import NothingSurvived, Survived, planted, survived_files, survived_rows
from melayani.ledger.tiles import ENTRIES, tile_in
from melayani.site import recovery
from melayani.site.recovery import begin_new_log, recover_log
from melayani.site.restored import mark_restored
from melayani.site.sealer import Sealer
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG, a_key, variant
from tests.ledger.test_sealing import acts, check_log, sealed_at

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    return LogFiles(tmp_path / "ledger")


def survived(files: LogFiles) -> Survived:
    return survived_files(files.folder, keys=[LOG.verifier], signed_at=int(MONDAY.timestamp()))


def old_backup(files: LogFiles, *, kept: int, more: int) -> None:
    """The database is that of `kept` acts, two of them not yet sealed; the log went on for `more`."""
    acts(kept - 2)
    sealed_at(files)
    last = Checkpoint.objects.get()
    acts(2)
    before = list(Entry.objects.values_list("id", flat=True))
    acts(more)
    sealed_at(files)
    Entry.objects.exclude(id__in=before).delete()
    Entry.objects.filter(leaf_index__gte=kept - 2).update(leaf_index=None)
    Checkpoint.objects.all().delete()
    Checkpoint.objects.create(size=last.size, root=last.root, note=last.note, signed_at=last.signed_at)


def test_what_the_backup_lacks_are_lost_leaves_and_the_log_goes_on(files: LogFiles) -> None:
    old_backup(files, kept=300, more=5)
    with pytest.raises(SealRefused):
        sealed_at(files, LATER)
    published = files.published()
    done = adopt(survived(files), at=LATER)
    assert (done.size, done.found, done.lost) == (305, 2, 5)
    assert list(LostLeaf.objects.order_by("leaf_index").values_list("leaf_index", flat=True)) == list(range(300, 305))
    said = Statement.objects.get()
    assert (said.entry.kind, said.data) == (StatementKind.LEAVES_LOST, {"indexes": "300-304"})
    acts(1)
    assert sealed_at(files, LATER) == 2
    assert {Entry.objects.get(leaf_index=index).kind for index in (305, 306)} == {"log.leaves_lost", "case.filed"}
    again = survived(files)
    assert again.signed.size == 307
    surviving.check_beginning(again, surviving.opened(published or b"", keys=[LOG.verifier], signed_at=0))


def test_doing_it_twice_changes_nothing(files: LogFiles) -> None:
    old_backup(files, kept=10, more=3)
    assert adopt(survived(files), at=LATER).lost == 3
    done = adopt(survived(files), at=LATER)
    assert (done.found, done.lost, LostLeaf.objects.count(), Statement.objects.count()) == (0, 3, 3, 1)


def test_the_planted_folder_is_the_log(files: LogFiles, tmp_path: Path) -> None:
    acts(600)
    sealed_at(files)
    plant = planted(survived(files), tmp_path / "planted")
    assert (plant.published(), plant.signed()) == (files.published(), files.signed())
    shutil.rmtree(files.folder)
    plant.folder.rename(files.folder)
    acts(1)
    assert sealed_at(files, LATER) == 1
    assert check_log(files) == 601


def test_the_rows_alone_make_the_same_files(files: LogFiles, tmp_path: Path) -> None:
    old_backup(files, kept=10, more=3)
    adopt(survived(files), at=LATER)
    assert survived_rows() == survived(files)
    Entry.objects.filter(leaf_index=4).delete()
    with pytest.raises(NothingSurvived) as refused:
        survived_rows()
    assert refused.value.code == "survived_rows"


def test_very_many_gaps_are_told_in_several_statements(files: LogFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovering, "in_parts", partial(in_parts, most=10))
    acts(26)
    sealed_at(files)
    Entry.objects.filter(leaf_index__in=range(1, 26, 2)).delete()
    done = adopt(survived(files), at=LATER)
    assert done.lost == 13
    said = [each.data["indexes"] for each in Statement.objects.order_by("sequence")]
    assert [text.count(",") + 1 for text in said] == [10, 3]
    assert [index for index in range(done.size) if index in Spans(said)] == list(range(1, done.size, 2))
    # Nothing is said twice.
    adopt(survived(files), at=LATER)
    assert Statement.objects.count() == 2


def bundle_gone(files: LogFiles) -> None:
    shutil.rmtree(files.folder / "tile" / "entries")


def bundle_changed(files: LogFiles) -> None:
    path = files.folder / tile_in(size=13, level=ENTRIES, index=0).path
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)


def other_key(files: LogFiles) -> None:
    from melayani.ledger.checkpoint import sign_checkpoint

    signed = files.signed()
    assert signed is not None
    stranger = a_key(LOG.name, seed="another")
    files.publish(sign_checkpoint(origin=LOG.name, size=signed.size, root=signed.root, keys=[stranger]))


def fork(files: LogFiles) -> None:
    from melayani.ledger.checkpoint import sign_checkpoint

    files.publish(sign_checkpoint(origin=LOG.name, size=12, root=bytes(32), keys=[LOG]))


def nothing(files: LogFiles) -> None:
    shutil.rmtree(files.folder)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (bundle_gone, "survived_bundle"), (bundle_changed, "survived_root"), (other_key, "survived_key"),
        (fork, "survived_fork"), (nothing, "survived_none"),
    ],
)  # fmt: skip
def test_a_log_that_did_not_survive_whole_is_refused(
    files: LogFiles, damage: Callable[[LogFiles], None], code: str
) -> None:
    acts(13)
    sealed_at(files)
    damage(files)
    with pytest.raises(NothingSurvived) as refused:
        survived(files)
    assert refused.value.code == code


def test_a_row_with_another_number_is_a_contradiction(files: LogFiles) -> None:
    acts(5)
    sealed_at(files)
    known = survived(files)
    with transaction.atomic():
        Entry.objects.filter(leaf_index=1).update(leaf_index=9)
    with pytest.raises(RecoveryRefused):
        adopt(known, at=LATER)
    assert LostLeaf.objects.count() == 0


def test_a_log_that_ends_before_what_the_database_knows_is_refused(files: LogFiles, tmp_path: Path) -> None:
    acts(3)
    sealed_at(files)
    shutil.copytree(files.folder, tmp_path / "older")
    older = survived(LogFiles(tmp_path / "older"))
    acts(3)
    sealed_at(files)
    with pytest.raises(NothingSurvived):
        adopt(older, at=LATER)
    assert Checkpoint.objects.get().size == 6


def test_control_without_the_check_of_the_root_changed_leaves_would_be_taken(files: LogFiles) -> None:
    acts(13)
    sealed_at(files)
    known = survived(files)
    changed = [*known.leaves[:-1], known.leaves[-1] + b" "]
    with pytest.raises(NothingSurvived):
        surviving._checked(known.signed, changed)
    broken = variant(surviving, "tree_root(leaf_hash(leaf) for leaf in leaves) != signed.root", "False")
    assert broken._checked(known.signed, changed).leaves == changed


def test_control_without_the_check_of_the_beginning_a_fork_would_be_taken(files: LogFiles) -> None:
    acts(13)
    sealed_at(files)
    fork(files)
    broken = variant(surviving, "tree_root(leaf_hash(leaf) for leaf in beginning) != known.root", "False")
    assert broken.survived_files(files.folder, keys=[LOG.verifier], signed_at=0).signed.size == 13


@pytest.mark.parametrize("step", ["elif known != index:", "if any(index is not None for _, index in rows.values()):"])
def test_control_without_the_check_a_contradiction_would_be_taken(files: LogFiles, step: str) -> None:
    acts(5)
    sealed_at(files)
    known = survived(files)
    if "known" in step:
        Entry.objects.filter(leaf_index=1).update(leaf_index=9)
    else:
        other = Entry.objects.get(leaf_index=1)
        Entry.objects.filter(pk=other.pk).update(leaf=bytes(other.leaf)[::-1])
    with pytest.raises(Refused):
        adopt(known, at=LATER)
    broken = variant(recovering, step, step.split(" ", maxsplit=1)[0] + " False:")
    assert broken.adopt(known, at=LATER).size == 5


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogFiles:
    """An instance of its own with keys and a log folder."""
    for name, folder in (("DATA", "data"), ("KEYS", "keys"), ("LEDGER", "data/ledger")):
        monkeypatch.setattr(settings, name, tmp_path / folder)
    (tmp_path / "data").mkdir()
    create_keys(directory=tmp_path / "keys", origin=LOG.name)
    return LogFiles(tmp_path / "data" / "ledger")


def own_seal(files: LogFiles) -> int:
    return seal(files=files, keys=[log_key(Path(settings.KEYS))], at=LATER)


def test_the_own_folder_is_taken_and_its_damaged_tiles_are_made_anew(instance: LogFiles) -> None:
    acts(300)
    own_seal(instance)
    for tile in (instance.folder / "tile" / "0").rglob("*"):
        if tile.is_file():
            tile.write_bytes(bytes(32))
    with pytest.raises(SealRefused):
        own_seal(instance)
    assert recover_log(None, at=LATER).size == 300
    acts(1)
    assert own_seal(instance) == 1


def test_lost_files_are_made_anew_from_rows_but_not_from_those_of_a_backup(instance: LogFiles) -> None:
    acts(7)
    own_seal(instance)
    shutil.rmtree(instance.folder)
    with pytest.raises(NothingSurvived):
        recover_log(None, at=LATER)
    mark_restored()
    with pytest.raises(NothingSurvived) as refused:
        recover_log(None, at=LATER, rows=True)
    assert refused.value.code == "survived_backup"
    (Path(settings.DATA) / "restored").unlink()
    assert recover_log(None, at=LATER, rows=True).size == 7
    acts(1)
    assert own_seal(instance) == 1


def test_less_than_our_own_memory_is_not_taken(instance: LogFiles, tmp_path: Path) -> None:
    acts(3)
    own_seal(instance)
    shutil.copytree(instance.folder, tmp_path / "older")
    acts(2)
    own_seal(instance)
    with pytest.raises(NothingSurvived) as refused:
        recover_log(tmp_path / "older", at=LATER)
    assert refused.value.code == "survived_less"
    assert Checkpoint.objects.get().size == 5


def test_another_tree_than_our_own_memory_is_not_taken(instance: LogFiles, tmp_path: Path) -> None:
    """Longer, by the same key, and from the same beginning: but not what we know to have signed."""
    acts(3)
    own_seal(instance)
    last = Checkpoint.objects.get()
    fork = Path(shutil.copytree(instance.folder, tmp_path / "fork"))
    acts(2)
    own_seal(instance)
    Entry.objects.filter(leaf_index__gte=3).delete()
    Checkpoint.objects.all().delete()
    Checkpoint.objects.create(size=3, root=last.root, note=last.note, signed_at=last.signed_at)
    acts(4)
    assert seal(files=LogFiles(fork), keys=[log_key(Path(settings.KEYS))], at=LATER) == 4
    with pytest.raises(NothingSurvived) as refused:
        recover_log(fork, at=LATER)
    assert refused.value.code == "survived_fork"


def test_a_new_log_begins_with_the_statement_that_names_the_old_one(instance: LogFiles) -> None:
    acts(4)
    own_seal(instance)
    kept, old = Checkpoint.objects.get(), log_key(Path(settings.KEYS))
    shutil.rmtree(instance.folder)
    mark_restored()
    begin_new_log("baru.example/ledger", at=LATER)
    statement = Statement.objects.get()
    assert statement.entry.leaf_index == 0
    assert statement.data["old_origin"] == LOG.name
    assert (statement.data["old_size"], statement.data["old_vkey"]) == (kept.size, old.vkey)
    assert read_origin(Path(settings.KEYS)) == "baru.example/ledger"
    assert f"log {old.vkey}" in retired_lines(Path(settings.KEYS))
    assert own_seal(instance) == 4
    assert not (Path(settings.DATA) / "restored").exists()
    with pytest.raises(Exception, match="nama lain"):
        begin_new_log("baru.example/ledger", at=LATER)


@pytest.mark.parametrize("cut", ["set_aside", "take_new_origin", "seal"])
def test_a_new_log_that_was_cut_off_is_begun_again(
    instance: LogFiles, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    acts(4)
    own_seal(instance)

    def cut_off(*_args: object, **_more: object) -> None:
        raise OSError("power")

    with monkeypatch.context() as broken:
        broken.setattr(recovery, cut, cut_off)
        with pytest.raises(OSError, match="power"):
            begin_new_log("baru.example/ledger", at=LATER)
    # The worker is started again before anybody has finished it: it signs nothing, least of all with the old key.
    published = instance.published()
    Sealer().step()
    assert (instance.refusal(), instance.published()) == ("seal_restored", published)
    begin_new_log("baru.example/ledger", at=LATER)
    monkeypatch.setenv("MELAYANI_NOW", LATER.isoformat())
    Sealer().step()
    assert instance.refusal() == ""
    assert Statement.objects.get().entry.leaf_index == 0
    assert opening_of("baru.example/ledger") is None
    assert Entry.objects.filter(leaf_index__isnull=True).count() == 0


def test_the_old_folder_is_never_overwritten(tmp_path: Path) -> None:
    assert set_aside(tmp_path / "ledger") is None
    for _ in range(2):
        (tmp_path / "ledger").mkdir()
        set_aside(tmp_path / "ledger")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.old-1", "ledger.old-2"]


def test_taking_an_unusable_name_changes_no_key(instance: LogFiles) -> None:
    before = sorted((path.name, path.read_bytes()) for path in Path(settings.KEYS).iterdir())
    with pytest.raises(Refused):
        take_new_origin(Path(settings.KEYS), origin="ada spasi")
    with pytest.raises(Refused):
        begin_new_log("ada spasi", at=LATER)
    assert sorted((path.name, path.read_bytes()) for path in Path(settings.KEYS).iterdir()) == before
    assert Statement.objects.count() == 0
