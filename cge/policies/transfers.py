"""How the centre passes on what a policy does to its budget."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cge.calibrate.cells import part_of_country
from cge.policies.base import Facts, Instrument
from cgebase.arrays import Array


def shortfall(heads: Array, gdp: Array, home: Array) -> Array:
    """Share of each province in what those of its country below the mean of GDP per head lack to reach it, (r,).

    Parameters
    ----------
    heads, gdp : ndarray, (r,)
        Any unit; with the two exchanged it is the share in what those above the mean exceed it by.
        Heads over their sum where every province is at the mean.
    home : ndarray, (n, r)
        1 where a province is of a country.
    """
    people = part_of_country(heads, home)
    gap = np.maximum(people - part_of_country(gdp, home), 0.0)
    return np.where(home.T @ (home @ gap) > 0, part_of_country(gap, home), people)


class Transfers(Instrument, table="transfers"):
    """Rule for the change of the central balance against the baseline; transfers of the baseline stay real.

    Notes
    -----
    Capacity against the mean is the standard of horizontal equalisation, with contributors and recipients:
    Blöchliger and Charbit 2008, Fiscal Equalisation, OECD Economic Studies 44. GDP stands for the tax base; heads
    stand for expenditure needs.
    """

    rule: Literal["income", "balanced", "equalising"] = "equalising"
    """`income`: to households everywhere in proportion to income (what holds without the table); `balanced`: transfers
    to provinces rise and fall in proportion, so that a fall takes most from those that receive most; `equalising`: a
    gain goes to provinces below the mean GDP per head in proportion to what they lack to it, a fall is borne by those
    above in proportion to what they exceed it by."""

    def given(self, facts: Facts) -> dict[str, Array]:
        if self.rule == "income":
            return {}
        home = facts.benchmark["home"]
        if self.rule == "balanced":
            share = part_of_country(facts.benchmark["tc0"], home)
            return {"csx": share, "csl": share}
        heads, gdp = facts.heads.sum(0), facts.values["GDPB"]
        return {"csx": shortfall(heads, gdp, home), "csl": shortfall(gdp, heads, home)}
