"""Files of other programs: round trips are exact, everything else is refused with its address."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import CELLS, ENDINGS, GDX, WHY_NO_GDX, content, sam
from openpyxl import Workbook, load_workbook

from cgebase.errors import SAMError
from cgebase.messages import Message
from sam.formats import FORMATS, read_sam, write_sam
from sam.formats.base import UNSTORABLE, Table
from sam.formats.cells import ERRORS, STRICT, label
from sam.formats.labels import map_labels, shipped_labels
from sam.formats.totals import is_total

FORMS = [*ENDINGS, pytest.param("gdx", ".gdx", marks=pytest.mark.skipif(not GDX, reason=WHY_NO_GDX))]


def said(act: Any) -> Message:
    with pytest.raises(SAMError) as caught:
        act()
    found = caught.value.args[0]
    assert isinstance(found, Message) and found.code.startswith(("SAM1", "SAM49"))
    return found


@pytest.mark.parametrize("name", list(FORMATS))
def test_contract(name: str, tmp_path: Path) -> None:
    """A format has its key as name, says what it writes, and refuses what is not its own with the file's name."""
    kind = FORMATS[name]
    assert kind.name == name and all(e.startswith(".") for e in kind.extensions)
    assert bool(kind.extensions) == kind.writes
    if kind.labels:
        assert len({x.label.lower() for x in shipped_labels(kind.labels)}) == len(shipped_labels(kind.labels))
    for n, content_ in enumerate((None, b"", b"\x00\xff" * 40, b"PK\x03\x04", b"<html>")):
        path = tmp_path / f"odd{n}{(kind.extensions or ('',))[0]}"
        if content_ is not None:
            path.write_bytes(content_)
        assert path.name in said(lambda path=path: kind.read(path))
    if not kind.writes:
        assert name in said(lambda: write_sam(sam(), tmp_path / "x.csv", name))


def test_every_format_that_writes_is_in_the_round_trips() -> None:
    assert {f for f, _ in ENDINGS} | {"gdx"} == {n for n, f in FORMATS.items() if f.writes}
    assert all({e for f, e in ENDINGS if f == n} == set(FORMATS[n].extensions) for n, _ in ENDINGS)


@pytest.mark.parametrize(("name", "ending"), FORMS)
def test_round_trip_is_exact(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{ending}"
    write_sam(sam(), path, name)
    found = read_sam(path, name)
    assert content(found) == content(sam()) and isinstance(FORMATS[name].read(path), Table)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn"))
NAMES = st.text(CHARACTERS, min_size=1, max_size=14).filter(
    lambda t: label(t, narrow=False) == t and not UNSTORABLE.search(t) and t.upper() not in ERRORS
    and not is_total(t)
)  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x != 0)
#: Numbers that three reals of 32 bits hold.
SINGLE = st.floats(1e-10, 1e20) | st.floats(-1e20, -1e-10)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=30).filter(lambda t: t.strip() == t and not UNSTORABLE.search(t))


