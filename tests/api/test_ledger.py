# SPDX-License-Identifier: EUPL-1.2
"""The log over HTTP: the files that others ask for, proofs that verify with nothing but them, and what is not there."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from melayani.cases.actions import take_on_case
from melayani.cases.file_actions import note_case
from melayani.cases.models import Case
from melayani.ledger.actions import stamp_positions
from melayani.ledger.checkpoint import open_checkpoint
from melayani.ledger.encodings import read_hash
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.merkle import EMPTY_ROOT, leaf_hash, verify_consistency
from melayani.ledger.policy import policy_of_logs
from melayani.ledger.receipts import verify_receipt
from melayani.ledger.sealing import seal
from melayani.ledger.tiles import Tile, read_bundle
from melayani.ledger.tree import tree_root
from melayani.site.sealer import Sealer
from tests.builders import a_case, an_officer, officer_actor
from tests.conftest import MONDAY
from tests.ledger.some_keys import LOG

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path: Path, settings: Settings) -> LogFiles:
    """A log of its own, beside this test's database."""
    settings.LEDGER = tmp_path / "ledger"
    return LogFiles(tmp_path / "ledger")


def sealed(files: LogFiles) -> int:
    stamp_positions()
    return seal(files=files, keys=[LOG], at=MONDAY)


def get(client: Client, address: str, *, status: int = 200) -> bytes:
    answer = client.get(address)
    assert answer.status_code == status, address
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer.getvalue()


def test_before_the_first_checkpoint_nothing_is_there(client: Client, files: LogFiles) -> None:
    number = a_case().number
    for address in ("checkpoint", "keys", "tile/0/000", f"proof/{number}", "consistency?old=1&new=2"):
        assert get(client, f"/ledger/{address}", status=404) == get(client, "/ledger/checkpoint", status=404)


def test_strangers_rebuild_the_tree_from_the_files_alone(client: Client, files: LogFiles) -> None:
    for _ in range(3):
        a_case()
    count = sealed(files)
    tree = open_checkpoint(get(client, "/ledger/checkpoint"), logs=[LOG.verifier]).checkpoint
    assert tree.size == count > 0
    entries = read_bundle(get(client, f"/ledger/{Tile(-1, 0, count).path}"), width=count)
    assert tree_root(leaf_hash(entry) for entry in entries) == tree.root
    hashes = get(client, f"/ledger/{Tile(0, 0, count).path}")
    assert hashes == b"".join(leaf_hash(entry) for entry in entries)


def test_how_the_files_are_told_and_kept(client: Client, files: LogFiles) -> None:
    a_case()
    count = sealed(files)
    checkpoint = client.get("/ledger/checkpoint")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "no-cache"
    tile = client.get(f"/ledger/{Tile(0, 0, count).path}")
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert "max-age=60" in tile.headers["Cache-Control"]
    assert client.post("/ledger/checkpoint").status_code == 405
    assert client.head("/ledger/checkpoint").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "0/001",
        "1/000",
        "0/000",
        "0/000.p/0",
        "0/000.p/9999",
        "0/x000/000",
        "0/../checkpoint",
        "entries/1",
        "x/000",
        "0/",
    ],
)
def test_tiles_that_are_not_there_or_not_spelled_so(client: Client, files: LogFiles, path: str) -> None:
    a_case()
    sealed(files)
    get(client, f"/ledger/tile/{path}", status=404)


def test_nothing_beyond_the_published_checkpoint_is_told(client: Client, files: LogFiles) -> None:
    a_case()
    count = sealed(files)
    beyond = Tile(0, 0, count + 1)
    files.write({beyond: files.read(Tile(0, 0, count)) + bytes(32)})
    get(client, f"/ledger/{beyond.path}", status=404)


# Proofs


