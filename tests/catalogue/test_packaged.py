# SPDX-License-Identifier: EUPL-1.2
"""The catalogue that comes with the program is complete, and every damage to it is refused by name (the controls)."""

import shutil
from collections import Counter
from collections.abc import Container
from pathlib import Path

import pytest

from melayani.catalogue.packaged import DATA, PackagedCatalogue, packaged_catalogue
from melayani.catalogue.rules import COMPONENTS, PUBLIC_COMPONENTS, Datatype
from melayani.catalogue.toml_rows import PackagedRefused


class Everywhere(Container[tuple[str, str]]):
    """Offices for every level and sector: which ones exist is checked where the units are."""

    def __contains__(self, office: object) -> bool:
        return True


ANY_OFFICE = Everywhere()


@pytest.fixture(scope="module")
def packaged() -> PackagedCatalogue:
    return packaged_catalogue(offices=ANY_OFFICE)


def test_there_are_25_topics_each_mapped_in_both_sets(packaged: PackagedCatalogue) -> None:
    assert len(packaged.topics) == 25
    sets = {programme["code"]: programme["set"] for programme in packaged.programmes}
    for topic in packaged.topics:
        assert {sets[code] for code in topic.programmes} == {"2019-2024", "2025-2030"}, topic.columns["code"]


def test_both_programme_sets_are_complete_and_follow_each_other(packaged: PackagedCatalogue) -> None:
    by_set = {
        name: sorted((p for p in packaged.programmes if p["set"] == name), key=lambda p: int(p["order"]))
        for name in ("2019-2024", "2025-2030")
    }
    assert len(packaged.programmes) == 18
    assert [p["name"].removeprefix("Jatim ") for p in by_set["2019-2024"]] == [
        "Sejahtera",
        "Kerja",
        "Cerdas dan Sehat",
        "Akses",
        "Berkah",
        "Agro",
        "Berdaya",
        "Amanah",
        "Harmoni",
    ]
    assert [p["name"].removeprefix("Jatim ") for p in by_set["2025-2030"]] == [
        "Sejahtera",
        "Kerja",
        "Cerdas",
        "Sehat",
        "Akses",
        "Berkah & Amanah",
        "Agro",
        "Harmoni",
        "Lestari",
    ]
    for programmes in by_set.values():
        assert [p["order"] for p in programmes] == list(range(1, 10))
    ends = max(programme["valid_to"] for programme in by_set["2019-2024"])
    assert ends < min(programme["valid_from"] for programme in by_set["2025-2030"])


def test_at_least_40_services_publish_six_components_and_12_all_fourteen(packaged: PackagedCatalogue) -> None:
    assert len(packaged.services) >= 40
    for service in packaged.services:
        for key in PUBLIC_COMPONENTS:
            assert service.components[key], (service.columns["code"], key)
    assert sum(set(service.components) == set(COMPONENTS) for service in packaged.services) >= 12


def test_at_least_5_services_ask_and_every_datatype_occurs(packaged: PackagedCatalogue) -> None:
    asking = [service for service in packaged.services if service.questions]
    assert 5 <= len(asking) < len(packaged.services)
    datatypes = Counter(question["datatype"] for service in asking for question in service.questions)
    assert set(datatypes) == set(Datatype)
    for service in asking:
        orders = [question["order"] for question in service.questions]
        assert len(set(orders)) == len(orders), service.columns["code"]


def test_every_topic_has_a_service(packaged: PackagedCatalogue) -> None:
    assert {service.columns["topic_id"] for service in packaged.services} == {
        topic.columns["code"] for topic in packaged.topics
    }


def test_sp4n_2018_is_the_default_with_the_figures_of_domain_2(packaged: PackagedCatalogue) -> None:
    profiles = {profile.columns["code"]: profile for profile in packaged.profiles}
    assert set(profiles) == {"sp4n-2018", "sp4n-2025"}
    assert profiles["sp4n-2018"].default
    clocks = {clock["kind"]: clock for clock in profiles["sp4n-2018"].clocks}
    assert {kind: (clock["days"], clock["basis"], clock["confidence"]) for kind, clock in clocks.items()} == {
        "PERMINTAAN_INFORMASI": (5, "WORKING", "B"),
        "PENGADUAN": (14, "WORKING", "B"),
        "PENGADUAN_BERKADAR_PENGAWASAN": (60, "WORKING", "B"),
        "ASPIRASI": (5, "WORKING", "C"),
        "PERMOHONAN_LAYANAN": (14, "WORKING", "C"),
    }
    limits = {row["code"]: (row["days"], row["basis"]) for row in packaged.limits}
    assert limits == {
        "verify_days": (3, "WORKING"),
        "react_days": (5, "WORKING"),
        "silence_days": (10, "WORKING"),
        "pause_days": (10, "WORKING"),
        "settlement_days": (60, "CALENDAR"),
        "retention_days": (0, "CALENDAR"),
    }


