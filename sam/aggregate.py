"""Aggregation of an economy by mappings of sectors, regions, households and factors; totals survive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pandas as pd

from cgebase.errors import SAMError
from cgebase.messages import message
from sam.classification import BUSBAR
from sam.controls import MARGIN
from sam.economy import Economy
from sam.groups import OWN, Groups, codes_of, groups_of
from sam.mapping_files import KINDS, find_mapping, read_mapping_file
from sam.matrix import SAM
from sam.registry import AGGREGATIONS

#: Kind of account to the kind of its item.
ITEM_OF = {"act": "sectors", "com": "sectors", "hh": "households", "fac": "factors"}


def aggregate(economy: Economy, sectors: str = "", **others: str) -> Economy:
    """Gather codes of an economy.

    Parameters
    ----------
    sectors, regions, households, factors : str
        Name of a shipped mapping (``cn12``, ``region8``) or path of a mapping file; none leaves the codes.

    Returns
    -------
    Economy
        Cells added up. What regions sold each other inside a new region becomes own use and leaves the matrix,
        as do goods that a merged sector carried for itself. Links carry the TWh that their value buys at the one price
        of a new region, and electricity use follows, for the model has one busbar price in each region.

    Raises
    ------
    SAMError
        No mapping is given; a mapping is wrong or does not cover a code: all are listed with the share at stake and
        the closest codes.
    """
    given = {k: v for k, v in (("sectors", sectors), *others.items()) if v}
    if not given:
        raise SAMError(message("SAM337"))
    mappings = {}
    for kind in KINDS:
        if kind in given:
            path = find_mapping(kind, given[kind], economy.aggregation)
            mappings[kind] = read_mapping_file(kind, path, _at_stake(economy, kind))
    to = {kind: m.to for kind, m in mappings.items()}
    words = tuple(f"{kind} aggregated to {m.name}" for kind, m in mappings.items())
    name = mappings["sectors"].name if "sectors" in mappings else economy.aggregation
    groups = economy.groups.mapped(**to)
    if name in AGGREGATIONS:
        order = groups_of(name).sectors
        if set(order) == set(groups.sectors):
            groups = replace(groups, sectors={c: groups.sectors[c] for c in order})
        else:
            name = f"{name}-{OWN}"
    return _gathered(economy, to, name, groups, words)


def _gathered(
    economy: Economy, to: Mapping[str, Mapping[str, str]], name: str, groups: Groups, words: tuple[str, ...]
) -> Economy:
    def code(kind: str) -> Callable[[str], str]:
        mapping = to.get(kind, {})
        return lambda c: mapping.get(c, c)

    region, sector, household = code("regions"), code("sectors"), code("households")
    accounts = economy.sam.accounts
    new = {
        row.Index: _account(row.kind, code(ITEM_OF[row.kind])(row.item) if row.kind in ITEM_OF else row.item,
                            region(row.region))
        for row in accounts.itertuples()
    }  # fmt: skip
    cells = economy.sam.cells.assign(
        row=economy.sam.cells["row"].map(new), column=economy.sam.cells["column"].map(new)
    )
    own = cells["row"].eq(cells["column"])
    cells = cells[~own].groupby(["row", "column"], sort=False, as_index=False)["value"].sum()

    def user(u: str) -> str:
        return f"hh:{household(u[3:])}" if u.startswith("hh:") else sector(u)

    emissions = _sum(economy.emissions, "mt", region=region, user=user, carrier=sector)
    generation = _sum(economy.generation, "twh", region=region)
    network = _sum(economy.network, "twh", origin=region, destination=region)
    network = network[network["origin"] != network["destination"]].reset_index(drop=True)
    use = _sum(economy.electricity_use, "twh", region=region)
    merged = {region(r) for r in economy.regions if sum(region(s) == region(r) for s in economy.regions) > 1}
    if merged:
        network, use = _links_at_one_price(cells, generation, network, use, merged)
    margins = _sum(economy.margins, "value", commodity=sector, origin=region, destination=region)
    physical = _sum(economy.physical, "amount", region=region, other=region)
    physical = physical[physical["region"] != physical["other"]].reset_index(drop=True)
    energy = _sum(economy.energy, "mtce", region=region, user=user, carrier=sector)
    carriers = groups.holding("sectors", MARGIN)
    commodities, activities = codes_of(name, groups)
    return Economy(
        sam=SAM(
            cells=cells, unit=economy.sam.unit, year=economy.sam.year, aggregation=name,
            sources=economy.sam.sources, history=(*economy.sam.history, *words), choices=economy.sam.choices,
        ),
        emissions=emissions,
        generation=generation, electricity_use=use, network=network,
        margins=margins[~margins["commodity"].isin(carriers)].reset_index(drop=True),
        aggregation=name, regions=tuple(groups.regions), commodities=commodities, activities=activities,
        groups=groups, physical=physical, energy=energy, country=economy.country,
    )  # fmt: skip


def _links_at_one_price(
    cells: pd.DataFrame, generation: pd.DataFrame, network: pd.DataFrame, use: pd.DataFrame, merged: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links out of merged regions in TWh at the mean price of their generation, and what use is then, TWh.

    Provinces of a region sell at prices of their own; those that export are not the mean of the region.
    """
    value = cells.set_index(["row", "column"])["value"]
    made = generation.groupby("region")["twh"].sum()
    sold = cells[cells["row"].str.startswith("act:") & cells["column"].str.startswith(f"com:{BUSBAR}:")]
    price = sold.groupby(sold["column"].str.rpartition(":")[2])["value"].sum() / made
    ends = zip(network["origin"], network["destination"], strict=True)
    paid = [float(value.get((f"com:{BUSBAR}:{o}", f"com:{BUSBAR}:{d}"), 0.0)) for o, d in ends]
    of = network["origin"].isin(merged)
    bought_for = pd.Series(paid, dtype=float) / network["origin"].map(price).astype(float)
    network = network.assign(twh=network["twh"].where(~of, bought_for))
    bought, given = (network.groupby(k)["twh"].sum() for k in ("destination", "origin"))
    net = bought.sub(given, fill_value=0.0).reindex(use["region"]).fillna(0.0)
    return network, use.assign(twh=made.reindex(use["region"]).to_numpy() + net.to_numpy())


