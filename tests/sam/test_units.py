"""Units of money are read and converted, never guessed."""

from __future__ import annotations

import pandas as pd
import pytest

from cgebase.errors import SAMError
from sam.formats.moneyunits import parse_unit
from sam.matrix import SAM
from sam.units import convert


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1e8 CNY", (1e8, "CNY")), ("亿元", (1e8, "CNY")), ("万元", (1e4, "CNY")), ("CNY", (1.0, "CNY")),
        ("million usd", (1e6, "USD")), ("10000 CNY", (1e4, "CNY")), ("bananas", None), ("", None), ("1e8", None),
    ],
)  # fmt: skip
def test_units_are_read(text, found):
    assert parse_unit(text) == found


def test_converting_there_and_back_gives_the_same_values():
    sam = SAM(pd.DataFrame({"row": ["a", "b"], "column": ["b", "a"], "value": [1234.5, 1234.5]}), unit="万元")
    there = convert(sam, "1e8 CNY")
    assert there.cells["value"].tolist() == pytest.approx([0.12345] * 2, rel=1e-15)
    assert there.unit == "1e8 CNY" and there.history[-1] == "converted from 万元 to 1e8 CNY"
    assert convert(there, "万元").cells["value"].tolist() == pytest.approx([1234.5] * 2, rel=1e-15)


@pytest.mark.parametrize(("unit", "code"), [("pears", "SAM365"), ("0 CNY", "SAM365"), ("1e8 EUR", "SAM366")])
def test_unknown_units_and_other_currencies_are_refused(unit, code):
    sam = SAM(pd.DataFrame({"row": ["a"], "column": ["b"], "value": [1.0]}))
    with pytest.raises(SAMError) as refused:
        convert(sam, unit)
    assert refused.value.args[0].code == code
