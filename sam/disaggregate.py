"""Disaggregation of sectors by output shares; the matrix stays balanced and totals survive.

What a sector sells, buys, pays and emits is split by its output shares in each province. Goods sold to another
province or abroad have the mix of the province that made them, goods from abroad the mix of the nation's output, so
that every market is supplied with a mix of its own: its buyers take each part in the proportion in which it is there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from sam import identities
from sam.economy import Economy
from sam.groups import OWN, codes_of
from sam.registry import AGGREGATIONS
from sam.share_files import children, read_shares
from sam.validate import refuse_faults
from sam.view import View

KEY = ["role", "item", "region"]
"""A role of a cell's account: what it ``makes``, takes from ``abroad``, pays for ``freight``, or ``uses`` locally."""


def disaggregate(economy: Economy, sectors: Path) -> Economy:
    """Split sectors of an economy.

    Parameters
    ----------
    economy : Economy
        Without faults.
    sectors : Path
        CSV ``parent, child, share[, region]``, see :func:`sam.share_files.read_shares`.

    Returns
    -------
    Economy
        Emissions and transport margins are split like the cells they stand on, electricity in TWh stays. Aggregated
        back it is the economy it came from.

    Raises
    ------
    SAMError
        Faults of the file, all of them.
    SAMValidationError
        The economy has faults.

    Notes
    -----
    Shares are assumed to hold for every input and every buyer of a market; the mix of imports is an assumption.
    """
    shares = read_shares(sectors, economy)
    refuse_faults(economy)
    x = View(economy)
    parts = _mixes(x, shares)
    new = children(shares)
    members = {
        child: held for code, held in economy.groups.sectors.items() for child in new.get(code, (code,))
    }  # fmt: skip
    name = economy.aggregation if economy.aggregation not in AGGREGATIONS else f"{economy.aggregation}-{OWN}"
    groups = replace(economy.groups, sectors=members)
    commodities, activities = codes_of(name, groups)
    said = tuple(f"{p} split into {', '.join(codes)} by {sectors.name}" for p, codes in new.items())
    return replace(
        economy,
        sam=replace(
            economy.sam, cells=_cells(x, parts), aggregation=name, history=(*economy.sam.history, *said)
        ),
        emissions=_of_users(economy.emissions, parts), energy=_of_users(economy.energy, parts),
        margins=_margins(economy.margins, parts),
        aggregation=name, commodities=commodities, activities=activities, groups=groups,
    )  # fmt: skip


def _mixes(x: View, shares: pd.DataFrame) -> pd.DataFrame:
    """Mix of the parts of every sector by role: ``role, item, region, child, share``; shares add up to one."""
    made = shares.rename(columns={"parent": "item"}).assign(role="makes")
    output = x.pick("act", "com").groupby(["row_item", "row_region"])["value"].sum()
    weight = output.reindex(pd.MultiIndex.from_frame(made[["item", "region"]])).fillna(0.0).to_numpy()
    nation = made.assign(weight=weight * made["share"]).groupby(["item", "child"], sort=False)["weight"].sum()
    nation = nation / nation.groupby("item").transform("sum")
    abroad = made.assign(role="abroad")
    abroad["share"] = nation.reindex(pd.MultiIndex.from_frame(abroad[["item", "child"]])).to_numpy()
    abroad["share"] = abroad["share"].fillna(made["share"])
    known = pd.concat([made, abroad], ignore_index=True)
    freight = _freight(x, made, abroad)
    return pd.concat([known, freight, _uses(x, made, pd.concat([known, freight]))], ignore_index=True)


def _freight(x: View, made: pd.DataFrame, abroad: pd.DataFrame) -> pd.DataFrame:
    """Mix of the goods that freight comes with in a market, from where they come; without a record by trade."""
    trade = x.trade[["column_item", "row_region", "column_region", "value"]]
    trade = trade.set_axis(["commodity", "origin", "destination", "value"], axis=1)
    margins = x.economy.margins
    recorded = pd.MultiIndex.from_frame(margins[["commodity", "destination"]])
    rest = trade[~pd.MultiIndex.from_frame(trade[["commodity", "destination"]]).isin(recorded)]
    flows = pd.concat([margins, rest]).merge(
        made, left_on=["commodity", "origin"], right_on=["item", "region"]
    )  # fmt: skip
    flows["share"] *= flows["value"]
    mix = flows.groupby(["item", "destination", "child"], sort=False)["share"].sum()
    mix = mix / mix.groupby(["item", "destination"]).transform("sum")
    out = abroad.assign(role="freight")
    found = mix.reindex(pd.MultiIndex.from_frame(out[["item", "region", "child"]])).to_numpy()
    return out.assign(share=np.where(np.isnan(found), out["share"], found))


