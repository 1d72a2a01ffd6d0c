"""Checks of the accounts and their values in yuan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cgebase.messages import listed, message
from sam import identities
from sam.accounts import is_national
from sam.checks.findings import YUAN, Measured, measured
from sam.classification import BUILT, classification
from sam.controls import MARGIN, industry_of, national_ratios, provincial_gdp, provincial_value_added
from sam.formats.totals import sums_of_others
from sam.groups import FACTORS
from sam.registry import HOUSEHOLDS, TECHNOLOGIES
from sam.tables import read_table
from sam.view import View

BALANCE = 1e-10
CONTROL = 1e-6
INDUSTRY = 2e-5
"""Merging of activities below 1e-5 of GDP may move this share of an industry's value added."""
RURAL_SHARE = 0.2
"""Distance of the rural share of consumption from the survey that definitions may explain."""
GDP_BAND = (1e3, 1e8)
"""GDP of all provinces that is in 1e8 yuan beyond doubt."""
LARGEST_SUBSIDY = 0.5
POSITIVE = float(np.finfo(float).tiny)
REGIONAL = ("tax:production", "tax:import", "tax:income", "gov", "inv")
SPENDING = ("inv",)
"""Accounts that a region of any country has."""
POOLED = ("pool:capital", "sav")
"""Accounts that every country has."""
EARNING = ("labour", "capital")
"""Factors that every province pays."""
#: Kinds of cell a SAM may hold: receiving account, paying account.
KINDS = frozenset(
    {
        ("act", "com"), ("com", "act"), ("fac", "act"), ("tax", "act"), ("com", "com"), ("com", "row"),
        ("row", "com"), ("tax", "com"), ("hh", "fac"), ("pool", "fac"), ("hh", "pool"), ("com", "hh"),
        ("com", "gov"), ("com", "inv"), ("tax", "hh"), ("gov", "tax"), ("gov", "gov"), ("hh", "gov"), ("gov", "hh"),
        ("sav", "hh"), ("sav", "pool"), ("sav", "row"), ("row", "sav"), ("inv", "sav"),
        ("sav", "sav"),
    }
)  # fmt: skip
READ_THERE = {
    ("fac", "act"): FACTORS, ("hh", "fac"): ("labour",), ("pool", "fac"): ("capital", "resource"),
    ("tax", "act"): ("production",), ("tax", "com"): ("import",), ("tax", "hh"): ("income",),
}  # fmt: skip
"""Factors and taxes that a kind of cell is read for."""
#: Kinds of cell that may be negative: net production tax, transfer that closes a budget, saving.
SIGNED = frozenset({("tax", "act"), ("gov", "tax"), ("hh", "gov"), ("sav", "hh")})


def _of_account(frame: pd.DataFrame, x: View, name: str = "row") -> pd.DataFrame:
    """Add region and sector of the account in a column."""
    labels = x.accounts.reindex(frame[name])
    return frame.assign(region=labels["region"].fillna("").to_numpy(), sector=labels["item"].fillna("").to_numpy())


def _of_cell(cells: pd.DataFrame) -> pd.DataFrame:
    """Place of each cell: the row's province and item."""
    return cells[["row", "column", "value"]].assign(region=cells["row_region"], sector=cells["row_item"])


def unit(x: View) -> Iterator[Measured]:
    """The unit that the SAM states, and whether its size fits."""
    said = x.economy.sam.unit
    wrong = pd.DataFrame({"unit": [said]} if said != YUAN else {"unit": []})
    yield measured("SAM360", message("check_unit"), wrong, lambda f: message("SAM360", found=f.unit, want=YUAN),
                   unit="", places=1)  # fmt: skip
    low, high = GDP_BAND
    total = pd.DataFrame({"found": [x.gdp.sum()], "low": low, "high": high})
    yield measured(
        "SAM016", message("check_yuan"), total, lambda f: message("SAM016", found=f.found, low=f.low, high=f.high)
    )


def balance(x: View) -> Iterator[Measured]:
    """Row and column total of every account."""
    said = x.economy.sam.unit
    words = message("yuan_1e8") if said == YUAN else said
    t = identities.row_equals_column(x.cells).table(x.cells["value"]).reset_index()
    t = t.rename(columns={"account": "row", "left": "found", "right": "low", "size": "scale"})
    yield measured(
        "SAM001", message("check_balance"), _of_account(t, x),
        lambda f: message("SAM001", account=f.row, receipts=f.found, payments=f.low, unit=words),
        unit=said, tolerance=BALANCE,
    )  # fmt: skip


