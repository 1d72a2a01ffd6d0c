"""Which cells of which variables every cell of a statement reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import sympy as sp

from cge.language.algebra import Statement, Theory, Total, factors_of
from cge.language.data import complete, members_of
from cge.language.declare import place
from cgebase.arrays import Array

Env = dict[str, Array]
Named = dict[str, tuple[tuple[str, ...], ...]]
"""Labels of cells, by equation or variable."""


class CellPattern:
    """Which cells of which variables every cell of a statement reads, from the sympy tree.

    Parameters
    ----------
    every : bool
        Whether products count that a parameter of zero takes out.
    """

    def __init__(
        self, theory: Theory, sets: Mapping[str, Sequence[str]], parameters: Mapping[str, Array], *, every: bool = False
    ) -> None:
        self.theory, self.sets, self.every = theory, members_of(theory, sets), every
        self.parameters = complete(theory, self.sets, parameters)

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(len(self.sets[d.name]) for d in self.theory.families[name].dims)

    def size(self, name: str) -> int:
        return int(np.prod(self.shape(name), dtype=int))

    def labels(self, name: str, cells: Array) -> tuple[tuple[str, ...], ...]:
        dims = [self.sets[d.name] for d in self.theory.families[name].dims]
        where = np.unravel_index(cells, self.shape(name)) if dims else ()
        return tuple(tuple(d[w[k]] for d, w in zip(dims, where, strict=True)) for k in range(len(cells)))

    def named(self, masks: Mapping[str, Array]) -> Named:
        """Labels of the cells in masks, of the variables that have any."""
        return {n: self.labels(n, np.flatnonzero(mask)) for n, mask in masks.items() if mask.any()}

    def references(self, statement: Statement) -> tuple[Array, list[tuple[str, Array, Array]]]:
        """Cells of the statement and (variable, row, flat cell) of everything it reads."""
        env, start = self._spread({}, np.zeros(1, np.int64), statement.over, statement.where)
        cells = self._flat(statement.variable, [env[i.name] for i in statement.over], len(start))
        rows = np.arange(len(start))
        reads = list(self._walk(statement.expr, env, rows))
        # a definition holds its own variable; so does a complementarity row at a bound, whatever it contains
        own = statement.complements or statement.kind == "definition"
        return cells, [*reads, (statement.variable, rows, cells)] if own else reads

    def _flat(self, name: str, where: Sequence[Array], count: int) -> Array:
        if not where:
            return np.zeros(count, np.int64)
        return np.asarray(np.ravel_multi_index(tuple(where), self.shape(name)), dtype=np.int64)

    def _spread(self, env: Env, rows: Array, indices: Sequence[sp.Symbol], where: sp.Basic) -> tuple[Env, Array]:
        """Bindings and rows repeated over all members of ``indices``, where the mask holds."""
        for index in indices:
            count = len(self.sets[self.theory.indices[index.name].name])
            many = len(rows)
            env = {k: np.repeat(v, count) for k, v in env.items()} | {index.name: np.tile(np.arange(count), many)}
            rows = np.repeat(rows, count)
        keep = np.ones(len(rows), bool)
        for factor in factors_of(where):
            if isinstance(factor, sp.Ne):
                keep &= env[str(factor.args[0])] != env[str(factor.args[1])]
            else:
                keep &= self._not_zero(factor, env, len(rows))
        return {k: v[keep] for k, v in env.items()}, rows[keep]

    @staticmethod
    def _positions(ref: sp.Indexed, env: Env) -> tuple[Array, ...]:
        return tuple(env[symbol.name] + shift for symbol, shift in map(place, ref.indices))

    def _not_zero(self, factor: sp.Basic, env: Env, count: int) -> Array:
        """Where a parameter is not zero; everywhere for anything else."""
        if isinstance(factor, sp.Indexed) and factor.base.name in self.parameters:
            table = np.asarray(self.parameters[factor.base.name])
            return np.asarray(table[self._positions(factor, env)] != 0)
        if isinstance(factor, sp.Symbol) and factor.name in self.parameters:
            return np.full(count, bool(self.parameters[factor.name] != 0))
        return np.ones(count, bool)

    def _walk(self, expr: sp.Basic, env: Env, rows: Array) -> Iterator[tuple[str, Array, Array]]:
        if isinstance(expr, Total):
            yield from self._walk(expr.body, *self._spread(env, rows, expr.indices, expr.where))
            return
        if isinstance(expr, (sp.Indexed, sp.Symbol)):
            name = expr.base.name if isinstance(expr, sp.Indexed) else expr.name
            if name in self.theory.families and self.theory.families[name].kind == "variable":
                where = self._positions(expr, env) if isinstance(expr, sp.Indexed) else ()
                yield name, rows, self._flat(name, where, len(rows))
            return
        if isinstance(expr, sp.Mul) and not self.every:
            keep = np.ones(len(rows), bool)
            for factor in expr.args:
                keep &= self._not_zero(factor, env, len(rows))
            env, rows = {k: v[keep] for k, v in env.items()}, rows[keep]
        for arg in expr.args:
            yield from self._walk(arg, env, rows)
