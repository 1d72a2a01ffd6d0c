"""Coded checks of an economy; all faults at once, and a code means the same for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sam.controls import FEEDSTOCK, INDUSTRY_OF, MARGIN, national_ratios, provincial_value_added
from sam.economy import Economy
from sam.errors import SAMValidationError
from sam.messages import Message, joined, message
from sam.satellites import TECHNOLOGIES
from sam.tables import read_table

BALANCE = 1e-10
CONTROL = 1e-6
INDUSTRY = 2e-5
"""Merging of activities below 1e-5 of GDP may move this share of an industry's value added."""
NATIONAL_MT, XINJIANG_MT = 11150.0, 474.0
MT_TOLERANCE = 0.05
GDP_BAND, MT_BAND = (1e3, 1e8), (1e1, 1e5)
"""Totals of all provinces that are in 1e8 yuan and Mt beyond doubt."""
PER_OUTPUT = 1.0
"""Largest Mt per 1e8 yuan of output: 100 t per 1e4 yuan."""
LARGEST_SUBSIDY = 0.5
REGIONAL = (
    "fac:labour", "fac:capital", "tax:production", "tax:import", "tax:income", "hh:rural", "hh:urban", "gov", "inv",
)  # fmt: skip
#: Kinds of cell a SAM may hold: receiving account, paying account.
KINDS = frozenset(
    {
        ("act", "com"), ("com", "act"), ("fac", "act"), ("tax", "act"), ("com", "com"), ("com", "row"),
        ("row", "com"), ("tax", "com"), ("hh", "fac"), ("pool", "fac"), ("hh", "pool"), ("com", "hh"),
        ("com", "gov"), ("com", "inv"), ("tax", "hh"), ("gov", "tax"), ("gov", "gov"), ("hh", "gov"),
        ("sav", "hh"), ("sav", "row"), ("row", "sav"), ("inv", "sav"),
    }
)  # fmt: skip
#: Kinds of cell that may be negative: net production tax, transfer that closes a budget, saving.
SIGNED = frozenset({("tax", "act"), ("gov", "tax"), ("hh", "gov"), ("sav", "hh")})


@dataclass(frozen=True)
class Finding:
    """One fault: its code and what is wrong where."""

    code: str
    text: Message


def check_economy(economy: Economy, *, published: bool = True) -> list[Finding]:
    """All faults of an economy; an empty list means it can be calibrated.

    Parameters
    ----------
    published : bool
        Also hold it to what is published for China in 2021; an economy of the user's own need not meet that.

    Notes
    -----

    SAM001 balance, SAM002 signs, SAM003 value added on its control, SAM004 emissions on their totals,
    SAM005 carbon on a fuel cell, price at the low end, SAM006 carbon per output, SAM007 electricity in TWh,
    SAM008 missing accounts, SAM009 cells of no known kind or between provinces, SAM010 GDP three ways,
    SAM011 provinces add up to the national ratios, SAM012 trade of a province, SAM013 electricity cells
    against TWh, SAM014 price of fuel at the high end (fuels apart, no feedstock: ``cn30``), SAM015 transport
    margins by origin against the cells that pay them, SAM016 unit of the values, SAM017 unit of the emissions.
    """
    cells = _labelled(economy)
    checks = [
        _units, _balance, _signs, _carbon, _power, _accounts, _kinds, _three_ways, _trade, _power_values, _margins,
    ]  # fmt: skip
    if published:
        checks += [_value_added, _tonnes, _nation, _delivered]
    return [finding for check in checks for finding in check(economy, cells)]


def refuse_faults(economy: Economy, *, published: bool = False) -> None:
    """Refuse an economy with faults.

    Raises
    ------
    SAMValidationError
        All of them, worst kind first; how to see them again.
    """
    found = check_economy(economy, published=published)
    if found:
        head, last = message("SAM100", count=len(found)), message("SAM100.next")
        raise SAMValidationError(joined(head, [f.text for f in found], last, codes=True))


def gdp_by_province(economy: Economy) -> pd.Series:
    """Value added of each province with its import taxes, 1e8 yuan."""
    return _gdp(_labelled(economy))


def _found(key: str, **facts: object) -> Finding:
    text = message(key, **facts)
    return Finding(text.code, text)


