"""What does not balance in the benchmark of an economy of blocks, with its address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cge.blocks.tree import Benchmark, Indices, Laid, laid, leaves, name_of, total_of
from cge.language.matrix import BALANCED
from cgebase.arrays import Array
from cgebase.messages import Message, message


def unbalanced(here: Benchmark, blocks: Sequence[Laid]) -> Iterator[Message]:
    """Cells that no nest can have, activities that lose or gain, markets that do not clear, agents out of balance."""
    for b in blocks:
        yield from _impossible(here, b)
        if b.is_agent:
            yield from _gaps(here, "income", b.block.name, b.over, _income(blocks, b), b.cost)
        else:
            idle = b.level == 0
            cost = np.where(idle, np.maximum(b.cost, b.revenue), b.cost)
            yield from _gaps(here, "profit", b.block.name, b.over, np.where(idle, cost, b.revenue), cost)
            for at in np.argwhere(idle & (b.cost < (1 - BALANCED) * b.revenue)):
                labels = here.labels(b.over, at)
                yield message("CGE491.idle", name=b.block.name, labels=labels, cost=float(b.cost[tuple(at)]),
                              revenue=float(b.revenue[tuple(at)]))  # fmt: skip
    for family in {leaf.family.name: leaf.family for b in blocks for _, leaf in b.flows()}.values():
        sides = {1: np.zeros(1), -1: np.zeros(1)}
        over: Indices = ()
        for b in blocks:
            for side, leaf in b.flows():
                if leaf.family == family:
                    over = leaf.places
                    own = tuple(k for k in over if k in leaf.indices)
                    sides[side] = sides[side] + here.value(leaf.mask, over) * laid(
                        total_of(b.money(leaf), leaf.indices, own), own, over
                    )
        yield from _gaps(here, "market", family.name, over, sides[1], sides[-1])


def _income(blocks: Sequence[Laid], agent: Laid) -> Array:
    """What an agent gets: endowments, and taxes of every block."""
    out = sum((total_of(e.cells, e.indices, agent.over) for e in agent.endowments), np.zeros(agent.cost.shape))
    for b in blocks:
        for _, leaf in b.flows():
            for tax, rate in zip(leaf.flow.taxes, leaf.rates, strict=True):
                if name_of(tax.agent) == agent.block.name:
                    out = out + total_of(rate * b.money(leaf), leaf.indices, tuple(getattr(tax.agent, "indices", ())))
    return out


def _gaps(here: Benchmark, kind: str, name: str, over: Indices, one: Array, two: Array) -> Iterator[Message]:
    one, two = np.broadcast_arrays(one, two)
    for at in np.argwhere(np.abs(one - two) > BALANCED * np.maximum(np.abs(one), np.abs(two))):
        sides = {"one": float(one[tuple(at)]), "two": float(two[tuple(at)])}
        yield message(f"CGE491.{kind}", name=name, labels=here.labels(over, at), **sides)


def _impossible(here: Benchmark, b: Laid) -> Iterator[Message]:
    """Money below zero in a nest, and prices to the user that are not above zero."""
    for leaf in (leaf for tree in (b.bought, b.sold) if tree is not None for leaf in leaves(tree)):
        for at in np.argwhere((leaf.cells < 0) | ((leaf.cells > 0) & ~(leaf.paid > 0))):
            facts = {"price": leaf.flow.price, "name": b.block.name, "labels": here.labels(leaf.indices, at)}
            yield message("CGE491.cell", cells=float(leaf.cells[tuple(at)]), paid=float(leaf.paid[tuple(at)]), **facts)
