# SPDX-License-Identifier: EUPL-1.2
"""How stages, outcomes, kinds and happenings are said to people. One place, so that every face says the same."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from melayani.cases.rules import Channel, EventKind, Figure, Outcome, Privacy, Stage
from melayani.catalogue.rules import Kind
from melayani.ground.errors import Refused

Words = str | Promise

STAGES: dict[str, Words] = {
    Stage.WAITING: _("Di meja triase"),
    Stage.ROUTED: _("Diteruskan"),
    Stage.TAKEN: _("Sedang dikerjakan"),
    Stage.ASKED: _("Menunggu jawaban warga"),
    Stage.ANSWERED: _("Dijawab, menunggu tanggapan warga"),
    Stage.REOPENED: _("Dibuka kembali"),
    Stage.CLOSED: _("Ditutup"),
}
OUTCOMES: dict[str, Words] = {
    Outcome.SOLVED: _("Diselesaikan"),
    Outcome.EXPLAINED_NO: _("Dijelaskan, tidak dapat dipenuhi"),
    Outcome.REFERRED: _("Dirujuk ke lembaga lain"),
    Outcome.DUPLICATE: _("Sama dengan kasus lain"),
    Outcome.WITHDRAWN: _("Ditarik oleh warga"),
    Outcome.UNREACHABLE: _("Warga tidak dapat dihubungi"),
    Outcome.SILENCE: _("Ditutup tanpa tanggapan warga"),
    Outcome.OUT_OF_SCOPE: _("Di luar pelayanan publik"),
}
KINDS: dict[str, Words] = {
    Kind.PENGADUAN: _("Pengaduan"),
    Kind.ASPIRASI: _("Aspirasi"),
    Kind.PERMINTAAN_INFORMASI: _("Permintaan informasi"),
    Kind.PERMOHONAN_LAYANAN: _("Permohonan layanan"),
}
FIGURES: dict[str, Words] = {
    Figure.WAITING: _("Menunggu jawaban"),
    Figure.OVERDUE: _("Lewat janji"),
    Figure.UNCONFIRMED: _("Dijawab, belum dikonfirmasi"),
    Figure.CONFIRMED: _("Dinyatakan selesai oleh warga"),
    Figure.SILENCE: _("Ditutup tanpa tanggapan warga"),
    Figure.EXPLAINED_NO: _("Dijelaskan, tidak dapat dipenuhi"),
    Figure.REFERRED: _("Dirujuk ke lembaga lain"),
    Figure.DUPLICATE: _("Sama dengan kasus lain"),
    Figure.WITHDRAWN: _("Ditarik oleh warga"),
    Figure.UNREACHABLE: _("Warga tidak dapat dihubungi"),
    Figure.OUT_OF_SCOPE: _("Di luar pelayanan publik"),
}
PRIVACIES: dict[str, tuple[Words, Words]] = {
    Privacy.TERBUKA: (_("Terbuka"), _("Petugas tahu nama Anda. Publik melihat kasusnya tanpa nama.")),
    Privacy.ANONIM: (
        _("Anonim"),
        _("Tidak ada yang melihat nama Anda. Publik melihat kasusnya. Simpan kunci untuk melacak."),
    ),
    Privacy.RAHASIA: (
        _("Rahasia"),
        _("Seluruh kasus tersembunyi dari publik. Setiap kali identitas dibuka, Anda dapat melihatnya."),
    ),
}
CHANNELS: dict[str, Words] = {
    Channel.WEB: _("Situs ini"),
    Channel.OPEN311: _("Aplikasi lain (Open311)"),
    Channel.PHONE: _("Telepon"),
    Channel.LETTER: _("Surat"),
    Channel.DESK: _("Loket"),
    Channel.WHATSAPP: _("WhatsApp"),
    Channel.IMPORT: _("Data lama"),
}
# What happened, as a short sentence; details (unit, outcome, body, dates) are added by the page.
HAPPENINGS: dict[str, Words] = {
    EventKind.FILED: _("Disampaikan oleh warga"),
    EventKind.ASSIGNED: _("Diteruskan ke unit yang bertanggung jawab"),
    EventKind.TAKEN_ON: _("Diambil petugas"),
    EventKind.HANDED_BACK: _("Dikembalikan petugas ke unitnya"),
    EventKind.ASKED: _("Petugas bertanya kepada warga"),
    EventKind.REPLIED: _("Warga menjawab pertanyaan"),
    EventKind.RESUMED: _("Jam berjalan lagi tanpa jawaban warga"),
    EventKind.PROGRESS: _("Kabar dari petugas"),
    EventKind.ANSWERED: _("Dijawab"),
    EventKind.CONFIRMED: _("Diterima oleh warga"),
    EventKind.REOPENED: _("Dibuka kembali oleh warga"),
    EventKind.REFERRED: _("Dirujuk ke lembaga lain"),
    EventKind.REJECTED: _("Dinyatakan di luar pelayanan publik"),
    EventKind.WITHDRAWN: _("Ditarik oleh warga"),
    EventKind.SILENCE: _("Ditutup karena tidak ada tanggapan warga"),
    EventKind.RELEASED: _("Teks ditampilkan untuk umum"),
    EventKind.HELD: _("Teks ditahan dari umum"),
    EventKind.IDENTITY_VIEWED: _("Identitas Anda dibaca petugas"),
    EventKind.UPDATED: _("Kabar dari aplikasi penyampai"),
    EventKind.PROMISE_MOVED: _("Janji bergeser"),
    EventKind.JOINED: _("Satu warga lain ikut"),
    EventKind.FILES_ADDED: _("Foto ditambahkan"),
    EventKind.NOTED: _("Catatan petugas"),
    EventKind.FILE_RELEASED: _("Foto ditampilkan untuk umum"),
    EventKind.FILE_HELD: _("Foto ditahan dari umum"),
    EventKind.ERASED: _("Isi kasus dihapus"),
}


def state_words(*, stage: str, outcome: str) -> Words:
    """What is true now, in a few words: the outcome when the case is closed, else the stage."""
    return OUTCOMES[outcome] if stage == Stage.CLOSED and outcome else STAGES[stage]


def said_refusal(refusal: Refused) -> str:
    """The refusal in the language of the page, its values filled in; in Indonesian where there is no translation."""
    if refusal.counted:
        counted = refusal.values[refusal.counted]
        assert isinstance(counted, int)  # noqa: S101  # whoever names a counted value gives a number
        sentence = ngettext(refusal.sentence, refusal.sentence, counted)
    else:
        sentence = gettext(refusal.sentence)
    return sentence % refusal.values if refusal.values else sentence
