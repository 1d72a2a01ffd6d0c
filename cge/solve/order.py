"""The order in which definitions are evaluated: each after all it reads, by cell where statements form a loop.

Of a definition that reads its own variable, such as a stock that follows from that of the year before, every cell is
evaluated after those it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cge.language.algebra import Statement, Theory, Total
from cge.language.pattern import CellPattern
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import message


class Order:
    """Levels of the definitions of a theory: those of one level use none of each other, except in a loop.

    Parameters
    ----------
    levels : dict of str to int
        By name, from 1.
    loops : list of list of str
        Definitions that read each other, or their own variable.

    Raises
    ------
    SpecificationError
        A loop in which every cell waits for another, whatever the data.
    """

    def __init__(self, theory: Theory) -> None:
        self.theory = theory
        names = list(theory.definitions)
        by_variable: dict[str, list[str]] = {}
        for n, s in theory.definitions.items():
            by_variable.setdefault(s.variable, []).append(n)
        self.uses = {
            n: [d for ref in theory.references(s.expr) for d in by_variable.get(theory.family_of(ref).name, ())]
            for n, s in theory.definitions.items()
        }
        at = {n: k for k, n in enumerate(names)}
        rows = [at[n] for n, used in self.uses.items() for _ in used]
        cols = [at[d] for used in self.uses.values() for d in used]
        graph = coo_matrix((np.ones(len(rows)), (rows, cols)), shape=(len(names),) * 2)
        part = connected_components(graph, connection="strong")[1] if names else []
        parts: dict[int, list[str]] = {}
        for n, k in zip(names, part, strict=True):
            parts.setdefault(int(k), []).append(n)
        self._part = {n: members for members in parts.values() for n in members}
        self.loops = [m for m in parts.values() if len(m) > 1 or m[0] in self.uses[m[0]]]
        for loop in self.loops:
            if not any(_masked(theory.definitions[n]) for n in loop):
                self._refuse(self._round(loop))
        self.levels: dict[str, int] = {}
        for name in names:
            self._level(name)

    def _level(self, name: str) -> int:
        if name not in self.levels:
            part = self._part[name]
            deepest = max((self._level(d) for n in part for d in self.uses[n] if d not in part), default=0)
            self.levels |= dict.fromkeys(part, deepest + 1)
        return self.levels[name]

    def _round(self, loop: Sequence[str]) -> list[str]:
        """A way from a definition of a loop back to it."""
        path = [loop[0]]
        while path[-1] not in path[:-1]:
            path.append(next(d for d in self.uses[path[-1]] if d in loop))
        return path[path.index(path[-1]) :]

    def depths(
        self, loop: Sequence[str], sets: Mapping[str, Sequence[str]], parameters: Mapping[str, Array]
    ) -> dict[str, tuple[Array, Array]]:
        """Flat cells of every definition of a loop, and how many cells each of them rests on in a row.

        Raises
        ------
        SpecificationError
            Cells that wait for each other.
        """
        pattern = CellPattern(self.theory, sets, parameters, every=True)
        statements = [self.theory.definitions[n] for n in loop]
        number = {s.variable: np.full(pattern.size(s.variable), -1) for s in statements}
        cells, reads, count = {}, [], 0
        for s in statements:
            cells[s.name], (*read, _own) = pattern.references(s)
            number[s.variable][cells[s.name]] = count + np.arange(len(cells[s.name]))
            reads += [(name, count + row, cell) for name, row, cell in read if name in number]
            count += len(cells[s.name])
        none = np.zeros(0, np.int64)
        user = np.concatenate([none, *(row for _, row, _ in reads)])
        used = np.concatenate([none, *(number[name][cell] for name, _, cell in reads)])
        user, used = user[used >= 0], used[used >= 0]
        depth, step = np.full(count, -1), 0
        while (depth < 0).any():
            waits = depth[used] < 0
            ready = (depth < 0) & (np.bincount(user[waits], minlength=count) == 0)
            if not ready.any():
                labels = [f"{s.name}[{', '.join(k)}]" for s in statements
                          for k in pattern.labels(s.variable, cells[s.name])]  # fmt: skip
                self._refuse([labels[k] for k in _circle(user[waits], used[waits])])
            depth[ready], step = step, step + 1
        edges = np.cumsum([len(cells[n]) for n in loop])[:-1]
        return {n: (cells[n], d) for n, d in zip(loop, np.split(depth, edges), strict=True)}

    @staticmethod
    def _refuse(path: Sequence[str]) -> None:
        raise SpecificationError(message("CGE437", loop=" -> ".join(path)))


def _masked(statement: Statement) -> bool:
    """Whether a statement, or a sum in it, leaves cells out."""
    return any(x.where != 1 for x in (statement, *statement.expr.atoms(Total)))


def _circle(user: Array, used: Array) -> list[int]:
    """Cells that wait for each other, first and last the same."""
    waits_for = dict(zip(user.tolist(), used.tolist(), strict=True))
    path = [next(iter(set(waits_for) & set(waits_for.values())))]
    while path[-1] not in path[:-1]:
        path.append(waits_for[path[-1]])
    return path[path.index(path[-1]) :]