def signs(x: View) -> Iterator[Measured]:
    """Cells that must be positive, and the largest subsidy."""
    held = _of_cell(x.cells[~x.kinds.isin(SIGNED)]).assign(low=POSITIVE, high=np.inf)
    yield measured(
        "SAM002", message("check_signs"), held.rename(columns={"value": "found"}),
        lambda f: message("SAM002", row=f.row, column=f.column, value=f.found),
    )  # fmt: skip
    tax = x.pick("tax", "act")
    paid = tax.groupby("column", as_index=False).agg(row=("row", "first"), value=("value", "sum"))
    rate = paid["value"] / x.output.reindex(paid["column"]).to_numpy()
    table = _of_account(paid.assign(found=rate, low=-LARGEST_SUBSIDY, high=np.inf).dropna(), x, "column")
    yield measured(
        "SAM002", message("check_subsidy"), table,
        lambda f: message("SAM002.subsidy", activity=f.column, rate=f.found, least=f.low), unit="fraction",
    )  # fmt: skip


def accounts(x: View) -> Iterator[Measured]:
    """Accounts that must be there, and accounts of no known region or sector."""
    economy, have = x.economy, x.accounts
    factors = {f for name in EARNING for f in economy.groups.holding("factors", name)}
    regional = REGIONAL if economy.country.published else SPENDING
    each = [*regional, *(f"fac:{f}" for f in factors), *(f"hh:{h}" for h in economy.groups.households)]
    several = len(economy.countries) > 1
    national = {f"{kind}:{n}" if several else kind for kind in POOLED for n in economy.countries}
    expected = {f"{kind}:{r}" for kind in each for r in economy.regions} | national
    expected |= {"row"} if economy.country.published else set()
    missing = pd.DataFrame({"row": sorted(expected - set(have.index))})
    yield measured("SAM008", message("check_missing"), missing, lambda f: message("SAM008", account=f.row),
                   unit="", places=len(expected))  # fmt: skip
    of = pd.Series([is_national(k) for k in have.index], have.index)
    known = have["region"].isin([*economy.regions, ""]).where(
        ~of, have["region"].isin(economy.countries if several else [""])
    )
    strange = have[~known]
    yield measured(
        "SAM008", message("check_regions"), strange.rename_axis("row").reset_index(),
        lambda f: message("SAM008.region", account=f.row, region=f.region), unit="", places=len(have),
    )  # fmt: skip
    known = {"act": set(economy.activities), "com": set(economy.commodities)}
    odd = [k in known and i not in known[k] for k, i in zip(have["kind"], have["item"], strict=True)]
    other = have[odd].rename(columns={"item": "sector"}).rename_axis("row").reset_index()
    yield measured(
        "SAM008", message("check_sectors"), other,
        lambda f: message("SAM008.sector", account=f.row, sector=f.sector, aggregation=economy.aggregation),
        unit="", places=int(have["kind"].isin(known).sum()),
    )  # fmt: skip


def kinds(x: View) -> Iterator[Measured]:
    """Cells of no known kind, or between provinces."""
    cells = x.cells
    structural = partial(measured, unit="", places=len(cells))
    yield structural(
        "SAM009", message("check_kinds"), _of_cell(cells[~x.kinds.isin(KINDS)]),
        lambda f: message("SAM009", row=f.row, column=f.column),
    )  # fmt: skip
    both = cells["row_region"].ne("") & cells["column_region"].ne("")
    row, column = (_places(x, side) for side in ("row", "column"))
    national = cells["row"].map(is_national) | cells["column"].map(is_national)
    across = cells["row_region"].ne(cells["column_region"]).where(~national, row.ne(column))
    across &= both & ~x.kinds.isin([("com", "com"), ("sav", "sav")])
    yield structural(
        "SAM009", message("check_across"), _of_cell(cells[across]),
        lambda f: message("SAM009.across", row=f.row, column=f.column),
    )  # fmt: skip


def items(x: View) -> Iterator[Measured]:
    """Cells of a known kind whose factor or tax is not one that the model reads there."""
    cells = x.cells
    known = pd.Series([READ_THERE.get(kind, ()) for kind in x.kinds], index=cells.index)
    item = cells["column_item"].where(cells["column_kind"].eq("fac"), cells["row_item"])
    strange = pd.Series([bool(k) and i not in k for k, i in zip(known, item, strict=True)], index=cells.index)
    yield measured(
        "SAM009", message("check_items"), _of_cell(cells[strange]).assign(known=known[strange].map(listed)),
        lambda f: message("SAM009.item", row=f.row, column=f.column, known=f.known), unit="", places=len(cells),
    )  # fmt: skip


