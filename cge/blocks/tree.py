"""Trees of a block as a modeller writes them, and laid out on their indices with the numbers of the benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from cge.language.algebra import Theory, Total
from cge.language.data import complete, first_guess, in_order, members_of
from cge.language.declare import Family, Ref, expression
from cge.language.degrees import shown
from cge.language.expand import Expansion
from cge.language.forms import Number
from cgebase.arrays import Array
from cgebase.errors import SpecificationError
from cgebase.messages import Message, message

Indices = tuple[sp.Symbol, ...]


def require_list(word: str, given: object, *kinds: type) -> None:
    """Refuse what is no list of some of these."""
    if not isinstance(given, list | tuple) or not all(isinstance(x, kinds) for x in given):
        said = {"word": word, "kinds": " · ".join(k.__name__ for k in kinds), "found": shown(given)}
        raise SpecificationError(message("CGE491.list", **said))


@dataclass(frozen=True)
class Tax:
    """A tax on what a flow costs, or on what it brings in where the flow is an output.

    Parameters
    ----------
    rate : Expr or number
        Part of the price; parameters, or a variable that an equation of the theory determines.
    agent : reference
        Income that receives it; over indices of the flow.
    """

    rate: Number
    agent: Ref


@dataclass(frozen=True)
class Flow:
    """What a block buys or sells at one price, or at the prices of one family.

    Parameters
    ----------
    price : reference
        ``P[j]``: an index that the block does not have is one the flow runs over. One member by label, ``P["food"]``.
    cells : number, array or labelled table
        Money of the benchmark without taxes, over the own indices of the flow, then those of the block: a column of a
        SAM. Zero where nothing flows.
    taxes : sequence of Tax
    times : Expr or number
        Units of the flow for one of the block, relative to the benchmark where it is another number: a world price, the
        part of an endowment that is used, the inverse of productivity.
    name : str
        Of its quantity, a variable, or of an endowment, a parameter; made of price and block if empty.
    """

    price: sp.Expr
    cells: Any
    taxes: Sequence[Tax] = ()
    times: Number = 1
    name: str = ""

    def __post_init__(self) -> None:
        require_list("taxes", self.taxes, Tax)


@dataclass(frozen=True)
class Nest:
    """A composite of flows and other nests.

    Parameters
    ----------
    sigma : Expr or number
        Elasticity of substitution; of an output the elasticity of transformation.
    parts : sequence of Flow or Nest
    name : str
        Needed below another nest: its price index is ``cost_<block>_<name>``.
    over : tuple of Symbol
        Indices it has beside those of the nest above: one composite for each of their members.
    """

    sigma: Number
    parts: Sequence[Flow | Nest]
    name: str = ""
    over: Indices = ()

    def __post_init__(self) -> None:
        require_list("parts", self.parts, Flow, Nest)


@dataclass
class Leaf:
    """A flow laid out.

    Parameters
    ----------
    indices : tuple of Symbol
        Its own, then those of the nest above it.
    places : tuple of Symbol
        Indices of the price, one for each of its sets; those of single members have a mask.
    mask : Expr
        1 at the single members that the price is at.
    cells, price, rates, times : ndarray
        Over ``indices``: money, and what holds in the benchmark; ``rates`` for each tax.
    """

    flow: Flow
    indices: Indices
    family: Family
    places: Indices
    mask: sp.Expr
    cells: Array
    price: Array
    rates: list[Array]
    times: Array
    sign: int
    name: str = ""

    @property
    def paid(self) -> Array:
        """Price of the benchmark that the block pays, taxes included, or gets without them."""
        return self.price * (1 + self.sign * sum(self.rates))

    @property
    def value(self) -> Array:
        """Money that the block pays or gets."""
        return self.cells * (1 + self.sign * sum(self.rates))


@dataclass
class Branch:
    """A nest laid out; ``value`` is its money over ``indices``."""

    nest: Nest
    indices: Indices
    parts: list[Leaf | Branch]
    value: Array = field(init=False)

    def __post_init__(self) -> None:
        self.value = np.sum([total_of(p.value, p.indices, self.indices) for p in self.parts], axis=0)


def name_of(ref: sp.Basic | Family) -> str:
    """Name of the symbol that a reference belongs to."""
    return str(ref.base if isinstance(ref, sp.Indexed) else getattr(ref, "name", ref))


def reference(price: sp.Basic) -> sp.Basic:
    """A price without the mask that says which single member it is at."""
    return price.body if isinstance(price, Total) else price


def laid(table: Array, own: Indices, over: Indices) -> Array:
    """A table over its own indices as one that goes with tables over ``over``, which has them all."""
    order = sorted(range(len(own)), key=lambda k: over.index(own[k]))
    return np.transpose(table, order)[tuple(slice(None) if k in own else None for k in over)]


def total_of(table: Array, own: Indices, kept: Indices) -> Array:
    """A table summed over the indices that are not kept, in the order of those that are."""
    left = tuple(k for k in own if k in kept)
    table = np.sum(table, axis=tuple(n for n, k in enumerate(own) if k not in kept))
    return np.transpose(table, [left.index(k) for k in kept])


class Benchmark:
    """Numbers of the benchmark: parameters as given, variables at their first guesses.

    Parameters
    ----------
    theory : Theory
        With everything that the modeller declares.
    sets, numbers : mapping
        Members, and numbers of the modeller's own parameters.
    faults : list of Message
        Gets everything that cells and prices are refused for.
    """

    def __init__(
        self, theory: Theory, sets: Mapping[str, Sequence[str]], numbers: Mapping[str, Any], faults: list[Message]
    ) -> None:
        self.theory, self.sets, self.faults = theory, members_of(theory, sets), faults
        filled = complete(theory, self.sets, numbers)
        guesses = {
            n: first_guess(f, self.sets, filled) for n, f in theory.families.items()
            if f.kind == "variable" and (not isinstance(f.default, str) or f.default in filled)
        }  # fmt: skip
        self.reading = Expansion(theory, self.sets, filled | guesses)

    def shape(self, indices: Indices) -> tuple[int, ...]:
        """Numbers of members of the sets that indices run over."""
        return tuple(len(self.sets[self.theory.indices[i.name].name]) for i in indices)

    def value(self, expr: sp.Basic, indices: Indices) -> Array:
        """Value of an expression over indices."""
        out = np.empty(self.shape(indices))
        for at in np.ndindex(*out.shape):
            out[at] = self.reading.value(expr, {i.name: k for i, k in zip(indices, at, strict=True)})
        return out

    def labels(self, indices: Indices, at: Iterable[int]) -> str:
        """Labels of one cell in brackets; empty without indices."""
        labels = (self.sets[self.theory.indices[i.name].name][k] for i, k in zip(indices, at, strict=True))
        return f" [{', '.join(labels)}]" if indices else ""

    def branch(self, tree: Flow | Nest, block: str, above: Indices, sign: int) -> Branch | Leaf:
        """A tree laid out below a nest with the indices ``above``; ``sign`` is -1 for outputs."""
        if isinstance(tree, Flow):
            return self.leaf(tree, block, above, sign)
        indices = (*tree.over, *above)
        return Branch(tree, indices, [self.branch(part, block, indices, sign) for part in tree.parts])

    def leaf(self, flow: Flow, block: str, above: Indices, sign: int) -> Leaf:
        """A flow laid out, with the money of its cells."""
        family, places, mask = self._price(flow.price, block)
        single = {k for k in places if mask.has(k)}
        indices = (*(k for k in dict.fromkeys(places) if k not in above and k not in single), *above)
        for tax in flow.taxes:
            if not set(getattr(tax.agent, "indices", ())) <= set(indices):
                self.faults.append(message("CGE491.agent", agent=tax.agent, price=flow.price, block=block))
        cells = self._cells(flow, block, indices)
        price, times = (self.value(expression(x), indices) for x in (flow.price, flow.times))
        rates = [self.value(expression(tax.rate), indices) for tax in flow.taxes]
        return Leaf(flow, indices, family, places, mask, cells, price, rates, times, sign)

    def _price(self, price: sp.Expr, block: str) -> tuple[Family, Indices, sp.Expr]:
        """Family, indices and mask of a price."""
        ref, mask = reference(price), price.where if isinstance(price, Total) else sp.Integer(1)
        family, places = self.theory.families.get(name_of(ref)), tuple(getattr(ref, "indices", ()))
        plain = all(isinstance(k, sp.Symbol) for k in places) and len(set(places)) == len(places)
        if family is None or family.kind != "variable" or not plain:
            raise SpecificationError(message("CGE491.price", price=price, block=block))
        return family, places, mask

    def _cells(self, flow: Flow, block: str, indices: Indices) -> Array:
        """Money of a flow over whole sets; members of a subset are given alone."""
        runs = [self.theory.runs[i.name] for i in indices]
        word = f"{flow.price} in {block}"
        given = Family(word, tuple(runs), "parameter")
        own = np.asarray(in_order(given, flow.cells, self.sets, self.faults), float)
        inside = tuple(len(self.sets[d.name]) for d in runs)
        if np.shape(own) not in ((), inside):
            over = ", ".join(i.name for i in indices)
            self.faults.append(message("CGE491.shape", cells=word, over=over, shape=inside, found=np.shape(own)))
            own = np.zeros(())
        whole = np.zeros(self.shape(indices))
        at = [[self.sets[d.root.name].index(k) for k in self.sets[d.name]] for d in runs]
        whole[np.ix_(*at) if at else ()] = own
        for cell in np.argwhere(~np.isfinite(whole)):
            self.faults.append(message("CGE491.number", cells=word, labels=self.labels(indices, cell)))
        return whole


@dataclass
class Block:
    """An activity, or an agent with its endowments.

    Parameters
    ----------
    level : reference
        Of the activity, or the income of the agent.
    bought, sold : Flow or Nest
        An agent sells nothing but its endowments.
    """

    level: Ref
    bought: Flow | Nest
    sold: Flow | Nest | None = None
    endowments: Sequence[Flow] = ()

    @property
    def name(self) -> str:
        """Name of the level or income."""
        return name_of(self.level)

    @property
    def over(self) -> Indices:
        """Indices of the block."""
        return tuple(getattr(self.level, "indices", ()))

    @property
    def trees(self) -> tuple[Flow | Nest, ...]:
        """What it buys and sells."""
        return (self.bought,) if self.sold is None else (self.bought, self.sold)


class Laid:
    """A block laid out.

    Parameters
    ----------
    runs : ndarray of bool
        Where anything is bought.
    level : ndarray
        Of an activity in the benchmark; 1 for an agent.
    """

    def __init__(self, block: Block, here: Benchmark) -> None:
        self.block, self.over = block, block.over
        self.bought = here.branch(block.bought, block.name, block.over, 1)
        self.sold = None if block.sold is None else here.branch(block.sold, block.name, block.over, -1)
        self.endowments = [here.leaf(flow, block.name, block.over, -1) for flow in block.endowments]
        self.runs = self.cost > 0
        self.level = np.ones(self.cost.shape) if self.sold is None else here.value(block.level, block.over)

    @property
    def cost(self) -> Array:
        """Money that the block pays."""
        return total_of(self.bought.value, self.bought.indices, self.over)

    @property
    def revenue(self) -> Array:
        """Money that an activity gets."""
        return np.zeros(()) if self.sold is None else total_of(self.sold.value, self.sold.indices, self.over)

    def flows(self) -> Iterator[tuple[int, Leaf]]:
        """Flows with what they are to a market: 1 supply, -1 demand."""
        for leaf in leaves(self.bought):
            yield -1, leaf
        for leaf in (*(leaves(self.sold) if self.sold is not None else ()), *self.endowments):
            yield 1, leaf

    @property
    def is_agent(self) -> bool:
        """Whether it is an agent, not an activity."""
        return self.sold is None

    def money(self, leaf: Leaf) -> Array:
        """Money of a flow at the level of the benchmark."""
        return leaf.cells * laid(np.where(self.level == 0, 0.0, 1.0), self.over, leaf.indices)


def leaves(part: Branch | Leaf) -> Iterator[Leaf]:
    """Flows of a tree."""
    if isinstance(part, Leaf):
        yield part
    else:
        for below in part.parts:
            yield from leaves(below)
