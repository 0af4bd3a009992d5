# SPDX-License-Identifier: EUPL-1.2
"""Loading the catalogue: idempotent, keeps what administrators changed, adds what is new, all or nothing."""

import shutil
from pathlib import Path

import pytest
from django.db.models import Model

from melayani.catalogue.actions import load_catalogue
from melayani.catalogue.models import (
    Limit,
    Programme,
    PromiseClock,
    PromiseProfile,
    Question,
    Service,
    StandardComponent,
    Topic,
)
from melayani.catalogue.packaged import DATA
from melayani.catalogue.queries import service_row
from melayani.catalogue.toml_rows import PackagedRefused
from melayani.ledger.models import Entry
from melayani.triage.models import RoutingRule

pytestmark = pytest.mark.django_db

TABLES: tuple[type[Model], ...] = (
    Limit,
    Programme,
    PromiseClock,
    PromiseProfile,
    Question,
    Service,
    StandardComponent,
    Topic,
    Topic.programmes.through,
)


def everything() -> list[list[tuple[object, ...]]]:
    """All rows of the room, without the order in which they are stored."""
    return [sorted(table._default_manager.values_list(), key=repr) for table in TABLES]


def forget_the_catalogue() -> None:
    """No row of the room is left, as before `melayani init`."""
    RoutingRule.objects.all().delete()
    for table in (Service, Topic, Programme, PromiseProfile, Limit):
        table._default_manager.all().delete()


def test_from_nothing_all_is_loaded() -> None:
    counts = [len(rows) for rows in everything()]
    forget_the_catalogue()
    assert load_catalogue() == sum(counts)
    assert [len(rows) for rows in everything()] == counts
    assert service_row("PJU").topic == "perhubungan"


def test_loading_again_changes_nothing_and_records_nothing() -> None:
    before, entries = everything(), Entry.objects.count()
    assert load_catalogue() == 0
    assert everything() == before
    assert Entry.objects.count() == entries


def test_what_administrators_changed_is_kept() -> None:
    pristine = everything()
    Service.objects.filter(code="PJU").update(name="Lampu", promise_days=3, active=False)
    StandardComponent.objects.filter(service__code="PJU", key="biaya").update(text="Gratis.")
    Question.objects.filter(service__code="PJU").update(label="Apa?")
    PromiseProfile.objects.filter(code="sp4n-2018").update(active=False)
    PromiseProfile.objects.filter(code="sp4n-2025").update(active=True, verified=True)
    PromiseClock.objects.filter(profile="sp4n-2025").update(days=7)
    Limit.objects.filter(code="silence_days").update(days=12)
    topic = Topic.objects.get(code="adminduk")
    topic.programmes.set(Programme.objects.filter(code="2019-harmoni"))
    Topic.objects.filter(code="desa").update(active=False)
    before = everything()
    # The control: a loader that put anything back would be seen, because every table but one differs now.
    assert [here == there for here, there in zip(before, pristine, strict=True)].count(True) == 1
    assert load_catalogue() == 0
    assert everything() == before


def test_only_what_is_missing_is_added() -> None:
    before = everything()
    StandardComponent.objects.filter(service__code="PJU", key="evaluasi").delete()
    PromiseClock.objects.filter(profile="sp4n-2025", kind="ASPIRASI").delete()
    Limit.objects.filter(code="verify_days").delete()
    Question.objects.filter(service__code="KTP-EL", code="KEPERLUAN").delete()
    assert load_catalogue() == 4
    assert [len(rows) for rows in everything()] == [len(rows) for rows in before]
    assert load_catalogue() == 0


def test_a_new_default_profile_does_not_displace_the_one_in_use() -> None:
    PromiseProfile.objects.filter(code="sp4n-2018").delete()
    PromiseProfile.objects.filter(code="sp4n-2025").update(active=True)
    load_catalogue()
    assert list(PromiseProfile.objects.filter(active=True).values_list("code", flat=True)) == ["sp4n-2025"]
    assert PromiseProfile.objects.filter(code="sp4n-2018", active=False).exists()


def test_a_new_programme_is_linked_to_topics_that_are_there() -> None:
    Programme.objects.filter(code="2025-lestari").delete()
    assert load_catalogue() > 1
    assert set(Topic.objects.filter(programmes="2025-lestari").values_list("code", flat=True)) == {
        "lingkungan-kehutanan",
        "bencana",
    }


def test_control_a_damaged_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    services = (tmp_path / "services.toml").read_text(encoding="utf-8")
    (tmp_path / "services.toml").write_text(services.replace('sector = "dukcapil"', 'sector = "capil"', 1))
    limits = (tmp_path / "promises.toml").read_text(encoding="utf-8")
    (tmp_path / "promises.toml").write_text(limits.replace("verify_days", "check_days"))
    before = everything()
    with pytest.raises(PackagedRefused) as refusal:
        load_catalogue(directory=tmp_path)
    assert refusal.value.message == "services.toml, service KTP-EL: tidak ada unit DAERAH dengan bidang capil."
    assert everything() == before
