"""Aggregation of an economy by a mapping of sectors; totals survive."""

from __future__ import annotations

import pandas as pd

from sam.economy import Economy
from sam.errors import SAMError
from sam.matrix import SAM
from sam.registry import activity_codes, commodity_codes
from sam.tables import read_mapping


def aggregate(economy: Economy, aggregation: str) -> Economy:
    """Aggregate sectors by ``sam/mappings/<from>_to_<to>.csv``.

    Raises
    ------
    SAMError
        A sector with cells has no target; all are listed with their share of output.
    """
    table = read_mapping(f"{economy.aggregation}_to_{aggregation}")
    to = dict(zip(table[economy.aggregation], table[aggregation], strict=True))
    keep = {"elb", *(a for a in economy.activities if a.startswith("g") and a not in to)}
    unmapped = sorted(set(economy.commodities) - set(to) - keep)
    if unmapped:
        text = f"mapping {economy.aggregation} to {aggregation} lacks {unmapped}; add a row for each"
        raise SAMError(text)

    def account(name: str) -> str:
        parts = name.split(":")
        if parts[0] in ("act", "com"):
            parts[1] = to.get(parts[1], parts[1])
        return ":".join(parts)

    names = {n: account(n) for n in pd.unique(economy.sam.cells[["row", "column"]].to_numpy().ravel())}
    cells = economy.sam.cells.assign(
        row=economy.sam.cells["row"].map(names), column=economy.sam.cells["column"].map(names)
    )
    cells = cells.groupby(["row", "column"], sort=False, as_index=False)["value"].sum()
    em = economy.emissions.assign(
        user=economy.emissions["user"].map(lambda u: to.get(u, u)),
        carrier=economy.emissions["carrier"].map(lambda c: to.get(c, c)),
    )
    em = em.groupby(["region", "user", "carrier"], sort=False, as_index=False)["mt"].sum()
    margins = economy.margins.assign(commodity=economy.margins["commodity"].map(lambda c: to.get(c, c)))
    margins = margins.groupby(["commodity", "origin", "destination"], sort=False, as_index=False)["value"].sum()
    sam = SAM(
        cells=cells, unit=economy.sam.unit, year=economy.sam.year, aggregation=aggregation,
        sources=economy.sam.sources, history=(*economy.sam.history, f"aggregated to {aggregation}"),
    )  # fmt: skip
    return Economy(
        sam=sam, emissions=em, generation=economy.generation, electricity_use=economy.electricity_use,
        network=economy.network, margins=margins, aggregation=aggregation, regions=economy.regions,
        commodities=tuple(commodity_codes(aggregation)), activities=tuple(activity_codes(aggregation)),
    )  # fmt: skip
