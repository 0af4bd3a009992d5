# SPDX-License-Identifier: EUPL-1.2
"""Texts and identities: what is released, what stays sealed, and that every reading is seen."""

from datetime import timedelta

import pytest

from melayani.cases import actions
from melayani.cases.models import CaseText
from melayani.cases.queries import citizen_case, public_case
from melayani.cases.rules import (
    Identity,
    NotAllowed,
    Outcome,
    Visibility,
)
from melayani.ledger.models import Entry
from tests.builders import (
    ANSWER,
    STORY,
    filed,
    officer_actor,
)
from tests.conftest import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=3)


def test_releasing_shows_the_masked_text_and_keeps_the_original_sealed() -> None:
    told = filed()
    actions.release_text(
        number=told.number, sequence=0, masked="Lampu jalan [disamarkan] padam.", by=officer_actor(), at=LATER
    )
    seen = public_case(told.number)
    assert seen is not None
    assert seen.happenings[0].text == "Lampu jalan [disamarkan] padam."
    assert seen.row.title == "Lampu jalan [disamarkan] padam"
    own = citizen_case(number=told.number, key=told.key)
    assert own is not None
    assert own.happenings[0].text == STORY
    actions.hold_text(number=told.number, sequence=0, by=officer_actor(), at=LATER)
    held = public_case(told.number)
    assert held is not None
    assert held.happenings[0].text is None
    assert held.row.title != "Lampu jalan [disamarkan] padam"


def test_a_secret_case_releases_nothing() -> None:
    told = filed(visibility=Visibility.SECRET)
    with pytest.raises(NotAllowed, match="rahasia"):
        actions.release_text(number=told.number, sequence=0, masked=STORY, by=officer_actor(), at=LATER)
    actions.answer_case(
        number=told.number, text=ANSWER, outcome=Outcome.SOLVED, by=officer_actor(), at=LATER, release=True
    )
    assert not CaseText.objects.exclude(released=None).exists()
    assert all(entry.sealed for entry in Entry.objects.all())


def test_reading_the_identity_is_an_event_the_citizen_sees() -> None:
    told = filed(identity=Identity.NAMED, name="Sari", email="sari@contoh.example")
    contact = actions.view_identity(number=told.number, reason="Perlu menelepon warga.", by=officer_actor(), at=LATER)
    assert contact == {"name": "Sari", "email": "sari@contoh.example"}
    own = citizen_case(number=told.number, key=told.key)
    assert own is not None
    assert own.happenings[-1].kind == "identity.viewed"
    public = public_case(told.number)
    assert public is not None
    assert all(h.kind != "identity.viewed" for h in public.happenings)


def test_nobody_reads_who_an_anonymous_citizen_is() -> None:
    told = filed(identity=Identity.ANONYMOUS, email="darmo@contoh.example")
    entries = Entry.objects.count()
    with pytest.raises(NotAllowed, match="anonim"):
        actions.view_identity(number=told.number, reason="Perlu menelepon warga.", by=officer_actor(), at=LATER)
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Lampu padam. Sudah tiga malam.", "Lampu padam"),
        ("Satu baris\nbaris dua", "Satu baris"),
        ("kata " * 40, ("kata " * 18).strip() + " …"),
    ],
)
def test_first_words(text: str, title: str) -> None:
    assert actions.first_words(text) == title
