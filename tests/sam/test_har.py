"""HAR records: files made by hand are read, files written are those bytes, damage is named by header and byte."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import content, sam
from published import write_xls, write_xlsx

from cgebase.errors import SAMError
from sam.formats import read_sam, write_sam
from sam.formats.har_records import HarSet, Header, read_headers
from sam.formats.har_write import MOST_BYTES, write_headers


def i(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def f(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def chain(name: str, *bodies: bytes) -> bytes:
    records = [name.encode().ljust(4), *(b"    " + b for b in bodies)]
    return b"".join(i(len(r)) + r + i(len(r)) for r in records)


def start(kind: bytes, text: str, *extents: int) -> bytes:
    return kind + text.encode().ljust(70) + i(len(extents), *extents)


def w(*texts: str) -> bytes:
    return b"".join(t.encode().ljust(12) for t in texts)


ONES = (1,) * 5
SETS = i(2, 1, 2) + w("FLOW") + i(1) + w("REG", "COM") + b"kk" + i(0, 0, 0)
BY_HAND = {
    "text": chain("CHST", start(b"1CFULL", "Set REG", 3, 5), i(1, 3, 3) + b"USA  EU_28CHN  "),
    "integers": chain("INTS", start(b"2IFULL", "ints", 2, 3), i(1, 2, 3, 1, 2, 1, 3, 1, 4, 2, 5, 3, 6)),
    "matrix": chain(
        "MATR", start(b"2RFULL", "reals", 2, 2), i(2, 2, 2, 1, 2, 1, 1) + f(1, 2), i(1, 2, 2, 1, 2, 2, 2) + f(3, 4)
    ),
    "full": chain(
        "RFUL", start(b"REFULL", "full", 2, 3, *ONES), SETS, i(1, 2, 2) + w("r1", "r2"),
        i(1, 3, 3) + w("c1", "c2", "c3"), i(3, 7, 2, 3, *ONES),
        i(2, 1, 2, 1, 3, *[1] * 10), i(1) + f(0.5, 3.5, 1.5, 4.5, 2.5, 5.5),
    ),
    "sparse": chain(
        "SPRS", start(b"RESPSE", "sparse", 2, 3, *ONES), SETS, i(1, 2, 2) + w("r1", "r2"),
        i(1, 3, 3) + w("c1", "c2", "c3"), i(2, 4, 4) + b" " * 80, i(1, 2, 2, 3, 6) + f(4, 9),
    ),
    "unlabelled": chain(
        "RL", start(b"RLFULL", "plain", 2, 1, 2, 1, 1, 1, 1), i(3, 7, 2, 1, 2, 1, 1, 1, 1),
        i(2, 1, 2, 1, 1, 1, 2, *[1] * 8), i(1) + f(1, 2, 3, 4),
    ),
    "scalar": chain(
        "SCAL", start(b"REFULL", "one", *[1] * 7), i(0, 1, 0) + w("SC") + i(1, 0), i(3, 7, *[1] * 7),
        i(2, *[1] * 14), i(1) + f(3.25),
    ),
}  # fmt: skip


def read(data: bytes) -> dict[str, Header]:
    return read_headers(Path("a.har"), data)


def test_every_kind_made_by_hand() -> None:
    found = read(b"".join(BY_HAND.values()))
    assert list(found) == ["CHST", "INTS", "MATR", "RFUL", "SPRS", "RL", "SCAL"]
    assert found["CHST"].values.tolist() == ["USA", "EU_28", "CHN"] and found["CHST"].text == "Set REG"
    assert found["INTS"].values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found["MATR"].values.tolist() == [[1, 3], [2, 4]]
    assert found["RFUL"].values.tolist() == [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]] and found["RFUL"].coefficient == "FLOW"
    assert found["RFUL"].sets == (HarSet("REG", ("r1", "r2")), HarSet("COM", ("c1", "c2", "c3")))
    assert found["SPRS"].values.tolist() == [[0, 4, 0], [0, 0, 9]] and found["SPRS"].sparse
    assert found["RL"].values.tolist() == [[[1, 3]], [[2, 4]]] and found["SCAL"].values == 3.25


@pytest.mark.parametrize("what", [k for k in BY_HAND if k != "matrix"])
def test_what_is_written_is_what_was_made_by_hand(what: str, tmp_path: Path) -> None:
    write_headers(tmp_path / "a.har", list(read(BY_HAND[what]).values()))
    assert (tmp_path / "a.har").read_bytes() == BY_HAND[what]


def test_one_element_and_unlabelled_sets() -> None:
    sets = i(1, 1, 3) + w("X") + i(1) + w("REG", "COM", "YEAR") + b"keu" + i(0, 2, 0, 1) + w("c2")
    data = chain(
        "ELEM", start(b"REFULL", "", 2, 1, 2, 1, 1, 1, 1), sets, i(1, 2, 2) + w("r1", "r2"),
        i(3, 7, 2, 1, 2, 1, 1, 1, 1), i(2, 1, 2, 1, 1, 1, 2, *[1] * 8), i(1) + f(1, 2, 3, 4),
    )  # fmt: skip
    assert read(data)["ELEM"].sets == (HarSet("REG", ("r1", "r2")), HarSet("COM", ("c2",)), HarSet("YEAR"))


def same(a: Header, b: Header) -> bool:
    return a.values.shape == b.values.shape and a.values.tolist() == b.values.tolist() and all(
        getattr(a, k) == getattr(b, k) for k in ("name", "kind", "text", "coefficient", "sets", "sparse")
    )  # fmt: skip


WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)
REALS = st.floats(width=32, allow_nan=False, allow_infinity=False).filter(lambda x: x != 0 or str(x) == "0.0")


@st.composite
def some_headers(draw: Any) -> list[Header]:
    out = []
    for name in draw(st.lists(st.text("ABCXYZ0123", min_size=1, max_size=4), min_size=1, max_size=5, unique=True)):
        kind = draw(st.sampled_from(["1C", "2I", "2R", "RE", "RL"]))
        text = draw(st.text("abc ü经", max_size=20)).rstrip()
        if kind == "1C":
            words = draw(st.lists(st.text("aé经 b", max_size=9).map(str.rstrip), max_size=6))
            out.append(Header(name, kind, np.array(words, dtype=object), text))
            continue
        sizes = st.lists(st.integers(1, 4), min_size=2, max_size=2 if kind[0] == "2" else 7)
        shape = tuple(draw(sizes.filter(lambda size: np.prod(size) <= 256)))
        shape = (*shape[:-1], max(2, shape[-1]))
        numbers = st.integers(-(2**31), 2**31 - 1) if kind == "2I" else REALS
        flat = draw(st.lists(numbers, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        values = np.array(flat, dtype=np.int32 if kind == "2I" else np.float32).reshape(shape)
        if kind != "RE":
            out.append(Header(name, kind, values, text, sparse=kind == "RL" and draw(st.booleans())))
            continue
        labels = {n: tuple(f"{n}_{k}" for k in range(n)) for n in shape}
        known = [draw(st.booleans()) for _ in shape]
        sets = tuple(HarSet(f"S{n}", labels[n]) if known[k] else HarSet(f"U{k}") for k, n in enumerate(shape))
        out.append(Header(name, kind, values, text, draw(WORDS), sets, draw(st.booleans())))
    return out


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(some_headers())
def test_any_headers_survive(headers: list[Header]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.har"
        write_headers(path, headers)
        found = read_headers(path, path.read_bytes())
    assert list(found) == [h.name for h in headers]
    assert all(same(h, found[h.name]) for h in headers)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(90, 100), (20_000, 2), (2, 20_000), (30, 40, 25)])
@pytest.mark.parametrize("sparse", [False, True])
def test_large_headers_are_cut_into_records_that_older_programs_read(
    shape: tuple[int, ...], sparse: bool, tmp_path: Path
) -> None:
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 3
    names = np.array([f"element_{k:06d}" for k in range(5000)], dtype=object)
    kinds = ["RL", *(["2R", "2I"] if len(shape) == 2 and not sparse else [])]
    made = [Header(k, k, values.astype(np.int32) if k == "2I" else values, sparse=sparse) for k in kinds]
    made += [Header("TEXT", "1C", names), Header("SET", "RE", values, sets=tuple(
        HarSet(f"S{n}", tuple(f"e{k}" for k in range(n))) for n in shape))]  # fmt: skip
    path = tmp_path / "a.har"
    write_headers(path, made)
    data = path.read_bytes()
    found = read_headers(path, data)
    assert all(same(h, found[h.name]) for h in made)
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<i", data, at)
        assert size <= MOST_BYTES + 32
        at += 8 + size


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BY_HAND["full"][:-6], "a.har, header RFUL, byte 438: a record of 32 bytes, left in the file: 30"),
        (BY_HAND["full"][:438], "header RFUL, byte 438: the file ends at byte 438"),
        (BY_HAND["full"] + i(4) + b"ABCD" + i(5), "header -, byte 478: a record of 4 bytes ends with the count 5"),
        (BY_HAND["text"] * 2, "header CHST, byte 151: the header stands twice"),
        (b"\0\0\0\4" + BY_HAND["text"][4:], "big-endian"),
        (BY_HAND["full"].replace(b"REFULL", b"DEFULL"), "header RFUL, byte 12: kind 'DE' with storage 'FULL'"),
        (BY_HAND["full"].replace(b"kk\0", b"kz\0"), "header RFUL, byte 132: status 'kz'"),
        (BY_HAND["sparse"].replace(i(3, 6), i(3, 7)), "header SPRS, byte 422: a position outside"),
        (BY_HAND["sparse"].replace(i(3, 6), i(3, 3)), "a position outside the table or twice"),
        (BY_HAND["text"].replace(b"EU_28", b"E\xff_28"), "text that is not UTF-8"),
        (BY_HAND["integers"].replace(i(1, 2, 3, 1, 2, 1, 3), i(1, 2, 3, 1, 2, 1, 4)), "extents 2 x 3 x 1 x 2 x 1 x 4"),
        (BY_HAND["full"].replace(i(2, 1, 2, 1, 3), i(2, 1, 2, 1, 2)), "the record has 32 bytes, expected 24"),
    ],
)  # fmt: skip
def test_damage_is_named_by_header_and_byte(data: bytes, words: str) -> None:
    with pytest.raises(SAMError) as caught:
        read(data)
    assert caught.value.args[0].code == "SAM145" and words in str(caught.value)


# ---- a SAM in it


def square(name: str, values: list[float], coefficient: str = "FLOW", labels: tuple[str, ...] = ("a", "b")) -> Header:
    side = HarSet("ACC", labels)
    return Header(name, "RE", np.array(values, np.float32).reshape(2, 2), "", coefficient, (side, side))


def test_files_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    write_headers(path, [Header("CHST", "1C", np.array(["x"], dtype=object)), square("BASE", [0, 1.5, 2, 0])])
    found = read_sam(path, "har", unit="1e6 USD", year=2014)
    assert content(found)[0] == {("a", "b"): 1.5, ("b", "a"): 2.0}
    write_headers(path, [square("BASE", [0, 1.5, 2, 0]), square("UPDT", [1, 1, 1, 1])])
    for table, words in (
        (None, "holds several tables: BASE, UPDT; name one with --table"), ("UPD", "did you mean 'UPDT'"),
    ):  # fmt: skip
        with pytest.raises(SAMError, match=words):
            read_sam(path, "har", table=table, unit="1e6 USD", year=2014)
    assert content(read_sam(path, "har", table="updt", unit="1e6 USD", year=2014))[0] == dict.fromkeys(
        [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")], 1.0
    )
    write_headers(path, [square("BASE", [0, float("nan"), 2, 0], labels=("a", "A "[:1]))])
    with pytest.raises(SAMError, match=r"a.har BASE\(a,A\): nan is not finite"):
        read_sam(path, "har", unit="1e6 USD", year=2014)


def test_labels_fit_gempack_and_accounts_come_back(tmp_path: Path) -> None:
    names = ["fac:labour:XJ", "fac:labour:XX", "Act", "act", "1st", "电力", "电能", "a" * 300]
    table = sam([(a, b, 1 / (k + 3)) for k, (a, b) in enumerate(zip(names, names[::-1], strict=True))])
    write_sam(table, tmp_path / "a.har", "har")
    headers = read_headers(tmp_path / "a.har", (tmp_path / "a.har").read_bytes())
    labels = headers["SAM"].sets[0].labels
    assert all(len(x) <= 12 and x[0].isalpha() and x.replace("_", "").isalnum() and x.isascii() for x in labels)
    assert len({x.lower() for x in labels}) == len(names)
    assert content(read_sam(tmp_path / "a.har", "har")) == content(table)


def test_the_first_header_alone_is_the_table_to_single_precision(tmp_path: Path) -> None:
    write_sam(sam(), tmp_path / "a.har", "har")
    headers = read_headers(tmp_path / "a.har", (tmp_path / "a.har").read_bytes())
    assert list(headers) == ["SAM", "SAM2", "SAM3", "NAME", "ABOU"]
    assert headers["SAM"].values.sum() == pytest.approx(sam().cells["value"].sum(), rel=1e-6)
    assert headers["SAM"].text == "SAM, 1e8 CNY, 2021"


@pytest.mark.parametrize("kind", ["har", "gdx"])
def test_a_workbook_is_called_one_and_where_to_read_it(tmp_path: Path, call: Any, kind: str) -> None:
    books = [write_xlsx(tmp_path / "a.xlsx", {"SAM": [["", "a"], ["a", 1.0]]}), write_xls(tmp_path / "b.xls", [[1.0]])]
    for book in books:
        words = ["sam", "import", book, "--format", kind, "--out", tmp_path / "out"]
        for language, wanted in (("en", f"is an Excel workbook, not a {kind.upper()} file"), ("zh", "是 Excel 工作簿")):
            code, _, said = call(*words, language=language)
            assert code == 3 and "[SAM490]" in said and wanted in said and "--format square" in said
    assert not (tmp_path / "out").exists()
