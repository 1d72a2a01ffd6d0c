"""Channels of a GDP loss: which use of resources, and which wedge, a change of real GDP goes through.

Constant returns and cost minimisation (the envelope theorem) make the change of real GDP, final demand valued at
market prices, equal to factors valued at what they are paid plus the change of every quantity that bears a wedge
between price and cost, valued at the wedge, less goods that abatement and integration use up (Harberger 1971 for the
wedges). The identity is exact for small changes, so it is summed along a path.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cge.measure.indicators import Basket, expenditure, gdp_index
from cge.runs.periods import Period
from cge.theory.nests import CLAY, CLAY_INPUTS
from cgebase.arrays import Array


def _capital(period: Period) -> Basket:
    """Capital in new equipment, and what old equipment makes less what it uses: what is left is its rent."""
    v, p, of = period.values, period.parameters, period.accounts
    parts = [
        (of["KA"], of["PKA"]),
        (v["QOLD"], v[f"P_{CLAY.name}"] - np.minimum(v["SPARE"], 1) * v["GAIN"]),
        (-v["QOLD"] * p["lold"], np.broadcast_to(of["PLA"], v["QOLD"].shape)),
        *((-_stacked(of[f"QCO_{n.name}"]), _stacked(of[f"PC_{n.name}"])) for n in CLAY_INPUTS),
    ]
    return Basket(np.vstack([q for q, _ in parts]), np.vstack([x for _, x in parts]))


def _stacked(cells: Array) -> Array:
    return cells.reshape(-1, cells.shape[-1])


def _labour(period: Period) -> Basket:
    return Basket(period.values["LD"][None], period.accounts["PLA"][None])


def _resources(period: Period) -> Basket:
    v, there = period.values, period.parameters["res"] > 0
    return Basket(np.where(there, v["DR"], 0.0), np.where(there, v["PR"], 0.0))


def _fuels(period: Period) -> Basket:
    """Gross tonnes of activities outside power, at the carbon cost of a gross tonne."""
    return _tonnes(period, period.parameters["gen"] == 0)


def _tonnes(period: Period, who: Array) -> Basket:
    v = period.values
    who = who & (period.parameters["act"] > 0)
    return Basket(np.where(who, v["EMA"], 0.0), np.where(who, v["KAP"], 0.0))


def _abatement(period: Period) -> Basket:
    """Capital goods, carriers and energy of capture used up by activities, less the fuel displaced."""
    of = period.accounts
    return _measures(period, of["QAA"], of["QMS"].sum(1))


def _measures(period: Period, capital: Array, bought: Array) -> Basket:
    """Capital goods (k, r) and commodities (c, r) used up by abatement."""
    goods = _capital_goods(period, capital)
    return Basket(np.vstack([goods.quantity, -bought]), np.vstack([goods.price, period.values["PQ"]]))


def _capital_goods(period: Period, used: Array) -> Basket:
    """Capital goods used up, (k, r)."""
    return Basket(-used, np.broadcast_to(period.values["PINV"], used.shape))


def _households(period: Period) -> Basket:
    """Gross tonnes of households at their carbon cost, less the goods their abatement uses."""
    v, of = period.values, period.accounts
    goods = _measures(period, of["QAH"][None], of["QMH"])
    return Basket(np.vstack([v["EMH"][None], goods.quantity]), np.vstack([v["KAPH"][None], goods.price]))


def _removals(period: Period) -> Basket:
    v = period.values
    return _capital_goods(period, (v["QRM"] + period.parameters["qprog"])[None])


def _power(period: Period) -> Basket:
    """Generation: its tonnes, integration, subsidies, certificates; technologies and origins of unlike cost, rents."""
    v, p = period.values, period.parameters
    gen = p["gen"] > 0
    twh = period.accounts["QG"]
    cost = np.where(gen, v["CG"], 0.0)
    from_, sold = period.accounts["QD"][p["busbar"] > 0], v["PX"][p["busbar"] > 0].reshape(-1)
    parts = (
        _tonnes(period, gen),
        _capital_goods(period, period.accounts["QAI"]),
        Basket(twh, period.accounts["WGE"]),
        Basket(np.vstack([v["QB"][None], -twh]), np.vstack([(p["pb0"] * v["PXB"])[None], cost])),
        Basket(np.vstack([v["DB"][None], -from_.reshape(-1, len(sold))]),
               np.vstack([v["PBD"][None], np.repeat(sold[:, None], len(sold), axis=1)])),
    )  # fmt: skip
    return Basket(np.vstack([b.quantity for b in parts]), np.vstack([b.price for b in parts]))


def _taxes(period: Period) -> Basket:
    """Output at production tax less free permits, imports and exports at duty and border levies."""
    v, p, of = period.values, period.parameters, period.accounts
    rebate = -p["bcx"] * v["TAU"]
    return Basket(np.vstack([np.where(p["act"] > 0, v["LEVEL"], 0.0), v["QM"], v["QE"]]),
                  np.vstack([of["WTP"], of["WTM"], rebate]))  # fmt: skip


#: In the order people read them.
CHANNELS: dict[str, Callable[[Period], Basket]] = {
    "capital": _capital, "labour": _labour, "resources": _resources, "power": _power, "fuels": _fuels,
    "abatement": _abatement, "households": _households, "removals": _removals, "taxes": _taxes,
}  # fmt: skip


INDEX = "index"
"""What the bilateral Fisher index of the headline shows beyond the sum of marginal changes along the path."""
NAMES = (*CHANNELS, INDEX)
ALONE = "instruments"
"""What the other instruments of a policy do before any cap binds: the cause of its own, through no channel."""


class Channels:
    """Marginal change of real GDP around a solved period, by channel, at that period's prices.

    Parameters
    ----------
    base : Period
        Baseline of the year.
    at : Period
        The period moved.
    """

    def __init__(self, base: Period, at: Period) -> None:
        self.base = expenditure(base)
        self.prices = [part(at).price for part in CHANNELS.values()]
        now = expenditure(at)
        gdp = (now.price * now.quantity).sum(0)
        self.points = 100 * self._index(now) / np.append(gdp, gdp.sum())

    def _index(self, now: Basket) -> Array:
        index, _, nation, _ = gdp_index(self.base, now)
        return np.append(index, nation)

    def slopes(self, after: Period, before: Period, step: float) -> Array:
        """Percentage points of real GDP per unit of a move, (channel, r + 1); the nation is last.

        Parameters
        ----------
        after, before : Period
            The period moved by ``step`` and by ``-step``.

        Notes
        -----
        All channels but ``index`` are Divisia: their sum is the marginal change of real GDP over GDP, times the
        index reached. With ``index`` the sum is the derivative of the Fisher index.
        """
        parts = zip(self.prices, CHANNELS.values(), strict=True)
        move = np.array([(price * (of(after).quantity - of(before).quantity)).sum(0) for price, of in parts])
        divisia = np.column_stack([move, move.sum(1)]) * self.points
        whole = 100 * (self._index(expenditure(after)) - self._index(expenditure(before)))
        return np.vstack([divisia, whole - divisia.sum(0)]) / (2 * step)
