"""A theory on given sets: evaluates, linearises and solves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from cge.algebra import Statement, Theory, Total
from cge.codegen.cache import Kernel, Progress, load_kernels
from cge.errors import ConvergenceError, SpecificationError
from cge.solver.linear import CondensedJacobian, Factor, Pattern
from cge.solver.newton import CLIPPED, SHORTENED, Outcome, Status, newton

Array = np.ndarray
Values = dict[str, Array]
WORST = 10
NO_INTS, NO_FLOATS = np.zeros(0, np.int64), np.zeros(0)


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


@dataclass
class _Block:
    """A statement laid out on the cells where it exists."""

    statement: Statement
    kernel: Kernel
    present: Array
    cells: Array
    scale: Array
    count: int = 0
    pattern: Pattern | None = None
    rows: slice = field(default_factory=lambda: slice(0, 0))


@dataclass
class _Layout:
    """Numbering of unknowns and equations for one closure and one pattern of absent cells."""

    definitions: list[_Block]
    equations: list[_Block]
    position: dict[str, Array]
    bounds: Array
    core: list[tuple[str, Array, slice]]
    paired: Array
    complements: Array
    limited: Array


class System:
    """Equations of a theory over concrete sets.

    Parameters
    ----------
    theory : Theory
    sets : mapping of set name to labels
    progress : callable, optional
        Called with (done, total) while kernels compile.
    """

    def __init__(self, theory: Theory, sets: Mapping[str, Sequence[str]], *, progress: Progress | None = None) -> None:
        missing = sorted(set(theory.sets) - set(sets))
        if missing:
            text = f"theory {theory.name!r} needs members of sets {missing}"
            raise SpecificationError(text)
        self.theory = theory
        self.sets = {k: tuple(v) for k, v in sets.items()}
        self.order = _sorted_definitions(theory)
        defined = set(theory.definitions)
        wrong = sorted(f"{e.name} pairs {e.variable}" for e in theory.equations.values() if e.variable in defined)
        if wrong:
            text = f"equations paired with defined variables: {wrong}; pair a core variable or drop the definition"
            raise SpecificationError(text)
        statements = [*(theory.definitions[n] for n in self.order), *theory.equations.values()]
        self.kernels = load_kernels(theory, statements, progress)
        self._layouts: dict[tuple[object, ...], _Layout] = {}

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

        Raises
        ------
        ConvergenceError
            With the ten worst equations by name and labels.
        """
        state = _State(self, parameters, start, active)
        u = state.pack()
        out = newton(state, u, tol=tol, max_iter=max_iter, factor=factor, limited=state.layout.limited, log=log)
        total, made = out.iterations, out.factorisations
        if out.status is Status.CONVERGED and state.layout.complements.any():
            state.fix_active_set(out.u)
            again = newton(
                state, state.unpinned(out.u), tol=tol, max_iter=max_iter, factor=out.factor,
                limited=state.layout.limited, log=log,
            )  # fmt: skip
            if again.status is Status.CONVERGED and state.signs_hold(again.u, tol):
                out = again
            else:
                state.release()
                state.residual(out.u)
            total, made = total + again.iterations, made + again.factorisations
        if out.status is not Status.CONVERGED:
            raise self._failure(state, out)
        values = state.values_at(out.u)
        worst = float(np.abs(state.residual(out.u)).max(initial=0.0))
        return Solution(values, total, worst, out.factor, made)

    def evaluate(self, parameters: Mapping[str, Array], values: Mapping[str, Array]) -> Values:
        """Values with every definition filled in."""
        state = _State(self, parameters, values, ())
        return state.values_at(np.zeros(0))

    def residuals(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], names: Sequence[str] | None = None
    ) -> dict[str, Array]:
        """Scaled residual of each named equation over its domain, nan where it does not exist."""
        state = _State(self, parameters, values, ())
        state.values_at(np.zeros(0))
        out = {}
        for name in self.theory.equations if names is None else names:
            block = self._block(self.theory.equations[name], parameters)
            result = np.full(self._shape(block.statement), np.nan)
            result.flat[block.cells] = state.call(block, 0)[0] / block.scale
            out[name] = result
        return out

    def jacobian(
        self, parameters: Mapping[str, Array], values: Mapping[str, Array], active: Sequence[str]
    ) -> tuple[Array, Array, Callable[[Array], Array]]:
        """Condensed Jacobian and residual at ``values``, and the residual as a function of the unknowns."""
        state = _State(self, parameters, values, active)
        u = state.pack()
        f, jacobian = state.linearise(u)
        return jacobian.dense(), f, lambda w: state.residual(u + w)

    # ------------------------------------------------------------ layout
    def _shape(self, statement: Statement) -> tuple[int, ...]:
        return tuple(len(self.sets[self.theory.indices[i.name].name]) for i in statement.over)

    def _grid(self, expr: sp.Basic, over: Sequence[sp.Symbol], parameters: Mapping[str, Array]) -> Array:
        """Value of a product of parameters (and inequalities of indices) over a domain."""
        shape = tuple(len(self.sets[self.theory.indices[i.name].name]) for i in over)
        out = np.ones(shape)
        for factor in expr.args if isinstance(expr, sp.Mul) else (expr,):
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

    def _block(self, statement: Statement, parameters: Mapping[str, Array]) -> _Block:
        mask = self._grid(statement.where, statement.over, parameters) != 0
        scale = self._grid(statement.scale, statement.over, parameters)[mask]
        cells = np.flatnonzero(mask)
        kernel = self.kernels[f"{statement.kind}:{statement.name}"]
        return _Block(statement, kernel, mask.astype(np.uint8), cells, np.atleast_1d(scale))

    def layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> _Layout:
        """Numbering for a closure; kept while the pattern of absent cells stays."""
        masks = tuple((np.asarray(parameters[n]) != 0).tobytes() for n in self._mask_parameters())
        key = (tuple(active), masks)
        if key not in self._layouts:
            self._layouts[key] = self._make_layout(parameters, active)
        made = self._layouts[key]
        for block in (*made.definitions, *made.equations):
            grid = self._grid(block.statement.scale, block.statement.over, parameters)
            block.scale = np.atleast_1d(grid[block.present != 0])
        return made

    def _mask_parameters(self) -> list[str]:
        found: set[str] = set()
        for s in (*self.theory.definitions.values(), *self.theory.equations.values()):
            wheres = [s.where, *(t.where for t in _totals(s.expr))]
            for w in wheres:
                found |= {self.theory.family_of(r).name for r in self.theory.references(w)}
        return sorted(found)

    def _make_layout(self, parameters: Mapping[str, Array], active: Sequence[str]) -> _Layout:
        theory = self.theory
        unknown = sorted(set(active) - set(theory.equations))
        if unknown:
            text = f"no equations named {unknown}; the theory has {sorted(theory.equations)}"
            raise SpecificationError(text)
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
        return _Layout(definitions, equations, position, bounds, core, paired, complements, limited)

    def _failure(self, state: _State, out: Outcome) -> ConvergenceError:
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


