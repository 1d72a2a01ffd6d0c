"""What every method of balancing is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack

from cgebase.arrays import Array
from cgebase.errors import BalanceError
from cgebase.messages import joined, message

FLOOR = 1e-6
"""Share of its prior that a cell keeps in least squares, so that no cell vanishes; the report lists cells there."""


@dataclass(frozen=True)
class Problem:
    """Cells, and linear controls on them: the table sought is near its prior and meets A x = b.

    Parameters
    ----------
    prior : ndarray (n,)
        Cells of either sign, in any unit. A zero stays zero.
    controls : csr_matrix (m, n)
        A. Totals have the coefficient 1; an account whose receipts equal its payments has 1 and -1.
    targets : ndarray (m,)
        b, in the unit of the cells.
    reliability : ndarray (n,), optional
        How much dearer a relative move of the cell is than of an ordinary one, positive; 1 is ordinary, ``inf``
        holds the cell.
    firmness : ndarray (m,), optional
        The same for targets; ``inf``, the default, is a hard control. A target that may give way is estimated beside
        the cells, as in Stone, Champernowne and Meade (1942).
    scale : ndarray (m,), optional
        Size of each control; gaps are relative to it. By default the larger of the target and the sum of absolute
        cells.
    cells : DataFrame, n rows, optional
        Labels of the cells; a column ``source`` says where a cell comes from.
    names : sequence of str, optional
        Labels of the controls.

    Raises
    ------
    BalanceError
        Cells or targets are no numbers, reliabilities are not positive; all faults are listed (SAM310).
    """

    prior: Array
    controls: csr_matrix
    targets: Array
    reliability: Array | None = None
    firmness: Array | None = None
    scale: Array | None = None
    cells: pd.DataFrame | None = None
    names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        m, n = self.controls.shape
        sizes = {"prior": n, "reliability": n, "cells": n, "targets": m, "firmness": m, "scale": m, "names": m}
        for name, size in sizes.items():
            value = getattr(self, name)
            if value is not None and len(value) != size:
                raise ValueError(f"{name} has length {len(value)}, controls are {m} x {n}")
        for name in ("prior", "targets"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=float))
        faults = [
            message(key, name=label(int(k)), value=values[k])
            for key, values, bad, label in (
                ("SAM310.prior", self.prior, ~np.isfinite(self.prior), self.cell_name),
                ("SAM310.target", self.targets, ~np.isfinite(self.targets), self.name),
                ("SAM310.reliability", self.reliability, ~(self.moves >= 0), self.cell_name),
                ("SAM310.firmness", self.firmness, ~(self.gives >= 0), self.name),
            )
            if values is not None
            for k in np.flatnonzero(bad)
        ]
        faults += [message("SAM310.zero", name=self.name(int(k))) for k in self.soft if self.targets[k] == 0]
        if faults:
            raise BalanceError(joined(message("SAM310", count=len(faults)), faults))

    @cached_property
    def moves(self) -> Array:
        """Readiness of the cells to move, the inverse of their reliability; 0 where they are held."""
        return _inverse(self.reliability, len(self.prior))

    @cached_property
    def gives(self) -> Array:
        """Readiness of the targets to give way; 0 for hard ones."""
        return np.zeros(len(self.targets)) if self.firmness is None else _inverse(self.firmness, len(self.targets))

    @cached_property
    def soft(self) -> Array:
        """Numbers of the controls that may give way."""
        return np.flatnonzero(self.gives > 0)

    @cached_property
    def sizes(self) -> Array:
        """Size of each control, positive."""
        if self.scale is not None:
            return self.scale
        size = np.maximum(abs(self.controls) @ np.abs(self.prior), np.abs(self.targets))
        return np.where(size > 0, size, 1.0)

    def name(self, control: int) -> str:
        """Label of a control, a `Message` where the caller gave one."""
        return str(control) if self.names is None else self.names[control]

    def cell_name(self, cell: int) -> str:
        """Labels of a cell in one text."""
        if self.cells is None:
            return str(cell)
        return " <- ".join(str(v) for k, v in self.cells.iloc[cell].items() if k != "source")

    def hardened(self) -> Problem:
        """The same problem with hard controls only: a target that may give way becomes a cell of its own.

        The new cells come after the others.
        """
        if not len(self.soft):
            return self
        m, k = len(self.targets), len(self.soft)
        pick = csr_matrix((-np.ones(k), (self.soft, np.arange(k))), shape=(m, k))
        targets = self.targets.copy()
        targets[self.soft] = 0.0
        reliability = np.ones(len(self.prior)) if self.reliability is None else self.reliability
        firmness = np.asarray(self.firmness)[self.soft]
        return Problem(
            np.concatenate([self.prior, self.targets[self.soft]]),
            hstack([self.controls, pick], format="csr"),
            targets,
            reliability=np.concatenate([reliability, firmness]),
            scale=self.sizes,
            names=self.names,
        )

    def reduced(self) -> tuple[Array, csr_matrix, Array]:
        """Numbers of the cells that can move, their controls and targets over the size of each control."""
        free = np.flatnonzero((self.prior != 0) & (self.moves > 0))
        a = csr_matrix(self.controls.multiply(1 / self.sizes[:, None]))
        a.eliminate_zeros()
        if len(free) == len(self.prior):
            return free, a, self.targets / self.sizes
        held = self.prior.copy()
        held[free] = 0.0
        return free, a[:, free], self.targets / self.sizes - a @ held


@dataclass(frozen=True)
class Balanced:
    """A balanced table.

    Parameters
    ----------
    values : ndarray (n,)
        Balanced cells.
    targets : ndarray (m,)
        What the controls add up to; a target that may give way has moved.
    gap : float
        Largest violation of a hard control, relative to its size.
    tolerance : float
        What the gap was to come below; reports give this, since the digits of the gap itself are rounding.
    rounds : int
        Newton steps.
    method : str
    """

    problem: Problem = field(repr=False)
    values: Array
    targets: Array
    gap: float
    tolerance: float
    rounds: int
    method: str


@dataclass(frozen=True)
class Attempt:
    """Where a method stopped.

    Parameters
    ----------
    z : ndarray
        x / prior of the cells that can move.
    gap : ndarray (m,)
        A x - b over the size of each control.
    rounds : int
    done : bool
        The tolerance is met.
    ray : ndarray (m,)
        Combination of controls that no table can meet; zeros where none was found on the way.
    """

    z: Array
    gap: Array
    rounds: int
    done: bool
    ray: Array


class Patience:
    """Says when the largest gap has not become a tenth smaller for so many rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds, self.best, self.since = rounds, np.inf, 0

    def over(self, gap: float) -> bool:
        """Take notice of this round's gap."""
        self.since = 0 if gap < 0.9 * self.best else self.since + 1
        self.best = min(self.best, gap)
        return self.since > self.rounds

    @property
    def waning(self) -> bool:
        """The gap has not become smaller for three rounds."""
        return self.since >= 3


def _inverse(x: Array | None, size: int) -> Array:
    if x is None:
        return np.ones(size)
    with np.errstate(divide="ignore"):
        return np.where(np.asarray(x) == 0, np.nan, 1 / np.asarray(x, dtype=float))
