"""Energy accounts of a solved run: fuels from their carbon, power from its TWh, beside the values.

Fuels are counted as the energy accounts of the economy have them in the base year, what is burnt and what is
feedstock, and move with the carbon of the same purchases; so they do not depend on the sector list. Electricity without
fossil fuel counts at the coal a power plant would have burnt for it, the convention of Chinese statistics. A province
counts what is used and generated inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.calibrate.cells import dense, share
from cge.measure.indicators import SMALLEST, Rows
from cge.runs.periods import Period
from cgebase.arrays import Array
from sam.records import TCE
from sam.registry import FOSSIL, FUELS, TECHNOLOGIES
from sam.satellites import assumption
from sam.view import energy_of

HOME = "hh:"
"""What a household's code begins with in the energy accounts."""
NONFOSSIL = tuple(g for g in TECHNOLOGIES if g not in FOSSIL)
TURNED = (*FOSSIL, "hea")
"""Activities that burn fuel to deliver another energy."""
SHARES = ("nonfossil_share", "nonfossil_power_share", "electricity_share_final")


@dataclass(frozen=True)
class Factors:
    """Conversion of tonnes and TWh into coal equivalent.

    Parameters
    ----------
    coal_rate : float
        Mtce per TWh of power without fossil fuel: the coal rate of power supply of 2021, kept for all years.
    heat : float
        Mtce per TWh by heat content, for final use.
    """

    coal_rate: float
    heat: float


@lru_cache(maxsize=1)
def factors() -> Factors:
    """The coal rate of the emission data and the tonne of coal equivalent."""
    return Factors(assumption("coal_rate") / 1000, 3.6 / TCE)


Contents = dict[str, tuple[Array, Array]]


def contents(benchmark: Benchmark, purpose: str) -> Contents:
    """Energy of the base year per carbon of the same purchases, Mtce per Mt CO2, by fuel.

    Parameters
    ----------
    purpose : {"burnt", "feedstock"}

    Returns
    -------
    dict of str to pair of ndarray
        Activities (c, a, r) and households together (c, r); zero where nothing is emitted.
    """
    economy, sets = benchmark.economy, benchmark.sets
    table = energy_of(economy)
    table = table[table["purpose"] == purpose]
    emitted = economy.emissions[economy.emissions["carrier"] != "process"]
    of_user, of_home = ("carrier", "user", "region"), ("carrier", "region")
    labels = sets["c"], sets["a"], sets["r"]

    def arrays(rows: pd.DataFrame, number: str) -> tuple[Array, Array]:
        home = rows["user"].str.startswith(HOME)
        return (dense(rows[~home], of_user, number, labels), dense(rows[home], of_home, number, labels[::2]))

    carbon = arrays(emitted, "mt")
    out = {}
    for fuel in FUELS:
        energy = arrays(table[table["fuel"] == fuel], "mtce")
        users, homes = (share(part, whole) for part, whole in zip(energy, carbon, strict=True))
        out[fuel] = users, homes
    return out


def fuel_energy(per_carbon: Contents, by_user: Array, home: Array) -> dict[str, Array]:
    """Mtce by fuel and province from Mt CO2 of activities (c, a, r) and households (c, r), by :func:`contents`."""
    return {
        fuel: (users * by_user).sum((0, 1)) + (homes * home).sum(0) for fuel, (users, homes) in per_carbon.items()
    }


def accounts(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Energy of one run in the tidy layout of the results, by province and nation.

    ``primary_energy`` (Mtce, by source and ``all``), ``primary_energy_abated`` (fossil energy burnt whose carbon is
    abated), shares of non-fossil energy in primary energy and in generation, share of electricity in final energy
    (heat at the fuel burnt for it, power with its losses, no feedstock), ``energy_intensity`` (tce per 1e4 CNY).
    An economy whose electricity is not counted has its fossil fuels alone, without a sum.
    """
    out = Rows(benchmark, scenario)
    if not benchmark.parameters["grid"].any():
        return _fossil(benchmark, periods, out)
    f, of_burnt, of_matter = factors(), contents(benchmark, "burnt"), contents(benchmark, "feedstock")
    turned = np.isin(benchmark.sets["a"], TURNED)
    heat = np.isin(benchmark.sets["a"], "hea")
    for period in periods:
        v, y = period.values, period.year
        gross, at_home = period.accounts["EMF"], period.accounts["EMFH"]
        by_user, home = gross * (1 - v["XDI"])[None], at_home * (1 - v["XDIH"])
        burnt = fuel_energy(of_burnt, by_user, home)
        matter = fuel_energy(of_matter, gross, at_home)
        unabated = fuel_energy(of_burnt, gross * (1 - v["XAB"])[None], at_home * (1 - v["XABH"]))
        twh = {g: period.accounts["QG"][benchmark.sets["a"].index(g)] for g in TECHNOLOGIES}
        clean = {g: twh[g] * f.coal_rate for g in NONFOSSIL}
        fossil, other = {fuel: burnt[fuel] + matter[fuel] for fuel in FUELS}, _sum(clean)
        for source, mtce in {**fossil, **clean}.items():
            out.add_sum(y, "primary_energy", mtce, source)
        primary, abated = _sum(fossil) + other, _sum(burnt) - _sum(unabated)
        out.add_sum(y, "primary_energy", primary)
        out.add_sum(y, "primary_energy_abated", abated)
        out.add_ratio(y, "nonfossil_share", other, primary)
        green, made = _sum({g: twh[g] for g in NONFOSSIL}), _sum(twh)
        out.add_ratio(y, "nonfossil_power_share", green, made)
        direct = _sum(fuel_energy(of_burnt, by_user * (~turned | heat)[None, :, None], home))
        power = v["DB"] * f.heat
        out.add_ratio(y, "electricity_share_final", power, power + direct)
        out.add_ratio(y, "energy_intensity", primary, v["GDPB"], times=100)
    return out.frame()


def _fossil(benchmark: Benchmark, periods: Sequence[Period], out: Rows) -> pd.DataFrame:
    """Fuels that carbon tells of, Mtce."""
    of_burnt = contents(benchmark, "burnt")
    for period in periods:
        v, of = period.values, period.accounts
        gross = of["EMF"] * (1 - v["XDI"])[None], of["EMFH"] * (1 - v["XDIH"])
        for fuel, mtce in fuel_energy(of_burnt, *gross).items():
            if mtce.any():
                out.add_sum(period.year, "primary_energy", mtce, fuel)
    return out.frame()


def carbon_gap(periods: Sequence[Period]) -> float:
    """Largest gap between the carbon of fuels and processes and gross emissions, relative to the nation's."""
    worst = 0.0
    for period in periods:
        gross = period.values["EMA"].sum(0) + period.values["EMH"]
        of = period.accounts
        counted = of["EMF"].sum((0, 1)) + of["EMFH"].sum(0) + of["EMP"].sum(0)
        worst = max(worst, float(np.abs(counted - gross).max() / max(gross.sum(), SMALLEST)))
    return worst


def _sum(parts: dict[str, Array]) -> Array:
    return sum(parts.values(), start=np.zeros(()))
