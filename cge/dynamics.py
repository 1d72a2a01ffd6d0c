"""Recursive dynamics: the baseline that hits its targets, and policy runs beside it.

Capital accumulates in its province, K(t+n) = (1-d)^n K + [(1-(1-d)^n)/d] (I(t) + I(t+n)) / 2. The baseline
frees productivity and energy efficiency of every province to hit GDP and emissions; policy runs take both,
the power mix, resource supplies and real transfers from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cge.calibration import Benchmark
from cge.checkpoint import Checkpoint
from cge.closures import CLOSURES, Choice, policy_closure
from cge.errors import ConvergenceError
from cge.policies import Facts, Instrument
from cge.structure import inspect_structure
from cge.system import Solution, System
from cge.vintages import hardened, old_share
from sam.messages import Message, listed, message

Array = np.ndarray
Log = Callable[[str], None]

@dataclass(frozen=True)
class Paths:
    """Exogenous paths over the run's years (first dimension), base year first.

    Parameters
    ----------
    years : tuple of int
    gdp, emissions : ndarray, (t, r)
        Baseline targets, 1e8 CNY of base-year prices and Mt.
    heads : ndarray, (t, r)
        Share of each province in national population.
    labour, subsistence : ndarray, (t, r)
        Index, base year = 1; subsistence consumption of the LES.
    saving : ndarray, (t,)
        Saving-rate index, base year = 1.
    mix : ndarray, (t, a, r)
        Baseline share of each technology in the TWh of its province.
    process : ndarray, (t,)
        Process CO2 per real output, base year = 1.
    cost : ndarray, (t, a)
        Technology cost index, base year = 1.
    electrification : ndarray, (t, a)
        Elasticity between electricity and fuels.
    capital : ndarray, (r,)
        Base-year capital stock, 1e8 CNY.
    depreciation : float
        Per year.
    """

    years: tuple[int, ...]
    gdp: Array
    emissions: Array
    heads: Array
    labour: Array
    subsistence: Array
    saving: Array
    mix: Array
    process: Array
    cost: Array
    electrification: Array
    capital: Array
    depreciation: float


@dataclass(frozen=True)
class Period:
    """One solved year: its parameters, values and what the solver said."""

    year: int
    parameters: dict[str, Array]
    values: dict[str, Array]
    solution: Solution
    capital: Array


@dataclass(frozen=True)
class Policy:
    """Instruments of a run, by year.

    Parameters
    ----------
    caps : mapping of int to ndarray (r,)
        Cap of each province in Mt; a year without entry has no cap.
    trade : tuple of tuple of int
        Groups of provinces that trade permits with each other; every other province is alone.
    gamma_technology, gamma_origin : float
        Logit exponents of the power sector.
    closure : mapping of axis to option
        Swaps of the policy closure, see :data:`cge.closures.SWAPS`.
    abatement_cost : float
        Factor on the cost of every abatement curve.
    instruments : tuple of Instrument
        Whatever else acts, see :mod:`cge.policies`.
    """

    caps: Mapping[int, Array]
    trade: tuple[tuple[int, ...], ...]
    gamma_technology: float
    gamma_origin: float
    closure: Choice = field(default_factory=dict)
    abatement_cost: float = 1.0
    instruments: tuple[Instrument, ...] = ()

    @property
    def active(self) -> tuple[str, ...]:
        """Equations of the closure and of every instrument."""
        return (*policy_closure(self.closure), *dict.fromkeys(e for i in self.instruments for e in i.equations))

    def has_market(self, year: int) -> bool:
        """Whether emissions are capped in a year, absolutely or per output or GDP."""
        return year in self.caps or any(i.market and year >= i.start_year for i in self.instruments)


LEAST_RENT = 1e-3
"""First guess of rents that nearly vanished last period: falling again takes one Newton step, rising takes many."""


def carry(capital: Array, investment: Array, years: int, paths: Paths) -> tuple[Array, Array]:
    """Weights of this period's capital market.

    Returns
    -------
    kcarry, kinv : ndarray, (r,)
        Carried stock over the base-year stock, and weight of this period's investment in it.
    """
    d = paths.depreciation
    keep = (1 - d) ** years
    half = (1 - keep) / d / 2
    return (keep * capital + half * investment) / paths.capital, half / paths.capital


def line_flows(period: Period) -> Array:
    """Busbar electricity bought in ``s`` from ``r``, (r, s), TWh."""
    return period.values["SB"] * period.values["DB"][None]


def line_capacity(benchmark: Benchmark, base: Period) -> Array:
    """Most that each line between provinces carries in a year, (r, s), TWh; 0 where there is none.

    Capacity grows with the nation's electricity use in the baseline and carries at least what the baseline sends.
    """
    first = benchmark.parameters
    growth = (base.values["DB"].sum() / first["qb0"].sum()) ** benchmark.line_growth
    return np.where(first["lmax"] > 0, np.maximum(first["lmax"] * growth, line_flows(base)), 0.0)


def capital_use(period: Period) -> Array:
    """Capital services used by each activity, (a, r), 1e8 CNY at base-year prices."""
    v, p = period.values, period.parameters
    there = p["theta_capital"] > 0
    price = np.where(there, v["RK"] * v["RKX"], 1.0)
    ratio = np.where(there, v["P_va"], 1.0) * v["TFP"] / price
    use = v["Q_va"] / v["TFP"] * p["theta_capital"] * ratio ** p["sigma_va"][:, None]
    return np.where(there, use, 0.0)


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
        p["subs"] = paths.subsistence[t]
        p["mps"] = p0["mps"] * paths.saving[t]
        p["sg_ref"] = paths.mix[t]
        p["gcost"] = paths.cost[t]
        p["sigma_ene"] = paths.electrification[t]
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
            sol = _solved(kept, "baseline", paths.years[t], p, p0, CLOSURES["baseline"], solve, log)
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
    active: Sequence[str],
    solve: Callable[[], Solution],
    log: Log,
) -> Solution:
    """The period from the checkpoint, or solved now and kept."""
    key = kept.key(p, active)
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
    nr = len(benchmark.sets["r"])
    member, market, traded = np.eye(nr), np.ones(nr), np.zeros(nr)
    for group in policy.trade:
        lead = group[0]
        for k in group:
            member[:, k] = 0.0
            member[lead, k] = 1.0
            market[k] = float(k == lead)
            traded[k] = 1.0
    active = policy.active
    periods = [baseline[0]]
    factor = None
    for t in range(1, len(paths.years)):
        year, base, last = paths.years[t], baseline[t], periods[-1]
        p = dict(base.parameters)
        p["kcarry"], p["kinv"] = carry(last.capital, last.values["INV"], year - last.year, paths)
        p["gamma_g"], p["gamma_n"] = np.array(policy.gamma_technology), np.array(policy.gamma_origin)
        p["hab"], p["habh"] = p["hab"] * policy.abatement_cost, p["habh"] * policy.abatement_cost
        p["pg_ref"] = np.where(p["gen"] > 0, base.values["CG"], 1.0)
        p["pb_ref"] = base.values["PXB"]
        p["rsup"] = np.where(p["res"] > 0, base.values["DR"], 0.0)
        p["w_ref"], p["rk_ref"], p["exr_ref"] = base.values["W"], base.values["RK"], base.values["EXR"]
        p["cres_ref"] = base.values["CRES"]
        p["inv_ref"], p["lst_ref"] = np.array(base.values["INV"].sum()), base.values["LST"]
        p["kfix"] = base.capital / paths.capital
        p["member"], p["market"], p["traded"] = member, market, traded
        p["cap0"] = member @ benchmark.parameters["em0"]
        p["cap0"] = np.where(p["cap0"] > 0, p["cap0"], 1.0)
        p["cap"] = policy.caps.get(year, base.values["EM"])
        share = capital_use(base) / base.values["KD"]
        p["kshr"] = np.where(share > 0, share, 0.0)
        p["kold"] = capital_use(last) * benchmark.vintage_share * (1 - paths.depreciation) ** (year - last.year)
        if policy.closure.get("capital") == "vintage":
            p.update(hardened(base.parameters, base.values, old_share(p["kold"], capital_use(base))))
        p["lmax"] = line_capacity(benchmark, base)
        facts = Facts(year, paths.years[0], benchmark.sets, benchmark.parameters, base.values,
                      base.parameters | {"lmax": p["lmax"]}, paths.heads[t])  # fmt: skip
        easing: dict[str, Array] = {}
        for instrument in policy.instruments:
            p.update(instrument.parameters(facts))
            easing.update(instrument.beginning(facts))
        covered = (p["cover"] * base.values["EMA"]).sum(0) + p["coverh"] * base.values["EMH"]
        p["market"] = market * (member @ covered > 0) * policy.has_market(year)
        if t == 1:
            inspect_structure(system.theory, system.sets, p, active).require()
        start = {}
        for n in benchmark.start:
            then, now = baseline[t - 1].values[n], base.values[n]
            if system.theory.families[n].log:
                start[n] = now * (last.values[n] / then)
            else:
                start[n] = now + (last.values[n] - then)
        start["TFP"], start["EFF"] = base.values["TFP"], base.values["EFF"]
        for instrument in policy.instruments:
            start.update(instrument.values(facts))
        start["PR"] = np.maximum(start["PR"], LEAST_RENT)
        start["PCO2"] = np.where(p["market"] > 0, np.maximum(last.values["PCO2"], 0.05), 0.0)
        reached = np.where(market > 0, member @ last.values["EM"], 0.0)
        capped = member @ p["cap"]
        ratio = np.divide(reached, capped, out=np.ones(nr), where=capped > 0)
        cap_from = p["cap"] * (member.T @ np.where(market > 0, ratio, 0.0))

        on_way: list[tuple[float, float]] = []

        def moved(lam: float, *, p=p, cap_from=cap_from, easing=easing) -> dict[str, Array]:  # type: ignore[no-untyped-def]
            eased = {n: (1 - lam) * v + lam * p[n] for n, v in easing.items()}
            return {**p, **eased, "cap": cap_from ** (1 - lam) * p["cap"] ** lam}

        def solve(*, start=start, factor=factor, moved=moved, on_way=on_way) -> Solution:  # type: ignore[no-untyped-def]
            return system.follow(
                moved, start, active, factor=factor, log=log,
                solved=lambda at, s: on_way.append((at, float(s.values["EM"].sum()))),
            )  # fmt: skip

        try:
            sol = _solved(kept, name, year, p, benchmark.parameters, active, solve, log)
        except ConvergenceError as error:
            base_year = float(benchmark.parameters["em0"].sum())
            far, lowest = on_way[-1] if on_way else (0.0, float(last.values["EM"].sum()))
            level = message("level", mt=lowest, share=lowest / base_year, year=paths.years[0])
            stopped = _stopped(error, message("tried", reached=far))
            said = {"scenario": name, "year": year, "cap": p["cap"].sum(), "level": level, "stopped": stopped}
            key = "CGE502" if year in policy.caps else "CGE502.instruments"
            raise _restated(error, message(key, **said)) from error
        factor = sol.factor
        periods.append(Period(year, p, sol.values, sol, _capital(p, sol.values, paths)))
    return periods
