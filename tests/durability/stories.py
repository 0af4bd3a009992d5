# SPDX-License-Identifier: EUPL-1.2
"""What the cases of these tests tell: a number stands in every story, so that it is known again after the accident."""

PLACE = "35.07.13.1010"  # the town of Kepanjen, Kabupaten Malang


def story(n: int) -> str:
    """The text of filing n."""
    return f"Lampu jalan nomor {n} di depan balai desa padam sejak tiga malam."


def pdf_of(n: int) -> bytes:
    """A PDF that only filing n has, of some sectors."""
    return b"%PDF-1.4\n" + f"surat {n}\n".encode() * 900


def has_pdf(n: int) -> bool:
    """Whether a PDF goes with filing n, where filings carry PDFs."""
    return n % 10 == 7
