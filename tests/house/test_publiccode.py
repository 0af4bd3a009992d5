# SPDX-License-Identifier: EUPL-1.2
"""publiccode.yml keeps to version 0.7 of its standard, so that catalogues of public code can read it.

The shape below is our own statement of the standard's keys, types, lists and lengths. Deprecated keys and keys that
the standard does not know are findings too. Source: publiccode.yml 0.7.0, "The Standard", with its lists of
categories, scopes and aliases.
"""

import copy
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date as calendar_date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "publiccode.yml"


def words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


CATEGORIES = words(
    """
    accounting agile-project-management applicant-tracking application-development appointment-scheduling backup
    billing-and-invoicing blog budgeting business-intelligence business-process-management cad call-center-management
    cloud-management collaboration communications compliance-management contact-management content-management crm
    customer-service-and-support data-analytics data-collection data-visualization design design-system
    digital-asset-management digital-citizenship document-management donor-management e-commerce e-signature
    educational-content email-management email-marketing employee-management enterprise-project-management
    enterprise-social-networking erp event-management facility-management feedback-and-reviews-management
    financial-reporting fleet-management fundraising gamification geographic-information-systems grant-management
    graphic-design help-desk hr ide identity-management instant-messaging integrated-library-system
    inventory-management it-asset-management it-development it-management it-security it-service-management
    knowledge-management learning-management-system marketing mind-mapping mobile-marketing mobile-payment
    network-management office online-booking online-community other payment-gateway payroll predictive-analysis
    procurement productivity-suite project-collaboration project-management property-management
    real-estate-management regulations-and-directives remote-support resource-management sales-management seo
    service-desk social-media-management survey talent-management task-management taxes-management test-management
    time-management time-tracking translation video-conferencing video-editing visitor-management voip
    warehouse-management web-collaboration web-conferencing website-builder whistleblowing workflow-management
    """
)
SCOPES = words(
    """
    agriculture culture defence education emergency-services employment energy environment
    finance-and-economic-development foreign-affairs government healthcare infrastructures justice local-authorities
    manufacturing research science-and-technology security society sport tourism transportation welfare
    """
)
SOFTWARE_TYPES = words(
    """
    standalone/mobile standalone/iot standalone/desktop standalone/web standalone/backend standalone/other
    addon library configurationFiles
    """
)
ALIASES = words("gdpr eidas nis2 cra spid cie anpr pagopa io")
# Only the licences this project may be under; SPDX knows many more.
LICENSES = frozenset({"EUPL-1.2", "AGPL-3.0-or-later", "AGPL-3.0-only", "GPL-3.0-or-later", "MPL-2.0"})
BCP47 = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?(-[A-Za-z0-9]{5,8})*")

# A check yields one line for each thing that is wrong with a value found at a path such as `legal/license`.
Check = Callable[[object, str], Iterator[str]]


class Yaml12Loader(yaml.SafeLoader):
    """Reads booleans and dates as YAML 1.2 does: only true and false are booleans, and a date is text."""


Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read(text: str) -> Any:
    """The document in `text`, with the types of YAML 1.2."""
    return yaml.load(text, Loader=Yaml12Loader)  # noqa: S506  # a SafeLoader with fewer resolvers builds no objects


def text(*, at_least: int = 1, at_most: int = 10_000) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{path}: is not text"
        elif not at_least <= len(value.strip()) <= at_most:
            yield f"{path}: has {len(value.strip())} characters, not {at_least} to {at_most}"

    return check


def matching(holds: Callable[[str], bool], what: str) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str) or not holds(value):
            yield f"{path}: {value!r} is not {what}"

    return check


def one_of(allowed: Collection[str]) -> Check:
    return matching(lambda value: value in allowed, f"one of {len(allowed)} allowed values")


def boolean(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path}: is not true or false"


def list_of(item: Check) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{path}: is not a list with at least one item"
            return
        for index, one in enumerate(value):
            yield from item(one, f"{path}/{index}")

    return check


def either(first: Check, second: Check) -> Check:
    def check(value: object, path: str) -> Iterator[str]:
        problems = list(first(value, path))
        if problems and list(second(value, path)):
            yield from problems

    return check


def record(mandatory: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**mandatory, **(optional or {})}

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: is not a mapping"
            return
        for key in mandatory.keys() - value.keys():
            yield f"{path}/{key}: is missing"
        for key, one in value.items():
            if key in known:
                yield from known[key](one, f"{path}/{key}")
            else:
                yield f"{path}/{key}: is unknown or deprecated"

    return check


def is_web_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in value


