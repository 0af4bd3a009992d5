# SPDX-License-Identifier: EUPL-1.2
"""What can be asked for and within how many days. Pure.

Sources: DOMAIN 2 (kinds and clocks), DOMAIN 3 (fourteen components of a service standard, PermenPANRB 15/2014).
"""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True)
class Promise:
    """Within how many days a case is answered, and where that number comes from (shown to administrators)."""

    days: int
    basis: Basis
    source: str
    confidence: str
