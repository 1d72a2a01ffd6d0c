"""Coded checks of an economy; all faults at once, and a code means the same for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from sam.checking import CONTROL, Finding, finding, gdp_of, labelled, margin_cells, pick, trade_cells
from sam.classification import CARRIERS, classification
from sam.controls import MARGIN, is_feedstock
from sam.economy import Economy
from sam.errors import SAMValidationError
from sam.groups import Groups
from sam.messages import joined, listed, message
from sam.published import delivered_price, households_as_surveyed, national_demand, tonnes_on_inventory, value_added
from sam.tables import read_table

BALANCE = 1e-10
GDP_BAND, MT_BAND = (1e3, 1e8), (1e2, 1e5)
"""Totals of all provinces that are in 1e8 yuan and Mt beyond doubt."""
PER_OUTPUT = 1.0
"""Largest Mt per 1e8 yuan of output: 100 t per 1e4 yuan."""
LARGEST_SUBSIDY = 0.5
REGIONAL = ("tax:production", "tax:import", "tax:income", "gov", "inv")
EARNING = ("labour", "capital")
"""Factors that every province pays."""
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
    against TWh, SAM014 price of fuel at the high end (as built, no feedstock), SAM015 transport
    margins by origin against the cells that pay them, SAM016 unit of the values, SAM017 unit of the emissions,
    SAM018 carrier that is no fuel, SAM019 rural and urban consumption against the survey.
    """
    cells = labelled(economy)
    checks = [
        _units, _balance, _signs, _carbon, _power, _accounts, _kinds, _three_ways, _trade, _power_values, _margins,
    ]  # fmt: skip
    if published:
        checks += [value_added, tonnes_on_inventory, national_demand, households_as_surveyed, delivered_price]
    return [fault for check in checks for fault in check(economy, cells)]


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
    return gdp_of(labelled(economy))


