"""Checks of energy goods in physical units, and of coal in yuan against its tonnes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cgebase.messages import Message, message
from sam.checks.findings import Measured, measured
from sam.checks.money import CONTROL, by_region
from sam.records import NATION, UNITS, mined
from sam.view import View

PIT = (100.0, 1000.0)
"""Price of coal at the pit that is no price any more, CNY/t."""
GAP = 1e-6
"""Gap of a balance in physical units, of its larger side."""
ACTIVITY = {"coal": "coa", "crude": "cru"}
"""Goods whose activity digs nothing else, and its cn30 code."""
ANY_UNIT = "Mt or bcm"


def _alone(x: View, code: str) -> str:
    """The one sector that holds this cn30 sector and nothing else; empty without one."""
    found = [s for s, held in x.economy.groups.sectors.items() if held == (code,)]
    return found[0] if len(found) == 1 else ""


def _by_region(x: View, good: str, flow: str, column: str = "region") -> pd.Series:
    t = x.economy.physical
    sums = t[t["good"].eq(good) & t["flow"].eq(flow)].groupby(column)["amount"].sum()
    return sums.reindex(list(x.economy.regions)).fillna(0.0)


def _output(x: View, good: str) -> pd.Series:
    """Output of the activity that digs a good by region, 1e8 yuan."""
    code = _alone(x, ACTIVITY[good])
    names = [f"act:{code}:{r}" for r in x.economy.regions]
    return pd.Series(x.output.reindex(names).fillna(0.0).to_numpy(), index=list(x.economy.regions))


def pit_price(x: View) -> Iterator[Measured]:
    """Price of a tonne of coal at the pit."""
    t = pd.DataFrame({"mt": _by_region(x, "coal", "made"), "value": _output(x, "coal")}).rename_axis("region")
    t = t[(t["mt"] > 0) & bool(_alone(x, ACTIVITY["coal"]))].reset_index()
    t = t.assign(found=100 * t["value"] / t["mt"], low=PIT[0], high=PIT[1], sector=_alone(x, ACTIVITY["coal"]))
    yield measured(
        "SAM020", message("check_pit"), t.assign(row="act:" + t["sector"] + ":" + t["region"]),
        lambda f: message("SAM020", region=f.region, found=f.found, low=f.low, high=f.high, mt=f.mt), unit="CNY per t",
    )  # fmt: skip


def buyers(x: View) -> Iterator[Measured]:
    """Coal bought by provinces that have more than they use."""
    made, used = _by_region(x, "coal", "made"), _by_region(x, "coal", "used")
    t = pd.DataFrame({"found": _by_region(x, "coal", "sold", "other"), "made": made, "used": used, "low": 0.0})
    single = {r for r, provinces in x.economy.groups.regions.items() if len(provinces) == 1}
    t = t[(t["made"] > t["used"]) & t.index.isin(single)].rename_axis("region").reset_index()
    yield measured(
        "SAM021", message("check_buyers"), t.assign(scale=t["used"].clip(lower=1.0)),
        lambda f: message("SAM021", region=f.region, made=f.made, used=f.used, found=f.found), unit="Mt", tolerance=GAP,
    )  # fmt: skip


def dug(x: View) -> Iterator[Measured]:
    """What is dug where: published tonnes, and no mine without them."""
    for good in ACTIVITY:
        name = message(f"good.{good}")
        want = by_region(x, mined(good))
        t = pd.DataFrame({"found": _by_region(x, good, "made"), "low": want, "value": _output(x, good)})
        t = t.rename_axis("region").reset_index().assign(sector=_alone(x, ACTIVITY[good]))
        yield measured(
            "SAM022", message("check_mined", good=name), t.assign(scale=t["low"].clip(lower=1.0)),
            partial(_mined, good), unit=UNITS[good], tolerance=GAP,
        )  # fmt: skip
        none = t[(t["low"] == 0) & (t["value"] > 0)].drop(columns="found")
        none = none.assign(found=none["value"], row="act:" + none["sector"] + ":" + none["region"])
        yield measured(
            "SAM022", message("check_dug", good=name), none, partial(_none, good), places=len(t),
        )  # fmt: skip


def _mined(good: str, f: Any) -> Message:
    facts = {"found": f.found, "want": f.low, "unit": UNITS[good]}
    return message("SAM022", region=f.region, good=message(f"good.{good}"), **facts)


def _none(good: str, f: Any) -> Message:
    return message("SAM022.none", region=f.region, good=message(f"good.{good}"), value=f.found)


def balance(x: View) -> Iterator[Measured]:
    """Made, imported and bought is used, sold and exported: every good, every province, the nation."""
    rows = []
    t = x.economy.physical
    for good in dict.fromkeys(t.loc[t["flow"].eq("used"), "good"]):
        have = sum((_by_region(x, good, k) for k in ("made", "imported")), _by_region(x, good, "sold", "other"))
        gone = sum((_by_region(x, good, k) for k in ("used", "exported")), _by_region(x, good, "sold"))
        rows += [(good, r, have[r], gone[r]) for r in x.economy.regions] + [(good, NATION, have.sum(), gone.sum())]
    t = pd.DataFrame(rows, columns=["good", "region", "found", "low"])
    yield measured(
        "SAM023", message("check_physical"), t.assign(scale=t[["found", "low"]].max(axis=1).clip(lower=1.0)),
        lambda f: message(
            "SAM023", region=f.region, good=message(f"good.{f.good}"), have=f.found, gone=f.low, unit=UNITS[f.good]
        ), unit=ANY_UNIT, tolerance=GAP,
    )  # fmt: skip


def coal_values(x: View) -> Iterator[Measured]:
    """Coal sold to another province in yuan: its tonnes at the price of the pit."""
    code, t = _alone(x, ACTIVITY["coal"]), x.economy.physical
    price = _output(x, "coal") / _by_region(x, "coal", "made")
    t = t[t["good"].eq("coal") & t["flow"].eq("sold") & bool(code)]
    t = t.assign(row=f"com:{code}:" + t["region"], column=f"com:{code}:" + t["other"], sector=code)
    t["found"] = x.values.reindex(pd.MultiIndex.from_frame(t[["row", "column"]])).fillna(0.0).to_numpy()
    single = {r for r, provinces in x.economy.groups.regions.items() if len(provinces) == 1}
    t["low"] = t["amount"] * t["region"].map(price).astype(float)
    t = t[t["region"].isin(single)].assign(scale=lambda f: f["low"].clip(lower=np.finfo(float).tiny))
    yield measured(
        "SAM023", message("check_coal_value"), t,
        lambda f: message(
            "SAM023.value", region=f.region, other=f.other, mt=f.amount, found=f.found, want=f.low
        ), tolerance=CONTROL,
    )  # fmt: skip
