"""Closures as data: which equations are active, and named swaps of them.

What an equation frees is the variable it is paired with; every other variable that nothing defines is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Choice = Mapping[str, Any]
"""Option of each axis; ``drop`` and ``activate`` name equations swapped by hand, ``countries`` options by country."""
BY_HAND = ("drop", "activate")
COUNTRIES = "countries"
"""Key of the options of single countries, by code; every other country has those of the scenario."""

COMMON = (
    "zero_profit",
    "vre_share",
    "busbar_cost",
    "busbar_market",
    "goods_market",
    "margin_price",
    "margin_market",
    "lump_sum",
    "owners_everywhere",
    "revenue_to_dividend",
    "revenue_to_owners",
    "labour_market",
    "capital_market",
    "numeraire",
    "numeraire_alone",
    "entitlement",
)
OBSERVED = ("electricity_observed", "industry_observed")
CAPTURE = ("capture_ceiling", "capture_total")
"""Ceilings of capture; with them abatement displaces its fuel, see :func:`displaces_fuel`."""
#: Closures: names of active equations; what each frees is the variable its equations are paired with.
CLOSURES: dict[str, tuple[str, ...]] = {
    "benchmark": (*COMMON, "resource_market"),
    "baseline": (*COMMON, "resource_follows", "technology_cost", "gdp_target", "emission_target", *OBSERVED),
    "policy": (*COMMON, "resource_market", "line_capacity", "storage_limit", "cap", *CAPTURE),
    "tax": (*COMMON, "resource_market", "line_capacity", "storage_limit", *CAPTURE),
}


@dataclass(frozen=True)
class Swap:
    """One option of a closure axis: equations taken out of the policy closure, equations put in."""

    out: tuple[str, ...] = ()
    into: tuple[str, ...] = ()


#: Options of every axis; the first is the default. Axes combine freely.
SWAPS: dict[str, dict[str, Swap]] = {
    "capital": {
        "provincial": Swap(),
        "national": Swap(("capital_market",), ("capital_pool", "capital_nation")),
        "fixed": Swap(("capital_market",), ("capital_fixed",)),
        "sluggish": Swap((), ("capital_sluggish", "mean_return")),
        "specific": Swap(("capital_market",), ("capital_specific", "mean_return")),
        "vintage": Swap((), ("capital_clay", "capital_putty", "mean_return")),
    },
    "abatement": {
        "fuel-switching": Swap(),
        "capital-goods": Swap(CAPTURE),
    },
    "ownership": {
        "pooled": Swap(),
        "local": Swap(("owners_everywhere",), ("owners_at_home",)),
    },
    "labour": {
        "provincial": Swap(),
        "national": Swap(("labour_market",), ("labour_pool", "labour_nation")),
        "migration": Swap(("labour_market",), ("labour_migrates", "labour_nation")),
    },
    "employment": {
        "full": Swap(),
        "wage-curve": Swap((), ("wage_curve",)),
    },
    "investment": {
        "saving": Swap(),
        "fixed": Swap((), ("investment_fixed",)),
    },
    "foreign": {
        "saving-fixed": Swap(),
        "exchange-fixed": Swap((), ("exchange_fixed",)),
    },
    "government": {
        "lump-sum": Swap(),
        "purchases": Swap(("lump_sum",), ("transfer_fixed", "budget")),
        "production-tax": Swap(("lump_sum",), ("transfer_fixed", "production_tax_cut")),
        "labour-tax": Swap(("lump_sum",), ("transfer_fixed", "labour_tax_cut")),
    },
}


ACROSS = ("abatement",)
"""Axes that hold for all countries alike: ceilings of capture are of all."""
SWAPPED = tuple(dict.fromkeys(
    e for axis, options in SWAPS.items() if axis not in ACROSS for s in options.values() for e in (*s.out, *s.into)
))  # fmt: skip
"""Equations that one country may have and another not."""
OF_COUNTRY = ("capital_nation", "labour_nation", "investment_fixed", "exchange_fixed")
"""Those of a country, not of its provinces."""


def policy_closure(choice: Choice | None = None) -> tuple[str, ...]:
    """Active equations of a policy run, those that only some countries have included; see :func:`countries_with`.

    Parameters
    ----------
    choice : mapping, optional
        Axes left out keep their default; equations under ``drop`` are taken out after them and those under
        ``activate`` put in.
    """
    common, own = _parted(choice)
    return tuple(dict.fromkeys(e for one in (common, *own.values()) for e in _closure(one)))


def countries_with(choice: Choice, countries: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Countries that have each equation which not all of them have."""
    common, own = _parted(choice)
    active = {n: _closure(own.get(n, common)) for n in countries}
    found = {e: tuple(n for n in countries if e in active[n]) for e in SWAPPED if own}
    return {e: there for e, there in found.items() if e in policy_closure(choice) and len(there) < len(countries)}


def _parted(choice: Choice | None) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Options of the scenario, and those of the countries that have others, with what they leave as it is."""
    common = dict(choice or {})
    own = common.pop(COUNTRIES, None) or {}
    return common, {n: common | {k: v for k, v in more.items() if v is not None} for n, more in own.items()}


def _closure(choice: dict[str, Any]) -> tuple[str, ...]:
    swaps = [SWAPS[axis][str(option)] for axis, option in choice.items() if axis not in BY_HAND]
    drop, activate = (tuple(choice.get(k, ())) for k in BY_HAND)
    swaps.append(Swap(drop, activate))
    active = list(CLOSURES["policy"])
    for swap in swaps:
        active = [e for e in active if e not in swap.out] + [e for e in swap.into if e not in active]
    return tuple(active)


def own_equations(axis: str, option: str) -> frozenset[str]:
    """Equations by which a closure has an option of an axis: those of it that another option of the axis lacks."""
    others = (policy_closure({axis: other}) for other in SWAPS[axis])
    lacking = [{*policy_closure({axis: option})} - {*active} for active in others]
    return frozenset().union(*lacking)


def displaces_fuel(active: Sequence[str]) -> bool:
    """Whether abatement displaces its fuel under a closure: where capture has its ceilings."""
    return CAPTURE[-1] in active
