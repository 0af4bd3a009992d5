# SPDX-License-Identifier: EUPL-1.2
"""`melayani keys`: what it shows is a policy, a change goes through beside the worker, copies come back whole."""

import io
import json
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from melayani.ledger.checkpoint import open_checkpoint
from melayani.ledger.keys import (
    KeysRefused,
    Purpose,
    create_keys,
    log_key,
    make_next_key,
    make_witness_key,
    promise_key,
    witness_key,
)
from melayani.ledger.log_files import LogFiles
from melayani.ledger.policy import parse_policy
from melayani.ledger.rotation import announced_key
from melayani.site import key_files
from melayani.site.console import BadInput
from melayani.site.key_files import bring_keys, open_to_others, packed_keys, read_keys
from melayani.site.key_words import policy_text, published_origin
from tests.ledger.some_keys import LOG, ORIGIN, WITNESSES, variant
from tests.ledger.test_witnessing import note_of
from tests.site.running import an_instance, environment, one_line, run, settings_of, started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys with everything that a folder of keys may hold."""
    folder = tmp_path / "keys"
    create_keys(directory=folder, origin=ORIGIN)
    make_next_key(folder, Purpose.LOG)
    make_witness_key(folder, name="saksi.example")
    (folder / "retired").write_text(f"log {LOG.vkey}\n")
    (folder / "erasures").write_text("{}\n" * 10_000)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Copies


@pytest.mark.once
def test_what_is_packed_comes_back_whole_and_private(folder: Path, tmp_path: Path) -> None:
    tar = tmp_path / "keys.tar"
    tar.write_bytes(packed_keys(folder))
    for source in (tar, folder):
        back = tmp_path / f"back-{source.name}"
        bring_keys(read_keys(source), back)
        assert contents(back) == contents(folder)
        assert stat.S_IMODE(back.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in back.iterdir()} == {0o600}
        assert open_to_others(back) == []
    with tarfile.open(tar) as packed:
        assert {member.mode for member in packed} == {0o600}
    assert not list(tmp_path.glob(".keys-*"))


@pytest.mark.once
def test_no_key_is_ever_overwritten(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    create_keys(directory=other, origin=ORIGIN)
    for name in ("log.key", "master.key", "witness.key"):
        instance = tmp_path / f"with-{name}"
        instance.mkdir()
        content = (other / name).read_bytes() if (other / name).exists() else b"another witness"
        (instance / name).write_bytes(content)
        with pytest.raises(BadInput, match="tidak pernah ditimpa"):
            bring_keys(read_keys(folder), instance)
        assert contents(instance) == {name: content}
        broken = variant(key_files, "if other:", "if False:")
        broken.bring_keys(read_keys(folder), instance)
        # Without that guard the rest would be mixed with keys of another instance.
        assert contents(instance) == contents(folder) | {name: content}


@pytest.mark.once
def test_a_bringing_that_was_cut_off_goes_on(folder: Path, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy2(folder / "origin", instance)
    shutil.copy2(folder / "log.key", instance)
    bring_keys(read_keys(folder), instance)
    assert contents(instance) == contents(folder)


@pytest.mark.once
@pytest.mark.parametrize("name", ["log.key", "promise.key", "master.key"])
def test_a_damaged_key_is_not_brought(folder: Path, tmp_path: Path, name: str) -> None:
    (folder / name).write_text("AAAA\n")
    with pytest.raises(KeysRefused):
        bring_keys(read_keys(folder), tmp_path / "instance")
    assert not (tmp_path / "instance").exists()


@pytest.mark.once
def test_what_is_no_copy_of_keys(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    for content in (b"", b"no tar", _tar({"keys/log.key": b"AAAA"}), _tar({"../../origin": b"x\n"})):
        file.write_bytes(content)
        with pytest.raises(BadInput):
            read_keys(file)


def _tar(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


# What is shown


@pytest.mark.once
def test_what_is_shown_is_a_policy(folder: Path, tmp_path: Path) -> None:
    ledger, policy = LogFiles(tmp_path / "ledger"), tmp_path / "policy"

    def shown() -> str:
        return policy_text(keys=folder, ledger=ledger.folder, policy=policy)

    log, promise = log_key(folder), promise_key(folder)
    assert shown() == (
        f"# witness saksi.example {witness_key(folder).vkey}\nlog {log.vkey}\n# promise {promise.vkey}\nquorum none\n"
    )
    # As it is published, while a key is being changed.
    ledger.publish_keys(f"log {log.vkey}\nlog {LOG.vkey}\npromise {promise.vkey}\n".encode())
    assert [key.vkey for key in parse_policy(shown().encode()).logs] == [log.vkey, LOG.vkey]
    # Keys of another log lie there: what is in the folder of keys counts.
    ledger.publish_keys(f"log {LOG.vkey}\n".encode())
    assert [key.vkey for key in parse_policy(shown().encode()).logs] == [log.vkey]
    policy.write_text(f"log {LOG.vkey}\n# ours\nwitness w {WITNESSES[0].vkey} https://w.example\nquorum w\n")
    read = parse_policy(shown().encode())
    assert ([key.vkey for key in read.logs], read.quorum) == ([log.vkey], "w")
    assert read.urls == {"w": "https://w.example"}
    policy.write_text("quorum nobody\n")
    with pytest.raises(BadInput):
        shown()
    for name in ("log.key", "promise.key"):
        (folder / name).unlink()
    policy.unlink()
    assert shown() == f"# witness saksi.example {witness_key(folder).vkey}\nquorum none\n"


@pytest.mark.once
def test_whose_log_lies_there(tmp_path: Path) -> None:
    files = LogFiles(tmp_path)
    assert published_origin(tmp_path) is None
    files.publish(note_of(3))
    assert published_origin(tmp_path) == ORIGIN
    files.publish(b"damaged\n")
    assert published_origin(tmp_path) is None


@pytest.mark.once
@pytest.mark.parametrize("name", ["a b", "a+b", "a\nb", "x" * 300])
def test_a_witness_cannot_be_named_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeysRefused):
        make_witness_key(tmp_path, name=name)
    assert not (tmp_path / "witness.key").exists()


@pytest.mark.once
def test_a_damaged_key_of_a_witness(tmp_path: Path) -> None:
    for content in (b"", b"name\n", b"name AAAA\n", b"\xff \xff\n", b"a+b " + b"A" * 43 + b"=\n"):
        (tmp_path / "witness.key").write_bytes(content)
        with pytest.raises(KeysRefused):
            witness_key(tmp_path)


# The program


def rounds(settings: dict[str, str], count: int = 2) -> None:
    """Rounds of the worker, in a process of its own."""
    code = "import django; django.setup()\nfrom melayani.site.worker import Worker\nworker = Worker(readers={})\n"
    subprocess.run(
        [sys.executable, "-c", code + "worker.step()\n" * count],
        env=environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", **settings),
        check=True,
        timeout=60,
    )


@pytest.mark.prove
def test_a_change_of_the_key_by_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    settings = settings_of(folder)
    rounds(settings)
    old = log_key(folder / "keys")
    assert run("keys", "show", **settings).stdout.splitlines()[0] == f"log {old.vkey}"
    assert "Tidak ada pergantian kunci" in one_line(run("keys", "rotate", "--finish", **settings))
    begun = run("keys", "rotate", **settings)
    assert begun.returncode == 0, begun.stderr
    new = next(line for line in begun.stdout.splitlines() if line.startswith(old.name))
    again = run("keys", "rotate", **settings)
    assert (again.returncode, "sudah diumumkan" in again.stderr) == (1, True)
    assert "belum ada di buku besar" in one_line(run("keys", "rotate", "--finish", **settings))
    rounds(settings)
    shown = parse_policy(run("keys", "show", **settings).stdout.encode())
    assert [key.vkey for key in shown.logs] == [old.vkey, new]
    ended = run("keys", "rotate", "--finish", **settings)
    assert ended.returncode == 0, ended.stderr
    rounds(settings)
    assert log_key(folder / "keys").vkey == new
    files = LogFiles(folder / "ledger")
    assert f"log-retired {old.vkey}" in (files.keys() or b"").decode().splitlines()
    (kept,) = (files.folder / "statements").iterdir()
    following = announced_key(kept.read_bytes(), log=old.verifier, old=old.verifier)
    assert following.vkey == new


@pytest.mark.prove
@pytest.mark.once
def test_a_running_worker_takes_the_change_up(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    old = log_key(folder / "keys")
    with started("work", "--data", folder):
        for step in ((), ("--finish",)):
            until = time.monotonic() + 20
            while run("keys", "rotate", *step, "--data", folder).returncode and time.monotonic() < until:
                time.sleep(0.2)
        until = time.monotonic() + 20
        while log_key(folder / "keys").vkey == old.vkey and time.monotonic() < until:
            time.sleep(0.1)
    note = LogFiles(folder / "ledger").published() or b""
    new = log_key(folder / "keys")
    assert new.vkey != old.vkey
    assert open_checkpoint(note, logs=[new.verifier]).checkpoint.size == 2 + settled_before(folder)


def settled_before(folder: Path) -> int:
    """How many entries the instance had before: those of its making."""
    code = (
        "import django; django.setup(); from melayani.ledger.models import Entry\n"
        "print(Entry.objects.exclude(kind__startswith='log.').exclude(leaf_index=None).count())"
    )
    env = environment(DJANGO_SETTINGS_MODULE="melayani.site.settings", MELAYANI_DATA=str(folder))
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True, timeout=60)
    return int(done.stdout)


@pytest.mark.prove
@pytest.mark.once
def test_the_drill_changes_nothing(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    before = {
        path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and "sqlite" not in path.name
    }
    done = run("keys", "rotate", "--drill", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("[v] ") == 6
    after = {
        path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and "sqlite" not in path.name
    }
    assert after == before
    assert run("keys", "rotate", "--drill", "--finish", "--data", folder).returncode == 2


@pytest.mark.prove
@pytest.mark.once
def test_copies_by_the_program(tmp_path: Path) -> None:
    folder, out = an_instance(tmp_path / "d"), tmp_path / "keys.tar"
    done = run("keys", "export", out, "--data", folder)
    assert done.returncode == 0, done.stderr
    assert "terpisah" in done.stdout
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    content = out.read_bytes()
    assert "sudah ada" in one_line(run("keys", "export", out, "--data", folder))
    assert out.read_bytes() == content
    # It holds keys already, the same ones: nothing to do. Then others, then none.
    assert run("keys", "import", out, "--data", folder).returncode == 0
    before = contents(folder / "keys")
    (folder / "keys" / "log.key").write_bytes(before["promise.key"])
    done = run("keys", "import", out, "--data", folder)
    assert (done.returncode, "tidak pernah ditimpa" in one_line(done)) == (2, True)
    shutil.rmtree(folder / "keys")
    assert run("keys", "show", "--data", folder).returncode == 2
    assert run("keys", "export", tmp_path / "other.tar", "--data", folder).returncode == 1
    LogFiles(folder / "ledger").publish(note_of(3))
    assert "milik buku besar" in one_line(run("keys", "import", out, "--data", folder))
    (folder / "ledger" / "checkpoint").unlink()
    assert run("keys", "import", out, "--data", folder).returncode == 0
    assert contents(folder / "keys") == before
    assert run("keys", "import", out, "--data", tmp_path / "none").returncode == 2
    assert run("keys", "import", tmp_path / "none.tar", "--data", folder).returncode == 2


@pytest.mark.prove
@pytest.mark.once
def test_an_instance_and_its_witness(tmp_path: Path) -> None:
    """The worker asks a witness that runs beside it; what is published bears its line and meets the quorum."""
    folder, witness = an_instance(tmp_path / "d"), tmp_path / "w"
    log = log_key(folder / "keys")
    with started("witness", "--origin", log.vkey, "--data", witness, "--port", "0") as process:
        assert process.stdout is not None
        word, name, vkey, url = process.stdout.readline().split()
        (folder / "policy").write_text(f"log {log.vkey}\n{word} {name} {vkey} {url}\nquorum {name}\n")
        told = folder / "ledger" / "witnesses.json"
        with started("work", "--data", folder):
            until = time.monotonic() + 20
            while not (told.exists() and json.loads(told.read_bytes())["met"]) and time.monotonic() < until:
                time.sleep(0.1)
    said = json.loads(told.read_bytes())
    assert (said["quorum"], said["met"], said["witnesses"][0]["problem"]) == (name, True, "")
    assert (witness / "witness.sqlite3").exists()
    assert parse_policy(run("keys", "show", "--data", folder).stdout.encode()).quorum == name
