"""Where a Jacobian is nearest to singular, in the names of its equations and unknowns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lu_factor, lu_solve

from cge.language.structure import CellPattern, name_cells
from cge.solve.system import System

Array = np.ndarray
SINGULAR = 1e-12
"""Smallest singular value of the Jacobian, rows and columns scaled to 1, below which it counts as singular."""


@dataclass(frozen=True)
class WeakDirection:
    """The combination of equations and of unknowns in which a Jacobian is nearest to singular.

    Parameters
    ----------
    singular_value : float
        Of the Jacobian with rows and columns scaled to a largest entry of 1.
    equations, unknowns : tuple of int
        Rows and columns by weight, largest first.
    """

    singular_value: float
    equations: tuple[int, ...]
    unknowns: tuple[int, ...]

    @property
    def singular(self) -> bool:
        """Whether it counts as singular."""
        return self.singular_value < SINGULAR


def weakest_direction(jacobian: Array, *, steps: int = 4, listed: int = 6) -> WeakDirection:
    """Smallest singular pair by inverse iteration on one LU factorisation.

    Parameters
    ----------
    jacobian : ndarray, (n, n)
    """
    n = len(jacobian)
    columns = np.abs(jacobian).max(0, initial=0.0)
    scaled = jacobian / np.where(columns > 0, columns, 1.0)[None]
    rows = np.abs(scaled).max(1, initial=0.0)
    scaled = scaled / np.where(rows > 0, rows, 1.0)[:, None]
    tiny = np.finfo(float).eps * n
    factor = lu_factor(scaled + tiny * 1e-3 * np.eye(n), check_finite=True)
    right = np.random.default_rng(0).standard_normal(n)
    left = right
    for _ in range(steps):
        left = lu_solve(factor, right / np.linalg.norm(right), trans=1)
        left /= np.linalg.norm(left)
        right = lu_solve(factor, left)
    right /= np.linalg.norm(right)
    value = float(np.linalg.norm(scaled @ right))
    return WeakDirection(
        value,
        tuple(int(k) for k in np.argsort(-np.abs(left))[:listed]),
        tuple(int(k) for k in np.argsort(-np.abs(right))[:listed]),
    )


def name_weakest(
    system: System, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str]
) -> tuple[WeakDirection, str]:
    """Weakest direction of the condensed Jacobian at a point, and its equations and unknowns in words.

    Parameters
    ----------
    values : mapping of str to ndarray
        Core variables at the point, and exogenous ones.
    """
    jacobian, _, _ = system.jacobian(parameters, values, active)
    found = weakest_direction(jacobian)
    layout = system.layout(parameters, active)
    pattern = CellPattern(system.theory, system.sets, parameters)
    rows = [(b.statement.name, b.statement.variable, b.cells, b.rows.start) for b in layout.equations]
    columns = [(name, name, cells, where.start) for name, cells, where in layout.core]

    def words(blocks: Sequence[tuple[str, str, Array, int]], positions: Sequence[int]) -> str:
        named: dict[str, list[tuple[str, ...]]] = {}
        for k in positions:
            name, variable, cells, start = next(b for b in reversed(blocks) if b[3] <= k)
            named.setdefault(name, []).extend(pattern.labels(variable, cells[k - start : k - start + 1]))
        return name_cells({n: tuple(c) for n, c in named.items()})

    text = (
        f"smallest singular value {found.singular_value:.1e}; equations {words(rows, found.equations)}; "
        f"unknowns {words(columns, found.unknowns)}"
    )
    return found, text
