"""A closure of one's own theory with the count of what it determines, and swaps of its equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cge.language.algebra import Theory
from cge.language.structure import Structure, inspect_structure, list_of
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import SpecificationError
from cgebase.messages import Message, joined, listed, message, near

Names = str | Sequence[str]
"""One name or several."""


@dataclass(frozen=True, repr=False)
class Closure(Brief):
    """Active equations and given variables that leave one solution, as far as the pattern of the equations tells.

    Parameters
    ----------
    active, given : tuple of str
        As a solve takes them.
    structure : Structure
        Its ``counts`` are those of equations, unknowns and given variables.
    out, into, freed, held : tuple of str
        Equations that left and came, and variables that became unknown and given by that.
    """

    active: tuple[str, ...]
    given: tuple[str, ...]
    structure: Structure
    out: tuple[str, ...]
    into: tuple[str, ...]
    freed: tuple[str, ...]
    held: tuple[str, ...]

    def __str__(self) -> str:
        none = message("nothing")
        words = {k: listed(getattr(self, k)) or none for k in ("out", "into", "freed", "held", "given")}
        counts = self.structure.counts
        return message("swapped", equations=counts["equations"], unknowns=counts["unknowns"], **words)


def swapped(
    theory: Theory, sets: Mapping[str, Sequence[str]], parameters: Mapping[str, Array], active: Sequence[str], *,
    out: Names = (), into: Names = (), given: Sequence[str] = (),
) -> Closure:  # fmt: skip
    """A closure without the equations ``out`` and with the equations ``into``.

    Parameters
    ----------
    given : sequence of str
        Variables held at their values beside those declared so; those that ``into`` determines are freed.

    Raises
    ------
    SpecificationError
        A name that is not active, is active already or is no equation, all at once; or what is left is not square: the
        equations and unknowns left over are named.
    """
    left, came = ((x,) if isinstance(x, str) else list_of(x) for x in (out, into))
    faults: list[Message] = [message("CGE457.out", name=n, near=near(n, active)) for n in left if n not in active]
    faults += [message("CGE457.into", name=n) for n in came if n in active and n not in left]
    faults += [message("CGE435", names=n, near=near(n, theory.equations)) for n in came if n not in theory.equations]
    if faults:
        raise SpecificationError(joined(message("CGE457", count=len(faults)), faults))
    new = (*(n for n in active if n not in left), *came)
    determined = {theory.equations[n].variable for n in came}
    kept = tuple(n for n in given if n not in determined)
    structure = inspect_structure(theory, sets, parameters, new, given=kept)
    structure.require()
    before = {theory.equations[n].variable for n in active}
    after = {theory.equations[n].variable for n in new}
    freed, held = (tuple(sorted(x)) for x in (after - before, before - after))
    return Closure(new, structure.given, structure, left, came, freed, held)
