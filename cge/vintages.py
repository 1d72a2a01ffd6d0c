"""Old vintages of capital: proportions they cannot change, as lower elasticities of the whole activity.

An activity whose output is made partly by old equipment in fixed proportions and partly by new equipment of
elasticity ``sigma`` answers prices, to first order, like one of elasticity (1 - old share) ``sigma`` (putty-clay,
Phelps 1963; EPPA6 keeps vintages as activities of their own). Its nests are calibrated anew at the baseline of the
same year, so that a policy that changes nothing still changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import boxcox

from cge.nests import NESTS, Nest, children, gain_of

Array = np.ndarray


def old_share(old: Array, use: Array) -> Array:
    """Part of the nation's capital in each activity that is old, (a,).

    Parameters
    ----------
    old, use : ndarray, (a, r)
        Old capital and all capital of one run (a policy takes the baseline's), same unit.
    """
    total = use.sum(1)
    return np.clip(np.divide(old.sum(1), total, out=np.zeros_like(total), where=total > 0), 0.0, 1.0)


def hardened(parameters: Mapping[str, Array], values: Mapping[str, Array], old: Array) -> dict[str, Array]:
    """Parameters of every nest whose proportions old vintages keep, with (1 - old) of its elasticity.

    Parameters
    ----------
    parameters, values : mapping of str to ndarray
        Of the solved baseline of the year, where nests keep their prices, quantities and demands.
    old : ndarray, (a,)

    Returns
    -------
    dict of str to ndarray
        ``sigma_<nest>`` (a,); shares ``theta_...`` (a, r) or (c, a, r); ``shift_<nest>`` (a, r).
    """
    p, v, there = parameters, values, parameters["act"] > 0
    out: dict[str, Array] = {}
    for nest in (n for n in NESTS if n.clay):
        sigma = p[f"sigma_{nest.name}"][:, None]
        new = sigma * (1 - old[:, None])
        cost = np.where(there, v[f"P_{nest.name}"] * gain_of(nest, p, v), 1.0)
        rest = boxcox(cost, 1 - new)
        for key, share, price in _inputs(nest, p, v):
            price = np.where(there & (share > 0), price, 1.0)
            out[key] = share * (price / cost) ** (new - sigma)
            spent = out[key] * boxcox(price, 1 - new)
            rest = rest - (spent.sum(0) if spent.ndim > rest.ndim else spent)
        out[f"sigma_{nest.name}"], out[f"shift_{nest.name}"] = new[:, 0], np.where(there, rest, 0.0)
    return out | _before_saving(out, p, v)


def _inputs(nest: Nest, p: Mapping[str, Array], v: Mapping[str, Array]) -> Iterator[tuple[str, Array, Array]]:
    """Name of the share, share after energy saving, and price of every input."""
    factors = {"labour": v["W"] * (1 - v["CUTL"]) / v["TFL"], "capital": v["RK"] * v["RKX"], "resource": v["PR"]}
    for f in nest.factors:
        yield f"theta_{f}", p[f"theta_{f}"], factors[f]
    if nest.commodities:
        yield f"theta_c_{nest.name}", p[f"theta_c_{nest.name}"], v["PQ"][:, None] + p[f"eps_{nest.name}"] * v["KAP"]
    saved = [f"theta_n_{n.name}" for n in children(nest.name) if n.saved]
    for n in children(nest.name):
        key = f"theta_n_{n.name}"
        share = p[key]
        if saved:
            left = p[saved[0]] / _saving(p, v)
            share = left if n.saved else share * (1 - left) / (1 - p[saved[0]])
        yield key, share, v[f"P_{n.name}"]


def _saving(p: Mapping[str, Array], v: Mapping[str, Array]) -> Array:
    return np.asarray(v["EFF"] ** p["aeei"][:, None])


def _before_saving(moved: Mapping[str, Array], p: Mapping[str, Array], v: Mapping[str, Array]) -> dict[str, Array]:
    """Shares that become the moved ones when energy is saved."""
    out: dict[str, Array] = {}
    for nest in (n for n in NESTS if n.clay and n.saved):
        key = f"theta_n_{nest.name}"
        out[key] = moved[key] * _saving(p, v)
        for other in (n for n in children(nest.parent or "") if n is not nest):
            name = f"theta_n_{other.name}"
            out[name] = moved[name] * (1 - out[key]) / (1 - moved[key])
    return out
