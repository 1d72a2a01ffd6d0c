"""What a run is made of: exogenous paths, the policy, and one solved year after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cge.policies import Instrument
from cge.solve.accounts import Accounts
from cge.solve.system import Solution
from cge.theory.chapters import THEORY
from cge.theory.closures import Choice, policy_closure
from cgebase.arrays import Array
from cgebase.brief import Brief


@dataclass(frozen=True, repr=False)
class Paths(Brief):
    """Exogenous paths over the run's years (first dimension), base year first.

    Parameters
    ----------
    years : tuple of int
    gdp, emissions : ndarray, (t, r)
        Baseline targets, 1e8 CNY of base-year prices and Mt.
    heads : ndarray, (t, h, r)
        Share of each household in national population; rural and urban keep their split of 2021.
    labour, population : ndarray, (t, r)
        Index, base year = 1.
    frisch : ndarray, (t,)
        Frisch parameter of household demand.
    saving : ndarray, (t,)
        Saving-rate index, base year = 1.
    mix : ndarray, (t, a, r)
        Share of each technology in the TWh of its province: that of the baseline, or that at costs ``mix_cost``.
    mix_exponent : ndarray, (t,)
        Logit exponent among technologies in the baseline; 0 where ``mix`` is what it shall be.
    mix_cost : ndarray, (a, r)
        Costs at which ``mix`` is the mix, 1e8 CNY per TWh.
    process : ndarray, (t,) or (t, r)
        Process CO2 per real output, base year = 1.
    cost : ndarray, (t, a)
        Technology cost index, base year = 1.
    electrification : ndarray, (t, a)
        Elasticity between electricity and fuels in activities.
    household_energy : ndarray, (t,)
        Elasticity inside household energy.
    capital : ndarray, (r,)
        Base-year capital stock, 1e8 CNY.
    depreciation : float
        Per year.
    engel : bool
        Whether budget shares of households follow Engel's law as they get richer, see :mod:`cge.calibrate.demand`.
    harrod : float
        Part of productivity that makes labour effective: 0 Hicks-neutral, 1 Harrod-neutral.
    pace : ndarray, (t, a, r)
        Productivity of sectors over that of their province.
    supply : ndarray, (t, a)
        Land and reserves over those of the base year; 0 where they keep pace with costs.
    saved : ndarray, (t, c, a)
        What is bought of a material per unit of output, base year = 1.
    sold : ndarray, (t, c)
        Exports over the nation's growth, base year = 1, at the same price.
    satiety : ndarray, (t, c)
        Income elasticity of a good over that of the base year.
    electricity : ndarray, (t, r)
        Busbar electricity that a region buys, TWh; 0 where it is not given.
    industries : ndarray, (t, i)
        Shares of primary and tertiary industry in value added of the nation; 0 in years in which they are not given.
    """

    years: tuple[int, ...]
    gdp: Array
    emissions: Array
    heads: Array
    labour: Array
    population: Array
    frisch: Array
    saving: Array
    mix: Array
    mix_exponent: Array
    mix_cost: Array
    process: Array
    cost: Array
    electrification: Array
    household_energy: Array
    capital: Array
    depreciation: float
    engel: bool
    harrod: float
    pace: Array
    supply: Array
    saved: Array
    sold: Array
    satiety: Array
    electricity: Array
    industries: Array


@dataclass(frozen=True, repr=False)
class Period(Brief):
    """One solved year: its parameters, values and what the solver said, and what is reported of it."""

    year: int
    parameters: dict[str, Array]
    values: dict[str, Array]
    solution: Solution
    capital: Array

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts of :mod:`cge.theory.accounts`, evaluated when they are asked for."""
        return Accounts(THEORY, self.parameters, self.values)


@dataclass(frozen=True, repr=False)
class Policy(Brief):
    """Instruments of a run, by year.

    Parameters
    ----------
    caps : mapping of int to ndarray (r,)
        Cap of each province in Mt; a year without entry has no cap.
    trade : tuple of tuple of int
        Groups of provinces that trade permits with each other; every other province is alone.
    gamma_technology, gamma_origin : float
        Logit exponents of the power sector.
    closure : mapping of axis to option
        Swaps of the policy closure, see :data:`cge.theory.closures.SWAPS`.
    abatement_cost : float
        Factor on the cost of every abatement curve.
    instruments : tuple of Instrument
        Whatever else acts, see :mod:`cge.policies`.
    """

    caps: Mapping[int, Array]
    trade: tuple[tuple[int, ...], ...]
    gamma_technology: float
    gamma_origin: float
    closure: Choice = field(default_factory=dict)
    abatement_cost: float = 1.0
    instruments: tuple[Instrument, ...] = ()

    @property
    def active(self) -> tuple[str, ...]:
        """Equations of the closure and of every instrument."""
        return (*policy_closure(self.closure), *dict.fromkeys(e for i in self.instruments for e in i.equations))

    def has_market(self, year: int) -> bool:
        """Whether emissions are capped in a year, absolutely or per output or GDP."""
        return year in self.caps or any(i.market and year >= i.start_year for i in self.instruments)


def carry(capital: Array, investment: Array, years: int, paths: Paths) -> tuple[Array, Array]:
    """Weights of this period's capital market.

    Returns
    -------
    kcarry, kinv : ndarray, (r,)
        Carried stock over the base-year stock, and weight of this period's investment in it.
    """
    d = paths.depreciation
    keep = (1 - d) ** years
    half = (1 - keep) / d / 2
    return (keep * capital + half * investment) / paths.capital, half / paths.capital
