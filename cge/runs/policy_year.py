"""One year of a policy run before it is solved: parameters beside the baseline, first guess, path to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.language.algebra import Theory
from cge.language.data import within
from cge.policies import Facts
from cge.runs.old_equipment import old_equipment
from cge.runs.periods import Paths, Period, Policy, carry
from cge.runs.year import Year
from cge.theory.closures import OF_COUNTRY, Choice, countries_with, displaces_fuel
from cge.theory.symbols import SHARED
from cgebase.arrays import Array
from cgebase.brief import Brief

FOUND = ("TFP", "EFF", "PROG", "ELS", "DRIFT")
"""What the baseline finds to hit its targets, and policies are given."""
REAL = {"w_ref": "W", "lst_ref": "LST", "yk_ref": "YK", "yl_ref": "YLOC"}
"""Parameters that are variables of the baseline at consumer prices of their country."""
CLAY = "capital_clay"
"""Equation of old equipment; where it is not active, there is none."""
LEAST_RENT = 1e-3
"""First guess of rents that nearly vanished last period: falling again takes one Newton step, rising takes many."""
LEAST_ROOM = 0.02
"""Room for growth, in logarithms over that of rents, that sites keep where the baseline has used up their potential."""
LEAST_CAPTURE = 1.0
"""First guess of the shadow price of capture, 100 CNY per tonne; where nothing is captured it has no slope."""
LEAST_PRICE = 0.05
"""First guess of a permit price, 100 CNY per tonne; complementarity has a kink at zero."""


def line_capacity(benchmark: Benchmark, base: Period) -> Array:
    """Most that each line between provinces carries in a year, (r, s), TWh; 0 where there is none.

    Capacity grows with the nation's electricity use in the baseline and carries at least what the baseline sends.
    """
    first = benchmark.parameters
    growth = (base.values["DB"].sum() / first["qb0"].sum()) ** benchmark.line_growth
    return np.where(first["lmax"] > 0, np.maximum(first["lmax"] * growth, base.accounts["QL"]), 0.0)


def site_elasticity(benchmark: Benchmark, base: Period) -> Array:
    """Elasticity between resources or sites and the rest of cost, (a, r), at which output nears its potential.

    A fixed site under CES lets output grow at most by theta ** (-sigma / (1 - sigma)), theta being its share in cost.
    Where that passes the potential of the province over the baseline's generation, sigma is lowered until it does not.
    """
    p, made = base.parameters, base.accounts["QG"]
    limited = (made > 0) & (p["theta_resource"] > 0) & np.isfinite(benchmark.potential)
    growth = np.divide(benchmark.potential, made, out=np.ones_like(made), where=limited)
    room = np.maximum(np.log(growth) / -np.log(np.where(limited, p["theta_resource"], 0.5)), LEAST_ROOM)
    return np.where(limited, np.minimum(p["sigma_cost"], room / (1 + room)), p["sigma_cost"])


def capture_ceilings(benchmark: Benchmark, year: int) -> dict[str, Array]:
    """Most CO2 that the nation captures in a year, of activities and of all; straight between the years given."""
    now = ceiling_weights(benchmark, year) @ [np.append(*ceiling) for ceiling in benchmark.ceilings.values()]
    return {"cmax": now[:-1], "ctot": now[-1]}


def ceiling_weights(benchmark: Benchmark, year: int) -> Array:
    """Weight in a year of each year for which ceilings of capture are given."""
    years = np.array(list(benchmark.ceilings), float)
    return np.array([np.interp(year, years, one) for one in np.eye(len(years))])


@dataclass(frozen=True, repr=False)
class Markets(Brief):
    """Permit markets of a policy.

    Parameters
    ----------
    member : ndarray, (m, r)
        1 where province ``r`` trades in the market that ``m`` leads.
    leads, traded : ndarray, (r,)
        1 for provinces that lead a market, and for those that trade with others.
    """

    member: Array
    leads: Array
    traded: Array

    @staticmethod
    def of(groups: Sequence[Sequence[int]], count: int) -> Markets:
        """Every province alone, but for those in groups; the first of a group leads it."""
        member, leads, traded = np.eye(count), np.ones(count), np.zeros(count)
        for group in groups:
            for k in group:
                member[:, k] = 0.0
                member[group[0], k] = 1.0
                leads[k] = float(k == group[0])
                traded[k] = 1.0
        return Markets(member, leads, traded)


def policy_year(
    theory: Theory, benchmark: Benchmark, paths: Paths, baseline: Sequence[Period], policy: Policy, last: Period, t: int
) -> Year:
    """Parameters and first guess of year ``t`` of a policy, given its last solved year."""
    base, before = baseline[t], baseline[t - 1]
    markets = Markets.of(policy.trade, len(benchmark.sets["r"]))
    p = _beside(benchmark, paths, policy, base, before, last)
    facts = Facts(base.year, paths.years[0], benchmark.sets, benchmark.parameters, base.values,
                  base.parameters | {"lmax": p["lmax"]}, paths.heads[t],
                  benchmark.distance)  # fmt: skip
    begins: dict[str, Array] = {}
    for instrument in policy.instruments:
        for name, value in instrument.parameters(facts).items():
            p[name] = p[name] + value if theory.families[name].tags >= SHARED else value
        for name, value in instrument.beginning(facts).items():
            begins[name] = begins.get(name, 0.0) + value if theory.families[name].tags >= SHARED else value
    part = covered_share(p, baseline[0])
    p["cap"], p["inten"] = p["cap"] * part, p["inten"] * part
    p["member"], p["traded"] = markets.member, markets.traded
    p["market"] = markets.leads * (markets.member @ _covered(p, base) > 0) * policy.has_market(base.year)
    cap0 = markets.member @ benchmark.parameters["em0"]
    p["cap0"] = np.where(cap0 > 0, cap0, 1.0)
    start = {}
    for n in benchmark.start:
        family, then, now = theory.families[n], before.values[n], base.values[n]
        guess = now * (last.values[n] / then) if family.log else now + (last.values[n] - then)
        start[n] = within(family, guess, p)
    for given in FOUND:
        start[given] = base.values[given]
    start["PR"] = np.maximum(start["PR"], LEAST_RENT)
    start["PLC"] = np.where(p["klim"] > 0, np.maximum(start["PLC"], LEAST_CAPTURE), 0.0)
    start["PCO2"] = np.where(p["market"] > 0, np.maximum(last.values["PCO2"], LEAST_PRICE), 0.0)
    reached, capped = markets.leads * (markets.member @ _covered(p, last)), markets.member @ p["cap"]
    ratio = np.divide(reached, capped, out=np.ones_like(capped), where=capped > 0)
    return Year(base.year, p, begins, start, p["cap"] * (markets.member.T @ (markets.leads * ratio)))


def stays(benchmark: Benchmark, paths: Paths, years: int) -> float:
    """Part of capital that survives a number of years and stays in its activity."""
    return float(benchmark.vintage_share * (1 - paths.depreciation) ** years)


def covered_share(p: Mapping[str, Array], first: Period) -> Array:
    """Part of a province's cap that the permit market of ``p`` issues: what it covers of base-year tonnes, (r,)."""
    return np.asarray(_covered(p, first) / p["em0"])


