"""Results beyond sense: a price above every technology of the model, a change larger than any study has found.

Such numbers are solutions of the equations, but what they say is that the cap cannot be met with what the model knows:
quantities are rationed along curves that nobody has observed there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cge.policies.removals import Removals

DEAREST = float(Removals.model_fields["cost_at_limit"].default)
"""Cost of the dearest technology that the model knows, the last tonne taken from the air, yuan per t CO2."""
LARGEST_CHANGE = 20.0
"""Change of GDP or welfare in per cent beyond which parameters of small changes say nothing."""
NOTHING = 1e-6
"""Change in per cent below which a policy has done nothing: what is left is the accuracy of the solver."""
MARK = "!"
PRICE, EFFECTS = "permit_price", ("gdp_change_pct", "gdp_change_base_prices_pct", "welfare_ev_pct")
COLUMNS = ("scenario", "region", "year", "indicator", "value", "why")


def dearest(scenarios: Iterable[Mapping[str, Any]], rate: float = 1.0) -> dict[str, float]:
    """Dearest technology by scenario of a study, which may bring a dearer removal of its own.

    Parameters
    ----------
    rate : float
        CNY in a unit of the currency of the results.
    """
    own = {s["id"]: s.get("removals") or s.get("instruments", {}).get("removals") or {} for s in scenarios}
    return {name: max(DEAREST / rate, keys.get("cost_at_limit", 0.0)) for name, keys in own.items()}


def beyond(data: pd.DataFrame, limits: Mapping[str, float]) -> pd.DataFrame:
    """Rows of tidy results that are beyond sense, in the columns :data:`COLUMNS`.

    Parameters
    ----------
    limits : mapping of str to float
        Dearest technology by scenario, see :func:`dearest`; :data:`DEAREST` for a scenario that is not there.

    Returns
    -------
    DataFrame
        ``why`` is ``price`` for a price above the limit and for effects in a place and year with such a price, and
        ``size`` for an effect beyond :data:`LARGEST_CHANGE`.
    """
    rows = data[data["indicator"].isin((PRICE, *EFFECTS)) & (data["sector"] == "all")]
    prices = rows[rows["indicator"] == PRICE]
    dear = prices[prices["value"] > np.array([limits.get(s, DEAREST) for s in prices["scenario"]], dtype=float)]
    there = set(zip(dear["scenario"], dear["region"], dear["year"], strict=True))
    priced = pd.Series([at in there for at in zip(rows["scenario"], rows["region"], rows["year"], strict=True)],
                       rows.index, dtype=bool)  # fmt: skip
    large = (rows["indicator"] != PRICE) & (rows["value"].abs() > LARGEST_CHANGE)
    kept = priced | large
    return rows[kept].assign(why=np.where(large[kept], "size", "price"))[list(COLUMNS)].reset_index(drop=True)


def without_effect(data: pd.DataFrame) -> list[str]:
    """Scenarios whose policy changes neither GDP nor welfare anywhere in any year, such as a cap that never binds."""
    rows = data[data["indicator"].isin(EFFECTS) & (data["sector"] == "all")]
    largest = rows["value"].abs().groupby(rows["scenario"], sort=False).max()
    return [str(name) for name, most in largest.items() if most < NOTHING]
