# SPDX-License-Identifier: EUPL-1.2
"""Keeping reply templates: adding, changing, retiring and bringing back, each an act of the administrative stream.

`by` is the officer: the head or the triage desk of the unit; templates for everybody (no unit) are the provincial
desk's. A refusal writes nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction

from melayani.cases.models import ReplyTemplate
from melayani.cases.placeholders import check_placeholders
from melayani.cases.reply_templates import KEEPERS, TemplateRow, keeps_common_templates, template_row, templates_for
from melayani.cases.rules import MOST_TEXT, Actor, NotAllowed
from melayani.catalogue.toml_rows import packaged_rows
from melayani.government.administration import administration, check_news, check_seen, record_administration
from melayani.government.queries import unit_by_id, unit_row
from melayani.ground.canonical_json import Json
from melayani.ground.errors import Refused
from melayani.ground.memo import forget_all
from melayani.ground.plain_text import check_length, plain_line, plain_text

DATA = Path(__file__).parent / "data" / "reply_templates.toml"
MOST_NAME = 80
MOST_TEMPLATES = 60


class TemplateRefused(Refused):
    """This template cannot be kept as it is; the message says why."""


def may_keep(*, unit_id: int | None, by: Actor) -> bool:
    """Whether the officer keeps the templates of the unit (None: those for everybody)."""
    led = [unit for role, unit in by.grants if role in KEEPERS]
    if unit_id is None:
        return any(keeps_common_templates(unit) for unit in led)
    return unit_by_id(unit_id).code in led


def create_template(*, unit: str, name: str, text: str, by: Actor, at: datetime) -> ReplyTemplate:
    """The template is there for the officers of the unit (its code; empty = for everybody).

    Raises `NotAllowed`, `TemplateRefused` (name taken, too many), `PlaceholderRefused`, `TextRefused`.
    """
    kept_name, kept_text = _checked(name=name, text=text)
    unit_id = unit_row(unit).id if unit else None
    with administration():
        _check_may_keep(unit_id=unit_id, by=by)
        if templates_for(unit_id).filter(active=True).count() >= MOST_TEMPLATES:
            raise TemplateRefused(
                "too_many_templates",
                "Paling banyak %(most)s templat yang dipakai. Hentikan dahulu yang tidak lagi dipakai.",
                most=MOST_TEMPLATES,
            )
        _check_free(kept_name, unit_id=unit_id)
        template = ReplyTemplate.objects.create(unit_id=unit_id, name=kept_name, text=kept_text)
        _record("template.created", template, by=by, at=at, before={})
    forget_all()
    return template


def change_template(*, id: int, name: str, text: str, by: Actor, at: datetime, seen: str = "") -> ReplyTemplate:  # noqa: A002  # the name of the field
    """The template says something else from now on; letters that were sent stay as they were.

    `seen` is the mark of what the form showed. Raises also `MeanwhileRefused` and `ChangeRefused` (nothing new).
    """
    kept_name, kept_text = _checked(name=name, text=text)
    with administration():
        template, before = _locked(id, by=by, seen=seen)
        template.name, template.text = kept_name, kept_text
        check_news(before.facts, template_row(template).facts)
        if kept_name != before.name:
            _check_free(kept_name, unit_id=template.unit_id)
        _save(template)
        _record("template.changed", template, by=by, at=at, before=before.facts)
    forget_all()
    return template


def set_template_active(*, id: int, active: bool, by: Actor, at: datetime, seen: str = "") -> ReplyTemplate:  # noqa: A002  # the name of the field
    """The template is offered, or retired: it stays, and nobody begins from it. Refusals as `change_template`."""
    with administration():
        template, before = _locked(id, by=by, seen=seen)
        template.active = active
        check_news(before.facts, template_row(template).facts)
        _save(template)
        kind = "template.brought_back" if active else "template.retired"
        _record(kind, template, by=by, at=at, before=before.facts)
    forget_all()
    return template


def load_reply_templates(*, path: Path = DATA) -> int:
    """Every packaged template is there for everybody; answers how many are new (0 the second time).

    A name that is there stays as it is, so nobody's change is undone. Raises `PackagedRefused` or
    `PlaceholderRefused`; then nothing was written. Reference data is no act and leaves nothing in the ledger.
    """
    read = [
        (row.text("name", most=MOST_NAME), row.text("text", most=MOST_TEXT))
        for row in packaged_rows(path, "template", code="name")
    ]
    for _, text in read:
        check_placeholders(text)
    with transaction.atomic():
        stored = set(templates_for(None).values_list("name", flat=True))
        missing = [ReplyTemplate(name=name, text=text) for name, text in read if name not in stored]
        ReplyTemplate.objects.bulk_create(missing)
    forget_all()
    return len(missing)


def _checked(*, name: str, text: str) -> tuple[str, str]:
    kept_name, kept_text = plain_line(name), plain_text(text)
    check_length(kept_name, most=MOST_NAME, name="Nama templat")
    check_length(kept_text, least=10, most=MOST_TEXT, name="Isi templat")
    check_placeholders(kept_text)
    return kept_name, kept_text


def _check_may_keep(*, unit_id: int | None, by: Actor) -> None:
    if not may_keep(unit_id=unit_id, by=by):
        raise NotAllowed("not_keeper", "Hanya kepala unit atau meja triase unit itu yang dapat mengubah templatnya.")


def _check_free(name: str, *, unit_id: int | None) -> None:
    if templates_for(unit_id).filter(name=name).exists():
        raise TemplateRefused("template_named", "Nama templat ini sudah ada. Pilih nama lain, atau ubah yang itu.")


def _locked(id: int, *, by: Actor, seen: str) -> tuple[ReplyTemplate, TemplateRow]:  # noqa: A002  # the name of the field
    """The template and how it stands, before the change."""
    template = ReplyTemplate.objects.select_for_update().filter(pk=id).first()
    if template is None:
        raise TemplateRefused("template_unknown", "Templat ini tidak ada.")
    _check_may_keep(unit_id=template.unit_id, by=by)
    row = template_row(template)
    check_seen(seen, row.facts)
    return template, row


def _save(template: ReplyTemplate) -> None:
    template.version += 1
    template.save(update_fields=["name", "text", "active", "version"])


def _record(kind: str, template: ReplyTemplate, *, by: Actor, at: datetime, before: Mapping[str, Json]) -> None:
    whose: dict[str, Json] = {"unit": unit_by_id(template.unit_id).code} if template.unit_id else {}
    record_administration(
        kind=kind,
        event={**whose, "template": template.pk, "version": template.version},
        by=by.name or by.code,
        at=at,
        before=before,
        after=template_row(template).facts,
    )
