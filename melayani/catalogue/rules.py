# SPDX-License-Identifier: EUPL-1.2
"""What can be asked for and within how many days. Pure.

Sources: DOMAIN 2 (kinds and clocks), DOMAIN 3 (fourteen components of a service standard, PermenPANRB 15/2014).
"""

from dataclasses import dataclass
from enum import StrEnum

from melayani.government.rules import Confidence
from melayani.ground.errors import Refused


class Kind(StrEnum):
    """What a person wants (PermenPANRB 62/2018; PERMOHONAN_LAYANAN from UU 25/2009)."""

    PENGADUAN = "PENGADUAN"
    ASPIRASI = "ASPIRASI"
    PERMINTAAN_INFORMASI = "PERMINTAAN_INFORMASI"
    PERMOHONAN_LAYANAN = "PERMOHONAN_LAYANAN"


class Basis(StrEnum):
    """What a clock counts."""

    WORKING = "WORKING"
    CALENDAR = "CALENDAR"


class Level(StrEnum):
    """Whose task it is: the province's, or the regency's or city's where the place lies."""

    PROVINSI = "PROVINSI"
    DAERAH = "DAERAH"


class Datatype(StrEnum):
    """The kinds of answers a service may ask for (Open311 GeoReport v2)."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLEVALUELIST = "singlevaluelist"
    MULTIVALUELIST = "multivaluelist"


LISTS = frozenset({Datatype.SINGLEVALUELIST, Datatype.MULTIVALUELIST})

# A complaint that needs a check on the spot is no kind a citizen chooses, but it has a clock of its own (DOMAIN 2).
FIELD_CHECK = "PENGADUAN_BERKADAR_PENGAWASAN"
CLOCK_KINDS = (*(kind.value for kind in Kind), FIELD_CHECK)

LEAST_DAYS = 1
MOST_DAYS = 1000
# How long closed cases are kept is a limit too: up to a hundred years, and 0 = not set, everything is kept.
RETENTION = "retention_days"
MOST_KEPT_DAYS = 36_525

PUBLIC_COMPONENTS = ("persyaratan", "prosedur", "waktu", "biaya", "produk", "pengaduan")
INTERNAL_COMPONENTS = (
    "dasar_hukum",
    "sarana",
    "kompetensi",
    "pengawasan",
    "jumlah_pelaksana",
    "jaminan_pelayanan",
    "jaminan_keamanan",
    "evaluasi",
)
COMPONENTS = (*PUBLIC_COMPONENTS, *INTERNAL_COMPONENTS)


class CatalogueRefused(Refused):
    """The topic, service, profile, limit or kind is unknown, or the change asked for makes no sense."""


@dataclass(frozen=True)
class Promise:
    """Within how many days a case is answered, and where that number comes from (shown to administrators)."""

    days: int
    basis: Basis
    source: str
    confidence: str


def check_promise(*, days: int, basis: str, source: str, confidence: str) -> Promise:
    """The promise as said; raises `CatalogueRefused` unless days are 1 to 1000 and basis and confidence are known."""
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise CatalogueRefused(
            "days_range", "Jumlah hari harus %(least)s sampai %(most)s.", least=LEAST_DAYS, most=MOST_DAYS
        )
    if basis not in tuple(Basis):
        raise CatalogueRefused("basis_unknown", "Pilih hari kerja atau hari kalender.")
    if confidence not in tuple(Confidence):
        raise CatalogueRefused("confidence_unknown", "Pilih tingkat keyakinan A, B, atau C.")
    return Promise(days=days, basis=Basis(basis), source=source, confidence=confidence)


def promise_of_service(
    *, kind: str, own_kind: str, days: int | None, basis: Basis, source: str, confidence: str
) -> Promise | None:
    """The promise a service makes by itself, or None: its days hold for its own kind of case and for no other."""
    if days is None or kind != own_kind:
        return None
    return Promise(days=days, basis=basis, source=source, confidence=confidence)
