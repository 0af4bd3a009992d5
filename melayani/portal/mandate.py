# SPDX-License-Identifier: EUPL-1.2
"""The mandate in plain words: the six qualities this service is judged by, and the seven values of those who serve."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from melayani.cases.wording import Words


@dataclass(frozen=True)
class Quality:
    """One of the six qualities: what it is called, and how one would see it in the cases here."""

    name: Words
    meaning: Words


@dataclass(frozen=True)
class Value:
    """One of the seven BerAKHLAK values; the name is a term of the circular and stays Indonesian."""

    name: str
    guides: tuple[Words, Words, Words]


QUALITIES = (
    Quality(
        _("Lebih cepat"),
        _("Berapa lama sampai jawaban pertama, dan berapa bagian dari janji yang ditepati."),
    ),
    Quality(
        _("Lebih baik"),
        _("Berapa banyak yang dinyatakan selesai oleh warga sendiri, bukan oleh petugas."),
    ),
    Quality(
        _("Lebih efisien"),
        _("Berapa kali kasus berpindah tangan sebelum dijawab, dan apakah warga harus menyampaikannya lagi."),
    ),
    Quality(
        _("Lebih efektif"),
        _("Apakah masalahnya benar-benar hilang: berapa yang dibuka kembali atau muncul lagi di tempat itu."),
    ),
    Quality(
        _("Lebih akuntabel"),
        _("Apakah setiap tindakan tercatat dengan siapa, kapan, dan mengapa, serta dapat diperiksa orang lain."),
    ),
    Quality(
        _("Lebih tanggap"),
        _("Berapa yang ditanggapi sebelum tenggat, dan berapa yang masih menunggu atau terlambat hari ini."),
    ),
)

# SE MenPANRB 20/2021: seven values, three guides each, in our own words (DOMAIN: confidence B).
VALUES_SOURCE = "SE MenPANRB 20/2021; UU 20/2023 pasal 3 dan 4"
VALUES = (
    Value(
        "Berorientasi Pelayanan",
        (
            _("memahami dan memenuhi kebutuhan masyarakat"),
            _("ramah, cekatan, memberi jalan keluar, dan dapat diandalkan"),
            _("memperbaiki diri tanpa henti"),
        ),
    ),
    Value(
        "Akuntabel",
        (
            _("jujur, bertanggung jawab, cermat, disiplin, dan berintegritas tinggi"),
            _("memakai milik negara dengan bertanggung jawab, tepat guna, dan hemat"),
            _("tidak menyalahgunakan wewenang"),
        ),
    ),
    Value(
        "Kompeten",
        (
            _("meningkatkan kemampuan diri untuk menjawab tantangan yang berubah"),
            _("membantu orang lain belajar"),
            _("bekerja dengan mutu terbaik"),
        ),
    ),
    Value(
        "Harmonis",
        (
            _("menghargai setiap orang apa pun latar belakangnya"),
            _("suka menolong"),
            _("membangun suasana kerja yang baik"),
        ),
    ),
    Value(
        "Loyal",
        (
            _("memegang teguh Pancasila, UUD 1945, NKRI, dan pemerintahan yang sah"),
            _("menjaga nama baik sesama ASN, pimpinan, instansi, dan negara"),
            _("menjaga rahasia jabatan dan negara"),
        ),
    ),
    Value(
        "Adaptif",
        (
            _("cepat menyesuaikan diri"),
            _("terus berinovasi dan mencipta"),
            _("bertindak lebih dahulu, tidak menunggu"),
        ),
    ),
    Value(
        "Kolaboratif",
        (
            _("memberi kesempatan kepada banyak pihak untuk menyumbang"),
            _("terbuka bekerja sama agar hasilnya lebih bernilai"),
            _("menggerakkan berbagai sumber daya untuk tujuan bersama"),
        ),
    ),
)
