"""Walras' law: one market is left out, a numeraire takes its place, and the market is looked at after the solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sympy as sp

from cge.language.algebra import Theory, Total, all_of
from cge.language.expand import At, Expansion
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import listed, message, near

GAP = 1e-6
"""Largest gap of a market that was left out, in parts of its terms, that a solve leaves."""


def drop_market(
    theory: Theory, market: str, at: Mapping[str, str] | None = None, *, numeraire: sp.Basic, name: str = "numeraire"
) -> None:
    """Leave out an equation that follows from the others, and state the numeraire in its place.

    Every solve with the numeraire looks whether the market clears all the same: :func:`gaps`.

    Parameters
    ----------
    market : str
        The equation.
    at : mapping of str to str
        Label by set of the cell that is left out; all members of the sets that it does not name, and the whole
        equation without it.
    numeraire : Expr or Eq
        What is 1, over the indices of the market; or an equation that fixes the unit of money otherwise.
    name : str
        Of the equation that states it, paired with the variable of the market.

    Raises
    ------
    SpecificationError
        An equation or a set that is not there, or a market that was left out already.
    """
    if market not in theory.equations:
        raise SpecificationError(message("CGE435", names=market, near=near(market, theory.equations)))
    whole, labels = theory.equations[market], dict(at or {})
    index = {theory.indices[i.name].name: i for i in whole.over}
    strange = sorted(set(labels) - set(index))
    if strange or any(s.name == market for s in theory.dropped.values()):
        sets, over = (listed(x) or message("nothing") for x in (strange, index))
        raise SpecificationError(message("CGE458.place", name=market, sets=sets, over=over))
    masks = []
    for of, label in labels.items():
        mask = theory.family_of(theory.sets[of].single(label)[1])
        masks.append(mask.base[index[of]])
    here = all_of(whole.where, *masks)
    rule = numeraire if isinstance(numeraire, sp.Eq) else numeraire - 1
    theory.equation(name, whole.over, rule, pairs=sp.Symbol(whole.variable), where=here, mixed=True)
    theory.dropped[name] = replace(whole, where=here)
    del theory.equations[market]
    if masks:
        elsewhere = theory.where(sp.Eq(sp.Mul(*masks), 0), tuple(index[of] for of in labels))
        theory.equations[market] = replace(whole, where=all_of(whole.where, elsewhere))


def gaps(
    theory: Theory, sets: Mapping[str, Sequence[str]], numbers: Mapping[str, Array], active: Sequence[str]
) -> dict[str, float]:
    """What is missing in markets that were left out, by cell, in parts of the largest terms of the equation.

    Raises
    ------
    SpecificationError
        A market does not clear: what is spent in the model is not what is earned.
    """
    reading, out = Expansion(theory, sets, numbers), {}
    for numeraire, market in theory.dropped.items():
        if numeraire not in active or (market.name in theory.equations and market.name not in active):
            continue
        for at in reading.cells(market.over, market.where, {}):
            labels = ", ".join(reading.labels(market, at))
            size = _size(reading, market.expr, at) if market.measured else reading.value(market.scale, at)
            out[f"{market.name} [{labels}]" if labels else market.name] = reading.value(market.expr, at) / (size or 1.0)
    open_ = {n: gap for n, gap in out.items() if not abs(gap) <= GAP}
    if open_:
        worst = sorted(open_.items(), key=lambda x: -abs(x[1]))
        raise SpecificationError(
            message("CGE458", cells=listed(f"{n}: {gap:+.3g}" for n, gap in worst), numeraire=listed(theory.dropped))
        )
    return out


def _size(reading: Expansion, expr: sp.Basic, at: At) -> float:
    """Size of the terms of an expression before they cancel."""
    if isinstance(expr, Total):
        return sum(_size(reading, expr.body, inner) for inner in reading.cells(expr.indices, expr.where, at))
    sizes = [_size(reading, x, at) for x in expr.args] if isinstance(expr, (sp.Add, sp.Mul)) else []
    if isinstance(expr, sp.Add):
        return max(sizes)
    return float(sp.prod(sizes)) if sizes else abs(reading.value(expr, at))
