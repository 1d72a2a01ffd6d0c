"""Indicators of a solved run beside its baseline, in the tidy layout of the results files.

GDP change is the bilateral Fisher quantity index of the same year, policy over baseline; a negative
``*_change`` is a loss, a positive ``*_loss`` is a loss. Nothing here solves anything.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import PchipInterpolator

from cge.calibrate.benchmark import Benchmark
from cge.measure.incidence import equivalent_variation, inequality, sources
from cge.runs.periods import Period
from cge.theory.symbols import YUAN_PER_TONNE
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import IndexNumberError
from cgebase.messages import Message, listed, message
from sam.country import in_its_money
from sam.registry import NATION, TECHNOLOGIES

COLUMNS = ("scenario", "region", "sector", "year", "indicator", "value", "unit")
"""Of tidy results."""
ALL = "all"
POWER = "generation"
"""All technologies together: what one of them adds cannot be told from what replaces it, for all sell one good."""
DISCOUNT = 0.05
DISCOUNT_LOW = 0.03
SMALLEST = 1e-12
YUAN_PER_KWH = 10.0
"""1e8 CNY per TWh in a yuan per kWh."""


@dataclass(frozen=True)
class Indicator:
    """What a reported number is: its unit and the variables it is made of."""

    unit: str
    symbols: tuple[str, ...]
    what: Message


with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as _file:
    INDICATORS = {
        row["indicator"]: Indicator(row["unit"], tuple(row["symbols"].split()), Message(row["en"], row["zh"]))
        for row in csv.DictReader(_file)
    }
    """Everything that results report, by name."""


COUNTRY = "country:"
"""Before the code of a country, where there are several, in rows that are of it and not of a region."""


@dataclass(frozen=True, repr=False)
class Basket(Brief):
    """Signed quantities and prices of the components of an aggregate, (k, r)."""

    quantity: Array
    price: Array

    def of(self, regions: Array) -> Basket:
        """The same of some regions, (r,) of bool."""
        return Basket(self.quantity[:, regions], self.price[:, regions])


def fisher(base: Basket, now: Basket) -> tuple[Array, Array, float, float]:
    """Fisher quantity index by column and for the sum over columns.

    Returns
    -------
    quantity, price : ndarray (r,)
        Index of each province.
    nation_quantity, nation_price : float
    """

    def ratio(p: Array, axis: int | None) -> Array:
        return (p * now.quantity).sum(axis) / (p * base.quantity).sum(axis)

    out = []
    for axis in (0, None):
        q = np.sqrt(ratio(base.price, axis) * ratio(now.price, axis))
        value = (now.price * now.quantity).sum(axis) / (base.price * base.quantity).sum(axis)
        out.append((q, value / q))
    return out[0][0], out[0][1], float(out[1][0]), float(out[1][1])


def gdp_index(
    base: Basket, now: Basket, *, of: str = "", regions: Sequence[str] = ()
) -> tuple[Array, Array, float, float]:
    """Fisher index of real GDP from :func:`expenditure`, as :func:`fisher`.

    Parameters
    ----------
    of, regions
        What is compared and names of the provinces, for an error.

    Raises
    ------
    IndexNumberError
        There is none: the basket of one run is worth less than nothing at the prices of the other, as prices of carbon
        beyond any technology make it.
    """
    worth = np.array([(p * q).sum(0) for p in (base.price, now.price) for q in (base.quantity, now.quantity)])
    bad = np.flatnonzero(~(np.column_stack([worth, worth.sum(1)]) > 0).all(0))
    if len(bad):
        names = [*regions, NATION]
        raise IndexNumberError(message("CGE506", of=of, places=listed(names[k] for k in bad) if regions else len(bad)))
    return fisher(base, now)


def expenditure(period: Period) -> Basket:
    """GDP from the expenditure side: C + G + I + E - M + sales to less purchases from provinces."""
    v, of = period.values, period.accounts
    nc, nr = v["PQ"].shape
    d, px = of["QD"], v["PX"]
    parts = [
        (v["QH"].reshape(-1, nr), of["PHC"].reshape(-1, nr)),
        (of["QGV"], v["PQ"]),
        (v["INV"][None], v["PINV"][None]),
        (v["QE"], of["PEX"]),
        (-v["QM"], np.full((nc, nr), float(v["EXR"]))),
        (d.sum(2), px),
        (-d.reshape(-1, nr), np.repeat(px.reshape(-1, 1), nr, axis=1)),
    ]
    return Basket(np.vstack([q for q, _ in parts]), np.vstack([x for _, x in parts]))


def production(period: Period) -> tuple[Array, Array]:
    """Signed quantities and prices of each activity, (k, a, r): output, inputs, abatement goods.

    Electricity is one good: every technology sells at the busbar price, whatever it costs.
    """
    v, of = period.values, period.accounts
    na = v["LEVEL"].shape[0]
    q = np.concatenate([v["LEVEL"][None], -of["QCA"], -(of["QAA"] + of["QAI"])[None]])
    price = np.concatenate(
        [of["PSA"][None], np.repeat(v["PQ"][:, None, :], na, axis=1), np.repeat(v["PINV"][None, None], na, axis=1)]
    )
    return q, price


def value_added(period: Period) -> Array:
    """Value added of each activity with net production tax and carbon payments, (a, r), current."""
    q, price = production(period)
    return (q * price).sum(0)


class Rows:
    """Rows of a tidy table of one scenario; the unit of an indicator is that of :data:`INDICATORS`."""

    def __init__(self, benchmark: Benchmark, scenario: str) -> None:
        self.regions, self.scenario = list(benchmark.sets["r"]), scenario
        home, several = benchmark.parameters["home"], len(benchmark.sets["n"]) > 1
        self.countries = home > 0 if several else home[:0] > 0
        self._wholes = [*(f"{COUNTRY}{n}" for n in benchmark.sets["n"] if several), NATION]
        country = benchmark.economy.country
        self._units = {n: in_its_money(country, of.unit) for n, of in INDICATORS.items()}
        self._heads: list[tuple[int, str, str, str]] = []
        self._places: list[list[str]] = []
        self._values: list[Array] = []

    def sums(self, values: Array) -> Array:
        """Sums of each country, where there are several, and of the nation, which is all of them."""
        return np.append(self.countries @ values, values.sum())

    def add(self, year: int, indicator: str, values: Array, wholes: Array | None, sector: str = ALL) -> None:
        """Rows of every province, and of countries and the nation where they have values."""
        places = self.regions if wholes is None else [*self.regions, *self._wholes]
        self._append(year, indicator, sector, places, values if wholes is None else np.append(values, wholes))

    def add_sum(self, year: int, indicator: str, values: Array, sector: str = ALL) -> None:
        """Rows of every province, and of countries and the nation, which have their sum."""
        self.add(year, indicator, values, self.sums(values), sector)

    def add_ratio(
        self, year: int, indicator: str, part: Array, of: Array, sector: str = ALL, *, times: float = 1
    ) -> None:
        """Rows of every province, and of countries and the nation, whose parts and wholes are the sums."""
        self.add(year, indicator, times * part / of, times * self.sums(part) / self.sums(of), sector)

    def add_wholes(self, year: int, indicator: str, values: Array, sector: str = ALL) -> None:
        """Rows that only countries and the nation have."""
        self._append(year, indicator, sector, self._wholes, values)

    def add_nation(self, year: int, indicator: str, value: float, sector: str = ALL) -> None:
        """A row that only the nation has."""
        self._append(year, indicator, sector, [NATION], np.array([value]))

    def _append(self, year: int, indicator: str, sector: str, places: list[str], values: Array) -> None:
        self._heads.append((year, indicator, self._units[indicator], sector))
        self._places.append(places)
        self._values.append(np.asarray(values, float))

    def frame(self) -> pd.DataFrame:
        """All rows, in the columns of the results files."""
        if not self._heads:
            kinds = {"year": "int64", "value": float}
            return pd.DataFrame({c: pd.Series(dtype=kinds.get(c, str)) for c in COLUMNS})
        counts = [len(p) for p in self._places]
        year, indicator, unit, sector = (np.repeat(np.array(k), counts) for k in zip(*self._heads, strict=True))
        return pd.DataFrame({
            "scenario": self.scenario, "region": [r for p in self._places for r in p], "sector": sector, "year": year,
            "indicator": indicator, "value": np.concatenate(self._values), "unit": unit,
        })  # fmt: skip


def levels(benchmark: Benchmark, periods: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Levels of one run: GDP, emissions, caps, prices, generation."""
    out = Rows(benchmark, scenario)
    for period in periods:
        v, p, of, y = period.values, period.parameters, period.accounts, period.year
        sent = of["QL"] * (1 - np.eye(len(v["DB"])))
        bought = (v["PQ"] * (of["QMS"].sum(1) + of["QMH"])).sum(0)
        sums = {
            "gdp": v["GDPB"], "emissions": v["EM"], "abated": of["ABT"], "stored": v["STO"],
            "storage_rent": of["B_storage_rents"], "abatement_cost": v["QAB"] * v["PINV"] + bought,
            "carbon_revenue": v["CREV"],
        }  # fmt: skip
        counted = bool(p["grid"].any())
        sums |= {"electricity_use": v["DB"], "congestion_rent": of["B_line_rents"]} if counted else {}
        if p["market"].any():
            sums |= {"permit_trade": of["YPT"], "cap": v["ENT"]}
            out.add_ratio(y, "cap_share_2021", v["ENT"], benchmark.parameters["em0"])
            if p["rmax"].any():
                sums["removals"] = v["RM"]
        for indicator, values in sums.items():
            out.add_sum(y, indicator, values)
        for group, spent in zip(benchmark.sets["h"], of["YC"], strict=True):
            out.add_sum(y, "household_consumption", spent, group)
        making = p["c0g"] * p["gcost"][:, None] * v["P_cost"]
        for g in (g for g in TECHNOLOGIES if g in benchmark.sets["a"]):
            k = benchmark.sets["a"].index(g)
            made = of["QG"][k]
            out.add_sum(y, "generation", made, g)
            for indicator, cost in (("generation_cost", making[k]), ("place_cost", of["QST"][k] * v["PINV"])):
                out.add_nation(y, indicator, float((cost * made).sum() / max(made.sum(), SMALLEST)) / YUAN_PER_KWH, g)
        _limit_prices(out, period, benchmark.sets["a"])
        for a, tonnes in zip(benchmark.sets["a"], of["QCC"], strict=True):
            if tonnes.any():
                out.add_sum(y, "captured", tonnes, a)
        if counted:
            for indicator, values in (("electricity_exports", sent.sum(1)), ("electricity_imports", sent.sum(0))):
                out.add(y, indicator, values, np.append(out.countries @ values, sent.sum()))
        mean = out.sums(v["TAU"] * v["EMC"]) / np.maximum(out.sums(v["EMC"]), SMALLEST)
        out.add(y, "permit_price", v["TAU"] * YUAN_PER_TONNE, mean * YUAN_PER_TONNE)
        if len(out.countries):
            out.add_wholes(y, "foreign_saving", np.append(of["FSV"], of["FSV"].sum()))
            out.add_wholes(y, "exchange_rate", np.append(v["EXR"] / v["CPI"], v["EXR"]))
        else:
            out.add_wholes(y, "foreign_saving", of["FSV"])
        out.add(y, "productivity", v["TFP"], None)
        out.add(y, "energy_efficiency", v["EFF"], None)
        out.add_ratio(y, "capital_output_ratio", period.capital, v["GDPB"])
        return_ = v["RK"] * v["RKP"] / v["PINV"]
        out.add_ratio(y, "capital_rental_pct", return_ * v["KD"], period.capital, times=100)
        out.add(y, "capital_return", return_, None)
    return out.frame()


