"""Whether a solution is determined; where it is not, the equations and unknowns at fault by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve

from cge.language.data import cell_text
from cge.language.structure import name_cells
from cge.solve.linear import CondensedJacobian, Factor
from cge.solve.state import State
from cgebase.errors import SpecificationError
from cgebase.messages import listed, message

Array = np.ndarray
SINGULAR = 1e-8
"""Smallest singular value of the Jacobian, rows and columns scaled to 1, below which a residual of 1e-9 leaves the
solution open by a tenth and more."""
PIVOT = 1e-20
"""Least pivot of a factor of a scaled Jacobian that may be singular."""
SMALL = 300
"""Unknowns up to which the singular value itself costs milliseconds."""
LARGEST_ANSWER, ACCURACY = 1e7, 1e-4
"""Beyond this many times the size of a random right side, which is met to this accuracy, a large Jacobian is looked at
exactly."""
STILL = 1e-3
"""Move, relative to the largest, below which an unknown counts as still."""
BOTH_WAYS = 6
"""Rows that are met both ways up to which every choice of what stays is looked at; of more, all or none."""
NAMED = 6
"""Equations whose derivatives are not finite that are named."""
EQUAL = 6
"""Decimals of a move, relative to the largest, in which equal ones are named in the order of the theory."""


@dataclass(frozen=True)
class WeakDirection:
    """The combination of equations and of unknowns in which a Jacobian is nearest to singular.

    Parameters
    ----------
    singular_value : float
        Of the Jacobian with rows and columns scaled to a largest entry of 1.
    equations, unknowns : tuple of int
        Rows and columns by weight, largest first.
    move : ndarray, (n,)
        Of the unknowns, unscaled.
    """

    singular_value: float
    equations: tuple[int, ...]
    unknowns: tuple[int, ...]
    move: Array

    @property
    def singular(self) -> bool:
        """Whether it counts as singular."""
        return self.singular_value < SINGULAR


def weakest_direction(jacobian: Array, *, steps: int = 4, named: int = NAMED) -> WeakDirection:
    """Smallest singular pair by inverse iteration on one LU factorisation.

    Parameters
    ----------
    jacobian : ndarray, (n, n)
    """
    n = len(jacobian)
    columns = np.abs(jacobian).max(0, initial=0.0)
    columns = np.where(columns > 0, columns, 1.0)
    scaled = jacobian / columns[None]
    rows = np.abs(scaled).max(1, initial=0.0)
    scaled = scaled / np.where(rows > 0, rows, 1.0)[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        lu, pivots = lu_factor(scaled)
    diagonal = lu.diagonal()
    lu[np.arange(n), np.arange(n)] = np.where(np.abs(diagonal) > PIVOT, diagonal, PIVOT)
    factor = lu, pivots
    right = np.random.default_rng(0).standard_normal(n)
    left = right
    for _ in range(steps):
        left = lu_solve(factor, right / np.linalg.norm(right), trans=1)
        left /= np.linalg.norm(left)
        right = lu_solve(factor, left)
    right /= np.linalg.norm(right)
    value = float(np.linalg.norm(scaled @ right))
    return WeakDirection(value, _heaviest(left, named), _heaviest(right, named), right / columns)


def _heaviest(weights: Array, named: int) -> tuple[int, ...]:
    size = np.abs(weights) / np.abs(weights).max()
    order = np.argsort(-size.round(EQUAL), kind="stable")[:named]
    return tuple(int(k) for k in order if size[k] > STILL)


def require_determined(state: State, u: Array, factor: Factor | None) -> Factor | None:
    """Refuse a solution that can move while every equation stays met.

    Parameters
    ----------
    factor : Factor or None
        Of a Jacobian nearby.

    Returns
    -------
    factor : Factor or None
        Of this one where a new one had to be made.

    Raises
    ------
    SpecificationError
        Names the equations that depend on each other and the unknowns that are free.
    """
    if not u.size:
        return factor
    jacobian = state.linearise(u)[1]
    weakest, factor = _open(state, jacobian, factor)
    if weakest is not None:
        level, words = dependence(state, u, weakest)
        raise SpecificationError(message("CGE402.level" if level else "CGE402", **words))
    if (slide := _slide(state, u, jacobian, factor)) is not None:
        raise SpecificationError(message("CGE402", **dependence(state, u, slide)[1]))
    return factor


def _open(
    state: State, jacobian: CondensedJacobian, factor: Factor | None
) -> tuple[WeakDirection | None, Factor | None]:
    """The direction in which a Jacobian is singular, None where it is not, and the factor that was used.

    A random right side lies outside the range of a singular matrix: only where the answer to one is large or is not
    found, or the matrix is small, is the singular value computed.
    """
    if jacobian.n > SMALL:
        right = np.random.default_rng(0).standard_normal(jacobian.n)
        with np.errstate(all="ignore"):
            answer, factor, _ = jacobian.solve(right, factor, ACCURACY)
        if np.linalg.norm(answer) <= LARGEST_ANSWER * np.linalg.norm(right):
            return None, factor
    weakest = weakest_direction(_finite(state, jacobian))
    return (weakest if weakest.singular else None), factor


def _finite(state: State, jacobian: CondensedJacobian) -> Array:
    """The matrix of a Jacobian, refused with the first equations whose derivatives are not finite."""
    matrix = jacobian.dense()
    steep = np.flatnonzero(~np.isfinite(matrix).all(1))
    if steep.size:
        cells = [cell_text(*state.system.equation_at(state.layout, int(k))) for k in steep[:NAMED]]
        raise SpecificationError(message("CGE402.steep", equations=listed(cells)))
    return matrix


@dataclass(frozen=True)
class Weakest:
    """Where a solution is held least firmly.

    Parameters
    ----------
    singular_value : float
        Smallest of the Jacobian with rows and columns scaled to 1; below 1e-8 the solution is refused as open.
    equations, unknowns : str
        By name and label, by weight: equations that nearly follow from each other, unknowns that nearly move together.
    """

    singular_value: float
    equations: str
    unknowns: str


def weakest_of(state: State) -> Weakest:
    """The weakest direction at the values of a state, by name."""
    u = state.pack()
    weakest = weakest_direction(_finite(state, state.linearise(u)[1]))
    return Weakest(weakest.singular_value, **dependence(state, u, weakest)[1])


def _slide(state: State, u: Array, jacobian: CondensedJacobian, factor: Factor | None) -> WeakDirection | None:
    """A direction into which rows that are met both ways let a solution slide while all equations stay met.

    Of every such row either the residual or the variable stays where it is, and the other may move to its own side.
    """
    weak = state.weak_rows(u)
    if not weak.size:
        return None
    layout, active = state.layout, copy(jacobian)
    active.row_scale, active.slack = jacobian.row_scale.copy(), jacobian.slack.copy()
    active.row_scale[weak], active.slack[weak] = 1 / state.scale[weak], 0.0
    paired = layout.paired[weak]
    at_upper = np.abs(layout.upper[weak] - u[paired]) < np.abs(u[paired] - layout.lower[weak])
    every = list(product((False, True), repeat=len(weak))) if len(weak) <= BOTH_WAYS else [[False] * len(weak)]
    for idle in map(np.array, (*every, [True] * len(weak))):
        still = np.zeros(active.n, bool)
        still[paired[idle]] = True
        weakest, factor = _open(state, active.moving(still), factor)
        if weakest is None:
            continue
        rows, size = active.dense()[weak], np.abs(weakest.move)
        inward = np.where(at_upper, -1.0, 1.0) * np.where(idle, rows @ weakest.move, weakest.move[paired])
        least = STILL * np.where(idle, np.abs(rows) @ size, size.max())
        if (inward >= -least).all() or (inward <= least).all():
            return weakest
    return None


def dependence(state: State, u: Array, weakest: WeakDirection) -> tuple[bool, dict[str, str]]:
    """Whether one number multiplies all unknowns that are free, and equations and unknowns as fields of a message."""
    system, layout = state.system, state.layout
    with np.errstate(all="ignore"):
        relative = np.where(layout.limited > 0, weakest.move, weakest.move / u)
    moving = np.flatnonzero(np.abs(weakest.move) > STILL * np.abs(weakest.move).max())
    level = len(moving) > 1 and bool(np.ptp(relative[moving]) <= STILL * np.abs(relative[moving]).max())

    def listing(cells: Iterable[tuple[str, tuple[str, ...]]]) -> str:
        named: dict[str, tuple[tuple[str, ...], ...]] = {}
        for name, labels in cells:
            named[name] = (*named.get(name, ()), labels)
        return name_cells(named)

    return level, {
        "equations": listing(system.equation_at(layout, k) for k in weakest.equations),
        "unknowns": listing(system.unknown_at(layout, k) for k in (moving.tolist() if level else weakest.unknowns)),
    }