def test_sp4n_2025_is_there_unverified_and_not_the_default(packaged: PackagedCatalogue) -> None:
    profile = next(profile for profile in packaged.profiles if profile.columns["code"] == "sp4n-2025")
    assert not profile.default
    assert not profile.columns["verified"]
    assert {clock["confidence"] for clock in profile.clocks} == {"C"}


DAMAGES: list[tuple[str, str, str, str, str]] = [
    ("topic of a service", "services.toml", 'topic = "adminduk"', 'topic = "admin"', "topik admin tidak dikenal"),
    ("kind of a service", "services.toml", 'kind = "PERMOHONAN_LAYANAN"', 'kind = "KELUHAN"', "kind harus salah satu"),
    ("level of a service", "services.toml", 'level = "DAERAH"', 'level = "DESA"', "level harus salah satu"),
    ("slug twice", "services.toml", 'slug = "kartu-keluarga"', 'slug = "ktp-elektronik"', "tertulis dua kali"),
    ("code twice", "services.toml", 'code = "KK"', 'code = "KTP-EL"', "KTP-EL: tertulis dua kali"),
    ("promise of no days", "services.toml", "days = 5\n", "days = 0\n", "days harus bilangan bulat"),
    ("public component gone", "services.toml", "\nbiaya = ", "\nsarana_ = ", "komponen standar pelayanan sarana_"),
    ("datatype unknown", "services.toml", 'datatype = "datetime"', 'datatype = "date"', "datatype harus salah satu"),
    ("a list without values", "services.toml", '"datetime"', '"singlevaluelist"', "daftar pilihan"),
    ("values without a list", "services.toml", '"singlevaluelist"', '"string"', "daftar pilihan"),
    ("key of a value twice", "services.toml", 'key = "hilang"', 'key = "baru"', "values baru: tertulis dua kali"),
    (
        "a text that must be answered",
        "services.toml",
        "required = false\nvariable = false",
        "required = true\nvariable = false",
        "hanya dibaca",
    ),
    ("programme of a topic", "topics.toml", '"2019-amanah"', '"2019-amanat"', "program 2019-amanat tidak dikenal"),
    ("programme ends before it starts", "programmes.toml", "2025-02-19", "2018-02-19", "lebih awal"),
    ("no default profile", "promises.toml", "default = true", "default = false", "tepat satu profil"),
    ("two default profiles", "promises.toml", "default = false", "default = true", "tepat satu profil"),
    ("a kind without clock", "promises.toml", 'kind = "ASPIRASI"', 'kind = "SARAN"', "jenis kasus SARAN tidak dikenal"),
    ("confidence of a limit", "promises.toml", 'confidence = "A"', 'confidence = "Z"', "confidence harus salah satu"),
]


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"), [damage[1:] for damage in DAMAGES], ids=[damage[0] for damage in DAMAGES]
)
def test_control_each_damage_is_refused_with_file_row_and_why(
    tmp_path: Path, file: str, right: str, wrong: str, said: str
) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    whole = (tmp_path / file).read_text(encoding="utf-8")
    assert right in whole
    (tmp_path / file).write_text(whole.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(PackagedRefused) as refusal:
        packaged_catalogue(directory=tmp_path, offices=ANY_OFFICE)
    assert refusal.value.message.startswith(f"{file}, ")
    assert said in refusal.value.message


def test_control_a_clock_left_out_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    whole = (tmp_path / "promises.toml").read_text(encoding="utf-8")
    start = whole.index('[[profile.clock]]\nkind = "ASPIRASI"')
    (tmp_path / "promises.toml").write_text(whole[:start] + whole[whole.index("[[profile.clock]]", start + 1) :])
    with pytest.raises(PackagedRefused) as refusal:
        packaged_catalogue(directory=tmp_path, offices=ANY_OFFICE)
    assert "profile sp4n-2018: belum ada batas hari untuk ASPIRASI" in refusal.value.message


def test_control_an_office_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PackagedRefused) as refusal:
        packaged_catalogue(offices=frozenset({("PROVINSI", "kominfo")}))
    assert "services.toml, service KTP-EL: tidak ada unit DAERAH dengan bidang dukcapil." in refusal.value.message
