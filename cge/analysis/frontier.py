"""Which caps: those of every province and solved year that lose the nation least, the worst province least, or between.

The national total of every year is that of a scenario; caps stay within its bounds, multiples of the national share of
the year. Every point is a full solve without trade, found with exact gradients and told with its KKT residual. Between
the two ends points lose the nation least among caps that keep the other number, the worst loss or the inequality of
losses, at most at levels spaced evenly; the multiplier says of which mix of both each point is the optimum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.analysis.ensemble.solve import UNSOLVED, unsolved
from cge.analysis.gradient import NUMBERS, by_caps, number, refuse
from cge.analysis.optimum import Aim, Numbers, Optimum, Slopes, Task, optimum, within
from cge.runs.dynamics import run_policy
from cge.runs.periods import Period, Policy
from cge.runs.policy_year import policy_year
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.scenario import Scenario, Study
from cgebase.arrays import Array
from cgebase.errors import CGEError, ConvergenceError, ScenarioError
from cgebase.messages import Message, message
from cgebase.progress import step

Log = Callable[[Message], None]
Keep = Callable[[str, Callable[[], Any]], Any]
"""Plain data under a name: kept before, or made now and kept."""
POINTS = 10
LOSS = {n: 1.0 if n == "gdp_cumulative_loss_pct" else -1.0 for n in NUMBERS}
"""Sign of a loss in each number."""
WORST, INEQUALITY = "worst", "inequality"
AGAINST = (WORST, INEQUALITY)
"""What stands against the national loss: the largest loss of a province, or the standard deviation over people."""
LEAST = 0.02
"""Least cap over the national share where the bounds of the scenario allow less (assumption)."""
COST, EQUITY = "cost", "equity"
RULES = ("uniform", "role-and-stage")
TRADED = "trade"
COLUMNS = ["point", "kind", "weight", "national", "worst", "where", "inequality", "residual", "met", "kink",
           "evaluations", "start", "code"]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What is asked of the caps.

    Parameters
    ----------
    scenario : str
        Whose national total, bounds and closure hold.
    points : int
        Points of the frontier, its ends among them.
    against : str
        Of :data:`AGAINST`.
    mix : tuple of float
        Weights of the other number, 0 to 1: one more point for each, the least of the mix.
    number : str
        Of :data:`cge.analysis.gradient.NUMBERS`: what is lost.
    """

    scenario: str
    points: int = POINTS
    against: str = WORST
    mix: tuple[float, ...] = ()
    number: str = NUMBERS[0]


@dataclass(frozen=True)
class Frontier:
    """Points and what they are compared with.

    Parameters
    ----------
    points : list of dict
        ``point``, ``kind`` (``frontier``, ``mix``, ``rule``, ``trade``, ``study``), ``caps`` by year and region in Mt,
        ``losses`` by region and the rest of :data:`COLUMNS`; a point without a solution has ``code`` and ``why``.
    regions : tuple of str
    year : int
    moved : float
        Part of all tonnes that the cost end has elsewhere than trade would have them.
    outside : list of str
        Regions and years in which trade's emissions are outside the bounds.
    """

    points: list[dict[str, Any]]
    regions: tuple[str, ...]
    year: int
    moved: float
    outside: list[str]

    @property
    def table(self) -> pd.DataFrame:
        """A line for each point: :data:`COLUMNS`, then its caps, Mt."""
        rows = [{k: p.get(k) for k in COLUMNS} | {f"{y} {r}": mt for y, by in p.get("caps", {}).items()
                for r, mt in by.items()} for p in self.points]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def losses(self) -> pd.DataFrame:
        """Loss by point and region, per cent."""
        rows = [(p["point"], r, loss) for p in self.points for r, loss in p.get("losses", {}).items()]
        return pd.DataFrame(rows, columns=["point", "region", "loss"])

    @property
    def own(self) -> list[dict[str, Any]]:
        """Points that were optimised."""
        return [p for p in self.points if p["kind"] in ("frontier", "mix")]

    @property
    def unmet(self) -> list[str]:
        """Optimised points where the conditions do not hold, or without a solution."""
        return [p["point"] for p in self.own if p.get("met") != "yes"]


def caps_file(point: Mapping[str, Any]) -> str:
    """Caps of a point as a file that a study takes, see :mod:`cge.study.cap_file`."""
    lines = [f"{r},{y},{mt!r},Mt" for y, by in point["caps"].items() for r, mt in by.items()]
    return "\n".join(["region,year,value,unit", *lines, ""])


