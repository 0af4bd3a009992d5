# SPDX-License-Identifier: EUPL-1.2
"""The body of a full filing by Open311, as the bench sends it."""


def create_body(key: str, number: int) -> dict[str, str]:
    """A full filing: contact, point, text."""
    return {
        "api_key": key,
        "service_code": "JALAN-PROV",
        "lat": f"{-7.9 - number % 97 / 1000:.6f}",
        "long": f"{112.6 + number % 89 / 1000:.6f}",
        "description": f"Jalan berlubang di depan pasar, sudah dua pekan, nomor uji {number}. " * 3,
        "first_name": "Sari",
        "last_name": "Uji",
        "email": "sari@contoh.example",
        "phone": "081200000000",
    }
