"""The page that teaches the language is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[2] / "docs" / "language.md"


@pytest.mark.slow
def test_the_page_runs_and_says_what_is_true():
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S):
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    assert "scale" in names["problem"]
    assert names["base"].iterations == 0
    x, p = names["taxed"].values["X"], names["taxed"].values["P"]
    assert x[0] < 1 < x[1]
    assert p[0] > p[1]
    values = names["taxed"].values
    cost, demand = values["C"], names["demand"]
    hired = demand(0.7, 1.0, cost[0], 0.5) * 50 * x[0] + demand(0.2, 1.0, cost[1], 1.0) * 50 * x[1]
    np.testing.assert_allclose(hired, 45.0, rtol=1e-9)
    assert set(names["taxed"].gaps) == {"factor_market [labour]"}
    assert abs(names["taxed"].gaps["factor_market [labour]"]) < 1e-9
    by, along = names["by"], names["along"]
    assert names["before"].iterations == 0 and names["structure"].sound
    np.testing.assert_allclose(names["untaxed"].values["tax_P_by_X"], 0.0)
    assert names["structure"].table.loc["market_P", ["cells", "variable", "unknowns"]].tolist() == [2, "P", 2]
    assert abs(names["why"].value) < 1e-8 < names["blocks"].weakest(
        names["b"].data, names["untaxed"].values, names["b"].active).singular_value  # fmt: skip
    assert r"\mathrm{cost\_X}" in names["latex"]
    total = names["parts"].table.loc["total"]
    assert abs(names["parts"].residual["real income"]) < 1e-9
    np.testing.assert_allclose(np.exp(total["index"]), 1 + total["real income"], rtol=1e-8)
    assert along["X"][0] < 0 == len(by.kinks)
    assert str(names["closure"]).startswith("23 equations, 23 unknowns; out: habit; in: target;")
    usual, reached = names["usual"].values, names["reached"].values
    assert usual["Y"][-1] < reached["Y"][-1] and abs(reached["Y"][-1] - 1.5) < 1e-9
    capital = np.append(1.0, 0.95 * reached["K"][:-1] + reached["S"] * reached["Y"][:-1])
    np.testing.assert_allclose(reached["K"], capital, rtol=1e-12)
    assert abs(by["tax"][0] - along["X"][0]) < 1e-12
