"""Six small theories in the project's own language, and random balanced economies for them.

The theories are few, because each is compiled once; sizes, nest trees, shares with absent cells, elasticities, taxes
and caps are drawn. The unit of a symbol says how it answers to a change of unit: words are ``money`` (benchmark
values), ``tonnes``, ``price``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from cge.language.algebra import Family, Theory, total
from cge.language.forms import Input, demand, stone_geary, unit_cost
from cge.solve.system import System
from cgebase.arrays import Array

Values = dict[str, Array]
ANY = (0.0, 1e-13, 1e-9, 0.3, 1 - 1e-6, 1 - 1e-9, 1 - 1e-13, 1.0, 1 + 1e-12, 1 + 1e-9, 1 + 1e-6, 2.5, 6.0)
SMOOTH = tuple(s for s in ANY if s >= 0.3)
"""Elasticities at which factors are hired whatever their endowment."""
INDICES = {"goods": "ghs", "regions": "rod", "factors": "f", "nests": "nm"}
LETTER = {i: name for name, letters in INDICES.items() for i in letters}


# ------------------------------------------------------------ theories
class Words:
    """Declares the symbols of one theory in few words: ``"gr"`` is goods by regions."""

    def __init__(self, name: str) -> None:
        self.theory = Theory(name)
        self.sets = {k: self.theory.set(k) for k in INDICES}
        self.index = {i: self.sets[name].index(i) for i, name in LETTER.items()}

    def _dims(self, letters: str) -> list[Any]:
        return [self.sets[LETTER[i]] for i in letters]

    def p(self, name: str, dims: str = "", unit: str = "1") -> Any:
        return self.theory.parameter(name, self._dims(dims), unit=unit, description=name)

    def v(self, name: str, dims: str = "", unit: str = "1", **how: Any) -> Any:
        return self.theory.variable(name, self._dims(dims), unit=unit, description=name, **how)


@dataclass
class Parts:
    """What a way of production contributes to an economy: unit cost, inputs of goods and factors per firm."""

    cost: sp.Expr
    goods: sp.Expr
    hired: sp.Expr


def _flat(w: Words, price: Family, wage: Family) -> Parts:
    """One nest of goods and factors."""
    g, h, s, r, f = (w.index[k] for k in "ghsrf")
    use, hire, top = w.p("use", "hgr"), w.p("hire", "fgr"), w.p("top", "g")
    C = w.v("C", "gr", "price")
    inputs = Input(use[h, g, r], price[h, r], h), Input(hire[f, g, r], wage[f, r], f)
    w.theory.define(C, (g, r), unit_cost(top[g], *inputs))
    goods = demand(use[g, s, r], price[g, r], C[s, r], top[s])
    return Parts(C[g, r], goods, demand(hire[f, g, r], wage[f, r], C[g, r], top[g]))


def _nested(w: Words, price: Family, wage: Family) -> Parts:
    """Materials and value added in a nest of their own."""
    g, h, s, r, f = (w.index[k] for k in "ghsrf")
    use, hire, top, mat, va = w.p("use", "hgr"), w.p("hire", "fgr"), w.p("top", "g"), w.p("mat", "g"), w.p("va", "g")
    part = w.p("part", "gr")
    C, PM, PV = (w.v(k, "gr", "price") for k in ("C", "PM", "PV"))
    w.theory.define(C, (g, r), unit_cost(top[g], Input(part[g, r], PV[g, r]), Input(1 - part[g, r], PM[g, r])))
    w.theory.define(PM, (g, r), unit_cost(mat[g], Input(use[h, g, r], price[h, r], h)))
    w.theory.define(PV, (g, r), unit_cost(va[g], Input(hire[f, g, r], wage[f, r], f)))
    goods = demand(1 - part[s, r], PM[s, r], C[s, r], top[s]) * demand(use[g, s, r], price[g, r], PM[s, r], mat[s])
    hired = demand(part[g, r], PV[g, r], C[g, r], top[g]) * demand(hire[f, g, r], wage[f, r], PV[g, r], va[g])
    return Parts(C[g, r], goods, hired)


def _tree(w: Words, price: Family, wage: Family) -> Parts:
    """Nests as data: each firm has its own tree, and prices and quantities of nests are unknowns."""
    g, h, s, r, f, n, m = (w.index[k] for k in "ghsrfnm")
    t, sigma, nest, root = w.theory, w.p("nests", "n"), w.p("nest", "ngr"), w.p("root", "n")
    below, use, hire = w.p("below", "nmgr"), w.p("use", "nhgr"), w.p("hire", "nfgr")
    PN, QN = w.v("PN", "ngr", "price"), w.v("QN", "ngr")
    inputs = (
        Input(use[n, h, g, r], price[h, r], h), Input(hire[n, f, g, r], wage[f, r], f),
        Input(below[m, n, g, r], PN[m, g, r], m),
    )  # fmt: skip
    t.equation("nest_price", (n, g, r), PN[n, g, r] - unit_cost(sigma[n], *inputs), pairs=PN, where=nest[n, g, r])
    wanted = QN[m, g, r] * demand(below[n, m, g, r], PN[n, g, r], PN[m, g, r], sigma[m])
    made = root[n] + total(wanted, m, where=below[n, m, g, r])
    t.equation("nest_quantity", (n, g, r), QN[n, g, r] - made, pairs=QN, where=nest[n, g, r])
    cost = total(PN[n, g, r], n, where=root[n])
    goods = QN[n, s, r] * demand(use[n, g, s, r], price[g, r], PN[n, s, r], sigma[n])
    hired = QN[n, g, r] * demand(hire[n, f, g, r], wage[f, r], PN[n, g, r], sigma[n])
    return Parts(
        cost, total(goods, n, where=use[n, g, s, r]), total(hired, n, where=hire[n, f, g, r])
    )  # fmt: skip


def _economy(name: str, production: Callable[..., Parts], *, capped: bool = False, budget: bool = False) -> Theory:
    """Regions trade; one household each; caps on emissions, or a state whose lump-sum tax pays its purchases."""
    w = Words(name)
    t = w.theory
    g, h, s, r, o, d, f = (w.index[k] for k in "ghsrodf")
    size, a0, stock = w.p("size", "gr", "money"), w.p("A0", "gr", "money"), w.p("stock", "fr", "money")
    trade, arm, c, m0 = w.p("trade", "rrg"), w.p("arm", "g"), w.p("c", "gr"), w.p("M0", "r", "money")
    tax, net = w.p("tax", "gr"), w.p("net", "gr")
    first, rest, level = w.p("first", "fr"), w.p("rest", "fr"), w.p("level", "", "price")
    P, Y, W = w.v("P", "gr", "price"), w.v("Y", "gr"), w.v("W", "fr", "price")
    PA, A, M = w.v("PA", "gr", "price"), w.v("A", "gr"), w.v("M", "r", "money price")
    t.define(PA, (g, r), unit_cost(arm[g], Input(trade[o, r, g], P[g, o], o)), hub=True)
    PU = w.v("PU", "gr", "price") if capped else PA
    made = production(w, PU, W)
    revenue = total(tax[g, r] * size[g, r] * P[g, r] * Y[g, r], g)
    income = total(W[f, r] * stock[f, r], f)
    if capped:
        phi, cap, emits = w.p("phi", "gr", "tonnes / money"), w.p("cap", "r"), w.p("emits", "r")
        em0, tau = w.p("E0", "r", "tonnes"), w.v("tau", "r", "money price / tonnes", log=False, exists="emits")
        t.define(PU, (g, r), PA[g, r] + tau[r] * phi[g, r])
        emitted = total(phi[g, r] * a0[g, r] * A[g, r], g, where=phi[g, r])
        t.equation("cap", (r,), cap[r] - emitted / em0[r], pairs=tau, where=emits[r], complements=True)
        income += tau[r] * cap[r] * em0[r]
    if budget:
        g0, least = w.p("G0", "gr", "money"), w.p("least", "gr", "money")
        T = w.v("T", "r", "money price", log=False)
        bought = total(g0[g, r] * PA[g, r], g, where=g0[g, r])
        t.equation("budget", (r,), T[r] + revenue - bought, pairs=T, scale=m0[r] * level)
        t.define(M, (r,), income - T[r])
        left = M[r] - total(least[h, r] * PA[h, r], h, where=least[h, r])
        final = stone_geary(least[g, r], c[g, r], left, PA[g, r]) + g0[g, r]
    else:
        t.define(M, (r,), income + revenue)
        final = c[g, r] * M[r] / PU[g, r]
    inside = total(size[s, r] * net[s, r] * Y[s, r] * made.goods, s)
    t.define(A, (g, r), (inside + final) / a0[g, r])
    profit = P[g, r] * (1 - tax[g, r]) - net[g, r] * made.cost
    t.equation("zero_profit", (g, r), profit, pairs=Y, scale=level)
    sold = a0[g, d] * A[g, d] * demand(trade[r, d, g], P[g, r], PA[g, d], arm[g])
    market = total(sold, d, where=trade[r, d, g]) - size[g, r] * Y[g, r]
    t.equation("market", (g, r), market, pairs=P, scale=size[g, r])
    work = total(size[g, r] * net[g, r] * Y[g, r] * made.hired, g) - stock[f, r]
    t.equation("factor", (f, r), work, pairs=W, where=rest[f, r], scale=stock[f, r])
    t.equation("numeraire", (f, r), W[f, r] - level, pairs=W, where=first[f, r], scale=level)
    return t


def _joint() -> Theory:
    """Every firm makes several goods with an elasticity of transformation, or is idle where that does not pay."""
    w = Words("joint")
    t = w.theory
    g, s, f, r = (w.index[k] for k in "gsfr")
    make, use, hire = w.p("make", "gs", "money"), w.p("use", "gs", "money"), w.p("hire", "fs", "money")
    size, stock, c, m0 = w.p("size", "g", "money"), w.p("stock", "f", "money"), w.p("c", "g"), w.p("M0", "", "money")
    psi, sigma, first, rest = w.p("psi", "g"), w.p("sigma", "g"), w.p("first", "f"), w.p("rest", "f")
    level, tax = w.p("level", "", "price"), w.p("tax", "fs")
    P, W, X = w.v("P", "g", "price"), w.v("W", "f", "price"), w.v("X", "g", log=False)
    R, C, WT, M = w.v("R", "g", "price"), w.v("C", "g", "price"), w.v("WT", "fs", "price"), w.v("M", "", "money price")
    t.define(WT, (f, s), W[f] * (1 + tax[f, s]), where=hire[f, s])
    t.define(R, (s,), unit_cost(-psi[s], Input(make[g, s] / size[s], P[g], g, make[g, s])))
    inputs = Input(use[g, s] / size[s], P[g], g, use[g, s]), Input(hire[f, s] / size[s], WT[f, s], f, hire[f, s])
    t.define(C, (s,), unit_cost(sigma[s], *inputs))
    hired = X[s] * demand(hire[f, s], WT[f, s], C[s], sigma[s])
    revenue = total(tax[f, s] * W[f] * hired, f, s, where=hire[f, s])
    t.define(M, (), total(W[f] * stock[f], f) + revenue)
    t.equation("profit", (s,), C[s] - R[s], pairs=X, scale=level, complements=True)
    made = total(X[s] * demand(make[g, s], P[g], R[s], -psi[s]), s, where=make[g, s])
    used = total(X[s] * demand(use[g, s], P[g], C[s], sigma[s]), s, where=use[g, s])
    t.equation("market", (g,), made - used - c[g] * M / P[g], pairs=P, scale=m0)
    t.equation("factor", (f,), total(hired, s, where=hire[f, s]) - stock[f], pairs=W, where=rest[f], scale=stock[f])
    t.equation("numeraire", (f,), W[f] - level, pairs=W, where=first[f], scale=level)
    return t


def _dispatch() -> Theory:
    """Plants in order of merit: idle, marginal or full, beside a demand with constant elasticity."""
    w = Words("dispatch")
    t = w.theory
    g, r = (w.index[k] for k in "gr")
    cost, room, wanted = w.p("cost", "gr"), w.p("room", "gr", "tonnes"), w.p("wanted", "r", "tonnes")
    slope, level, here = w.p("slope", "r"), w.p("level", "", "price"), w.p("here", "gr")
    p, x = w.v("p", "r", "price"), w.v("x", "gr", "tonnes", log=False)
    rent, gain = w.v("rent", "gr", "price", log=False), w.v("gain", "gr", "price", log=False)
    t.define(gain, (g, r), p[r] - cost[g, r] * level, where=here[g, r])
    loss = rent[g, r] - gain[g, r]
    t.equation("operate", (g, r), loss, pairs=x, where=here[g, r], scale=level, complements=True)
    full = room[g, r] - x[g, r]
    t.equation("capacity", (g, r), full, pairs=rent, where=here[g, r], scale=wanted[r], complements=True)
    sold = wanted[r] * (p[r] / level) ** (-slope[r])
    t.equation("balance", (r,), total(x[g, r], g, where=here[g, r]) - sold, pairs=p, scale=wanted[r])
    return t


@cache
def theory(name: str) -> Theory:
    """One of the theories, made once."""
    return {
        "flat": lambda: _economy("flat", _flat),
        "budget": lambda: _economy("budget", _nested, budget=True),
        "capped": lambda: _economy("capped", _nested, capped=True),
        "tree": lambda: _economy("tree", _tree, capped=True),
        "joint": _joint,
        "dispatch": _dispatch,
    }[name]()


@cache
def uncondensed(name: str) -> Theory:
    """The same theory with an equation in place of every definition."""
    source, out = theory(name), Theory(f"{name}, uncondensed")
    out.sets, out.indices, out.runs, out.families = source.sets, source.indices, source.runs, source.families
    for s in source.definitions.values():
        family = source.families[s.variable]
        left = family[s.over] if family.dims else sp.Symbol(s.variable)
        size = source.families["M0"] if family.unit.startswith("money") else None
        scale = None if size is None else size[s.over] if size.dims else sp.Symbol("M0")
        out.equation(s.name, s.over, left - s.expr, pairs=family, where=s.where, scale=scale)
    out.equations |= source.equations
    return out


# ------------------------------------------------------------ models
@dataclass(frozen=True)
class Model:
    """A theory on sets with numbers: a benchmark that solves it, and a shock to some parameters."""

    name: str
    theory: Theory
    sizes: dict[str, int]
    parameters: Values
    start: Values
    shock: Values

    @property
    def active(self) -> list[str]:
        return list(self.theory.equations)

    @property
    def system(self) -> System:
        return _system(self.name, self.theory, tuple(self.sizes.items()))

    def solve(self) -> Values:
        """Every variable after the shock; two exact Newton steps take it to its last digits, idle ones stay 0."""

        def on_the_way(at: float) -> Values:
            return self.parameters | {n: (1 - at) * self.parameters[n] + at * v for n, v in self.shock.items()}

        p, families = on_the_way(1.0), self.theory.families
        near = self.system.follow(on_the_way, self.start, self.active)
        values = self.system.solve(p, near.values, self.active, tol=1e-11, factor=near.factor).values
        for _ in range(2):
            jacobian, f, _ = self.system.jacobian(p, values, self.active)
            step = -np.linalg.solve(jacobian, f)
            for name, cells, where in self.system.layout(p, self.active).core:
                x = values[name].flat[cells]
                values[name].flat[cells] = x * np.exp(step[where]) if families[name].log else x + step[where] * (x != 0)
        return self.system.evaluate(p, values)

    def mapped(self, change: Callable[[Family, Array], Array]) -> Model:
        """The same with every parameter, start and shock changed, symbol by symbol."""
        tables = ("parameters", "start", "shock")
        return replace(self, **{k: changed(self.theory, getattr(self, k), change) for k in tables})

    def without_definitions(self) -> Model:
        """The same economy in the uncondensed theory, from the same start."""
        filled = self.system.evaluate(self.parameters, self.start)
        return replace(self, theory=uncondensed(self.name), start=filled)


@cache
def _system(name: str, which: Theory, sizes: tuple[tuple[str, int], ...]) -> System:
    return System(which, {k: [f"{k}{j}" for j in range(n)] for k, n in sizes})


def changed(which: Theory, values: Values, change: Callable[[Family, Array], Array]) -> Values:
    """Values with each table changed as its family asks."""
    return {n: change(which.families[n], v) for n, v in values.items()}


def factor_of(unit: str, words: dict[str, float]) -> float:
    """What a symbol of this unit is multiplied by when its words are."""
    above, _, under = unit.partition(" / ")
    up, down = (math.prod(words.get(k, 1.0) for k in part.split()) for part in (above, under))
    return up / down
