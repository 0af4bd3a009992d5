# SPDX-License-Identifier: EUPL-1.2
"""The demo instance: its folder, its marker, its file of sample logins. Making it twice changes nothing."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from melayani.ledger.keys import create_keys, log_key, promise_key
from melayani.site.console import BadInput, Failed, set_up_django

MARKER = "demo-instance.txt"
FILE = "demo.json"
ORIGIN = "melayani-demo.example/ledger"
CLIENT = "demo"
MARKER_TEXT = "Folder ini berisi instalasi demo Melayani. `melayani demo --fresh` menghapusnya.\n"
# What a demo leaves in its folder; --fresh removes these and nothing else.
OURS = ("keys", "static", "backups", "files", "ledger", FILE, "melayani.sqlite3")
BESIDE = ("-wal", "-shm", "-journal", ".lane", ".worker")
# Settings that would lead the demo to another database, other keys or another address.
NOT_FOR_DEMO = (
    "MELAYANI_DATABASE_URL",
    "MELAYANI_KEYS",
    "MELAYANI_SECRET_KEY_FILE",
    "MELAYANI_STATIC",
)


def prepare_folder(folder: Path, *, fresh: bool) -> None:
    """The folder is that of a demo. Raises `BadInput` when something else lies there, and leaves that alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise BadInput(f"{folder} berisi sesuatu yang bukan instalasi demo. Pilih folder lain dengan --data.")
        if fresh:
            remove_demo(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARKER).write_text(MARKER_TEXT, encoding="utf-8")


def remove_demo(folder: Path) -> None:
    """What a demo has made in the folder is gone, the marker last. Raises `Failed` while it is running."""
    from melayani.site.worker_lock import FileLock  # noqa: PLC0415  # needs Django

    database = folder / "melayani.sqlite3"
    lock = folder / f"{database.name}.worker"
    if lock.exists() and not FileLock(lock).held():
        raise Failed(f"Demo di {folder} masih berjalan. Hentikan dahulu.")
    for name in (*OURS, *(database.name + ending for ending in BESIDE), MARKER):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def open_demo(folder: Path, *, url: str) -> None:
    """Django is ready on the demo in `folder`, whose keys are there, at the address `url`."""
    for name in NOT_FOR_DEMO:
        os.environ.pop(name, None)
    os.environ["MELAYANI_URL"] = url
    os.environ.setdefault("MELAYANI_LOG_ORIGIN", ORIGIN)
    # Before Django reads its settings: the secret key is among them.
    create_keys(directory=folder / "keys", origin=os.environ["MELAYANI_LOG_ORIGIN"])
    set_up_django(folder)


def make_demo(folder: Path, *, url: str, at: datetime) -> dict[str, Any]:
    """The demo is complete: reference data, sample logins, cases with their past, `demo.json`; answers its content."""
    from melayani.ledger.actions import stamp_positions  # noqa: PLC0415  # needs Django, which `open_demo` sets up
    from melayani.site.demo_cases import tell_stories  # noqa: PLC0415  # as above
    from melayani.site.demo_people import as_json, sample_logins  # noqa: PLC0415  # as above
    from melayani.site.founding import found_instance  # noqa: PLC0415  # as above

    found_instance()
    kept = read_file(folder)
    logins = sample_logins(kept=kept.get("logins", []), at=at)
    tell_stories(at=at)
    while stamp_positions():
        pass
    told = {
        "url": url,
        "open311_key": client_key(kept.get("open311_key"), at=at),
        "log_vkey": log_key(folder / "keys").vkey,
        "promise_vkey": promise_key(folder / "keys").vkey,
        "logins": as_json(logins),
    }
    write_file(folder, told)
    return told


def client_key(kept: str | None, *, at: datetime) -> str:
    """A key that a client of the demo holds: the one of an earlier run, else that of a new client."""
    from melayani.government.actions import create_client  # noqa: PLC0415  # needs Django
    from melayani.government.models import ApiClient  # noqa: PLC0415  # as above
    from melayani.government.queries import api_client_for_key  # noqa: PLC0415  # as above

    if kept and api_client_for_key(kept):
        return kept
    number = ApiClient.objects.filter(code__startswith=CLIENT).count()
    return create_client(code=f"{CLIENT}-{number}" if number else CLIENT, name="Aplikasi contoh", at=at)


def read_file(folder: Path) -> dict[str, Any]:
    """What `demo.json` of an earlier run says; empty when it is not there or cut."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def write_file(folder: Path, told: dict[str, Any]) -> None:
    """`demo.json` is there whole and only for its user, or as it was."""
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / FILE)
