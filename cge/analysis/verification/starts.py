"""Whether the last year of a policy has other solutions: from starts all around, and along other ways to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cge.measure.indicators import expenditure, gdp_index
from cge.runs.periods import Period, Policy
from cge.runs.policy_year import LEAST_PRICE
from cge.solve.starts import SEED, other_solutions
from cge.study.model import Model
from cgebase.arrays import Array
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, message
from sam.registry import NATION

STRICTER = 0.95
"""Part of its caps from which the policy is come to as one that was stricter before."""
ENDOWMENTS = (0.1, 0.3)
"""Standard deviations of logarithms of capital and caps from which it is come to."""


@dataclass(frozen=True)
class Others:
    """Other solutions of the last year.

    Parameters
    ----------
    tried, converged, solutions : int
        Starts, those that led to a solution, and solutions other than that of the run.
    gaps : dict of str to float
        Largest relative difference of real GDP of any other solution, by province and for the nation.
    """

    tried: int
    converged: int
    solutions: int
    gaps: Mapping[str, float]

    @property
    def largest(self) -> float:
        """Largest difference of any province."""
        return max(self.gaps.values(), default=0.0)

    def rows(self) -> Iterator[tuple[str, str, float, str]]:
        """Region, indicator, value and unit."""
        for name in ("tried", "converged", "solutions"):
            yield NATION, f"starts_{name}", float(getattr(self, name)), "1"
        for region, gap in self.gaps.items():
            yield region, "other_solution_gdp_pct", 100 * gap, "%"

    def words(self, scenario: str) -> Message:
        """What was found, in words."""
        place = max(self.gaps, key=self.gaps.__getitem__)
        return message(
            "CGE544.scenario", scenario=scenario, tried=self.tried, converged=self.converged, others=self.solutions,
            region=place, gap=100 * self.gaps[place],
        )  # fmt: skip


def from_other_starts(model: Model, policy: Policy, base: Period, run: Sequence[Period]) -> Others:
    """Solve the last year of a policy from other starts.

    Parameters
    ----------
    base : Period
        The baseline of the last year.
    run : sequence of Period
        Every year of the policy.

    Notes
    -----
    Starts: random ones around the solution; the baseline of the year and the year before; and the solutions of the same
    policy with stricter caps, and with other capital and caps in every province, drawn from a fixed seed.
    """
    last, system = run[-1], model.system
    p, core = last.parameters, {n: x for n, x in last.values.items() if n not in system.theory.condensed}
    price = np.where(p["market"] > 0, LEAST_PRICE, 0.0)
    begins, missed = [base.values | {"PCO2": price}, run[-2].values], 0
    for beside in _nearby(p):
        try:
            near = system.solve(p | beside, core, policy.active, factor=last.solution.factor, diagnosed=False)
            begins.append(near.values)
        except ConvergenceError:
            missed += 1
    search = other_solutions(system, p, last.solution, policy.active, begins=begins)
    names = [*model.benchmark.sets["r"], NATION]
    gaps = [_gap(last, replace(last, values=x.values, solution=x)) for x in search.others]
    largest = np.max(gaps, axis=0) if gaps else []
    return Others(
        search.tried + missed, search.converged, len(gaps), dict(zip(names, map(float, largest), strict=False))
    )


def _nearby(p: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    """Parameters of problems from whose solutions the policy is come to."""
    draw = np.random.default_rng(SEED)
    yield {"cap": STRICTER * p["cap"]}
    for spread in ENDOWMENTS:
        yield {n: p[n] * np.exp(spread * draw.standard_normal(p[n].shape)) for n in ("kcarry", "cap")}


def _gap(one: Period, other: Period) -> Array:
    """Relative difference of real GDP, Fisher, (r + 1,); the nation is last."""
    index, _, nation, _ = gdp_index(expenditure(one), expenditure(other))
    return np.abs(np.append(index, nation) - 1)
