# SPDX-License-Identifier: EUPL-1.2
"""The ledger in words: why nothing is sealed, what the log said of itself, and why a file that was checked fails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.rules import OFFICERS_ONLY
from melayani.cases.wording import HAPPENINGS
from melayani.ground.clock import jakarta
from melayani.ledger.models import Statement
from melayani.ledger.receipts import SEALED
from melayani.ledger.statements import StatementKind

Words = str | Promise
# Codes of `ledger.sealing`, of the files of the log and of the sealer.
REFUSALS: dict[str, Words] = {
    "seal_behind": _(
        "Basis data lebih tua daripada titik periksa terakhir, mungkin karena cadangan lama dipulihkan. "
        "Kami tidak menandatangani apa pun sampai keduanya cocok lagi."
    ),
    "seal_memory": _("Catatan kami tentang titik periksa terakhir hilang atau rusak."),
    "seal_tiles": _("Sebagian berkas buku besar tidak ada."),
    "tile_absent": _("Sebagian berkas buku besar tidak ada."),
    "tile_length": _("Sebagian berkas buku besar rusak."),
    "bundle_form": _("Sebagian berkas buku besar rusak."),
    "seal_root": _("Berkas buku besar tidak sama dengan titik periksa terakhir. Ini tidak boleh terjadi."),
    "seal_clock": _("Jam mesin kami lebih lambat daripada titik periksa terakhir."),
    "seal_twice": _("Dua proses menyegel pada saat yang sama, jadi salah satunya kami hentikan."),
    "seal_origin": _("Kunci yang terpasang milik buku besar lain."),
    "seal_restored": _(
        "Basis data ini dipulihkan dari cadangan. Kami tidak menandatangani apa pun sampai buku besarnya dilanjutkan "
        "dari catatan yang terbaru."
    ),
    "seal_retired": _("Kunci yang terpasang sudah diganti. Kami memasang kunci yang terbaru."),
    "seal_files": _("Berkas buku besar tidak dapat ditulis, misalnya karena penyimpanan penuh."),
}
OTHER_REFUSAL: Words = _("Sebabnya sedang kami periksa.")

PURPOSES: dict[str, Words] = {
    "log": _("Kunci buku besar"),
    "promise": _("Kunci janji"),
    "log-retired": _("Kunci buku besar yang lama"),
    "promise-retired": _("Kunci janji yang lama"),
}

# Why a file does not hold; the script of the page says the same sentences.
REASONS: dict[str, Words] = {
    "receipt_form": _("Berkas ini bukan tanda terima yang utuh. Unduh lagi, jangan disunting."),
    "receipt_leaf": _("Berkas ini tidak memuat catatan Melayani yang dapat diperiksa."),
    "receipt_commitment": _("Isi berkas ini bukan isi yang dicatat di buku besar."),
    "note_form": _("Bagian bertanda tangan dalam berkas ini tidak utuh."),
    "note_size": _("Berkas ini terlalu besar."),
    "note_signature": _("Tanda tangannya palsu, atau isinya berubah sesudah ditandatangani."),
    "note_unsigned": _("Tidak ada tanda tangan dari kunci yang dipercaya. Mungkin berkas ini dari sistem lain."),
    "note_keys": _("Kunci pemeriksanya saling bertentangan."),
    "checkpoint_form": _("Titik periksa dalam berkas ini tidak dapat dibaca."),
    "checkpoint_empty": _("Titik periksa dalam berkas ini mustahil."),
    "checkpoint_unsigned": _("Titik periksa ini tidak ditandatangani oleh buku besarnya sendiri."),
    "proof_refused": _("Catatan ini tidak ada di buku besar yang ditandatangani itu."),
    "promise_form": _("Berkas ini bukan janji buku besar yang utuh."),
    "promise_key": _("Janji ini tidak ditandatangani dengan kunci janji buku besarnya."),
    "vkey_form": _("Kunci pemeriksa tidak terbaca. Salin lagi seluruhnya."),
    "vkey_id": _("Kunci pemeriksa rusak. Salin lagi seluruhnya."),
    "vkey_type": _("Kunci pemeriksa ini bukan kunci buku besar atau kunci janji."),
    "file_unreadable": _("Berkas ini tidak dapat dibaca, mungkin karena berubah sesudah dipilih. Pilih lagi."),
    "no_file": _("Pilih dahulu berkas yang akan diperiksa."),
    "no_keys": _("Buku besar ini belum menerbitkan kunci, jadi belum ada yang dapat diperiksa."),
}
OTHER_REASON: Words = _("Berkas ini tidak dapat diperiksa.")

# What a file is told besides; the script of the page fills in the same.
RETIRED: Words = _(
    "Ditandatangani dengan kunci lama, yang tidak dipakai lagi sejak {since}. Yang ditandatangani waktu itu tetap "
    "berlaku, tetapi kunci lama dapat jatuh ke tangan lain."
)
RETIRED_ONCE: Words = _(
    "Ditandatangani dengan kunci lama, yang tidak dipakai lagi. Yang ditandatangani waktu itu tetap berlaku, tetapi "
    "kunci lama dapat jatuh ke tangan lain."
)
COSIGNED: Words = _("{seen} dari {all} saksi kami ikut menandatangani.")
COSIGNED_FEWER: Words = _(
    "{seen} dari {all} saksi kami ikut menandatangani. Tanda terima yang diunduh lagi nanti dapat memuat lebih banyak."
)
DAY = "j F Y"
# In which statements a key ends, and under which name they tell it.
ENDING: dict[str, str] = {StatementKind.KEY_RETIRED: "vkey", StatementKind.LOG_OPENED: "old_vkey"}

KINDS: dict[str, Words] = {
    # Of what only officers know there is no receipt, so nobody needs its name here.
    **{str(kind): words for kind, words in HAPPENINGS.items() if kind not in OFFICERS_ONLY},
    StatementKind.KEY_ANNOUNCED: _("Kunci baru diumumkan"),
    StatementKind.KEY_RETIRED: _("Kunci lama dihentikan"),
    StatementKind.LEAVES_LOST: _("Kehilangan catatan diumumkan"),
    StatementKind.LOG_OPENED: _("Buku besar baru dibuka"),
    SEALED: _("Kejadian pada kasus rahasia"),
}


@dataclass(frozen=True)
class StatementTold:
    """One statement of the log: its number, when it was recorded, what it says, and its details as (name, value).

    `leaf_index` is its number in the tree, None while it is not in it.
    """

    sequence: int
    at: datetime
    sentence: str
    details: tuple[tuple[str, str], ...]
    leaf_index: int | None


def refusal_words(code: str) -> Words:
    """Why nothing is sealed at present."""
    return REFUSALS.get(code, OTHER_REFUSAL)


def reason_words(code: str) -> Words:
    """Why a file does not hold."""
    return REASONS.get(code, OTHER_REASON)


def retired_words(since: datetime | None) -> str:
    """That only a key signed that signs no longer, perhaps since a day."""
    if since is None:
        return str(RETIRED_ONCE)
    return str(RETIRED).replace("{since}", date_format(jakarta(since), DAY))


def cosigned_words(*, seen: int, of: int) -> str:
    """How many of the log's witnesses have cosigned."""
    words = str(COSIGNED if seen == of else COSIGNED_FEWER)
    return words.replace("{seen}", str(seen)).replace("{all}", str(of))


