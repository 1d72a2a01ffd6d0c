"""Why two runs differ: every input that is not the same, and what it has of the difference between their numbers.

One run is walked to the other. Parameters and caps move on a straight line between the two sets: the gradient, of full
solves at the Gauss points of the line, is integrated and split by entry. Choices are steps: what the number is after
one less what it was before. Terms of choices hang on their order, which is that of the table; those of the line do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cge.analysis.gradient import Run, Slopes, backwards, entry_value, number, place, refuse
from cge.analysis.panels import SMALLEST, integrate
from cge.calibrate.parameters.changes import Entries, entries_of, settable
from cge.runs.dynamics import run_baseline, run_policy
from cge.runs.periods import Period, Policy
from cge.study.base import DataChoices
from cge.study.baseline import Baseline
from cge.study.model import Model, model_of, policy_of, solver_checks
from cge.study.posed import pose_study
from cge.study.results import STUDY, Results
from cge.study.scenario import Scenario, Study, study_of
from cgebase.arrays import Array
from cgebase.errors import ScenarioError
from cgebase.messages import Message, message
from cgebase.progress import step
from sam.registry import NATION

Log = Callable[[Message], None]
POINTS, MOST = 2, 24
"""Gauss points of a line, and the most that are taken where it is halved, see :mod:`cge.analysis.panels`."""
CLOSES = 1e-3
"""Part of the whole difference that the points of all lines may miss; it is spread over the terms of its panel."""
KNOWN = 1e-6
"""Points that two solves of one and the same may differ by."""
COLUMNS = ["kind", "name", "item", "from", "to", "points", "how"]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """Two numbers and what makes the difference.

    Parameters
    ----------
    ends : tuple of float
        The number of either run, per cent.
    table : DataFrame
        Columns :data:`COLUMNS`: ``points`` percentage points of the difference, ``how`` it was found, ``line`` or
        ``step``. They add up to the difference.
    missed : float
        What integrals missed before it was spread over their terms, in parts of the whole difference.
    year : int
    """

    ends: tuple[float, float]
    table: pd.DataFrame
    missed: float
    year: int

    @property
    def change(self) -> float:
        """What is to be explained, percentage points."""
        return self.ends[1] - self.ends[0]

    @property
    def closes(self) -> bool:
        """Whether no more than a thousandth of the difference was spread over terms."""
        return self.missed <= CLOSES


class What(NamedTuple):
    """What is changed, how it was and what it becomes."""

    kind: str
    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Stop:
    """A study with one scenario on the way from one run to the other."""

    study: Study

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.study.scenarios[0]

    def but(self, **fields: Any) -> Stop:
        """The same with other fields of the study."""
        return Stop(self.study.model_copy(update=fields))

    def under(self, **fields: Any) -> Stop:
        """The same with other fields of the scenario."""
        return self.but(scenarios=(self.scenario.model_copy(update=fields),))


def asked_by(folder: Path) -> tuple[Study, Results]:
    """Study of a finished run with the sectors and years it was run with, and its results.

    Raises
    ------
    ResultsError
        No whole run is there.
    """
    results = Results.load(folder)
    tables = [{k: v for k, v in s.items() if k != "instruments"} | s["instruments"] for s in results.study["scenario"]]
    study = study_of(_without_none(results.study | {"scenario": tables}), f"{folder.name}/{STUDY}")
    return _as_asked(study, results.manifest["aggregation"], results.manifest["years"]), results


def differ(
    first: Study, second: Study, scenarios: tuple[str, str], region: str, measure: str, *,
    aggregation: str | None = None, years: Sequence[int] | None = None,
    kept: tuple[float | None, float | None] = (None, None), log: Log = lambda _: None,
) -> Difference:  # fmt: skip
    """Split what a number of two runs differs by among all that goes in.

    Parameters
    ----------
    scenarios : tuple of str
        One of each study.
    region : str
        Code of a province or the nation.
    measure : str
        Of :data:`cge.analysis.gradient.NUMBERS`.
    kept : tuple of float or None
        The number as a run of either study was kept with it, per cent: where solving it now gives another one, program
        or data are no longer the same, which has a row of its own.

    Raises
    ------
    ScenarioError
        The economies have other sectors or regions, or the runs end in other years.
    """
    ends = [Stop(_as_asked(s.only([name]), aggregation, years))
            for s, name in zip((first, second), scenarios, strict=True)]  # fmt: skip
    _refuse_apart(ends[0].study, ends[1].study)
    walk = _Walk(model_of(ends[0].study, log=log), ends[0], region, measure, log)
    rows: Rows = []
    here, way = ends[0], list(_stops(*ends))
    walk.change = walk.value(way[-1][1]) - walk.value(here) if way else 0.0
    for what, there in way:
        rows += walk.leg(here, there, what)
        here = there
    found = (walk.value(ends[0]), walk.value(here))
    told = (found[0] if kept[0] is None else kept[0], found[1] if kept[1] is None else kept[1])
    rows += [_row("program", name, "", "", "", by, "step")
             for name, by in zip(scenarios, (found[0] - told[0], told[1] - found[1]), strict=True)
             if abs(by) > KNOWN]  # fmt: skip
    return Difference(told, pd.DataFrame(rows, columns=COLUMNS), walk.missed, here.study.time.years[-1])


def number_of(results: Results | None, scenario: str, region: str, measure: str) -> float | None:
    """A number as a finished run has it, in its last year; None where there is no run or it has none."""
    if results is None:
        return None
    rows = results.data
    rows = rows[(rows["scenario"] == scenario) & (rows["region"] == region) & (rows["indicator"] == measure)]
    rows = rows[(rows["sector"] == "all") & (rows["year"] == results.data["year"].max())]
    return float(rows["value"].iloc[0]) if len(rows) else None


def _without_none(tables: Any) -> Any:
    if isinstance(tables, Mapping):
        return {k: _without_none(v) for k, v in tables.items() if v is not None}
    return [_without_none(v) for v in tables] if isinstance(tables, list) else tables


def _as_asked(study: Study, aggregation: str | None, years: Sequence[int] | None) -> Study:
    base = study.base.model_copy(update={"aggregation": aggregation or study.base.aggregation})
    time = study.time.model_copy(update={"years": tuple(years or study.time.years)})
    return study.model_copy(update={"base": base, "time": time})


def _refuse_apart(one: Study, other: Study) -> None:
    """Refuse what no line and no step leads across: other sectors, regions or last year."""
    facts = [("CGE545.sectors", one.base.sectors, other.base.sectors),
             ("CGE545.regions", one.base.regions or "31", other.base.regions or "31"),
             ("CGE545.year", one.time.years[-1], other.time.years[-1])]  # fmt: skip
    for key, a, b in facts:
        if a != b:
            raise ScenarioError(message(key, first=a, second=b))


# ---------------------------------------------------------------- the way
def _stops(here: Stop, end: Stop) -> Iterator[tuple[What, Stop]]:
    """What is changed one after another, with how it was and shall be, and the stop after each that differs."""
    for what, there in _all_stops(here, end):
        if what.before != what.after:
            yield what, there


def _all_stops(here: Stop, end: Stop) -> Iterator[tuple[What, Stop]]:
    a, b = here.study, end.study
    here = here.but(time=b.time)
    yield What("years", "time.years", a.time.years, b.time.years), here
    if a.base.sam != b.base.sam:
        here = here.but(base=b.base)
        yield What("data", "base.sam", a.base.sam, b.base.sam), here
    now, wanted = ((s.base.choices or DataChoices()).model_dump() for s in (here.study, b))
    for key in now:
        before, now = now[key], now | {key: wanted[key]}
        chosen = DataChoices(**now)
        base = here.study.base.model_copy(update={"choices": None if chosen == DataChoices() else chosen})
        here = here.but(base=base)
        yield What("data", key, before, wanted[key]), here
    now, wanted = a.baseline.chosen, b.baseline.chosen
    for key in now:
        before, now = now[key], now | {key: wanted[key]}
        here = here.but(baseline=Baseline.model_validate(now))
        yield What("baseline", key, before, wanted[key]), here
    here = here.but(parameters=b.parameters)
    yield What("parameter", "", a.parameters.values, b.parameters.values), here
    yield from _of_scenario(here, end.scenario)


def _of_scenario(here: Stop, end: Scenario) -> Iterator[tuple[What, Stop]]:
    own = here.scenario
    if (own.cap is None) != (end.cap is None):
        yield What("policy", "scenario", own.id, end.id), here.but(scenarios=(end,))
        return
    for name in {**own.instruments, **end.instruments}:
        now, wanted = here.scenario.instruments.get(name), end.instruments.get(name)
        kept = {k: v for k, v in here.scenario.instruments.items() if k != name}
        here = here.under(instruments=kept | ({} if wanted is None else {name: wanted}))
        yield What("policy", name, now, wanted), here
    for axis in type(own.closure).model_fields:
        now, wanted = getattr(here.scenario.closure, axis), getattr(end.closure, axis)
        here = here.under(closure=here.scenario.closure.model_copy(update={axis: wanted}))
        yield What("closure", axis, now, wanted), here
    if own.cap is not None and end.cap is not None:
        trade = {"trade": end.cap.trade, "groups": end.cap.groups}
        here = here.under(cap=own.cap.model_copy(update=trade))
        yield What("policy", "trade", (own.cap.trade, own.cap.groups), (end.cap.trade, end.cap.groups)), here
        yield What("cap", "cap", here.scenario.cap, end.cap), here.but(scenarios=(end,))


class _Walk:
    """From stop to stop, all on one compiled system."""

    def __init__(self, model: Model, first: Stop, region: str, measure: str, log: Log) -> None:
        self.model, self.measure, self.log = model, measure, log
        self.at = None if region == NATION else place(model.benchmark.sets["r"], region)
        self.known: list[tuple[Study, Model]] = [(_without_policy(first.study), model)]
        self.numbers: list[tuple[Study, float]] = []
        self.change, self.missed = 0.0, 0.0

    def value(self, stop: Stop) -> float:
        """The number at a stop, per cent; nothing done moves nothing."""
        for study, found in self.numbers:
            if study == stop.study:
                return found
        scenario = stop.scenario
        if scenario.is_baseline:
            found = 0.0
        else:
            model = self.beside(stop.study)
            found = self.of(model, self.solved(model, policy_of(model, scenario), scenario.id))
        self.numbers.append((stop.study, found))
        return found

    def of(self, model: Model, run: Sequence[Period]) -> float:
        """The number of a run."""
        return number(self.measure, model.baseline, run, self.at)

    def beside(self, study: Study) -> Model:
        """The model of a study on the system that is compiled."""
        bare = _without_policy(study)
        for known, model in self.known:
            if known == bare:
                return model
        start = pose_study(study)
        if start.benchmark.sets != self.model.benchmark.sets:
            raise ScenarioError(message("CGE545.sets"))
        baseline = run_baseline(self.model.system, start.benchmark, start.paths, log=lambda _: None)
        made = Model(start.benchmark, self.model.system, start.parameters, start.paths, baseline)
        self.known = [*self.known[-1:], (bare, made)]
        return made

    def solved(self, model: Model, policy: Policy, name: str) -> list[Period]:
        """A policy solved, its accounts closed."""
        run = run_policy(model.system, model.benchmark, model.paths, model.baseline, policy, name=name,
                         log=lambda _: None)  # fmt: skip
        solver_checks(model, run, name)
        return run

    def leg(self, here: Stop, there: Stop, what: What) -> Rows:
        """Terms of the way between two stops."""
        self.log(step(message("diff.leg", what=message(f"diff.{what.kind}", name=what.name))))
        if what.kind == "parameter":
            return self.parameters(here, there)
        if what.kind == "cap":
            return self.caps(here, there)
        ends = (_shown(what.before), _shown(what.after))
        return [_row(what.kind, what.name, "", *ends, self.value(there) - self.value(here), "step")]

    # ------------------------------------------------------------ parameters
    def parameters(self, here: Stop, there: Stop) -> Rows:
        """Terms of the register's entries that differ."""
        ends = [pose_study(s.study).parameters for s in (here, there)]
        moves: dict[tuple[str, str], tuple[float, float]] = {}
        for name in settable():
            entries = entries_of(ends[0], name)
            items = entries.values if isinstance(entries, Entries) else ()
            own = {(name, i): (entry_value(ends[0], name, i), entry_value(ends[1], name, i)) for i in items}
            moves |= own if any(a != b for a, b in own.values()) else {}
        if not here.scenario.is_baseline and _followed(here.scenario):
            try:
                return self.line(moves, here, there, lambda s: self.along(here, moves, s),
                                 lambda s: self.value(self.between(here, moves, s)))  # fmt: skip
            except ScenarioError as error:
                self.log(message("diff.steps", why=str(error)))
        return self.steps(moves, here, there)

    def between(self, here: Stop, moves: Mapping[tuple[str, str], tuple[float, float]], s: float) -> Stop:
        """A part of the line."""
        return _set(here, {k: a + s * (b - a) for k, (a, b) in moves.items()})

    def along(self, here: Stop, moves: Mapping[tuple[str, str], tuple[float, float]], s: float) -> Array:
        """Derivative of the number by each entry's own way, at a part of the line."""
        model = self.beside(self.between(here, moves, s).study)
        policy = policy_of(model, here.scenario)
        run = Run(here.scenario.id, policy, self.solved(model, policy, here.scenario.id), 1.0)
        slopes = Slopes(model, here.study.baseline, [backwards(model, [run], self.at, self.measure)])
        return np.array([slopes.along({k: b - a})[0] if a != b else 0.0 for k, (a, b) in moves.items()])

    def steps(self, moves: Mapping[tuple[str, str], tuple[float, float]], here: Stop, there: Stop) -> Rows:
        """Parameters one by one, where no gradient is."""
        rows: Rows = []
        names = list(dict.fromkeys(n for n, _ in moves))
        for k, name in enumerate(names):
            own = {key: b for key, (_, b) in moves.items() if key[0] == name}
            after = there if k == len(names) - 1 else _set(here, own)
            rows.append(_row("parameter", name, "", "", "", self.value(after) - self.value(here), "step"))
            here = after
        return rows

    # ------------------------------------------------------------ caps
    def caps(self, here: Stop, there: Stop) -> Rows:
        """Terms of the provinces whose caps differ."""
        model = self.beside(here.study)
        ends = [policy_of(model, s.scenario) for s in (here, there)]
        tonnes = [sum(p.caps.values(), np.zeros(len(model.benchmark.sets["r"]))) for p in ends]
        moves = {("cap", r): (float(a), float(b))
                 for r, a, b in zip(model.benchmark.sets["r"], *tonnes, strict=True)}  # fmt: skip
        if ends[0].caps.keys() == ends[1].caps.keys() and not here.scenario.instruments:
            try:
                return self.line(moves, here, there, lambda s: self.along_caps(model, ends, s),
                                 lambda s: self.of(model, self.run_between(model, ends, s).periods))  # fmt: skip
            except ScenarioError as error:
                self.log(message("diff.steps", why=str(error)))
        return [_row("cap", "cap", "", "", "", self.value(there) - self.value(here), "step")]

    def run_between(self, model: Model, ends: Sequence[Policy], s: float) -> Run:
        """A part of the line between two sets of caps."""
        ways = {y: ends[1].caps[y] - tonnes for y, tonnes in ends[0].caps.items()}
        policy = replace(ends[0], caps={y: ends[0].caps[y] + s * way for y, way in ways.items()})
        return Run("caps", policy, self.solved(model, policy, "caps"), 1.0)

    def along_caps(self, model: Model, ends: Sequence[Policy], s: float) -> Array:
        """Derivative of the number by each province's own way, at a part of the line."""
        by = backwards(model, [self.run_between(model, ends, s)], self.at, self.measure).other
        return np.asarray(sum(by[f"caps {y}"] * (ends[1].caps[y] - ends[0].caps[y]) for y in ends[0].caps))

    # ------------------------------------------------------------ lines
    def line(
        self, moves: Mapping[tuple[str, str], tuple[float, float]], here: Stop, there: Stop,
        slope: Callable[[float], Array], value: Callable[[float], float],
    ) -> Rows:  # fmt: skip
        """Terms of a straight line, by as many points as it takes to add up."""
        first, last = self.value(here), self.value(there)
        part = abs(self.change) / max(abs(last - first), SMALLEST)

        def point(s: float) -> Callable[[], dict[str, Array]]:
            return lambda: {"n": slope(s)[None, :, None]}

        def reached(s: float) -> Callable[[], dict[str, Array]]:
            return lambda: {"n": np.array([last if s == 1 else value(s)])}

        found = integrate(point, reached, {"n": np.array([first])}, spread=lambda calls: [c() for c in calls],
                          most=MOST, begin=((0.0, 1.0),), nodes=POINTS, enough=CLOSES / 2 * part)  # fmt: skip
        self.missed += found.missed["n"] / max(part, SMALLEST)
        kind = "cap" if {n for n, _ in moves} == {"cap"} else "parameter"
        terms = zip(moves.items(), found.effect["n"][0, :, 0], strict=True)
        return [_row(kind, name, item, f"{a:.6g}", f"{b:.6g}", float(term), "line")
                for ((name, item), (a, b)), term in terms if a != b or term]  # fmt: skip


def _followed(scenario: Scenario) -> bool:
    """Whether a scenario can be differentiated."""
    try:
        refuse(scenario)
    except ScenarioError:
        return False
    return True


def _without_policy(study: Study) -> Study:
    """What the baseline of a study follows from."""
    plain = {"scenarios": study.scenarios[:0], "report": None, "id": "", "title": None,
             "baseline": Baseline.model_validate(study.baseline.chosen)}  # fmt: skip
    return study.model_copy(update=plain)


def _set(stop: Stop, values: Mapping[tuple[str, str], float]) -> Stop:
    """A stop with values of the register, whole parameters."""
    asked: dict[str, dict[str, float]] = {}
    for (name, item), value in values.items():
        asked.setdefault(name, {})[item] = value
    return Stop(stop.study.with_parameters(asked, beyond=True))


def _shown(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def _row(kind: str, name: str, item: str, before: str, after: str, points: float, how: str) -> dict[str, Any]:
    return dict(zip(COLUMNS, (kind, name, item, before, after, points, how), strict=True))
