"""Small models that GAMS/MPSGE solved: two sectors with an output tax, and joint products.

``TwoxTwoScalar`` and ``TwoxTwowOTax``: X and Y from labour and capital, utility from both, all Cobb-Douglas; labour
grows by a tenth; an ad valorem tax on X goes to the household. ``JPMGE``: two activities make both goods jointly with
an elasticity of transformation of one; labour grows by a tenth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cge.language.algebra import Theory, total
from cge.language.forms import Input, demand, unit_cost
from cge.solve.system import System

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
W = {"unit": "reference units", "description": "see the model"}
SIZE = {"X": 100.0, "Y": 50.0, "U": 150.0}
COSTS = {"X": {"L": 50.0, "K": 50.0}, "Y": {"L": 20.0, "K": 30.0}}


def _two_by_two() -> Theory:
    t = Theory("two by two")
    PX, PY, PU, PL, PK = (t.variable(n, (), **W) for n in ("PX", "PY", "PU", "PL", "PK"))
    X, Y, U, RA = (t.variable(n, (), **W) for n in ("X", "Y", "U", "RA"))
    labour, capital, tax = (t.parameter(n, (), **W) for n in ("labour", "capital", "tax"))
    cx, cy = t.variable("cx", (), **W), t.variable("cy", (), **W)
    t.define(cx, (), unit_cost(1, Input(0.5, PL), Input(0.5, PK)))
    t.define(cy, (), unit_cost(1, Input(0.4, PL), Input(0.6, PK)))
    t.define(PU, (), unit_cost(1, Input(2 / 3, PX), Input(1 / 3, PY)))
    t.define(RA, (), labour * PL + capital * PK + tax * PX * 100 * X)
    t.define(U, (), RA / (150 * PU))
    t.equation("profit_x", (), PX * (1 - tax) - cx, pairs=X)
    t.equation("profit_y", (), PY - cy, pairs=Y)
    t.equation("market_x", (), X - 1.5 * U * demand(2 / 3, PX, PU, 1), pairs=PX)
    t.equation("market_y", (), Y - 3 * U * demand(1 / 3, PY, PU, 1), pairs=PY)
    rented = 100 * X * demand(0.5, PK, cx, 1) + 50 * Y * demand(0.6, PK, cy, 1)
    t.equation("market_k", (), rented / capital - 1, pairs=PK)
    t.equation("numeraire", (), PL - 1, pairs=PL)
    return t


@pytest.fixture(scope="module")
def two_by_two():
    return System(_two_by_two(), {})


@pytest.mark.parametrize(
    ("table", "column", "tax"),
    [("TwoxTwoScalar", "PL=1", 0.0), ("TwoxTwowOTax", "PL=1", 0.0)]
    + [("TwoxTwowOTax", f"Otax={t}", float(t)) for t in (".1", ".2", ".5", ".9")],
)
def test_two_by_two_as_mpsge_solved_it(two_by_two, table, column, tax):
    published = pd.read_csv(DATA / f"mpsge_{table}.csv", index_col=0)[column].astype(float)
    p = {"labour": np.array(77.0), "capital": np.array(80.0), "tax": np.array(tax)}
    one = np.array(1.0)
    start = {k: one for k in ("X", "Y", "PX", "PY", "PL", "PK")}
    active = list(two_by_two.theory.equations)
    base = p | {"labour": np.array(70.0), "tax": np.array(0.0)}
    assert two_by_two.solve(base, start, active, max_iter=0).iterations == 0
    found = two_by_two.solve(p, start, active, tol=1e-12).values
    for name in ("X", "Y", "U", "PX", "PY", "PU", "PK", "RA"):
        assert float(found[name]) == pytest.approx(published[f"{name}.L"], rel=3e-8), name
    # the labour market that the numeraire replaced
    used = 50 * found["X"] * found["cx"] / found["PL"] + 20 * found["Y"] * found["cy"] / found["PL"]
    assert float(used) == pytest.approx(77.0, rel=1e-10)


def _joint() -> Theory:
    t = Theory("joint products")
    goods, sectors, factors = t.set("g"), t.set("s"), t.set("f")
    g, s, f = goods.index("g"), sectors.index("s"), factors.index("f")
    make, use = t.parameter("make", (goods, sectors), **W), t.parameter("use", (goods, sectors), **W)
    hire = t.parameter("hire", (factors, sectors), **W)
    size = t.parameter("size", (sectors,), **W)
    supply, final = t.parameter("supply", (factors,), **W), t.parameter("final", (goods,), **W)
    first, rest = t.parameter("first", (factors,), **W), t.parameter("rest", (factors,), **W)
    P, PF = t.variable("P", (goods,), **W), t.variable("PF", (factors,), **W)
    X = t.variable("X", (sectors,), **W)
    revenue, cost = t.variable("revenue", (sectors,), **W), t.variable("cost", (sectors,), **W)
    income = t.variable("income", (), **W)
    t.define(revenue, (s,), unit_cost(-1, Input(make[g, s] / size[s], P[g], g, make[g, s])))
    inputs = (Input(use[g, s] / size[s], P[g], g, use[g, s]), Input(hire[f, s] / size[s], PF[f], f, hire[f, s]))
    t.define(cost, (s,), unit_cost(1, *inputs))
    t.define(income, (), total(PF[f] * supply[f], f))
    t.equation("profit", (s,), revenue[s] - cost[s], pairs=X)
    made = total(X[s] * demand(make[g, s], P[g], revenue[s], -1), s)
    used = total(X[s] * demand(use[g, s], P[g], cost[s], 1), s)
    t.equation("market", (g,), made - used - final[g] / 6 * income / P[g], pairs=P)
    hired = total(X[s] * demand(hire[f, s], PF[f], cost[s], 1), s)
    t.equation("factors", (f,), hired - supply[f], pairs=PF, where=rest[f])
    t.equation("numeraire", (f,), PF[f] - 1, pairs=PF, where=first[f])
    return t


def test_joint_products_as_mpsge_solved_them():
    raw = pd.read_csv(DATA / "mpsge_jpmge_input.csv")

    def read(name: str, rows: list[str], columns: list[str]) -> np.ndarray:
        part = raw[raw["table"] == name].pivot(index="row", columns="col", values="value")
        return part.loc[rows, columns].to_numpy(float)

    goods, sectors, factors = ["g1", "g2"], ["s1", "s2"], ["labor", "capital"]
    make = read("make", goods, sectors)
    p = {
        "make": make, "use": read("use", goods, sectors), "hire": read("factor", factors, sectors),
        "size": make.sum(0), "supply": np.array([4.4, 2.0]), "final": np.array([2.0, 4.0]),
        "first": np.array([1.0, 0.0]), "rest": np.array([0.0, 1.0]),
    }  # fmt: skip
    system = System(_joint(), {"g": goods, "s": sectors, "f": factors})
    start = {"P": np.ones(2), "PF": np.ones(2), "X": np.ones(2)}
    active = list(system.theory.equations)
    assert system.solve(p | {"supply": np.array([4.0, 2.0])}, start, active, max_iter=0).iterations == 0
    found = system.solve(p, start, active, tol=1e-12).values
    table = pd.read_csv(DATA / "mpsge_JPMGE.csv", header=0).set_index(["Unnamed: 0", "Unnamed: 1"])
    published = table['PF("labour")=1' if 'PF("labour")=1' in table else 'PF("labor")=1'].astype(float)
    for k, name in enumerate(sectors):
        assert float(found["X"][k]) == pytest.approx(published["X", name], rel=1e-7)
    for k, name in enumerate(goods):
        assert float(found["P"][k]) == pytest.approx(published["P", name], rel=1e-7)
    assert float(found["PF"][1]) == pytest.approx(published["PF", "capital"], rel=1e-7)
    assert float(found["income"]) == pytest.approx(published["Y", "_"], rel=1e-7)
