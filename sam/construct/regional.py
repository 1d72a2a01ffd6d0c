"""Steps 1 to 4: read the 31 tables of 2017, repair them, net transit, move them to 2021."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import message
from sam.choices import Choices
from sam.classification import N42, NBS42, Classification
from sam.construct.growth import growth_to_2021
from sam.construct.steps import Report
from sam.construct.tables import carried_tables
from sam.formats.iotable import VALUE_ADDED
from sam.registry import PROVINCE_CODES
from sam.tables import read_table

CAPITAL_FLOOR = 0.02
SWAPPED = 0.3
"""Distance of the rural share of consumption from the survey beyond which the columns may stand swapped."""
SALES_LIMIT = 0.97
FLOWS = ("exports_abroad", "outflow_other_provinces", "imports_abroad", "inflow_other_provinces")


@dataclass
class Tables:
    """Provincial tables, 1e8 yuan; arrays run over (commodity, activity, province) of the classification."""

    sectors: Classification
    use: Array
    value_added: dict[str, Array]
    final: dict[str, Array]
    exports: Array
    imports: Array
    outflow: Array
    inflow: Array
    report: Report
    own_share: Array
    """Share of the smaller of supply and demand that stays in the province, by its own table."""

    @property
    def output(self) -> Array:
        """Gross output (activity, province)."""
        return self.use.sum(0) + sum(self.value_added.values())


@dataclass
class Published:
    """The 31 tables at the 42 published sectors, 1e8 yuan; value added is labour, tax, capital.

    ``published`` is gross output (sector, province) as the tables state it, before repairs and growth.
    """

    use: Array
    income: dict[str, Array]
    final: dict[str, Array]
    flows: dict[str, Array]
    published: Array


def read_published(report: Report, choices: Choices, raw: pd.DataFrame | None = None) -> Published:
    """Tables at 42 sectors, repaired, transit netted, value added of 2021.

    Parameters
    ----------
    raw : DataFrame, optional
        Tables of one's own from :func:`sam.construct.tables.own_tables`; without them those carried, of 2017.
    """
    which = "built.read" if raw is None else "built.read_own"
    raw = carried_tables() if raw is None else raw
    codes = list(NBS42)
    columns = [f"s{k}" for k in codes]
    nr = len(PROVINCE_CODES)
    use = np.zeros((N42, N42, nr))
    va = np.zeros((4, N42, nr))
    final = {k: np.zeros((N42, nr)) for k in ("cons_rural", "cons_urban", "cons_government", "investment")}
    flows = {k: np.zeros((N42, nr)) for k in FLOWS}
    report.note("1", message(which, count=nr, sectors=N42))
    for j, province in enumerate(PROVINCE_CODES):
        t = raw[raw["province_code"] == province].set_index("row_code")
        block = t.loc[codes].fillna(0.0)
        z = block[columns].to_numpy(float)
        negative = z < 0
        use[:, :, j] = np.maximum(z, 0.0)
        va[:, :, j] = t.loc[list(VALUE_ADDED), columns].fillna(0.0).to_numpy(float)
        for k in ("cons_rural", "cons_urban", "cons_government"):
            final[k][:, j] = np.maximum(block[k].to_numpy(float), 0.0)
        stock = block[["gfcf", "inventory_change", "error_term"]].to_numpy(float).sum(1)
        final["investment"][:, j] = np.maximum(stock, 0.0)
        for k in flows:
            flows[k][:, j] = np.maximum(block[k].to_numpy(float), 0.0)
        flows["inflow_other_provinces"][:, j] += np.maximum(-stock, 0.0)
        error = block["error_term"].to_numpy(float)
        folded = message("built.errors", value=error.sum()) if np.abs(error).sum() > 0 else ""
        said = message("built.cleared", region=province, uses=int(negative.sum()), stocks=int((stock < 0).sum()),
                       folded=folded)  # fmt: skip
        report.note(
            "2", said, cells=(negative.sum() + (stock < 0).sum() + (error != 0).sum()),
            value=-z[negative].sum() - stock[stock < 0].sum() + np.abs(error).sum(),
        )  # fmt: skip
    _unswap(final, report)
    income = _income(use, va, report)
    _net_transit(use.sum(0) + va.sum(0), flows, report)
    added = sum(income.values(), start=np.zeros((N42, nr)))
    growth = growth_to_2021(added, choices, report)
    report.note(
        "4", message("built.grown", value=(added * growth).sum()),
        cells=np.count_nonzero(added), value=np.abs(added * (growth - 1)).sum(),
    )  # fmt: skip
    for table in income.values():
        table *= growth
    total = raw[raw["row_code"] == "TI"].set_index("province_code").loc[list(PROVINCE_CODES), columns]
    return Published(
        use * growth[None], income,
        {k: v * growth for k, v in final.items()}, {k: v * growth for k, v in flows.items()},
        total.to_numpy(float).T,
    )  # fmt: skip


def _unswap(final: dict[str, Array], report: Report) -> None:
    """Exchange rural and urban consumption of a province where the household survey says they stand swapped."""
    survey = read_table("household_2021").set_index("province_code").loc[list(PROVINCE_CODES)]
    rural, urban = (survey[f"survey_consumption_{k}_1e8"].to_numpy(float) for k in ("rural", "urban"))
    asked = rural / (rural + urban)
    found = final["cons_rural"].sum(0) / (final["cons_rural"] + final["cons_urban"]).sum(0)
    for j in np.flatnonzero((np.abs(found - asked) > SWAPPED) & (np.abs(1 - found - asked) < np.abs(found - asked))):
        here = np.abs(final["cons_rural"][:, j] - final["cons_urban"][:, j])
        both = final["cons_urban"][:, j].copy(), final["cons_rural"][:, j].copy()
        final["cons_rural"][:, j], final["cons_urban"][:, j] = both
        report.note(
            "2", message("built.exchanged", region=PROVINCE_CODES[j], found=found[j], asked=asked[j]),
            cells=2 * np.count_nonzero(here), value=2 * here.sum(),
        )  # fmt: skip


def _income(use: Array, va: Array, report: Report) -> dict[str, Array]:
    """Labour, tax and capital income; no activity is left with too little capital or with odd taxes."""
    labour, tax, capital = va[0], va[1], va[2] + va[3]
    output = use.sum(0) + va.sum(0)
    low = capital < CAPITAL_FLOOR * output
    raised = np.where(low, CAPITAL_FLOOR * output, capital)
    report.note(
        "2", message("built.capital", share=CAPITAL_FLOOR, count=int((low & (output > 0)).sum())),
        cells=(low & (output > 0)).sum(), value=np.abs(raised - capital).sum(),
    )  # fmt: skip
    wages = np.maximum(labour, CAPITAL_FLOOR / 2 * output)
    bounded = np.clip(tax, -0.2 * output, 0.3 * output)
    moved = np.abs(wages - labour) + np.abs(bounded - tax)
    report.note(
        "2", message("built.labour", count=np.count_nonzero(moved)),
        cells=np.count_nonzero(moved), value=moved.sum(),
    )  # fmt: skip
    return {"labour": wages, "tax": bounded, "capital": raised}


def _net_transit(output: Array, flows: dict[str, Array], report: Report) -> None:
    """What is sold beyond the province's own output has only passed through: it leaves both sides."""
    sold = flows["exports_abroad"] + flows["outflow_other_provinces"]
    over = np.maximum(sold - SALES_LIMIT * output, 0.0)
    first = np.minimum(over, flows["outflow_other_provinces"])
    flows["outflow_other_provinces"] -= first
    flows["inflow_other_provinces"] = np.maximum(flows["inflow_other_provinces"] - first, 0.0)
    second = over - first
    flows["exports_abroad"] -= second
    flows["imports_abroad"] = np.maximum(flows["imports_abroad"] - second, 0.0)
    report.note(
        "3", message("built.transit", value=over.sum(), part=over[:, PROVINCE_CODES.index("CQ")].sum()),
        cells=np.count_nonzero(over), value=over.sum(),
    )  # fmt: skip