def _labelled(economy: Economy) -> pd.DataFrame:
    """Cells with kind, item and region of both accounts."""
    accounts = economy.sam.accounts
    out = economy.sam.cells
    for side in ("row", "column"):
        labels = accounts.reindex(out[side]).add_prefix(f"{side}_")
        out = out.assign(**{name: labels[name].to_numpy() for name in labels})
    return out


def _pick(cells: pd.DataFrame, row: str, column: str) -> pd.DataFrame:
    return cells[cells["row_kind"].eq(row) & cells["column_kind"].eq(column)]


def _gdp(cells: pd.DataFrame) -> pd.Series:
    return pd.concat([_added(cells), _pick(cells, "tax", "com")]).groupby("column_region")["value"].sum()


def _trade_cells(cells: pd.DataFrame) -> pd.DataFrame:
    """Goods sold between provinces, without the transport that comes with them."""
    both = _pick(cells, "com", "com")
    return both[both["row_region"].ne(both["column_region"]) | both["row_item"].eq(both["column_item"])]


def _margin_cells(cells: pd.DataFrame) -> pd.DataFrame:
    both = _pick(cells, "com", "com")
    return both[both["row_region"].eq(both["column_region"]) & both["row_item"].ne(both["column_item"])]


def _added(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["column_kind"].eq("act") & cells["row_kind"].isin(["fac", "tax"])]


