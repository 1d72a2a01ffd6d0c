"""An economy of blocks as a modeller writes it, closed into statements that its benchmark fulfils."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from cge.blocks.balance import unbalanced
from cge.blocks.statements import Statements
from cge.blocks.tree import Benchmark, Block, Flow, Laid, Nest, name_of, reference, require_list
from cge.language.algebra import Theory
from cge.language.data import members_of
from cge.language.declare import Family, Ref, expression
from cge.language.walras import drop_market
from cgebase.brief import Brief
from cgebase.errors import CalibrationError, SpecificationError
from cgebase.messages import Message, joined, listed, message


class Blocks(Brief):
    """Activities and agents of a theory as nests of flows, each with its money of the benchmark.

    Write blocks with :meth:`production` and :meth:`demand`, then :meth:`close` states them: definitions of the price
    index of every nest and of every quantity, and equations ``profit_<level>``, ``market_<price>`` and
    ``income_<agent>``. All are ordinary statements of the theory. A level or price that is declared with ``log=False``
    is in complementarity with its equation: an activity may stand idle, a good be free. Others stay above zero.

    Parameters
    ----------
    theory : Theory
        With sets, prices, levels, incomes, and parameters or variables of taxes and elasticities.
    sets : mapping of set name to labels
    numbers : mapping of str to ndarray, optional
        Numbers of the modeller's own parameters. First guesses of variables are their values in the benchmark: 1 for
        prices and levels that have none.

    Attributes
    ----------
    data : dict of str to ndarray
        ``numbers`` and, once closed, every parameter that the blocks have made.
    active : list of str
        Equations that the blocks have stated.
    """

    def __init__(
        self, theory: Theory, sets: Mapping[str, Sequence[str]], numbers: Mapping[str, Any] | None = None
    ) -> None:
        self.theory, self.sets, self.data = theory, members_of(theory, sets), dict(numbers or {})
        self.active: list[str] = []
        self._blocks: list[Block] = []

    def production(self, level: Ref, outputs: Flow | Nest, inputs: Flow | Nest) -> None:
        """An activity for every member of the indices of its level.

        Parameters
        ----------
        level : reference
            ``X[i]``; where its first guess is 0 the activity stands idle in the benchmark, and cells are money for one
            unit of it.
        """
        self._enter(Block(level, inputs, outputs))

    def demand(self, income: Ref, spending: Flow | Nest, endowments: Sequence[Flow] = ()) -> None:
        """An agent for every member of the indices of its income: it spends endowments and taxes on one composite.

        Parameters
        ----------
        endowments : sequence of Flow
            Below zero what it owes to others. Their quantities are parameters that may be changed.
        """
        self._enter(Block(income, spending, endowments=endowments))

    def close(self, numeraire: Family | sp.Symbol | None = None, **at: str) -> None:
        """Calibrate the blocks, refuse what does not balance, and state everything.

        Parameters
        ----------
        numeraire : Family or Symbol, optional
            A price that stays as it is in the benchmark; its market is left out by Walras' law.
        **at : str
            Label by set of the member whose price that is.

        Raises
        ------
        CalibrationError
            Cells that are missing, below zero or of another shape; activities, markets and agents that do not balance.
        SpecificationError
            Blocks that cannot be laid out.
        """
        faults: list[Message] = []
        self._guess()
        kept = None if numeraire is None else self._member(numeraire, at)
        here = Benchmark(self.theory, self.sets, self.data, faults)
        blocks = [Laid(b, here) for b in self._blocks]
        agents = {b.block.name for b in blocks if b.is_agent}
        faults += [message("CGE491.nobody", agent=tax.agent, price=leaf.flow.price, block=b.block.name)
                   for b in blocks for _, leaf in b.flows() for tax in leaf.flow.taxes
                   if name_of(tax.agent) not in agents]  # fmt: skip
        faults = faults or list(unbalanced(here, blocks))
        if faults:
            raise CalibrationError(joined(message("CGE491", theory=self.theory.name, count=len(faults)), faults))
        before = set(self.theory.equations)
        self.data |= Statements(self.theory, here).state(blocks)
        if kept is not None:
            stays = sp.Eq(kept, float(here.value(kept, ())))
            drop_market(self.theory, f"market_{name_of(numeraire)}", at, numeraire=stays)
        self.active = [n for n in self.theory.equations if n not in before]

    def _enter(self, block: Block) -> None:
        if self.active:
            raise SpecificationError(message("CGE491.closed", name=block.name))
        self.theory.determined(name_of(expression(block.level)), block.name)
        require_list("endowments", block.endowments, Flow)
        require_list("outputs, inputs", block.trees, Flow, Nest)
        if any(b.name == block.name for b in self._blocks):
            raise SpecificationError(message("CGE491.twice", name=block.name))
        names = [part.name for tree in block.trees for part in list(_parts(tree))[1:] if isinstance(part, Nest)]
        if "" in names or len(set(names)) < len(names):
            raise SpecificationError(message("CGE491.nest", name=block.name))
        self._blocks.append(block)

    def _member(self, numeraire: Family | sp.Symbol, at: Mapping[str, str]) -> sp.Expr:
        """The one price that stays."""
        family = self.theory.families[name_of(numeraire)]
        dims = [d.name for d in family.dims]
        if set(at) != set(dims):
            facts = {"dims": listed(dims) or "-", "at": listed(at) or "-"}
            raise SpecificationError(message("CGE491.member", name=family.name, **facts))
        return family[tuple(at[n] for n in dims)] if dims else sp.Symbol(family.name)

    def _guess(self) -> None:
        """First guesses of 1 for prices and levels that have none; incomes begin at what they spend."""
        families = self.theory.families
        for b in self._blocks:
            flows = [part for tree in b.trees for part in _parts(tree) if isinstance(part, Flow)]
            prices = {name_of(reference(flow.price)) for flow in (*flows, *b.endowments)}
            wrong = sorted(prices & {other.name for other in self._blocks})
            if wrong:
                raise SpecificationError(message("CGE491.price", price=wrong[0], block=b.name))
            ones = prices if b.sold is None else prices | {b.name}
            guesses = dict.fromkeys(ones & set(families), 1.0) | ({b.name: f"{b.name}_0"} if b.sold is None else {})
            for name, guess in guesses.items():
                if families[name].default is None:
                    families[name] = replace(families[name], default=guess)


def _parts(tree: Flow | Nest) -> Iterator[Flow | Nest]:
    """A tree from its root down."""
    yield tree
    for part in tree.parts if isinstance(tree, Nest) else ():
        yield from _parts(part)
