# SPDX-License-Identifier: EUPL-1.2
"""What `melayani check` finds: whatever makes an instance unsafe for real cases of the public, and advice."""

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from melayani.government.models import RoleGrant
from melayani.government.rules import Role
from melayani.ground.photos import MOST_PHOTO_BYTES, PhotoRefused, safe_photo
from melayani.ledger.audit_tree import log_keys
from melayani.ledger.keys import KeysRefused, log_key, master_key, promise_key
from melayani.ledger.log_files import LogFiles
from melayani.ledger.proof_keeping import unproven
from melayani.site.backups import LAST
from melayani.site.key_files import open_to_others
from melayani.site.maintenance import maintenance_now
from melayani.site.schema import schema
from melayani.site.worker_lock import worker_is_there
from melayani.site.wrong_settings import wrong_settings

LEAST_FREE_BYTES = 2_000_000_000
BACKUP_WITHIN = timedelta(days=2)
# A PNG of one pixel.
SMALLEST_PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


@dataclass(frozen=True)
class Finding:
    """One thing to see to; `unsafe` ones must be mended before real cases come in."""

    unsafe: bool
    said: str

    def __str__(self) -> str:
        return f"{'TIDAK AMAN' if self.unsafe else 'saran':<10}  {self.said}"


def findings(*, at: datetime) -> list[Finding]:
    """Everything that was found, the unsafe first."""
    found = [finding for look in LOOKS for finding in look(at)]
    return sorted(found, key=lambda finding: not finding.unsafe)


def _settings(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    if settings.DEBUG:
        yield Finding(True, "MELAYANI_DEBUG menyala.")
    if not settings.HTTPS:
        yield Finding(True, "MELAYANI_URL tidak diawali https://, jadi kuki dan kunci lewat tanpa sandi.")
    if urlsplit(settings.PUBLIC_URL).hostname in ("127.0.0.1", "localhost", "::1", None):
        yield Finding(True, "MELAYANI_URL belum berisi alamat umum.")
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(True, "MELAYANI_ALLOWED_HOSTS menerima semua nama.")
    if not settings.TRUSTED_PROXIES:
        yield Finding(settings.HTTPS, "MELAYANI_TRUSTED_PROXIES kosong: header dari proksi tidak dipercaya.")
    if "MELAYANI_SECURITY_CONTACT" not in os.environ:
        yield Finding(False, "MELAYANI_SECURITY_CONTACT belum diisi, misalnya mailto:keamanan@...")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding(False, "Program berjalan sebagai root. Buat pengguna tersendiri.")
    if (settings.DATA / "demo-instance.txt").exists():
        yield Finding(True, "Ini instalasi demo dengan akun contoh.")


def _wrong_settings(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    for said in wrong_settings():
        yield Finding(True, said)


def _maintenance(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    if maintenance_now():
        yield Finding(False, "Halaman perawatan menyala. Hapus berkas maintenance di folder data bila sudah selesai.")


def _keys(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    for read in (log_key, promise_key, master_key):
        try:
            read(settings.KEYS)
        except KeysRefused as refusal:
            yield Finding(True, refusal.message)
    if not settings.SECRET_KEY_PATH.is_file():
        named = "MELAYANI_SECRET_KEY_FILE: " if os.environ.get("MELAYANI_SECRET_KEY_FILE") else ""
        yield Finding(True, f"{named}Berkas kunci {settings.SECRET_KEY_PATH.name} tidak ada.")
    for name in open_to_others(settings.KEYS):
        yield Finding(True, f"{name} dapat dibaca pengguna lain. Jalankan chmod 600 (folder: 700).")


def _proofs(at: datetime) -> Iterator[Finding]:
    """Whether everybody who trusts an earlier key of the log can follow to the one of now."""
    if schema().missing:
        return
    files = LogFiles(settings.LEDGER)
    found = unproven(files, keys=log_keys(files.keys() or b""), before=at)
    for each in found.missing:
        yield Finding(
            False,
            f"Bukti pernyataan {each.sequence} (pengumuman kunci) tidak tersimpan. Ambil salinannya dari cadangan "
            "atau pemantau, dan letakkan di ledger/statements dalam folder data.",
        )
    for each in found.wrong:
        yield Finding(False, f"Bukti pernyataan {each.sequence} (pengumuman kunci) rusak. Ganti dengan salinannya.")


def _database(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    found = schema()
    if found.unknown:
        yield Finding(True, "Data dibuat oleh versi yang lebih baru.")
    elif found.missing:
        yield Finding(True, "Skema lebih lama dari programnya: jalankan melayani upgrade.")
    elif not RoleGrant.objects.filter(role=Role.ADMINISTRATOR, officer__is_active=True).exists():
        yield Finding(True, "Belum ada administrator: jalankan melayani init.")
    if connection.vendor == "postgresql":
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            with connection.cursor() as cursor:
                cursor.execute(f"SHOW {name}")
                if cursor.fetchone()[0] == "off":
                    yield Finding(True, f"PostgreSQL: {name} mati, kasus yang sudah diterima dapat hilang.")
    if not worker_is_there():
        yield Finding(False, "Pekerja tidak berjalan: jalankan melayani serve atau melayani work.")


def _room(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    folders = [folder for folder in (settings.DATA, settings.STORAGE) if folder.is_dir()]
    free = min((shutil.disk_usage(folder).free for folder in folders), default=LEAST_FREE_BYTES)
    if free < LEAST_FREE_BYTES:
        yield Finding(True, f"Ruang kosong tinggal {free // 1_000_000} MB.")


def _photos(at: datetime) -> Iterator[Finding]:  # noqa: ARG001  # one shape for all looks
    """Whether a photo of the public could be taken right now: made safe, and kept."""
    if not _can_keep(settings.STORAGE):
        yield Finding(True, "MELAYANI_STORAGE tidak dapat ditulisi, jadi foto warga tidak dapat disimpan.")
    try:
        safe_photo(SMALLEST_PHOTO)
    except PhotoRefused:
        yield Finding(True, "Foto tidak dapat diolah, jadi semua foto warga akan ditolak: jalankan make install.")


def _can_keep(folder: Path) -> bool:
    """Whether a photo could be written there. A folder that is not there yet is not made: the first photo makes it."""
    if not folder.exists():
        nearest = next(parent for parent in folder.parents if parent.exists())
        return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(MOST_PHOTO_BYTES // 10))
    except OSError:
        return False
    return True


def _backups(at: datetime) -> Iterator[Finding]:
    try:
        last = json.loads((settings.DATA / LAST).read_text(encoding="utf-8"))
        created = datetime.fromisoformat(last["created"])
    except (OSError, ValueError, KeyError, TypeError):
        yield Finding(True, "Belum pernah dibuat cadangan.")
        return
    if at - created > BACKUP_WITHIN:
        yield Finding(True, f"Cadangan terakhir {created:%Y-%m-%d}. Buat paling sedikit setiap hari.")


LOOKS: tuple[Callable[[datetime], Iterator[Finding]], ...] = (
    _settings,
    _wrong_settings,
    _maintenance,
    _keys,
    _proofs,
    _database,
    _room,
    _photos,
    _backups,
)
