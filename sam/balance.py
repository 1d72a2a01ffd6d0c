"""Joint entropy balance: the table nearest to its prior that meets every linear control.

Minimises sum_k (1/w_k) [x_k log(x_k/x0_k) - x_k + x0_k] subject to A x = b. The solution is
x = x0 exp(w A'y): signs and zeros are kept, and a cell with small weight w hardly moves. Newton on the dual,
as in Golan, Judge and Miller (1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

from sam.errors import BalanceError
from sam.messages import message

Array = np.ndarray
RIDGE = 1e-12
ROUNDS = 80


@dataclass(frozen=True)
class Balanced:
    """Result of a balance.

    Parameters
    ----------
    values : ndarray
        Balanced cells.
    gap : float
        Largest violation of a control, relative to its scale.
    rounds : int
    """

    values: Array
    gap: float
    rounds: int


def balance(
    prior: Array, controls: csr_matrix, targets: Array, *, weights: Array, scale: Array, tolerance: float = 1e-11
) -> Balanced:
    """Balance positive cells to linear controls.

    Parameters
    ----------
    prior : ndarray (n,)
        Positive.
    controls : csr_matrix (m, n)
    targets : ndarray (m,)
    weights : ndarray (n,)
        Readiness to move, positive; 1 is ordinary.
    scale : ndarray (m,)
        Size of each control; gaps are relative to it.

    Raises
    ------
    BalanceError
        Controls contradict each other; the worst are numbered.
    """
    a = csr_matrix(controls.multiply(1 / scale[:, None]))
    b = targets / scale
    y = np.zeros(len(b))
    x = prior.copy()
    gap = a @ x - b

    def dual(z: Array) -> tuple[float, Array]:
        with np.errstate(over="ignore"):
            cells = prior * np.exp(np.clip(weights * (a.T @ z), -60, 60))
        return float((cells / weights).sum() - z @ b), cells

    value, x = dual(y)
    for rounds in range(ROUNDS):
        gap = a @ x - b
        if np.abs(gap).max() <= tolerance:
            return Balanced(x, float(np.abs(gap).max()), rounds)
        hessian = (a @ csr_matrix(a.multiply((weights * x)[None])).T).toarray()
        hessian[np.diag_indices_from(hessian)] += RIDGE * hessian.diagonal().mean()
        step = -cho_solve(cho_factor(hessian, overwrite_a=True, check_finite=False), gap)
        size = 1.0
        while size > 1e-8:
            trial, cells = dual(y + size * step)
            if np.isfinite(trial) and trial <= value + 1e-4 * size * float(gap @ step) + 1e-13 * abs(value):
                break
            size /= 2
        y, value, x = y + size * step, trial, cells
    worst = np.argsort(-np.abs(gap))[:10]
    raise BalanceError(
        message("SAM303", tolerance=tolerance, rounds=ROUNDS, gap=np.abs(gap).max(), controls=worst.tolist())
    )