def _covered(p: Mapping[str, Array], period: Period) -> Array:
    """Emissions of a solved period that the permit market of ``p`` covers, (r,), Mt."""
    of = period.accounts
    outside = ((1 - p["cover"]) * of["EML"]).sum(0) + (1 - p["coverh"]) * of["EMLH"]
    return np.asarray(period.values["EM"] - outside)


def chosen_by_country(benchmark: Benchmark, choice: Choice) -> dict[str, Array]:
    """Parameters that say which countries have each equation that not all of them have."""
    home, out = benchmark.parameters["home"], {}
    for equation, countries in countries_with(choice, benchmark.sets["n"]).items():
        there = np.array([float(n in countries) for n in benchmark.sets["n"]])
        out[f"on_{equation}"] = there if equation in OF_COUNTRY else there @ home
    return out


def _beside(
    benchmark: Benchmark, paths: Paths, policy: Policy, base: Period, before: Period, last: Period
) -> dict[str, Array]:
    """Parameters of the baseline with what a policy run takes from it as given, before any instrument."""
    p, v, years = dict(base.parameters), base.values, base.year - last.year
    p["kcarry"], p["kinv"] = carry(last.capital, last.values["INV"], years, paths)
    p["gamma_g"], p["gamma_n"] = np.array(policy.gamma_technology), np.array(policy.gamma_origin)
    p |= {n: p[n] * policy.abatement_cost for n in ("hab", "habc", "habh")}
    p |= chosen_by_country(benchmark, policy.closure)
    if displaces_fuel(policy.active):
        p |= {"displaces": np.array(1.0), **capture_ceilings(benchmark, base.year)}
    p["sigma_cost"] = site_elasticity(benchmark, base)
    price = p["pb0"] * v["PXB"]
    p["sg_ref"], p["site"] = v["SG"], base.accounts["QST"]
    p["even"], p["spread"] = np.array(0.0), price / v["PINV"] / policy.gamma_technology
    p["pg_ref"], p["pb_ref"] = np.where(p["gen"] > 0, price, 1.0), v["PXB"]
    p["rsup"] = np.where(p["bound"] > 0, p["rsup"], np.where(p["res"] > 0, v["DR"], 0.0))
    p["rk_ref"], p["inv_ref"] = v["RK"], p["home"] @ v["INV"]
    p["exr_ref"], p["cres_ref"] = v["EXR"] / v["CPI"], v["CRES"] / v["CPI"]
    p |= {name: v[of] / (v["CPI"] @ p["home"]) for name, of in REAL.items()}
    p["pq_ref"] = np.where(p["used"] > 0, v["PQ"] / v["PINV"], 1.0)
    p["kfix"] = base.capital / paths.capital
    p["cap"] = policy.caps.get(base.year, v["EM"])
    p["kshr"] = np.maximum(base.accounts["KU"] / v["KD"], 0.0)
    if CLAY in policy.active:
        old = old_equipment(base, before, last, stays(benchmark, paths, years))
        p |= {n: x * p[f"on_{CLAY}"] for n, x in old.items()}
    p["lmax"] = line_capacity(benchmark, base)
    return p
