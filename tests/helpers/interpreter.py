"""A second reading of a theory: its sympy trees on whole arrays of complex numbers, without kernels or derivatives.

Every index of the theory is an axis of its own and directions are the last axis, so one pass gives every column of
a Jacobian by the complex step (Squire and Trapp 1998), which has no difference to round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import sympy as sp

from cge.language.algebra import Statement, Theory, Total, boxcox, inv_boxcox
from cge.language.declare import place
from cgebase.arrays import Array

STEP = 1e-30


def _boxcox(x: Array, e: Array) -> Array:
    power = np.where(e == 0, 1.0, e)
    return np.where(e == 0, np.log(x), _expm1(power * np.log(x)) / power)


def _inv_boxcox(y: Array, e: Array) -> Array:
    power = np.where(e == 0, 1.0, e)
    return np.where(e == 0, np.exp(y), np.exp(_log1p(power * y) / power))


def _expm1(z: Array) -> Array:
    turn = np.sin(z.imag / 2)
    return np.expm1(z.real) * np.cos(z.imag) - 2 * turn**2 + 1j * np.exp(z.real) * np.sin(z.imag)


def _log1p(z: Array) -> Array:
    x, y = z.real, z.imag
    return 0.5 * np.log1p(x * (2 + x) + y * y) + 1j * np.arctan2(y, 1 + x)


class Interpreter:
    """Definitions and residuals of a theory at given values.

    Parameters
    ----------
    sizes : mapping of set name to int
    parameters : mapping of str to ndarray
    values : mapping of str to ndarray, dims + (directions,)
        Variables; of those that are defined, what stands where no definition exists.
    """

    def __init__(
        self, theory: Theory, sizes: Mapping[str, int], parameters: Mapping[str, Array], values: Mapping[str, Array]
    ) -> None:
        self.theory, self.sizes, self.parameters = theory, sizes, parameters
        self.axes = {name: k for k, name in enumerate(sorted(theory.indices))}
        self.values = {n: np.asarray(v) for n, v in values.items()}
        defined = dict.fromkeys(s.variable for s in theory.definitions.values())
        for n in defined:
            family = theory.families[n]
            shape = (*(sizes[d.name] for d in family.dims), 1)
            self.values.setdefault(n, np.full(shape, family.default or 0.0, complex))
        settled = False
        while not settled:  # cells may follow from cells of the same variable
            settled = True
            for n in defined:
                new = self.defined(n)
                settled &= np.array_equal(*np.broadcast_arrays(new, self.values[n]), equal_nan=True)
                self.values[n] = new

    def defined(self, name: str) -> Array:
        """Values by all definitions of a variable, as they are where none exists."""
        out = self.values[name]
        for statement in self.theory.definitions_of(name):
            exists, own = self.cells(replace(statement, expr=sp.Integer(1))).real != 0, self.cells(statement)
            out = np.where(exists, own, out)
        return out

    def cells(self, statement: Statement) -> Array:
        """A statement on its domain in the unit of the theory, 0 where it does not exist."""
        with np.errstate(all="ignore"):
            grid = self.value(statement.expr)
            grid = np.where(self.value(statement.where).real != 0, grid, 0.0)
        order = [self.axes[i.name] for i in statement.over]
        shape = [1] * (len(self.axes) + 1)
        for i, axis in zip(statement.over, order, strict=True):
            shape[axis] = self.sizes[self.theory.indices[i.name].name]
        shape[-1] = grid.shape[-1]
        grid = np.broadcast_to(grid, shape)
        rest = [k for k in range(len(self.axes)) if k not in order]
        return np.transpose(grid, (*order, *rest, len(self.axes))).reshape(*(shape[k] for k in order), shape[-1])

    def open(self, index: sp.Basic) -> Array:
        """Members of an index along its own axis; leads and lags that do not exist wrap round: masks leave them out."""
        symbol, shift = place(index)
        shape, size = [1] * len(self.axes), self.sizes[self.theory.indices[symbol.name].name]
        shape[self.axes[symbol.name]] = -1
        return ((np.arange(size) + shift) % size).reshape(shape)

    def value(self, expr: sp.Basic) -> Array:
        """Value of an expression, one axis for every index and one for directions."""
        if isinstance(expr, sp.Indexed):
            family = self.theory.family_of(expr)
            table = self.values[family.name] if family.kind == "variable" else self.parameters[family.name][..., None]
            return table[tuple(self.open(k) for k in expr.indices)].astype(complex)
        if isinstance(expr, sp.Symbol):
            family = self.theory.families[expr.name]
            table = self.values[family.name] if family.kind == "variable" else self.parameters[family.name][..., None]
            return table.reshape([1] * len(self.axes) + [-1]).astype(complex)
        if isinstance(expr, sp.Number):
            return np.full([1] * (len(self.axes) + 1), float(expr), complex)
        if isinstance(expr, sp.Ne):
            return (self.open(expr.args[0]) != self.open(expr.args[1]))[..., None].astype(complex)
        if isinstance(expr, Total):
            return self.total(expr)
        parts = [self.value(a) for a in expr.args]
        if isinstance(expr, sp.Add):
            return sum(parts[1:], parts[0])
        if isinstance(expr, sp.Mul):
            return np.prod(np.broadcast_arrays(*parts), axis=0)
        if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
            return parts[0] ** int(expr.exp)
        if isinstance(expr, sp.Pow):
            return np.exp(parts[1] * np.log(parts[0]))
        if isinstance(expr, sp.exp):
            return np.exp(parts[0])
        if isinstance(expr, sp.log):
            return np.log(parts[0])
        if isinstance(expr, (boxcox, inv_boxcox)):
            form = _boxcox if isinstance(expr, boxcox) else _inv_boxcox
            return form(parts[0], parts[1].real)
        raise NotImplementedError(type(expr))

    def total(self, expr: Total) -> Array:
        """Sum over the cells that exist."""
        body, where = self.value(expr.body), self.value(expr.where).real != 0
        grid = np.where(where, body, 0.0)
        axes = tuple(self.axes[i.name] for i in expr.indices)
        shape = list(grid.shape)
        for i, axis in zip(expr.indices, axes, strict=True):
            shape[axis] = self.sizes[self.theory.indices[i.name].name]
        return np.broadcast_to(grid, shape).sum(axis=axes, keepdims=True)


def complex_step(
    theory: Theory,
    sizes: Mapping[str, int],
    parameters: Mapping[str, Array],
    values: Mapping[str, Array],
    unknowns: Sequence[tuple[str, Array]],
    active: Sequence[str],
) -> tuple[Array, Array]:
    """Scaled residuals of the active equations and their derivatives by the unknowns.

    Parameters
    ----------
    unknowns : sequence of (variable, flat cells)
        Columns in order; logarithms where the variable is solved in logs.

    Returns
    -------
    residual, (n,), and jacobian, (n, n)
        Complementarity rows are the smaller of the residual and the variable.
    """
    n = sum(len(cells) for _, cells in unknowns)
    moved = {k: np.repeat(np.asarray(v, complex)[..., None], n, axis=-1) for k, v in values.items()}
    at = 0
    for name, cells in unknowns:
        table = moved[name].reshape(-1, n)
        columns = at + np.arange(len(cells))
        table[cells, columns] += 1j * STEP * (table[cells, columns] if theory.families[name].log else 1.0)
        at += len(cells)
    reading = Interpreter(theory, sizes, parameters, moved)
    rows = []
    for name in active:
        statement = theory.equations[name]
        over = Statement(
            name, "mask", statement.over, sp.Integer(1), statement.variable, statement.where, sp.Integer(1), "", ""
        )  # fmt: skip
        exists = reading.cells(over)[..., 0].real != 0
        scale = reading.cells(Statement(**{**over.__dict__, "expr": statement.scale}))[exists].real
        f = reading.cells(statement)[exists] / scale
        if statement.complements:
            x = moved[statement.variable][exists]
            f = np.where(x.real < f.real, x, f)
        rows.append(f.reshape(-1, n))
    out = np.concatenate(rows)
    return out[:, 0].real, out.imag / STEP
