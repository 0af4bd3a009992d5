# SPDX-License-Identifier: EUPL-1.2
"""Who works in the demo: the sample logins, and silent accounts for units that act in a story and have none.

Silent accounts cannot log in and carry the name of their office, not of a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from os import urandom
from typing import Any

from melayani.cases.rules import Actor, ActorKind
from melayani.government.actions import create_officer, record_administration, set_password
from melayani.government.models import Officer, RoleGrant, Unit
from melayani.government.queries import place_row
from melayani.government.rules import SYSTEM, Role
from melayani.ground.case_number import key_from_bytes

SILENT_NAMES = {
    Role.OFFICER: ("petugas", "Petugas"),
    Role.HEAD: ("kepala", "Kepala"),
    Role.TRIAGE: ("triase", "Triase"),
}


@dataclass(frozen=True)
class Login:
    """A sample login, as `demo.json` tells it. `unit` is a code."""

    name: str
    username: str
    password: str
    totp_secret: str | None
    role: str
    unit: str


# Name, username, role, unit. Ratih, Joko, Nanik, Dewi and Yusuf are the invented persons of the product.
PEOPLE = (
    ("Nanik", "nanik", Role.TRIAGE, "35.07.koordinator"),
    ("Meja Triase Provinsi", "triase.jatim", Role.TRIAGE, "35.kominfo"),
    ("Ratih", "ratih", Role.OFFICER, "35.binamarga"),
    ("Joko", "joko", Role.HEAD, "35.binamarga"),
    ("Petugas Dishub Kabupaten Malang", "petugas.dishub.malang", Role.OFFICER, "35.07.dishub"),
    ("Kepala Dishub Kabupaten Malang", "kepala.dishub.malang", Role.HEAD, "35.07.dishub"),
    ("Dewi", "dewi", Role.INSPECTORATE, "35.inspektorat"),
    ("Yusuf", "yusuf", Role.ADMINISTRATOR, "35.kominfo"),
)


def sample_logins(*, kept: Iterable[Mapping[str, Any]], at: datetime) -> list[Login]:
    """Everybody of the table can log in. `kept`: logins of an earlier run, whose passwords stay as they are."""
    known = {str(login.get("username")): str(login.get("password")) for login in kept}
    there = set(Officer.objects.values_list("username", flat=True))
    return [
        _login(name, username, role, unit, password=known.get(username), is_there=username in there, at=at)
        for name, username, role, unit in PEOPLE
    ]


def _login(
    name: str, username: str, role: Role, unit: str, *, password: str | None, is_there: bool, at: datetime
) -> Login:
    if not is_there:
        password = fresh_password()
        create_officer(username=username, name=name, unit_code=unit, password=password, roles={role}, by=SYSTEM, at=at)
    elif not password:
        # The file with the passwords is gone. As a change of one's own, so that the sample login works at once.
        password = fresh_password()
        set_password(username=username, password=password, by=username, at=at)
    return Login(name=name, username=username, password=password, totp_secret=None, role=role, unit=unit)


def fresh_password() -> str:
    """80 random bits in groups that are easy to type."""
    return key_from_bytes(urandom(16))[:19].lower()


class Staff:
    """Finds who acts for a unit in a role; makes a silent account where there is nobody."""

    def __init__(self, *, at: datetime) -> None:
        """`at` is the moment of recording."""
        self._at = at
        self._ids: dict[tuple[str, str], int] = {
            (role, unit): officer_id
            for officer_id, role, unit in RoleGrant.objects.order_by("-officer_id").values_list(
                "officer_id", "role", "unit__code"
            )
        }

    def acting(self, *, role: Role, unit: str) -> Actor:
        """Somebody of the unit in the role, who brings in past acts."""
        key = (role.value, unit)
        if key not in self._ids:
            self._ids[key] = self._silent(role=role, unit=unit)
        return Actor(
            kind=ActorKind.OFFICER,
            officer_id=self._ids[key],
            unit_code=unit,
            grants=frozenset({key}),
            imported_at=self._at,
        )

    def _silent(self, *, role: Role, unit: str) -> int:
        home = Unit.objects.get(code=unit)
        short, title = SILENT_NAMES[role]
        where = place_row(home.region_id).full_name if role is Role.TRIAGE else home.name
        officer = Officer(username=f"{short}.{unit}", name=f"{title} {where}"[:120], unit=home, is_active=False)
        officer.set_unusable_password()
        officer.save()
        RoleGrant.objects.create(officer=officer, role=role, unit=home)
        record_administration(
            kind="officer.created",
            event={"officer": officer.pk, "unit": unit, "roles": [role.value]},
            by=SYSTEM,
            at=self._at,
        )
        return officer.pk


def as_json(logins: Iterable[Login]) -> list[dict[str, Any]]:
    """The logins as `demo.json` holds them."""
    return [asdict(login) for login in logins]
