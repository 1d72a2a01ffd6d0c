"""Bento, Jacobsen and Liu (2018): an energy cap whose tax revenue pays for a lower labour tax, with informal services.

Manufacturing, formal and informal services use labour and energy; energy is made one for one from taxed labour. Formal
and informal services are one good. Informal labour is untaxed and informal returns decrease; the profit is the
household's. The wage is the numeraire, and public revenue keeps its base value.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cge.language.algebra import Theory
from cge.language.forms import Input, demand, unit_cost
from cge.solve.system import Solution, System

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
W = {"unit": "base labour", "description": "see the paper"}
CUTS = {"base": 0.0, "cut10": 0.10, "cut25": 0.25, "cut50": 0.50, "cut27": 0.27}
RETURNS = 0.4  # labour and energy exponents of informal services together


def _theory() -> Theory:
    t = Theory("energy tax")
    names = "base_wage time g0 s0 n0 e_g e_m e_n sigma_g sigma_u sigma_b revenue cap"
    base_wage, time, g0, s0, n0, e_g, e_m, e_n, sigma_g, sigma_u, sigma_b, revenue, cap = (
        t.parameter(n, (), **W) for n in names.split()
    )
    tau_L, tau_E = (t.variable(n, (), log=False, **W) for n in ("tau_L", "tau_E"))
    G, S_m, S_n = (t.variable(n, (), **W) for n in ("G", "S_m", "S_n"))
    p_l, p_e, p_g, p_s, p_c, p_u = (t.variable(n, (), **W) for n in ("p_l", "p_e", "p_g", "p_s", "p_c", "p_u"))
    L_n, E_n, energy, formal = (t.variable(n, (), **W) for n in ("L_n", "E_n", "energy", "formal"))
    gov, income, leisure, spending = (t.variable(n, (), **W) for n in ("gov", "income", "leisure", "spending"))
    buys_g, buys_s = t.variable("buys_g", (), **W), t.variable("buys_s", (), **W)

    # prices of labour, energy, goods and utility are relative to the base
    t.define(p_l, (), (1 + tau_L) / base_wage)
    t.define(p_e, (), (1 + tau_L + tau_E) / base_wage)
    t.define(p_g, (), unit_cost(sigma_g, Input(1 - e_g / g0, p_l), Input(e_g / g0, p_e)))
    t.define(p_s, (), unit_cost(1, Input(1 - e_m / s0, p_l), Input(e_m / s0, p_e)))

    share_e = e_n / n0
    share_l = RETURNS - share_e
    t.define(L_n, (), share_l * base_wage * p_s * S_n)
    t.define(E_n, (), share_e * p_s * S_n / p_e)
    made = ((L_n / (share_l * base_wage * n0)) ** share_l) * (E_n / e_n) ** share_e
    t.equation("informal", (), S_n / n0 - made, pairs=S_n)

    used = G * demand(e_g / g0, p_e, p_g, sigma_g) + S_m * demand(e_m / s0, p_e, p_s, 1)
    hired = G * demand(1 - e_g / g0, p_l, p_g, sigma_g) + S_m * demand(1 - e_m / s0, p_l, p_s, 1)
    t.define(energy, (), used + E_n)
    t.define(formal, (), hired + energy)
    t.define(gov, (), tau_L * formal + tau_E * energy)
    t.define(income, (), time + (1 - RETURNS) * base_wage * p_s * S_n + gov)

    goods = g0 + s0 + n0
    idle = time - formal_base(g0, s0, e_n) - share_l * base_wage * n0
    whole = idle + base_wage * goods
    t.define(p_c, (), unit_cost(sigma_b, Input(g0 / goods, p_g), Input((s0 + n0) / goods, p_s)))
    t.define(p_u, (), unit_cost(sigma_u, Input(idle / whole, 1), Input(base_wage * goods / whole, p_c)))
    t.define(leisure, (), income / p_u * demand(idle / whole, 1, p_u, sigma_u))
    t.define(spending, (), income / p_u * demand(base_wage * goods / whole, p_c, p_u, sigma_u) / base_wage)
    t.define(buys_g, (), spending * demand(g0 / goods, p_g, p_c, sigma_b))
    t.define(buys_s, (), spending * demand((s0 + n0) / goods, p_s, p_c, sigma_b))

    t.equation("manufactures", (), G - buys_g, pairs=G)
    t.equation("services", (), S_m + S_n - buys_s, pairs=S_m)
    t.equation("revenue_kept", (), gov - revenue, pairs=tau_L)
    t.equation("energy_cap", (), cap - energy, pairs=tau_E, complements=True)
    return t


def formal_base(g0, s0, e_n):
    """Taxed labour of the base year: what is inside the two formal goods, and energy of informal services."""
    return g0 + s0 + e_n


def _parameters() -> dict[str, float]:
    a = pd.read_csv(DATA / "energy_tax_parameters.csv", index_col="name")["value"].astype(float)
    size = np.array([a["G_share"], a["S_share"], a["informal_share"]])
    weight = size * a[["intensity_G", "intensity_SM", "intensity_SN"]].to_numpy()
    e_g, e_m, e_n = a["intensity_all"] * weight / weight.sum()
    base_wage = 1 + a["tau_L"]
    g0, s0, n0 = size
    formal = formal_base(g0, s0, e_n)
    informal = (RETURNS - e_n / n0) * base_wage * n0
    return {
        "base_wage": base_wage, "time": a["Lratio"] * (formal + informal), "g0": g0, "s0": s0, "n0": n0, "e_g": e_g,
        "e_m": e_m, "e_n": e_n, "sigma_g": a["sigma_g"], "sigma_u": a["sigma_u"], "sigma_b": a["sigma_b"],
        "revenue": a["tau_L"] * formal, "cap": a["intensity_all"],
    }  # fmt: skip


@pytest.fixture(scope="module")
def solved() -> dict[str, Solution]:
    p = {k: np.array(v) for k, v in _parameters().items()}
    system = System(_theory(), {})
    start = {"tau_L": np.array(0.4), "tau_E": np.array(0.0), "G": p["g0"], "S_m": p["s0"], "S_n": p["n0"]}
    active = list(system.theory.equations)
    out = {"base": system.solve(p, start, active, max_iter=0)}
    for name, cut in CUTS.items():
        if name != "base":
            out[name] = system.solve(p | {"cap": (1 - cut) * p["cap"]}, start, active, tol=1e-12, max_iter=60)
    return out


def test_base_year_without_an_iteration(solved):
    assert solved["base"].iterations == 0


@pytest.mark.parametrize("case", CUTS)
def test_levels_of_the_independent_solve(solved, case):
    table = pd.read_csv(DATA / "energy_tax_solution.csv", index_col="variable")[case]
    found = solved[case].values
    for name in table.index.drop("L_tot"):
        assert float(found[name]) == pytest.approx(table[name], rel=1e-8, abs=1e-8), name
    assert _parameters()["time"] == pytest.approx(table["L_tot"], rel=1e-12)


@pytest.mark.parametrize("case", CUTS)
def test_labour_market_that_the_numeraire_replaced(solved, case):
    v = solved[case].values
    assert float(v["formal"] + v["L_n"] + v["leisure"]) == pytest.approx(_parameters()["time"], rel=1e-10)


@pytest.mark.parametrize(
    ("item", "gaps"),
    [
        ("energy_tax", {"cut10": 0.001, "cut25": 0.002, "cut50": 0.001, "cut27": 0.0}),
        ("labour_tax", {"cut10": 0.0, "cut25": 0.0, "cut50": 0.004, "cut27": 0.0}),
        ("manufacturing_pct", {"cut10": 0.02, "cut25": 0.02, "cut50": 0.02, "cut27": 0.02}),
        ("services_pct", {"cut10": 0.0, "cut25": 0.01, "cut50": 0.10}),
    ],
)
def test_printed_table_up_to_the_gap_of_its_sector_shares(solved, item, gaps):
    """Half a printed digit, and what the 22.1/77.9 of the public code against the 20/80 of the paper accounts for."""
    printed = pd.read_csv(DATA / "energy_tax_published.csv", index_col="item").loc[item]
    half = 0.0005 if item == "labour_tax" else 0.005
    base = solved["base"].values
    for case, gap in gaps.items():
        v = solved[case].values
        found = {
            "energy_tax": v["tau_E"],
            "labour_tax": v["tau_L"],
            "manufacturing_pct": 100 * (v["G"] / base["G"] - 1),
            "services_pct": 100 * ((v["S_m"] + v["S_n"]) / (base["S_m"] + base["S_n"]) - 1),
        }[item]
        assert float(found) == pytest.approx(printed[case], abs=half + gap), case