def is_uri(value: str) -> bool:
    if value.startswith("alias:"):
        return value.removeprefix("alias:") in ALIASES
    return is_web_address(value) or re.fullmatch(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:\S+", value) is not None


def is_date(value: str) -> bool:
    try:
        return calendar_date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def is_license(value: str) -> bool:
    return all(part in LICENSES for part in re.split(r" (?:OR|AND) ", value.strip("()")))


def is_image(*suffixes: str) -> Callable[[str], bool]:
    def holds(value: str) -> bool:
        return value.endswith(suffixes) and (is_web_address(value) or (ROOT / value).is_file())

    return holds


web_address = matching(is_web_address, "a web address")
language = matching(lambda value: BCP47.fullmatch(value) is not None, "a BCP 47 language tag")
country = matching(lambda value: re.fullmatch(r"[A-Z]{2}", value) is not None, "an ISO 3166-1 alpha-2 code")
day = matching(is_date, "a date as YYYY-MM-DD")
mail = matching(lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value) is not None, "an e-mail address")
dependency = record(
    {"name": text()}, {"versionMin": text(), "versionMax": text(), "version": text(), "optional": boolean}
)
contact = record({"name": text()}, {"email": mail, "phone": text(), "affiliation": text()})
contractor = record({"name": text(), "until": day}, {"email": mail, "website": web_address})
description = record(
    {"shortDescription": text(at_most=150)},
    {
        "localisedName": text(),
        "longDescription": text(at_least=150),
        "documentation": web_address,
        "apiDocumentation": web_address,
        "features": list_of(text()),
        "screenshots": list_of(matching(is_image(".png", ".jpg"), "a PNG or JPG in this repository")),
        "videos": list_of(web_address),
        "awards": list_of(text()),
    },
)


def descriptions(value: object, path: str) -> Iterator[str]:
    """At least one language; each well formed; the long text and the features in at least one of them."""
    if not isinstance(value, dict) or not value:
        yield f"{path}: describes the software in no language"
        return
    for tag, one in value.items():
        yield from language(tag, f"{path}/{tag}")
        yield from description(one, f"{path}/{tag}")
    for key in ("longDescription", "features"):
        if not any(isinstance(one, dict) and key in one for one in value.values()):
            yield f"{path}/{key}: is in no language"


def maintenance(value: object, path: str) -> Iterator[str]:
    """Contacts go with `internal` and `community`; contractors go with `contract` and with nothing else."""
    shape = record(
        {"type": one_of({"internal", "contract", "community", "none"})},
        {"contacts": list_of(contact), "contractors": list_of(contractor)},
    )
    yield from shape(value, path)
    if isinstance(value, dict):
        if value.get("type") in {"internal", "community"} and "contacts" not in value:
            yield f"{path}/contacts: is missing"
        if (value.get("type") == "contract") != ("contractors" in value):
            yield f"{path}/contractors: goes with the type contract, and only with it"


publiccode = record(
    {
        "publiccodeYmlVersion": one_of({"0.7"}),
        "name": text(),
        "url": web_address,
        "platforms": either(list_of(text()), text()),
        "developmentStatus": one_of({"concept", "development", "beta", "stable", "obsolete"}),
        "softwareType": one_of(SOFTWARE_TYPES),
        "description": descriptions,
        "legal": record({"license": matching(is_license, "an SPDX licence")}, {"mainCopyrightOwner": text()}),
        "maintenance": maintenance,
        "localisation": record({"localisationReady": boolean, "availableLanguages": list_of(language)}),
    },
    {
        "applicationSuite": text(),
        "landingURL": web_address,
        "isBasedOn": either(list_of(web_address), web_address),
        "softwareVersion": text(),
        "releaseDate": day,
        "logo": matching(is_image(".svg", ".svgz", ".png"), "an SVG or PNG in this repository"),
        "categories": list_of(one_of(CATEGORIES)),
        "usedBy": list_of(text()),
        "fundedBy": list_of(record({"name": text()}, {"uri": matching(is_uri, "a URI")})),
        "roadmap": web_address,
        "supports": list_of(record({"id": matching(is_uri, "a URI or a known alias")})),
        "organisation": record({"uri": matching(is_uri, "a URI")}, {"name": text()}),
        "intendedAudience": record(
            {},
            {
                "countries": list_of(country),
                "unsupportedCountries": list_of(country),
                "scope": list_of(one_of(SCOPES)),
            },
        ),
        "dependsOn": record(
            {},
            {"open": list_of(dependency), "proprietary": list_of(dependency), "hardware": list_of(dependency)},
        ),
    },
)


def problems(document: object) -> list[str]:
    """What keeps `document` from being a valid publiccode.yml 0.7, one line each; empty when nothing does."""
    return [line.removeprefix("/") for line in publiccode(document, "")]


@pytest.fixture
def document() -> Any:
    return read(FILE.read_text(encoding="utf-8"))


def test_the_file_is_valid(document: Any) -> None:
    assert problems(document) == []


