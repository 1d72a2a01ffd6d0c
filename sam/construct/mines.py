"""Coal in tonnes: what provinces mine, use, buy and sell, and what a tonne costs where it is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cgebase.arrays import Array
from cgebase.messages import message
from sam.choices import Choices
from sam.construct.power import assumption
from sam.construct.regional import Tables
from sam.construct.trade import import_tax_rates
from sam.records import TCE, account, coal_feedstock, mined, pit_prices, provincial_account
from sam.registry import PROVINCE_CODES
from sam.satellites import distance
from sam.tables import read_table

COAL = "coa"
CRUDE = "cru"
COKE = "cok"
CHEMICALS = "chm"
SMALLEST = 0.05
"""Flow between two provinces, Mt, below which none is kept."""
ROUNDS = 2000
PER_MT = 0.01
"""1e8 yuan per Mt and CNY/t."""


@dataclass(frozen=True)
class Coal:
    """Coal of 2021.

    Parameters
    ----------
    used : ndarray (user, r)
        Mt by users of the emission accounts.
    mined, imported, exported : ndarray (r,)
        Mt.
    trade : ndarray (r, r)
        Mt from row to column province.
    pit, price : ndarray (r,)
        CNY/t at the pit, and where it is used: freight from other provinces included.
    freight : ndarray (r, r)
        CNY/t.
    per_co2 : ndarray (r,)
        t of coal per t CO2 of what is burnt.
    """

    used: Array
    mined: Array
    imported: Array
    exported: Array
    trade: Array
    pit: Array
    price: Array
    freight: Array
    per_co2: Array


def open_mines(t: Tables) -> None:
    """Put output of coal and crude on the tonnes mined; provinces that mine nothing have no activity.

    Coal has the price of its pit, crude one price that keeps the nation's value.
    """
    coal = np.nan_to_num(mined("coal").to_numpy() * pit_prices().to_numpy()) * PER_MT
    crude = mined("crude").to_numpy()
    _open(t, COAL, coal)
    _open(t, CRUDE, crude / crude.sum() * t.output[t.sectors.index[CRUDE]].sum())


def _open(t: Tables, code: str, wanted: Array) -> None:
    """Scale an activity; a province that mines without an activity in its table has the nation's inputs."""
    k, output = t.sectors.index[code], t.output[t.sectors.index[code]]
    there = output > 0
    factor = np.divide(wanted, output, out=np.zeros_like(output), where=there)
    for table in (*t.value_added.values(), t.use):
        column = table[k] if table.ndim == 2 else table[:, k]
        nation = column.sum(-1, keepdims=True) / output.sum() * wanted
        column[...] = np.where(there, column * factor, nation)
    t.report.note(
        "5", message("built.mines", code=code, before=output.sum(), after=wanted.sum(), count=int((wanted > 0).sum()),
                     shut=int(((wanted == 0) & there).sum())),
        cells=np.count_nonzero(wanted - output), value=np.abs(wanted - output).sum(),
    )  # fmt: skip


def coal_in_tonnes(t: Tables, users: tuple[str, ...], burnt: Array, choices: Choices) -> Coal:
    """Balance coal in tonnes: use by its carbon, coke and feedstock; who mines more than it uses sells the rest.

    Parameters
    ----------
    users : tuple of str
        Who burns: sectors, technologies, households.
    burnt : ndarray (user, r)
        Mt CO2.

    Notes
    -----
    One carbon content for the nation closes the balance of 2021; where sales outside are published, the province's
    own does. Imports go by the tables, at most to what a province uses above what it mines. Where all comes from
    abroad, a tonne costs what it would cost from the cheapest seller at home.
    """
    out = mined("coal").to_numpy()
    matter = _matter(users)
    exported = assumption("coal_exports") * _shares(np.where(out > 0, t.exports[t.sectors.index[COAL]], 0.0))
    national = out.sum() + account("coal_imports") - exported.sum()
    sold = provincial_account("coal_sold_outside").to_numpy()
    known = ~np.isnan(sold)
    co2, fixed = burnt.sum(0), matter.sum(0)
    use = np.where(known, out - exported - np.nan_to_num(sold), np.nan)
    rate = (national - use[known].sum() - fixed[~known].sum()) / co2[~known].sum()
    per_co2 = np.where(known, np.divide(use - fixed, co2, out=np.zeros_like(co2), where=co2 > 0), rate)
    used = burnt * per_co2[None] + matter
    use = used.sum(0)
    short = np.maximum(use + exported - out, 0.0)
    imported = _imports(t.imports[t.sectors.index[COAL]], short)
    left = out + imported - exported - use
    freight = assumption("coal_freight") * distance()
    trade = _trade(np.maximum(left, 0.0), np.maximum(-left, 0.0), choices.gravity * freight)
    pit = np.nan_to_num(pit_prices().to_numpy())
    at_home = out - exported - trade.sum(1)
    landed, bought = pit[:, None] + freight, at_home + trade.sum(0)
    cheapest = np.where(trade.sum(1) > 0, landed.T, np.inf).min(1)
    price = np.divide(pit * at_home + (trade * landed).sum(0), bought, out=cheapest, where=bought > 0)
    t.report.note(
        "6", message("built.coal", mined=out.sum(), sold=trade.sum(), imported=imported.sum(), used=use.sum(),
                     content=1 / rate, published=account("coal_co2"), low=price.min(), high=price.max()),
        cells=np.count_nonzero(used), value=use.sum(), unit="Mt",
    )  # fmt: skip
    return Coal(used, out, imported, exported, trade, pit, price, freight, per_co2)