def frontier(
    study: Study, asked: Asked, *, aggregation: str | None = None, years: Sequence[int] | None = None,
    folder: Path | None = None, keep: Keep = lambda _, make: make(), log: Log = lambda _: None,
) -> Frontier:  # fmt: skip
    """Find the caps.

    Parameters
    ----------
    keep : callable
        Keeps each point under its name.

    Raises
    ------
    ScenarioError
        The scenario has no cap, trades, or holds what is not differentiated; or too few points are asked for.
    """
    scenario = study.only([asked.scenario]).scenarios[0]
    refuse_frontier(scenario, asked)
    model = model_of(study, aggregation, years, log=log, out=folder)
    search = _Search(study, model, scenario, asked, keep, log)
    return search.found()


def refuse_frontier(scenario: Scenario, asked: Asked) -> None:
    """Refuse what has no frontier.

    Raises
    ------
    ScenarioError
    """
    if not scenario.is_baseline and scenario.cap is None:
        raise ScenarioError(message("CGE278", name=scenario.id))
    refuse(scenario)
    if scenario.trading.markets or scenario.trading.trade != "none":
        raise ScenarioError(message("CGE279", name=scenario.id))
    if asked.points < 2:
        raise ScenarioError(message("CGE279.points", found=asked.points))
    wrong = [w for w in asked.mix if not 0 <= w <= 1]
    if wrong:
        raise ScenarioError(message("CGE279.mix", found=wrong[0]))