def keys_ended(statements: Iterable[Statement]) -> dict[str, datetime]:
    """When the log said of a key that it signs no longer, by its verifier key string; entries have been read with it.

    A new log names the key of the one that it follows.
    """
    ended = {}
    for statement in statements:
        said, kind = statement.data, statement.entry.kind
        vkey = said.get(ENDING.get(kind, "")) if isinstance(said, Mapping) else None
        if isinstance(vkey, str):
            ended[vkey] = datetime.fromtimestamp(statement.entry.recorded_at, tz=UTC)
    return ended


def told_statement(statement: Statement) -> StatementTold:
    """The statement in words; its entry has been read with it."""
    entry, data = statement.entry, statement.data
    said = data if isinstance(data, Mapping) else {}
    return StatementTold(
        sequence=statement.sequence,
        at=datetime.fromtimestamp(entry.recorded_at, tz=UTC),
        sentence=_sentence(entry.kind, said),
        details=_details(entry.kind, said),
        leaf_index=entry.leaf_index,
    )


def _sentence(kind: str, said: Mapping[str, object]) -> str:
    key = str(PURPOSES.get(str(said.get("purpose")), PURPOSES["log"]))
    if kind == StatementKind.KEY_ANNOUNCED:
        return gettext("%(key)s yang baru diumumkan, ditandatangani dengan kunci yang lama.") % {"key": key}
    if kind == StatementKind.KEY_RETIRED:
        return gettext("%(key)s ini tidak dipakai lagi. Tanda terima yang lama tetap berlaku.") % {"key": key}
    if kind == StatementKind.LEAVES_LOST:
        return gettext("Catatan nomor %(indexes)s kehilangan isinya ketika cadangan lama dipulihkan.") % {
            "indexes": said.get("indexes", "?")
        }
    if kind == StatementKind.LOG_OPENED:
        return gettext("Buku besar ini dibuka untuk melanjutkan %(old)s, yang berhenti pada %(size)s catatan.") % {
            "old": said.get("old_origin", "?"),
            "size": said.get("old_size", "?"),
        }
    return gettext("Pernyataan lain: %(kind)s.") % {"kind": kind}


def _details(kind: str, said: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    names: Sequence[tuple[str, Words]] = {
        StatementKind.KEY_ANNOUNCED: (("old", _("Kunci lama")), ("new", _("Kunci baru"))),
        StatementKind.KEY_RETIRED: (("vkey", _("Kunci")),),
        StatementKind.LOG_OPENED: (("old_root", _("Akar terakhirnya")), ("reason", _("Sebabnya"))),
    }.get(StatementKind(kind), ()) if kind in set(StatementKind) else ()  # fmt: skip
    return tuple((str(words), str(said[name])) for name, words in names if name in said)
