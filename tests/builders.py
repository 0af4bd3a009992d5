# SPDX-License-Identifier: EUPL-1.2
"""Typed plain builders: officers with roles, filings, and cases brought to a stage by the real acts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from melayani.cases import actions, citizen_actions
from melayani.cases.desk_queries import actor_for
from melayani.cases.filing import Filed, Filing, file_case
from melayani.cases.models import Case
from melayani.cases.rules import CITIZEN, Actor, Identity, Outcome, Stage, Visibility
from melayani.government.models import Officer, RoleGrant, Unit
from tests.conftest import MONDAY

KEPANJEN = "35.07.13.1010"  # the town of Kepanjen, Kabupaten Malang
DISHUB = "35.07.dishub"
DESK = "35.07.koordinator"
STORY = "Lampu jalan di depan balai desa padam sejak tiga malam, gelap sekali."
ANSWER = "Lampu di tiang 14 sudah kami ganti hari ini oleh regu timur. Bila padam lagi, buka kembali kasus ini."


def an_officer(username: str = "ratih", *, unit: str = DISHUB, roles: tuple[str, ...] = ("officer",)) -> Officer:
    """An officer with the roles in the unit; the same one when it is there already."""
    home = Unit.objects.get(code=unit)
    officer, made = Officer.objects.get_or_create(username=username, defaults={"name": username.title(), "unit": home})
    if made:
        officer.set_unusable_password()
        officer.save()
    for role in roles:
        RoleGrant.objects.get_or_create(officer=officer, role=role, unit=home)
    return officer


def officer_actor(username: str = "ratih", *, unit: str = DISHUB, roles: tuple[str, ...] = ("officer",)) -> Actor:
    """The same as an actor."""
    return actor_for(an_officer(username, unit=unit, roles=roles))


def head_actor() -> Actor:
    """Joko, head of the unit."""
    return officer_actor("joko", roles=("head",))


def triage_actor(unit: str = DESK) -> Actor:
    """Nanik, at the triage desk."""
    return officer_actor("nanik", unit=unit, roles=("triage",))


def a_filing(**changes: Any) -> Filing:
    """A public, anonymous report on a street light in Kepanjen; `changes` replace fields."""
    filing = Filing(
        text=STORY,
        place=KEPANJEN,
        service="PJU",
        identity=Identity.ANONYMOUS,
        visibility=Visibility.PUBLIC,
    )
    return replace(filing, **changes)


def filed(*, at: datetime = MONDAY, **changes: Any) -> Filed:
    """What the citizen was told after filing."""
    return file_case(filing=a_filing(**changes), by=CITIZEN, at=at)


def a_case(
    *, stage: Stage = Stage.ROUTED, at: datetime = MONDAY, outcome: Outcome = Outcome.SOLVED, **changes: Any
) -> Case:
    """A case brought to `stage` by the real acts, an hour apart."""
    told = filed(at=at, **changes)
    number, hour = told.number, timedelta(hours=1)
    ratih = officer_actor()
    if stage in (Stage.TAKEN, Stage.ASKED):
        actions.take_on_case(number=number, by=ratih, at=at + hour)
    if stage is Stage.ASKED:
        actions.ask_citizen(number=number, text="Nomor tiang berapa?", by=ratih, at=at + 2 * hour)
    if stage in (Stage.ANSWERED, Stage.CLOSED, Stage.REOPENED):
        actions.answer_case(number=number, text=ANSWER, outcome=outcome, by=ratih, at=at + hour)
    if stage is Stage.CLOSED:
        citizen_actions.confirm_case(number=number, by=CITIZEN, at=at + 2 * hour)
    if stage is Stage.REOPENED:
        citizen_actions.reopen_case(number=number, text="Masih padam juga.", by=CITIZEN, at=at + 2 * hour)
    return Case.objects.get(number=number)


def a_waiting_case(*, at: datetime = MONDAY, **changes: Any) -> Case:
    """A case that no rule could route: it waits at the triage desk of its place."""
    return Case.objects.get(number=filed(at=at, **{"service": "", "topic": "", **changes}).number)
