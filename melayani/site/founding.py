# SPDX-License-Identifier: EUPL-1.2
"""Making an instance: keys, schema, reference data, first administrator. Every step may be repeated."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from melayani.cases.template_actions import load_reply_templates
from melayani.catalogue.actions import load_catalogue
from melayani.government.actions import create_officer, load_government
from melayani.government.models import Officer, RoleGrant
from melayani.government.rules import PROVINCE, PROVINCIAL_TRIAGE_SECTOR, SYSTEM, Role
from melayani.ground.clock import now
from melayani.ledger.keys import check_origin, create_keys
from melayani.site.console import BadInput
from melayani.site.schema import check_not_newer, migrate
from melayani.triage.actions import load_routing_rules

USERNAME = "MELAYANI_ADMIN_USERNAME"
PASSWORD_FILE = "MELAYANI_ADMIN_PASSWORD_FILE"  # noqa: S105  # the name of a setting, not a secret
ADMINISTRATORS_UNIT = f"{PROVINCE}.{PROVINCIAL_TRIAGE_SECTOR}"


@dataclass(frozen=True)
class Administrator:
    """Who shall be the first administrator."""

    username: str
    password: str


def found_instance() -> None:
    """The instance of the settings has keys, schema and reference data; what is there stays as it is.

    Raises `KeysRefused` for an origin that cannot name a ledger and `Failed` when newer code has written the data;
    then nothing was made.
    """
    check_origin(settings.LOG_ORIGIN)
    check_not_newer()
    settings.DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_keys(directory=settings.KEYS, origin=settings.LOG_ORIGIN)
    migrate()
    load_reference_data()


def load_reference_data() -> None:
    """The packaged places, units, calendar, catalogue, rules and reply templates are there; changed rows are kept."""
    load_government(at=now())
    load_catalogue()
    load_routing_rules()
    load_reply_templates()


def has_administrator() -> bool:
    """Whether the instance is there and somebody can administer it. Raises `Failed` for data of newer code."""
    found = check_not_newer()
    if found.empty or found.missing:
        return False
    return RoleGrant.objects.filter(role=Role.ADMINISTRATOR, officer__is_active=True).exists()


def first_administrator() -> Administrator:
    """Who shall be administrator, from the environment or asked on a terminal; raises `BadInput` if unsaid."""
    username = os.environ.get(USERNAME, "").strip().lower()
    file = os.environ.get(PASSWORD_FILE, "")
    if not (username and file) and not sys.stdin.isatty():
        raise BadInput(f"Administrator pertama belum disebut. Isi {USERNAME} dan {PASSWORD_FILE}.")
    username = username or click.prompt("Nama pengguna administrator").strip().lower()
    password = (
        _read_password(Path(file)) if file else click.prompt("Kata sandi", hide_input=True, confirmation_prompt=True)
    )
    try:
        validate_password(password, user=Officer(username=username, name=username))
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    return Administrator(username=username, password=password)


def _read_password(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"Berkas kata sandi {file} tidak dapat dibaca.") from error
    if len(lines) != 1:
        raise BadInput(f"Berkas kata sandi {file} harus berisi satu baris.")
    return lines[0]


def make_administrator(wanted: Administrator) -> None:
    """The account exists and may administer the whole instance."""
    create_officer(
        username=wanted.username,
        name="Administrator",
        unit_code=ADMINISTRATORS_UNIT,
        password=wanted.password,
        roles={Role.ADMINISTRATOR},
        by=SYSTEM,
        at=now(),
    )
