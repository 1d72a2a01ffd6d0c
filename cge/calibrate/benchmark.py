"""Calibration: from the balanced SAM and its satellites to the parameters of the equations.

Every share is a ratio of SAM cells, so the base year solves the model by construction (zero iterations).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cge.calibrate.base_year import base_year
from cge.calibrate.carbon import carbon
from cge.calibrate.demand import demand
from cge.calibrate.incomes import incomes
from cge.calibrate.measures import ceilings, measures
from cge.calibrate.observed import observed
from cge.calibrate.parameters import ParameterSet
from cge.calibrate.power import power
from cge.calibrate.production import production
from cge.calibrate.trade import trade
from cge.language.data import complete, start_values
from cge.theory.chapters import THEORY
from cgebase.arrays import Array
from cgebase.brief import Brief
from sam.classification import INDUSTRIES
from sam.economy import Economy
from sam.groups import Members

CHAPTERS = (production, power, trade, demand, incomes, carbon, measures, observed)


@dataclass(frozen=True, repr=False)
class Benchmark(Brief):
    """The calibrated base year.

    Parameters
    ----------
    sets : dict of str to tuple of str
        Labels of ``r, c, a, h, m, i, n``.
    parameters : dict of str to ndarray
        One array per parameter of :mod:`cge.theory.symbols`, base-year policy-free values.
    start : dict of str to ndarray
        Base-year values of all core variables.
    economy : Economy
        What it was calibrated on.
    vintage_share : float
        Capital that hardens in its activity from one period to the next, of what survives; closure ``vintage`` only.
    line_growth : float
        Elasticity of the capacity of lines between provinces to the nation's electricity use in the baseline.
    potential : ndarray, (a, r)
        Most that a technology can generate in a year, TWh; infinite where no source gives a limit.
    ceilings : dict of int to (ndarray (a,), float)
        Most CO2 that the nation captures by year, Mt, of each activity and of all.
    """

    sets: dict[str, tuple[str, ...]]
    parameters: dict[str, Array]
    start: dict[str, Array]
    economy: Economy
    vintage_share: float
    line_growth: float
    potential: Array
    ceilings: dict[int, tuple[Array, float]]

    @cached_property
    def distance(self) -> Array:
        """Distance between regions, (r, r), km."""
        return self.economy.country.distances(self.held)

    @property
    def held(self) -> Members:
        """Provinces of every region, in the order of the set."""
        return {r: self.economy.groups.regions[r] for r in self.sets["r"]}


def calibrate(economy: Economy, parameters: ParameterSet) -> Benchmark:
    """Invert the functional forms at the base year.

    Parameters
    ----------
    economy : Economy
        Balanced SAM in 1e8 yuan with emissions (Mt), generation and network (TWh).
    parameters : ParameterSet
        Elasticities, abatement curves and macro parameters.

    Returns
    -------
    Benchmark

    Raises
    ------
    CalibrationError
        A cell that the forms cannot carry; all such cells are named.

    Notes
    -----
    Calibrated share form, Rutherford (2002); one module per chapter.
    """
    base = base_year(economy)
    p: dict[str, Array] = {}
    for chapter in CHAPTERS:
        p |= chapter(base, parameters)
    regions, commodities, activities = economy.regions, economy.commodities, economy.activities
    sets = {"r": regions, "c": commodities, "a": activities, "h": economy.households, "m": regions, "i": INDUSTRIES,
            "n": economy.countries}  # fmt: skip
    most = base.resources
    p = complete(THEORY, sets, p)
    return Benchmark(
        sets=sets, parameters=p, start=start_values(THEORY, sets, p), economy=economy,
        vintage_share=parameters.scalar("vintage_share"), line_growth=parameters.scalar("line_growth"),
        potential=np.array([most[k] if k in most else np.full(len(regions), np.inf) for k in activities], float),
        ceilings=ceilings(parameters, activities),
    )  # fmt: skip
