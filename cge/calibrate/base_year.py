"""The base year in arrays: what several chapters read of the SAM and its satellites, computed once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cge.calibrate.cells import Cells, dense, share
from cge.calibrate.entrants import Costs, with_entrants
from sam.economy import Economy
from sam.groups import FACTORS
from sam.registry import TECHNOLOGIES


class BaseYear(Cells):
    """Arrays of one economy: money in 1e8 yuan, tonnes in Mt, electricity in TWh.

    Attributes
    ----------
    regions, commodities, activities, countries : tuple of str
    home : ndarray, (n, r)
        1 where a region is of a country.
    role : dict of str to str
        Code of the shipped tables whose place in production a commodity or activity has.
    generates : ndarray of bool, (a,)
        Technologies that generate electricity.
    output : ndarray, (a, c, r)
        Commodities that activities make; ``level`` (a, r) and ``supply`` (c, r) are its sums.
    inputs : ndarray, (c, a, r)
    factors : dict of str to ndarray, (a, r)
    production_tax : ndarray, (a, r)
    factor_cost, value_added : ndarray, (a, r)
        Payments for factors, without and with the production tax.
    costs : Costs
        The same of every activity, technologies that may enter included; ``active`` is where it has output.
    imports, duty, exports : ndarray, (c, r)
        Trade with the rest of the world.
    consumption : ndarray, (c, h, r)
    government, investment : ndarray, (c, r)
        Final purchases.
    gdp : ndarray, (r,)
    tonnes, household_tonnes, process_tonnes : ndarray, (c, a, r), (c, h, r), (a, r)
        Carbon of fuel, and of processes.
    generation, busbar_twh : ndarray, (a, r), (r,)
        Electricity by technology, and its sum.
    cost_per_twh : ndarray, (a, r)
        Cost of a technology, the nation's where it may enter; 1 for every other activity.
    resources : DataFrame
        Storage of carbon, its cost, and what technologies can generate, by region.
    """

    def __init__(self, economy: Economy) -> None:
        super().__init__(economy)
        self.economy = economy
        self.regions, self.commodities, self.activities = economy.regions, economy.commodities, economy.activities
        self.countries = economy.countries
        self.home = np.array([[float(economy.nations[r] == n) for r in self.regions] for n in self.countries])
        self.role = {k: economy.country.role(k) for k in (*self.commodities, *self.activities)}
        self.generates = np.array([k in TECHNOLOGIES for k in self.activities])

        self.output = self.array("act", "com", "a<c>r>")
        self.level, self.supply = self.output.sum(1), self.output.sum(0)
        self.inputs = self.array("com", "act", "c<a>r>")
        self.factors = {f: self.array(f"fac:{f}", "act", "a>r>") for f in FACTORS}
        self.production_tax = self.array("tax:production", "act", "a>r>")
        self.factor_cost = np.asarray(sum(self.factors.values()))
        self.value_added = self.factor_cost + self.production_tax
        costs = Costs(self.level, self.inputs, self.factors, self.production_tax)
        self.costs = with_entrants(costs, self.activities)
        self.active = self.costs.output > 0

        self.imports, self.duty = self.array("row", "com", "c>r>"), self.array("tax:import", "com", "c>r>")
        self.exports = self.array("com", "row", "c<r<")
        self.consumption = self.array("com", "hh", "c<h>r>")
        self.government, self.investment = self.array("com", "gov", "c<r>"), self.array("com", "inv", "c<r>")
        self.gdp = self.value_added.sum(0) + self.duty.sum(0)

        emissions = economy.emissions
        process, household = emissions["carrier"] == "process", emissions["user"].str.startswith("hh:")
        of_fuel, regions = ("carrier", "user", "region"), self.regions
        burnt, heated = emissions[~process & ~household], emissions[~process & household]
        heated = heated.assign(user=heated["user"].str[3:])
        self.tonnes = dense(burnt, of_fuel, "mt", (self.commodities, self.activities, regions))
        self.household_tonnes = dense(heated, of_fuel, "mt", (self.commodities, economy.households, regions))
        self.process_tonnes = dense(emissions[process], ("user", "region"), "mt", (self.activities, regions))

        self.resources = economy.country.resources(economy.groups.regions).loc[list(regions)]
        by_technology = ("technology", "region")
        self.generation = dense(economy.generation, by_technology, "twh", (self.activities, regions))
        self.busbar_twh = self.generation.sum(0)
        nation = share(self.level.sum(1), self.generation.sum(1))[:, None]
        cost = np.where(self.generation > 0, share(self.level, self.generation), nation)
        self.cost_per_twh = np.where(self.active & self.generates[:, None], cost, 1.0)


@lru_cache(maxsize=2)
def base_year(economy: Economy) -> BaseYear:
    """The base year of an economy, the same object when asked again."""
    return BaseYear(economy)