def _places(x: View, side: str) -> pd.Series:
    """Country of the account on a side of every cell."""
    region = x.cells[f"{side}_region"]
    return region.where(x.cells[side].map(is_national), region.map(x.economy.nations))


def once(x: View) -> Iterator[Measured]:
    """Cells given twice."""
    twice = x.cells[x.cells.duplicated(["row", "column"])].drop_duplicates("row")
    yield measured(
        "SAM009", message("check_twice"), _of_cell(twice), lambda f: message("SAM009.twice", row=f.row), unit="",
        places=len(x.cells),
    )  # fmt: skip


def sums(x: View) -> Iterator[Measured]:
    """Accounts every cell of which is the sum of all others: the economy would be counted twice."""
    found = pd.DataFrame({"row": sums_of_others(x.cells)}, dtype=str)
    yield measured("SAM025", message("check_sums"), found, lambda f: message("SAM025", account=f.row), unit="",
                   places=len(x.accounts))  # fmt: skip


def three_ways(x: View) -> Iterator[Measured]:
    """GDP by production, income and expenditure."""
    sides = identities.gdp_three_ways(x.cells, x.economy.regions)
    t = pd.DataFrame({k: s.of(x.cells["value"]) for k, s in sides.items()})
    t = t.assign(found=t.max(axis=1), low=t.min(axis=1), scale=t.max(axis=1).clip(lower=identities.SMALLEST))
    yield measured(
        "SAM010", message("check_gdp"), t.reset_index(),
        lambda f: message(
            "SAM010", region=f.region, production=f.production, income=f.income, expenditure=f.expenditure
        ),
        tolerance=CONTROL,
    )  # fmt: skip


def trade(x: View) -> Iterator[Measured]:
    """Trade between provinces: one good, symmetric, within output."""
    cells = x.trade
    wrong = cells[cells["row_item"].ne(cells["column_item"]) | cells["row"].eq(cells["column"])]
    yield measured(
        "SAM012", message("check_trade"), _of_cell(wrong),
        lambda f: message("SAM012", row=f.row, column=f.column), unit="", places=len(cells),
    )  # fmt: skip
    t = identities.trade_symmetric(x.cells).table(x.cells["value"]).reset_index()
    t = t.rename(columns={"commodity": "sector", "left": "found", "right": "low", "size": "scale"})
    yield measured(
        "SAM361", message("check_symmetric"), t,
        lambda f: message("SAM361", commodity=f.sector, sold=f.found, bought=f.low), tolerance=CONTROL,
    )  # fmt: skip
    exports = x.pick("com", "row").groupby("row")["value"].sum()
    sold = cells.groupby("row")["value"].sum().add(exports, fill_value=0.0)
    made = x.pick("act", "com").groupby("column")["value"].sum().reindex(sold.index).fillna(0.0)
    scale = made.clip(lower=identities.SMALLEST)
    sales = pd.DataFrame({"found": sold, "low": -np.inf, "high": made, "scale": scale}).rename_axis("row").reset_index()
    yield measured(
        "SAM012", message("check_sales"), _of_account(sales, x),
        lambda f: message("SAM012.sales", commodity=f.row, sold=f.found, made=f.high), tolerance=CONTROL,
    )  # fmt: skip


def margins(x: View) -> Iterator[Measured]:
    """Transport that comes with goods: who carries, and the sum over origins."""
    paid = x.cells[identities.margin(x.cells)]
    carriers = x.economy.groups.holding("sectors", MARGIN)
    yield measured(
        "SAM015", message("check_carrier"), _of_cell(paid[~paid["row_item"].isin(carriers)]),
        lambda f: message("SAM015", row=f.row, column=f.column, carrier=listed(carriers)), unit="", places=len(paid),
    )  # fmt: skip
    held = paid.groupby(["column_item", "column_region"])["value"].sum().rename_axis(["sector", "region"])
    carried = x.economy.margins.groupby(["commodity", "destination"])["value"].sum().rename_axis(["sector", "region"])
    t = pd.DataFrame({"found": held, "low": carried}).fillna(0.0)
    t = t.assign(scale=t.max(axis=1).clip(lower=identities.SMALLEST)).reset_index()
    t["row"] = f"com:{carriers[0] if carriers else MARGIN}:" + t["region"]
    t["column"] = "com:" + t["sector"] + ":" + t["region"]
    yield measured(
        "SAM015", message("check_margins"), t,
        lambda f: message("SAM015.sum", commodity=f.sector, region=f.region, held=f.found, listed=f.low),
        tolerance=CONTROL,
    )  # fmt: skip


