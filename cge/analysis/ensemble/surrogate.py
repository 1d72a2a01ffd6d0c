"""A surrogate of the draws: sparse orthonormal polynomials of what was drawn, with the error on draws held out.

Terms are chosen by orthogonal matching pursuit, as many as predict draws left out best (Blatman and Sudret 2011). The
basis is orthonormal under the distribution that draws come from, so that Sobol indices are sums of squared coefficients
(Sudret 2008). Every fifth draw is held out: where 95 of 100 errors there are not below :data:`GOOD`, a number has no
surrogate, and its draws stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.ensemble.ranges import GAINS, HIGH, LEADS, LOW
from cge.analysis.ensemble.space import Choice, Space
from cge.calibrate.parameters import TABLES
from cge.calibrate.parameters.register import uses
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import message
from sam.registry import NATION

GOOD = 0.02
"""Percentage points below which 95 of 100 held-out errors lie where a surrogate is given out."""
HELD_OUT = 5
"""One draw in so many is held out."""
FEWEST = 40
"""Draws below which nothing is fitted."""
POINTS, SLICE = 100_000, 10_000
"""Draws of the surrogate, and how many of them at once."""
LEADING = 8
"""Coordinates whose products with all others are tried."""
FOLDS, MOST = 5, 120
"""Parts that draws are left out in to count terms, and the most terms there are."""
AGAIN = 40
"""Resamplings of the draws for the error of Sobol indices."""
NODES = 16
Term = tuple[tuple[int, int], ...]
"""Functions whose product it is: coordinate and place among its functions; none for the constant."""
Key = tuple[str, str, str]
"""Scenario, or difference of two, measure, region."""


@dataclass(frozen=True)
class Basis:
    """Functions of every coordinate, orthonormal and of mean zero under its distribution.

    Parameters
    ----------
    kinds : tuple of int
        By coordinate: 0 for a part of a range, else the number of options of a choice.
    """

    kinds: tuple[int, ...]

    @staticmethod
    def of(space: Space) -> Basis:
        """That of what is drawn."""
        return Basis((*(0 for _ in space.moves), *(len(c.options) for c in space.choices)))

    def functions(self, k: int, part: Array) -> Array:
        """Functions of a coordinate at points of 0 to 1, (points, functions)."""
        at, weight = self._nodes(k)
        _, upper = np.linalg.qr(np.sqrt(weight)[:, None] * _raw(self.kinds[k], at))
        return np.asarray(np.linalg.solve(upper.T, _raw(self.kinds[k], part).T).T[:, 1:])

    def _nodes(self, k: int) -> tuple[Array, Array]:
        """Points and weights that integrate products of its functions exactly."""
        if self.kinds[k]:
            options = self.kinds[k] - 1
            return (np.array([0.25, *(0.5 + (np.arange(options) + 0.5) / (2 * options))]),
                    np.array([0.5, *np.full(options, 0.5 / options)]))  # fmt: skip
        at, weight = np.polynomial.legendre.leggauss(NODES)
        return np.concatenate([(at + 1) / 4, (at + 3) / 4]), np.concatenate([weight, weight]) / 4

    def columns(self, terms: Sequence[Term], points: Array) -> Array:
        """Terms at points, (points, terms)."""
        own = {k: self.functions(k, points[:, k]) for k in {k for term in terms for k, _ in term}}
        out = np.ones((len(points), len(terms)))
        for j, term in enumerate(terms):
            for k, a in term:
                out[:, j] *= own[k][:, a]
        return out


def _raw(kind: int, part: Array) -> Array:
    """Constant and functions that are made orthonormal: a range has a bend at its middle; options have one each."""
    if kind:
        options = kind - 1
        which = np.where(part < 0.5, 0, 1 + np.minimum(((2 * part - 1) * options).astype(int), options - 1))
        return np.column_stack([np.ones(len(part)), *(which == k for k in range(1, kind))]).astype(float)
    t = 2 * part - 1
    return np.column_stack([np.ones(len(t)), t, np.abs(t), t**2])


@dataclass(frozen=True)
class Fit:
    """A number as a polynomial of what was drawn.

    Parameters
    ----------
    basis : Basis
    terms : tuple of Term
        The constant first.
    coefficients : ndarray, (terms,)
    error : float
        95th percentile of the errors on draws held out, in units of the number.
    explained : float
        Part of the variance of draws held out that it explains.
    """

    basis: Basis
    terms: tuple[Term, ...]
    coefficients: Array
    error: float
    explained: float

    @property
    def good(self) -> bool:
        """Whether it may stand for the model."""
        return self.error <= GOOD

    def at(self, points: Array) -> Array:
        """The number at points, (points,)."""
        return np.asarray(self.basis.columns(self.terms, points) @ self.coefficients)


def fit(basis: Basis, points: Array, values: Array, held: Array) -> Fit:
    """Fit to the draws that are not held out.

    Parameters
    ----------
    points : ndarray, (draws, coordinates)
    values : ndarray, (draws,)
    held : ndarray of bool, (draws,)
    """
    own, known = points[~held], values[~held]
    single: list[Term] = [((k, a),) for k, kind in enumerate(basis.kinds) for a in range(kind - 1 if kind else 3)]
    terms, coefficients = _pursued(basis, single, own, known)
    strength: dict[int, float] = {}
    for term, c in zip(terms[1:], coefficients[1:], strict=True):
        strength[term[0][0]] = strength.get(term[0][0], 0.0) + float(c) ** 2
    leading = sorted(strength, key=lambda k: -strength[k])[:LEADING]
    first = [t for t in single if basis.kinds[t[0][0]] or t[0][1] == 0]
    pairs: list[Term] = [(*a, *b) for a, b in combinations(first, 2)
                         if a[0][0] != b[0][0] and {a[0][0], b[0][0]} & set(leading)]  # fmt: skip
    terms, coefficients = _pursued(basis, [*single, *pairs], own, known)
    made = Fit(basis, tuple(terms), coefficients, np.inf, 0.0)
    missed = made.at(points[held]) - values[held]
    variance = max(float(values[held].var()), np.finfo(float).tiny)
    return Fit(basis, made.terms, coefficients, float(np.quantile(np.abs(missed), 0.95)),
               1 - float((missed**2).mean()) / variance)  # fmt: skip


def _pursued(basis: Basis, candidates: Sequence[Term], points: Array, values: Array) -> tuple[list[Term], Array]:
    """Constant and candidates, the one nearest to what is left after the other, as many as folds left out bear."""
    columns, fold = basis.columns(candidates, points), np.arange(len(points)) % FOLDS
    most = min(len(points) // 3, len(candidates), MOST)
    missed = np.zeros((FOLDS, most + 1))
    for k in range(FOLDS):
        own, out = fold != k, fold == k
        order, q, upper = _order(columns[own], values[own], most)
        new = np.column_stack([np.ones(int(out.sum())), columns[out][:, order]])
        path = np.linalg.solve(upper.T, new.T).T * (q.T @ values[own])
        errors = ((values[out][:, None] - np.cumsum(path, axis=1)) ** 2).sum(0)
        missed[k] = np.pad(errors, (0, most + 1 - len(errors)), mode="edge")
    count = int(missed.sum(0).argmin())
    terms: list[Term] = [(), *(candidates[k] for k in _order(columns, values, count)[0])]
    return terms, np.linalg.lstsq(basis.columns(terms, points), values, rcond=None)[0]


def _order(columns: Array, values: Array, most: int) -> tuple[list[int], Array, Array]:
    """Columns in the order of pursuit, and the QR factors of the constant and of them."""
    count, chosen = len(columns), list[int]()
    q, left = np.full((count, 1), count**-0.5), values - values.mean()
    free = columns - columns.mean(0)
    scale = np.linalg.norm(columns, axis=0)
    for _ in range(most):
        size = np.linalg.norm(free, axis=0)
        near = np.abs(left @ free) / np.where(size > 1e-6 * scale, size, np.inf)
        k = int(near.argmax())
        if not near[k] > 1e-12 * np.linalg.norm(values):
            break
        new = free[:, k] / size[k]
        chosen.append(k)
        q = np.column_stack([q, new])
        left = left - new * (new @ left)
        free -= np.outer(new, new @ free)
    return chosen, q, q.T @ np.column_stack([np.ones(count), columns[:, chosen]])


def sobol(made: Fit, groups: Sequence[str], points: Array, values: Array, seed: int = 0) -> pd.DataFrame:
    """First and total Sobol indices of groups of coordinates, with the error that the number of draws leaves.

    Parameters
    ----------
    groups : sequence of str
        Group of each coordinate.
    points, values : ndarray
        Draws that it was fitted to.

    Returns
    -------
    DataFrame
        Columns ``group, first, first_error, total, total_error``: parts of the variance of the surrogate, and standard
        deviations over resampled draws.
    """
    names = list(dict.fromkeys(groups))
    inside = np.array([[{groups[k] for k, _ in term} == {n} for term in made.terms] for n in names])
    touches = np.array([[n in {groups[k] for k, _ in term} for term in made.terms] for n in names])
    columns, rng = made.basis.columns(made.terms, points), np.random.default_rng(seed)

    def parts(coefficients: Array) -> Array:
        squared = coefficients**2 * np.array([bool(t) for t in made.terms])
        return np.array([inside @ squared, touches @ squared]) / max(squared.sum(), np.finfo(float).tiny)

    again = []
    for _ in range(AGAIN):
        rows = rng.integers(len(points), size=len(points))
        again.append(parts(np.linalg.lstsq(columns[rows], values[rows], rcond=None)[0]))
    first, total = parts(made.coefficients)
    (first_error, total_error) = np.std(again, axis=0)
    return pd.DataFrame({"group": names, "first": first, "first_error": first_error, "total": total,
                         "total_error": total_error})  # fmt: skip


# ---------------------------------------------------------------- of an ensemble
def groups_of(space: Space) -> list[str]:
    """Group of levers of each coordinate: the table of a parameter, paths, or the kind of a choice."""
    known = uses()
    table = {p: t for t, p in zip(known["table"], known["parameter"], strict=True) if t in TABLES}
    own = [table.get(m.parameter, "paths") if m.name == m.parameter else "paths" for m in space.moves]
    return own + [c.kind for c in space.choices if isinstance(c, Choice)]


def outputs(table: pd.DataFrame, focus: str) -> dict[Key, pd.Series]:
    """Numbers that have a surrogate: real GDP everywhere; welfare, cumulative losses and differences of two places.

    Parameters
    ----------
    table : DataFrame
        As of :func:`cge.analysis.ensemble.ranges.values`.
    """
    own: dict[Key, pd.Series] = {}
    scenarios = list(dict.fromkeys(table.columns.get_level_values("scenario")))
    for scenario in scenarios:
        own |= {(scenario, LEADS, str(r)): table[scenario, LEADS, r] for r in table[scenario][LEADS].columns}
        own |= {(scenario, m, r): table[scenario, m, r] for m in GAINS if m != LEADS for r in (focus, NATION)}
    for one, other in combinations(scenarios, 2):
        for r in (focus, NATION):
            own[f"{other} - {one}", LEADS, r] = table[other, LEADS, r] - table[one, LEADS, r]
    return own


def surrogates(space: Space, table: pd.DataFrame, count: int, focus: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Surrogate, range and Sobol indices of every output.

    Parameters
    ----------
    table : DataFrame
        As of :func:`cge.analysis.ensemble.ranges.values`.
    count : int
        Draws asked for.

    Returns
    -------
    ranges : DataFrame
        By output: error on draws held out, whether the surrogate is good, and median, 5th and 95th percentile of
        :data:`POINTS` draws of it, or of the draws themselves where it is not.
    indices : DataFrame
        First and total Sobol indices by group for real GDP, and differences, of nation and focus province.

    Raises
    ------
    ScenarioError
        There are too few draws.
    """
    drawn = table.drop(-1)
    if len(drawn) < FEWEST:
        raise ScenarioError(message("CGE549", count=len(drawn), least=FEWEST))
    numbers = drawn.index.to_numpy(int)
    points, basis, groups = space.points(count)[numbers], Basis.of(space), groups_of(space)
    held = numbers % HELD_OUT == HELD_OUT - 1
    many = np.random.default_rng(space.seed).random((POINTS, len(groups)))
    rows, indices = list[dict[str, Any]](), list[pd.DataFrame]()
    for (scenario, measure, region), series in outputs(drawn, focus).items():
        values = series.to_numpy(float)
        made = fit(basis, points, values, held)
        sample = np.concatenate([made.at(x) for x in np.split(many, POINTS // SLICE)]) if made.good else values
        low, median, high = np.quantile(sample, [LOW, 0.5, HIGH])
        key = {"scenario": scenario, "measure": measure, "region": region}
        told = {"error": made.error, "explained": made.explained, "terms": len(made.terms)}
        rows.append(key | told | {"good": "yes" if made.good else "no", "median": median, "low": low, "high": high})
        if measure == LEADS and region in (focus, NATION):
            found = sobol(made, groups, points[~held], values[~held])
            indices.append(pd.DataFrame([key] * len(found)).join(found).assign(explained=made.explained))
    return pd.DataFrame(rows), pd.concat(indices, ignore_index=True)
