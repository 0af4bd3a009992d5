# SPDX-License-Identifier: EUPL-1.2
"""What of the public ledger cannot be made anew is in the backup and comes back: proofs of statements, the policy."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from melayani.ground.errors import Refused
from melayani.ledger.keys import log_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.note import split_note
from melayani.ledger.receipts import parse_receipt
from melayani.ledger.rotation import announced_key
from melayani.ledger.vkeys import parse_vkey
from melayani.site import backup_files
from melayani.site.backup_files import (
    add_files,
    files_in,
    members_of,
    policy_to_keep,
    proofs_to_keep,
    put_in_place,
    waiting_files,
)
from tests.ledger.some_keys import variant
from tests.site.running import one_line, run, settings_of
from tests.site.test_backups import _database_of, elsewhere, file_cases
from tests.site.test_restore_log import keys_of, log_of, sealed, told_by

DIGESTS = [bytes([n]) * 32 for n in (1, 2)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an instance with two proofs and a policy, and things beside them that do not belong there."""
    for name, place in (("DATA", "data"), ("LEDGER", "data/ledger"), ("STORAGE", "data/files")):
        monkeypatch.setattr(django_settings, name, tmp_path / place)
    for digest in DIGESTS:
        LogFiles(tmp_path / "data" / "ledger").keep_statement_proof(digest, digest.hex().encode())
    statements = tmp_path / "data" / "ledger" / "statements"
    (statements / "seen.json").write_text("{}")
    (statements / f"{'9' * 64}.tlog-proof").write_bytes(bytes(1_000_000))
    (tmp_path / "data" / "policy").write_bytes(b"quorum none\n")
    return tmp_path / "data"


def packed(names: list[str] | None = None) -> io.BytesIO:
    """An archive with these photos, the proofs and the policy."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        add_files(tar, members_of(names or [], proofs_to_keep() | policy_to_keep()))
    return out


def unpacked(out: io.BytesIO, *, count: int = 3) -> dict[str, bytes]:
    """What is in the archive by name."""
    with tarfile.open(fileobj=io.BytesIO(out.getvalue())) as tar:
        return dict(files_in(tar, count=count))


@pytest.mark.once
def test_proofs_and_policy_are_in_it_and_nothing_else(folder: Path) -> None:
    found = unpacked(packed())
    assert found == {
        **{f"ledger/statements/{digest.hex()}.tlog-proof": digest.hex().encode() for digest in DIGESTS},
        "policy": b"quorum none\n",
    }


@pytest.mark.once
def test_they_come_back_and_overwrite_nothing(folder: Path) -> None:
    out = packed()
    proof = folder / "ledger" / "statements" / f"{DIGESTS[0].hex()}.tlog-proof"
    other = folder / "ledger" / "statements" / f"{DIGESTS[1].hex()}.tlog-proof"
    shutil.rmtree(folder / "ledger")
    (folder / "policy").unlink()
    with waiting_files(iter(unpacked(out).items())) as waiting:
        put_in_place(waiting)
    assert (proof.read_bytes(), other.exists()) == (DIGESTS[0].hex().encode(), True)
    assert (folder / "policy").read_bytes() == b"quorum none\n"
    assert (folder / "policy").stat().st_mode & 0o077 == 0
    for path in (proof, folder / "policy"):
        path.write_bytes(b"newer")
    with waiting_files(iter(unpacked(out).items())) as waiting:
        put_in_place(waiting)
    assert (proof.read_bytes(), (folder / "policy").read_bytes()) == (b"newer", b"newer")
    # The control: what belongs to photos gives way.
    blind = variant(backup_files, "        if public is None:\n", "        if True:\n")
    with waiting_files(iter(unpacked(out).items())) as waiting:
        blind.put_in_place(waiting)
    assert (folder / "policy").read_bytes() == b"quorum none\n"


def changes(out: io.BytesIO) -> Iterator[bytes]:
    """The archive with one thing changed each time."""
    whole = out.getvalue()
    yield whole.replace(b"quorum none\n", b"quorum nona\n")
    yield whole.replace(DIGESTS[0].hex().encode() + b"\0", DIGESTS[1].hex().encode() + b"\0")
    for name in ("policy2", "../policy", "ledger/statements/x.tlog-proof", "ledger/checkpoint", "file/policy"):
        fresh = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(whole)) as tar, tarfile.open(fileobj=fresh, mode="w") as other:
            for member in tar.getmembers():
                content = tar.extractfile(member)
                member.name = name if member.name == "policy" else member.name
                other.addfile(member, content)
        yield fresh.getvalue()


@pytest.mark.once
def test_what_was_changed_restores_nothing(folder: Path) -> None:
    out = packed()
    changed = list(changes(out))
    assert out.getvalue() not in changed
    for content in changed:
        with pytest.raises(ValueError, match=r".*"):
            unpacked(io.BytesIO(content))
    for count in (2, 4):
        with pytest.raises((ValueError, TypeError)):
            unpacked(out, count=count)


@pytest.mark.once
def test_a_policy_that_nobody_could_read_is_left_out(folder: Path) -> None:
    (folder / "policy").write_bytes(bytes(300_000))
    assert policy_to_keep() == {}
    (folder / "policy").unlink()
    assert policy_to_keep() == {}


# The whole program

ROTATE = """
from pathlib import Path
from django.conf import settings
from melayani.ground.clock import now
from melayani.ledger.actions import stamp_positions
from melayani.ledger.keys import Purpose
from melayani.ledger.rotation import announce, retire
from melayani.site.sealer import Sealer
keys, sealer = Path(settings.KEYS), Sealer()
def rounds():
    for _ in range(2):
        stamp_positions(); sealer.step()
