# SPDX-License-Identifier: EUPL-1.2
"""Bringing in cases, units and places: every bad row is named, nothing is stored halfway, nothing twice."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from melayani.cases.acting import state_of
from melayani.cases.life import Happened, replay
from melayani.cases.models import Case, Event
from melayani.cases.rules import Channel, Outcome, Stage
from melayani.government.models import AdministrativeAct, Place, Unit
from melayani.government.queries import found_place, place_row, unit_row
from melayani.ground.memo import forget_all
from melayani.ledger.models import Entry
from melayani.site.console import BadInput
from melayani.site.imports.cases import import_cases
from melayani.site.imports.places import FeatureRefused, import_places, middle_of
from melayani.site.imports.tables import Problem, Row, read_table
from melayani.site.imports.units import import_units
from tests.conftest import MONDAY
from tests.site.running import an_instance, one_line, run

STORY = "Lampu jalan di depan balai desa padam."
HEADER = "external_id,text,filed_at,place,service"
GOOD = f"A1,{STORY},2025-03-21T10:00,35.07.13.1010,PJU"


def table(tmp_path: Path, *lines: str, name: str = "t.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def counts() -> tuple[int, int, int]:
    return Case.objects.count(), Event.objects.count(), Entry.objects.count()


# Tables


def test_a_byte_order_mark_semicolons_and_blank_rows_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('\ufeffA ; b\n 1 ;"two\nlines"\n;\n3;4\n'.encode())
    rows = list(read_table(path, columns=("a", "b"), needed=("a",)))
    assert rows == [Row(2, {"a": "1", "b": "two\nlines"}), Row(4, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "kosong"),
        (b"\n", "kosong"),
        (b"a,b\n\xe9,1\n", "UTF-8 (baris 2)"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8"),
        (b"a,b,c\n", "tidak dikenal: c"),
        (b"b\n", "tidak ada: a"),
        (b"a,b,a\n", "dua kali: a"),
        (b'a,b\n1,"open\n', "rusak"),
        (b"a,b\n1," + b"x" * 200_000, "rusak"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        list(read_table(path, columns=("a", "b"), needed=("a",)))
    assert said in refused.value.message


def test_rows_of_the_wrong_shape_are_problems_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1\n1,2\n1,2,3\n\x00,1\n")
    found = list(read_table(path, columns=("a", "b"), needed=("a",)))
    assert [row.row for row in found if isinstance(row, Problem)] == [2, 4, 5]


# Cases


@pytest.mark.django_db
def test_an_old_case_is_a_case_with_its_own_time_and_marked(tmp_path: Path) -> None:
    done = import_cases(table(tmp_path, HEADER, GOOD), at=MONDAY, skip_bad=False)
    assert (done.new, done.there, done.problems) == (1, 0, ())
    case = Case.objects.get()
    assert case.filed_at == datetime.fromisoformat("2025-03-21T10:00:00+07:00")
    assert (case.imported, case.channel, case.stage) == (True, Channel.IMPORT, Stage.ROUTED)
    entry = Entry.objects.get(event__case=case)
    assert entry.recorded_at == int(MONDAY.timestamp())


@pytest.mark.django_db
def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    with_id = table(tmp_path, HEADER, GOOD)
    without = table(tmp_path, "text,filed_at,place", f"{STORY},2025-03-21T10:00,35.07.13.1010", name="u.csv")
    for path in (with_id, without):
        assert import_cases(path, at=MONDAY, skip_bad=False).new == 1
    before = counts()
    for path in (with_id, without):
        done = import_cases(path, at=MONDAY + timedelta(days=400), skip_bad=False)
        assert (done.new, done.there) == (0, 1)
    assert counts() == before


BAD_ROWS = [
    ("B1,too short,2025-03-21T10:00,35.07.13.1010,PJU", "terlalu pendek"),
    ("B1,,2025-03-21T10:00,35.07.13.1010,PJU", "kolom text belum diisi"),
    (f"B1,{STORY},,35.07.13.1010,PJU", "kolom filed_at belum diisi"),
    (f"B1,{STORY},yesterday,35.07.13.1010,PJU", "kolom filed_at harus waktu"),
    (f"B1,{STORY},2036-01-01,35.07.13.1010,PJU", "masa depan"),
    (f"B1,{STORY},1999-01-01,35.07.13.1010,PJU", "lampau"),
    (f"B1,{STORY},2025-03-21T10:00,36.01,PJU", "Tempat ini tidak dikenal"),
    (f"B1,{STORY},2025-03-21T10:00,,PJU", "kolom place belum diisi"),
    (f"B1,{STORY},2025-03-21T10:00,35.07.13.1010,NONE", "tidak dikenal"),
    (f"A1,{STORY},2025-03-21T10:00,35.07.13.1010,PJU", "sama dengan baris 2"),
    (f"B1,{'x' * 5000},2025-03-21T10:00,35.07.13.1010,PJU", "terlalu panjang"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("line", "said"), BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_stored(line: str, said: str, tmp_path: Path) -> None:
    before = counts()
    done = import_cases(table(tmp_path, HEADER, GOOD, line), at=MONDAY, skip_bad=False)
    assert [problem.row for problem in done.problems] == [3]
    assert said in str(done.problems[0])
    assert (done.new, counts()) == (0, before)


@pytest.mark.django_db
def test_bad_rows_can_be_skipped(tmp_path: Path) -> None:
    lines = [line for line, _ in BAD_ROWS]
    done = import_cases(table(tmp_path, HEADER, GOOD, *lines), at=MONDAY, skip_bad=True)
    assert (done.new, len(done.problems)) == (1, len(lines))
    assert [problem.row for problem in done.problems] == list(range(3, 3 + len(lines)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("Kabupaten Malang", "", ""), "35.07"),
        (("Kota Malang", "", ""), "35.73"),
        (("Kab. Malang", "Kepanjen", ""), "35.07.13"),
        (("Malang", "", ""), None),
        (("Nowhere", "", ""), None),
        (("Kabupaten Malang", "Kepanjen", "Nowhere"), None),
    ],
)
def test_places_by_name(names: tuple[str, str, str], code: str | None, tmp_path: Path) -> None:
    line = ",".join((STORY, "2025-03-21", *names))
    path = table(tmp_path, "text,filed_at,regency,district,village", line)
    done = import_cases(path, at=MONDAY, skip_bad=False)
    assert [case.place_id for case in Case.objects.all()] == ([code] if code else [])
    assert bool(done.problems) is (code is None)


def ended(tmp_path: Path, **said: str) -> list[Case]:
    """The case of one row with these further columns."""
    row = {"text": STORY, "filed_at": "2025-03-21", "place": "35.07.13.1010", "service": "PJU", **said}
    path = table(tmp_path, ",".join(row), ",".join(row.values()))
    import_cases(path, at=MONDAY, skip_bad=False)
    return list(Case.objects.select_related("unit", "place"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "stage", "outcome", "confirmed"),
    [
        ({"outcome": "SOLVED", "answered_at": "2025-03-25"}, Stage.ANSWERED, "", False),
        ({"outcome": "solved", "answered_at": "2025-03-25", "closed_at": "2025-04-01", "confirmed": "ya"},
         Stage.CLOSED, Outcome.SOLVED, True),
        # Closed, but nobody says that the citizen agreed: silence, never solved.
        ({"outcome": "SOLVED", "closed_at": "2025-04-01"}, Stage.CLOSED, Outcome.SILENCE, False),
        ({"outcome": "EXPLAINED_NO", "closed_at": "2025-04-01"}, Stage.CLOSED, Outcome.EXPLAINED_NO, False),
        ({"outcome": "WITHDRAWN", "closed_at": "2025-04-01"}, Stage.CLOSED, Outcome.WITHDRAWN, False),
        ({"outcome": "OUT_OF_SCOPE", "closed_at": "2025-04-01"}, Stage.CLOSED, Outcome.OUT_OF_SCOPE, False),
        ({"outcome": "REFERRED", "closed_at": "2025-04-01", "referred_to": "pln"},
         Stage.CLOSED, Outcome.REFERRED, False),
    ],
)  # fmt: skip
def test_how_it_went_on(said: dict[str, str], stage: Stage, outcome: str, confirmed: bool, tmp_path: Path) -> None:
    (case,) = ended(tmp_path, answer="Sudah kami perbaiki hari ini.", **said)
    assert (case.stage, case.outcome, case.confirmed) == (stage, outcome, confirmed)
    events = case.events.order_by("sequence")
    assert state_of(case) == replay(Happened(e.kind, e.at, e.data) for e in events)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "SOLVED"},
        {"outcome": "SOLVED", "closed_at": "2025-01-01"},
        {"outcome": "SOLVED", "answered_at": "2025-04-02", "closed_at": "2025-04-01"},
        {"outcome": "SILENCE", "closed_at": "2025-04-01"},
        {"outcome": "GREAT", "closed_at": "2025-04-01"},
        {"outcome": "REFERRED", "closed_at": "2025-04-01", "referred_to": "nobody"},
        {"outcome": "SOLVED", "closed_at": "2025-04-01", "confirmed": "maybe"},
        {"latitude": "north"},
        {"latitude": "91", "longitude": "1"},
        {"latitude": "nan", "longitude": "1"},
        {"latitude": "-8.1"},
        {"unit": "35.07.nothing"},
        {"kind": "X"},
    ],
)
def test_an_impossible_story_is_refused(said: dict[str, str], tmp_path: Path) -> None:
    assert ended(tmp_path, **said) == []
    assert counts()[0] == 0


@pytest.mark.django_db
def test_a_case_of_nobody_needs_the_unit_that_dealt_with_it(tmp_path: Path) -> None:
    assert ended(tmp_path, service="", outcome="SOLVED", closed_at="2025-04-01") == []
    (case,) = ended(tmp_path, service="", outcome="SOLVED", closed_at="2025-04-01", unit="35.07.dishub")
    assert (case.unit.code, case.outcome) == ("35.07.dishub", Outcome.SILENCE)


# Units and places


@pytest.mark.django_db
def test_units_are_added_and_renamed(tmp_path: Path) -> None:
    path = table(
        tmp_path, "region,sector,name,parent,active", "35.07,museum,Museum Kabupaten Malang,35.07.dishub,",
        "35.07,dishub,Dinas Perhubungan Baru,,tidak",
    )  # fmt: skip
    done = import_units(path, at=MONDAY, skip_bad=False)
    assert (done.new, done.there, done.problems) == (1, 1, ())
    unit = Unit.objects.select_related("parent").get(code="35.07.museum")
    assert (unit.tier, unit.parent.code if unit.parent else "") == ("KABUPATEN", "35.07.dishub")
    assert (unit_row("35.07.dishub").name, unit_row("35.07.dishub").active) == ("Dinas Perhubungan Baru", False)
    assert AdministrativeAct.objects.filter(kind="units.imported").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "line",
    [
        "36.01,x,Name,",
        "35.07.13,x,Name,",
        "35.07,,Name,",
        "35.07,x,,",
        "35.07,x,Name,35.07.nobody",
        f"35.07,x,{'n' * 200},",
    ],
)
def test_a_bad_unit_is_named_and_nothing_is_stored(line: str, tmp_path: Path) -> None:
    before = Unit.objects.count()
    done = import_units(table(tmp_path, "region,sector,name,parent", "35.07,y,Good,", line), at=MONDAY, skip_bad=False)
    assert [problem.row for problem in done.problems] == [3]
    assert Unit.objects.count() == before
    assert not AdministrativeAct.objects.exists()


@pytest.mark.django_db
def test_a_second_triage_desk_of_a_region_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "region,sector,name,triage_desk", "35.07,x,Name,ya")
    assert [problem.row for problem in import_units(path, at=MONDAY, skip_bad=False).problems] == [2]


def geojson(tmp_path: Path, *features: Any) -> Path:
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def feature(code: object, name: object, geometry: object = None) -> dict[str, object]:
    return {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": geometry}


SQUARE = [[112.0, -8.0], [112.2, -8.0], [112.2, -8.2], [112.0, -8.2], [112.0, -8.0]]


@pytest.mark.django_db
def test_places_are_added_named_and_found_whatever_their_order(tmp_path: Path) -> None:
    path = geojson(
        tmp_path,
        feature("35.07.99.2001", "Sukabaru", {"type": "Point", "coordinates": [112.1, -7.1]}),
        feature("35.07.99", "Baru", {"type": "Polygon", "coordinates": [SQUARE]}),
        feature("35.07.13", "Kepanjen Raya"),
    )
    done = import_places(path, at=MONDAY, skip_bad=False)
    assert (done.new, done.there, done.problems) == (2, 1, ())
    assert place_row("35.07.99.2001").full_name == "Desa Sukabaru, Kec. Baru, Kabupaten Malang"
    assert (place_row("35.07.99").latitude, place_row("35.07.99").longitude) == (-8.1, 112.1)
    # What lies in a renamed place carries its new name.
    assert "Kec. Kepanjen Raya" in place_row("35.07.13.1010").full_name
    assert found_place(lat=-7.1, long=112.1).code == "35.07.99.2001"
    forget_all()


BAD_FEATURES: list[Any] = [
    feature("36", ""),
    feature("x", "Name"),
    feature(35, "Name"),
    feature("35.07.98.2001", "Orphan"),
    feature("35.07.98", "Name", {"type": "LineString", "coordinates": []}),
    feature("35.07.98", "Name", {"type": "Point", "coordinates": [1e9, 0]}),
    feature("35.07.98", "Name", {"type": "Point", "coordinates": ["a", "b"]}),
    feature("35.07.98", "Name", {"type": "Polygon", "coordinates": []}),
    feature("35.07.98", "Name", {"type": "Polygon", "coordinates": [[]]}),
    feature("35.07.98", "Name", "here"),
    feature("35.07.98", "n" * 100),
    "no feature",
    None,
]


@pytest.mark.django_db
@pytest.mark.parametrize("bad", BAD_FEATURES)
def test_a_bad_feature_is_named_and_nothing_is_stored(bad: Any, tmp_path: Path) -> None:
    before = Place.objects.count()
    done = import_places(geojson(tmp_path, feature("35.07.97", "Good"), bad), at=MONDAY, skip_bad=False)
    assert [problem.row for problem in done.problems] == [2]
    assert Place.objects.count() == before


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"features": 1}', "[" * 100_000])
def test_a_file_that_is_no_geojson_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "p").write_text(content)
    with pytest.raises(BadInput):
        import_places(tmp_path / "p", at=MONDAY, skip_bad=False)


def test_the_middle_of_a_border_is_its_centre_of_area_and_of_the_largest_part() -> None:
    far = [[x + 5, y] for x, y in [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]]]
    assert middle_of({"type": "MultiPolygon", "coordinates": [[far], [SQUARE]]}) == pytest.approx((112.1, -8.1))
    # An L: its corners' mean would lie elsewhere.
    ell = [[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]]
    assert middle_of({"type": "Polygon", "coordinates": [ell]}) == pytest.approx((5 / 6, 5 / 6))
    assert middle_of({"type": "Polygon", "coordinates": [[[1, 1], [3, 3]]]}) == pytest.approx((2, 2))
    assert middle_of(None) is None
    with pytest.raises(FeatureRefused):
        middle_of({"type": "Point"})


# The command


@pytest.mark.once
def test_the_command_reports_every_bad_row_and_its_exit_code_says_so(tmp_path: Path) -> None:
    folder = an_instance(tmp_path / "d")
    path = table(tmp_path, HEADER, GOOD, BAD_ROWS[0][0])
    refused = run("import", "cases", path, "--data", folder)
    assert refused.returncode == 2
    assert refused.stdout.startswith("baris 3: ")
    assert "Tidak ada yang disimpan" in one_line(refused)
    skipped = run("import", "cases", path, "--data", folder, "--skip-bad")
    assert skipped.returncode == 0
    assert skipped.stdout.splitlines()[-1] == "1 baru, 0 sudah ada, 1 dilewati."
    (tmp_path / "latin").write_bytes(b"text,filed_at\n\xe9,1\n")
    latin = run("import", "cases", tmp_path / "latin", "--data", folder)
    assert (latin.returncode, "UTF-8" in one_line(latin)) == (2, True)
