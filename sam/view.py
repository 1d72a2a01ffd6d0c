"""An economy with what checks and reports need of it: labelled cells, outputs, fuel with its tonnes."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from sam import identities
from sam.economy import COLUMNS, Economy
from sam.records import FUEL_OF, co2_per_tce


class View:
    """Labelled cells of an economy and sums of them, each made once.

    Parameters
    ----------
    economy : Economy
    """

    def __init__(self, economy: Economy) -> None:
        self.economy = economy
        self.accounts = economy.sam.accounts
        self.cells = economy.sam.labelled()
        kinds = zip(self.cells["row_kind"].tolist(), self.cells["column_kind"].tolist(), strict=True)
        self.kinds = pd.Series(kinds, index=self.cells.index, dtype=object)

    def pick(self, row: str, column: str) -> pd.DataFrame:
        """Cells of one kind."""
        return self.cells[self.cells["row_kind"].eq(row) & self.cells["column_kind"].eq(column)]

    @cached_property
    def gdp(self) -> pd.Series:
        """GDP of each province by production, import taxes included, 1e8 yuan."""
        return identities.gdp_three_ways(self.cells, self.economy.regions)["production"].of(self.cells["value"])

    @cached_property
    def values(self) -> pd.Series:
        """Value by row and column account; cells given twice are added up."""
        return self.cells.groupby(["row", "column"])["value"].sum()

    @cached_property
    def output(self) -> pd.Series:
        """Gross output by activity account."""
        return self.pick("act", "com").groupby("row")["value"].sum()

    @cached_property
    def added(self) -> pd.DataFrame:
        """Cells of value added."""
        return self.cells[self.cells["column_kind"].eq("act") & self.cells["row_kind"].isin(["fac", "tax"])]

    @cached_property
    def trade(self) -> pd.DataFrame:
        """Goods sold between provinces, without the transport that comes with them."""
        return self.cells[identities.trade(self.cells)]

    @cached_property
    def fuel(self) -> pd.DataFrame:
        """Fuel with tonnes and the cell that pays for it.

        Returns
        -------
        DataFrame
            ``region, user, carrier, mt, row, column, value, price``; price in 1e8 yuan per Mt CO2.
        """
        t = self.economy.emissions[self.economy.emissions["carrier"] != "process"]
        user = t["user"].where(t["user"].str.startswith("hh:"), "act:" + t["user"])
        t = t.assign(row="com:" + t["carrier"] + ":" + t["region"], column=user + ":" + t["region"])
        t["value"] = self.values.reindex(pd.MultiIndex.from_frame(t[["row", "column"]])).fillna(0.0).to_numpy()
        return t.assign(price=t["value"] / t["mt"])


def energy_of(economy: Economy) -> pd.DataFrame:
    """The energy table of an economy; one of your own without it burns what its carbon says, and has no feedstock."""
    if len(economy.energy):
        return economy.energy
    held = {c: next((FUEL_OF[m] for m in members if m in FUEL_OF), "") for c, members in economy.groups.sectors.items()}
    t = economy.emissions.assign(fuel=economy.emissions["carrier"].map(held).fillna(""), purpose="burnt")
    t = t[t["fuel"] != ""]
    return t.assign(mtce=t["mt"] / t["fuel"].map(co2_per_tce).astype(float))[list(COLUMNS["energy"])]
