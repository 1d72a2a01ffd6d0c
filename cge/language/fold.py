"""One walk over the tree of an expression: what the readers of statements have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy as sp

from cge.language.algebra import Total


def is_sum(node: sp.Basic) -> bool:
    """Whether a part of an expression is a sum over indices."""
    return isinstance(node, Total)


def outermost(expr: sp.Basic, wanted: Callable[[sp.Basic], bool]) -> Iterator[sp.Basic]:
    """Wanted parts of an expression that are in no other wanted part, as they are read."""
    if wanted(expr):
        yield expr
    else:
        for arg in expr.args:
            yield from outermost(arg, wanted)
