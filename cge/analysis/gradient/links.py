"""What a year takes from other years and from calibration, and the derivatives of that, backwards.

A year is given parameters; those of :mod:`cge.runs.dynamics` and :mod:`cge.runs.policy_year` that are made of other
years are pulled back here one by one, and all others are those of the base year or of the baseline. A parameter that is
neither is refused by name: nothing is left out without a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import share
from cge.calibrate.measures import CEILING
from cge.runs.engel import consumption, demand_of_year
from cge.runs.periods import Paths, Period, Policy
from cge.runs.policy_year import FOUND, LEAST_ROOM, REAL, Markets, ceiling_weights, covered_share
from cge.runs.sectors import energy
from cge.theory.closures import displaces_fuel
from cgebase.arrays import Array

TINY = 1e-30
"""Imaginary step: its square vanishes beside one, so that a derivative has no error but rounding."""
DEMAND = ("beta", "betae", "qmin", "emin")
OF_BASELINE = (
    "grow", "labour", *DEMAND, "harrod", "mps", "ret", "sg_ref", "gcost", "sigma_ene", "sigma_he", "epsp", "res",
    "gdp_target", "em_target", "kcarry", "kinv", "pg_ref", "gamma_g", "pace", "bound", "rsup", "theta_c_top",
    "theta_n_kle", "e0", "el_seen", "el_target", "in_seen", "in_target", "els_last", "drift_last",
)  # fmt: skip
"""Parameters that a year of the baseline does not have from the base year."""
IS_A_PATH = {
    "sg_ref": "mix", "gcost": "cost", "sigma_ene": "electrification", "sigma_he": "household_energy",
    "gdp_target": "gdp", "em_target": "emissions", "gamma_g": "mix_exponent", "pace": "pace",
    "in_target": "industries",
}  # fmt: skip
"""Parameters of the baseline that are a path's."""
REFERENCES = {
    "pb_ref": "PXB", "rk_ref": "RK", "sg_ref": "SG", "site": "QST",
}  # fmt: skip
"""Parameters of a policy that are variables or accounts of the baseline."""
OF_POLICY = (
    *REFERENCES, *REAL, "kcarry", "kinv", "gamma_g", "gamma_n", "hab", "habc", "habh", "sigma_cost", "pg_ref", "rsup",
    "exr_ref", "cres_ref", "inv_ref", "kfix", "even", "spread", "cap", "inten", "kshr", "lmax", "member", "traded",
    "market", "cap0", "displaces", "cmax", "ctot", "pq_ref",
)  # fmt: skip
"""Parameters that a year of a policy does not have from its baseline."""


@dataclass
class Weights:
    """Derivatives of a number, collected: by name, each shaped like what it is of."""

    by: dict[str, Array] = field(default_factory=dict)

    def add(self, name: str, value: Any) -> None:
        """Add to what is there."""
        self.by[name] = self.by[name] + value if name in self.by else np.array(value, float)

    def add_all(self, values: Mapping[str, Array]) -> None:
        """Add by name."""
        for name, value in values.items():
            self.add(name, value)

    def get(self, name: str) -> Any:
        """What is there, or zero."""
        return self.by.get(name, 0.0)


@dataclass
class Year:
    """Derivatives by one solved year: its variables and accounts, its parameters, and the capital it leaves."""

    solved: Weights = field(default_factory=Weights)
    parameters: Weights = field(default_factory=Weights)
    capital: Any = 0.0


@dataclass
class Backwards:
    """Derivatives on the way back.

    Parameters
    ----------
    baseline : list of Year
        By place of the path, base year first.
    first, paths, other : Weights
        By parameters of the base year, by fields of :class:`cge.runs.periods.Paths`, and by scalars beside them
        (``line_growth``, ``gamma_technology``, ``gamma_origin``, ``caps <year>``), and by ceilings of capture (a + 1,)
        under the names of the register.
    """

    baseline: list[Year]
    first: Weights = field(default_factory=Weights)
    paths: Weights = field(default_factory=Weights)
    other: Weights = field(default_factory=Weights)

    def add_path(self, name: str, paths: Paths, t: int, value: Any) -> None:
        """Add at a place of a path."""
        there = self.paths.by.setdefault(name, np.zeros(np.shape(getattr(paths, name))))
        there[t] += value


def foreign(year: Mapping[str, Array], given: Mapping[str, Array], known: Sequence[str]) -> list[str]:
    """Parameters of a year that neither are those given nor are known to be made of other years."""
    return [n for n, x in year.items() if n not in known and x is not given.get(n)]


