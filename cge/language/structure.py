"""Whether a closure is square and solvable, asked before any solve and answered with names.

Counts equations and unknowns, matches them (Hopcroft and Karp 1973) on the full pattern of definitions and
equations, and names the over- and under-determined parts (Dulmage and Mendelsohn 1958).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sympy as sp
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from cge.language.algebra import Statement, Theory
from cge.language.declare import are_names
from cge.language.degrees import shown
from cge.language.pattern import CellPattern, Named
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import SpecificationError
from cgebase.messages import Message, listed, message, near

LISTED = 4


@dataclass(frozen=True)
class BlockCount:
    """One definition or equation: its cells and the cells of its variable that it adds to the unknowns."""

    name: str
    kind: str
    cells: int
    variable: str
    unknowns: int


@dataclass(frozen=True)
class LeftOut:
    """An equation that is not active; ``by`` determines its variable instead, empty where that is given."""

    name: str
    variable: str
    by: tuple[str, ...]
    ref: str


@dataclass(frozen=True, repr=False)
class Part(Brief):
    """Equations and unknowns that are tied to each other, without the definitions between them."""

    equations: Named
    unknowns: Named
    definitions: int

    @property
    def excess(self) -> int:
        """Equations beyond unknowns; negative where unknowns are left over."""
        return sum(map(len, self.equations.values())) - sum(map(len, self.unknowns.values()))

    def facts(self) -> dict[str, str]:
        """Both sides by name, with the first labels, as fields of a message."""
        through = message("through", count=self.definitions) if self.definitions else ""
        return {
            "equations": name_cells(self.equations), "unknowns": name_cells(self.unknowns), "through": through,
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class Structure(Brief):
    """What a closure determines.

    Parameters
    ----------
    blocks : tuple of BlockCount
        Definitions, then active equations.
    rows, columns, rank : int
        Cells of equations and of unknowns, definitions included, and the most that can be matched.
    over, under : Part or None
        Over- and under-determined part.
    given : tuple of str
        Variables held at their values.
    unpaired : Named
        Cells of unknowns that no equation is paired with.
    rivals : dict of str to tuple of str
        Variables with cells that several equations are paired with, and those equations.
    loose : Named
        Cells of variables solved elsewhere that are read but that nothing determines.
    left_out : tuple of LeftOut
        Equations of the theory that are not active.
    unused : tuple of str
        Symbols that no statement of the theory uses.
    free_money : tuple of str
        Unknowns in money where nothing fixes its unit; none where something does.
    idle_numeraires : tuple of str
        Equations of the theory that would fix it, and are not active.
    """

    blocks: tuple[BlockCount, ...]
    rows: int
    columns: int
    rank: int
    over: Part | None
    under: Part | None
    given: tuple[str, ...]
    unpaired: Named
    rivals: dict[str, tuple[str, ...]]
    loose: Named
    left_out: tuple[LeftOut, ...]
    unused: tuple[str, ...]
    free_money: tuple[str, ...]
    idle_numeraires: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int | list[str]]:
        """Equations and unknowns, definitions included, and what is given."""
        return {"equations": self.rows, "unknowns": self.columns, "given": list(self.given)}

    @property
    def table(self) -> pd.DataFrame:
        """A row for each definition and equation: its kind, its cells, its variable and the unknowns it adds."""
        return pd.DataFrame([vars(b) for b in self.blocks]).set_index("name")

    @property
    def sound(self) -> bool:
        """Square and of full structural rank."""
        return self.rows == self.columns == self.rank

    def require(self) -> None:
        """Refuse a closure that cannot have a locally unique solution.

        Raises
        ------
        SpecificationError
            Names the part at fault and proposes the way out.
        """
        if self.sound:
            _refuse_free(self.free_money, self.idle_numeraires)
            return
        said = [message("CGE401", rows=self.rows, columns=self.columns, rank=self.rank)]
        for variable, names in self.rivals.items():
            every = Message(" and ".join(names), "、".join(names))
            said.append(message("CGE401.rivals", names=every, variable=variable))
        if self.unpaired:
            said.append(message("CGE401.unpaired", cells=name_cells(self.unpaired)))
        none = Message("", "")
        if self.over:
            free = message("given_now", names=listed(self.given)) if self.given else none
            said.append(message("CGE401.over", given=free, **self.over.facts()))
        if self.under:
            others = [x.name for x in self.left_out if x.variable in self.unpaired]
            idle = message("such_as", names=listed(others)) if others else none
            said.append(message("CGE401.under", idle=idle, **self.under.facts()))
        raise SpecificationError(Message(". ".join(said), "。".join(s.zh for s in said), said[0].code))


def inspect_structure(
    theory: Theory,
    sets: Mapping[str, Sequence[str]],
    parameters: Mapping[str, Array],
    active: Sequence[str],
    *,
    given: Sequence[str] = (),
) -> Structure:
    """Count and match the equations and unknowns of a closure; compiles nothing.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Masks decide which cells exist; a parameter that is zero takes its product out of the pattern.
    active : sequence of str
        Names of the active equations.
    given : sequence of str
        Variables held at their values, beside those that are declared so and that no active equation determines.

    Raises
    ------
    SpecificationError
        An unknown equation, or a variable both given and determined.
    """
    statements, held = _posed(theory, active, given)
    pattern = CellPattern(theory, sets, parameters)
    reading = _Reading(pattern, statements)
    known = {n: (reading.claims[n] > 0) | open_ for n, open_ in reading.undetermined(given).items()}
    columns, width = _numbered(known)
    graph = reading.graph(columns, width)
    column_of = maximum_bipartite_matching(graph, perm_type="column")
    over_rows, over_columns, under_rows, under_columns = _dulmage_mendelsohn(graph, column_of)
    unpaired = {n: cells & (reading.claims[n] == 0) for n, cells in known.items()}
    solved = sorted({theory.equations[n].variable for n in active})
    loose = {n: reading.read[n] & ~known[n] for n in solved}
    return Structure(
        tuple(reading.blocks), reading.rows, width, int((column_of >= 0).sum()),
        reading.part(over_rows, over_columns, columns), reading.part(under_rows, under_columns, columns),
        held, pattern.named(unpaired), reading.rivals(), pattern.named(loose),
        tuple(LeftOut(e.name, e.variable, tuple(n for n in active if theory.equations[n].variable == e.variable), e.ref)
              for e in theory.equations.values() if e.name not in active),
        unused(theory), free_money(theory, reading.equations, given), _idle_numeraires(theory, active),
    )  # fmt: skip


def numeraires(theory: Theory, active: Sequence[str]) -> tuple[str, ...]:
    """Active equations that fix the unit of money: those declared ``mixed``."""
    return tuple(n for n in active if theory.equations[n].mixed)


def _idle_numeraires(theory: Theory, active: Sequence[str]) -> tuple[str, ...]:
    return tuple(n for n in numeraires(theory, tuple(theory.equations)) if n not in active)


def free_money(theory: Theory, active: Sequence[str], given: Sequence[str] = ()) -> tuple[str, ...]:
    """Unknowns in money, as far as degrees tell, of a closure in which nothing fixes its unit.

    An equation declared ``mixed`` fixes it, and so does a variable in money among ``given``. Where the theory declares
    no such equation, a parameter, a variable declared as given or a bound in money may do so, too, and a statement
    whose degrees are not all known.
    """
    money = {n for n, degree in theory.degrees.known.items() if degree is not None and degree != 0}
    equations = [theory.equations[n] for n in active]
    unknown = dict.fromkeys(e.variable for e in equations if e.variable in money)
    if numeraires(theory, active) or money & set(given):
        return ()
    if not _idle_numeraires(theory, active):
        kept = {n for n in money if theory.families[n].kind == "parameter" or theory.families[n].given}
        bounds = any(e.complements and (e.lower != 0 or e.upper != sp.oo) for e in equations if e.variable in money)
        if kept or bounds or theory.degrees.waiting:
            return ()
    return tuple(unknown)


def _refuse_free(names: Sequence[str], idle: Sequence[str]) -> None:
    """Refuse a closure without a numeraire."""
    if names:
        such = message("such_as", names=listed(idle)) if idle else Message("", "")
        some = listed([*names[:LISTED], *["…"] * (len(names) > LISTED)])
        raise SpecificationError(message("CGE402.free", names=some, idle=such))


def unused(theory: Theory) -> tuple[str, ...]:
    """Declared symbols that no definition, equation or account uses, as first guess or domain of a variable neither."""
    used = {str(f) for v in theory.families.values() for f in (v.exists, v.default)}
    for s in theory.statements.values():
        bounds = (e for e in (s.scale, s.lower, s.upper) if isinstance(e, sp.Basic))
        read = (theory.family_of(r).name for e in (s.expr, s.where, *bounds) for r in theory.references(e))
        used |= {s.variable, *read}
    return tuple(n for n, f in theory.families.items() if n not in used and f.automatic is None)


class UnusedWarning(UserWarning):
    """Symbols are declared that no statement uses, so that numbers given to them do nothing."""


def tell_unused(theory: Theory) -> None:
    """Say which declared symbols no statement uses."""
    if names := unused(theory):
        warnings.warn(UnusedWarning(message("CGE462", theory=theory.name, names=listed(names))), stacklevel=4)


def _posed(
    theory: Theory, active: Sequence[str], given: Sequence[str]
) -> tuple[list[Statement], tuple[str, ...]]:
    """Definitions and active equations, and the variables held at their values."""
    require_names(theory, active, given)
    statements = [*theory.definitions.values(), *(theory.equations[n] for n in active)]
    determined = {s.variable for s in statements}
    kept = (n for n, f in theory.families.items() if f.given and n not in determined)
    return statements, tuple(dict.fromkeys([*given, *kept]))


def list_of(names: object) -> tuple[str, ...]:
    """Names as they are given for a closure; refused where they are no list of texts."""
    if not are_names(names):
        raise SpecificationError(message("CGE461", found=shown(names)))
    return tuple(names)


def require_names(theory: Theory, active: Sequence[str], given: Sequence[str] = ()) -> None:
    """Refuse a closure that is no list of names of equations and of variables.

    Raises
    ------
    SpecificationError
        Names what is none.
    """
    active, given = list_of(active), list_of(given)
    strange = sorted(set(active) - set(theory.equations))
    if strange:
        close = near(strange[0], theory.equations)
        raise SpecificationError(message("CGE435", names=listed(strange), near=close))
    variables = [n for n, f in theory.families.items() if f.kind == "variable"]
    lost = sorted(set(given) - set(variables))
    if lost:
        raise SpecificationError(message("CGE430", name=lost[0], near=near(lost[0], variables)))


def require_given(
    theory: Theory, sets: Mapping[str, Sequence[str]], parameters: Mapping[str, Array], active: Sequence[str],
    given: Sequence[str],
) -> None:  # fmt: skip
    """Refuse a closure that reads a variable which nothing determines, or has no numeraire.

    Raises
    ------
    SpecificationError
        Names the cells, and equations that would determine them; or a closure that fixes no unit of money.
    """
    require_names(theory, active, given)
    pattern = CellPattern(theory, sets, parameters)
    reading = _Reading(pattern, _posed(theory, active, given)[0])
    _refuse_free(free_money(theory, reading.equations, given), _idle_numeraires(theory, active))
    open_ = pattern.named(reading.undetermined(given))
    if open_:
        idle = [e.name for e in theory.equations.values() if e.variable in open_ and e.name not in active]
        such = message("such_as", names=listed(idle)) if idle else Message("", "")
        raise SpecificationError(message("CGE403", cells=name_cells(open_), idle=such))


def _numbered(known: Mapping[str, Array]) -> tuple[dict[str, Array], int]:
    """Columns of the cells that are unknown, -1 elsewhere, and how many there are."""
    columns, width = {}, 0
    for name, there in known.items():
        columns[name] = np.where(there, width + np.cumsum(there) - 1, -1)
        width += int(there.sum())
    return columns, width


class _Reading:
    """Cells that statements determine and read; the rows of each statement follow those of the one before."""

    def __init__(self, pattern: CellPattern, statements: Sequence[Statement]) -> None:
        self.pattern, self.statements = pattern, statements
        variables = [n for n, f in pattern.theory.families.items() if f.kind == "variable"]
        self.claims = {n: np.zeros(pattern.size(n), np.int64) for n in variables}
        self.read, self.defined = ({n: np.zeros(pattern.size(n), bool) for n in variables} for _ in range(2))
        self.blocks: list[BlockCount] = []
        self.places: list[Array] = []
        self.reads: list[tuple[str, Array, Array]] = []
        self.rows = 0
        for s in statements:
            cells, references = pattern.references(s)
            claimed = self.claims[s.variable]
            self.blocks.append(BlockCount(s.name, s.kind, len(cells), s.variable, int((claimed[cells] == 0).sum())))
            claimed[cells] += 1
            self.defined[s.variable][cells] |= s.kind == "definition"
            self.places.append(cells)
            for name, row, cell in references:
                self.read[name][cell] = True
                self.reads.append((name, self.rows + row, cell))
            self.rows += len(cells)

    @property
    def equations(self) -> tuple[str, ...]:
        """Those that exist somewhere."""
        return tuple(b.name for b in self.blocks if b.kind == "equation" and b.cells)

    def undetermined(self, given: Sequence[str]) -> dict[str, Array]:
        """Cells that are read, that nothing determines and that are neither given nor absent.

        A variable of definitions alone that is declared with a default has that where none of them exists.
        """
        theory, parameters = self.pattern.theory, self.pattern.parameters
        taken = {n for n, claims in self.claims.items() if claims.any() and not (self.read[n] & (claims == 0)).any()}
        condensed = theory.condensed
        both = sorted(set(given) & (taken | condensed))
        if both:
            raise SpecificationError(message("CGE456", names=listed(both)))
        out = {}
        for name, read in self.read.items():
            family = theory.families[name]
            open_ = read & (self.claims[name] == 0)
            if family.given or name in given or (name in condensed and family.default is not None):
                open_ = np.zeros_like(read)
            elif family.exists:
                open_ &= np.broadcast_to(np.asarray(parameters[family.exists]) > 0, self.pattern.shape(name)).ravel()
            out[name] = open_
        return out

    def graph(self, columns: Mapping[str, Array], width: int) -> csr_matrix:
        """Which unknowns stand in which rows."""
        none = np.zeros(0, np.int64)
        rows = np.concatenate([none, *(row for _, row, _ in self.reads)])
        numbers = np.concatenate([none, *(columns[name][cell] for name, _, cell in self.reads)])
        known = numbers >= 0
        entries = (np.ones(known.sum(), np.int8), (rows[known], numbers[known]))
        graph = csr_matrix(entries, shape=(self.rows, width))
        graph.sum_duplicates()
        return graph

    def rivals(self) -> dict[str, tuple[str, ...]]:
        """Variables with cells that several statements are paired with, and those statements."""
        pairs = list(zip(self.statements, self.places, strict=True))
        return {
            n: tuple(s.name for s, cells in pairs if s.variable == n and (count[cells] > 1).any())
            for n, count in self.claims.items()
            if (count > 1).any()
        }

    def part(self, rows: Array, columns: Array, numbers: Mapping[str, Array]) -> Part | None:
        """The statements and unknowns of the rows and columns in two masks, by name."""
        if not (rows.any() or columns.any()):
            return None
        equations: Named = {}
        definitions = 0
        inside = np.split(rows, np.cumsum([len(cells) for cells in self.places])[:-1])
        for s, cells, chosen in zip(self.statements, self.places, inside, strict=True):
            if s.kind == "definition":
                definitions += int(chosen.sum())
            elif chosen.any():
                equations[s.name] = self.pattern.labels(s.variable, cells[chosen])
        unknowns = {n: (number >= 0) & columns[number] & ~self.defined[n] for n, number in numbers.items()}
        return Part(equations, self.pattern.named(unknowns), definitions)


def _dulmage_mendelsohn(graph: csr_matrix, column_of: Array) -> tuple[Array, Array, Array, Array]:
    """Rows and columns of the over- and of the under-determined part, as masks."""
    rows, columns = graph.shape
    row_of = np.full(columns, -1)
    matched = np.flatnonzero(column_of >= 0)
    row_of[column_of[matched]] = matched
    over = _reach(graph, np.flatnonzero(column_of < 0), row_of)
    under_columns, under_rows = _reach(graph.T.tocsr(), np.flatnonzero(row_of < 0), column_of)
    return *over, under_rows, under_columns


def _reach(graph: csr_matrix, start: Array, partner: Array) -> tuple[Array, Array]:
    """Everything on alternating paths from unmatched ``start``: masks of its side and of the other."""
    near, far = np.zeros(graph.shape[0], bool), np.zeros(graph.shape[1], bool)
    queue = [int(k) for k in start]
    near[start] = True
    while queue:
        k = queue.pop()
        for j in graph.indices[graph.indptr[k] : graph.indptr[k + 1]]:
            if not far[j]:
                far[j] = True
                back = int(partner[j])
                if back >= 0 and not near[back]:
                    near[back] = True
                    queue.append(back)
    return near, far


def name_cells(named: Named) -> str:
    """Names with the labels of their cells, or how many where there are many."""
    said = []
    for name, cells in named.items():
        shown = ", ".join("/".join(c) for c in cells if c) if len(cells) <= LISTED else f"{len(cells)} cells"
        said.append(f"{name} [{shown}]" if shown else name)
    return ", ".join(said) or "none"
