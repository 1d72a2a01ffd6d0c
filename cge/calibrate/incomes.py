"""Incomes: factors and their markets, households, budgets and saving."""

from __future__ import annotations

import numpy as np

from cge.calibrate.base_year import BaseYear
from cge.calibrate.cells import part_of_country, share
from cge.calibrate.parameters import ParameterSet
from cgebase.arrays import Array
from sam.groups import FACTORS

MARKETS = {"u0": "unemployment_rate", "wc": "wage_curve", "mob": "migration_elasticity", "eta_k": "capital_mobility"}
"""Name in the parameter tables."""


def incomes(base: BaseYear, parameters: ParameterSet) -> dict[str, Array]:
    """Parameters of factor markets, households, government and the macro closure."""
    wage, pool = (base.array("hh", account, "h<r<") for account in ("fac:labour", "pool:capital"))
    transfer = base.array("hh", "gov", "h<r<") - base.array("gov", "hh", "h>r>")
    income_tax = base.array("tax:income", "hh", "h>r>")
    saving = base.array("sav", "hh", "h>r>") - base.array("hh", "sav", "h<r<")
    disposable = wage + pool - income_tax + transfer
    received, held = transfer.sum(0), part_of_country(disposable.sum(0), base.home)
    taxes = base.production_tax.sum(0) + base.duty.sum(0) + income_tax.sum(0)
    one, spent = np.ones(len(base.regions)), base.consumption.sum((0, 1))
    trades = base.imports.any() or base.exports.any()
    return {k: np.array(parameters.scalar(name)) for k, name in MARKETS.items()} | _factors(base) | {
        "lsh": wage / wage.sum(0)[None], "ksh": share(pool, (pool.sum(0) @ base.home.T @ base.home)[None]),
        "kown": share(pool, pool.sum(0)[None]),
        "trsh": np.where(np.abs(received) > 0, share(transfer, received[None]), disposable / disposable.sum(0)[None]),
        "ty": share(income_tax, wage + pool), "mps": share(saving, disposable),
        "shc": share(base.array("gov:central", "gov", "r>"), taxes), "tc0": base.array("gov", "gov:central", "r<"),
        "csh": held, "csx": held.copy(), "csl": held.copy(), "lst_ref": received, "yk_ref": pool.sum(0),
        "ret": _retained(base),
        "fsav": _from_abroad(base), "home": base.home, "cpw": base.home @ share(spent, spent.sum()),
        "abroad": np.array(float(trades)), "closed": np.array(float(not trades)),
        "ish": part_of_country(base.investment.sum(0), base.home), "inv_ref": base.home @ base.investment.sum(0),
        "w_ref": one, "rk_ref": one.copy(), "kfix": one.copy(), "exr_ref": np.ones(len(base.countries)),
        "gdp0": base.gdp, "gdp_target": base.gdp.copy(),
    }  # fmt: skip


def _from_abroad(base: BaseYear) -> Array:
    """Saving of every country from the rest of the world and from each other, (n,)."""
    lent = base.array("sav", "sav", "n<n>")
    world = base.array("sav", "row", "n<") - base.array("row", "sav", "n>")
    return np.asarray(world + lent.sum(1) - lent.sum(0))


def _retained(base: BaseYear) -> Array:
    """What the account of capital income saves over what it receives, (n,); zero where the SAM has no such cell."""
    received = base.array("pool:capital", "fac:capital", "n<") + base.array("pool:capital", "fac:resource", "n<")
    return share(base.array("sav", "pool:capital", "n<"), received)


def _factors(base: BaseYear) -> dict[str, Array]:
    labour, capital, resource = (base.factors[f] for f in FACTORS)
    return {
        "labour": labour.sum(0), "kd0": capital.sum(0), "kshr": share(capital, capital.sum(0)[None]),
        "kcarry": np.ones(len(base.regions)), "kinv": np.zeros(len(base.regions)),
        "rsup": np.where(resource > 0, resource, 0.0),
    }  # fmt: skip
