"""Step 4, with structure ``2020``: coefficients and final demand on the national table of 2020."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.messages import message
from sam.classification import NBS42
from sam.construct.regional import Published
from sam.construct.steps import Report
from sam.tables import TABLES

BOUND = 10.0
"""No cell is scaled by more than this factor up or down."""


def control_by_national(p: Published, report: Report) -> None:
    """Scale cells of all provinces by one factor each, so that their sum has the national structure of 2020.

    Input coefficients of each column, and the commodity structure of final demand, exports and imports, become
    national ones on average; the differences between provinces stay those of their own tables.
    """
    rows, columns = list(NBS42), [f"s{k}" for k in NBS42]
    t = pd.read_csv(TABLES / "io_national_2020.csv.gz", dtype={"row_code": str}).set_index("row_code")
    block = t.loc[rows].astype(float).fillna(0.0)
    added = t.loc["TVA", columns].to_numpy(float)
    per_added = np.maximum(block[columns].to_numpy(), 0.0) / added[None]
    national = sum(p.income.values(), start=np.zeros_like(p.income["labour"])).sum(1)
    gdp = national.sum() / added.sum()
    before = {"use": p.use.copy()} | {k: v.copy() for k, v in (p.final | p.flows).items()}
    p.use *= _factor(per_added * national[None], p.use.sum(2))[:, :, None]
    investment = (block["gfcf"] + block["inventory_change"]).to_numpy()
    household = (block["cons_rural"] + block["cons_urban"]).to_numpy()
    both = p.final["cons_rural"].sum(1) + p.final["cons_urban"].sum(1)
    factor = _factor(np.maximum(household, 0.0) * gdp, both)
    for k in ("cons_rural", "cons_urban"):
        p.final[k] *= factor[:, None]
    for table, wanted in (
        (p.final["cons_government"], block["cons_government"].to_numpy()), (p.final["investment"], investment),
        (p.flows["exports_abroad"], block["exports"].to_numpy()),
        (p.flows["imports_abroad"], block["imports"].to_numpy()),
    ):  # fmt: skip
        table *= _factor(np.maximum(wanted, 0.0) * gdp, table.sum(1))[:, None]
    for name, old in before.items():
        new = p.use if name == "use" else (p.final | p.flows)[name]
        if name not in ("outflow_other_provinces", "inflow_other_provinces"):
            move = np.abs(new / np.where(old > 0, old, 1.0) - 1)[old > 0]
            report.note(
                "4", message("built.structure", name=name, factor=new.sum() / old.sum(),
                             median=_median(move, old[old > 0])),
                cells=np.count_nonzero(new - old), value=np.abs(new - old).sum(),
            )  # fmt: skip


def _factor(wanted: Array, found: Array) -> Array:
    return np.clip(np.divide(wanted, found, out=np.ones_like(found), where=found > 0), 1 / BOUND, BOUND)


def _median(move: Array, weight: Array) -> float:
    order = np.argsort(move)
    at = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
    return float(move[order][at])