def _units(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    totals = (("SAM016", _gdp(cells).sum(), GDP_BAND), ("SAM017", economy.emissions["mt"].sum(), MT_BAND))
    for code, total, (low, high) in totals:
        if not low <= total <= high:
            yield _found(code, found=total, low=low, high=high)


def _balance(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    totals = economy.sam.totals()
    size = np.maximum(totals[["receipts", "payments"]].max(axis=1), 1e-6)
    for name, t in totals[~(totals["gap"].abs() / size <= BALANCE)].iterrows():
        yield _found("SAM001", account=name, receipts=t.receipts, payments=t.payments)


def _signs(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    signed = pd.Series(zip(cells["row_kind"], cells["column_kind"], strict=True), index=cells.index).isin(SIGNED)
    for row in cells[~(cells["value"] > 0) & ~signed].itertuples():
        yield _found("SAM002", row=row.row, column=row.column, value=row.value)
    output = _pick(cells, "act", "com").groupby("row")["value"].sum()
    tax = _pick(cells, "tax", "act").groupby("column")["value"].sum()
    rate = tax / output.reindex(tax.index)
    for name in rate[rate < -LARGEST_SUBSIDY].index:
        yield _found("SAM002.subsidy", activity=name, rate=rate[name], least=-LARGEST_SUBSIDY)


def _value_added(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    added = _added(cells)
    control = provincial_value_added()
    total = _gdp(cells).reindex(control.index).fillna(0.0)
    for r in control.index[(total / control.sum(axis=1) - 1).abs() > CONTROL]:
        yield _found("SAM003", region=r, found=total[r], want=control.loc[r].sum())
    if economy.aggregation != "cn30":
        return
    industry = added["column_item"].map(INDUSTRY_OF).fillna("industry")
    found = added.groupby(["column_region", industry])["value"].sum().unstack().reindex(control.index).fillna(0.0)
    found += _import_tax_by_industry(cells, industry).reindex(control.index).fillna(0.0)
    off = (found[control.columns] / control - 1).abs().stack()
    for r, name in off[off > INDUSTRY].index:
        yield _found(
            "SAM003.industry", region=r, industry=name, found=found.loc[r, name], want=control.loc[r, name]
        )  # fmt: skip


def _import_tax_by_industry(cells: pd.DataFrame, industry: pd.Series) -> pd.DataFrame:
    """Import taxes by the industry whose published value added holds them: in proportion to production taxes."""
    of_activity = cells["row_kind"].eq("tax") & cells["column_kind"].eq("act")
    paid = cells[of_activity & ~cells["column_item"].isin(TECHNOLOGIES)]
    paid = paid[paid["value"] > 0]
    share = paid.groupby(["column_region", industry.loc[paid.index]])["value"].sum().unstack().fillna(0.0)
    revenue = _pick(cells, "tax", "com").groupby("column_region")["value"].sum()
    return share.div(share.sum(axis=1), axis=0).mul(revenue, axis=0).fillna(0.0)


def _tonnes(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    tonnes = economy.emissions.groupby("region")["mt"].sum()
    for name, found, want in (
        ("nation", tonnes.sum(), NATIONAL_MT), ("XJ", tonnes.get("XJ", 0.0), XINJIANG_MT),
    ):  # fmt: skip
        if not abs(found - want) <= MT_TOLERANCE:
            yield _found("SAM004", region=name, found=found, want=want)


def _carbon(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    values = economy.sam.cells.set_index(["row", "column"])["value"]
    fuel = economy.emissions[economy.emissions["carrier"] != "process"]
    band = read_table("build_assumptions").query("parameter == 'fuel_price'").set_index("item")
    prices = {c: (band.loc[c, "low"], band.loc[c, "high"]) for c in band.index}
    apart = economy.aggregation == "cn30"
    if not apart:
        prices = {"coa": prices["coa"], "oil": (prices["cok"][0], prices["oil"][1]), "crg": prices["gas"]}
    for row in fuel.itertuples():
        user = f"{row.user}:{row.region}" if row.user.startswith("hh:") else f"act:{row.user}:{row.region}"
        value = float(values.get((f"com:{row.carrier}:{row.region}", user), 0.0))
        low, high = prices[row.carrier]
        what = {"user": row.user, "region": row.region, "mt": row.mt, "carrier": row.carrier, "value": value}
        if value < low * row.mt:
            yield _found("SAM005", low=low, **what)
        if apart and (row.carrier, row.user) not in FEEDSTOCK and value > high * row.mt:
            yield _found("SAM014", high=high, **what)
    output = _pick(cells, "act", "com").groupby("row")["value"].sum()
    made_by = economy.emissions[~economy.emissions["user"].str.startswith("hh:")]
    for (user, region), mt in made_by.groupby(["user", "region"])["mt"].sum().items():
        made = float(output.get(f"act:{user}:{region}", 0.0))
        if mt > PER_OUTPUT * made:
            yield _found("SAM006", user=user, region=region, mt=mt, output=made, most=PER_OUTPUT)


def _power(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    made = economy.generation.groupby("region")["twh"].sum()
    bought = economy.network.groupby("destination")["twh"].sum().reindex(made.index).fillna(0.0)
    sold = economy.network.groupby("origin")["twh"].sum().reindex(made.index).fillna(0.0)
    gap = made + bought - sold - economy.electricity_use.set_index("region")["twh"]
    for r in gap[~(gap.abs() <= 1e-6)].index:
        yield _found("SAM007", region=r, gap=gap[r])


def _accounts(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    accounts = economy.sam.accounts
    expected = {f"{kind}:{r}" for kind in REGIONAL for r in economy.regions} | {"pool:capital", "sav", "row"}
    for name in sorted(expected - set(accounts.index)):
        yield _found("SAM008", account=name)
    known = {"act": set(economy.activities), "com": set(economy.commodities)}
    for row in accounts.itertuples():
        if row.region and row.region not in economy.regions:
            yield _found("SAM008.region", account=row.Index, region=row.region)
        if row.kind in known and row.item not in known[row.kind]:
            yield _found("SAM008.sector", account=row.Index, sector=row.item, aggregation=economy.aggregation)


def _kinds(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    kinds = pd.Series(zip(cells["row_kind"], cells["column_kind"], strict=True), index=cells.index)
    for row in cells[~kinds.isin(KINDS)].itertuples():
        yield _found("SAM009", row=row.row, column=row.column)
    both = (cells["row_region"] != "") & (cells["column_region"] != "")
    across = both & (cells["row_region"] != cells["column_region"]) & ~kinds.isin([("com", "com")])
    for row in cells[across].itertuples():
        yield _found("SAM009.across", row=row.row, column=row.column)
    for name in cells.loc[cells.duplicated(["row", "column"]), "row"].unique():
        yield _found("SAM009.twice", row=name)


def _three_ways(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    sides = {"production": _gdp(cells)}
    earned = cells[cells["column_kind"].eq("fac")].groupby("column_region")["value"].sum()
    taxes = cells[cells["row_kind"].eq("gov") & cells["column_kind"].eq("tax") & cells["column_item"].ne("income")]
    sides["income"] = earned.add(taxes.groupby("row_region")["value"].sum(), fill_value=0.0)
    com = cells[cells["row_kind"].eq("com")]
    used = com[com["column_kind"].isin(["hh", "gov", "inv", "row", "com"])].groupby("row_region")["value"].sum()
    paid = cells[cells["column_kind"].eq("com") & cells["row_kind"].isin(["row", "com"])]
    sides["expenditure"] = used.sub(paid.groupby("column_region")["value"].sum(), fill_value=0.0)
    table = pd.DataFrame(sides).reindex(list(economy.regions)).fillna(0.0)
    for r, row in table[table.max(axis=1) - table.min(axis=1) > CONTROL * table.max(axis=1)].iterrows():
        yield _found("SAM010", region=r, **row)


def _nation(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    gdp = _gdp(cells).sum()
    columns = {"hh": "household", "gov": "cons_government", "inv": "investment", "row": "exports"}
    found = cells[cells["row_kind"].eq("com")].groupby("column_kind")["value"].sum()
    for kind, name in columns.items():
        share, want = float(found.get(kind, 0.0)) / gdp, national_ratios()[name]
        if not abs(share / want - 1) <= CONTROL:
            yield _found("SAM011", item=name, found=share, want=want)


def _trade(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    trade = _trade_cells(cells)
    for row in trade[trade["row_item"].ne(trade["column_item"]) | trade["row"].eq(trade["column"])].itertuples():
        yield _found("SAM012", row=row.row, column=row.column)
    exports = _pick(cells, "com", "row").groupby("row")["value"].sum()
    sold = trade.groupby("row")["value"].sum().add(exports, fill_value=0.0)
    made = _pick(cells, "act", "com").groupby("column")["value"].sum().reindex(sold.index).fillna(0.0)
    for name in sold[sold > made * (1 + CONTROL)].index:
        yield _found("SAM012.sales", commodity=name, sold=sold[name], made=made[name])


def _power_values(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    values = economy.sam.cells.set_index(["row", "column"])["value"]
    made = {f"act:{g}:{r}": twh for r, g, twh in economy.generation.itertuples(index=False)}
    plants = set(economy.generation["technology"])
    output = _pick(cells, "act", "com")
    output = output[output["row_item"].isin(plants)].groupby("row")["value"].sum()
    for name in sorted(set(made) ^ set(output.index)):
        yield _found("SAM013" if name in made else "SAM013.output", activity=name)
    price = {}
    for r, group in economy.generation.groupby("region"):
        value = sum(float(output.get(f"act:{g}:{r}", 0.0)) for g in group["technology"])
        price[r] = value / group["twh"].sum()
    for o, d, twh in economy.network.itertuples(index=False):
        value, want = float(values.get((f"com:elb:{o}", f"com:elb:{d}"), 0.0)), price.get(o, 0.0) * twh
        if not abs(value - want) <= CONTROL * want:
            yield _found("SAM013.network", twh=twh, origin=o, destination=d, value=value, want=want)


def _delivered(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    output = _pick(cells, "act", "com")
    band = read_table("build_assumptions").set_index(["parameter", "item"]).loc[("delivered_price", "all")]
    delivered = output.query("row_item == 'ely'").set_index("row_region")["value"]
    for r, twh in economy.electricity_use.itertuples(index=False):
        paid = float(delivered.get(r, 0.0)) / twh
        if not band["low"] <= paid <= band["high"]:
            yield _found("SAM013.delivered", region=r, found=paid / 10, low=band["low"] / 10, high=band["high"] / 10)


def _margins(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    paid = _margin_cells(cells)
    for row in paid[paid["row_item"].ne(MARGIN)].itertuples():
        yield _found("SAM015", row=row.row, column=row.column, carrier=MARGIN)
    held = paid.set_index(["column_item", "column_region"])["value"]
    listed = economy.margins.groupby(["commodity", "destination"])["value"].sum()
    table = pd.DataFrame({"held": held, "listed": listed}).fillna(0.0)
    for (c, r), v in table[(table["held"] - table["listed"]).abs() > CONTROL * table.max(axis=1)].iterrows():
        yield _found("SAM015.sum", commodity=c, region=r, **v)
