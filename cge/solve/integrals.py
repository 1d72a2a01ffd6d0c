"""Path integrals: a change taken apart by what causes it, and indices whose weights move along the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.integrate import quad_vec

from cge.language.data import arranged, complete, refuse
from cge.solve.newton import require_part
from cge.solve.sensitivity import Sensitivity, shaped
from cge.solve.system import Solution, System
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.messages import Message

Weights = Mapping[str, Any]
Form = Weights | Callable[[Mapping[str, Array]], Weights]
"""Weights of variables and accounts as in :meth:`System.gradient`, or what gives them at the values of a state."""


@dataclass(frozen=True, repr=False)
class PathIntegral(Brief):
    """What a way between two states adds up to.

    Parameters
    ----------
    table : DataFrame
        A row for each cause and their ``total``, a column for each form.
    residual : Series
        Change of each form between the two ends less the total; nan where weights move, for what they add up to is the
        integral itself.
    error : float
        Estimate of the largest error of the quadrature.
    solved : int
        States that were solved on the way.
    """

    table: pd.DataFrame
    residual: pd.Series
    error: float
    solved: int


def path_integral(
    model: System, before: Mapping[str, Any], after: Mapping[str, Any], start: Mapping[str, Array],
    active: Sequence[str], of: Mapping[str, Form], *, causes: Mapping[str, Any] | None = None,
    given: Sequence[str] = (), tolerance: float = 1e-8,
) -> PathIntegral:  # fmt: skip
    """Integrate forms along the straight way of everything given from one set of numbers to another.

    Parameters
    ----------
    before, after : mapping of str to number, ndarray or labelled table
        Parameters, and variables that are given, at both ends; the closure is the same all the way.
    start : mapping of str to ndarray
        First guess at ``before``.
    active : sequence of str
        Closure.
    of : mapping of str to Form
        By name: weights whose sum over variables and accounts is the quantity, ``{"X": {"bread": 1}}``; or a function
        of the values that returns weights, of which each state takes its own: ``lambda v: {"X": v["P"] / (v["P"] @
        v["X"])}`` is the Divisia index of X, in logarithms.
    causes : mapping of str to sequence of str or to Weights, optional
        Parameters whose changes are one cause, or the part of each cell's change that is: 1 for provinces of one group,
        by label. What no cause has is ``rest``. Each name that changes is its own cause if not given.
    given : sequence of str
        Variables kept at their values, beside those declared so.
    tolerance : float
        Of the quadrature, in parts of the largest contribution; above 0 and below 1.

    Raises
    ------
    SpecificationError
        Names that are not symbols of the theory, or a state with more than one solution.
    ConvergenceError
        A state on the way has no solution.

    Notes
    -----
    Contributions are integrals of exact derivatives (Gauss and Kronrod, on parts that are halved where that is needed),
    so that they add up to the change; ``residual`` says how well. They depend on the way, as decompositions do: each
    cause moves in step with the others. A parameter that makes cells appear or vanish counts by what it does to those
    that are there.
    """
    require_part("tolerance", tolerance)
    way = _Way(model, before, after, start, active, given)
    masks = way.masks(causes)

    def slope(at: float) -> Array:
        here = way.state(at).values
        there = Sensitivity(model, way.parameters(at), here, active, given)
        by = [there.of(form(here) if callable(form) else form) for form in of.values()]
        return np.array([[way.moved(gradient, mask) for gradient in by] for mask in masks.values()])

    ends = [way.values({n: f for n, f in of.items() if not callable(f)}, at) for at in (0.0, 1.0)]
    parts, error, _ = quad_vec(slope, 0.0, 1.0, epsabs=0.0, epsrel=tolerance, norm="max", quadrature="gk15",
                               full_output=True)  # fmt: skip
    table = pd.DataFrame(parts, list(masks), list(of))
    total = table.sum()
    table.loc["total"] = total
    return PathIntegral(table, (ends[1] - ends[0]).reindex(list(of)) - total, float(error), len(way.states))


class _Way:
    """Numbers and states on the straight way between two ends."""

    def __init__(
        self, model: System, before: Mapping[str, Any], after: Mapping[str, Any], start: Mapping[str, Array],
        active: Sequence[str], given: Sequence[str],
    ) -> None:  # fmt: skip
        self.model, self.active, self.given = model, active, given
        self.start, self.states = dict(start), dict[float, Solution]()
        self.ends = [_whole(model, {**other, **end}) for end, other in ((before, after), (after, before))]
        self.moves = {n: x - self.ends[0][n] for n, x in self.ends[1].items() if np.any(x != self.ends[0][n])}

    def masks(self, causes: Mapping[str, Any] | None) -> dict[str, dict[str, Array]]:
        """The part of the change of every cell that each cause is, with what is left as the last."""
        if causes is None:
            return {n: {n: np.ones(x.shape)} for n, x in self.moves.items()}
        out = {}
        for cause, given in causes.items():
            names = [given] if isinstance(given, str) else given
            out[cause] = shaped(self.model, given if isinstance(given, Mapping) else dict.fromkeys(names, 1.0))
        rest = {n: 1 - sum((m[n] for m in out.values() if n in m), np.zeros(x.shape)) for n, x in self.moves.items()}
        left = {n: x for n, x in rest.items() if np.any(x * self.moves[n] != 0)}
        return out | ({"rest": left} if left else {})

    def moved(self, by: Mapping[str, Array], mask: Mapping[str, Array]) -> float:
        """What a cause adds along the way, by a gradient."""
        return sum(float(np.sum(by[n] * x * mask[n])) for n, x in self.moves.items() if n in mask and n in by)

    def numbers(self, at: float, kind: str) -> dict[str, Array]:
        """Numbers of the parameters or variables that are given at a point of the way."""
        known = self.model.theory.families
        return {n: (1 - at) * x + at * self.ends[1][n] for n, x in self.ends[0].items() if known[n].kind == kind}

    def parameters(self, at: float) -> dict[str, Array]:
        """Numbers of the parameters."""
        return self.numbers(at, "parameter")

    def state(self, at: float) -> Solution:
        """The solution at a point, begun at the nearest known one."""
        if at not in self.states:
            near = min(self.states, key=lambda known: abs(known - at), default=at)
            first, factor = (self.states[near].values, self.states[near].factor) if self.states else (self.start, None)
            self.states[at] = self.model.follow(
                lambda part: self.parameters(near + part * (at - near)), {**first, **self.numbers(at, "variable")},
                self.active, given=self.given, factor=factor,
            )  # fmt: skip
        return self.states[at]

    def values(self, forms: Mapping[str, Weights], at: float) -> pd.Series:
        """Sums of variables and accounts at a point."""
        here = self.state(at).values
        reported = self.model.accounts(self.parameters(at), here)
        weights = {n: shaped(self.model, form) for n, form in forms.items()}
        return pd.Series(
            {n: sum(float(np.sum(w * (here if k in here else reported)[k])) for k, w in form.items())
             for n, form in weights.items()}, dtype=float,
        )  # fmt: skip


def _whole(model: System, given: Mapping[str, Any]) -> dict[str, Array]:
    """Everything that is given as arrays of full shape, defaults among them."""
    theory, faults = model.theory, list[Message]()
    held = {n: x for n, x in given.items() if n in theory.families and theory.families[n].kind == "variable"}
    variables = arranged(theory, model.sets, held, faults)
    refuse(theory, faults)
    filled = complete(theory, model.sets, {n: x for n, x in given.items() if n not in held}) | variables
    own = {n: x for n, x in filled.items() if theory.families[n].automatic is None}
    shapes = {n: [len(model.sets[d.name]) for d in theory.families[n].dims] for n in own}
    return {n: np.broadcast_to(np.asarray(x, float), shapes[n]) for n, x in own.items()}