def _account(kind: str, item: str, region: str) -> str:
    return ":".join(x for x in (kind, item, region) if x)


def _sum(frame: pd.DataFrame, number: str, **codes: Callable[[str], str]) -> pd.DataFrame:
    frame = frame.assign(**{column: frame[column].map(to) for column, to in codes.items()})
    keys = [c for c in frame.columns if c != number]
    return frame.groupby(keys, sort=False, as_index=False)[number].sum()[list(frame.columns)]


def _at_stake(economy: Economy, kind: str) -> dict[str, float]:
    """Share of output, GDP, consumption or factor income of every code."""
    cells, accounts = economy.sam.cells, economy.sam.accounts
    row, column = accounts.loc[cells["row"]], accounts.loc[cells["column"]]
    value = cells["value"].to_numpy()
    wanted = {
        "sectors": (row["kind"].eq("act").to_numpy(), column["item"]),
        "regions": (row["kind"].isin(["fac", "tax"]).to_numpy() & column["kind"].eq("act").to_numpy(), row["region"]),
        "households": (column["kind"].eq("hh").to_numpy() & row["kind"].eq("com").to_numpy(), column["item"]),
        "factors": (row["kind"].eq("fac").to_numpy(), row["item"]),
    }
    here, labels = wanted[kind]
    sums = pd.Series(value[here]).groupby(labels.to_numpy()[here]).sum()
    shares = sums / sums.sum()
    return {c: float(shares.get(c, 0.0)) for c in getattr(economy.groups, kind)}
