"""Statements of blocks: price indices of nests, quantities, zero profit, markets, incomes, with their parameters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import pandas as pd
import sympy as sp

from cge.blocks.tree import Benchmark, Branch, Indices, Laid, Leaf, laid, name_of
from cge.language.algebra import Theory, total
from cge.language.declare import Ref, Set
from cge.language.forms import Input, demand, unit_cost
from cgebase.arrays import Array

NOWHERE = sp.Integer(0)


@dataclass
class Term:
    """What a flow adds to a market, or to an income, where its ``amount`` is not zero.

    Parameters
    ----------
    places : tuple of Symbol
        Indices of the flow, or of a single member of ``mask``, at which the market or agent stands.
    """

    sign: int
    symbol: Ref
    amount: Ref
    indices: Indices
    places: Indices
    mask: sp.Expr = sp.Integer(1)


class Statements:
    """States laid-out blocks in their theory.

    Attributes
    ----------
    numbers : dict of str to ndarray
        Parameters that are made on the way.
    """

    def __init__(self, theory: Theory, here: Benchmark) -> None:
        self.theory, self.here = theory, here
        self.numbers: dict[str, Array] = {}
        self.markets: defaultdict[str, list[Term]] = defaultdict(list)
        self.incomes: defaultdict[str, list[Term]] = defaultdict(list)

    def state(self, blocks: Sequence[Laid]) -> dict[str, float | pd.Series | pd.DataFrame]:
        """Everything that the blocks say; the numbers of the parameters in it, by label."""
        for b in blocks:
            self._agent(b) if b.is_agent else self._activity(b)
        for price, terms in self.markets.items():
            self._market(price, terms)
        for b in blocks:
            if b.is_agent:
                at = tuple(b.over)
                income = sum((self._sum(term, at) for term in self.incomes[b.block.name]), NOWHERE)
                where = self.runs(b)
                self.theory.equation(
                    f"income_{b.block.name}", at, b.block.level - income, pairs=sp.Symbol(b.block.name), where=where
                )
        return {n: self._labelled(n, x) for n, x in self.numbers.items()}

    # ------------------------------------------------------------ blocks
    def _activity(self, b: Laid) -> None:
        assert b.sold is not None
        name, level, runs = b.block.name, b.block.level, self.runs(b)
        cost = self._tree(b, b.bought, f"cost_{name}", level, "to", runs)
        revenue = self._tree(b, b.sold, f"revenue_{name}", level, "by", runs)
        idle = not self.theory.families[name].log
        if idle:
            loss = np.divide(b.cost, b.revenue, out=np.ones(b.cost.shape), where=b.runs)
            cost = cost * self._number(f"loss_{name}", b.over, loss, f"cost over revenue of {name} in the benchmark")
        self.theory.equation(
            f"profit_{name}", b.over, cost - revenue, pairs=sp.Symbol(name), where=runs, complements=idle
        )

    def _agent(self, b: Laid) -> None:
        name, runs = b.block.name, self.runs(b)
        start = self._number(f"{name}_0", b.over, b.cost, f"{name} in the benchmark")
        real = self._declared(f"real_{name}", b.over, f"{name} in prices of the benchmark, benchmark = 1")
        cost = self._tree(b, b.bought, f"cost_{name}", real, "to", runs)
        self.theory.define(sp.Symbol(f"real_{name}"), b.over, b.block.level / (start * cost), where=runs)
        for leaf in b.endowments:
            own = leaf.flow.name or self._free(f"{leaf.family.name}_of_{name}")
            stock = _over(leaf.cells, leaf.price * leaf.times)
            got = used = self._number(own, leaf.indices, stock, f"endowment of {name}")
            if leaf.flow.times != 1:
                used = self._define(f"used_{own}", leaf.indices, got * leaf.flow.times, got, f"{own} that is used")
            self.markets[leaf.family.name].append(Term(1, used, got, leaf.indices, leaf.places, leaf.mask))
            worth = self._define(f"worth_{own}", leaf.indices, leaf.flow.price * used, got, f"income from {own}")
            self.incomes[name].append(Term(1, worth, got, leaf.indices, b.over))

    def _tree(self, b: Laid, tree: Branch | Leaf, name: str, level: sp.Expr, word: str, runs: Ref | None) -> sp.Expr:
        """Price index of a tree, with the definitions of nests and quantities below it."""
        indices: dict[int, sp.Expr] = {}
        sign = 1 if word == "to" else -1

        def index(part: Branch | Leaf, own: str) -> sp.Expr:
            if isinstance(part, Leaf):
                part.name = part.flow.name or self._free(f"{part.family.name}_{word}_{b.block.name}")
                indices[id(part)] = self._paid(part)
            else:
                inputs = [self._input(below, part, index(below, f"{name}_{_word(below)}")) for below in part.parts]
                price = unit_cost(sign * part.nest.sigma, *inputs)
                indices[id(part)] = self._define(own, part.indices, price, runs, "price index, benchmark = 1")
            return indices[id(part)]

        def quantities(part: Branch | Leaf, share: sp.Expr) -> None:
            if isinstance(part, Leaf):
                self._quantity(b, part, level * share, sign)
                return
            for below in part.parts:
                taken = demand(1, indices[id(below)], indices[id(part)], sign * part.nest.sigma)
                quantities(below, share * taken)

        out = index(tree, name)
        quantities(tree, sp.Integer(1))
        return out

    def _input(self, part: Branch | Leaf, above: Branch, price: sp.Expr) -> Input:
        own = part.name if isinstance(part, Leaf) else name_of(price)
        share = _over(part.value, laid(above.value, above.indices, part.indices))
        where = self._number(f"share_{own}", part.indices, share, "share in the value of its nest")
        return Input(where, price, tuple(k for k in part.indices if k not in above.indices) or None)

    def _paid(self, leaf: Leaf) -> sp.Expr:
        """Price to the block relative to the benchmark."""
        flow, family = leaf.flow, leaf.family
        paid = flow.price * (1 + leaf.sign * sum(tax.rate for tax in flow.taxes)) * flow.times
        if not flow.taxes and flow.times == 1 and family.default == 1.0:
            return paid
        first = np.where(leaf.cells > 0, leaf.paid * leaf.times, 1.0)
        return paid / self._number(f"price_{leaf.name}", leaf.indices, first, "price of the benchmark, with taxes")

    def _quantity(self, b: Laid, leaf: Leaf, units: sp.Expr, sign: int) -> None:
        """A flow's quantity and its taxes."""
        level = laid(np.where(b.level == 0, 1.0, b.level), b.over, leaf.indices)
        unit = _over(leaf.cells, leaf.price * leaf.times * level)
        what = f"{leaf.family.name}, {'input' if sign > 0 else 'output'} of {b.block.name}"
        amount = self._number(f"unit_{leaf.name}", leaf.indices, unit, f"{what}, for one unit of it in the benchmark")
        quantity = self._define(leaf.name, leaf.indices, amount * leaf.flow.times * units, amount, what)
        self.markets[leaf.family.name].append(Term(-sign, quantity, amount, leaf.indices, leaf.places, leaf.mask))
        for tax in leaf.flow.taxes:
            own = self._free(f"tax_{leaf.name}")
            paid = self._define(own, leaf.indices, tax.rate * leaf.flow.price * quantity, amount, f"tax on {what}")
            places = tuple(getattr(tax.agent, "indices", ()))
            self.incomes[name_of(tax.agent)].append(Term(1, paid, amount, leaf.indices, places))

    # ------------------------------------------------------------ markets and incomes
    def _market(self, price: str, terms: list[Term]) -> None:
        family = self.theory.families[price]
        at = self._symbols(family.dims, ())
        excess = sum((term.sign * self._sum(term, at) for term in terms), NOWHERE)
        there = sum((self._there(term) for term in terms), np.zeros(self.here.shape(at)))
        where = self._number(f"traded_{price}", at, np.sign(there), f"1 where {price} has a market") if at else None
        self.theory.equation(
            f"market_{price}", at, excess, pairs=sp.Symbol(price), where=where, complements=not family.log
        )

    def _there(self, term: Term) -> Array:
        """Whether a term has anything at each place of its market."""
        own = tuple(k for k in term.places if k in term.indices)
        cells = np.abs(self.numbers[name_of(term.amount)])
        inner = tuple(n for n, k in enumerate(term.indices) if k not in own)
        kept = tuple(k for k in term.indices if k in own)
        return self.here.value(term.mask, term.places) * laid(cells.sum(axis=inner), kept, term.places)

    def _sum(self, term: Term, at: Indices) -> sp.Expr:
        """A term at the indices of a market or an agent, summed over the others."""
        rename = dict(zip(term.places, at, strict=True))
        others = [k for k in term.indices if k not in rename]
        roots = [self.theory.indices[k.name] for k in others]
        taken = [k for k in others if k not in at]
        fresh = iter(self._symbols([r for r, k in zip(roots, others, strict=True) if k in at], (*at, *taken)))
        rename |= {k: next(fresh) for k in others if k in at}
        symbol, amount, mask = (x.xreplace(rename) for x in (term.symbol, term.amount, term.mask))
        body = mask * symbol
        return total(body, *(rename.get(k, k) for k in others), where=amount) if term.indices else body

    def _symbols(self, dims: Sequence[Set], taken: Indices) -> Indices:
        """An index over each of some whole sets: one of the theory's where it has one that is not taken."""
        out: list[sp.Symbol] = []
        for of in dims:
            known = (n for n, run in self.theory.runs.items() if run is of and not n.startswith("at_only"))
            new = (f"{of.name}{k}" for k in count(2) if f"{of.name}{k}" not in self.theory.runs)
            names = (n for source in (known, new) for n in source)
            out.append(next(i for i in map(of.index, names) if i not in (*taken, *out)))
        return tuple(out)

    # ------------------------------------------------------------ symbols
    def runs(self, b: Laid) -> Ref | None:
        """Where a block is there; everywhere if it has no indices."""
        name = f"runs_{b.block.name}"
        return self._number(name, b.over, b.runs.astype(float), "1 where it is there") if b.over else None

    def _number(self, name: str, over: Indices, value: Array, description: str) -> Ref:
        if name not in self.numbers:
            self.theory.parameter(name, [self.theory.indices[i.name] for i in over], description=description)
            self.numbers[name] = np.array(value, float)
        return self.theory.families[name].base[over] if over else sp.Symbol(name)

    def _labelled(self, name: str, value: Array) -> float | pd.Series | pd.DataFrame:
        labels = [pd.Index(self.here.sets[d.name], name=d.name) for d in self.theory.families[name].dims]
        if len(labels) == 2:
            return pd.DataFrame(value, *labels)
        index = pd.MultiIndex.from_product(labels) if len(labels) > 2 else labels[0] if labels else None
        return float(value) if index is None else pd.Series(value.ravel(), index)

    def _declared(self, name: str, over: Indices, description: str) -> Ref:
        self.theory.variable(name, [self.theory.indices[i.name] for i in over], description=description)
        return self.theory.families[name].base[over] if over else sp.Symbol(name)

    def _define(self, name: str, over: Indices, expr: sp.Expr, where: Ref | None, description: str) -> Ref:
        out = self._declared(name, over, description)
        self.theory.define(sp.Symbol(name), over, expr, where=where if over else None)
        return out

    def _free(self, name: str) -> str:
        """The name, with a number behind where it is taken."""
        return next(n for k in count(1) if (n := name if k == 1 else f"{name}_{k}") not in self.theory.families)


def _word(part: Branch | Leaf) -> str:
    return part.nest.name if isinstance(part, Branch) else ""


def _over(one: Array, two: Array) -> Array:
    """A quotient, 0 where nothing is divided."""
    return np.divide(one, two, out=np.zeros(np.broadcast_shapes(np.shape(one), np.shape(two))), where=one != 0)