# ------------------------------------------------------------------ capital
def pull_capital(
    g: Mapping[str, Array], paths: Paths, last: Period, years: int, back: Backwards, before: Year
) -> None:  # fmt: skip
    """Backwards through :func:`cge.runs.periods.carry`, from ``kcarry`` and ``kinv`` to the year before."""
    d, k0 = paths.depreciation, paths.capital
    keep = (1 - d) ** years
    half = (1 - keep) / d / 2
    by_keep = -years * (1 - d) ** (years - 1)
    by_half = (-by_keep * d - (1 - keep)) / (2 * d**2)
    carried, weight = g["kcarry"] / k0, g["kinv"] / k0
    before.capital = before.capital + keep * carried
    before.solved.add("INV", half * carried)
    invest = last.values["INV"]
    back.paths.add("depreciation", (carried * (by_keep * last.capital + by_half * invest) + weight * by_half).sum())


def pull_stock(year: Year, period: Period, paths: Paths) -> dict[str, Array]:
    """Backwards through the capital that a year leaves: what its parameters have of it."""
    moved = year.capital * paths.capital
    year.solved.add("INV", moved * period.parameters["kinv"])
    return {"kcarry": moved, "kinv": moved * period.values["INV"]}


# ------------------------------------------------------------------ baseline
def pull_baseline_year(
    g: Mapping[str, Array], benchmark: Benchmark, paths: Paths, baseline: Sequence[Period], t: int, back: Backwards
) -> None:  # fmt: skip
    """Backwards through the parameters of year ``t`` of the baseline."""
    p0, last = benchmark.parameters, baseline[t - 1]
    back.first.add_all({n: x for n, x in g.items() if n in p0 and n not in OF_BASELINE})
    home, total = p0["home"], paths.gdp @ p0["home"].T
    back.add_path("gdp", paths, t, (g["grow"] / total[0]) @ home)
    back.add_path("gdp", paths, 0, -(g["grow"] * total[t] / total[0] ** 2) @ home)
    for name, path in (("labour", "labour"), ("mps", "saving"), ("ret", "saving"), ("epsp", "process")):
        factor = getattr(paths, path)[t]
        back.first.add(name, g[name] * factor)
        moved = g[name] * p0[name]
        back.add_path(path, paths, t, moved if np.ndim(factor) else moved.sum())
    for name, path in IS_A_PATH.items():
        back.add_path(path, paths, t, g[name])
    back.add_path("electricity", paths, t, np.where(paths.electricity[t] > 0, g["el_target"], 0.0))
    back.baseline[t - 1].solved.add_all({"ELS": g["els_last"], "DRIFT": g["drift_last"]})
    back.paths.add_all({"harrod": g["harrod"], "mix_cost": g["pg_ref"]})
    pull_capital(g, paths, last, paths.years[t] - paths.years[t - 1], back, back.baseline[t - 1])
    _pull_sectors(g, benchmark, paths, t, back)
    _pull_demand(g, p0, last, paths, t, back)


def _pull_sectors(g: Mapping[str, Array], benchmark: Benchmark, paths: Paths, t: int, back: Backwards) -> None:
    """Backwards through :func:`cge.runs.sectors.sectors_of_year`."""
    p0, supply, sold = benchmark.parameters, paths.supply[t], paths.sold[t]
    back.first.add_all({"rsup": g["rsup"] * np.where(supply > 0, supply, 1.0)[:, None], "e0": g["e0"] * sold[:, None]})
    back.add_path("supply", paths, t, np.where(supply > 0, (g["rsup"] * p0["rsup"]).sum(1), 0.0))
    back.add_path("sold", paths, t, (g["e0"] * p0["e0"]).sum(1))
    theta_c, theta_n, left = p0["theta_c_top"], p0["theta_n_kle"], paths.saved[t][:, :, None]
    saves, kept = left != 1, energy(benchmark.sets["c"])[:, None, None]
    rest = ~saves & ~kept
    room = np.where(rest, theta_c, 0.0).sum(0) + theta_n
    freed = (theta_c * (1 - left)).sum(0)
    more = 1 + share(freed, room)
    by_c, by_n = g["theta_c_top"], g["theta_n_kle"]
    by_more = np.where(rest, by_c * theta_c, 0.0).sum(0) + by_n * theta_n
    into, out_of = share(by_more, room), share(share(by_more * freed, room), room)
    by_share = np.where(saves, by_c * left + into * (1 - left), np.where(kept, by_c, by_c * more - out_of))
    back.first.add_all({"theta_c_top": by_share, "theta_n_kle": by_n * more - out_of})
    back.add_path("saved", paths, t, np.where(saves, (by_c - into) * theta_c, 0.0).sum(2))


