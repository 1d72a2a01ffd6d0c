"""From published tables to a balanced multi-region SAM: an ordered list of steps, each with a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from sam import satellites
from sam.aggregate import aggregate
from sam.build.energy import FUELS, TECHNOLOGIES, USERS, Energy, attach_energy
from sam.build.institutions import sam_cells
from sam.build.joint import Flows, balance_flows
from sam.build.regional import SECTORS, read_regional
from sam.build.tables import own_tables
from sam.economy import Economy
from sam.errors import SAMValidationError
from sam.matrix import SAM
from sam.messages import joined, message
from sam.registry import PROVINCE_CODES, activity_codes, commodity_codes
from sam.validate import check_economy

SOURCES = (
    "io_provincial_2017", "io_national_2020", "io_splits_2020", "gdp_industry_2021", "physical_output_2021",
    "household_2021", "fiscal_2021", "trade_2021", "gravity", "distance", "emissions_2021", "power_2021",
    "electricity_trade_2019",
)  # fmt: skip

CHOICES = (
    "base year 2021, 1e8 CNY of 2021",
    "GDP of provinces: vintage after the fifth economic census",
    "emissions: study inventory, nation 11,150 Mt, Xinjiang 474 Mt",
    "final demand of the nation: ratios to GDP of the 2020 table",
)


def build_economy(
    aggregation: str = "cn30", *, out: Path | None = None, log: Callable[[str], None] | None = None,
    io_tables: Path | None = None,
) -> tuple[Economy, list[str]]:
    """Build an economy from the carried tables.

    Parameters
    ----------
    aggregation : str
        ``cn30``, or a coarser one that is aggregated from it.
    out : Path, optional
        Folder to write to, only when every check passes.
    log : callable, optional
        Called with each step's name.
    io_tables : Path, optional
        Folder of provincial workbooks that replace the carried tables of 2017.

    Returns
    -------
    economy, report
        ``report`` says step by step what moved.

    Raises
    ------
    SAMValidationError
        Checks failed; all are listed.
    """

    def say(text: str) -> None:
        if log is not None:
            log(text)

    say("1-4 provincial tables, transit, 2021 value added")
    sources = SOURCES
    if io_tables is None:
        tables = read_regional()
    else:
        own, said = own_tables(io_tables)
        tables = read_regional(own)
        tables.report[:0] = said
        sources = (f"own provincial tables in {io_tables.name}", *SOURCES[1:])
    say("5-6 electricity, heat, fuel cells")
    energy = attach_energy(tables)
    say("7, 9 gravity prior and joint balance")
    flows = balance_flows(tables, energy)
    say("8 institutions")
    cells = sam_cells(tables, energy, flows)
    history = (*CHOICES, *tables.report, "institutions closed by transfers, capital income shares and saving")
    economy = Economy(
        sam=SAM(cells=cells, aggregation="cn30", sources=sources, history=history),
        emissions=_emissions(energy),
        generation=satellites.generation(),
        electricity_use=satellites.electricity_use(),
        network=satellites.network(),
        margins=_margins(flows),
        aggregation="cn30",
        regions=tuple(PROVINCE_CODES),
        commodities=tuple(commodity_codes("cn30")),
        activities=tuple(activity_codes("cn30")),
    )
    if aggregation != "cn30":
        economy = aggregate(economy, aggregation)
    say("10 checks")
    faults = check_economy(economy)
    if faults:
        head = message("SAM302", count=len(faults), aggregation=aggregation)
        raise SAMValidationError(joined(head, [f.text for f in faults], most=len(faults), codes=True))
    if out is not None:
        economy.save(out)
    return economy, tables.report


def _margins(flows: Flows) -> pd.DataFrame:
    where = np.argwhere(flows.margins > 0)
    rows = [(SECTORS[c], PROVINCE_CODES[o], PROVINCE_CODES[d], flows.margins[c, o, d]) for c, o, d in where]
    return pd.DataFrame(rows, columns=["commodity", "origin", "destination", "value"])


def _emissions(energy: Energy) -> pd.DataFrame:
    rows = []
    for j, r in enumerate(PROVINCE_CODES):
        for u, user in enumerate(USERS):
            for f, fuel in enumerate(FUELS):
                if energy.tonnes[f, u, j] > 0:
                    rows.append((r, user, fuel, energy.tonnes[f, u, j]))
        for a in np.flatnonzero(energy.process[:, j]):
            rows.append((r, SECTORS[a], "process", energy.process[a, j]))
    return pd.DataFrame(rows, columns=["region", "user", "carrier", "mt"])


__all__ = ["TECHNOLOGIES", "build_economy"]
