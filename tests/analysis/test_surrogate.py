"""The surrogate: functions with known Sobol indices, errors that are those of new draws, and when it steps back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cge.analysis.ensemble import surrogate
from cge.analysis.ensemble.space import Choice, Move, Space
from cge.analysis.ensemble.surrogate import GOOD, POINTS, SLICE, Basis, fit, sobol, surrogates

KINDS = (0,) * 20 + (2, 4, 16)
BASIS = Basis(KINDS)


def drawn(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, len(KINDS)))


def option(u: np.ndarray, kind: int) -> np.ndarray:
    """Place of the option, as a choice of the ensemble takes it."""
    return np.array([Choice("c", "data", tuple({"k": k} for k in range(kind))).at(float(x))["k"] for x in u])


def of(u: np.ndarray) -> np.ndarray:
    """A bend, a square, a product, an option and an option that turns a slope."""
    t = 2 * u - 1
    bent = np.where(t[:, 0] > 0, 2.0, 0.5) * t[:, 0]
    of_option = np.array([0.0, 1.0, -1.0, 0.5])[option(u[:, 21], 4)]
    product = 0.3 * (t[:, 2] + t[:, 3]) + 0.8 * t[:, 2] * t[:, 3]
    return bent + t[:, 1] ** 2 + product + of_option + 0.6 * (option(u[:, 20], 2) == 1) * t[:, 4]


def test_functions_are_orthonormal_under_what_is_drawn():
    u = drawn(2**16)
    for k, kind in ((0, 0), (20, 2), (21, 4), (22, 16)):
        f = BASIS.functions(k, u[:, k])
        assert f.shape[1] == (kind - 1 if kind else 3)
        np.testing.assert_allclose(f.mean(0), 0, atol=2e-2)
        np.testing.assert_allclose(f.T @ f / len(u), np.eye(f.shape[1]), atol=5e-2)


def test_sparse_functions_are_found_and_their_indices_are_the_known_ones():
    u = drawn(512)
    held = np.arange(512) % 5 == 4
    made = fit(BASIS, u, of(u), held)
    assert made.good and made.error < 1e-6 and made.explained > 1 - 1e-9
    new = drawn(2000, seed=3)
    np.testing.assert_allclose(made.at(new), of(new), atol=1e-6)
    groups = ["bend", "square", "one", "other", "turned", *["rest"] * 15, "turns", "option", "rest"]
    found = sobol(made, groups, u[~held], of(u)[~held]).set_index("group")
    parts = {"bend": (4 + 0.25) / 6 - (0.5 * 1.5 / 2) ** 2, "square": 4 / 45, "pair": 0.64 / 9,
             "own": 0.09 / 3, "own too": 0.09 / 3, "option": (1 + 1 + 0.25) / 6 - (0.5 / 6) ** 2,
             "turned": 0.36 / 12, "both": 0.36 / 12}  # fmt: skip
    total = sum(parts.values())
    for group, own, whole in (("bend", "bend", 0.0), ("square", "square", 0.0), ("option", "option", 0.0),
                              ("one", "own", parts["pair"]), ("turned", "turned", parts["both"]),
                              ("turns", None, parts["both"]), ("rest", None, 0.0)):  # fmt: skip
        first = parts[own] if own else 0.0
        assert found.loc[group, "first"] == pytest.approx(first / total, abs=1e-6), group
        assert found.loc[group, "total"] == pytest.approx((first + whole) / total, abs=1e-6), group
    assert found["first_error"].max() < 0.02


@pytest.mark.slow
def test_the_error_is_that_of_new_draws_and_noise_is_not_fitted():
    rng, u = np.random.default_rng(1), drawn(512)
    noise = 0.3 * rng.normal(size=512)
    made = fit(BASIS, u, of(u) + noise, np.arange(512) % 5 == 4)
    new = drawn(2000, seed=5)
    error = np.quantile(np.abs(made.at(new) - of(new) - 0.3 * rng.normal(size=2000)), 0.95)
    assert not made.good and made.error == pytest.approx(error, rel=0.25) and made.error > 0.5
    assert len(made.terms) < 120 and made.explained < 1


def space() -> Space:
    moves = tuple(Move(f"p{k}", f"p{k}", {"all": (0.0, 1.0, 2.0)}) for k in range(20))
    choices = tuple(Choice(n, "data", tuple({n: k} for k in range(c))) for n, c in (("a", 2), ("b", 4), ("c", 16)))
    return Space(moves, choices, 0)


@pytest.mark.slow
def test_ranges_come_from_the_surrogate_where_it_is_good_and_from_the_draws_elsewhere(monkeypatch: Any):
    where, rng = space(), np.random.default_rng(2)
    u = where.points(300)
    numbers = {("uniform", "gdp_change_pct", r): of(u) for r in ("XJ", "CN")}
    numbers |= {("trade", "gdp_change_pct", r): of(u) + rng.normal(size=300) for r in ("XJ", "CN")}
    for m in ("welfare_ev_pct", "gdp_cumulative_loss_pct"):
        numbers |= {(s, m, r): of(u) for s in ("uniform", "trade") for r in ("XJ", "CN")}
    table = pd.DataFrame(numbers)
    table = pd.concat([table.iloc[:1].set_axis([-1]), table]).drop([7, 11])
    table.columns.names = ["scenario", "measure", "region"]
    found, indices = surrogates(where, table, 300, "XJ")
    rows = found.set_index(["scenario", "measure", "region"])
    assert rows.loc[("uniform", "gdp_change_pct", "XJ"), "good"] == "yes"
    noisy = rows.loc[("trade", "gdp_change_pct", "XJ")]
    assert noisy["good"] == "no" and noisy["error"] > GOOD
    assert noisy["median"] == np.median(table["trade", "gdp_change_pct", "XJ"].drop(-1))
    many = np.quantile(of(drawn_like(where)), [0.05, 0.5, 0.95])
    own = rows.loc[("uniform", "gdp_change_pct", "XJ"), ["low", "median", "high"]].to_numpy(float)
    np.testing.assert_allclose(own, many, atol=0.03)
    assert set(indices["scenario"]) == {"uniform", "trade", "trade - uniform"}
    assert set(indices["group"]) == {"paths", "data"} and POINTS % SLICE == 0


def drawn_like(where: Space) -> np.ndarray:
    return np.random.default_rng(9).random((50_000, len(where.names)))


def test_groups_are_tables_of_the_register_and_kinds_of_choices():
    moves = (Move("sigma_va", "sigma_va", {}), Move("generation_cost[gso]", "generation_cost", {}))
    where = replace(space(), moves=moves)
    assert surrogate.groups_of(where) == ["elasticities", "paths", "data", "data", "data"]
