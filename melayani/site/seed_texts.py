# SPDX-License-Identifier: EUPL-1.2
"""Synthetic sentences for load tests, put together from small lists of words. No person, no real event. Pure."""

from random import Random

THINGS = (
    "Lampu jalan", "Jalan aspal", "Saluran air", "Jembatan kecil", "Papan petunjuk", "Bak sampah", "Pohon tua",
    "Trotoar", "Pintu air", "Halte", "Pagar taman", "Loket pelayanan", "Jadwal layanan", "Formulir", "Ruang tunggu",
)  # fmt: skip
WHERES = (
    "di depan balai desa", "dekat pasar", "di tikungan sebelah sekolah", "di ujung gang", "sebelah lapangan",
    "di perempatan", "dekat jembatan", "di pinggir sungai", "depan kantor kecamatan", "di jalan masuk kampung",
)  # fmt: skip
FAULTS = (
    "rusak", "padam", "berlubang", "tersumbat", "miring", "penuh", "tidak terbaca", "retak", "berkarat", "lambat",
)  # fmt: skip
SINCES = (
    "sejak tiga hari", "sudah seminggu", "sejak hujan kemarin", "sudah sebulan", "sejak awal bulan", "baru tadi pagi",
)  # fmt: skip
WISHES = (
    "Mohon segera diperiksa.", "Kami khawatir ada yang celaka.", "Anak sekolah lewat sini tiap hari.",
    "Kalau malam berbahaya.", "Terima kasih sebelumnya.", "Warga siap membantu bila perlu.",
)  # fmt: skip
DEEDS = (
    "Regu kami sudah memeriksa dan memperbaikinya hari ini.", "Sudah kami tangani bersama perangkat desa.",
    "Bagian yang rusak sudah diganti dan dicoba.", "Petugas sudah datang dan pekerjaan selesai.",
)  # fmt: skip
NEXTS = (
    "Bila kambuh lagi, silakan buka kembali kasus ini.", "Kami periksa lagi minggu depan.",
    "Pekerjaan lanjutan masuk rencana bulan depan.", "Terima kasih sudah melapor.",
)  # fmt: skip
NAMES = ("Sari", "Darmo", "Bagus", "Wulan", "Slamet", "Yanti", "Agus", "Siti", "Bambang")


def report(rng: Random) -> str:
    """What a citizen writes."""
    first = f"{rng.choice(THINGS)} {rng.choice(WHERES)} {rng.choice(FAULTS)} {rng.choice(SINCES)}."
    return f"{first} {rng.choice(WISHES)}"


def answer(rng: Random) -> str:
    """What an officer writes, as an answer or as news."""
    return f"{rng.choice(DEEDS)} {rng.choice(NEXTS)}"