def _pull_demand(
    g: Mapping[str, Array], p0: Mapping[str, Array], last: Period, paths: Paths, t: int, back: Backwards
) -> None:  # fmt: skip
    """Backwards through the demand of households, by imaginary steps of all at once: none hangs on another."""

    def moved(first: Mapping[str, Array], of: Paths, spent: Array) -> Array:
        """Derivative of the number along a step, by household, (h, r)."""
        made = demand_of_year(first, _Spent(spent), of, t)  # type: ignore[arg-type]
        goods = sum((np.imag(made[n]) * g[n]).sum(0) for n in ("beta", "qmin"))
        return np.asarray(goods + sum(np.imag(made[n]) * g[n] for n in ("betae", "emin"))) / TINY

    spent = consumption(last)
    for name in ("beta", "qh0", "the"):
        for k in range(len(p0[name])):
            step = np.zeros(len(p0[name]))[:, None, None] + 0j
            step[k] = 1j * TINY
            by = np.zeros(np.shape(p0[name]))
            by[k] = moved({**p0, name: p0[name] + step}, paths, spent)
            back.first.add(name, by)
    for name in ("betae", "mps"):
        back.first.add(name, moved({**p0, name: p0[name] + 1j * TINY}, paths, spent))
    for name in ("saving", "gdp", "population", "frisch"):
        for at in {0, t - 1, t}:
            path = getattr(paths, name) + 0j
            path[at] = path[at] + 1j * TINY
            by = moved(p0, replace(paths, **{name: path}), spent)
            back.add_path(name, paths, at, by.sum(0) if path.ndim > 1 else by.sum())
    for good in np.flatnonzero(paths.satiety[t] != 1):
        path = paths.satiety + 0j
        path[t, good] += 1j * TINY
        by = moved(p0, replace(paths, satiety=path), spent)
        back.add_path("satiety", paths, t, np.eye(len(path[t]))[good] * by.sum())
    by, v, goods = moved(p0, paths, spent + 1j * TINY), last.values, last.parameters["the"] <= 0
    year = back.baseline[t - 1].solved
    year.add_all({"QH": by * goods, "QHE": by * v["EFF"], "EFF": (by * v["QHE"]).sum(0)})


class _Spent:
    """A period of which only the consumption of households is read."""

    def __init__(self, spent: Array) -> None:
        zero = np.zeros((1, *spent.shape))
        self.values, self.parameters = {"QH": zero, "QHE": spent, "EFF": np.ones(spent.shape[1])}, {"the": zero}


# ------------------------------------------------------------------ policy
def pull_policy_year(
    g: Mapping[str, Array], benchmark: Benchmark, paths: Paths, baseline: Sequence[Period], policy: Policy,
    last: Period, t: int, back: Backwards, before: Year,
) -> None:  # fmt: skip
    """Backwards through the parameters of year ``t`` of a policy; ``before`` is the year before of the same policy."""
    base, year, p0 = baseline[t], back.baseline[t], benchmark.parameters
    p, v, first = base.parameters, base.values, baseline[0]
    year.parameters.add_all({n: x for n, x in g.items() if n in p and n not in OF_POLICY})
    year.solved.add_all({n: g[n] for n in FOUND})
    pull_capital(g, paths, last, base.year - last.year, back, before)
    for name, scalar in (("gamma_g", "gamma_technology"), ("gamma_n", "gamma_origin")):
        back.other.add(scalar, g[name].sum() / policy.abatement_cost)
    year.parameters.add_all({n: g[n] * policy.abatement_cost for n in ("hab", "habc", "habh")})
    year.solved.add_all({of: g[name] for name, of in REFERENCES.items()})
    _pull_real(g, base, year)
    by_price = np.where(p["used"] > 0, g["pq_ref"] / v["PINV"], 0.0)
    year.solved.add_all({"PQ": by_price, "PINV": -(by_price * v["PQ"]).sum(0) / v["PINV"]})
    _pull_power(g, base, policy, year, back)
    year.parameters.add("rsup", np.where(p["bound"] > 0, g["rsup"], 0.0))
    year.solved.add("DR", np.where((p["res"] > 0) & (p["bound"] <= 0), g["rsup"], 0.0))
    year.solved.add("INV", g["inv_ref"] @ p["home"])
    year.capital = year.capital + g["kfix"] / paths.capital
    _pull_sites(g["sigma_cost"], benchmark, base, year)
    _pull_lines(g["lmax"], benchmark, base, year, back)
    if displaces_fuel(policy.active):
        room = np.append(g["cmax"], g["ctot"])
        for node, weight in zip(benchmark.ceilings, ceiling_weights(benchmark, base.year), strict=True):
            back.other.add(CEILING.format(node), weight * room)
    held = np.where(base.accounts["KU"] / v["KD"] > 0, g["kshr"] / v["KD"], 0.0)
    year.solved.add("KU", held)
    year.solved.add("KD", -(held * base.accounts["KU"] / v["KD"]).reshape(-1, v["KD"].shape[-1]).sum(0))
    markets = Markets.of(policy.trade, len(benchmark.sets["r"]))
    cap = policy.caps.get(base.year)
    part = covered_share(p, first)
    to_cap = g["cap"] * part
    if cap is None:
        year.solved.add("EM", to_cap)
    else:
        back.other.add(f"caps {base.year}", to_cap)
    issued = g["cap"] * (v["EM"] if cap is None else cap) / p0["em0"]
    back.baseline[0].solved.add("EM", issued)
    year.parameters.add("em0", -issued * part)
    there = markets.member @ p0["em0"] > 0
    back.first.add("em0", markets.member.T @ np.where(there, g["cap0"], 0.0))


