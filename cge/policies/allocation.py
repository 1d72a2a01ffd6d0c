"""Rules that share a national cap among provinces.

Every rule returns ``s``, the cap of 2060 as a share of the province's own 2021 emissions. The
national total is the same for every rule: ``sum(s * E) = target * sum(E)`` to 1e-9. Shares stay
within 0.5 to 3 times the uniform share, and at most 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from cgebase.arrays import Array
from cgebase.errors import CGEError
from cgebase.messages import joined, message

TARGET = 0.10
LARGEST = 3.0
"""Largest share of base-year emissions that a cap may be; a slack one is above 1."""
BOUNDS = (0.5, 3.0)
START, END = 2025, 2060
EQUAL_LOSS = "equal-loss"
"""Not a rule of drivers: caps found by solving the model until every province loses the same."""


class AllocationError(CGEError, ValueError):
    """Drivers or bounds from which no allocation follows."""

    exit_code = 3


@dataclass(frozen=True)
class Drivers:
    """What the rules weigh, one value per province, base year 2021.

    Parameters
    ----------
    gdp : ndarray
        1e8 CNY.
    population : ndarray
        1e4 persons.
    generation, electricity_use : ndarray
        TWh.
    energy_exports : ndarray, optional
        Net energy exports to other provinces and abroad, 1e8 CNY; needed by ``energy-base`` only.
    """

    gdp: Array
    population: Array
    generation: Array
    electricity_use: Array
    energy_exports: Array | None = None


FACTORS: Mapping[str, Callable[[Array, Drivers], Array]] = {
    "emissions": lambda emissions, of: emissions,
    "population": lambda emissions, of: of.population,
    "gdp": lambda emissions, of: of.gdp,
    "stage": lambda emissions, of: of.population / of.gdp,
    "thrift": lambda emissions, of: of.gdp / emissions,
    "role": lambda emissions, of: of.generation / of.electricity_use,
    "energy_base": lambda emissions, of: _energy_base(of),
}
"""What a rule may weigh, (r,): stage of development is the inverse of GDP per head, thrift GDP per emissions."""
EXPONENTS: Mapping[str, Mapping[str, float]] = {
    "uniform": {"emissions": 1.0},
    "grandfathering": {"emissions": 1.0},
    "per-capita": {"population": 1.0},
    "gdp": {"gdp": 1.0},
    "capability": {"emissions": 1.0, "stage": 1.0},
    "intensity": {"emissions": 1.0, "thrift": 0.5},
    "role-and-stage": {"emissions": 1.0, "stage": 1.0, "role": 1.0},
    "energy-base": {"emissions": 1.0, "energy_base": 1.0},
}
"""The rules: caps are proportional to the product of these factors, each to its exponent."""


class Rule(Protocol):
    """Caps of the end year as shares of own emissions, (r,)."""

    def __call__(self, emissions: Array, drivers: Drivers, /, *, target: float = ...) -> Array:
        """Share out a national total of ``target`` times all emissions."""
        ...


def allocate(
    emissions: Array, drivers: Drivers, /, exponents: Mapping[str, float], *, target: float = TARGET,
    bounds: tuple[float, float] = BOUNDS,
) -> Array:  # fmt: skip
    """Return caps proportional to a product of factors, as shares of own emissions.

    Parameters
    ----------
    exponents : mapping of str to float
        By name in :data:`FACTORS`.
    """
    weights = np.ones(len(emissions))
    for name, exponent in exponents.items():
        weights = weights * FACTORS[name](emissions, drivers) ** exponent
    return shares_from_weights(emissions, weights, target, bounds)


RULES: Mapping[str, Rule] = {name: partial(allocate, exponents=product) for name, product in EXPONENTS.items()}


def mix(shares: Sequence[Array], weights: Sequence[float]) -> Array:
    """Return a weighted mean of allocations; keeps the national total and the bounds.

    Parameters
    ----------
    shares : sequence of ndarray
        Results of rules for the same national total.
    weights : sequence of float
        Not negative, with a positive sum; they are normalised.
    """
    weight = np.asarray(weights, dtype=float)
    if len(weight) != len(shares) or (weight < 0).any() or not weight.sum() > 0:
        raise AllocationError(message("CGE212", found=list(weights)))
    return np.asarray(weight / weight.sum() @ np.vstack(shares))


def shares_from_weights(
    emissions: Array,
    weights: Array,
    target: float = TARGET,
    bounds: tuple[float, float] = BOUNDS,
) -> Array:
    """Return shares of own emissions with caps proportional to weights, within bounds.

    Parameters
    ----------
    emissions : ndarray
        Mt in 2021, positive.
    weights : ndarray
        Positive; only their ratios count.
    target : float
        National cap of 2060 over national emissions of 2021.
    bounds : tuple of float
        Lowest and highest share as multiples of ``target``; the highest share is at most 1, or ``target`` above that.

    Returns
    -------
    ndarray
        ``clip(k * weights / emissions, low, high)`` with ``k`` such that the total matches.
    """
    emissions, weights = np.asarray(emissions, float), np.asarray(weights, float)
    _check(emissions, weights, target, bounds)
    low, high = bounds[0] * target, min(bounds[1] * target, max(target, 1.0))
    total = target * emissions.sum()
    ratio = weights / emissions

    # the total is piecewise linear and rising in k: bracket the kink, then solve the straight piece
    kinks = np.unique(np.concatenate([low / ratio, high / ratio]))
    totals = np.array([emissions @ np.clip(k * ratio, low, high) for k in kinks])
    after = int(np.searchsorted(totals, total))
    left, right = kinks[max(after - 1, 0)], kinks[min(after, len(kinks) - 1)]
    middle = 0.5 * (left + right)
    free = (middle * ratio > low) & (middle * ratio < high)
    shares = np.clip(middle * ratio, low, high)
    if free.any():
        rest = total - emissions[~free] @ shares[~free]
        shares[free] = rest / weights[free].sum() * ratio[free]
    miss = emissions @ shares / total - 1
    if abs(miss) > 1e-9:
        raise AllocationError(message("CGE213", found=1 + miss))
    return shares


def cap_path(
    emissions: Array, shares: Array, years: Sequence[int], *, start: int = START, end: int = END,
    nation: Array | None = None,
) -> Array:  # fmt: skip
    """Return caps in Mt, years in rows and provinces in columns.

    ``cap(t) = E [1 - (1 - s) (t - start) / (end - start)]``; flat at E up to the start, at ``s * E`` after the end.

    Parameters
    ----------
    nation : ndarray, (t,), optional
        National cap over all emissions, if it is no straight line: every province is moved by the same share of its
        own emissions.
    """
    if not start < end:
        raise AllocationError(message("CGE214", start=start, end=end))
    progress = np.clip((np.asarray(years, dtype=float) - start) / (end - start), 0.0, 1.0)
    straight = np.asarray(emissions * (1 - np.outer(progress, 1 - np.asarray(shares))))
    if nation is None:
        return straight
    return straight + np.outer(nation - straight.sum(1) / emissions.sum(), emissions)


def with_own(caps: Array, own: Mapping[int, Array], *, keep_total: bool) -> Array:
    """Return caps in Mt, (t, r), of which some provinces have their own.

    Parameters
    ----------
    own : mapping of int to ndarray, (t,)
        Caps in Mt by place of the province.
    keep_total : bool
        Whether the caps of all others are scaled, by one factor a year, so that the national total stays.
    """
    out, others = caps.copy(), [k for k in range(caps.shape[1]) if k not in own]
    for place, path in own.items():
        out[:, place] = path
    if keep_total and others:
        out[:, others] *= ((caps.sum(1) - out[:, list(own)].sum(1)) / caps[:, others].sum(1))[:, None]
    return out


def _energy_base(drivers: Drivers) -> Array:
    """Exponential of net energy exports per unit of GDP, less their mean, over their standard deviation."""
    if drivers.energy_exports is None:
        raise AllocationError(message("CGE211"))
    score = drivers.energy_exports / drivers.gdp
    spread = score.std()
    return np.exp((score - score.mean()) / spread) if spread > 0 else np.ones_like(score)


def _check(emissions: Array, weights: Array, target: float, bounds: tuple[float, float]) -> None:
    faults = []
    for name, values in (("emissions_2021", emissions), ("weights", weights)):
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if len(bad):
            faults.append(message("CGE215.positive", what=message(name), found=values[bad[0]], position=bad[0]))
    if len(emissions) != len(weights):
        faults.append(message("CGE215.count", emissions=len(emissions), weights=len(weights)))
    if not 0 < target <= LARGEST:
        faults.append(message("CGE215.target", found=target, most=LARGEST))
    if not 0 <= bounds[0] <= 1 <= bounds[1]:
        faults.append(message("CGE215.bounds", found=bounds))
    if faults:
        raise AllocationError(joined(message("CGE215"), faults))