def _limit_prices(out: Rows, period: Period, activities: Sequence[str]) -> None:
    """Shadow prices of floors and ceilings, where there are any."""
    v, p = period.values, period.parameters
    # 1e8 yuan per TWh are 100 yuan per MWh, the same factor as for tonnes
    worth, output = YUAN_PER_TONNE * v["SBQ"] * v["PINV"], np.where(v["PA"] > 0, v["PA"], 1.0)
    for indicator, holds, price in (
        ("limit_price_output", p["qfor"] * p["sector"], 100 * v["SBQ"] * v["PINV"] / output),
        ("limit_price_generation", p["qfor"] * p["gen"], worth),
        ("limit_price_capture", p["kfor"], YUAN_PER_TONNE * v["SBC"] * v["PINV"]),
    ):
        for k in np.flatnonzero(holds.any(1)):
            out.add(period.year, indicator, np.where(holds[k] > 0, price[k], 0.0), None, activities[int(k)])


def changes(benchmark: Benchmark, baseline: Sequence[Period], policy: Sequence[Period], scenario: str) -> pd.DataFrame:
    """Changes of a policy run against the baseline of the same year.

    Technologies of generation have one contribution together: coal power that leaves takes the whole price of its power
    with it, which the power in its place brings back, and neither is a loss.
    """
    out = Rows(benchmark, scenario)
    activities = benchmark.sets["a"]
    power = np.isin(activities, TECHNOLOGIES)
    heads, begin = benchmark.economy.country.settled(benchmark.held), benchmark.economy.country.begin
    level_b, level_p, years = [], [], []
    spent_b, spent_p = [], []
    for base, now in zip(baseline, policy, strict=True):
        y, vb, vp = now.year, base.values, now.values
        eb, ep = expenditure(base), expenditure(now)
        q, price, qn, _ = gdp_index(eb, ep, of=f"{scenario} {y}", regions=out.regions)
        quantity = np.array([*(gdp_index(eb.of(k), ep.of(k), of=out.scenario)[2] for k in out.countries), qn])
        out.add(y, "gdp_change_pct", 100 * (q - 1), 100 * (quantity - 1))
        out.add_ratio(y, "gdp_change_base_prices_pct", vp["GDPB"] - vb["GDPB"], vb["GDPB"], times=100)
        nr = len(q)
        cb, cp = (Basket(x.values["QH"].reshape(-1, nr), x.accounts["PHC"].reshape(-1, nr)) for x in (base, now))
        cq, _, cn, _ = fisher(cb, cp)
        consumed = np.array([*(fisher(cb.of(k), cp.of(k))[2] for k in out.countries), cn])
        out.add(y, "consumption_change_pct", 100 * (cq - 1), 100 * (consumed - 1))
        ev, spend = equivalent_variation(base, now)
        out.add_ratio(y, "welfare_ev_pct", ev.sum(0), spend.sum(0), times=100)
        spent_b.append(np.append(spend.sum(0), out.sums(spend.sum(0))))
        spent_p.append(spent_b[-1] + np.append(ev.sum(0), out.sums(ev.sum(0))))
        out.add_ratio(y, "labour_change_pct", vp["LD"] - vb["LD"], vb["LD"], times=100)
        earned, prices = sources(base, now)
        for k, group in enumerate(benchmark.sets["h"]):
            for name, part in (("ev", ev), ("income", earned), ("prices", prices)):
                out.add_ratio(y, f"welfare_{name}_household_pct", part[k], spend[k], group, times=100)
        before, after = inequality(base, now, heads)
        out.add_nation(y, "gini_between_groups", after)
        out.add_nation(y, "gini_change_points", 100 * (after - before))
        tot = _terms_of_trade(base, now)
        out.add(y, "terms_of_trade_change_pct", 100 * (tot - 1), None)
        level_b.append(np.append(vb["GDPB"], out.sums(vb["GDPB"])))
        level_p.append(np.append(vb["GDPB"] * q, out.sums(vb["GDPB"]) * quantity))
        years.append(y)

        qb, pb = production(base)
        qp, pp = production(now)
        weight = (eb.price * eb.quantity).sum(0) + (ep.price * eb.quantity).sum(0) / price
        contribution = ((pb + pp / price) * (qp - qb)).sum(0) / weight
        values = [(price_of * bought).sum(0) for price_of in (pb, pp) for bought in (qb, qp)]
        values = [np.vstack([value, value[power].sum(0)]) for value in values]
        alive = np.vstack([benchmark.parameters["act"] > 0, vb["QB"] > 0])
        positive = alive & np.all([value > 0 for value in values], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            va = np.sqrt(values[1] / values[0] * values[3] / values[2])
            made = np.vstack([vp["LEVEL"] / vb["LEVEL"], vp["QB"] / vb["QB"]])
        for k, a in enumerate(activities):
            if a not in TECHNOLOGIES:
                out.add(y, "gdp_contribution_pp", 100 * contribution[k], None, a)
        if power.any():
            out.add(y, "gdp_contribution_pp", 100 * contribution[power].sum(0), None, POWER)
        for k, a in enumerate((*activities, POWER) if power.any() else activities):
            ok = positive[k] & np.isfinite(va[k])
            out.add(y, "value_added_change_pct", np.where(ok, 100 * (va[k] - 1), np.nan), None, a)
            ok = alive[k] & np.isfinite(made[k])
            out.add(y, "output_change_pct", np.where(ok, 100 * (made[k] - 1), np.nan), None, a)
        rest = (q - 1) - contribution.sum(0)
        out.add(y, "gdp_contribution_pp", 100 * rest, None, "product_taxes")
    if begin <= years[-1]:
        for name, rate in (
            ("gdp_cumulative_loss_pct", 0.0),
            ("gdp_cumulative_loss_discounted_pct", DISCOUNT),
            ("gdp_cumulative_loss_discounted_3pct_pct", DISCOUNT_LOW),
        ):
            loss = cumulative(np.array(years), np.array(level_b), np.array(level_p), rate, begin)
            out.add(years[-1], name, 100 * loss[:nr], 100 * loss[nr:])
        loss = cumulative(np.array(years), np.array(spent_b), np.array(spent_p), DISCOUNT, begin)
        out.add(years[-1], "welfare_ev_cumulative_discounted_pct", -100 * loss[:nr], -100 * loss[nr:])
    frame = out.frame()
    return frame[frame["value"].notna()]


def cumulative(years: Array, base: Array, policy: Array, rate: float, begin: int) -> Array:
    """Loss over all years from ``begin`` on as a fraction of what the baseline has, columns of ``base``.

    Between solved years the baseline grows at a constant rate, and the loss follows the monotone cubic through what was
    solved: losses that grow faster and faster are bent between three years as they are between nine.
    """
    every = np.arange(max(begin, years[0]), years[-1] + 1)
    weight = (1 + rate) ** -(every - every[0]).astype(float)[:, None]
    level = weight * np.exp([np.interp(every, years, x) for x in np.log(base).T]).T
    loss = PchipInterpolator(years, 1 - policy / base)(every)
    return np.asarray((level * loss).sum(0) / level.sum(0))


def _terms_of_trade(base: Period, now: Period) -> Array:
    """Price of what a province sells outside over the price of what it buys, Fisher, (r,)."""
    baskets = []
    for x in (base, now):
        d = x.accounts["QD"]
        nr = d.shape[1]
        off = d * (1 - np.eye(nr))[None]
        px = x.values["PX"]
        sold = Basket(np.vstack([off.sum(2), x.values["QE"]]), np.vstack([px, px]))
        exr = np.full_like(px, float(x.values["EXR"]))
        bought = Basket(
            np.vstack([off.reshape(-1, nr), x.values["QM"]]),
            np.vstack([np.repeat(px.reshape(-1, 1), nr, axis=1), exr]),
        )
        baskets.append((sold, bought))
    return fisher(baskets[0][0], baskets[1][0])[1] / fisher(baskets[0][1], baskets[1][1])[1]


def checks(benchmark: Benchmark, periods: Sequence[Period], walras: Sequence[float]) -> dict[str, float]:
    """Largest violation of each identity over all years, relative to its aggregate."""
    out = {"max_scaled_residual": 0.0, "gdp_expenditure_income": 0.0, "gdp_income_value_added": 0.0,
           "electricity_twh": 0.0, "trade_symmetry": 0.0, "cap_excess": 0.0, "carbon_revenue_spent": 0.0}  # fmt: skip
    for period in periods:
        v, p, of = period.values, period.parameters, period.accounts
        gdp = of["GDPI"]
        e = expenditure(period)
        out["max_scaled_residual"] = max(out["max_scaled_residual"], period.solution.max_residual)
        gap = np.abs((e.price * e.quantity).sum(0) / gdp - 1).max()
        out["gdp_expenditure_income"] = max(out["gdp_expenditure_income"], float(gap))
        gap = np.abs((value_added(period).sum(0) + of["YTP"]) / gdp - 1).max()
        out["gdp_income_value_added"] = max(out["gdp_income_value_added"], float(gap))
        gap = np.abs((of["QL"].sum(1) - v["QB"]) * p["grid"]).max() / v["QB"].sum()
        out["electricity_twh"] = max(out["electricity_twh"], float(gap))
        gap = np.abs(of["QD"].sum(2) + v["QE"] - of["QS"]).max() / gdp.sum()
        out["trade_symmetry"] = max(out["trade_symmetry"], float(gap))
        given = of["YFR"].sum() + (v["PINV"] * v["QRM"]).sum()
        paid = v["CPAY"].sum()
        if paid > 0:
            gap = abs(v["CREV"].sum() + given - paid) / paid
            out["carbon_revenue_spent"] = max(out["carbon_revenue_spent"], float(gap))
        if p["market"].any():
            over = (p["member"] @ (v["EMC"] - v["ENT"] - p["sinks"] - v["RM"]))[p["market"] > 0].max()
            out["cap_excess"] = max(out["cap_excess"], float(over / p["em0"].sum()))
    gaps = [np.abs(x.accounts["BOP"]).max() / x.values["GDPB"].sum() for x in periods if len(benchmark.sets["n"]) > 1]
    out["walras"] = float(max(abs(w) for w in (*walras, *gaps)))
    return out
