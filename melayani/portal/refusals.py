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
    gettext_noop("Cerita Anda terlalu pendek. Tulis paling sedikit %(least)s huruf."),
    gettext_noop("Cerita Anda terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Jawaban Anda belum diisi."),
    gettext_noop("Jawaban Anda terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Alasan Anda terlalu pendek. Tulis paling sedikit %(least)s huruf."),
    gettext_noop("Alasan Anda terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Komentar terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Nama terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Alamat surel terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Nomor telepon terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Alamat terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Formulir ini tidak lengkap diterima. Muat ulang halaman, lalu coba lagi."),
    gettext_noop("Foto ini terlalu besar (lebih dari 25 juta titik). Perkecil dahulu, lalu kirim lagi."),
    gettext_noop("Berkas ini rusak atau bukan foto yang dapat dibaca. Kirim foto JPEG, PNG, WebP, atau HEIC."),
    gettext_noop("Foto ini terlalu lama diolah. Kirim foto lain, atau perkecil dahulu."),
    gettext_noop("Foto ini lebih besar dari 12 MB. Perkecil dahulu, lalu kirim lagi."),
    gettext_noop("Berkas foto ini kosong. Pilih foto lain."),
    gettext_noop("Paling banyak %(most)s foto. Hapus satu bila ingin menggantinya."),
    gettext_noop("Paling banyak %(photos)s foto dan %(pdfs)s PDF. Kurangi, lalu kirim lagi."),
    gettext_noop("Foto yang Anda kirim sudah tidak tersimpan. Pilih fotonya sekali lagi."),
    gettext_noop("Foto sedang tidak dapat kami simpan. Coba lagi nanti, atau lanjutkan tanpa foto."),
    gettext_noop("Pilih dahulu foto yang akan ditambahkan."),
    gettext_noop("Kasus ini sudah memuat cukup banyak foto. Terima kasih."),
    gettext_noop("Kontak terlalu panjang: %(length)s huruf. Paling banyak %(most)s huruf."),
    gettext_noop("Tindakan ini tidak ada pada kasus Anda."),
    gettext_noop("Isi kasus ini sudah dihapus, jadi tanda terimanya tidak dapat dibuat lagi. Yang lama berlaku."),
    gettext_noop("Kasus rahasia disegel bersama-sama pukul 06.00 dan 18.00 WIB. Unduh tanda terimanya sesudah itu."),
    gettext_noop("Catatan ini belum disegel di buku besar. Biasanya kurang dari satu menit; coba lagi sebentar lagi."),
)