def made(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    cells = st.dictionaries(st.tuples(NAMES, NAMES), numbers, min_size=1, max_size=8)
    return st.builds(
        lambda c, unit, year, history: sam([(*k, v) for k, v in c.items()], unit=unit, year=year, history=history),
        cells, TEXTS, st.integers(1000, 9999), st.lists(TEXTS, max_size=3).map(tuple),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "ending"), [("square", ".csv"), ("square", ".xlsx"), ("long", ".csv"), ("long", ".xlsx"), ("har", ".har")]
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_table_survives(name: str, ending: str, data: st.DataObject) -> None:
    table = data.draw(made(SINGLE if name == "har" else NUMBERS))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{ending}"
        write_sam(table, path, name)
        assert content(read_sam(path, name)) == content(table)


@pytest.mark.skipif(not GDX, reason=WHY_NO_GDX)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(table=made(NUMBERS.filter(lambda x: abs(x) < 1e299)))
def test_any_table_survives_gdx_or_is_refused(table: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.gdx"
        try:
            write_sam(table, path, "gdx")
        except SAMError as error:
            assert error.args[0].code and not path.exists()
            return
        assert content(read_sam(path, "gdx")) == content(table)


# ---- square and long


def rows(path: Path, lines: list[list[Any]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    else:
        book = Workbook()
        assert book.active is not None
        for line in lines:
            book.active.append(line)
        book.save(path)
    return path


PLAIN = [["", "a", "b", "合计"], ["a", "", "1,234.5", "1,234.5"],
         ["b", "－", "（２）", "-2"], ["合计", "", "1232.5", ""]]  # fmt: skip


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_square_as_people_write_it(tmp_path: Path, ending: str) -> None:
    path = rows(tmp_path / f"s{ending}", PLAIN)
    found = read_sam(path, "square", unit="1e4 CNY", year=2017)
    assert content(found)[0] == {("a", "b"): 1234.5, ("b", "b"): -2.0} and (found.unit, found.year) == ("1e4 CNY", 2017)
    blanks = said(lambda: read_sam(path, "square", unit="1e4 CNY", year=2017, rules=STRICT))
    assert "!B2: blank" in blanks and "!B3: a dash" in blanks


def test_all_faults_of_a_square_table_at_once(tmp_path: Path) -> None:
    lines = [["", "a", "b", "a", "", "coal"], ["a", 1, "#REF!", 0, 0, 0],
             ["b", "1.234,5", 2, 0, 5, 0], ["coa", 1, 2, 3, 4, 5]]  # fmt: skip
    found = said(lambda: read_sam(rows(tmp_path / "s.xlsx", lines), "square", unit="x", year=2021))
    for words in (
        "s.xlsx: 6 faults, nothing was imported", "Sheet!D1: 'a' stands twice, first at [s.xlsx]Sheet!B1",
        "Sheet!E1: blank label", "Sheet!C2: error value #REF!", "Sheet!B3: '1.234,5' may have a decimal comma",
        "Sheet!A4: 'coa' is a row but no column; did you mean 'coal'?", "Sheet!F1: 'coal' is a column but no row",
    ):  # fmt: skip
        assert words in found, words


def test_totals_are_checked(tmp_path: Path) -> None:
    lines = [list(x) for x in PLAIN]
    lines[1][3] = "1,233.5"
    found = said(lambda: read_sam(rows(tmp_path / "s.csv", lines), "square", unit="x", year=2021))
    assert "s.csv!D2: total is 1233.5, its cells add up to 1234.5" in found


def test_unit_and_year_are_asked_for_and_must_agree(tmp_path: Path) -> None:
    path = rows(tmp_path / "l.csv", [["row", "column", "value"], ["a", "b", "1"]])
    found = said(lambda: read_sam(path, "long"))
    assert "does not say its unit" in found and "does not say its year" in found and "--unit" in found
    write_sam(sam(), tmp_path / "w.csv", "long")
    found = said(lambda: read_sam(tmp_path / "w.csv", "long", unit="CNY", year=2020))
    assert "unit '1e8 CNY', given is 'CNY'" in found and "year '2021', given is '2020'" in found


def test_long_in_chinese_with_its_unit_in_a_column(tmp_path: Path) -> None:
    lines = [["年份", "行", "列", "数值", "单位", "note"], [2017, "a", "b", "１２．５", "万元", "x"],
             ["", "b", "a", "(3)", "", ""]]  # fmt: skip
    found = read_sam(rows(tmp_path / "l.xlsx", lines), "long")
    assert content(found)[:3] == ({("a", "b"): 12.5, ("b", "a"): -3.0}, "万元", 2017)
    lines[2][4], lines[2][2], lines[2][1] = "亿元", "b", "a"
    found2 = said(lambda: read_sam(rows(tmp_path / "l.xlsx", lines), "long"))
    assert "Sheet!E3: unit is '亿元', at [l.xlsx]Sheet!E2 it is '万元'" in found2 and "a <- b stands twice" in found2


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_title_unit_and_year_over_a_table(tmp_path: Path, ending: str) -> None:
    lines = [["某省社会核算矩阵"], ["单位：万元"], [], ["年份", "2017年"], *PLAIN]
    found = read_sam(rows(tmp_path / f"s{ending}", lines), "square")
    assert (found.unit, found.year, found.history) == ("万元", 2017, ("某省社会核算矩阵",)) and len(found.cells) == 2


def test_long_without_heads(tmp_path: Path) -> None:
    found = said(lambda: read_sam(rows(tmp_path / "l.csv", [["row", "col", "v"], ["a", "b", 1]]), "long"))
    assert "l.csv!A1: heads value are missing, found row, col, v" in found


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".har"])
def test_a_changed_cell_is_noticed_until_the_signature_goes(tmp_path: Path, ending: str) -> None:
    name = "har" if ending == ".har" else "long"
    path = tmp_path / f"w{ending}"
    write_sam(sam(), path, name)
    if ending == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        path.write_text(text.replace("120.5", "121.5"), encoding="utf-8")
    elif ending == ".xlsx":
        book = load_workbook(path)
        cell = next(c for row in book["sam"] for c in row if c.value == 120.5)
        cell.value = 121.5
        book.save(path)
    else:
        data = path.read_bytes()
        path.write_bytes(data.replace(b"\x00\x00\xf1\x42", b"\x00\x00\xf3\x42"))
    found = said(lambda: read_sam(path, name))
    assert found.splitlines()[1].startswith(f"  {path.name}: holds 16 cells") and "delete the line `check`" in found
    if ending == ".csv":
        lines = [x for x in path.read_text(encoding="utf-8").splitlines() if not x.startswith("check")]
        path.write_text("\n".join(lines), encoding="utf-8")
        assert content(read_sam(path, name))[0] == {(r, c): v for r, c, v in CELLS} | {("act:agr", "com:agr"): 121.5}  # type: ignore[operator]


def test_sheet_is_named_where_the_choice_is_not_clear(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    write_sam(sam(), path, "square")
    book = load_workbook(path)
    book.create_sheet("notes")["A1"] = "x"
    book.save(path)
    assert "sam, notes" in said(lambda: read_sam(path, "square"))
    book["sam"].sheet_state = "hidden"
    book.save(path)
    assert "b.xlsx" in said(lambda: read_sam(path, "square"))
    assert len(read_sam(path, "square", table="SAM").cells) == len(CELLS)


# ---- what cannot be written


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([("a ", "b", 1.0)], "account name 'a '"), ([("a\nb", "b", 1.0)], "account name 'a\\nb'"),
        ([("#REF!", "b", 1.0)], "account name '#REF!'"), ([("a", "b", 1.0), ("a", "b", 2.0)], "a <- b stands twice"),
        ([("a", "b", float("inf"))], "is inf, expected a finite number"), ([("a", "b", 0.0)], "no cells"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("name", "ending"), [("long", ".csv"), ("square", ".xlsx"), ("har", ".har"), ("gdx", ".gdx")])
def test_refused_on_the_way_out(tmp_path: Path, name: str, ending: str, cells: Any, words: str) -> None:
    assert words in said(lambda: write_sam(sam(cells), tmp_path / f"t{ending}", name))
    assert list(tmp_path.iterdir()) == []


def test_refused_by_one_format_only(tmp_path: Path) -> None:
    for cells, name, ending, words in (
        ([("Total", "b", 1.0)], "square", ".csv", "would be read as a total"),
        ([("a", "b", 1e300)], "gdx", ".gdx", "beyond what GDX holds"),
        ([("a", "A", 1.0)], "gdx", ".gdx", "are one to GAMS"),
        ([("省" * 22, "A", 1.0)], "gdx", ".gdx", "longer than 63 bytes"),
        ([("a", "b", 1e-60)], "har", ".har", "three reals of 32 bits"),
        ([("a", "b", 1.0)], "long", ".txt", "ending '.txt'"),
        ([("act:x", "odd", 1.0)], "ifpri", ".csv", "odd"),
        ([("com:x", "pool:y", 1.0)], "pep", ".csv", "labels_pep.csv"),
    ):
        assert words in said(lambda c=cells, e=ending, n=name: write_sam(sam(c), tmp_path / f"t{e}", n))
    assert "did you mean 'square'" in said(lambda: write_sam(sam(), tmp_path / "t.csv", "sqare"))
    assert list(tmp_path.iterdir()) == []


# ---- labels


def test_ifpri_layout(tmp_path: Path) -> None:
    lines = [["", "A-AGR", "C-AGR", "lab", "HHD-R", "S-I"], ["A-AGR", "", 10], ["C-AGR", 2, "", "", 6, 2], ["lab", 8],
             ["HHD-R", "", "", 8], ["S-I", "", "", "", 2]]  # fmt: skip
    path = rows(tmp_path / "i.xlsx", lines)
    found = read_sam(path, "ifpri", unit="1e6 USD", year=2001)
    assert content(found)[0] == {
        ("act:AGR", "com:AGR"): 10, ("com:AGR", "act:AGR"): 2, ("com:AGR", "hh:R"): 6, ("com:AGR", "sav"): 2,
        ("fac:labour", "act:AGR"): 8, ("hh:R", "fac:labour"): 8, ("sav", "hh:R"): 2,
    }  # fmt: skip
    assert found.imbalance() == 0


def test_pep_layout_with_a_set_over_several_elements(tmp_path: Path) -> None:
    lines = [["", "", "L", "J", "", "I", "AG", "OTH"], ["", "", "USK", "AGR", "IND", "AGR", "HRP", "TOT"],
             ["L", "USK", "", 3, 4, "", "", 7], ["J", "AGR", "", "", "", 5, "", 5], ["", "IND", "", "", "", 4, "", 4],
             ["I", "AGR", "", 2, "", "", 7, 9], ["AG", "HRP", 7, "", "", "", "", 7]]  # fmt: skip
    found = read_sam(rows(tmp_path / "p.csv", lines), "pep", unit="1", year=2010)
    assert content(found)[0] == {
        ("fac:labour-USK", "act:AGR"): 3, ("fac:labour-USK", "act:IND"): 4, ("act:AGR", "com:AGR"): 5,
        ("act:IND", "com:AGR"): 4, ("com:AGR", "act:AGR"): 2, ("com:AGR", "hh:HRP"): 7, ("hh:HRP", "fac:labour-USK"): 7,
    }  # fmt: skip


def test_unmapped_labels_all_at_once_with_what_is_at_stake(tmp_path: Path) -> None:
    lines = [["", "A-AGR", "LABB", "GOVT"], ["A-AGR", "", "", 1], ["LABB", 98, "", ""], ["GOVT", "", 1, ""]]
    found = said(lambda: read_sam(rows(tmp_path / "i.csv", lines), "ifpri", unit="1", year=2010))
    assert "2 labels have no account" in found and found.code == "SAM140"
    assert "LABB: 99.00% of the table's value at stake; closest labels: LAB" in found
    assert "GOVT: 2.00%" in found and "closest labels: GOV" in found and "--labels" in found


def test_own_labels_go_before_shipped_ones_and_add_up(tmp_path: Path) -> None:
    lines = [["", "A-AGR", "LABB", "GOV"], ["A-AGR", "", "", 1], ["LABB", 98, "", ""], ["GOV", 3, 1, ""]]
    table = rows(tmp_path / "m.csv", [["account", "label"], ["gov", "labb"], ["act:all", "A-*"]][:2])
    found = read_sam(rows(tmp_path / "i.csv", lines), "ifpri", labels=table, unit="1", year=2010)
    assert content(found)[0] == {("gov", "act:AGR"): 101, ("act:AGR", "gov"): 1, ("gov", "gov"): 1}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([["label", "acount"], ["a", "b"]], "m.csv!A1: columns account must stand there once"),
        ([["label", "account"], ["a", "b"], ["A", "c"]], "m.csv!A3: 'A' stands twice, first at m.csv!A2"),
        ([["label", "account"], ["a", ""]], "m.csv!B2: blank label"),
        ([["label", "account"], ["a*", "b"]], "m.csv!A2: 'a*' to 'b': `*` stands at the end"),
        ([["label", "account"], ["*a", "b*"]], "`*` stands at the end"),
    ],
)
def test_faults_of_a_label_table(tmp_path: Path, lines: list[list[str]], words: str) -> None:
    table = rows(tmp_path / "m.csv", lines)
    assert words in said(lambda: read_sam(rows(tmp_path / "s.csv", PLAIN), "square", labels=table, unit="1", year=2010))


@pytest.mark.parametrize("name", ["ifpri", "pep"])
def test_every_shipped_label_leads_somewhere_and_totals_stay(name: str) -> None:
    labels = [x.label.replace("*", "x") for x in shipped_labels(name)]
    cells = pd.DataFrame({"row": labels, "column": labels[::-1], "value": 1.0})
    assert map_labels(cells, shipped_labels(name), "f")["value"].sum() == len(labels)


# ---- optional packages


def test_missing_packages_say_how_to_install_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymrio", None)
    assert 'pip install "provincial-cge[mrio]"' in said(lambda: read_sam(tmp_path, "pymrio"))
    if not GDX:
        (tmp_path / "a.gdx").write_bytes(b"GAMSGDX")
        assert 'pip install "provincial-cge[gdx]"' in said(lambda: read_sam(tmp_path / "a.gdx", "gdx"))


def test_a_crash_of_the_gdx_library_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os\nos.abort()\n")
    monkeypatch.setattr("sam.formats.gdx.gdx_worker.__file__", str(crash))
    assert "stopped with code -6" in said(lambda: write_sam(sam(), tmp_path / "a.gdx", "gdx"))
    assert not (tmp_path / "a.gdx").exists()


def test_pymrio_tables(tmp_path: Path) -> None:
    pymrio = pytest.importorskip("pymrio", reason='the extra is absent: pip install "provincial-cge[mrio]"')
    system = pymrio.load_test()
    system.save_all(tmp_path / "m")
    found = read_sam(tmp_path / "m", "pymrio", year=2010)
    industries = found.totals()[lambda t: t.index.str.startswith("ind:")]
    assert len(industries) == len(system.Z) and found.unit == "Mill USD"
    assert (industries["gap"].abs() <= 1e-9 * industries["receipts"]).all()
    demand = found.cells[found.cells["column"].str.startswith("fd:")]["value"].sum()
    assert demand == pytest.approx(system.Y.to_numpy().sum(), rel=1e-12)
    assert "did you mean 'wiod'" in said(lambda: read_sam(tmp_path / "m", "pymrio", table="wiodd", year=2010))
    assert "pymrio's parser 'wiod' cannot read it" in said(lambda: read_sam(tmp_path, "pymrio", table="wiod"))