rounds(); announce(directory=keys, purpose=Purpose.LOG, at=now()); rounds()
retire(directory=keys, purpose=Purpose.LOG, at=now()); rounds()
"""
PAGES = """
from django.test import Client
client = Client(headers={"host": "127.0.0.1"})
print("pernyataan/0" in client.get("/buku-besar").content.decode())
print(client.get("/ledger/keys").content.decode().count("log-retired"))
proof = client.get("/buku-besar/pernyataan/0")
print(proof.status_code, proof.content.hex())
"""


@dataclass(frozen=True)
class Rotated:
    """An instance whose log key was changed, its backup, its public files without the proofs, and the old key."""

    settings: dict[str, str]
    backup: Path
    public: Path
    old: str


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Rotated:
    folder = tmp_path_factory.mktemp("rotated")
    settings = settings_of(folder / "instance")
    old = log_key(keys_of(settings)).vkey
    file_cases(settings, 0, 1)
    told_by(settings, ROTATE)
    assert log_key(keys_of(settings)).vkey != old
    (Path(settings["MELAYANI_DATA"]) / "policy").write_text(f"log {old}\nquorum none\n")
    done = run("backup", folder / "out.tar", **settings)
    assert (done.returncode, "Bukti pernyataan buku besar: 1; daftar saksi (policy): ada." in done.stdout) == (0, True)
    file_cases(settings, 1, 2)
    assert sealed(settings) == ""
    public = Path(shutil.copytree(log_of(settings).folder, folder / "public"))
    shutil.rmtree(public / "statements")
    return Rotated(settings, folder / "out.tar", public, old)


def restored(made: Rotated, backup: Path, tmp_path: Path) -> dict[str, str]:
    """The settings of an instance that was restored and whose log goes on from the public files."""
    target = elsewhere(tmp_path)
    done = run(
        "restore", backup, "--data", tmp_path / "restored", "--keys", keys_of(made.settings),
        "--ledger", made.public, "--newest", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return target


def shown(settings: dict[str, str]) -> tuple[bool, int, bytes]:
    """Whether the page of the ledger lists the statement, how many retired log keys there are, and the proof of it."""
    listed, retired, proof = told_by(settings, PAGES).splitlines()
    status, content = proof.split(" ")
    assert status == "200"
    return listed == "True", int(retired), bytes.fromhex(content)


def signers(proof: bytes) -> int:
    """How many signatures the checkpoint of a proof bears."""
    return len(split_note(parse_receipt(proof).checkpoint).lines)


@pytest.mark.prove
def test_after_a_restore_the_statements_are_shown_with_their_proofs_under_the_old_key(
    rotated: Rotated, tmp_path: Path
) -> None:
    before = shown(rotated.settings)
    target = restored(rotated, rotated.backup, tmp_path)
    listed, retired, proof = shown(target)
    assert (listed, retired, proof) == before
    assert (listed, retired, signers(proof)) == (True, 1, 1)
    old = parse_vkey(rotated.old)
    assert announced_key(proof, log=old, old=old).vkey == log_key(keys_of(rotated.settings)).vkey
    assert (Path(target["MELAYANI_DATA"]) / "policy").read_text() == f"log {rotated.old}\nquorum none\n"
    done = run("audit", **target)
    assert (done.returncode, "PERHATIAN" in done.stderr) == (0, False)


def before_proofs(backup: Path, out: Path) -> Path:
    """The backup as it was made before proofs and policy were in it."""
    with tarfile.open(backup, "r:") as tar, tarfile.open(out, "w") as fresh:
        for member in tar.getmembers():
            content = tar.extractfile(member)
            said = content.read() if content else b""
            if member.name == "manifest.json":
                manifest = json.loads(said)
                del manifest["proofs"], manifest["policy"]
                said = json.dumps(manifest).encode()
            if member.name.startswith("ledger/") or member.name in ("policy", "files.sha256"):
                continue
            member.size = len(said)
            fresh.addfile(member, io.BytesIO(said))
    return out


@pytest.mark.prove
def test_an_old_backup_is_restored_too_and_what_it_lacks_is_said(rotated: Rotated, tmp_path: Path) -> None:
    """The control of the test above: without the proofs in it nobody who trusts the old key can follow."""
    old_form = before_proofs(rotated.backup, tmp_path / "old.tar")
    target = restored(rotated, old_form, tmp_path)
    _, retired, proof = shown(target)
    assert retired == 1
    assert rotated.old.split("+")[1] not in proof.decode()
    old = parse_vkey(rotated.old)
    with pytest.raises(Refused):
        announced_key(proof, log=old, old=old)
    assert not (Path(target["MELAYANI_DATA"]) / "policy").exists()
    # It was announced more than a minute before that look.
    later = {"MELAYANI_NOW": "2100-01-01T00:00:00+07:00", "MELAYANI_DEBUG": "1"}
    done = run("audit", **target, **later)
    assert "PERHATIAN: bukti pernyataan 0" in done.stderr
    assert "Bukti pernyataan 0" in run("check", **target, **later).stdout
    # A copy of the folder from elsewhere brings it back: the log is taken up again with it.
    again = run("recover", "--ledger", log_of(rotated.settings).folder, "--newest", **target)
    assert again.returncode == 0, again.stderr
    assert shown(target) == shown(rotated.settings)


@pytest.mark.prove
def test_without_a_word_and_without_witnesses_it_is_refused_before_anything(rotated: Rotated, tmp_path: Path) -> None:
    old_form = before_proofs(rotated.backup, tmp_path / "old.tar")
    asked = ("--data", tmp_path / "restored", "--keys", keys_of(rotated.settings), "--ledger", rotated.public)
    target = elsewhere(tmp_path)
    done = run("restore", old_form, *asked, **_database_of(target))
    assert (done.returncode, "--newest" in one_line(done)) == (2, True)
    assert not (tmp_path / "restored").exists()
    # With a policy inside the witnesses are asked; this one names none, so its data are there and the log waits.
    done = run("restore", rotated.backup, *asked, **_database_of(target))
    assert (done.returncode, "Belum cukup saksi" in one_line(done)) == (2, True)
    assert sealed(target) == "seal_restored"


@pytest.mark.prove
def test_a_new_log_keeps_the_proofs_of_the_old_one(rotated: Rotated, tmp_path: Path) -> None:
    target = elsewhere(tmp_path)
    done = run(
        "restore", rotated.backup, "--data", tmp_path / "restored", "--keys", keys_of(rotated.settings),
        "--new-origin", "baru.example/ledger", **_database_of(target),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sealed(target) == ""
    assert shown(target)[2] == shown(rotated.settings)[2]
    done = run("audit", **target)
    assert (done.returncode, "PERHATIAN" in done.stderr) == (0, False)