def _uses(x: View, made: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Mix that local buyers take: what a market is supplied with less what leaves it."""
    goods = x.cells[x.cells["column_kind"].eq("com") & x.cells["column_item"].isin(set(made["item"]))]
    supplied = _signed(x, goods, "column", 1.0)
    goods = x.cells[x.cells["row_kind"].eq("com") & x.cells["row_item"].isin(set(made["item"]))]
    leaving = _signed(x, goods[_roles(goods, "row").isin(["makes"])], "row", -1.0)
    flows = pd.concat([supplied, leaving]).merge(known, left_on=["role", "item", "at"], right_on=KEY)
    flows["share"] *= flows["value"]
    left = flows.groupby(["item", "market", "child"], sort=False)["share"].sum().clip(lower=0.0)
    left = left / left.groupby(["item", "market"]).transform("sum")
    out = made.assign(role="uses")
    found = left.reindex(pd.MultiIndex.from_frame(out[["item", "region", "child"]])).to_numpy()
    return out.assign(share=np.where(np.isnan(found), out["share"], found))


def _signed(x: View, cells: pd.DataFrame, side: str, sign: float) -> pd.DataFrame:
    """Cells of a market with the role and province that say their mix; goods that leave count negative."""
    roles = _roles(cells, side)
    come = roles.eq("makes") & (side == "column")
    at = cells[f"{side}_region"].where(~come, cells["row_region"])
    return pd.DataFrame(
        {"role": roles, "item": cells[f"{side}_item"], "at": at, "market": cells[f"{side}_region"],
         "value": sign * cells["value"]}
    )  # fmt: skip


def _roles(cells: pd.DataFrame, side: str) -> pd.Series:
    """Role of the account on one side of each cell."""
    other = cells["column_kind" if side == "row" else "row_kind"]
    kind = cells[f"{side}_kind"]
    trade, freight = identities.trade(cells), identities.margin(cells)
    role = pd.Series("makes", index=cells.index)
    if side == "row":
        return role.mask(kind.eq("com") & ~trade & other.ne("row"), "uses")
    role = role.mask(kind.eq("com") & other.isin(["row", "tax"]), "abroad")
    return role.mask(freight, "freight")


def _cells(x: View, parts: pd.DataFrame) -> pd.DataFrame:
    """Cells of the split sectors; what a sector makes or sells to another province keeps its part."""
    cells = x.cells.assign(row_role=_roles(x.cells, "row"), column_role=_roles(x.cells, "column"))
    same = identities.trade(cells) | (cells["row_kind"].eq("act") & cells["column_kind"].eq("com"))
    cells["column_role"] = cells["column_role"].mask(same, "")
    for side in ("row", "column"):
        split = parts.add_prefix(f"{side}_")
        sector = cells[f"{side}_kind"].isin(["act", "com"])
        keyed = cells.assign(**{f"{side}_role": cells[f"{side}_role"].where(sector, "")})
        cells = keyed.merge(split, how="left", on=[f"{side}_{k}" for k in KEY])
        cells["value"] *= cells[f"{side}_share"].fillna(1.0)
    trade = identities.trade(cells) | (cells["row_kind"].eq("act") & cells["column_kind"].eq("com"))
    cells["column_child"] = cells["row_child"].where(trade, cells["column_child"])
    for side in ("row", "column"):
        child = cells[f"{side}_kind"] + ":" + cells[f"{side}_child"] + ":" + cells[f"{side}_region"]
        cells[side] = child.where(cells[f"{side}_child"].notna(), cells[side])
    return cells.loc[cells["value"] != 0, ["row", "column", "value"]].reset_index(drop=True)


def _of_users(table: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Tonnes or energy of a sector by its output, of a fuel as it is bought; the number is the last column."""
    out, number = table, table.columns[-1]
    for column, role in (("user", "makes"), ("carrier", "uses")):
        mix = parts[parts["role"] == role].rename(columns={"item": column})[[column, "region", "child", "share"]]
        out = out.merge(mix, how="left", on=[column, "region"])
        out = out.assign(**{column: out["child"].fillna(out[column]), number: out[number] * out["share"].fillna(1.0)})
        out = out[list(table)]
    return out[out[number] > 0].reset_index(drop=True)


def _margins(margins: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Freight of goods by the mix of the province they come from."""
    mix = parts[parts["role"] == "makes"].rename(columns={"item": "commodity", "region": "origin"})
    out = margins.merge(mix[["commodity", "origin", "child", "share"]], how="left", on=["commodity", "origin"])
    out = out.assign(
        commodity=out["child"].fillna(out["commodity"]), value=out["value"] * out["share"].fillna(1.0)
    )[list(margins)]  # fmt: skip
    return out[out["value"] > 0].reset_index(drop=True)
