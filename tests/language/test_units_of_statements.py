"""Units that can be read are checked in every statement; those that cannot are never held against it."""

from __future__ import annotations

import pytest
import sympy as sp

from cge.language.algebra import Theory, boxcox, inv_boxcox, total
from cge.language.units import unit_of, words_of
from cgebase.errors import SpecificationError

KG, MONEY, HOUR = sp.symbols("kg money hour")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("kg", KG), ("money/kg", MONEY - KG), ("money per kg", MONEY - KG), ("money / kg / hour", MONEY - KG - HOUR),
        ("kg*hour", KG + HOUR), ("kg^2/hour", 2 * KG - HOUR), ("1/kg", -KG), ("fraction", 0), ("1", 0), ("index", 0),
        ("money*1", MONEY), ("", None), ("1e8 CNY", None), ("index, benchmark = 1", None), ("Mt CO2", None),
        ("0/1", None), ("money of 2017", None), ("(kg)", None), ("kg/", None), ("per kg", None), ("kg ^ 2", None),
    ],
)  # fmt: skip
def test_a_unit_is_read_as_a_product_of_words_or_not_at_all(text, unit):
    assert unit_of(text) == unit


@pytest.mark.parametrize("text", ["kg", "money/kg", "1/kg", "kg^2/hour", "hour*kg/money", "1"])
def test_a_unit_is_written_as_it_was_read(text):
    assert words_of(unit_of(text)) == text


def _theory() -> tuple[Theory, dict[str, sp.Basic]]:
    t = Theory("units")
    goods = t.set("i")
    i = goods.index("i")
    named = {"p": "money/kg", "q": "kg", "wage": "money/hour", "rate": "fraction", "odd": "1e8 CNY", "none": ""}
    symbols = {n: t.parameter(n, (goods,), unit=u)[i] for n, u in named.items()}
    Y, L = t.variable("Y", (), unit="money"), t.variable("L", (), unit="hour")
    return t, symbols | {"Y": Y, "L": L, "i": i}


WRONG = {
    "kg and money": lambda x: x["Y"] - total(x["q"], x["i"]),
    "price without quantity": lambda x: x["Y"] - total(x["p"] * (1 - x["rate"]), x["i"]),
    "hours and money in a maximum": lambda x: sp.Max(x["Y"], x["L"]),
    "inside a function": lambda x: x["Y"] * sp.exp(total(x["q"] - x["p"] * x["q"], x["i"])),
    "a power": lambda x: x["Y"] ** 2 - total(x["p"] * x["q"], x["i"]),
    "beside what nobody can tell": lambda x: x["Y"] - x["L"] - total(x["odd"] + sp.sqrt(x["q"]), x["i"]),
}
RIGHT = {
    "value": lambda x: x["Y"] - total(x["p"] * x["q"] * (1 + x["rate"]), x["i"]) + 5,
    "unreadable": lambda x: x["Y"] - total(x["q"] * x["odd"], x["i"]),
    "no unit": lambda x: x["Y"] - total(x["q"] + x["none"], x["i"]),
    "a root": lambda x: x["Y"] - sp.sqrt(x["Y"]) * x["L"] ** 0.25,
    "wages": lambda x: x["Y"] - x["L"] * total(x["wage"], x["i"]),
    "a power of a parameter": lambda x: x["Y"] - total(x["q"] ** x["rate"], x["i"]),
    "a logarithm": lambda x: sp.log(x["Y"]) - total(x["rate"] * sp.log(x["q"]), x["i"]),
    "a composite": lambda x: x["Y"] - inv_boxcox(total(x["rate"] * boxcox(x["wage"], 2), x["i"]), 2),
    "cases": lambda x: sp.Piecewise((x["Y"], x["Y"] > 1), (x["L"], True)),
}


@pytest.mark.parametrize("case", WRONG)
def test_terms_of_unlike_units_are_named(case):
    t, x = _theory()
    with pytest.raises(SpecificationError, match=r"'wrong' adds unlike units: .* is in .*, .* in "):
        t.equation("wrong", (), WRONG[case](x), pairs=x["Y"])
    t, x = _theory()
    t.equation("meant", (), WRONG[case](x), pairs=x["Y"], mixed=True)


@pytest.mark.parametrize("case", RIGHT)
def test_what_fits_or_cannot_be_told_passes(case):
    t, x = _theory()
    t.equation("right", (), RIGHT[case](x), pairs=x["Y"])


def test_a_text_for_people_is_read_as_the_theory_says():
    t = Theory("said", units={"1e8 CNY": "money", "1e8 CNY per TWh": "money/TWh", "index, base year = 1": "1"})
    named = {"Y": "1e8 CNY", "Q": "TWh", "C": "1e8 CNY per TWh", "P": "index, base year = 1"}
    Y, Q, C, P = (t.variable(n, (), unit=u) for n, u in named.items())
    t.equation("right", (), Y - P * C * Q, pairs=Y)
    with pytest.raises(SpecificationError, match="'wrong' adds unlike units: .*money/TWh"):
        t.equation("wrong", (), Y - P * C, pairs=Q)


def test_a_defined_variable_takes_the_unit_of_its_definition_or_must_have_it():
    t, x = _theory()
    cost = t.variable("cost", ())
    t.equation("early", (), cost - x["L"], pairs=x["L"])
    with pytest.raises(SpecificationError, match=r"'early' adds unlike units: .*cost is in money, -L in hour|-L is in"):
        t.define(cost, (), total(x["p"] * x["q"], x["i"]))
    t, x = _theory()
    cost = t.variable("cost", (), unit="hour")
    with pytest.raises(SpecificationError, match="'cost' adds unlike units: cost is in hour, .* in money"):
        t.define(cost, (), total(x["p"] * x["q"], x["i"]))
