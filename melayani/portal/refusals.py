# SPDX-License-Identifier: EUPL-1.2
"""Refusals of the rooms below that a citizen may read: said there in Indonesian, listed here to be translated.

The faces say a refusal through gettext; extraction only finds sentences that are marked, and the rooms below know no
Django. A test holds that every sentence here is really said by a room.
"""

from django.utils.translation import gettext_noop

SAID_BELOW = (
    gettext_noop("Tempat ini tidak dikenal. Pilih tempat dari daftar."),
    gettext_noop("Topik ini tidak dikenal. Pilih dari daftar."),
    gettext_noop("Layanan ini tidak dikenal. Pilih dari daftar layanan."),
    gettext_noop("Layanan ini sedang tidak menerima laporan. Pilih layanan lain."),
    gettext_noop("Tulis nama Anda, atau pilih Anonim."),
    gettext_noop("Kasus dengan nomor ini tidak ada."),
    gettext_noop("Isi kasus ini sudah dihapus."),
    gettext_noop("Tidak ada pertanyaan yang menunggu jawaban."),
    gettext_noop("Kasus ini sudah Anda tarik. Sampaikan kasus baru bila masalahnya masih ada."),
    gettext_noop("Kasus ini masih di meja triase. Tetapkan unit yang bertanggung jawab lebih dahulu."),
    gettext_noop("Kasus ini belum diambil petugas. Ambil dahulu, atau langsung jawab."),
    gettext_noop("Kasus ini sedang dikerjakan."),
    gettext_noop("Kasus ini sedang menunggu jawaban warga."),
    gettext_noop("Kasus ini sudah dijawab dan menunggu tanggapan warga."),
    gettext_noop("Kasus ini dibuka kembali dan ada pada kepala unit."),
    gettext_noop("Kasus ini sudah ditutup."),
)
