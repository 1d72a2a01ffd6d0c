"""Accounts: stated beside a solve, evaluated when asked for, and never part of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cge.explain.cells import Explainer
from cge.language.algebra import Theory, total
from cge.solve.system import System
from cgebase.errors import SpecificationError

WORDS = {"unit": "1", "description": "test"}
GOODS = {"g": ("bread", "coal", "tea")}
GIVEN = {"supply": np.array([1.0, 2.0, 4.0]), "tax": np.array([0.0, 0.5, 0.25])}


def _market() -> tuple[Theory, dict[str, Any]]:
    """Prices that clear three markets, the tax each pays, and what all pay."""
    t = Theory("taxed goods")
    g = t.set("g", "goods")
    i = g.index("i")
    price, supply = t.variable("price", (g,), **WORDS), t.parameter("supply", (g,), **WORDS)
    tax = t.parameter("tax", (g,), **WORDS)
    t.equation("market", (i,), 1 / price[i] - supply[i], pairs=price)
    paid = t.account("paid", (i,), tax[i] * price[i] * supply[i], where=tax[i], **WORDS)
    t.account("revenue", (), total(paid[i], i), **WORDS)
    return t, {"i": i, "price": price, "paid": paid}


def test_accounts_follow_from_a_solution_and_from_each_other():
    theory, _ = _market()
    system = System(theory, GOODS)
    solution = system.solve(GIVEN, {"price": np.ones(3)}, ["market"])
    assert set(solution.values) == {"price"}
    accounts = system.accounts(GIVEN, solution.values)
    paid = GIVEN["tax"] * solution.values["price"] * GIVEN["supply"]
    np.testing.assert_allclose(accounts["paid"], paid, rtol=1e-14)
    assert float(accounts["revenue"]) == pytest.approx(paid.sum(), rel=1e-14)
    assert paid.sum() == pytest.approx(0.75)
    assert list(accounts) == ["paid", "revenue"]


def test_an_array_of_another_shape_is_refused():
    system = System(_market()[0], GOODS)
    values = system.solve(GIVEN, {"price": np.ones(3)}, ["market"]).values
    short = GIVEN | {"tax": np.array([0.5, 0.25])}
    with pytest.raises(SpecificationError, match=r"tax needs shape \(3,\) over \['g'\], found \(2,\)"):
        system.accounts(short, values)["paid"]


def test_a_solve_that_reports_nothing_compiles_no_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CGE_CACHE", str(tmp_path))
    system = System(_market()[0], GOODS)
    solution = system.solve(GIVEN, {"price": np.ones(3)}, ["market"])
    accounts = system.accounts(GIVEN, solution.values)
    assert len(list((tmp_path / "kernels").glob("*.o"))) == 1
    assert accounts["paid"].any()
    assert len(list((tmp_path / "kernels").glob("*.o"))) == 3


def test_no_equation_uses_what_is_only_reported():
    theory, of = _market()
    with pytest.raises(SpecificationError, match="paid"):
        theory.equation("circle", (of["i"],), of["paid"][of["i"]] - 1, pairs=of["price"])
    with pytest.raises(SpecificationError, match="declared twice"):
        theory.account("price", (of["i"],), of["price"][of["i"]], **WORDS)


def test_an_account_is_explained_down_to_the_accounts_in_it():
    theory, _ = _market()
    values = System(theory, GOODS).solve(GIVEN, {"price": np.ones(3)}, ["market"]).values
    explained = Explainer(theory, GOODS, GIVEN, values).explain(theory.statements["revenue"], ())
    assert explained.value == pytest.approx(0.75)
    assert {(u.labels, round(u.value, 6), u.derivative) for u in explained.drivers} == {
        (("bread",), 0.0, 1.0), (("coal",), 0.5, 1.0), (("tea",), 0.25, 1.0),
    }  # fmt: skip