def _units(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    totals = (("SAM016", gdp_of(cells).sum(), GDP_BAND), ("SAM017", economy.emissions["mt"].sum(), MT_BAND))
    for code, total, (low, high) in totals:
        if not low <= total <= high:
            yield finding(code, found=total, low=low, high=high)


def _balance(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    totals = economy.sam.totals()
    size = np.maximum(totals[["receipts", "payments"]].max(axis=1), 1e-6)
    for name, t in totals[~(totals["gap"].abs() / size <= BALANCE)].iterrows():
        yield finding("SAM001", account=name, receipts=t.receipts, payments=t.payments)


def _signs(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    signed = pd.Series(zip(cells["row_kind"], cells["column_kind"], strict=True), index=cells.index).isin(SIGNED)
    for row in cells[~(cells["value"] > 0) & ~signed].itertuples():
        yield finding("SAM002", row=row.row, column=row.column, value=row.value)
    output = pick(cells, "act", "com").groupby("row")["value"].sum()
    tax = pick(cells, "tax", "act").groupby("column")["value"].sum()
    rate = tax / output.reindex(tax.index)
    for name in rate[rate < -LARGEST_SUBSIDY].index:
        yield finding("SAM002.subsidy", activity=name, rate=rate[name], least=-LARGEST_SUBSIDY)


def _carbon(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    values = economy.sam.cells.set_index(["row", "column"])["value"]
    fuel = economy.emissions[economy.emissions["carrier"] != "process"]
    parent = classification("cn42").parent
    prices, apart = _fuel_prices(economy.groups, parent), economy.groups.as_built
    for row in fuel.itertuples():
        user = f"{row.user}:{row.region}" if row.user.startswith("hh:") else f"act:{row.user}:{row.region}"
        value = float(values.get((f"com:{row.carrier}:{row.region}", user), 0.0))
        if row.carrier not in prices:
            yield finding("SAM018", user=row.user, region=row.region, carrier=row.carrier)
            continue
        low, high = prices[row.carrier]
        what = {"user": row.user, "region": row.region, "mt": row.mt, "carrier": row.carrier, "value": value}
        if value < low * row.mt:
            yield finding("SAM005", low=low, **what)
        if apart and not is_feedstock(row.carrier, row.user, parent) and value > high * row.mt:
            yield finding("SAM014", high=high, **what)
    output = pick(cells, "act", "com").groupby("row")["value"].sum()
    made_by = economy.emissions[~economy.emissions["user"].str.startswith("hh:")]
    for (user, region), mt in made_by.groupby(["user", "region"])["mt"].sum().items():
        made = float(output.get(f"act:{user}:{region}", 0.0))
        if mt > PER_OUTPUT * made:
            yield finding("SAM006", user=user, region=region, mt=mt, output=made, most=PER_OUTPUT)


def _fuel_prices(groups: Groups, parent: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Lowest and highest price of what each fuel holds, 1e8 yuan per Mt CO2."""
    band = read_table("build_assumptions").query("parameter == 'fuel_price'").set_index("item")
    out = {}
    for code, members in groups.sectors.items():
        fuels = [f for f in (parent.get(m, m) for m in members) if f in CARRIERS]
        if fuels:
            out[code] = (float(band.loc[fuels, "low"].min()), float(band.loc[fuels, "high"].max()))
    return out


def _power(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    made = economy.generation.groupby("region")["twh"].sum()
    bought = economy.network.groupby("destination")["twh"].sum().reindex(made.index).fillna(0.0)
    sold = economy.network.groupby("origin")["twh"].sum().reindex(made.index).fillna(0.0)
    gap = made + bought - sold - economy.electricity_use.set_index("region")["twh"]
    for r in gap[~(gap.abs() <= 1e-6)].index:
        yield finding("SAM007", region=r, gap=gap[r])


def _accounts(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    accounts = economy.sam.accounts
    factors = {f for name in EARNING for f in economy.groups.holding("factors", name)}
    kinds = [*REGIONAL, *(f"fac:{f}" for f in factors), *(f"hh:{h}" for h in economy.groups.households)]
    expected = {f"{kind}:{r}" for kind in kinds for r in economy.regions} | {"pool:capital", "sav", "row"}
    for name in sorted(expected - set(accounts.index)):
        yield finding("SAM008", account=name)
    known = {"act": set(economy.activities), "com": set(economy.commodities)}
    for row in accounts.itertuples():
        if row.region and row.region not in economy.regions:
            yield finding("SAM008.region", account=row.Index, region=row.region)
        if row.kind in known and row.item not in known[row.kind]:
            yield finding("SAM008.sector", account=row.Index, sector=row.item, aggregation=economy.aggregation)


def _kinds(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    kinds = pd.Series(zip(cells["row_kind"], cells["column_kind"], strict=True), index=cells.index)
    for row in cells[~kinds.isin(KINDS)].itertuples():
        yield finding("SAM009", row=row.row, column=row.column)
    both = (cells["row_region"] != "") & (cells["column_region"] != "")
    across = both & (cells["row_region"] != cells["column_region"]) & ~kinds.isin([("com", "com")])
    for row in cells[across].itertuples():
        yield finding("SAM009.across", row=row.row, column=row.column)
    for name in cells.loc[cells.duplicated(["row", "column"]), "row"].unique():
        yield finding("SAM009.twice", row=name)


def _three_ways(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    sides = {"production": gdp_of(cells)}
    earned = cells[cells["column_kind"].eq("fac")].groupby("column_region")["value"].sum()
    taxes = cells[cells["row_kind"].eq("gov") & cells["column_kind"].eq("tax") & cells["column_item"].ne("income")]
    sides["income"] = earned.add(taxes.groupby("row_region")["value"].sum(), fill_value=0.0)
    com = cells[cells["row_kind"].eq("com")]
    used = com[com["column_kind"].isin(["hh", "gov", "inv", "row", "com"])].groupby("row_region")["value"].sum()
    paid = cells[cells["column_kind"].eq("com") & cells["row_kind"].isin(["row", "com"])]
    sides["expenditure"] = used.sub(paid.groupby("column_region")["value"].sum(), fill_value=0.0)
    table = pd.DataFrame(sides).reindex(list(economy.regions)).fillna(0.0)
    for r, row in table[table.max(axis=1) - table.min(axis=1) > CONTROL * table.max(axis=1)].iterrows():
        yield finding("SAM010", region=r, **row)


def _trade(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    trade = trade_cells(cells)
    for row in trade[trade["row_item"].ne(trade["column_item"]) | trade["row"].eq(trade["column"])].itertuples():
        yield finding("SAM012", row=row.row, column=row.column)
    exports = pick(cells, "com", "row").groupby("row")["value"].sum()
    sold = trade.groupby("row")["value"].sum().add(exports, fill_value=0.0)
    made = pick(cells, "act", "com").groupby("column")["value"].sum().reindex(sold.index).fillna(0.0)
    for name in sold[sold > made * (1 + CONTROL)].index:
        yield finding("SAM012.sales", commodity=name, sold=sold[name], made=made[name])


def _power_values(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    values = economy.sam.cells.set_index(["row", "column"])["value"]
    made = {f"act:{g}:{r}": twh for r, g, twh in economy.generation.itertuples(index=False)}
    plants = set(economy.generation["technology"])
    output = pick(cells, "act", "com")
    output = output[output["row_item"].isin(plants)].groupby("row")["value"].sum()
    for name in sorted(set(made) ^ set(output.index)):
        yield finding("SAM013" if name in made else "SAM013.output", activity=name)
    price = {}
    for r, group in economy.generation.groupby("region"):
        value = sum(float(output.get(f"act:{g}:{r}", 0.0)) for g in group["technology"])
        price[r] = value / group["twh"].sum()
    alone = {r for r, provinces in economy.groups.regions.items() if len(provinces) == 1}
    for o, d, twh in economy.network[economy.network["origin"].isin(alone)].itertuples(index=False):
        value, want = float(values.get((f"com:elb:{o}", f"com:elb:{d}"), 0.0)), price.get(o, 0.0) * twh
        if not abs(value - want) <= CONTROL * want:
            yield finding("SAM013.network", twh=twh, origin=o, destination=d, value=value, want=want)


def _margins(economy: Economy, cells: pd.DataFrame) -> Iterator[Finding]:
    paid = margin_cells(cells)
    carriers = economy.groups.holding("sectors", MARGIN)
    for row in paid[~paid["row_item"].isin(carriers)].itertuples():
        yield finding("SAM015", row=row.row, column=row.column, carrier=listed(carriers))
    held = paid.set_index(["column_item", "column_region"])["value"]
    carried = economy.margins.groupby(["commodity", "destination"])["value"].sum()
    table = pd.DataFrame({"held": held, "listed": carried}).fillna(0.0)
    for (c, r), v in table[(table["held"] - table["listed"]).abs() > CONTROL * table.max(axis=1)].iterrows():
        yield finding("SAM015.sum", commodity=c, region=r, **v)
