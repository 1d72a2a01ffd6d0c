"""A theory on given sets: evaluates, linearises and solves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from scipy.linalg import lu_factor, lu_solve

from cge.language.algebra import Statement, Theory, Total, factors_of
from cge.language.data import complete, members_of
from cge.solve.accounts import Accounts
from cge.solve.continuation import follow
from cge.solve.fallbacks import climb
from cge.solve.kernels import Kernels, Progress
from cge.solve.linear import Factor
from cge.solve.newton import (
    CLIPPED,
    SHORTENED,
    SHORTEST,
    Outcome,
    Status,
    newton,
)
from cge.solve.solution_path import STEP, SolutionPath
from cge.solve.state import Block, Layout, Rule, State, Values
from cgebase.errors import ConvergenceError, SpecificationError

Array = np.ndarray
WORST = 10
MOST_BETWEEN, SHORTEST_BETWEEN = 15, 1e-2
"""Newton iterations and its shortest step on the way along a path, where a nearer target is the cheaper remedy."""


@dataclass(frozen=True)
class Solution:
    """A solved state.

    Parameters
    ----------
    values : dict of str to ndarray
        Every variable, definitions included.
    iterations, factorisations : int
    max_residual : float
        Largest scaled residual over all active equations.
    """

    values: Values
    iterations: int
    max_residual: float
    factor: Factor | None
    factorisations: int


class System:
    """Equations of a theory over concrete sets.

    Parameters
    ----------
    theory : Theory
    sets : mapping of set name to labels
    progress : callable, optional
        Called with (done, total) while kernels compile.
    first : sequence of str
        Equations that are compiled at once beside the definitions; others when a closure first uses them.
    """

    def __init__(
        self, theory: Theory, sets: Mapping[str, Sequence[str]], *, progress: Progress | None = None,
        first: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.theory = theory
        self.sets = members_of(theory, sets)
        self.levels = _levels(theory)
        self.order = sorted(self.levels, key=self.levels.__getitem__)
        defined = set(theory.definitions)
        wrong = sorted(f"{e.name} pairs {e.variable}" for e in theory.equations.values() if e.variable in defined)
        if wrong:
            text = f"equations paired with defined variables: {wrong}; pair a core variable or drop the definition"
            raise SpecificationError(text)
        definitions = [theory.definitions[n] for n in self.order]
        self.kernels = Kernels(theory, [*definitions, *theory.equations.values()], progress)
        self.kernels.prepare([*definitions, *(theory.equations[n] for n in first)])
        self._layouts: dict[tuple[object, ...], Layout] = {}
        self._masks = self._mask_parameters()

    # ------------------------------------------------------------ public
    def solve(
        self,
        parameters: Mapping[str, Array],
        start: Mapping[str, Array],
        active: Sequence[str],
        *,
        tol: float = 1e-9,
        max_iter: int = 30,
        factor: Factor | None = None,
        thorough: bool = True,
        log: Callable[[str], None] | None = None,
    ) -> Solution:
        """Solve the active equations for the variables they are paired with.

        Parameters
        ----------
        parameters : mapping of str to ndarray
        start : mapping of str to ndarray
            Core variables (first guess) and exogenous ones (kept).
        active : sequence of str
            Names of the active equations: the closure.
        tol : float
            On the largest scaled residual.
        factor : Factor, optional
            A factorisation of a nearby solve, used as a preconditioner.
        thorough : bool
            Whether patience and the smoother forms of the complementarities are spent where the active set fails.

        Raises
        ------
        ConvergenceError
            With the ten worst equations by name and labels.
        """
        state = State(self, parameters, start, active)
        u = state.pack()
        most, shortest = (max_iter, SHORTEST) if thorough else (min(max_iter, MOST_BETWEEN), SHORTEST_BETWEEN)

        def run(rule: Rule, smoothing: float, at: Array, accuracy: float, old: Factor | None) -> Outcome:
            state.rule, state.smoothing = rule, smoothing
            return newton(
                state, at, tol=accuracy, max_iter=most, shortest=shortest, factor=old,
                limited=state.layout.limited, floor=state.layout.floor, log=log,
            )  # fmt: skip

        out, total, made = climb(run, u, tol, factor, mixed=thorough and bool(state.layout.complements.any()), log=log)
        if out.status is not Status.CONVERGED:
            raise self._failure(state, out)
        u = state.at_exact_bounds(out.u, tol)
        worst = _worst(state, u)
        if worst > tol:
            out = run(Rule.MINIMUM, 0.0, u, tol, out.factor)
            total, made = total + out.iterations, made + out.factorisations
            u = state.at_exact_bounds(out.u, tol)
            worst = _worst(state, u)
            if not worst <= tol:
                raise self._failure(state, replace(out, residual=state.residual(u), status=Status.STALLED))
        values = state.values_at(u)
        return Solution(values, total, worst, out.factor, made)

    def follow(
        self,
        parameters_at: Callable[[float], Mapping[str, Array]],
        start: Mapping[str, Array],
        active: Sequence[str],
        *,
        factor: Factor | None = None,
        log: Callable[[str], None] | None = None,
        solved: Callable[[float, Solution], None] = lambda _at, _solution: None,
    ) -> Solution:
        """Solve at the end of a path of parameters, from a start good near its beginning.

        Parameters
        ----------
        parameters_at : callable
            Parameters at a point of the path, 0 to 1; smooth.
        solved : callable
            Told every point that was solved on the way.

        Raises
        ------
        ConvergenceError
            Steps became too small.
        """
        return follow(SolutionPath(self, parameters_at, active, solved), dict(start), factor=factor, log=log)

    def evaluate(self, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> Values:
        """Values with every definition filled in."""
        state = State(self, parameters, values, ())
        return state.values_at(np.zeros(0))

    def accounts(self, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> Accounts:
        """What is reported of a solved state, evaluated when it is asked for."""
        return Accounts(self.theory, complete(self.theory, self.sets, parameters), values)

    def residuals(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], names: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """Scaled residual of each named equation over its domain, nan where it does not exist."""
        state = State(self, parameters, values, ())
        state.values_at(np.zeros(0))
        out = {}
        for name in self.theory.equations if names is None else names:
            block = self._block(self.theory.equations[name], state.parameters)
            result = np.full(self._shape(block.statement), np.nan)
            result.flat[block.cells] = state.call(block, 0)[0] / block.scale
            out[name] = result
        return out

    def jacobian(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str]
    ) -> tuple[Array, Array, Callable[[Array], Array]]:
        """Condensed Jacobian and residual at ``values``, and the residual as a function of the unknowns."""
        state = State(self, parameters, values, active)
        u = state.pack()
        f, jacobian = state.linearise(u)
        return jacobian.dense(), f, lambda w: state.residual(u + w)

    def respond(
        self,
        parameters: Mapping[str, Array],
        values: Mapping[str, Array],
        active: Sequence[str],
        shifts: Sequence[Mapping[str, Array]],
    ) -> list[Values]:
        """Derivative of every variable along shifts of parameters, at a solved state.

        Parameters
        ----------
        shifts : sequence of mapping of str to ndarray
            Each is one direction: change of some parameters; the closure keeps its equations and active set.

        Returns
        -------
        list of dict of str to ndarray
            Per direction, the change of every variable per unit of the direction, definitions included.

        Notes
        -----
        Implicit function theorem, du = -J^-1 F_p dp, with the exact Jacobian; F_p and the values of definitions by
        central differences.
        """
        state = State(self, parameters, values, active)
        u = state.pack()
        factor = lu_factor(state.linearise(u)[1].dense())
        out = []
        for shift in shifts:
            moved = [{n: parameters[n] + sign * STEP * d for n, d in shift.items()} for sign in (1, -1)]
            sides = [State(self, {**parameters, **m}, values, active) for m in moved]
            push = (sides[0].residual(u) - sides[1].residual(u)) / (2 * STEP)
            direction = -lu_solve(factor, push)
            up, down = (x.values_at(u + sign * STEP * direction) for x, sign in zip(sides, (1, -1), strict=True))
            out.append({n: (up[n] - down[n]) / (2 * STEP) for n in up})
        return out

    # ------------------------------------------------------------ layout
    def _shape(self, statement: Statement) -> tuple[int, ...]:
        return tuple(len(self.sets[self.theory.indices[i.name].name]) for i in statement.over)

    def _grid(self, expr: sp.Basic, over: Sequence[sp.Symbol], parameters: Mapping[str, Array]) -> Array:
        """Value of a product of parameters (and inequalities of indices) over a domain."""
        shape = tuple(len(self.sets[self.theory.indices[i.name].name]) for i in over)
        out = np.ones(shape)
        for factor in factors_of(expr):
            if isinstance(factor, sp.Ne):
                i, j = (list(over).index(x) for x in factor.args)
                out = out * (np.indices(shape)[i] != np.indices(shape)[j])
            elif isinstance(factor, sp.Indexed):
                table = np.asarray(parameters[factor.base.name], float)
                names = [list(over).index(k) for k in factor.indices]
                order = np.argsort(names)
                expand = [slice(None) if k in names else None for k in range(len(over))]
                out = out * np.transpose(table, order)[tuple(expand)]
            elif isinstance(factor, sp.Symbol):
                out = out * float(parameters[factor.name])
            else:
                out = out * float(factor)
        return out

    def _block(self, statement: Statement, parameters: Mapping[str, Array]) -> Block:
        mask = self._grid(statement.where, statement.over, parameters) != 0
        scale = self._grid(statement.scale, statement.over, parameters)[mask]
        cells = np.flatnonzero(mask)
        return Block(statement, self.kernels[statement], mask.astype(np.uint8), cells, np.atleast_1d(scale))

    def layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> Layout:
        """Numbering for a closure; kept while the pattern of absent cells stays."""
        masks = tuple((np.asarray(parameters[n]) != 0).tobytes() for n in self._masks)
        key = (tuple(active), masks)
        if key not in self._layouts:
            self._layouts[key] = self._make_layout(parameters, active)
        made = self._layouts[key]
        for block in (*made.definitions, *made.equations):
            s, there = block.statement, block.present != 0
            block.scale = np.atleast_1d(self._grid(s.scale, s.over, parameters)[there])
            if s.complements:
                unit = np.log if self.theory.families[s.variable].log else np.asarray
                made.lower[block.rows] = unit(self._grid(s.lower, s.over, parameters)[there])
                made.upper[block.rows] = unit(self._grid(s.upper, s.over, parameters)[there])
        return made

    def _mask_parameters(self) -> list[str]:
        found: set[str] = set()
        for s in (*self.theory.definitions.values(), *self.theory.equations.values()):
            wheres = [s.where, *(t.where for t in _totals(s.expr))]
            for w in wheres:
                found |= {self.theory.family_of(r).name for r in self.theory.references(w)}
        return sorted(found)

    def _make_layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> Layout:
        theory = self.theory
        unknown = sorted(set(active) - set(theory.equations))
        if unknown:
            text = f"no equations named {unknown}; the theory has {sorted(theory.equations)}"
            raise SpecificationError(text)
        self.kernels.prepare(theory.equations[n] for n in active)
        definitions = [self._block(theory.definitions[n], parameters) for n in self.order]
        equations = [self._block(theory.equations[n], parameters) for n in active]
        shapes = {n: tuple(len(self.sets[d.name]) for d in f.dims) for n, f in theory.families.items()}
        taken: dict[str, Array] = {}
        for block in equations:
            name = block.statement.variable
            free = taken.setdefault(name, np.zeros(shapes[name], bool))
            twice = free & (block.present != 0)
            if twice.any():
                text = f"{block.statement.name} and another active equation are both paired with {name}; drop one"
                raise SpecificationError(text)
            free |= block.present != 0
        position = {n: np.full(shapes[n], -1, np.int64) for n, f in theory.families.items() if f.kind == "variable"}
        core, offset = [], 0
        for name, free in taken.items():
            cells = np.flatnonzero(free)
            position[name].flat[cells] = offset + np.arange(len(cells))
            core.append((name, cells, slice(offset, offset + len(cells))))
            offset += len(cells)
        n_core, edges = offset, [0, offset]
        for block in definitions:
            position[block.statement.variable].flat[block.cells] = offset + np.arange(len(block.cells))
            offset += len(block.cells)
            edges.append(offset)
        bounds = np.array(edges)
        paired, complements = np.zeros(n_core, np.int64), np.zeros(n_core, bool)
        at = 0
        for block in equations:
            block.rows = slice(at, at + len(block.cells))
            paired[block.rows] = position[block.statement.variable].flat[block.cells]
            complements[block.rows] = block.statement.complements
            at += len(block.cells)
        limited = np.zeros(n_core, np.int8)
        for name, _, where in core:
            if theory.families[name].log:
                limited[where] = SHORTENED if theory.families[name].limited else CLIPPED
        levels = [self.levels[n] for n in self.order]
        return Layout(definitions, levels, equations, position, bounds, core, paired, complements, limited)

    def _failure(self, state: State, out: Outcome) -> ConvergenceError:
        size = np.nan_to_num(np.abs(out.residual), nan=np.inf)
        worst = []
        for row in np.argsort(-size)[:WORST]:
            for block in state.layout.equations:
                if block.rows.start <= row < block.rows.stop:
                    cell = np.unravel_index(block.cells[row - block.rows.start], self._shape(block.statement) or (1,))
                    labels = [
                        self.sets[self.theory.indices[i.name].name][k]
                        for i, k in zip(block.statement.over, cell, strict=False)
                    ]
                    worst.append((block.statement.name, tuple(labels), float(size[row])))
        listing = "; ".join(f"{n} [{', '.join(k)}] {v:.2e}" for n, k, v in worst)
        text = (
            f"no solution: {out.status} after {out.iterations} Newton iterations; largest scaled residual "
            f"{size.max(initial=0.0):.2e}. Worst equations: {listing}. Try smaller steps or a weaker policy."
        )
        return ConvergenceError(text, status=str(out.status), iterations=out.iterations, worst=tuple(worst))


def _worst(state: State, u: Array) -> float:
    return float(np.abs(state.residual(u)).max(initial=0.0))


def _totals(expr: sp.Basic) -> list[Total]:
    return list(expr.atoms(Total))


def _levels(theory: Theory) -> dict[str, int]:
    """How many definitions each rests on in a row, itself included; a cycle is reported as a path."""
    uses = {
        n: [f.name for f in (theory.family_of(r) for r in theory.references(s.expr)) if f.name in theory.definitions]
        for n, s in theory.definitions.items()
    }
    levels: dict[str, int] = {}

    def level(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            loop = " -> ".join((*path[path.index(name) :], name))
            text = f"definitions form a cycle: {loop}; pair one of them with an equation instead"
            raise SpecificationError(text)
        if name not in levels:
            levels[name] = 1 + max((level(other, (*path, name)) for other in uses[name]), default=0)
        return levels[name]

    for name in theory.definitions:
        level(name, ())
    return levels
