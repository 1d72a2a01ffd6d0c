"""A synthetic economy of two provinces, balanced because it is a sum of circular flows of money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from sam.economy import Economy
from sam.groups import groups_of
from sam.matrix import SAM

REGIONS = ("BJ", "XJ")
Flow = tuple[list[str], float]


def cells(flows: Iterable[Flow]) -> pd.DataFrame:
    """Cells of circular flows; each account pays the next, the last pays the first."""
    rows = [
        (payee, payer, value)
        for names, value in flows
        for payer, payee in zip(names, [*names[1:], names[0]], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["row", "column", "value"])
    return table.groupby(["row", "column"], as_index=False, sort=False)["value"].sum()


def flows() -> list[Flow]:
    """Every kind of account and cell that the model needs, in 1e8 yuan."""
    out: list[Flow] = []
    for r, other in (("BJ", "XJ"), ("XJ", "BJ")):
        agr = [f"com:agr:{r}", f"act:agr:{r}"]
        urban, labour = f"hh:urban:{r}", f"fac:labour:{r}"
        out += [
            ([urban, *agr, labour], 800.0),
            ([f"hh:rural:{r}", *agr, labour], 500.0),
            ([urban, *agr, f"fac:capital:{r}", "pool:capital"], 400.0),
            ([f"gov:{r}", *agr, f"tax:production:{r}"], 100.0),
            ([f"gov:{r}", *agr, labour, f"hh:rural:{r}", f"tax:income:{r}"], 50.0),
            ([f"gov:{r}", f"com:agr:{r}", f"tax:import:{r}"], 20.0),
            ([f"inv:{r}", *agr, labour, urban, "sav"], 600.0),
            (["row", f"com:coa:{r}", f"act:coa:{r}", labour, urban, f"com:agr:{r}"], 120.0),
            ([urban, f"com:agr:{r}", f"com:agr:{other}", f"act:agr:{other}", f"fac:capital:{other}", "pool:capital"],
             300.0),
            ([urban, f"com:agr:{r}", f"com:trn:{r}", f"act:trn:{r}", labour], 15.0),
        ]  # fmt: skip
        grid = [f"com:ely:{r}", f"act:ely:{r}", f"com:elb:{r}"]
        plant = ["act:gco:XJ", "com:coa:XJ", "act:coa:XJ"]
        own = [f"act:gco:{r}", f"com:coa:{r}", f"act:coa:{r}", labour]
        out.append(([urban, *grid, *own], 300.0 if r == "BJ" else 240.0))
        if r == "BJ":
            out.append(([urban, *grid, "com:elb:XJ", *plant, "fac:capital:XJ", "pool:capital"], 60.0))
    return out


def small() -> Economy:
    """The economy with tonnes, TWh and margins that fit its cells."""
    known = groups_of("cn12")
    return Economy(
        sam=SAM(cells=cells(flows()), aggregation="cn12", sources=("made up",), history=("sum of circular flows",)),
        emissions=pd.DataFrame(
            [("BJ", "gco", "coa", 100.0), ("XJ", "gco", "coa", 120.0)], columns=["region", "user", "carrier", "mt"]
        ),
        generation=pd.DataFrame([(r, "gco", 10.0) for r in REGIONS], columns=["region", "technology", "twh"]),
        electricity_use=pd.DataFrame([("BJ", 12.0), ("XJ", 8.0)], columns=["region", "twh"]),
        network=pd.DataFrame([("XJ", "BJ", 2.0)], columns=["origin", "destination", "twh"]),
        margins=pd.DataFrame(
            [("agr", "BJ", "XJ", 15.0), ("agr", "XJ", "BJ", 15.0)],
            columns=["commodity", "origin", "destination", "value"],
        ),
        aggregation="cn12",
        regions=REGIONS,
        commodities=("agr", "coa", "ely", "trn", "elb"),
        activities=("agr", "coa", "ely", "trn", "gco"),
        groups=replace(
            known, regions={r: (r,) for r in REGIONS},
            sectors={c: known.sectors[c] for c in ("agr", "coa", "ely", "trn")},
        ),
    )  # fmt: skip


def changed(economy: Economy, row: str, column: str, factor: float) -> Economy:
    """The economy with one cell multiplied."""
    table = economy.sam.cells.copy()
    at = table["row"].eq(row) & table["column"].eq(column)
    assert at.sum() == 1, f"no cell {row} <- {column}"
    table.loc[at, "value"] *= factor
    return replace(economy, sam=replace(economy.sam, cells=table))


def broken() -> Economy:
    """Three wrong cells: cheap coal in Xinjiang, too much labour income in Beijing, a negative purchase."""
    out = changed(small(), "com:coa:XJ", "act:gco:XJ", 0.01)
    out = changed(out, "fac:labour:BJ", "act:agr:BJ", 1.1)
    return changed(out, "com:agr:XJ", "hh:rural:XJ", -1.0)
