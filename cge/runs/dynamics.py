"""Recursive dynamics: the baseline that hits its targets, and policy runs beside it.

Capital accumulates in its province, K(t+n) = (1-d)^n K + [(1-(1-d)^n)/d] (I(t) + I(t+n)) / 2. The baseline
frees productivity and energy efficiency of every province to hit GDP and emissions; policy runs take both,
the power mix, resource supplies and real transfers from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cge.calibrate.benchmark import Benchmark
from cge.language.structure import inspect_structure
from cge.runs.engel import demand_of_year
from cge.runs.periods import Paths, Period, Policy, carry
from cge.runs.policy_year import policy_year
from cge.runs.store import Checkpoint
from cge.solve.system import Solution, System
from cge.theory.closures import CLOSURES
from cgebase.arrays import Array
from cgebase.errors import ConvergenceError
from cgebase.messages import Message, listed, message

Log = Callable[[str], None]


def run_benchmark(system: System, benchmark: Benchmark) -> Solution:
    """Replicate the base year; converges in zero iterations or the calibration is wrong."""
    try:
        return system.solve(benchmark.parameters, benchmark.start, CLOSURES["benchmark"], max_iter=0)
    except ConvergenceError as error:
        raise _restated(error, message("CGE504", stopped=_stopped(error, message("tried_start")))) from error


def _stopped(error: ConvergenceError, tried: Message) -> Message:
    rows: list[Any] = list(error.worst)
    worst = listed(f"{n} [{', '.join(labels)}] {size:.2e}" for n, labels, size in rows)
    status = message(f"status.{error.status.replace(' ', '_')}")
    return message("stopped", status=status, iterations=error.iterations, tried=tried, worst=worst)


def _restated(error: ConvergenceError, said: Message) -> ConvergenceError:
    return ConvergenceError(said, status=error.status, iterations=error.iterations, worst=error.worst)


def run_baseline(
    system: System, benchmark: Benchmark, paths: Paths, *, log: Log, kept: Checkpoint | None = None
) -> list[Period]:
    """Solve the path without policy, hitting GDP and emissions of every province in every year."""
    kept = kept or Checkpoint(None, system)
    periods: list[Period] = []
    first = run_benchmark(system, benchmark)
    p0 = benchmark.parameters
    periods.append(Period(paths.years[0], p0, first.values, first, paths.capital))
    factor = None
    for t in range(1, len(paths.years)):
        last = periods[-1]
        step = paths.years[t] - paths.years[t - 1]
        p = dict(p0)
        p["grow"] = np.array(paths.gdp[t].sum() / paths.gdp[0].sum())
        p["labour"] = p0["labour"] * paths.labour[t]
        p |= demand_of_year(p0, last, paths, t)
        p["harrod"] = np.array(paths.harrod)
        p["mps"] = p0["mps"] * paths.saving[t]
        p["sg_ref"] = paths.mix[t]
        p["gcost"] = paths.cost[t]
        p["sigma_ene"], p["sigma_he"] = paths.electrification[t], paths.household_energy[t]
        p["epsp"] = p0["epsp"] * paths.process[t]
        p["res"] = np.where((p0["gen"] > 0) & (paths.mix[t] > 0), p0["theta_resource"] > 0, p0["res"]).astype(float)
        p["gdp_target"], p["em_target"] = paths.gdp[t], paths.emissions[t]
        p["kcarry"], p["kinv"] = carry(last.capital, last.values["INV"], step, paths)
        if t == 1:
            inspect_structure(system.theory, system.sets, p, CLOSURES["baseline"]).require()
        growth = paths.gdp[t] / paths.gdp[t - 1]
        start = {k: last.values[k].copy() for k in benchmark.start}
        for k in ("QA", "QB", "LST", "TFP", "QMG"):
            start[k] = start[k] * growth
        start["W"] = start["W"] * growth
        old = last.parameters
        reached = [0.0]

        def moved(lam: float, *, old=old, p=p) -> dict[str, Array]:  # type: ignore[no-untyped-def]
            return {k: (v if v is old[k] else (1 - lam) * old[k] + lam * v) for k, v in p.items()}

        def solve(*, start=start, factor=factor, moved=moved, reached=reached) -> Solution:  # type: ignore[no-untyped-def]
            return system.follow(
                moved, start, CLOSURES["baseline"], factor=factor, log=log, solved=lambda at, _: reached.append(at)
            )

        try:
            sol = _solved(kept, "baseline", paths.years[t], p, p0, {}, CLOSURES["baseline"], solve, log)
        except ConvergenceError as error:
            stopped = _stopped(error, message("tried", reached=max(reached)))
            raise _restated(error, message("CGE503", year=paths.years[t], stopped=stopped)) from error
        factor = sol.factor
        periods.append(Period(paths.years[t], p, sol.values, sol, _capital(p, sol.values, paths)))
    return periods


def _solved(
    kept: Checkpoint,
    run: str,
    year: int,
    p: Mapping[str, Array],
    p0: Mapping[str, Array],
    given: Mapping[str, Array],
    active: Sequence[str],
    solve: Callable[[], Solution],
    log: Log,
) -> Solution:
    """The period from the checkpoint, or solved now and kept; ``given`` are variables that no equation frees."""
    key = kept.key({**p, **{f"given {n}": v for n, v in given.items()}}, active)
    sol = kept.load(run, year, key)
    if sol is not None:
        log(f"{run} {year}: solved before the interruption")
        return sol
    sol = solve()
    kept.save(run, year, key, sol, {n: v for n, v in p.items() if v is not p0.get(n)})
    log(f"{run} {year}: {sol.iterations} iterations, residual {sol.max_residual:.1e}")
    return sol


def _capital(p: Mapping[str, Array], values: Mapping[str, Array], paths: Paths) -> Array:
    return (p["kcarry"] + p["kinv"] * values["INV"]) * paths.capital


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
    kept = kept or Checkpoint(None, system)
    active = policy.active
    periods = [baseline[0]]
    factor = None
    for t in range(1, len(paths.years)):
        last = periods[-1]
        year = policy_year(system.theory, benchmark, paths, baseline, policy, last, t)
        if t == 1:
            inspect_structure(system.theory, system.sets, year.parameters, active).require()
        on_way: list[tuple[float, float]] = []

        def solve(*, year=year, factor=factor, on_way=on_way) -> Solution:  # type: ignore[no-untyped-def]
            return system.follow(
                year.at, year.start, active, factor=factor, log=log,
                solved=lambda at, s: on_way.append((at, float(s.values["EM"].sum()))),
            )  # fmt: skip

        freed = {system.theory.equations[e].variable for e in active}
        p, given = year.parameters, {n: v for n, v in year.start.items() if n not in freed}
        try:
            sol = _solved(kept, name, year.year, p, benchmark.parameters, given, active, solve, log)
        except ConvergenceError as error:
            base_year = float(benchmark.parameters["em0"].sum())
            far, lowest = on_way[-1] if on_way else (0.0, float(last.values["EM"].sum()))
            level = message("level", mt=lowest, share=lowest / base_year, year=paths.years[0])
            stopped = _stopped(error, message("tried", reached=far))
            said = {"scenario": name, "year": year.year, "cap": p["cap"].sum(), "level": level, "stopped": stopped}
            key = "CGE502" if year.year in policy.caps else "CGE502.instruments"
            raise _restated(error, message(key, **said)) from error
        factor = sol.factor
        periods.append(Period(year.year, p, sol.values, sol, _capital(p, sol.values, paths)))
    return periods