def value_added(x: View) -> Iterator[Measured]:
    """Published value added of the provinces, by industry where the sectors are fine enough."""
    choices = x.economy.sam.choices
    want = by_region(x, provincial_gdp(choices))
    t = pd.DataFrame({"found": x.gdp.reindex(want.index).fillna(0.0), "low": want, "scale": want})
    yield measured(
        "SAM003", message("check_value_added"), t.rename_axis("region").reset_index(),
        lambda f: message("SAM003", region=f.region, found=f.found, want=f.low), tolerance=CONTROL,
    )  # fmt: skip
    if x.economy.aggregation not in BUILT or not x.economy.groups.as_built:
        return
    sectors = classification(x.economy.aggregation)
    control = by_region(x, provincial_value_added(sectors, choices))
    industry = x.added["column_item"].map(industry_of(sectors)).fillna("industry")
    found = x.added.groupby(["column_region", industry])["value"].sum().unstack().reindex(control.index).fillna(0.0)
    found += _import_tax_by_industry(x, industry).reindex(control.index).fillna(0.0)
    low = control.stack()
    t = pd.DataFrame({"found": found[control.columns].stack(), "low": low, "scale": low})
    yield measured(
        "SAM003", message("check_industries"), t.rename_axis(["region", "sector"]).reset_index(),
        lambda f: message("SAM003.industry", region=f.region, industry=f.sector, found=f.found, want=f.low),
        tolerance=INDUSTRY,
    )  # fmt: skip


def _import_tax_by_industry(x: View, industry: pd.Series) -> pd.DataFrame:
    """Import taxes by the industry whose published value added holds them: in proportion to production taxes."""
    paid = x.added[x.added["row_kind"].eq("tax") & ~x.added["column_item"].isin(TECHNOLOGIES)]
    paid = paid[paid["value"] > 0]
    share = paid.groupby(["column_region", industry.loc[paid.index]])["value"].sum().unstack().fillna(0.0)
    revenue = x.pick("tax", "com").groupby("column_region")["value"].sum()
    return share.div(share.sum(axis=1), axis=0).mul(revenue, axis=0).fillna(0.0)


def by_region(x: View, provinces: Any) -> Any:
    """Figures of provinces, a Series or DataFrame, added up to the regions of the economy."""
    of = {p: region for region, members in x.economy.groups.regions.items() for p in members}
    return provinces.groupby(of, sort=False).sum()


def nation(x: View) -> Iterator[Measured]:
    """Final demand of the nation over GDP."""
    columns = {"hh": "household", "gov": "cons_government", "inv": "investment", "row": "exports"}
    total = x.gdp.sum()
    found = x.cells[x.cells["row_kind"].eq("com")].groupby("column_kind")["value"].sum()
    want = national_ratios()
    rows = [(name, float(found.get(kind, 0.0)) / total, want[name], want[name]) for kind, name in columns.items()]
    yield measured(
        "SAM011", message("check_nation"), pd.DataFrame(rows, columns=["sector", "found", "low", "scale"]),
        lambda f: message("SAM011", item=f.sector, found=f.found, want=f.low), unit="fraction", tolerance=CONTROL,
    )  # fmt: skip


def households(x: View) -> Iterator[Measured]:
    """Rural and urban consumption in the order of the household survey."""
    if set(x.economy.groups.households) != set(HOUSEHOLDS):
        return
    survey = read_table("household_2021").set_index("province_code")
    asked = by_region(x, survey[[f"survey_consumption_{h}_1e8" for h in HOUSEHOLDS]])
    want = asked.iloc[:, 0] / asked.sum(axis=1)
    spent = x.pick("com", "hh").groupby(["column_region", "column_item"])["value"].sum().unstack()
    spent = spent.reindex(index=want.index, columns=list(HOUSEHOLDS)).fillna(0.0)
    t = pd.DataFrame({"found": spent["rural"] / spent.sum(axis=1), "low": want}).rename_axis("region").reset_index()
    t["column"] = "hh:rural:" + t["region"]
    yield measured(
        "SAM019", message("check_households"), t,
        lambda f: message("SAM019", region=f.region, found=f.found, want=f.low), unit="fraction",
        tolerance=RURAL_SHARE,
    )  # fmt: skip
