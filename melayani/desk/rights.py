# SPDX-License-Identifier: EUPL-1.2
"""Who may see and do what at the desk: one table for every route, method, role and relation to a case.

Deny by default: a route that is not here cannot be mounted (`access.guarded`), a method not named is 405, and a cell
that is not named is denied or hidden. Hidden cases look exactly like absent ones (404). Behind the door the queries and
acts of the cases check again by themselves; a test asks every cell of this table with a real request.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from melayani.cases.desk_queries import DeskCase, sorting_desks
from melayani.cases.rules import Actor
from melayani.government.queries import unit_row
from melayani.government.rules import Role


class Relation(StrEnum):
    """How a unit in which an officer has a role stands to a case."""

    UNIT = "unit"  # it holds the case, and is not its triage desk
    DESK = "desk"  # it is the triage desk of the case (or the province's, standing in), and another unit holds it
    UNIT_AND_DESK = "unit_and_desk"  # both: the case waits at the desk, or is the desk's own work
    NONE = "none"


class Verdict(StrEnum):
    """What the door says."""

    ALLOW = "allow"
    DENY = "deny"  # 403, and why
    HIDE = "hide"  # 404, as if there were no such case


Cell = tuple[Role, Relation]
ANYWHERE = frozenset(Relation)
HOLDS = frozenset({Relation.UNIT, Relation.UNIT_AND_DESK})
SORTS = frozenset({Relation.DESK, Relation.UNIT_AND_DESK})


def _cells(role: Role, relations: Iterable[Relation]) -> frozenset[Cell]:
    return frozenset((role, relation) for relation in relations)


# Who reads a case at all; for everybody else it does not exist.
READ = (
    _cells(Role.OFFICER, HOLDS)
    | _cells(Role.HEAD, HOLDS)
    | _cells(Role.TRIAGE, HOLDS | SORTS)
    | _cells(Role.INSPECTORATE, ANYWHERE)
)
# Who works on it: the accountable unit. Reopened cases are the head's alone (`cases.actions.check_may_handle`).
HANDLE = _cells(Role.OFFICER, HOLDS) | _cells(Role.HEAD, HOLDS) | _cells(Role.TRIAGE, HOLDS)
LEAD = _cells(Role.HEAD, HOLDS)
# Who chooses the unit: the triage desk of the case.
SORT = _cells(Role.TRIAGE, SORTS)

CASE_RIGHTS: Mapping[str, Mapping[str, frozenset[Cell]]] = {
    "case": {"GET": READ},
    "take-on-case": {"POST": HANDLE},
    "appoint-officer": {"POST": LEAD},
    "ask-citizen": {"POST": HANDLE},
    "note-progress": {"POST": HANDLE},
    "answer-case": {"POST": HANDLE},
    # While a case waits at the triage desk only the desk ends it (`cases.actions`).
    "refer-case": {"POST": HANDLE},
    "reject-case": {"POST": HANDLE},
    "assign-case": {"POST": SORT},
    "move-promise": {"POST": LEAD},
    "release-text": {"POST": HANDLE | SORT},
    "hold-text": {"POST": HANDLE | SORT},
    "view-identity": {"POST": HANDLE},
    "note-case": {"POST": HANDLE | SORT},
    "release-file": {"POST": HANDLE | SORT},
    "hold-file": {"POST": HANDLE | SORT},
    # Whoever reads the texts of a case sees its photos too; templates are filled in with what the page says.
    "case-file": {"GET": READ},
    "small-case-file": {"GET": READ},
    "filled-template": {"GET": READ},
    "writing": {"POST": HANDLE | SORT},
}

STRANGERS = "strangers"  # everybody
OFFICERS = "officers"  # whoever is signed in, with or without a role
EVERY_ROLE = frozenset(Role)
CASE_ROLES = EVERY_ROLE - {Role.ADMINISTRATOR}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
CHANGED: Mapping[str, frozenset[Role]] = {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS}  # a form of administration
KEEPERS = frozenset({Role.HEAD, Role.TRIAGE})  # of reply templates; of which unit, the acts judge
PAGE_RIGHTS: Mapping[str, Mapping[str, frozenset[Role] | str]] = {
    "login": {"GET": STRANGERS, "POST": STRANGERS},
    "logout": {"POST": OFFICERS},
    "password": {"GET": OFFICERS, "POST": OFFICERS},
    "work": {"GET": EVERY_ROLE},  # an administrator is sent on to the accounts
    "work-list": {"GET": CASE_ROLES},
    "save-filter": {"POST": CASE_ROLES},
    "export-list": {"POST": CASE_ROLES},
    "forget-filter": {"POST": CASE_ROLES},
    "find-case": {"GET": CASE_ROLES, "POST": CASE_ROLES},
    "keys": {"GET": OFFICERS},
    "upload": {"GET": CASE_ROLES},
    "templates": {"GET": KEEPERS},
    "new-template": {"GET": KEEPERS, "POST": KEEPERS},
    "change-template": {"GET": KEEPERS, "POST": KEEPERS},
    "retire-template": {"POST": KEEPERS},
    "restore-template": {"POST": KEEPERS},
    "unit": {"GET": frozenset({Role.HEAD})},
    "officers": {"GET": ADMINISTRATORS},
    "new-officer": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "reset-password": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "deactivate-officer": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "calendar": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "calendar-year": {"GET": ADMINISTRATORS, "POST": ADMINISTRATORS},
    "promises": {"GET": ADMINISTRATORS},
    # Administration. Of which region somebody may change something, pages and acts judge (`administering.administers`).
    "officer-roles": CHANGED,
    "take-role": CHANGED,
    "calendar-decree": CHANGED,
    "activate-profile": CHANGED,
    "administration": {"GET": ADMINISTRATORS},
    "units": {"GET": ADMINISTRATORS},
    "new-unit": CHANGED,
    "unit-record": CHANGED,
    "unit-state": CHANGED,
    "places": {"GET": ADMINISTRATORS},
    "place-record": CHANGED,
    "services": {"GET": ADMINISTRATORS},
    "service-record": {"GET": ADMINISTRATORS},
    "service-standard": CHANGED,
    "service-promise": CHANGED,
    "service-state": CHANGED,
    "topics": {"GET": ADMINISTRATORS},
    "topic-record": CHANGED,
    "topic-state": CHANGED,
    "routing-rules": {"GET": ADMINISTRATORS},
    "new-rule": CHANGED,
    "rule-record": CHANGED,
    "retire-rule": CHANGED,
    "clients": {"GET": ADMINISTRATORS},
    "new-client": CHANGED,
    "client-key": CHANGED,
    "client-state": CHANGED,
    "changes": {"GET": ADMINISTRATORS},
}


def relation(*, unit: str, case: DeskCase) -> Relation:
    """How the unit (its code) stands to the case."""
    if unit == case.unit_code:
        return Relation.UNIT_AND_DESK if unit == case.desk_code else Relation.UNIT
    return Relation.DESK if unit in sorting_desks(case.desk_code, unit_code=case.unit_code) else Relation.NONE


def case_verdict(*, route: str, method: str, actor: Actor, case: DeskCase) -> Verdict:
    """What the table says for all roles of the actor together: the best of their cells."""
    cells = {(Role(role), relation(unit=unit, case=case)) for role, unit in actor.grants}
    if cells & CASE_RIGHTS[route][method]:
        return Verdict.ALLOW
    return Verdict.DENY if cells & READ else Verdict.HIDE


def page_verdict(*, route: str, method: str, actor: Actor) -> Verdict:
    """What the table says for a page that is not about a case."""
    allowed = PAGE_RIGHTS[route][method]
    if isinstance(allowed, str):
        return Verdict.ALLOW
    return Verdict.ALLOW if allowed & {Role(role) for role, _ in actor.grants} else Verdict.DENY


def administered_regions(actor: Actor) -> frozenset[str]:
    """The regions in which the actor is administrator; the province's stands for everywhere."""
    return frozenset(unit_row(unit).region_code for role, unit in actor.grants if role == Role.ADMINISTRATOR)
