# SPDX-License-Identifier: EUPL-1.2
"""The filters that officers keep under a name. Each officer sees and changes only the own ones.

Nothing here enters the ledger: a bookmark of the own work list uses no authority and changes no case.
"""

from dataclasses import dataclass

from django.db import transaction

from melayani.cases.models import SavedFilter
from melayani.ground.errors import Refused
from melayani.ground.plain_text import check_length, plain_line

MOST_SAVED = 20
MOST_NAME = 60
MOST_QUERY = 300
TOO_MANY = "Paling banyak %(most)s saringan tersimpan. Hapus satu dahulu."


class FilterRefused(Refused):
    """This filter cannot be kept; nothing was written."""


@dataclass(frozen=True)
class SavedRow:
    """A kept filter; `query` is what stands in the address, with the name of the list before it ("unit?topik=pju")."""

    name: str
    query: str


def save_filter(*, officer_id: int, name: str, query: str) -> SavedRow:
    """The filter is kept under the name; one that the officer had kept under it is replaced.

    Raises `FilterRefused` "filter_empty", "filters_many", "filter_long", and `TextRefused` for the name.
    """
    name = plain_line(name)
    check_length(name, most=MOST_NAME, name="Nama")
    if not query.partition("?")[2]:
        raise FilterRefused("filter_empty", "Belum ada yang disaring. Pilih saringan dahulu, lalu simpan.")
    if len(query) > MOST_QUERY:
        raise FilterRefused("filter_long", "Saringan ini terlalu panjang untuk disimpan. Kurangi satu pilihan.")
    own = SavedFilter.objects.filter(officer_id=officer_id)
    with transaction.atomic():
        if not own.filter(name=name).exists() and own.count() >= MOST_SAVED:
            raise FilterRefused("filters_many", TOO_MANY, most=MOST_SAVED)
        SavedFilter.objects.update_or_create(officer_id=officer_id, name=name, defaults={"query": query})
    return SavedRow(name=name, query=query)


def forget_filter(*, officer_id: int, name: str) -> SavedRow | None:
    """The officer's filter with this name is gone; answers what it was, None when there was none."""
    with transaction.atomic():
        kept = SavedFilter.objects.select_for_update().filter(officer_id=officer_id, name=plain_line(name)).first()
        if kept is None:
            return None
        kept.delete()
    return SavedRow(name=kept.name, query=kept.query)
