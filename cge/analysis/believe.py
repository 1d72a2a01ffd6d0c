"""What one would have to believe: the least move of all assumptions that gives numbers as somebody states them.

Assumptions move in their own ranges: one is half the width of the range of a parameter, all items together as in
:mod:`cge.analysis.ensemble.space`; another option of a choice counts one (assumption). How plausible the move is
follows from ranges read as 5 to 95 per cent of independent normal distributions (assumption).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from cge.analysis.ensemble.solve import UNSOLVED, Case, drawn
from cge.analysis.ensemble.space import KINDS, Choice, Draw, Move, space_of
from cge.analysis.gradient import NUMBERS, Chain, Run, Slopes, backwards, number, place, refuse
from cge.analysis.least_move import least_move
from cge.calibrate.parameters.changes import FRACTION, Entries, entries_of
from cge.runs.dynamics import run_policy
from cge.runs.periods import Period, Policy
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.scenario import Scenario, Study
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import Message, listed, message
from cgebase.progress import step
from sam.registry import NATION

Log = Callable[[Message], None]
FAR = 3.0
"""Ranges beyond which nothing is moved: what takes more is not within reach."""
LEAST = 0.05
"""Part of its value, or of its distance to one for a fraction, that a parameter keeps (assumption)."""
MET = 0.005
"""Points within which a stated number is met: it is printed to two digits."""
LOSS = {n: 1.0 if n == "gdp_cumulative_loss_pct" else -1.0 for n in NUMBERS}
"""Sign of a loss in each reading."""
WIDTH = float(norm.ppf(0.95))
"""Standard deviations from the middle of a range to its end."""
COLUMNS = ["reading", "kind", "name", "ranges", "from", "to"]


@dataclass(frozen=True)
class Asked:
    """What shall come out.

    Parameters
    ----------
    losses : mapping of str to float
        Stated loss by scenario, per cent.
    region : str
        Code of a province or of the nation.
    readings : tuple of str
        Of :data:`cge.analysis.gradient.NUMBERS`: what the stated numbers may be meant as.
    over : tuple of str
        What is moved, of :data:`cge.analysis.ensemble.KINDS`.
    """

    losses: Mapping[str, float]
    region: str
    readings: tuple[str, ...] = NUMBERS
    over: tuple[str, ...] = KINDS


@dataclass(frozen=True)
class Belief:
    """What one reading takes.

    Parameters
    ----------
    reading : str
    moves : DataFrame
        Columns :data:`COLUMNS`, the largest first.
    before, reached : dict of str to float
        Loss by scenario as the study stands, and after the move, per cent.
    met : bool
        Whether the stated losses are reached within ``far`` ranges.
    """

    reading: str
    moves: pd.DataFrame
    before: dict[str, float]
    reached: dict[str, float]
    met: bool
    far: float = FAR

    @property
    def length(self) -> float:
        """Norm of all moves, in ranges."""
        return float(np.linalg.norm(self.moves["ranges"])) if len(self.moves) else 0.0

    @property
    def density(self) -> float:
        """Joint density there over that of the study as it stands."""
        return float(np.exp(-((WIDTH * self.length) ** 2) / 2))

    @property
    def farther(self) -> float:
        """Probability, to first order, that the losses together lie as far from what the study finds."""
        return float(chi2.sf((WIDTH * self.length) ** 2, len(self.before)))

    @property
    def facts(self) -> dict[str, Any]:
        """One row of the summary."""
        losses = {f"{what} {s}": v for what, of in (("study", self.before), ("reached", self.reached))
                  for s, v in of.items()}  # fmt: skip
        largest = float(self.moves["ranges"].abs().max()) if len(self.moves) else 0.0
        return {"reading": self.reading, "met": "yes" if self.met else "no", "ranges": self.length, "largest": largest,
                "density": self.density, "farther": self.farther, **losses}  # fmt: skip


def believe(
    study: Study, asked: Asked, *, aggregation: str | None = None, years: Sequence[int] | None = None,
    folder: Path | None = None, log: Log = lambda _: None,
) -> list[Belief]:  # fmt: skip
    """Least move of all assumptions for each reading of the stated losses.

    Raises
    ------
    ScenarioError
        A scenario does not exist or is not differentiated.
    """
    scenarios = study.only(asked.losses).scenarios
    for scenario in scenarios:
        refuse(scenario)
    if not np.isfinite([*asked.losses.values()]).all():
        raise ScenarioError(message("CGE548", found=listed(asked.losses.values())))
    model = model_of(study.only(asked.losses), aggregation, years, log=log, out=folder)
    search = _Search(study, model, scenarios, asked, log)
    return [search.belief(reading) for reading in asked.readings]


class _Search:
    """Losses and their derivatives over moves and choices of one study."""

    def __init__(
        self, study: Study, model: Model, scenarios: Sequence[Scenario], asked: Asked, log: Log
    ) -> None:  # fmt: skip
        self.study, self.model, self.scenarios, self.asked, self.log = study, model, scenarios, asked, log
        space = space_of(study, model.parameters, asked.over)
        self.moves, self.choices = space.moves, space.choices
        self.at = None if asked.region == NATION else place(model.benchmark.sets["r"], asked.region)
        self.case = Case(study, model, Path(), "")
        self.wanted = np.array([asked.losses[s.id] for s in scenarios])
        self.bounds = _bounds(model, self.moves)
        self.solved: tuple[Draw, Model, list[tuple[Policy, list[Period]]]] | None = None
        self.options: list[tuple[Choice, Mapping[str, Any], dict[str, Array]]] | None = None

    def belief(self, reading: str) -> Belief:
        """The least move for one reading."""
        self.log(message("believe.reading", reading=message(f"reading.{reading}")))
        none = np.zeros(len(self.moves))
        before = self.losses(reading, none, ())
        chosen = self.chosen(reading, before, self.slopes(reading)) if self.choices else []
        found = least_move(
            lambda z: self.losses(reading, z, chosen), lambda _: self.slopes(reading), self.wanted, self.bounds, MET,
            refused=UNSOLVED,
        )  # fmt: skip
        rows = [(reading, c.kind, c.name, 1.0, "", _spelt(option)) for c, option in chosen]
        for move, z in zip(self.moves, found.at, strict=True):
            (_, own, _), value = next(iter(move.items.values())), next(iter(_values(move, z).values()))
            alone = len(move.items) == 1
            rows.append((reading, "parameters", move.name, float(z), f"{own:.4g}" if alone else "",
                         f"{value:.4g}" if alone else ""))  # fmt: skip
        table = pd.DataFrame(rows, columns=COLUMNS).sort_values("ranges", key=abs, ascending=False, kind="stable")
        names = [s.id for s in self.scenarios]
        return Belief(reading, table[table["ranges"] != 0].reset_index(drop=True),
                      dict(zip(names, map(float, before), strict=True)),
                      dict(zip(names, map(float, found.reached), strict=True)), found.met)  # fmt: skip

    # ------------------------------------------------------------ numbers
    def losses(self, reading: str, z: Array, chosen: Sequence[tuple[Choice, Mapping[str, Any]]]) -> Array:
        """Loss of each scenario, per cent, at a move and with other options."""
        draw = self.draw(z, chosen)
        if self.solved is None or self.solved[0] != draw:
            model = drawn(self.case, draw)
            runs = [self.run(model, s, draw.closure) for s in self.scenarios]
            self.solved = (draw, model, runs)
        _, model, runs = self.solved
        found = np.array([LOSS[reading] * number(reading, model.baseline, run, self.at) for _, run in runs])
        said = listed(f"{s.id} {v:.3f}" for s, v in zip(self.scenarios, found, strict=True))
        self.log(step(message("believe.step", ranges=float(np.linalg.norm(z)), losses=said)))
        return found

    def draw(self, z: Array, chosen: Sequence[tuple[Choice, Mapping[str, Any]]]) -> Draw:
        """What differs from the study."""
        own: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for move, part in zip(self.moves, z, strict=True):
            if part:
                own["parameters"].setdefault(move.parameter, {}).update(_values(move, float(part)))
        for choice, option in chosen:
            own[choice.kind].update(option)
        return Draw(0, **own)

    def run(self, model: Model, scenario: Scenario, closure: Mapping[str, Any]) -> tuple[Policy, list[Period]]:
        asked = scenario.model_copy(update={"closure": scenario.closure.model_copy(update=dict(closure))})
        policy = policy_of(model, asked)
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id,
                         log=lambda _: None)  # fmt: skip
        solver_checks(model, run, scenario.id)
        return policy, run

    def slopes(self, reading: str) -> Array:
        """Derivative of each loss by each move, (scenarios, moves), at what was solved last."""
        assert self.solved is not None
        draw, model, _ = self.solved
        chains = [self.chain(reading, k) for k in range(len(self.scenarios))]
        slopes = Slopes(model, self.study.baseline.but(draw.baseline), chains)
        return np.array([slopes.along({(m.parameter, i): _half(*e) for i, e in m.items.items()})
                         for m in self.moves]).T  # fmt: skip

    def chain(self, reading: str, k: int) -> Chain:
        """Derivatives of the loss of one scenario by everything, at what was solved last."""
        assert self.solved is not None
        _, model, runs = self.solved
        return backwards(model, [Run(self.scenarios[k].id, *runs[k], LOSS[reading])], self.at, reading)

    # ------------------------------------------------------------ choices
    def chosen(self, reading: str, before: Array, by: Array) -> list[tuple[Choice, Mapping[str, Any]]]:
        """Options that, with what each does alone, shorten the move by more than one range, best first."""
        out: list[tuple[Choice, Mapping[str, Any]]] = []
        inverse = np.linalg.pinv(by @ by.T)
        left = self.wanted - before

        def length(missing: Array) -> float:
            return float(missing @ inverse @ missing)

        kept = [(c, o, shift[reading]) for c, o, shift in self.shifts()]
        while kept:
            best = min(kept, key=lambda k: length(left - k[2]))
            if length(left - best[2]) + 1 >= length(left):
                return out
            out.append(best[:2])
            left = left - best[2]
            kept = [k for k in kept if k[0].name != best[0].name]
        return out

    def shifts(self) -> list[tuple[Choice, Mapping[str, Any], dict[str, Array]]]:
        """What every other option does alone to each reading; options without a solution, or a gradient, are out."""
        if self.options is not None:
            return self.options
        self.options = []
        none = np.zeros(len(self.moves))
        base = {r: self.losses(r, none, ()) for r in self.asked.readings}
        for choice in self.choices:
            for option in choice.options[1:]:
                try:
                    with np.errstate(all="ignore"):
                        found = {r: self.losses(r, none, [(choice, option)]) for r in self.asked.readings}
                    if choice.kind == "closure":
                        self.chain(self.asked.readings[0], 0)
                except (*UNSOLVED, ScenarioError):
                    continue
                self.options.append((choice, option, {r: found[r] - base[r] for r in found}))
        return self.options


def _half(low: float, _: float, high: float) -> float:
    """One range: half the width."""
    return (high - low) / 2


def _values(move: Move, z: float) -> dict[str, float]:
    return {i: e[1] + z * _half(*e) for i, e in move.items.items()}


def _bounds(model: Model, moves: Sequence[Move]) -> tuple[Array, Array]:
    """Least and largest move of each: three ranges, and no value loses its sign nor a fraction passes one."""
    low, high = [], []
    for move in moves:
        entries = entries_of(model.parameters, move.parameter)
        assert isinstance(entries, Entries)
        share = entries.unit.startswith(FRACTION)
        pairs = [(e[1], _half(*e)) for e in move.items.values()]
        room = [((1 - LEAST) * abs(own) / half, (1 - LEAST) * (1 - own) / half if share else FAR)
                for own, half in pairs]  # fmt: skip
        down = [FAR if own < 0 else to_zero for (own, _), (to_zero, _) in zip(pairs, room, strict=True)]
        up = [to_zero if own < 0 else to_one for (own, _), (to_zero, to_one) in zip(pairs, room, strict=True)]
        low.append(-min(FAR, *down))
        high.append(min(FAR, *up))
    return np.array(low), np.maximum(high, 1e-6)


def _spelt(option: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in option.items())
