# SPDX-License-Identifier: EUPL-1.2
"""Synthetic cases: true histories, real leaves, readable texts, unique numbers, the same again from the same seed."""

import base64
import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from melayani.cases import vault
from melayani.cases.acting import case_key, state_of
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, CaseText, Event, Vault
from melayani.cases.rules import ActorKind, Stage
from melayani.government.queries import calendar_for
from melayani.government.rules import region_of
from melayani.ground.case_number import read_number
from melayani.ground.clock import jakarta
from melayani.ledger.models import Entry
from melayani.ledger.rules import commitment, leaf_bytes
from melayani.site.seed import seed_cases
from melayani.site.seed_rows import reserved_ids
from tests.conftest import MONDAY
from tests.site.running import run, settings_of

COUNT = 400


def seeded(*, cases: int = COUNT, seed: int = 7, at: datetime = MONDAY) -> None:
    seed_cases(cases=cases, seed=seed, at=at, processes=0)


@pytest.mark.django_db
def test_every_case_is_what_its_events_say() -> None:
    seeded()
    cases = list(Case.objects.select_related("unit", "place"))
    assert len(cases) == COUNT
    assert {case.stage for case in cases} == set(Stage)
    for case in cases:
        events = list(case.events.order_by("sequence"))
        assert state_of(case) == replay(Happened(e.kind, e.at, e.data) for e in events)
        assert [event.sequence for event in events] == list(range(case.version))
        assert sorted(event.at for event in events) == [event.at for event in events]
        assert events[-1].at < MONDAY
        assert case.updated_at == events[-1].at
        assert read_number(case.number) == case.number
        assert case.unit_name == case.unit.name


@pytest.mark.django_db
def test_every_entry_has_its_real_leaf_and_a_position() -> None:
    seeded(cases=60)
    for event in Event.objects.select_related("entry", "case"):
        entry, secret = event.entry, event.case.visibility == "SECRET"
        bound = commitment(salt=bytes(entry.salt or b""), kind=event.kind, event=event.data)
        leaf = leaf_bytes(
            bound=bound,
            kind=event.kind,
            sequence=event.sequence,
            stream=bytes(event.case.stream),
            recorded_at=int(MONDAY.timestamp()),
            unit_code=entry.unit_code,
            sealed=secret,
        )
        assert bytes(entry.leaf) == leaf
        assert bytes(entry.leaf_hash) == hashlib.sha256(b"\0" + leaf).digest()
        assert entry.sealed is secret
    positions = list(Entry.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))


@pytest.mark.django_db
def test_texts_open_and_are_those_the_events_commit_to() -> None:
    seeded(cases=60)
    assert CaseText.objects.exists()
    for kept in CaseText.objects.select_related("event__case", "event__entry"):
        case, event = kept.event.case, kept.event
        opened = vault.open_text(
            key=case_key(case), stream=bytes(case.stream), sequence=event.sequence, sealed=bytes(kept.sealed or b"")
        )
        text = str(opened["text"])
        hashed = hashlib.sha256(bytes(event.entry.salt or b"") + text.encode()).digest()
        assert event.data["text"] == base64.b64encode(hashed).decode()
        assert kept.released in (None, text)
    assert not CaseText.objects.filter(event__case__visibility="SECRET", released__isnull=False).exists()
    assert Vault.objects.filter(contact__isnull=False).exists()
    assert not Vault.objects.filter(contact__isnull=False, case__identity="ANONYMOUS").exists()


@pytest.mark.django_db
def test_officers_act_on_working_days_in_office_hours() -> None:
    seeded(cases=150)
    for event in Event.objects.select_related("case"):
        if event.data["by"] == ActorKind.OFFICER:
            local = jakarta(event.at)
            assert calendar_for(region_of(event.case.place_id)).reason(local.date()) is None
            assert (7, 30) <= (local.hour, local.minute) <= (16, 0)


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_cases() -> None:
    def made() -> list[tuple[object, ...]]:
        return list(Case.objects.order_by("id").values_list("number", "stage", "title", "due_at", "version"))

    seeded(cases=50)
    first = made()
    for model in (CaseText, Vault, Event, Case, Entry):
        model.objects.filter(**({"kind__startswith": ""} if model is Entry else {})).exclude(
            **({"administrative_act__isnull": False} if model is Entry else {})
        ).delete()
    if connection.vendor == "sqlite":
        connection.cursor().execute("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'cases_case'")
    seeded(cases=50)
    assert made() == first


@pytest.mark.django_db
def test_seeding_again_adds_other_cases() -> None:
    seeded(cases=50)
    seeded(cases=50)
    assert Case.objects.count() == 100
    assert len(set(Case.objects.values_list("number", flat=True))) == 100


@pytest.mark.django_db
def test_reserved_ids_are_given_once() -> None:
    first, second = list(reserved_ids("cases_case", 5)), list(reserved_ids("cases_case", 5))
    assert len({*first, *second}) == 10
    assert max(first) < min(second)


def test_the_command_seeds_with_helpers_and_says_how_fast(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "d")
    done = run("seed", "--cases", "2500", "--seed", "3", **settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2500 kasus dalam ")
    assert done.stdout.rstrip().endswith("kasus per detik")
    assert "2500 dari 2500" in done.stderr
    again = run("seed", "--cases", "100", "--seed", "3", **settings)
    assert again.returncode == 0, again.stderr
