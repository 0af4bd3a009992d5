# SPDX-License-Identifier: EUPL-1.2
"""Texts that officers begin a letter from: those of their unit, and those for everybody."""

from dataclasses import dataclass

from django.db.models import QuerySet

from melayani.cases.models import ReplyTemplate
from melayani.government.queries import triage_desk
from melayani.government.rules import PROVINCE, Role
from melayani.ground.canonical_json import Json
from melayani.ground.memo import remembered

# Whose templates a unit's leaders keep; those for everybody (no unit) fall to the triage desk of the province.
KEEPERS = (Role.HEAD, Role.TRIAGE)


@dataclass(frozen=True)
class TemplateRow:
    """A template; without `unit_id` it is for everybody."""

    id: int
    unit_id: int | None
    name: str
    text: str
    active: bool
    version: int

    @property
    def facts(self) -> dict[str, Json]:
        """What a change can change."""
        return {"name": self.name, "text": self.text, "active": self.active}


_COLUMNS = ("id", "unit_id", "name", "text", "active", "version")


def template_row(template: ReplyTemplate) -> TemplateRow:
    """The template as a row."""
    return TemplateRow(*(getattr(template, column) for column in _COLUMNS))


@remembered(seconds=30)
def usable_templates(unit_id: int) -> tuple[TemplateRow, ...]:
    """What an officer of the unit may begin from: its own templates by name, then those for everybody."""
    own, common = _rows(unit_id), _rows(None)
    return tuple(row for row in (*own, *common) if row.active)


def templates_of(unit_id: int | None) -> tuple[TemplateRow, ...]:
    """All templates of the unit (None: those for everybody) by name, retired ones last."""
    return tuple(sorted(_rows(unit_id), key=lambda row: not row.active))


def found_template(id: int) -> TemplateRow | None:  # noqa: A002  # the name of the field it looks up
    """The template with this id, retired or not."""
    found = ReplyTemplate.objects.filter(pk=id).values_list(*_COLUMNS).first()
    return None if found is None else TemplateRow(*found)


def templates_for(unit_id: int | None) -> QuerySet[ReplyTemplate]:
    """The templates of the unit (None: those for everybody)."""
    every = ReplyTemplate.objects.all()
    return every.filter(unit__isnull=True) if unit_id is None else every.filter(unit_id=unit_id)


def _rows(unit_id: int | None) -> tuple[TemplateRow, ...]:
    found = templates_for(unit_id).order_by("name", "id").values_list(*_COLUMNS)
    return tuple(TemplateRow(*values) for values in found)


def keeps_common_templates(unit_code: str) -> bool:
    """Whether the templates for everybody are kept by this unit."""
    return unit_code == triage_desk(PROVINCE).code
