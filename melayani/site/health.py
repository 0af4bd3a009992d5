# SPDX-License-Identifier: EUPL-1.2
"""How the instance is: whether the database answers, whether the worker keeps up, and figures for a collector."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from melayani import __version__
from melayani.cases.models import Case
from melayani.ledger.models import Entry, Reader
from melayani.site.schema import sqlite_file
from melayani.site.worker_lock import worker_is_there

# The worker stamps each second; a minute without it is more than a restart.
LATE_AFTER_SECONDS = 60


@dataclass(frozen=True)
class Health:
    """`database` ok or gone; `worker` working, late (acts wait for their position too long), missing or unknown."""

    database: str
    worker: str
    oldest_unstamped_seconds: int | None

    @property
    def well(self) -> bool:
        """Whether the instance can do its work: without a worker it can for a while, as long as nothing waits long."""
        return self.database == "ok" and self.worker != "late"

    def said(self) -> dict[str, object]:
        """As JSON says it."""
        return {
            "status": "ok" if self.well else "failing",
            "database": self.database,
            "worker": self.worker,
            "oldest_unstamped_seconds": self.oldest_unstamped_seconds,
        }


def health_now(*, at: datetime) -> Health:
    """The health at this moment; raises DatabaseError when the database does not answer. Two queries."""
    waiting = oldest_unstamped_seconds(at=at)
    worker = "working" if worker_is_there() else "missing"
    if waiting is not None and waiting > LATE_AFTER_SECONDS:
        worker = "late"
    return Health(database="ok", worker=worker, oldest_unstamped_seconds=waiting)


def oldest_unstamped_seconds(*, at: datetime) -> int | None:
    """How long the oldest act has waited for its position; None when none waits."""
    oldest = Entry.objects.filter(position__isnull=True).order_by("id").values_list("recorded_at", flat=True).first()
    return None if oldest is None else max(0, int(at.timestamp()) - oldest)


def metrics_text(*, at: datetime) -> str:
    """The figures in the text format of Prometheus. Only counts and ages; every one is read along an index."""
    registry = CollectorRegistry()

    def tell(name: str, said: str, value: float, **labels: str) -> None:
        gauge = Gauge(f"melayani_{name}", said, labelnames=sorted(labels), registry=registry)
        (gauge.labels(**labels) if labels else gauge).set(value)

    tell("build_info", "Version of the program", 1, version=__version__)
    tell("cases_highest_id", "Highest internal number of a case", Case.objects.aggregate(n=Max("id"))["n"] or 0)
    position = Entry.objects.aggregate(n=Max("position"))["n"] or 0
    tell("ledger_position", "Highest position in the ledger", position)
    tell("ledger_unstamped", "Acts without a position", Entry.objects.filter(position__isnull=True).count())
    tell("ledger_oldest_unstamped_seconds", "Age of the oldest of them", oldest_unstamped_seconds(at=at) or 0)
    tell("worker_working", "Whether a worker holds the lock", int(worker_is_there()))
    behind = Gauge("melayani_reader_behind", "Entries a reader has not heard of", ["reader"], registry=registry)
    for reader in Reader.objects.all():
        behind.labels(reader=reader.name).set(position - reader.position)
    tell("database_bytes", "Size of the database", database_bytes())
    tell("disk_free_bytes", "Free space where the instance lies", shutil.disk_usage(_existing(settings.DATA)).free)
    return generate_latest(registry).decode()


def database_bytes() -> int:
    """The size of the database with its write-ahead log."""
    file = sqlite_file()
    if file is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    return sum(part.stat().st_size for part in (file, file.with_name(f"{file.name}-wal")) if part.exists())


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return folder if folder.exists() else _existing(folder.parent)
