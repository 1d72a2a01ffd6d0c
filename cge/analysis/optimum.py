"""The least of a number, of the worst of others, or of a mix, over shares of fixed totals within bounds.

Sequential quadratic programming on exact derivatives with a quasi-Newton model of curvature; the worst is minimised in
its epigraph, so that nothing is smoothed. Where the way ends is told by its Karush-Kuhn-Tucker residual, with the
multipliers that make it least.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import lsq_linear, nnls

from cgebase.arrays import Array

TARGET = 1e-5
"""KKT residual at which a way has arrived."""
STEPS, HALVES = 80, 6
NOISE = 1e-7
"""Points that a number may differ by from one solve to another."""
PROXIMAL = 1e-2
"""Curvature of the worst in its epigraph; it moves nothing where the way ends."""
EMPTY = 1e-12
"""Distance below which no point meets the conditions of a step."""
SECANT = 0.03
"""Relative move by which curvatures are estimated."""
SPREAD = 30.0
"""Curvatures of relative moves are taken within this factor of their median."""
NEAR = 1e-9
"""Relative distance to a bound at which it is met."""
FIRM = 1e3
"""Weight of sums of multipliers, which are given, beside the residuals."""
NEARBY, SIDES = 1e-4, 6
"""Relative move within which derivatives of other points are sides of a kink at this one, and how many are kept."""


@dataclass(frozen=True)
class Numbers:
    """A point: the number minimised, and those whose worst counts."""

    least: float
    held: Array


@dataclass(frozen=True)
class Slopes:
    """Derivatives of :class:`Numbers` by the point, (n,) and (k, n)."""

    least: Array
    held: Array


@dataclass(frozen=True)
class Task:
    """What is asked.

    Parameters
    ----------
    values : callable
        Numbers at a point; raises an error of ``refused`` where there are none.
    slopes : callable
        Derivatives at a point; the second argument says whether those of ``held`` are wanted.
    low, high : ndarray, (n,)
        Bounds, positive.
    blocks : sequence of slice
        Parts of the point that each keep their sum.
    refused : tuple of type
    """

    values: Callable[[Array], Numbers]
    slopes: Callable[[Array, bool], Slopes]
    low: Array
    high: Array
    blocks: Sequence[slice]
    refused: tuple[type[Exception], ...] = ()


@dataclass(frozen=True)
class Aim:
    """``own`` times the number and ``worst`` times the worst of the others, which stay below ``ceiling``."""

    own: float = 1.0
    worst: float = 0.0
    ceiling: float | None = None

    @property
    def looks(self) -> bool:
        """Whether the others matter."""
        return self.worst > 0 or self.ceiling is not None

    def of(self, numbers: Numbers) -> float:
        """What is minimised."""
        return self.own * numbers.least + (self.worst * float(numbers.held.max()) if self.worst else 0.0)


@dataclass(frozen=True)
class Optimum:
    """Where the way ended.

    Parameters
    ----------
    at : ndarray, (n,)
    residual : float
        Largest violation of the KKT conditions: of derivatives by relative moves over the largest of the number's.
    weight : float
        Of the worst in the mix that the point is an optimum of, 0 to 1.
    evaluations : int
        Points solved.
    kink : bool
        Whether the conditions take derivatives to several sides: the point is where they jump.
    """

    at: Array
    residual: float
    weight: float
    evaluations: int
    kink: bool = False

    @property
    def met(self) -> bool:
        """Whether the conditions hold."""
        return self.residual <= TARGET


def optimum(task: Task, aim: Aim, start: Array) -> Optimum:
    """The least from a start, which keeps the sums and bounds."""
    return _Way(task, aim, start).gone()


def within(point: Array, low: Array, high: Array, blocks: Sequence[slice], totals: Sequence[float]) -> Array:
    """The point of given sums within bounds whose parts are those of ``point`` times one factor where they are free."""
    out = np.array(point, float)
    for block, total in zip(blocks, totals, strict=True):
        x, a, b = out[block], low[block], high[block]
        ends = np.concatenate([a / x, b / x])
        down, up = float(ends.min()), float(ends.max())
        for _ in range(200):
            middle = 0.5 * (down + up)
            down, up = (middle, up) if np.clip(middle * x, a, b).sum() < total else (down, middle)
        out[block] = _exact(np.clip(up * x, a, b), a, b, total)
    return out


def _exact(x: Array, low: Array, high: Array, total: float) -> Array:
    """The same with its sum to the last digits: what is missing goes where there is most room."""
    out = x.copy()
    for _ in range(4):
        missing = total - out.sum()
        room = high - out if missing > 0 else out - low
        k = int(np.argmax(room))
        out[k] = np.clip(out[k] + missing, low[k], high[k])
    return out


class _Way:
    """Steps from one start."""

    def __init__(self, task: Task, aim: Aim, start: Array) -> None:
        self.task, self.aim, self.start = task, aim, start
        self.totals = [float(start[b].sum()) for b in task.blocks]
        self.evaluations = 0

    def gone(self) -> Optimum:
        """Steps until the conditions hold, or lead no further; the point where they hold best."""
        x = self.start
        numbers, slopes = self.at(x)
        scale = np.sqrt(self.curvatures(x, slopes))
        bend, passed = np.eye(len(x)), [np.inf]
        sides: list[tuple[Array, Slopes]] = []
        best = self.looked(x, numbers, slopes, sides)
        for _ in range(STEPS):
            if best.met:
                break
            move, by = self.quadratic(x, numbers, slopes, scale, bend)
            weight = 2 * float(by.sum())
            passed = [*passed[-2:], self.merit(numbers, weight)]
            gone = self.along(x, move, weight, max(passed))
            if gone is None:
                break
            here, numbers = gone
            before = self.lagrangian(slopes, by)
            slopes = self.sloped(here)
            change, turned = (here - x) * scale, (self.lagrangian(slopes, by) - before) / scale
            bend, x = _bent(bend, change, turned), here
            best = min(best, self.looked(x, numbers, slopes, sides), key=lambda b: b.residual)
        return replace(best, evaluations=self.evaluations)

    def looked(self, x: Array, numbers: Numbers, slopes: Slopes, sides: list[tuple[Array, Slopes]]) -> Optimum:
        """How far the conditions hold, with what was seen to other sides; the point becomes one of those."""
        near = [other for at, other in sides if np.abs(at / x - 1).max() <= NEARBY]
        residual, weight = conditions(self.task, self.aim, x, numbers, [slopes])
        kink = residual > TARGET and bool(near)
        if kink:
            residual, weight = conditions(self.task, self.aim, x, numbers, [slopes, *near])
        sides[:] = [*sides[1 - SIDES :], (x, slopes)]
        return Optimum(x, residual, weight, self.evaluations, kink)

    # ------------------------------------------------------------ numbers
    def at(self, x: Array) -> tuple[Numbers, Slopes]:
        """Numbers and derivatives of a point."""
        return self.valued(x), self.sloped(x)

    def valued(self, x: Array) -> Numbers:
        """Numbers of a point."""
        self.evaluations += 1
        return self.task.values(x)

    def sloped(self, x: Array) -> Slopes:
        """Derivatives there."""
        return self.task.slopes(x, self.aim.looks)

    def lagrangian(self, slopes: Slopes, by: Array) -> Array:
        """Derivative of what is minimised, with multipliers; sums and bounds have no curvature."""
        own = self.aim.own * slopes.least
        return np.asarray(own + by @ slopes.held if self.aim.looks else own)

    def curvatures(self, x: Array, slopes: Slopes) -> Array:
        """Second derivatives of the number by each coordinate alone, roughly: from one move of all."""
        try:
            moved = (1 - SECANT) * x
            self.valued(moved)
            change = (slopes.least - self.task.slopes(moved, False).least) / (SECANT * x)
        except self.task.refused:
            change = np.abs(slopes.least) / x
        relative = np.abs(change) * x**2
        middle = float(np.median(relative)) or 1.0
        return np.clip(relative, middle / SPREAD, middle * SPREAD) / x**2

    def merit(self, numbers: Numbers, weight: float) -> float:
        """What a step shall make less: the aim, and what is above the ceiling times a weight."""
        over = 0.0 if self.aim.ceiling is None else max(float(numbers.held.max()) - self.aim.ceiling, 0.0)
        return self.aim.of(numbers) + weight * over

    # ------------------------------------------------------------ steps
    def quadratic(
        self, x: Array, numbers: Numbers, slopes: Slopes, scale: Array, bend: Array
    ) -> tuple[Array, Array]:  # fmt: skip
        """Move to the optimum of the quadratic model, and the multipliers of the numbers held there."""
        task, aim, n = self.task, self.aim, len(x)
        epigraph, k = aim.worst > 0, len(numbers.held) if aim.looks else 0
        slope = np.append(aim.own * slopes.least / scale, [aim.worst] * epigraph)
        model = np.eye(n + epigraph)
        model[:n, :n] = bend
        model[n:, n:] *= PROXIMAL
        sums = np.zeros((len(task.blocks), n + epigraph))
        for row, block in zip(sums, task.blocks, strict=True):
            row[block] = 1 / scale[block]
        held = np.zeros((k, n + epigraph))
        if k:
            held[:, :n] = -slopes.held / scale
            held[:, n:] = 1.0
        unit = np.eye(n + epigraph)[:n]
        rows = np.vstack([held, unit, -unit])
        worst = float(numbers.held.max()) if k else 0.0
        top = worst if aim.ceiling is None else aim.ceiling
        for part in (0.0, 0.5, 0.75, 0.9, 1.0):
            ceiling = top + part * max(worst - top, 0.0)
            least = np.concatenate([numbers.held - ceiling if k else [], (task.low - x) * scale,
                                    (x - task.high) * scale])  # fmt: skip
            found = _least_quadratic(model, slope, sums, rows, least)
            if found is not None:
                return found[0][:n] / scale, found[1][:k]
        return np.zeros(n), np.zeros(k)

    def along(self, x: Array, move: Array, weight: float, least: float) -> tuple[Array, Numbers] | None:
        """The point of the longest part of a move that does not lead up."""
        for halves in range(HALVES):
            here = x + 0.5**halves * move
            for block, total in zip(self.task.blocks, self.totals, strict=True):
                low, high = self.task.low[block], self.task.high[block]
                here[block] = _exact(np.clip(here[block], low, high), low, high, total)
            try:
                numbers = self.valued(here)
            except self.task.refused:
                continue
            if self.merit(numbers, weight) <= least + NOISE:
                return here, numbers
        return None


def _bent(bend: Array, change: Array, turned: Array) -> Array:
    """Second derivatives brought up to date, kept positive (BFGS, damped as Powell does)."""
    own = bend @ change
    size, along = float(change @ own), float(change @ turned)
    if size <= 0:
        return bend
    part = 1.0 if along >= 0.2 * size else 0.8 * size / (size - along)
    mixed = part * turned + (1 - part) * own
    return np.asarray(bend - np.outer(own, own) / size + np.outer(mixed, mixed) / float(change @ mixed))


def _least_quadratic(
    model: Array, slope: Array, equal: Array, rows: Array, least: Array
) -> tuple[Array, Array] | None:  # fmt: skip
    """The move of least ``slope'd + d'model d / 2`` with ``equal d = 0`` and ``rows d >= least``, and multipliers.

    Turned into the point of least distance, which non-negative least squares find (Lawson and Hanson); None where
    nothing meets the conditions.
    """
    free = null_space(equal)
    factor = np.linalg.cholesky(free.T @ model @ free)
    first = np.linalg.solve(factor, free.T @ slope)
    inside = np.linalg.solve(factor, (rows @ free).T).T
    above = least + inside @ first
    found, _ = nnls(np.vstack([inside.T, above]), np.append(np.zeros(free.shape[1]), 1.0), maxiter=50 * len(above))
    rest = 1.0 - float(above @ found)
    if rest <= EMPTY:
        return None
    move = free @ np.linalg.solve(factor.T, inside.T @ found / rest - first)
    return move, found / rest


def conditions(
    task: Task, aim: Aim, at: Array, numbers: Numbers, sides: Sequence[Slopes]
) -> tuple[float, float]:  # fmt: skip
    """KKT residual of a point, and the weight of the worst in the mix whose optimum it is.

    Derivatives are by relative moves and over the largest of the number's. Multipliers are those that leave the least
    sum of squares: one for each sum, not negative for bounds that are met and for each of the others, times how far it
    is from its ceiling, in parts of that.

    Parameters
    ----------
    sides : sequence of Slopes
        Derivatives at the point, and to other sides of a kink there: a mean of them, with weights that are not
        negative, stands for the derivative.
    """
    n, k, m = len(at), len(numbers.held) if aim.looks else 0, len(sides)
    unit = max(float(np.abs(at * side.least).max()) for side in sides)
    rows = at / unit
    above = aim.ceiling if aim.ceiling is not None else (float(numbers.held.max()) if k else 0.0)
    gap = (above - numbers.held) / max(abs(above), NEAR) if k else np.zeros(0)
    columns = [np.concatenate([side.least * rows, np.zeros(k)])[:, None] for side in sides]
    columns += [np.vstack([(side.held * rows).T, np.diag(gap)]) for side in sides if k]
    least = np.zeros(m + k * m)
    for block in task.blocks:
        columns.append(_column(n + k, np.arange(n)[block], rows[block])[:, None])
    least = np.append(least, np.full(len(task.blocks), -np.inf))
    for there, sign in ((at <= task.low * (1 + NEAR), -1.0), (at >= task.high * (1 - NEAR), 1.0)):
        columns += [_column(n + k, p, sign * rows[p])[:, None] for p in np.flatnonzero(there)]
    matrix = np.hstack(columns)
    least = np.append(least, np.zeros(matrix.shape[1] - len(least)))
    sums = np.zeros((2, matrix.shape[1]))
    sums[0, :m] = FIRM
    sums[1, m : m + k * m] = FIRM if aim.worst else 0.0
    matrix = np.vstack([matrix, sums])
    right = np.append(np.zeros(n + k), [FIRM * aim.own, FIRM * aim.worst])
    size = np.linalg.norm(matrix, axis=0)
    size[size == 0] = 1.0
    found = lsq_linear(matrix / size, right, (least, np.inf), method="bvls", tol=1e-15, max_iter=1000)
    by = found.x / size
    missed = np.abs(matrix @ by - right)
    beyond = float(-gap.min()) if k else 0.0
    total = float(by[m : m + k * m].sum())
    return max(float(missed.max()), beyond), total / (aim.own + total) if k else 0.0


def _column(size: int, places: Any, values: Any) -> Array:
    """A column that is zero but at some places."""
    out = np.zeros(size)
    out[places] = values
    return out