def _pull_real(g: Mapping[str, Array], base: Period, year: Year) -> None:
    """Backwards through what is real in the baseline: over consumer prices of the country."""
    v, home = base.values, base.parameters["home"]
    prices, there = v["CPI"], v["CPI"] @ home
    year.solved.add_all({"EXR": (g["exr_ref"] / prices).sum(), "CRES": g["cres_ref"] / prices})
    year.solved.add("CPI", -(g["exr_ref"] * v["EXR"] + g["cres_ref"] * v["CRES"]) / prices**2)
    for name, of in REAL.items():
        year.solved.add(of, g[name] / there)
        year.solved.add("CPI", home @ (-g[name] * v[of] / there**2))


def _pull_power(g: Mapping[str, Array], base: Period, policy: Policy, year: Year, back: Backwards) -> None:
    """Backwards through the price of electricity that technologies compete at, and the spread of their costs."""
    p, v, gamma = base.parameters, base.values, policy.gamma_technology
    price, spread = p["pb0"] * v["PXB"], g["spread"] / v["PINV"] / gamma
    by_price = np.where(p["gen"] > 0, g["pg_ref"], 0.0).sum(0) + spread
    year.parameters.add("pb0", by_price * v["PXB"])
    year.solved.add_all({"PXB": by_price * p["pb0"], "PINV": -spread * price / v["PINV"]})
    back.other.add("gamma_technology", -(spread * price).sum() / gamma / policy.abatement_cost)


def _pull_sites(g: Array, benchmark: Benchmark, base: Period, year: Year) -> None:
    """Backwards through :func:`cge.runs.policy_year.site_elasticity`."""
    p, made = base.parameters, base.accounts["QG"]
    limited = (made > 0) & (p["theta_resource"] > 0) & np.isfinite(benchmark.potential)
    theta = np.where(limited, p["theta_resource"], 0.5)
    growth = np.log(np.divide(benchmark.potential, made, out=np.ones_like(made), where=limited))
    room = np.maximum(growth / -np.log(theta), LEAST_ROOM)
    bound = limited & (room / (1 + room) < p["sigma_cost"])
    year.parameters.add("sigma_cost", np.where(bound, 0.0, g))
    by_room = np.where(bound & (room > LEAST_ROOM), g / (1 + room) ** 2, 0.0)
    year.solved.add("QG", np.divide(by_room / np.log(theta), made, out=np.zeros_like(made), where=limited))
    year.parameters.add("theta_resource", by_room * growth / (np.log(theta) ** 2 * theta))


def _pull_lines(g: Array, benchmark: Benchmark, base: Period, year: Year, back: Backwards) -> None:
    """Backwards through :func:`cge.runs.policy_year.line_capacity`."""
    p0, used = benchmark.parameters, base.values["DB"].sum()
    ratio, power = used / p0["qb0"].sum(), benchmark.line_growth
    growth, there = ratio**power, p0["lmax"] > 0
    free = there & (p0["lmax"] * growth > base.accounts["QL"])
    back.first.add("lmax", np.where(free, g * growth, 0.0))
    by_growth = (g * p0["lmax"])[free].sum()
    year.solved.add("DB", np.full(base.values["DB"].shape, by_growth * power * growth / used))
    back.first.add("qb0", np.full(p0["qb0"].shape, -by_growth * power * growth / p0["qb0"].sum()))
    back.other.add("line_growth", by_growth * growth * np.log(ratio))
    year.solved.add("QL", np.where(there & ~free, g, 0.0))
