"""Energy accounts of a solved run: fuels from their carbon, power from its TWh, beside the values.

Fuels are counted by the carbon they carry (tonnes of CO2 over tonnes per tce), so they cover what is burnt and not
what is feedstock. Electricity without fossil fuel counts at the coal a power plant would have burnt for it, the
convention of Chinese statistics. A province counts what is burnt and generated inside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark
from cge.measure.indicators import Rows
from cge.runs.periods import Period
from cge.theory.nests import GENERATION
from cgebase.arrays import Array
from sam.satellites import assumption

TABLE = Path(__file__).with_name("energy.csv")
FUEL_OF = {"coa": "coal", "cok": "coal", "oil": "oil", "gas": "gas", "crg": "gas"}
"""Fuel that a carrier is; coke is the coal it was made of. In `cn12`, coke is inside `oil`, crude inside `gas`."""
FUELS = ("coal", "oil", "gas")
BURNING = ("gco", "gga")
NONFOSSIL = tuple(g for g in GENERATION if g not in BURNING)
TURNED = (*BURNING, "hea")
"""Activities that burn fuel to deliver another energy."""
SHARES = ("nonfossil_share", "nonfossil_power_share", "electricity_share_final")


@dataclass(frozen=True)
class Factors:
    """Conversion of tonnes and TWh into coal equivalent.

    Parameters
    ----------
    co2 : dict of str to float
        t CO2 per tce by fuel.
    coal_rate : float
        Mtce per TWh of power without fossil fuel: the coal rate of power supply of 2021, kept for all years.
    heat : float
        Mtce per TWh by heat content, for final use.
    """

    co2: dict[str, float]
    coal_rate: float
    heat: float


@lru_cache(maxsize=1)
def factors() -> Factors:
    """Read the factors of ``cge/measure/energy.csv`` and the coal rate and factor of the emission data."""
    table = pd.read_csv(TABLE).set_index(["item", "code"])["value"]
    co2 = {"coal": assumption("coal_factor"), "oil": table["co2_per_tce", "oil"], "gas": table["co2_per_tce", "gas"]}
    return Factors(co2, assumption("coal_rate") / 1000, 3.6 / float(table["tce", "heat"]))


def fuel_energy(benchmark: Benchmark, tonnes: Array) -> dict[str, Array]:
    """Mtce by fuel from Mt CO2 by carrier (first dimension)."""
    out = {f: np.zeros(tonnes.shape[1:]) for f in FUELS}
    for k, c in enumerate(benchmark.sets["c"]):
        if c in FUEL_OF:
            out[FUEL_OF[c]] = out[FUEL_OF[c]] + tonnes[k] / factors().co2[FUEL_OF[c]]
    return out


def accounts(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Energy of one run in the tidy layout of the results, by province and nation.

    ``primary_energy`` (Mtce, by source and ``all``), ``primary_energy_abated`` (fossil energy whose carbon is
    abated), shares of non-fossil energy in primary energy and in generation, share of electricity in final energy
    (heat at the fuel burnt for it, power with its losses), ``energy_intensity`` (tce per 1e4 CNY).
    """
    out = Rows(benchmark, scenario)
    f = factors()
    turned = np.isin(benchmark.sets["a"], TURNED)
    heat = np.isin(benchmark.sets["a"], "hea")
    for period in periods:
        v, y = period.values, period.year
        by_user, home = period.accounts["EMF"], period.accounts["EMFH"]
        burnt = fuel_energy(benchmark, by_user.sum(1) + home)
        unabated = fuel_energy(benchmark, (by_user * (1 - v["XAB"])[None]).sum(1) + home * (1 - v["XABH"]))
        twh = {g: period.accounts["QG"][benchmark.sets["a"].index(g)] for g in GENERATION}
        clean = {g: twh[g] * f.coal_rate for g in NONFOSSIL}
        for source, mtce in {**burnt, **clean}.items():
            out.add_sum(y, "primary_energy", mtce, source)
        fossil, other = _sum(burnt), _sum(clean)
        primary, abated = fossil + other, fossil - _sum(unabated)
        out.add_sum(y, "primary_energy", primary)
        out.add_sum(y, "primary_energy_abated", abated)
        out.add_ratio(y, "nonfossil_share", other, primary)
        green, made = _sum({g: twh[g] for g in NONFOSSIL}), _sum(twh)
        out.add_ratio(y, "nonfossil_power_share", green, made)
        direct = _sum(fuel_energy(benchmark, by_user[:, ~turned | heat].sum(1) + home))
        power = v["DB"] * f.heat
        out.add_ratio(y, "electricity_share_final", power, power + direct)
        out.add_ratio(y, "energy_intensity", primary, v["GDPB"], times=100)
    return out.frame()


def carbon_gap(periods: Sequence[Period]) -> float:
    """Largest gap between the carbon of fuels and processes and gross emissions, relative to the nation's."""
    worst = 0.0
    for period in periods:
        gross = period.values["EMA"].sum(0) + period.values["EMH"]
        of = period.accounts
        counted = of["EMF"].sum((0, 1)) + of["EMFH"].sum(0) + of["EMP"].sum(0)
        worst = max(worst, float(np.abs(counted - gross).max() / gross.sum()))
    return worst


def _sum(parts: dict[str, Array]) -> Array:
    return sum(parts.values(), start=np.zeros(()))
