"""Satellites of a built economy: energy goods in physical units, and energy by user with its feedstock."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sam.classification import Classification
from sam.construct.energy import Energy, users_of
from sam.construct.joint import Flows
from sam.controls import is_feedstock
from sam.economy import COLUMNS
from sam.records import ABROAD, FUEL_OF, account, co2_per_tce, coal_feedstock, mined, national_use
from sam.registry import FUELS, PROVINCE_CODES

ALL = "all"
FEEDSTOCK_USERS = ("chm", "oil")
"""Activities that take oil or gas as feedstock."""


def physical_account(s: Classification, e: Energy, f: Flows) -> pd.DataFrame:
    """Energy goods by province, as the ``physical`` table of an economy.

    Coal is made, traded and used as in the balance in tonnes that its cells were made of. Of crude, gas and refined oil
    only what is made is known: published output, and what is refined by value of output.
    """
    c = e.coal
    used = c.mined + c.imported + c.trade.sum(0) - c.exported - c.trade.sum(1)
    oil = f.output[s.index["oil"]]
    each = (
        ("coal", "made", ALL, c.mined), ("coal", "imported", ABROAD, c.imported),
        ("coal", "exported", ABROAD, c.exported), ("coal", "used", ALL, used),
        ("crude", "made", ALL, mined("crude").to_numpy()), ("gas", "made", ALL, mined("gas").to_numpy()),
        ("oil", "made", ALL, account("crude_processed") * oil / oil.sum()),
    )  # fmt: skip
    rows = [
        (good, flow, r, other, float(v))
        for good, flow, other, values in each for r, v in zip(PROVINCE_CODES, values, strict=True) if v > 0
    ]  # fmt: skip
    rows += [("coal", "sold", PROVINCE_CODES[o], PROVINCE_CODES[d], float(c.trade[o, d]))
             for o, d in np.argwhere(c.trade > 0)]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS["physical"]))


def energy_account(s: Classification, e: Energy, f: Flows) -> pd.DataFrame:
    """Energy in fuels by user, carrier and fuel, burnt or as feedstock, as the ``energy`` table of an economy; Mtce.

    What is burnt follows the carbon. Feedstock of coal is that of the provincial accounts; of oil and gas it is what
    national use leaves above what is burnt, spread over what users of feedstock buy.
    """
    users, rows = users_of(s), []
    burnt = dict.fromkeys(FUELS, 0.0)
    for k, carrier in enumerate(s.fuels):
        fuel = FUEL_OF[s.parent[carrier]]
        mtce = e.tonnes[k] / co2_per_tce(fuel)
        burnt[fuel] += float(mtce.sum())
        rows += [(PROVINCE_CODES[j], users[u], carrier, fuel, "burnt", float(mtce[u, j]))
                 for u, j in np.argwhere(mtce > 0)]  # fmt: skip
    for fuel in FUELS:
        if fuel == "coal":
            weight = {("coa", "chm"): coal_feedstock().to_numpy()}
            whole = float(coal_feedstock().sum())
        else:
            weight = {
                (c, a): np.where(e.tonnes[k, s.index[a]] > 0, f.use[s.index[c], s.index[a]], 0.0)
                for k, c in enumerate(s.fuels) for a in FEEDSTOCK_USERS
                if FUEL_OF[s.parent[c]] == fuel and is_feedstock(c, a, s.parent)
            }  # fmt: skip
            whole = national_use(fuel) - burnt[fuel]
        total = sum(float(w.sum()) for w in weight.values())
        rows += [(r, a, c, fuel, "feedstock", whole * float(v) / total)
                 for (c, a), w in weight.items() for r, v in zip(PROVINCE_CODES, w, strict=True) if v > 0]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS["energy"]))