def test_the_licence_is_the_one_in_the_repository(document: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["license"]
    assert document["legal"]["license"] == (declared["text"] if isinstance(declared, dict) else declared)
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")


def test_the_python_version_is_the_one_the_project_requires(document: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = next(one for one in document["dependsOn"]["open"] if one["name"] == "Python")
    assert project["requires-python"] == f">={python['versionMin']}"


def put(*path: str, value: object) -> Callable[[Any], None]:
    def act(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return act


def drop(*path: str) -> Callable[[Any], None]:
    def act(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return act


def drop_long_descriptions(document: Any) -> None:
    for one in document["description"].values():
        del one["longDescription"]


BROKEN: list[tuple[str, Callable[[Any], None]]] = [
    *((key, drop(key)) for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus")),
    *((key, drop(key)) for key in ("softwareType", "description", "legal", "maintenance", "localisation")),
    ("legal/license", drop("legal", "license")),
    ("maintenance/type", drop("maintenance", "type")),
    ("maintenance/contacts", drop("maintenance", "contacts")),
    ("localisation/localisationReady", drop("localisation", "localisationReady")),
    ("localisation/availableLanguages", drop("localisation", "availableLanguages")),
    ("description/id/shortDescription", drop("description", "id", "shortDescription")),
    ("description/longDescription", drop_long_descriptions),
    ("publiccodeYmlVersion", put("publiccodeYmlVersion", value=0.7)),
    ("publiccodeYmlVersion", put("publiccodeYmlVersion", value="0.2")),
    ("name", put("name", value="")),
    ("url", put("url", value="melayani.git")),
    ("platforms", put("platforms", value=[])),
    ("categories/0", put("categories", value=["complaints"])),
    ("developmentStatus", put("developmentStatus", value="alpha")),
    ("softwareType", put("softwareType", value="standalone")),
    ("releaseDate", put("releaseDate", value="5 January 2026")),
    ("releaseDate", put("releaseDate", value="20260105")),
    ("logo", put("logo", value="docs/no-such-logo.svg")),
    ("supports/0/id", put("supports", value=[{"id": "alias:open311"}])),
    ("organisation/uri", put("organisation", value={"name": "A body without an identifier"})),
    ("intendedAudience/countries/0", put("intendedAudience", "countries", value=["Indonesia"])),
    ("intendedAudience/scope/0", put("intendedAudience", "scope", value=["complaints"])),
    ("description/Indonesia", put("description", "Indonesia", value={"shortDescription": "A name is no language tag"})),
    ("description/en/shortDescription", put("description", "en", "shortDescription", value="x" * 151)),
    ("description/en/longDescription", put("description", "en", "longDescription", value="x" * 149)),
    ("description/en/features", put("description", "en", "features", value=[])),
    ("description/en/genericName", put("description", "en", "genericName", value="Case system")),
    ("legal/license", put("legal", "license", value="EUPL")),
    ("maintenance/type", put("maintenance", "type", value="volunteer")),
    ("maintenance/contractors", put("maintenance", "type", value="contract")),
    ("maintenance/contractors", put("maintenance", "contractors", value=[{"name": "A firm", "until": "2026-12-31"}])),
    ("maintenance/contacts/0/name", put("maintenance", "contacts", value=[{"affiliation": "A team"}])),
    ("maintenance/contacts/0/email", put("maintenance", "contacts", value=[{"name": "A team", "email": "at home"}])),
    ("localisation/localisationReady", put("localisation", "localisationReady", value="yes")),
    ("localisation/availableLanguages/0", put("localisation", "availableLanguages", value=["Bahasa Indonesia"])),
    ("dependsOn/open/0/name", put("dependsOn", "open", value=[{"version": "3.11"}])),
    ("dependsOn/open/0/versionMin", put("dependsOn", "open", value=[{"name": "Python", "versionMin": 3.11}])),
    ("publiccode-yaml-version", put("publiccode-yaml-version", value="0.7")),
]


@pytest.mark.parametrize(("path", "damage"), BROKEN)
def test_control_each_damage_is_found_where_it_is(document: Any, path: str, damage: Callable[[Any], None]) -> None:
    broken = copy.deepcopy(document)
    damage(broken)
    assert [line for line in problems(broken) if line.startswith((f"{path}:", f"{path}/"))]


@pytest.mark.parametrize("damaged", ["", "[]", "Melayani", "name: Melayani"])
def test_control_a_document_of_another_shape_is_found(damaged: str) -> None:
    assert problems(read(damaged))


def test_control_the_booleans_of_yaml_1_1_are_found() -> None:
    whole = FILE.read_text(encoding="utf-8")
    old_style = whole.replace("localisationReady: true", "localisationReady: yes")
    assert old_style != whole
    assert problems(read(old_style)) == ["localisation/localisationReady: is not true or false"]


@pytest.mark.parametrize("value", ["MPL-2.0", "EUPL-1.2 OR AGPL-3.0-or-later"])
def test_a_valid_variant_stays_valid(document: Any, value: str) -> None:
    document["legal"]["license"] = value
    document["platforms"] = "web"
    document["releaseDate"] = "2026-01-05"
    assert problems(document) == []
