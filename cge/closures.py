"""The closures of the model counted and matched on the shipped data."""

from __future__ import annotations

from cge.calibration import calibrate
from cge.dynamics import CLOSURES
from cge.equations import THEORY
from cge.parameters import load_parameters
from cge.structure import inspect_structure
from sam.economy import load_economy

SHOWN = "policy"


def closure_lines(aggregation: str) -> list[str]:
    """Table of the policy closure, permit markets in place, and a line for each other closure.

    Raises
    ------
    SpecificationError
        A closure that is not square or not of full structural rank.
    """
    economy = load_economy(aggregation)
    benchmark = calibrate(economy, load_parameters(aggregation, economy.activities, economy.commodities))
    parameters = benchmark.parameters | {"market": benchmark.parameters["market"] + 1.0}
    lines = [f"closure {SHOWN} on {aggregation}"]
    for name in (SHOWN, *(n for n in CLOSURES if n != SHOWN)):
        found = inspect_structure(THEORY, benchmark.sets, parameters, CLOSURES[name])
        found.require()
        if name == SHOWN:
            lines += found.table()
        else:
            given = f"given: {', '.join(found.given)}"
            lines.append(f"closure {name}: {found.rows:,} equations and unknowns, structurally sound; {given}")
    return lines
