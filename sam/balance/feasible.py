"""Controls that no table with the signs of the prior can meet, named with what contradicts what."""

from __future__ import annotations

from math import floor, log10
from time import monotonic

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity

from cgebase.arrays import Array
from cgebase.messages import Message, joined, message
from sam.balance.dual import NOISE
from sam.balance.problem import Problem

SURE = 1e-7
"""Contradictions below this share of their controls are left to the reader: programs are solved no finer."""
SECONDS = 60.0
FEW = 60
"""A contradiction of more controls is not thinned out."""
NAMED, CONTRADICTIONS = 12, 5


def hopeless(problem: Problem, tolerance: float) -> list[Message]:
    """Controls that cannot be met whatever the others say.

    Parameters
    ----------
    problem : Problem
        Hard controls only.
    """
    free, a, b = problem.reduced()
    terms = csr_matrix(a.multiply(problem.prior[free]))
    most, least = (np.asarray(part.sum(1)).ravel() for part in (terms.maximum(0), terms.minimum(0)))
    faults = []
    for i in np.flatnonzero((b > tolerance) & (most == 0) | (b < -tolerance) & (least == 0)):
        faults.append(_stuck(problem, int(i), blocked=most[i] == 0 and least[i] == 0))
    for i in np.flatnonzero((np.abs(b) <= tolerance) & ((most > 0) != (least < 0))):
        faults.append(_stuck(problem, int(i), blocked=False))
    return faults


def _stuck(problem: Problem, control: int, *, blocked: bool) -> Message:
    terms = problem.controls[control].multiply(problem.prior).tocsc()
    held = _sum(terms.multiply(problem.moves == 0).data)
    facts = {"name": problem.name(control), "target": problem.targets[control], "held": held}
    if blocked:
        return message("SAM311", **facts)
    terms = terms.multiply(problem.moves > 0).tocoo()
    return message("SAM312", **facts, cell=problem.cell_name(int(terms.col[np.argmax(np.abs(terms.data))])))


def contradictions(problem: Problem, ray: Array) -> list[Message]:
    """Sets of controls that contradict each other, the smallest first; empty where none is found in time.

    Parameters
    ----------
    problem : Problem
        Hard controls only.
    ray : ndarray (m,)
        A combination that a method has come upon, or zeros. It may miss its target by no more than rounding, finer
        than a linear program is solved.

    Notes
    -----
    Controls A x = b cannot be met with x of given signs when some combination y'A is never positive on such x while
    y'b is (Farkas). The combination is the dual solution of the elastic program that meets the controls with the
    least sum of violations; it is thinned out by leaving controls away one by one (deletion filter, Chinneck 2008).
    """
    free, a, b = problem.reduced()
    signed = csr_matrix(a.multiply(np.sign(problem.prior[free])))
    until = monotonic() + SECONDS
    rest, found = np.arange(len(b)), list[Array]()
    ray = np.where(np.abs(ray) > SURE * np.abs(ray).max(initial=0.0), ray, 0.0)
    while len(found) < CONTRADICTIONS:
        y = ray if ray.any() and not found else _farkas(signed, b, rest, until)
        if not y.any():
            break
        y = _thinned(signed, b, y, until)
        found.append(y)
        rest = np.setdiff1d(rest, np.flatnonzero(y))
    return [_told(problem, y) for y in sorted(found, key=np.count_nonzero)]


def _thinned(a: csr_matrix, b: Array, y: Array, until: float) -> Array:
    if np.count_nonzero(y) > FEW:
        return y
    for i in np.flatnonzero(y):
        less = _farkas(a, b, np.setdiff1d(np.flatnonzero(y), [i]), until)
        y = less if less.any() else y
    return y


def _farkas(a: csr_matrix, b: Array, rows: Array, until: float) -> Array:
    """Combination of these controls that no table of the right signs can meet; zero where there is none."""
    y = np.zeros(len(b))
    left = until - monotonic()
    if not len(rows) or left <= 0:
        return y
    some = a[rows]
    some = some[:, np.flatnonzero(some.getnnz(0))]
    largest = abs(some).max(axis=0).toarray().ravel()
    some = csr_matrix(some.multiply(1 / largest[None]))
    k, n = some.shape
    unit = identity(k)
    found = linprog(
        np.concatenate([np.zeros(n), np.ones(2 * k)]), A_eq=hstack([some, unit, -unit], format="csr"), b_eq=b[rows],
        method="highs", options={"time_limit": left},
    )  # fmt: skip
    if found.status == 0 and found.fun > SURE:
        part = np.asarray(found.eqlin.marginals)
        y[rows] = np.where(np.abs(part) > 1e-9, part, 0.0)
    return y


def _told(problem: Problem, y: Array) -> Message:
    """What the controls of a combination say, each with its factor, the largest first."""
    factors = y / problem.sizes
    factors = np.round(factors / np.abs(factors).max(), -round(log10(NOISE)))
    held = np.where(problem.moves > 0, 0.0, problem.prior)
    terms = factors * problem.targets
    most = _sum(factors * (problem.controls @ held))
    rows = np.flatnonzero(factors)
    rows = rows[np.argsort(-np.abs(terms[rows]), kind="stable")]
    head = message("SAM313", count=len(rows), most=most, found=_sum(terms))
    lines = [
        message("balance.line", factor=factors[i], name=problem.name(int(i)), target=problem.targets[i]) for i in rows
    ]
    return joined(head, lines, most=NAMED)


def _sum(terms: Array) -> float:
    """A sum without the digits that rounding leaves unknown, which differ between processors."""
    noise = NOISE * float(np.abs(terms).sum())
    return round(float(terms.sum()), -floor(log10(noise))) if noise else 0.0
