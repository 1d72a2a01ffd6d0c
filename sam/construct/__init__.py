"""From published tables to a balanced multi-region SAM: an ordered list of steps, each with a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.errors import SAMValidationError
from cgebase.messages import Message, joined, message
from cgebase.progress import step
from sam import satellites
from sam.aggregate import aggregate
from sam.choices import Choices
from sam.classification import BUILT, Classification, classification
from sam.construct.energy import Energy, attach_energy, users_of
from sam.construct.fuels import energy_account, physical_account
from sam.construct.institutions import sam_cells
from sam.construct.joint import Flows, balance_flows
from sam.construct.splits import read_regional
from sam.construct.steps import STEPS, Report
from sam.construct.tables import own_tables
from sam.economy import Economy
from sam.groups import codes_of, groups_of
from sam.matrix import SAM
from sam.registry import PROVINCE_CODES
from sam.validate import check_economy

SOURCES = (
    "io_provincial_2017", "io_national_2020", "io_splits_2020", "gdp_2021", "gdp_industry_2021",
    "physical_output_2021", "household_2021", "fiscal_2021", "trade_2021", "gravity", "distance", "emissions_2021",
    "power_2021", "electricity_trade_2019", "mines_2021", "coal_prices", "fuel_accounts_2021",
)  # fmt: skip
GROWTH_SOURCES: dict[str, tuple[str, ...]] = {"2017": (), "2020": ("physical_output_2017",)}
"""Further sources by structure."""
FIXED = (
    "base year 2021, 1e8 CNY of 2021",
    "final demand of the nation: ratios to GDP of the 2020 table",
)


def build_economy(
    aggregation: str = "cn30",
    *,
    choices: Choices | None = None,
    out: Path | None = None,
    log: Callable[[Message], None] | None = None,
    io_tables: Path | None = None,
) -> tuple[Economy, Report]:
    """Build an economy from the carried tables.

    Parameters
    ----------
    aggregation : str
        ``cn42`` or ``cn30``, or a coarser one that is aggregated from ``cn30``.
    choices : Choices, optional
        Alternatives; recorded in the economy. Without them those of the shipped economy.
    out : Path, optional
        Folder to write to, only when every check passes.
    log : callable, optional
        Called with each step's name.
    io_tables : Path, optional
        Folder of provincial workbooks that replace the carried tables of 2017.

    Returns
    -------
    economy, report
        ``report`` says step by step what was touched and what moved.

    Raises
    ------
    SAMValidationError
        Checks failed; all are listed.
    """
    choices = choices or Choices()
    report = Report()

    group: tuple[str, ...] = ()

    def say(*steps: str) -> None:
        """Name the steps that begin; those named before are done."""
        nonlocal group
        if log is not None:
            lines = [message("step_line", step=k, words=message(STEPS[k])) for k in steps]
            log(step(lines[0], len(group)) if group else step(lines[0], ahead=len(STEPS)))
            for line in lines[1:]:
                log(line)
        group = steps

    sectors = classification(aggregation if aggregation in BUILT else "cn30")
    say("1", "2", "3", "4")
    raw, sources = None, (*SOURCES, *GROWTH_SOURCES[choices.structure])
    if io_tables is not None:
        raw, said = own_tables(io_tables)
        for text in said:
            report.note("1", text)
        sources = (f"own provincial tables in {io_tables.name}", *sources[1:])
    tables = read_regional(sectors, choices, report, raw)
    say("5", "6")
    energy = attach_energy(tables, choices)
    say("7", "9")
    flows = balance_flows(tables, energy, choices)
    say("8")
    cells = sam_cells(tables, energy, flows)
    groups = groups_of(sectors.name)
    commodities, activities = codes_of(sectors.name, groups)
    history = (*FIXED, *choices.described(), *report.texts())
    economy = Economy(
        sam=SAM(cells=cells, aggregation=sectors.name, sources=sources, history=history, choices=choices),
        emissions=_emissions(energy, sectors),
        generation=satellites.generation(),
        electricity_use=satellites.electricity_use(),
        network=satellites.network(),
        margins=_margins(flows, sectors),
        aggregation=sectors.name,
        regions=tuple(groups.regions),
        commodities=commodities,
        activities=activities,
        groups=groups,
        physical=physical_account(sectors, energy, flows),
        energy=energy_account(sectors, energy, flows),
    )
    if aggregation != sectors.name:
        economy = aggregate(economy, aggregation)
    say("10")
    faults = check_economy(economy)
    if faults:
        head = message("SAM302", count=len(faults), aggregation=aggregation)
        raise SAMValidationError(joined(head, [f.text for f in faults], most=len(faults), codes=True))
    if out is not None:
        economy.save(out)
    return economy, report


def _margins(flows: Flows, sectors: Classification) -> pd.DataFrame:
    where = np.argwhere(flows.margins > 0)
    rows = [(sectors.sectors[c], PROVINCE_CODES[o], PROVINCE_CODES[d], flows.margins[c, o, d]) for c, o, d in where]
    return pd.DataFrame(rows, columns=["commodity", "origin", "destination", "value"])


def _emissions(energy: Energy, sectors: Classification) -> pd.DataFrame:
    rows = []
    for j, r in enumerate(PROVINCE_CODES):
        for u, user in enumerate(users_of(sectors)):
            for f, fuel in enumerate(sectors.fuels):
                if energy.tonnes[f, u, j] > 0:
                    rows.append((r, user, fuel, energy.tonnes[f, u, j]))
        for a in np.flatnonzero(energy.process[:, j]):
            rows.append((r, sectors.sectors[a], "process", energy.process[a, j]))
    return pd.DataFrame(rows, columns=["region", "user", "carrier", "mt"])


__all__ = ["Report", "build_economy"]
