"""Aggregation of an economy by a mapping of sectors; totals survive."""

from __future__ import annotations

import difflib

import pandas as pd

from sam.economy import Economy
from sam.errors import SAMError
from sam.matrix import SAM
from sam.messages import joined, listed, message
from sam.registry import activity_codes, commodity_codes
from sam.tables import read_mapping


def aggregate(economy: Economy, aggregation: str) -> Economy:
    """Aggregate sectors by ``sam/mappings/<from>_to_<to>.csv``.

    Raises
    ------
    SAMError
        A sector has no target; all are listed with their share of output and the closest codes of the mapping.
    """
    table = read_mapping(f"{economy.aggregation}_to_{aggregation}")
    to = dict(zip(table[economy.aggregation], table[aggregation], strict=True))
    keep = {"elb", *(a for a in economy.activities if a.startswith("g") and a not in to)}
    unmapped = sorted(set(economy.commodities) - set(to) - keep)
    if unmapped:
        names = {"source": economy.aggregation, "target": aggregation}
        shares = _output_shares(economy)
        faults = [
            message(
                "SAM301.sector", code=c, share=float(shares.get(c, 0.0)),
                close=listed(difflib.get_close_matches(c, to, 3, 0.3)) or message("none"),
            )
            for c in unmapped
        ]  # fmt: skip
        raise SAMError(joined(message("SAM301", **names), faults, message("SAM301.next", **names)))

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


def _output_shares(economy: Economy) -> pd.Series:
    """Share of each commodity in the output of all activities."""
    cells = economy.sam.cells
    made = cells[cells["row"].str.startswith("act:") & cells["column"].str.startswith("com:")]
    output = made.groupby(made["column"].str.split(":").str[1])["value"].sum()
    return output / output.sum()