def _matter(users: tuple[str, ...]) -> Array:
    """Coal that is turned to coke or is feedstock, Mt by user and province."""
    coke = read_table("physical_output_2021").query("product == 'coke'").set_index("province_code")["value"]
    coke = coke.reindex(list(PROVINCE_CODES)).fillna(0.0).to_numpy() / 100
    feedstock = coal_feedstock().to_numpy() * TCE / account("coal_heat")
    out = np.zeros((len(users), len(PROVINCE_CODES)))
    out[users.index(COKE)] = assumption("coal_per_coke") * coke
    out[users.index(CHEMICALS)] = feedstock
    return out


def _shares(values: Array) -> Array:
    return values / values.sum()


def _imports(weight: Array, most: Array) -> Array:
    """National imports by weight, nobody above what it is short of."""
    out, free, rest = np.zeros_like(most), (most > 0) & (weight > 0), account("coal_imports")
    while rest > 0:
        part = np.where(free, weight, 0.0)
        add = np.minimum(rest * part / part.sum(), most - out)
        out += add
        rest -= float(add.sum())
        free &= out < most * (1 - 1e-12)
        if rest < 1e-9:
            break
    return out


def _trade(supply: Array, need: Array, freight: Array) -> Array:
    """Flows that empty what is left and fill what is short, the fewer the dearer the freight; no small ones."""
    kept = (supply[:, None] > 0) & (need[None] > 0)
    while True:
        table = _fitted(np.exp(-freight / assumption("coal_spread")) * kept, supply, need)
        small = kept & (table < SMALLEST) & (table < table.max(0)[None])
        if not small.any():
            return table
        kept &= ~small


def _fitted(table: Array, supply: Array, need: Array) -> Array:
    for _ in range(ROUNDS):
        table = table * np.divide(supply, table.sum(1), out=np.zeros_like(supply), where=table.sum(1) > 0)[:, None]
        now = table.sum(0)
        table = table * np.divide(need, now, out=np.zeros_like(need), where=now > 0)[None]
        if np.abs(table.sum(1) - supply).max() < 1e-11 * supply.sum():
            break
    return table


def pay_miners(t: Tables, coal: Coal) -> None:
    """Value added of mines is what output leaves after their inputs, their own coal among them."""
    k = t.sectors.index[COAL]
    t.use[k, k] = PER_MT * coal.used[k] * coal.price
    output = PER_MT * coal.mined * coal.pit
    added = sum(v[k] for v in t.value_added.values())
    left = output - t.use[:, k].sum(0)
    factor = np.divide(left, added, out=np.zeros_like(added), where=added > 0)
    for v in t.value_added.values():
        v[k] *= factor


def place_coal(t: Tables, coal: Coal) -> None:
    """Set the cells of coal to tonnes times prices; what comes from abroad costs what coal from home costs there."""
    k, n = t.sectors.index[COAL], len(t.sectors.sectors)
    paid = PER_MT * coal.used * coal.price
    t.use[k] = paid[:n]
    t.final["cons_rural"][k], t.final["cons_urban"][k] = paid[-2:]
    t.final["cons_government"][k] = t.final["investment"][k] = 0.0
    t.exports[k] = PER_MT * coal.exported * coal.pit
    t.imports[k] = PER_MT * coal.imported * coal.price / (1 + import_tax_rates(t.sectors)[k])
