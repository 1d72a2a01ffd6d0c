"""Every model of the gallery comes to the numbers of its source, runs where it is written, and stands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import gallery_page
import numpy as np
import pytest
from scipy.optimize import fsolve, minimize

from cge import gallery
from cge.solve.tables import beside, compare

NAMES = list(gallery.sources())
FAST = "two_by_two"
"""The smallest one."""
SOLVERS = 3e-8
"""Accuracy of solutions that solvers printed in full; hand-printed numbers count to half their last digit."""


def test_every_folder_is_listed_and_stands_alone():
    programs = {p.parent.name: p.read_text(encoding="utf-8") for p in gallery.ROOM.glob("*/model.py")}
    assert set(programs) == set(NAMES)
    assert [n for n, text in programs.items() if "cge.gallery" in text] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_published_numbers(name):
    model, solutions = gallery.program(name).solve()
    assert "base" not in solutions or solutions["base"].iterations == 0, "the benchmark is a solution as it stands"
    table = beside(compare(model, solutions), gallery.published(name))
    half = np.array([gallery_page.half_digit(v) for v in gallery.published(name)["value"]])
    allowed = np.maximum(half, SOLVERS * np.maximum(1, table["published"].abs()))
    assert table[table["gap"].abs() > allowed].empty


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_written_model_runs_and_prints_its_table(name, tmp_path):
    gallery.write(name, tmp_path, "en")
    assert {p.name for p in tmp_path.iterdir()} >= {"model.py", "published.csv", "README.md"}
    env = os.environ | {"PYTHONPATH": str(gallery.ROOM.parents[1])}
    done = subprocess.run(
        [sys.executable, "model.py"], cwd=tmp_path, env=env, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    heads = [k for k, row in enumerate(rows) if row.split() == ["published", "here", "gap"]]
    assert len(rows) - heads[0] - 2 == len(gallery.published(name))


def test_labour_that_the_numeraire_replaced_is_all_hired():
    model, solutions = gallery.program(FAST).solve()
    hired = compare(model, solutions, "F").loc["F"].loc[["L, X", "L, Y"]].sum()
    assert hired["base"] == pytest.approx(70, rel=1e-10)
    np.testing.assert_allclose(hired.drop("base"), 77, rtol=1e-10)


@pytest.mark.slow
def test_labour_of_joint_production_is_all_hired():
    p = gallery.program("joint_products").data()
    solution = gallery.program("joint_products").solve()[1]["labour"].values
    paid = p["hire"].loc["labor"] * solution["X"] * solution["cost"]
    assert paid.sum() == pytest.approx(4.4, rel=1e-10)


@pytest.mark.slow
def test_foreign_exchange_that_the_numeraire_replaced_is_balanced():
    a = gallery.program("one_two_three").data()
    for name, solution in gallery.program("one_two_three").solve()[1].items():
        v = solution.values
        assert float(a["x0"] * v["X"] + a["deficit"] - a["m0"] * v["M"]) == pytest.approx(0, abs=1e-7), name


def test_taxed_capital_is_what_another_statement_of_the_article_and_another_solver_find():
    """The equations of two3mcp in the GAMS Model Library, as functions of the price of capital and of the revenue."""
    program = gallery.program("shoven_whalley")
    p, model_and_solutions = program.data(), program.solve()
    phi, sigma, alpha, taste = (np.asarray(p[n], float) for n in ("phi", "sigma", "alpha", "taste"))
    delta, endowment, back = (np.asarray(p[n], float) for n in ("weight", "stock", "back"))
    for name, rate in (("no tax", 0.0), ("tax", 0.5)):
        tax = np.array([[rate, 0.0], [0.0, 0.0]])

        def markets(x, tax=tax):
            wage = np.array([x[0], 1.0])
            paid = wage[:, None] * (1 + tax)
            price = (delta**sigma * paid ** (1 - sigma)).sum(0) ** (1 / (1 - sigma)) / phi
            income = endowment.T @ wage + back * x[1]
            bought = income[:, None] * alpha * price ** -taste[:, None]
            bought /= (alpha * price ** (1 - taste[:, None])).sum(1)[:, None]
            made = bought.sum(0)
            used = made * phi ** (sigma - 1) * (delta * price / paid) ** sigma
            return price, made, used, (endowment.sum(1)[0] - used[0].sum(), x[1] - (tax * wage[:, None] * used).sum())

        x = fsolve(lambda x, markets=markets: markets(x)[3], [1.2, 1.0], xtol=1e-13)
        price, made, used, _ = markets(x)
        here = model_and_solutions[1][name].values
        for found, said in ((here["P"], price), (here["Q"], made), (here["F"], used), (here["W"][0], x[0])):
            np.testing.assert_allclose(found, said, rtol=1e-8)


@pytest.mark.slow
def test_growth_is_what_a_maximiser_finds_and_longer_paths_obey_the_same_conditions():
    ramsey = gallery.program("ramsey")
    p = ramsey.data(ramsey.PERIODS)
    path = ramsey.solve()[1]["optimum"].values

    def consumption(invested: np.ndarray) -> np.ndarray:
        capital = p["stock"] + np.concatenate([[0.0], np.cumsum(invested[:-1])])
        return p["scale"] * capital**ramsey.CAPITAL_SHARE - invested

    last = {"type": "ineq", "fun": lambda i: i[-1] - p["g"] * (p["stock"] + i[:-1].sum())}
    best = minimize(
        lambda i: -float(p["weight"] @ np.log(consumption(i))), p["most"], method="SLSQP", constraints=[last],
        bounds=[(p["least"], up) for up in p["most"]], options={"ftol": 1e-14, "maxiter": 500},
    )  # fmt: skip
    assert float(path["utility"]) == pytest.approx(-best.fun, rel=1e-9)
    np.testing.assert_allclose(path["I"], best.x, atol=1e-4)
    model, long = ramsey.solve(80)
    v = long["optimum"].values
    free = (v["I"] > p["least"] + 1e-9) & (v["I"] < ramsey.data(80)["most"] - 1e-9)
    assert free.sum() > 60 and (np.diff(v["K"]) > 0).all()
    ratio = v["C"][1:] / v["C"][:-1] / (1 + ramsey.CAPITAL_SHARE * v["Y"][1:] / v["K"][1:]) / ramsey.DISCOUNT
    np.testing.assert_allclose(ratio[free[1:] & free[:-1]][:-1], 1.0, rtol=1e-8)  # Euler equation


def test_files_that_are_there_are_kept_unless_they_are_to_be_replaced(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("new", "--model", FAST)[0] == 0
    program = tmp_path / FAST / "model.py"
    program.write_text("mine")
    code, _, said = call("new", "--model", FAST, language="zh")
    assert code == 7 and "CGE711" in said and "已存在" in said and program.read_text() == "mine"
    assert call("new", "--model", FAST, "other")[0] == 0
    code, out, _ = call("new", "--model", FAST, "--force", "--json")
    assert code == 0 and len(json.loads(out)["written"]) == len(list(program.parent.iterdir()))
    assert program.read_text() == (gallery.ROOM / FAST / "model.py").read_text()


def test_models_are_listed_in_both_languages_and_unknown_ones_refused_with_the_closest(call):
    for language in ("en", "zh"):
        out = call("new", "--list", language=language)[1]
        assert all(n in out and gallery.what(n).text(language) in out for n in NAMES)
    assert [m["name"] for m in json.loads(call("new", "--list", "--json")[1])["models"]] == NAMES
    code, _, said = call("new", "--model", "stdcg")
    assert code == 2 and "did you mean 'stdcge'" in said
    assert call("new")[0] == call("new", "--list", "--model", FAST)[0] == 2


@pytest.mark.slow
def test_the_page_is_what_the_models_say():
    page = gallery_page.PAGE.read_text(encoding="utf-8")
    assert page == gallery_page.page(), "renew with `python tests/helpers/gallery_page.py`"