class _Search:
    """Losses of caps of one scenario, and the ways to the least of them."""

    def __init__(
        self, study: Study, model: Model, scenario: Scenario, asked: Asked, keep: Keep, log: Log
    ) -> None:  # fmt: skip
        self.study, self.model, self.asked, self.keep, self.log = study, model, asked, keep, log
        self.scenario, self.policy = scenario, policy_of(model, scenario)
        self.regions, self.count = model.benchmark.sets["r"], len(model.benchmark.sets["r"])
        self.years = tuple(self.policy.caps)
        people = model.benchmark.economy.country.people(model.benchmark.held)
        if asked.against == INEQUALITY and np.isnan(people).any():
            raise ScenarioError(message("CGE279.people"))
        self.people = people / people.sum()
        self.blocks = [slice(k * self.count, (k + 1) * self.count) for k in range(len(self.years))]
        self.totals = [float(mt.sum()) for mt in self.policy.caps.values()]
        em0 = model.benchmark.parameters["em0"]
        shares = [total / em0.sum() for total in self.totals]
        cap = scenario.cap
        assert cap is not None
        self.low = np.concatenate([max(cap.bounds[0], LEAST) * s * em0 for s in shares])
        self.high = np.concatenate([max(s, min(cap.bounds[1] * s, 1.0)) * em0 for s in shares])
        self.task = Task(self.values, self.slopes, self.low, self.high, self.blocks, UNSOLVED)
        self.solved: tuple[Array, list[Period]] | None = None

    # ------------------------------------------------------------ losses
    def with_caps(self, caps: Array) -> Policy:
        """The policy of some caps."""
        return replace(self.policy, caps={y: caps[b] for y, b in zip(self.years, self.blocks, strict=True)})

    def run(self, policy: Policy) -> list[Period]:
        """A policy solved as a study solves it, its accounts closed."""
        model = self.model
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name=self.scenario.id,
                         log=lambda _: None)  # fmt: skip
        solver_checks(model, run, self.scenario.id)
        return run

    def near(self, caps: Array) -> list[Period]:
        """The run of some caps, from the one solved last."""
        if self.solved is not None and np.array_equal(self.solved[0], caps):
            return self.solved[1]
        policy = self.with_caps(caps)
        with np.errstate(all="ignore"):
            try:
                run = self.from_last(policy)
            except ConvergenceError:
                run = self.run(policy)
        self.solved = caps.copy(), run
        return run

    def from_last(self, policy: Policy) -> list[Period]:
        """Years solved from those of the last run."""
        if self.solved is None:
            return self.run(policy)
        model, out = self.model, [self.model.baseline[0]]
        for t in range(1, len(model.paths.years)):
            year = policy_year(model.system.theory, model.benchmark, model.paths, model.baseline, policy, out[-1], t)
            p, start = year.parameters, {n: self.solved[1][t].values[n] for n in year.start}
            solution = model.system.solve(p, start, policy.active)
            capital = (p["kcarry"] + p["kinv"] * solution.values["INV"]) * model.paths.capital
            out.append(Period(year.year, p, solution.values, solution, capital))
        return out

    def losses(self, run: Sequence[Period]) -> tuple[float, Array]:
        """Loss of the nation and of every region, per cent."""
        name, base = self.asked.number, self.model.baseline
        nation, *own = (LOSS[name] * number(name, base, run, k) for k in (None, *range(self.count)))
        return nation, np.array(own)

    def variance(self, own: Array) -> float:
        """Variance of losses over people."""
        return float(self.people @ (own - self.people @ own) ** 2)

    def values(self, caps: Array) -> Numbers:
        """Numbers of a task: losses, or their variance."""
        nation, own = self.losses(self.near(caps))
        return Numbers(nation, own if self.asked.against == WORST else np.array([self.variance(own)]))

    def slopes(self, caps: Array, held: bool) -> Slopes:
        """Their derivatives by all caps."""
        run = self.near(caps)
        places = [None, *range(self.count)] if held else [None]
        by = by_caps(self.model, self.with_caps(caps), run, places, self.asked.number)
        table = LOSS[self.asked.number] * np.hstack([by[y] for y in self.years])
        if not held or self.asked.against == WORST:
            return Slopes(table[0], table[1:])
        own = self.losses(run)[1]
        return Slopes(table[0], (2 * self.people * (own - self.people @ own) @ table[1:])[None])

    # ------------------------------------------------------------ points
    def found(self) -> Frontier:
        """All points."""
        asked = self.asked
        others = self.compared()
        self.log(step(message("frontier.ahead", count=asked.points + len(asked.mix)),
                      ahead=asked.points + len(asked.mix)))  # fmt: skip
        starts = {p["point"]: self.inside(self.flat(p)) for p in others if p["kind"] != "study" and "caps" in p}
        ends = [self.point(name, aim, starts)
                for name, aim in ((COST, Aim()), (EQUITY, Aim(0.0, 1.0)))]  # fmt: skip
        between: list[dict[str, Any]] = []
        if all("caps" in end for end in ends):
            levels = np.linspace(self.level(ends[0]), self.level(ends[1]), asked.points)[1:-1]
            before = ends[0]
            for k, level in enumerate(levels, 2):
                start = self.toward(before, ends[1], float(level))
                ceiling = float(level) if asked.against == WORST else float(level) ** 2
                made = self.point(f"{k}", Aim(1.0, 0.0, ceiling), {"": start})
                between.append(made)
                before = made if "caps" in made else before
        starts |= {p["point"]: self.flat(p) for p in ends if "caps" in p}
        mixes = [self.point(f"mix-{w:g}", Aim(1 - w, w), starts, "mix") for w in asked.mix]
        moved, outside = self.beside_trade(ends[0], others)
        points = [ends[0], *between, ends[1], *mixes, *others]
        return Frontier(points, tuple(self.regions), self.model.paths.years[-1], moved, outside)

    def flat(self, point: Mapping[str, Any]) -> Array:
        """Caps of a point as one row."""
        return np.concatenate([[*by.values()] for by in point["caps"].values()])

    def inside(self, caps: Array) -> Array:
        """Caps brought within bounds, the total of every year kept."""
        return within(caps, self.low, self.high, self.blocks, self.totals)

    def level(self, point: Mapping[str, Any]) -> float:
        """The number that stands against the national loss."""
        return float(point["worst" if self.asked.against == WORST else "inequality"])

    def toward(self, here: Mapping[str, Any], end: Mapping[str, Any], level: float) -> Array:
        """Caps on the line from one point to another where a convex number would reach a level."""
        a, b = self.level(here), self.level(end)
        part = float(np.clip((a - level) / (a - b), 0.0, 1.0)) if a > b else 0.0
        return self.inside((1 - part) * self.flat(here) + part * self.flat(end))

    def point(self, name: str, aim: Aim, starts: Mapping[str, Array], kind: str = "frontier") -> dict[str, Any]:
        """An optimum from the best of its starts, kept."""
        made: dict[str, Any] = self.keep(f"point-{name}", lambda: self.best(aim, starts))
        said = {"point": name, "kind": kind, **made}
        if "caps" in said:
            self.log(step(message("frontier.point", point=name, national=said["national"], worst=said["worst"],
                                  where=said["where"], residual=said["residual"],
                                  evaluations=said["evaluations"])))  # fmt: skip
        else:
            self.log(step(message("frontier.unsolved", point=name, code=said["code"])))
        return said

    def best(self, aim: Aim, starts: Mapping[str, Array]) -> dict[str, Any]:
        """What the best of several ways finds; why there is nothing where none has a solution."""
        found: list[tuple[float, str, Optimum]] = []
        evaluations, why = 0, {"code": "", "en": "", "zh": ""}
        for name, start in starts.items():
            try:
                way = optimum(self.task, aim, start)
            except UNSOLVED as error:
                why = unsolved(error)
                continue
            evaluations += way.evaluations
            found.append((aim.of(self.values(way.at)), name, way))
        if not found:
            return {"code": why["code"], "why": why, "met": "no"}
        met = [f for f in found if f[2].met] or found
        value, name, way = min(met, key=lambda f: f[0])
        told = {n: v for v, n, _ in found} if len(found) > 1 else {}
        return self.told(way.at) | {"weight": way.weight, "residual": way.residual, "met": "yes" if way.met else "no",
                                    "kink": "yes" if way.kink else "no",
                                    "evaluations": evaluations, "start": name, "value": value,
                                    "values": told}  # fmt: skip

    def told(self, caps: Array, policy: Policy | None = None) -> dict[str, Any]:
        """Losses of caps, solved as a study solves them."""
        own = self.with_caps(caps)
        with np.errstate(all="ignore"):
            nation, losses = self.losses(self.run(policy or own))
        k = int(losses.argmax())
        spread = self.variance(losses) ** 0.5
        return {
            "national": nation, "worst": float(losses[k]), "where": self.regions[k],
            "inequality": None if np.isnan(spread) else spread,
            "losses": dict(zip(self.regions, map(float, losses), strict=True)),
            "caps": {str(y): dict(zip(self.regions, map(float, mt), strict=True)) for y, mt in own.caps.items()},
        }  # fmt: skip

    # ------------------------------------------------------------ what they are compared with
    def compared(self) -> list[dict[str, Any]]:
        """Rules and trade's emissions at the same totals, and all policies of the study."""
        wanted: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
            *((rule, "rule", partial(self.of_rule, rule)) for rule in RULES),
            (TRADED, "trade", self.traded),
            *((s.id, "study", partial(self.of_study, s)) for s in self.study.scenarios if not s.is_baseline),
        ]
        return [{"point": name, "kind": kind, **self.keep(f"{kind}-{name}", partial(_or_why, make))}
                for name, kind, make in wanted]  # fmt: skip

    def of_rule(self, rule: str) -> dict[str, Any]:
        """Caps by a rule, at the totals of the scenario."""
        cap = self.scenario.cap
        assert cap is not None
        plain: dict[str, Any] = {"allocation": rule, "exponents": {}, "provinces": {}, "pathway": None}
        other = self.scenario.model_copy(update={"cap": cap.model_copy(update=plain)})
        return self.told(self.scaled(np.concatenate([*policy_of(self.model, other).caps.values()])))

    def traded(self) -> dict[str, Any]:
        """What provinces would emit if they traded permits, as caps without trade."""
        run = self.run(replace(self.policy, trade=(tuple(range(self.count)),)))
        return self.told(self.scaled(np.concatenate([p.values["EM"] for p in run if p.year in self.years])))

    def scaled(self, caps: Array) -> Array:
        """The same with the totals of the scenario."""
        out = caps.copy()
        for block, total in zip(self.blocks, self.totals, strict=True):
            out[block] *= total / out[block].sum()
        return out

    def of_study(self, other: Scenario) -> dict[str, Any]:
        """A policy of the study as it stands there."""
        policy = policy_of(self.model, other)
        run = self.run(policy)
        emitted = {p.year: p.values["EM"] for p in run}
        return self.told(np.concatenate([policy.caps.get(y, emitted[y]) for y in self.years]), policy)

    def beside_trade(self, cost: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> tuple[float, list[str]]:
        """Tonnes that the cost end has elsewhere than trade, and where trade's are outside the bounds."""
        trade = next(p for p in others if p["kind"] == "trade")
        if "caps" not in trade or "caps" not in cost:
            return np.nan, []
        there, here = self.flat(trade), self.flat(cost)
        names = [f"{r} {y}" for y in self.years for r in self.regions]
        beyond = (there < self.low * (1 - 1e-9)) | (there > self.high * (1 + 1e-9))
        return float(np.abs(there - here).sum() / 2 / there.sum()), [names[k] for k in np.flatnonzero(beyond)]


def _or_why(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is made, or why there is nothing."""
    try:
        return make()
    except CGEError as error:
        why = unsolved(error)
        return {"code": why["code"], "why": why}
