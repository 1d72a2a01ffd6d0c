"""Calibrated functional forms, in value shares and prices relative to the benchmark.

``sigma`` = 0 (Leontief) and 1 (Cobb-Douglas) are exact: the forms are written with the Box-Cox transform. A
constant elasticity of transformation psi is the same form with sigma = -psi: several products of one activity.
Source: calibrated share form, Rutherford (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from cge.language.algebra import Theory, Total, boxcox, inv_boxcox, total
from cge.language.declare import Family, expression
from cgebase.errors import SpecificationError
from cgebase.messages import listed, message

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
    over : Symbol or tuple of Symbol, optional
        Index or indices the inputs run over.
    where : Expr, optional
        Parameter that is zero where an input is absent; the share itself if not given.
    """

    share: Number
    price: sp.Expr
    over: sp.Symbol | tuple[sp.Symbol, ...] | None = None
    where: sp.Expr | None = None


def unit_cost(sigma: Number, *inputs: Input) -> sp.Expr:
    """Price of the composite: least cost of one unit, 1 at the benchmark."""
    power = 1 - expression(sigma)
    parts = []
    for item in inputs:
        if item.over is None and item.where is not None:
            raise SpecificationError(message("CGE454", price=item.price))
        part = item.share * boxcox(item.price, power)
        where = item.share if item.where is None else item.where
        over = item.over if isinstance(item.over, tuple) else (item.over,)
        parts.append(part if item.over is None else total(part, *over, where=where))
    return inv_boxcox(sp.Add(*parts), power)


def on_paper(expr: sp.Basic) -> sp.Basic:
    """The expression as an economist writes it: a CES as its shares, prices and elasticity, no Box-Cox transform.

    Equal to ``expr`` where the shares of each nest add up to one, but for its limit where the exponent is zero.
    """

    def power(mean: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        if exponent == 0:
            return sp.exp(mean)
        weighted = _weighted(mean, exponent)
        return (1 + exponent * mean if weighted is None else weighted) ** (1 / exponent)

    def transform(x: sp.Expr, exponent: sp.Expr) -> sp.Expr:
        return sp.log(x) if exponent == 0 else (x**exponent - 1) / exponent

    return expr.replace(inv_boxcox, power).replace(boxcox, transform)


def _weighted(mean: sp.Expr, exponent: sp.Expr) -> sp.Expr | None:
    """Shares times powers for shares times transforms; nothing where a term is anything else."""
    terms = []
    for term in sp.Add.make_args(mean):
        for factor in sp.Mul.make_args(term):
            if isinstance(factor, boxcox) and factor.args[1] == exponent:
                terms.append(term.xreplace({factor: factor.args[0] ** exponent}))
                break
            inner = _weighted(factor.body, exponent) if isinstance(factor, Total) else None
            if inner is not None:
                terms.append(term.xreplace({factor: total(inner, *factor.indices, where=factor.where)}))
                break
        else:
            return None
    return sp.Add(*terms)


def demand(share: Number, price: sp.Expr, composite: sp.Expr, sigma: Number) -> sp.Expr:
    """Input per unit of the composite at benchmark value, by Shephard's lemma on :func:`unit_cost`."""
    return share * (composite / price) ** sigma


@dataclass(frozen=True)
class Branch:
    """One nest of a tree of composites: variables that hold its price and quantity, and what goes into it.

    Parameters
    ----------
    price, quantity : Family
        Over the indices of the tree; defined by :func:`define_tree`.
    sigma : Expr or number
        Elasticity of substitution between the inputs of the nest, branches below it included.
    inputs : tuple of Input
    parent : str
        Name of the price variable of the nest this one goes into; empty at the root.
    share : Expr
        Benchmark value share in the parent.
    gain : Expr
        Units of the composite got from one unit of its CES aggregate: productivity.
    rebate : Expr or number
        Price less what the parent pays; above zero only where the branch makes nothing.
    elsewhere : Expr or number
        Quantity of the composite that the parent gets from another producer.
    """

    price: Family
    quantity: Family
    sigma: Number
    inputs: tuple[Input, ...]
    parent: str = ""
    share: Number = 1
    gain: Number = 1
    rebate: Number = 0
    elsewhere: Number = 0

    def paid(self, over: tuple[sp.Symbol, ...]) -> sp.Expr:
        """Price that the parent pays."""
        return self.price[over] - self.rebate

    def take(self, share: Number, price: sp.Expr, over: tuple[sp.Symbol, ...]) -> sp.Expr:
        """Demand of the nest, at its quantity, for an input with value share ``share`` at ``price``."""
        gain = self.gain
        return self.quantity[over] / gain * demand(share, price, self.price[over] * gain, self.sigma)


def define_tree(
    theory: Theory, over: tuple[sp.Symbol, ...], branches: Sequence[Branch], *, level: sp.Expr,
    where: sp.Basic | None = None, ref: str = "",
) -> None:  # fmt: skip
    """Define price and quantity of every nest of a tree.

    Parameters
    ----------
    branches : sequence of Branch
        The root, whose parent is empty, and every nest below it.
    level : Expr
        Quantity of the root.

    Raises
    ------
    SpecificationError
        A parent that is no branch of the tree, or not exactly one root.
    """
    by_name = {b.price.name: b for b in branches}
    lost = sorted(b.price.name for b in branches if b.parent and b.parent not in by_name)
    roots = [b.price.name for b in branches if not b.parent]
    if lost or len(roots) != 1:
        none = message("nothing")
        raise SpecificationError(message("CGE455", roots=listed(roots) or none, lost=listed(lost) or none))
    for b in branches:
        below = [Input(k.share, k.paid(over)) for k in branches if k.parent == b.price.name]
        cost = unit_cost(b.sigma, *b.inputs, *below)
        theory.define(b.price, over, cost / b.gain, where=where, ref=ref)
        quantity = by_name[b.parent].take(b.share, b.paid(over), over) if b.parent else level
        theory.define(b.quantity, over, quantity - b.elsewhere, where=where, ref=ref)


def stone_geary(minimum: sp.Expr, budget_share: sp.Expr, left: sp.Expr, price: sp.Expr) -> sp.Expr:
    """Consumption of a good: subsistence plus its part of the income ``left`` after all subsistence (LES)."""
    return minimum + budget_share * left / price
