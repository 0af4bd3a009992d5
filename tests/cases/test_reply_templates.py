# SPDX-License-Identifier: EUPL-1.2
"""Reply templates: kept by whoever leads the unit, recorded, offered to its officers, with known placeholders only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from melayani.cases.models import ReplyTemplate
from melayani.cases.placeholders import PlaceholderRefused, unknown_placeholders
from melayani.cases.reply_templates import found_template, template_row, templates_of, usable_templates
from melayani.cases.rules import Actor, NotAllowed
from melayani.cases.template_actions import (
    MOST_TEMPLATES,
    TemplateRefused,
    change_template,
    create_template,
    load_reply_templates,
    may_keep,
    set_template_active,
)
from melayani.catalogue.toml_rows import PackagedRefused
from melayani.government.administration import ChangeRefused, MeanwhileRefused, mark_of
from melayani.government.models import AdministrativeAct
from melayani.government.queries import unit_row
from melayani.ground.errors import Refused
from melayani.ground.plain_text import TextRefused
from melayani.ledger.models import Entry
from tests.builders import DESK, DISHUB, head_actor, officer_actor, triage_actor
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
TEXT = "Kasus {nomor} dijadwalkan pada …, petugas {unit}."


def provincial_desk() -> Actor:
    return officer_actor("triase.jatim", unit="35.kominfo", roles=("triage",))


def created(name: str = "Jadwal", text: str = TEXT, *, unit: str = DISHUB, by: Actor | None = None) -> ReplyTemplate:
    return create_template(unit=unit, name=name, text=text, by=by or head_actor(), at=MONDAY)


def names(unit: str = DISHUB) -> list[str]:
    return [row.name for row in usable_templates(unit_row(unit).id)]


def the_act() -> AdministrativeAct:
    act = AdministrativeAct.objects.order_by("-sequence")[0]
    assert act.entry.kind == act.kind
    assert act.at == MONDAY
    return act


def test_a_template_of_the_unit_is_offered_to_it_first() -> None:
    common = names()
    assert len(common) >= 8
    template = created("  Lampu \u202edijadwalkan ", TEXT + "\r\n")
    assert (template.name, template.text, template.version) == ("Lampu dijadwalkan", TEXT, 1)
    assert names() == ["Lampu dijadwalkan", *common]
    assert names("35.07.kesehatan") == common
    act = the_act()
    assert act.kind == "template.created"
    assert (act.data["unit"], act.data["template"], act.about) == (DISHUB, template.pk, f"unit:{DISHUB}")
    assert act.change == {"before": {}, "after": {"name": "Lampu dijadwalkan", "text": TEXT, "active": True}}


def test_changing_retiring_and_bringing_back_are_recorded() -> None:
    template = created()
    change_template(id=template.pk, name="Jadwal", text=TEXT + " Terima kasih.", by=head_actor(), at=MONDAY)
    assert the_act().kind == "template.changed"
    assert the_act().change == {"before": {"text": TEXT}, "after": {"text": TEXT + " Terima kasih."}}
    set_template_active(id=template.pk, active=False, by=head_actor(), at=MONDAY)
    assert the_act().kind == "template.retired"
    assert "Jadwal" not in names()
    assert [row.active for row in templates_of(unit_row(DISHUB).id)] == [False]
    set_template_active(id=template.pk, active=True, by=triage_actor_of_dishub(), at=MONDAY)
    assert the_act().kind == "template.brought_back"
    assert "Jadwal" in names()
    found = found_template(template.pk)
    assert found is not None
    assert found.version == 4


def triage_actor_of_dishub() -> Actor:
    return officer_actor("tri", roles=("triage",))


def test_templates_for_everybody_are_the_provincial_desks() -> None:
    template = created("Untuk semua", unit="", by=provincial_desk())
    assert template.unit_id is None
    assert "Untuk semua" in names("35.07.kesehatan")
    assert "unit" not in the_act().data
    assert the_act().about == "template:"
    for actor in (head_actor(), triage_actor()):
        assert not may_keep(unit_id=None, by=actor)
        with pytest.raises(NotAllowed):
            created("Punya saya", unit="", by=actor)


@pytest.mark.parametrize(
    "who",
    [
        officer_actor,
        triage_actor,
        lambda: officer_actor("kesehatan", unit="35.07.kesehatan", roles=("head",)),
        lambda: officer_actor("dewi", roles=("inspectorate", "administrator")),
    ],
)
def test_others_change_nothing(who: Callable[[], Actor]) -> None:
    template, actor = created(), who()
    before = list(ReplyTemplate.objects.values_list()), Entry.objects.count()
    with pytest.raises(NotAllowed):
        created("Lain", by=actor)
    with pytest.raises(NotAllowed):
        change_template(id=template.pk, name="Lain", text=TEXT, by=actor, at=MONDAY)
    with pytest.raises(NotAllowed):
        set_template_active(id=template.pk, active=False, by=actor, at=MONDAY)
    assert before == (list(ReplyTemplate.objects.values_list()), Entry.objects.count())


REFUSED: list[tuple[dict[str, Any], type[Refused], str]] = [
    ({"name": ""}, TextRefused, "Nama templat belum diisi"),
    ({"name": "x" * 81}, TextRefused, "Nama templat terlalu panjang"),
    ({"text": "Pendek."}, TextRefused, "Isi templat terlalu pendek"),
    ({"text": "x" * 4001}, TextRefused, "Isi templat terlalu panjang"),
    ({"text": "Kasus {nomer} sudah selesai."}, PlaceholderRefused, "Penanda {nomer} tidak dikenal"),
    ({"name": "Jadwal"}, TemplateRefused, "sudah ada"),
    ({"unit": "35.tidak"}, Refused, "tidak dikenal"),
]


@pytest.mark.parametrize(("changes", "kind", "message"), REFUSED)
def test_what_cannot_be_kept_is_refused_and_nothing_written(
    changes: dict[str, Any], kind: type[Refused], message: str
) -> None:
    created()
    before = ReplyTemplate.objects.count(), Entry.objects.count()
    with pytest.raises(kind, match=message):
        created(**{"name": "Baru", **changes})
    assert before == (ReplyTemplate.objects.count(), Entry.objects.count())


def test_a_name_may_be_used_by_two_units_but_not_twice_by_one() -> None:
    created("Sama", by=head_actor())
    created("Sama", unit=DESK, by=triage_actor())
    other = created("Lain")
    with pytest.raises(TemplateRefused):
        change_template(id=other.pk, name="Sama", text=TEXT, by=head_actor(), at=MONDAY)


def test_a_change_meanwhile_is_not_overwritten_and_no_news_is_none() -> None:
    template = created()
    seen = mark_of(template_row(template).facts)
    change_template(id=template.pk, name="Jadwal", text=TEXT + " Satu.", by=head_actor(), at=MONDAY, seen=seen)
    with pytest.raises(MeanwhileRefused):
        change_template(id=template.pk, name="X", text=TEXT, by=head_actor(), at=MONDAY, seen=seen)
    with pytest.raises(MeanwhileRefused):
        set_template_active(id=template.pk, active=False, by=head_actor(), at=MONDAY, seen=seen)
    with pytest.raises(ChangeRefused):
        change_template(id=template.pk, name="Jadwal", text=TEXT + " Satu.", by=head_actor(), at=MONDAY)
    with pytest.raises(ChangeRefused):
        set_template_active(id=template.pk, active=True, by=head_actor(), at=MONDAY)
    with pytest.raises(TemplateRefused):
        set_template_active(id=10**9, active=True, by=head_actor(), at=MONDAY)


def test_there_is_an_end_to_how_many_are_offered() -> None:
    home = unit_row(DISHUB).id
    ReplyTemplate.objects.bulk_create(
        ReplyTemplate(unit_id=home, name=f"T{number}", text=TEXT) for number in range(MOST_TEMPLATES)
    )
    with pytest.raises(TemplateRefused, match=str(MOST_TEMPLATES)):
        created()
    ReplyTemplate.objects.filter(name="T1").update(active=False)
    created()


# What comes with the program.


def test_the_packaged_ones_are_loaded_once_and_kept_as_changed() -> None:
    assert load_reply_templates() == 0
    rows = templates_of(None)
    assert len(rows) >= 8
    assert all(unknown_placeholders(row.text) == () for row in rows)
    ReplyTemplate.objects.filter(pk=rows[0].id).update(text="Diubah oleh meja provinsi.")
    assert load_reply_templates() == 0
    assert templates_of(None)[0].text == "Diubah oleh meja provinsi."
    ReplyTemplate.objects.filter(pk=rows[1].id).delete()
    entries = Entry.objects.count()
    assert load_reply_templates() == 1
    assert Entry.objects.count() == entries


BROKEN = [
    ('[[template]]\nname = "A"\ntext = ""\n', PackagedRefused),
    ('[[template]]\ntext = "Tanpa nama sama sekali."\n', PackagedRefused),
    ('[[template]]\nname = "A"\ntext = "Kasus {nomer}."\n', PlaceholderRefused),
]


@pytest.mark.parametrize(("content", "kind"), BROKEN)
def test_a_broken_file_writes_nothing(content: str, kind: type[Refused], tmp_path: Path) -> None:
    file = tmp_path / "reply_templates.toml"
    file.write_text('[[template]]\nname = "Baru"\ntext = "Surat yang baru."\n' + content, encoding="utf-8")
    before = ReplyTemplate.objects.count()
    with pytest.raises(kind):
        load_reply_templates(path=file)
    assert ReplyTemplate.objects.count() == before
