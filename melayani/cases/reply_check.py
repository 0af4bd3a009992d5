# SPDX-License-Identifier: EUPL-1.2
"""A gentle look at a reply before it is sent: does it say what was done or decided, by whom, when, and what comes next?

Simple words and dates, no more: a hint may be wrong, and never keeps a reply from being sent. Pure. The four questions
are PRODUCT's "a reply that answers".
"""

import re
from enum import StrEnum

from melayani.cases.rules import MOST_TEXT, Outcome
from melayani.ground.case_number import read_number


class Hint(StrEnum):
    """What a reply does not seem to say yet, in the order in which it is told."""

    HOLES = "holes"  # what a template left open
    EMPTY_WORDS = "empty_words"  # only that it will be followed up
    DONE = "done"  # what was done or decided
    REASON = "reason"  # why it cannot be
    WHICH = "which"  # of which case it is a duplicate
    TRIED = "tried"  # how the citizen was sought
    WHO = "who"
    WHEN = "when"
    NEXT = "next"


def _words(*words: str) -> re.Pattern[str]:
    """Any of these words or phrases, whole."""
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


# Phrases that sound like an answer and tell nothing; they count for none of the questions.
_EMPTY = _words(
    r"(?:(?:akan|sudah|telah|segera|sedang|kami) ){0,4}(?:di)?(?:tindaklanjuti|tindak lanjuti|koordinasikan|proses)"
    r"(?: lebih lanjut| segera)?",
    r"(?:(?:akan|sudah|telah|kami) ){0,3}(?:diteruskan|disampaikan|kami teruskan|kami sampaikan)"
    r" (?:ke|kepada) (?:yang berwenang|pihak terkait|instansi terkait|dinas terkait|bidang terkait|petugas terkait)",
    r"(?:ber)?koordinasi dengan (?:pihak|instansi|dinas) terkait",
    "harap bersabar",
    "mohon (?:bersabar|ditunggu|menunggu)",
    "terima kasih atas (?:laporan|informasi|masukan)(?:nya| anda)?",
)
# A passive verb ("diganti", "dipasang") or one of the doing; "di" as a word of its own is a place.
_DONE = re.compile(
    r"\bdi(?!rektur|nas|nding|a\b|ri\b|mana|sana|sini|ameter|spora|shub)\w{4,}\b"
    r"|\b(?:sudah|telah|selesai|kami|petugas|regu|tim) (?:\w+ )?"
    r"(?:ganti|pasang|tambal|perbaiki|bersihkan|angkut|terbitkan|cetak|bayarkan|periksa|cek|kunjungi|setujui|tetapkan|"
    r"putuskan|kerjakan|keruk|potong|tebang|tertibkan|tegur|perbarui|ubah|batalkan|kirim|kirimkan|buka|tutup)\w*\b"
    r"|\bsudah (?:\w+ )?(?:menyala|mengalir|lancar|terpasang|terbit|jadi|selesai|rata|bersih|berfungsi|normal|aktif|"
    r"cair|masuk|ada)\b"
    r"|\b(?:tidak|belum) (?:dapat|bisa|boleh|mungkin|memenuhi|termasuk)\b"
)
_REASON = _words(
    "karena", "sebab", "sebabnya", "mengingat", "berdasarkan", "menurut", "sesuai (?:dengan )?\\w+", "alasan"
)
_TRIED = _words(
    "menghubungi", "hubungi", "dihubungi", "menelepon", "telepon", "ditelepon", "mendatangi", "datang", "didatangi",
    "bertanya", "surat", "pesan", "whatsapp", "wa", "sms", "surel",
)  # fmt: skip
_WHO = _words(
    "kami", "petugas", "regu", "tim", "dinas", "badan", "bidang", "seksi", "uptd?", "upt", "satpol", "puskesmas",
    "rumah sakit", "rsud", "kecamatan", "kelurahan", "pemerintah desa", "kantor", "sekolah", "samsat", "balai",
    "oleh \\w+", "pak", "bu", "bapak", "ibu kepala", "kontraktor", "pelaksana", "teknisi", "mandor", "dokter",
)  # fmt: skip
_WHEN = re.compile(
    r"\b(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|januari|februari|maret|april|mei|juni|juli|agustus|september|"
    r"oktober|november|desember|jan|feb|mar|apr|jun|jul|agu|agt|ags|sep|sept|okt|nov|des)\b"
    r"|\b(?:hari ini|kemarin|besok|lusa|tadi|tanggal|tgl|pukul|jam \d|pekan|bulan (?:ini|depan|lalu)|akhir bulan|"
    r"tahun (?:ini|depan)|triwulan|minggu (?:ini|depan|lalu)|setiap hari|\d+ hari|\d+ jam|\d+ minggu|\d+ bulan)\b"
    r"|\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b"
)
_NEXT = _words(
    "bila", "jika", "apabila", "kalau", "silakan", "silahkan", "hubungi", "membuka kembali", "buka kembali",
    "langkah", "selanjutnya", "berikutnya", "setelah itu", "mohon", "dapat (?:anda|bapak|ibu|datang|mengambil|diambil)",
    "anda (?:dapat|bisa|perlu|tinggal)", "akan kami", "kami akan", "akan \\w+",
)  # fmt: skip
_HOLES = re.compile(r"…|\.{4,}|\{\w*\}|_{3,}")
_NUMBERS = re.compile(r"\bjt-?[0-9a-z]{4}-?[0-9a-z]{3}\b")


def hints(text: str, *, outcome: str = "") -> tuple[Hint, ...]:
    """What the reply does not seem to say; nothing for a text that says it all, and for one that is not begun.

    `outcome` is the one that is proposed (empty = not chosen yet): a reply that explains a no owes its reason, a
    duplicate the number of the other case, a citizen who was not reached how that was tried.
    """
    said = " ".join(text[:MOST_TEXT].lower().split())
    if not said:
        return ()
    telling = _EMPTY.sub(" ", said)
    missing = [Hint.HOLES] if _HOLES.search(said) else []
    missing += _about_the_matter(said, telling, outcome)
    missing += [hint for hint, pattern in _ALWAYS if not pattern.search(telling)]
    return tuple(missing)


_ALWAYS = ((Hint.WHO, _WHO), (Hint.WHEN, _WHEN), (Hint.NEXT, _NEXT))


def _about_the_matter(said: str, telling: str, outcome: str) -> tuple[Hint, ...]:
    """What the outcome asks the reply to tell."""
    if outcome == Outcome.DUPLICATE:
        named = any(read_number(number) for number in _NUMBERS.findall(said))
        return () if named else (Hint.WHICH,)
    if outcome == Outcome.UNREACHABLE:
        return () if _TRIED.search(telling) else (Hint.TRIED,)
    done = _DONE.search(telling) is not None
    found = [] if done else [Hint.EMPTY_WORDS if telling != said else Hint.DONE]
    if outcome == Outcome.EXPLAINED_NO and not _REASON.search(telling):
        found.append(Hint.REASON)
    return tuple(found)