class _State:
    """One problem: parameters, exogenous values, current values; the solver's view of it."""

    def __init__(
        self, system: System, parameters: Mapping[str, Array], start: Mapping[str, Array], active: Sequence[str]
    ) -> None:
        self.system = system
        theory = system.theory
        names = [n for n, f in theory.families.items() if f.kind == "parameter"]
        absent = sorted(n for n in names if n not in parameters)
        if absent:
            text = f"parameters without values: {absent}"
            raise SpecificationError(text)
        self.parameters = {n: self._array(n, parameters[n]) for n in names}
        self.layout = system.layout(self.parameters, active)
        self.values: Values = {}
        for n, f in theory.families.items():
            if f.kind != "variable":
                continue
            if n in theory.definitions:
                self.values[n] = np.zeros(tuple(len(system.sets[d.name]) for d in f.dims))
            elif n in start:
                self.values[n] = self._array(n, start[n]).copy()
            else:
                text = f"variable {n} has no start value"
                raise SpecificationError(text)
        self.pinned = np.zeros(int(self.layout.bounds[1]), bool)
        self.bound = np.zeros_like(self.pinned)
        self.fixed = False
        self._buffers: dict[int, Array] = {}

    def _array(self, name: str, value: Array) -> Array:
        family = self.system.theory.families[name]
        shape = tuple(len(self.system.sets[d.name]) for d in family.dims)
        out = np.ascontiguousarray(value, dtype=float)
        if np.shape(value) != shape:
            text = f"{name} needs shape {shape} over {[d.name for d in family.dims]}, got {np.shape(value)}"
            raise SpecificationError(text)
        return out.reshape(shape)

    def pack(self) -> Array:
        """Unknowns from values: logarithms where the variable is solved in logs."""
        u = np.zeros(int(self.layout.bounds[1]))
        for name, cells, where in self.layout.core:
            x = self.values[name].flat[cells]
            u[where] = np.log(x) if self.system.theory.families[name].log else x
        return u

    def values_at(self, u: Array) -> Values:
        """Values of all variables at the unknowns."""
        self._unpack(u)
        for block in self.layout.definitions:
            self.values[block.statement.variable].flat[block.cells] = self.call(block, 0)[0]
        return {k: v.copy() for k, v in self.values.items()}

    def _unpack(self, u: Array) -> None:
        for name, cells, where in self.layout.core:
            self.values[name].flat[cells] = np.exp(u[where]) if self.system.theory.families[name].log else u[where]

    def call(self, block: _Block, mode: int) -> tuple[Array, Array, Array, Array, int]:
        """Run a kernel: 0 value, 1 value and derivatives, 2 pattern, 3 count."""
        out = np.empty(len(block.cells))
        rows = cols = NO_INTS
        vals = NO_FLOATS
        if mode == 1:
            vals = self._buffers.setdefault(id(block), np.empty(block.count))
        elif mode == 2:
            rows, cols = np.empty(block.count, np.int64), np.empty(block.count, np.int64)
        kernel = block.kernel
        args: list[object] = [
            mode,
            block.present if block.statement.over else int(block.present),
            out,
            rows,
            cols,
            vals,
        ]
        args += [len(self.system.sets[s]) for s in kernel.sets]
        for n in kernel.variables:
            v, j = self.values[n], self.layout.position[n]
            args += [v, j] if v.ndim else [float(v), int(j)]
        for n in kernel.parameters:
            p = self.parameters[n]
            args.append(p if p.ndim else float(p))
        count = kernel.call(*args)
        return out, rows, cols, vals, count

    def _derivatives(self, block: _Block) -> tuple[Array, dict[int, object]]:
        if block.pattern is None:
            block.count = self.call(block, 3)[4]
            _, rows, cols, _, _ = self.call(block, 2)
            block.pattern = Pattern.make(rows, cols, len(block.cells), self.layout.bounds)
        out, _, _, vals, _ = self.call(block, 1)
        return out, block.pattern.matrices(vals)

    def residual(self, u: Array) -> Array:
        """Scaled residual of the active equations; Fischer-Burmeister on complementarity rows."""
        self._unpack(u)
        for block in self.layout.definitions:
            self.values[block.statement.variable].flat[block.cells] = self.call(block, 0)[0]
        f = [self.call(b, 0)[0] / b.scale for b in self.layout.equations]
        return self._semismooth(np.concatenate(f) if f else np.zeros(0), u)[0]

    def linearise(self, u: Array) -> tuple[Array, CondensedJacobian]:
        """Residual and condensed Jacobian."""
        self._unpack(u)
        definitions = []
        for k, block in enumerate(self.layout.definitions, start=1):
            value, parts = self._derivatives(block)
            self.values[block.statement.variable].flat[block.cells] = value
            definitions.append((k, block.statement.hub, parts))
        raw, equations, scales = [], [], []
        for block in self.layout.equations:
            value, parts = self._derivatives(block)
            raw.append(value / block.scale)
            equations.append(parts)
            scales.append(1 / block.scale)
        f, df, dx = self._semismooth(np.concatenate(raw), u)
        columns = np.ones(len(u))
        for name, cells, where in self.layout.core:
            if self.system.theory.families[name].log:
                columns[where] = self.values[name].flat[cells]
        return f, CondensedJacobian(
            definitions, equations, self.layout.bounds, columns, df * np.concatenate(scales), dx, self.layout.paired
        )

    # ------------------------------------------------------------ complementarity
    def _semismooth(self, f: Array, u: Array) -> tuple[Array, Array, Array]:
        """Residual, its derivative by the equation and by the paired variable."""
        df, dx = np.ones_like(f), np.zeros_like(f)
        rows = self.layout.complements
        if not rows.any():
            return f, df, dx
        out = f.copy()
        x = u[self.layout.paired]
        if self.fixed:
            out[self.pinned] = x[self.pinned]
            df[self.pinned], dx[self.pinned] = 0.0, 1.0
            return out, df, dx
        a, b = f[rows], x[rows]
        radius = np.hypot(a, b)
        safe = np.where(radius > 0, radius, 1.0)
        out[rows] = a + b - radius
        df[rows] = 1 - np.where(radius > 0, a / safe, np.sqrt(0.5))
        dx[rows] = 1 - np.where(radius > 0, b / safe, np.sqrt(0.5))
        return out, df, dx

    def fix_active_set(self, u: Array) -> None:
        """Rows whose slack exceeds the paired variable are pinned at zero."""
        self.fixed = False
        rows = self.layout.complements
        raw = np.concatenate([self.call(b, 0)[0] / b.scale for b in self.layout.equations])
        x = u[self.layout.paired]
        self.pinned = rows & (x < raw)
        self.fixed = True

    def unpinned(self, u: Array) -> Array:
        """Start of the solve with the active set fixed: pinned variables exactly zero."""
        out = u.copy()
        out[self.layout.paired[self.pinned]] = 0.0
        return out

    def signs_hold(self, u: Array, tol: float) -> bool:
        """Both signs of every complementarity row at a fixed active set."""
        rows = self.layout.complements
        raw = np.concatenate([self.call(b, 0)[0] / b.scale for b in self.layout.equations])
        x = u[self.layout.paired]
        return bool((raw[self.pinned] >= -tol).all() and (x[rows & ~self.pinned] >= -tol).all())

    def release(self) -> None:
        """Back to the semismooth form."""
        self.fixed = False


def _totals(expr: sp.Basic) -> list[Total]:
    return list(expr.atoms(Total))


def _sorted_definitions(theory: Theory) -> list[str]:
    """Definitions in an order in which each uses only earlier ones; a cycle is reported as a path."""
    uses = {
        n: [f.name for f in (theory.family_of(r) for r in theory.references(s.expr)) if f.name in theory.definitions]
        for n, s in theory.definitions.items()
    }
    order: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            loop = " -> ".join((*path[path.index(name) :], name))
            text = f"definitions form a cycle: {loop}; pair one of them with an equation instead"
            raise SpecificationError(text)
        state[name] = 1
        for other in uses[name]:
            visit(other, (*path, name))
        state[name] = 2
        order.append(name)

    for name in theory.definitions:
        visit(name, ())
    return order
