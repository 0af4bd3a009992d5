# SPDX-License-Identifier: EUPL-1.2
"""The one jurisdiction this endpoint serves. Clients may leave its name out; another name is an error."""

from melayani.api.open311.errors import CallRefused
from melayani.api.open311.reading import Fields

JURISDICTION = "jatim.melayani.example"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# When the addresses, fields or formats last changed; the lists of services change without it.
CHANGESET = "2026-01-05 00:00"


def check_jurisdiction(*sent: Fields) -> None:
    """Raises a 404 when one of the readings names another jurisdiction."""
    for fields in sent:
        if any(name and name != JURISDICTION for name in fields.all("jurisdiction_id")):
            raise CallRefused(404, f"jurisdiction_id ini tidak dilayani di sini. Pakai {JURISDICTION}, atau kosongkan.")
