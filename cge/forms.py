"""Calibrated functional forms, in value shares and prices relative to the benchmark.

``sigma`` = 0 (Leontief) and 1 (Cobb-Douglas) are exact: the forms are written with the Box-Cox transform. A
constant elasticity of transformation psi is the same form with sigma = -psi: several products of one activity.
Source: calibrated share form, Rutherford (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from cge.algebra import boxcox, inv_boxcox, total

Number = Any
"""A sympy expression or a plain number."""


@dataclass(frozen=True)
class Input:
    """Inputs of a composite: one, or one for every member of ``over``.

    Parameters
    ----------
    share : Expr
        Benchmark value share in the composite; the shares of all inputs add up to one.
    price : Expr
        Price to the user, relative to the benchmark.
    over : Symbol, optional
        Index the inputs run over.
    where : Expr, optional
        Parameter that is zero where an input is absent; the share itself if not given.
    """

    share: Number
    price: sp.Expr
    over: sp.Symbol | None = None
    where: sp.Expr | None = None


def unit_cost(sigma: Number, *inputs: Input) -> sp.Expr:
    """Price of the composite: least cost of one unit, 1 at the benchmark."""
    power = 1 - sp.sympify(sigma)
    parts = []
    for item in inputs:
        part = item.share * boxcox(item.price, power)
        where = item.share if item.where is None else item.where
        parts.append(part if item.over is None else total(part, item.over, where=where))
    return inv_boxcox(sp.Add(*parts), power)


def demand(share: Number, price: sp.Expr, composite: sp.Expr, sigma: Number) -> sp.Expr:
    """Input per unit of the composite at benchmark value, by Shephard's lemma on :func:`unit_cost`."""
    return share * (composite / price) ** sigma


def stone_geary(minimum: sp.Expr, budget_share: sp.Expr, left: sp.Expr, price: sp.Expr) -> sp.Expr:
    """Consumption of a good: subsistence plus its part of the income ``left`` after all subsistence (LES)."""
    return minimum + budget_share * left / price