def test_the_proof_of_each_act_verifies(
    client: Client, files: LogFiles, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = a_case()
    an_officer("ratih")
    sealed(files)
    events = Case.objects.get(pk=case.pk).events.count()
    for sequence in range(events):
        with django_assert_num_queries(1):
            content = get(client, f"/ledger/proof/{case.number}/{sequence}")
        proven = verify_receipt(content, policy=policy_of_logs([LOG.vkey]))
        assert not proven.opened
        assert f'"n":{sequence},'.encode() in proven.leaf
    assert get(client, f"/ledger/proof/{case.number}") == get(client, f"/ledger/proof/{case.number}/0")
    typed = case.number.replace("-", "").lower()
    assert get(client, f"/ledger/proof/{typed}") == get(client, f"/ledger/proof/{case.number}")
    assert client.get(f"/ledger/proof/{case.number}").headers["Content-Disposition"].endswith('-0.tlog-proof"')


def test_secret_unknown_unsealed_and_malformed_look_alike(client: Client, files: LogFiles) -> None:
    secret, public = a_case(visibility="SECRET"), a_case()
    sealed(files)
    seal(files=files, keys=[LOG], at=MONDAY + timedelta(hours=12))
    late = a_case()
    answers = {
        get(client, f"/ledger/proof/{address}", status=404)
        for address in (
            secret.number, "JT-0000-000", late.number, "x", f"{public.number}/99", f"{public.number}/-1",
            f"{public.number}/00", f"{public.number}/{'9' * 30}", f"{public.number}/x",
        )
    }  # fmt: skip
    assert len(answers) == 1
    get(client, f"/ledger/proof/{public.number}")


def test_the_log_shows_that_it_only_grew(client: Client, files: LogFiles) -> None:
    known = []
    for _ in range(3):
        a_case()
        sealed(files)
        known.append(open_checkpoint(get(client, "/ledger/checkpoint"), logs=[LOG.verifier]).checkpoint)
    assert known[0].root != EMPTY_ROOT
    for old in known:
        for new in known:
            if old.size <= new.size:
                lines = get(client, f"/ledger/consistency?old={old.size}&new={new.size}").decode().splitlines()
                hashes = [read_hash(line) or b"" for line in lines]
                verify_consistency(size1=old.size, root1=old.root, size2=new.size, root2=new.root, proof=hashes)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400), ("old=1", 400), ("old=0&new=1", 400), ("old=2&new=1", 400), ("old=01&new=1", 400),
        ("old=-1&new=1", 400), ("old=1&new=x", 400), ("old=1&new=99", 404), (f"old=1&new={'9' * 40}", 400),
    ],
)  # fmt: skip
def test_sizes_that_cannot_be(client: Client, files: LogFiles, query: str, status: int) -> None:
    a_case()
    sealed(files)
    get(client, f"/ledger/consistency?{query}", status=status)


# The sealer of the worker


def test_the_sealer_seals_publishes_keys_and_tells_why_it_stops(
    client: Client, files: LogFiles, settings: Settings
) -> None:
    a_case()
    stamp_positions()
    sealer = Sealer()
    sealer.step()
    assert b"log melayani-test.example/ledger+" in get(client, "/ledger/keys")
    assert b"promise melayani-test.example/ledger/promise+" in get(client, "/ledger/keys")
    size = open_checkpoint(
        get(client, "/ledger/checkpoint"), logs=[log_key(Path(settings.KEYS)).verifier]
    ).checkpoint.size
    text = client.get("/status").content.decode()
    assert f"{size} catatan tersegel" in text
    assert "Penyegelan berhenti" not in text
    memory = (files.folder / "signed.json").read_bytes()
    (files.folder / "signed.json").unlink()
    take_on_case(number=a_case().number, by=officer_actor(), at=MONDAY)
    stamp_positions()
    sealer.step()
    text = client.get("/status").content.decode()
    assert "Penyegelan berhenti" in text
    assert "seal_memory" in text
    # A new worker, after somebody has laid the file back.
    (files.folder / "signed.json").write_bytes(memory)
    Sealer().step()
    text = client.get("/status").content.decode()
    assert "Penyegelan berhenti" not in text
    assert f"{size + 2} catatan tersegel" in text


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]", '{"note": 1}', '{"note": "x", "size": 1, "root": "x", "signed_at": 1}']
)
def test_a_damaged_memory_stops_sealing_and_neither_worker_nor_page(
    client: Client, files: LogFiles, damaged: str
) -> None:
    a_case()
    stamp_positions()
    Sealer().step()
    (files.folder / "signed.json").write_text(damaged)
    Sealer().step()
    assert files.refusal() == "seal_memory"
    answer = client.get("/status")
    assert answer.status_code == 200
    assert "seal_memory" in answer.content.decode()


def test_damaged_files_are_said_and_are_no_error_of_the_program(client: Client, files: LogFiles) -> None:
    number = a_case().number
    a_case()
    sealed(files)
    addresses = (f"/ledger/proof/{number}", "/ledger/consistency?old=1&new=2")
    for address in addresses:
        get(client, address)
    tile = next(path for path in (files.folder / "tile" / "0").rglob("*") if path.is_file())
    tile.write_bytes(tile.read_bytes()[:-1])
    for address in addresses:
        assert b"tidak lengkap atau rusak" in get(client, address, status=503)


def test_what_only_officers_know_of_has_no_proof_by_number(client: Client, files: LogFiles) -> None:
    case = a_case()
    note_case(number=case.number, text="Hanya untuk petugas di meja.", by=officer_actor(), at=MONDAY)
    sealed(files)
    get(client, f"/ledger/proof/{case.number}/0")
    get(client, f"/ledger/proof/{case.number}/1", status=404)
