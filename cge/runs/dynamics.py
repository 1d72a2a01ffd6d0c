"""Recursive dynamics: the baseline that hits its targets, and policy runs beside it.

Capital accumulates in its province, K(t+n) = (1-d)^n K + [(1-(1-d)^n)/d] (I(t) + I(t+n)) / 2. The baseline
frees productivity and energy efficiency of every province to hit GDP and emissions, and productivity of every
generation technology to hit its cost; policy runs take these, the power mix, resource supplies and real transfers
from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.language.data import cell_text
from cge.runs.engel import demand_of_year
from cge.runs.periods import Paths, Period, Policy, carry
from cge.runs.policy_year import policy_year
from cge.runs.sectors import sectors_of_year
from cge.runs.store import Checkpoint
from cge.runs.year import Year
from cge.solve.newton import status_words
from cge.solve.system import Solution, System
from cge.theory.closures import CLOSURES
from cge.theory.nests import NESTS
from cge.theory.symbols import GROWING, T
from cgebase.arrays import Array
from cgebase.errors import CalibrationError, ConvergenceError
from cgebase.messages import Message, listed, message, sentences
from cgebase.progress import step

Log = Callable[[Message], None]
Points = list[tuple[float, Solution]]
"""Points solved on the way to a year, with their place on its path."""
Refusal = Callable[[Year, Period, Points], tuple[str, dict[str, Any]]]


def run_benchmark(system: System, benchmark: Benchmark) -> Solution:
    """Replicate the base year; converges in zero iterations or the calibration is wrong."""
    try:
        return system.solve(benchmark.parameters, benchmark.start, CLOSURES["benchmark"], max_iter=0)
    except ConvergenceError as error:
        raise _restated(error, message("CGE504", stopped=_stopped(error, message("tried_start")))) from error


def _stopped(error: ConvergenceError, tried: Message) -> Message:
    rows: list[Any] = list(error.worst)
    worst = listed(f"{cell_text(n, labels)} {size:.2e}" for n, labels, size in rows)
    how = message("stopped", status=status_words(error.status), iterations=error.iterations, tried=tried, worst=worst)
    return sentences([how, *error.findings])


def _restated(error: ConvergenceError, said: Message) -> ConvergenceError:
    return ConvergenceError(
        said, status=error.status, iterations=error.iterations, worst=error.worst, findings=error.findings
    )


def run_baseline(
    system: System, benchmark: Benchmark, paths: Paths, *, log: Log, kept: Checkpoint | None = None
) -> list[Period]:
    """Solve the path without policy, hitting GDP and emissions of every province in every year.

    Raises
    ------
    ConvergenceError
        A year has no solution.
    CalibrationError
        Energy takes all of the value added of an activity.
    """
    solution = run_benchmark(system, benchmark)
    first = Period(paths.years[0], benchmark.parameters, solution.values, solution, paths.capital)
    run = _Run(system, benchmark, paths, None, CLOSURES["baseline"], kept or Checkpoint(None, system), log)

    def refusal(year: Year, _last: Period, points: Points) -> tuple[str, dict[str, Any]]:
        return "CGE503", {"year": year.year}

    periods = run.periods(first, lambda last, t: _baseline_year(benchmark, paths, last, t), refusal)
    for period in periods:
        _refuse_no_value_added(benchmark, period)
    return periods


def _refuse_no_value_added(benchmark: Benchmark, period: Period) -> None:
    """Refuse a year in which energy takes all of the bundle of value added and energy of an activity.

    The saving that hits the emission path moves share between both at the same cost; where emissions grow so much that
    energy is spent instead of saved, nothing may be left for labour and capital.
    """
    p = period.parameters
    for nest in (n for n in NESTS if n.saved):
        energy = p[f"theta_n_{nest.name}"] / period.values["EFF"] ** p["aeei"][:, None]
        full = np.argwhere((energy >= 1) & (p[f"theta_n_{nest.name}"] < 1) & (p["act"] > 0))
        if len(full):
            names = (benchmark.sets["a"], benchmark.sets["r"])
            cells = [f"{names[0][i]} {names[1][j]}" for i, j in full]
            least = float(period.values["EFF"][full[:, 1]].min())
            raise CalibrationError(message("CGE507", year=period.year, cells=listed(cells), efficiency=least))


def _baseline_year(benchmark: Benchmark, paths: Paths, last: Period, t: int) -> Year:
    """Parameters and first guess of year ``t`` of the baseline, given its last solved year."""
    p0 = benchmark.parameters
    p = dict(p0)
    p["grow"] = (p0["home"] @ paths.gdp[t]) / (p0["home"] @ paths.gdp[0])
    p["labour"] = p0["labour"] * paths.labour[t]
    p |= demand_of_year(p0, last, paths, t)
    p["harrod"] = np.array(paths.harrod)
    p |= sectors_of_year(benchmark, paths, t)
    p["mps"], p["ret"] = p0["mps"] * paths.saving[t], p0["ret"] * paths.saving[t]
    p["sg_ref"], p["pg_ref"], p["gamma_g"] = paths.mix[t], paths.mix_cost, paths.mix_exponent[t]
    p["gcost"] = paths.cost[t]
    p["sigma_ene"], p["sigma_he"] = paths.electrification[t], paths.household_energy[t]
    p["epsp"] = p0["epsp"] * paths.process[t]
    p["res"] = np.where((p0["gen"] > 0) & (paths.mix[t] > 0), p0["theta_resource"] > 0, p0["res"]).astype(float)
    p["gdp_target"], p["em_target"] = paths.gdp[t], paths.emissions[t]
    p |= observed_of_year(p0, last, paths, t)
    p["kcarry"], p["kinv"] = carry(last.capital, last.values["INV"], paths.years[t] - paths.years[t - 1], paths)
    growth = paths.gdp[t] / paths.gdp[t - 1]
    start = {n: last.values[n] * (growth if T.families[n].tags >= GROWING else 1) for n in benchmark.start}
    begins = {n: last.parameters[n] for n, v in p.items() if v is not last.parameters[n]}
    return Year(paths.years[t], p, begins, start)


def observed_of_year(first: Mapping[str, Array], last: Period, paths: Paths, t: int) -> dict[str, Array]:
    """Parameters of year ``t`` of the baseline that say what is observed or stated, and what stays where nothing is."""
    used, v = paths.electricity[t], last.values
    return {
        "el_seen": np.where(used > 0, first["el_seen"], 0.0), "el_target": np.where(used > 0, used, 1.0),
        "in_seen": np.array(float(paths.industries[t].any())), "in_target": paths.industries[t],
        "els_last": v["ELS"], "drift_last": v["DRIFT"],
    }  # fmt: skip


def run_policy(
    system: System,
    benchmark: Benchmark,
    paths: Paths,
    baseline: Sequence[Period],
    policy: Policy,
    *,
    name: str,
    log: Log,
    kept: Checkpoint | None = None,
) -> list[Period]:
    """Solve a policy path beside its baseline.

    Raises
    ------
    SpecificationError
        The closure is not square or not structurally sound; names what is left over.
    ConvergenceError
        A year could not be solved; says how far the cap could be pushed.
    """
    run = _Run(system, benchmark, paths, name, policy.active, kept or Checkpoint(None, system), log)

    def refusal(year: Year, last: Period, points: Points) -> tuple[str, dict[str, Any]]:
        lowest = float((points[-1][1].values if points else last.values)["EM"].sum())
        share = lowest / float(benchmark.parameters["em0"].sum())
        level = message("level", mt=lowest, share=share, year=paths.years[0])
        key = "CGE502" if year.year in policy.caps else "CGE502.instruments"
        return key, {"scenario": name, "year": year.year, "cap": year.parameters["cap"].sum(), "level": level}

    def lay_out(last: Period, t: int) -> Year:
        return policy_year(system.theory, benchmark, paths, baseline, policy, last, t)

    return run.periods(baseline[0], lay_out, refusal)


@dataclass(frozen=True)
class _Run:
    """Years one after another under one closure, each kept once it is solved."""

    system: System
    benchmark: Benchmark
    paths: Paths
    policy: str | None
    active: tuple[str, ...]
    kept: Checkpoint
    log: Log

    def periods(self, first: Period, lay_out: Callable[[Period, int], Year], refusal: Refusal) -> list[Period]:
        """Every year from the first, which is solved.

        Parameters
        ----------
        lay_out : callable
            The year at a place of the path, given the period before it.
        refusal : callable
            Message for a year that could not be solved, given the period before and the points solved on the way.
        """
        out = [first]
        for t in range(1, len(self.paths.years)):
            year = lay_out(out[-1], t)
            if t == 1:
                self.system.require_sound(year.parameters, self.active)
            solution, p = self._solution(year, out[-1], refusal), year.parameters
            capital = (p["kcarry"] + p["kinv"] * solution.values["INV"]) * self.paths.capital
            out.append(Period(year.year, p, solution.values, solution, capital))
        return out

    def _solution(self, year: Year, last: Period, refusal: Refusal) -> Solution:
        """The solution kept of a year, or a new one.

        A year begins without the factorisation of the last, which is not kept: so a run that goes on after an
        interruption takes the same steps, to the last bit.
        """
        p, first = year.parameters, self.benchmark.parameters
        freed = {self.system.theory.equations[e].variable for e in self.active}
        given = {f"given {n}": v for n, v in year.start.items() if n not in freed}
        key, name = self.kept.key(p | given, self.active), self.policy or "baseline"
        solution = self.kept.load(self.policy, year.year, key)
        if solution is not None:
            self.log(step(message("solved_before", name=name, year=year.year), kept=True))
            return solution
        points: Points = []
        try:
            solution = self.system.follow(
                year.at, year.start, self.active, log=self.log,
                solved=lambda at, state: points.append((at, state)),
            )  # fmt: skip
        except ConvergenceError as error:
            code, words = refusal(year, last, points)
            stopped = _stopped(error, message("tried", reached=points[-1][0] if points else 0.0))
            raise _restated(error, message(code, stopped=stopped, **words)) from error
        self.kept.save(self.policy, year.year, key, solution, {n: v for n, v in p.items() if v is not first.get(n)})
        effort = {"iterations": solution.iterations, "residual": solution.max_residual}
        self.log(step(message("solved", name=name, year=year.year, **effort)))
        return solution
