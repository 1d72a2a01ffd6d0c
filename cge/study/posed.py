"""A study before its first solve: economy, calibration and paths, and the refusal of what they cannot carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from cge.calibrate.benchmark import Benchmark, calibrate
from cge.calibrate.parameters import ParameterSet, load_parameters
from cge.language.structure import inspect_structure
from cge.policies import Facts
from cge.policies.allocation import EQUAL_LOSS, EXPONENTS, Drivers, allocate, mix
from cge.runs.baseline_paths import build_paths
from cge.runs.periods import Paths
from cge.runs.policy_year import chosen_by_country
from cge.study.base import Base
from cge.study.baseline import Baseline
from cge.study.economy import economy_for, of_package
from cge.study.scenario import Cap, Parameters, Scenario, Study
from cge.theory.chapters import THEORY
from cge.theory.closures import displaces_fuel, policy_closure
from cge.theory.nests import HOUSEHOLD_ENERGY
from cgebase.arrays import Array
from cgebase.brief import Brief
from cgebase.errors import CGEError, InfeasibleCapError, ScenarioError
from cgebase.messages import Message, both, joined, listed, message
from sam.classification import BUSBAR
from sam.economy import refuse_other_codes, refuse_other_year
from sam.registry import region_words
from sam.validate import refuse_faults

Log = Callable[[Message], None]
USUAL_DATA, USUAL, AS_SHIPPED = Base(), Baseline(), Parameters()
OF_CHINA = ("first_years", "gdp", "population", "emissions", "mix", "technology")
"""Choices of the baseline between paths that are China's."""
PER_HEAD = ("population", "stage")
"""Factors of allocation rules that need people."""


@dataclass(frozen=True, repr=False)
class Posed(Brief):
    """A calibrated model and its paths, of which nothing is solved."""

    benchmark: Benchmark
    parameters: ParameterSet
    paths: Paths


def pose(
    aggregation: str, years: Sequence[int], *, base: Base = USUAL_DATA, baseline: Baseline = USUAL,
    changes: Parameters = AS_SHIPPED, scenarios: Sequence[Scenario] = (), log: Log = lambda _: None,
) -> Posed:  # fmt: skip
    """Load, check and calibrate an economy, and lay out its paths.

    Parameters
    ----------
    base : Base
        Economy, and choices it is built with.
    baseline : Baseline
        Paths that the baseline hits.
    changes : Parameters
        Values of parameters instead of those of the tables.
    scenarios : sequence of Scenario
        What will be asked of it.

    Raises
    ------
    SAMError
        The economy cannot be read, is of another year or other codes, or has faults.
    CalibrationError
        Its cells cannot carry the functional forms.
    ScenarioError
        Scenarios ask for what the economy does not have; all such faults.
    """
    economy = economy_for(aggregation, base.folder, base.built, log, regions=base.regions)
    country = economy.country
    if years[0] != country.year or years[-1] > country.last_year:
        raise ScenarioError(message("CGE107", first=country.year, last=country.last_year, found=list(years)))
    if not country.published:
        if aggregation != country.list_name:
            raise ScenarioError(message("CGE166", table=f"aggregation {aggregation}", sam=base.sam))
        refuse_faults(economy)
        chosen = [k for k in OF_CHINA if getattr(baseline, k) != getattr(USUAL, k)]
        if chosen:
            raise ScenarioError(message("CGE168", keys=listed(chosen)))
    elif base.folder is not None or (base.regions and not of_package(None, base.built, base.regions)):
        refuse_other_codes(economy, aggregation, grouped=True)
        refuse_other_year(economy, economy.country.year)
        refuse_faults(economy)
    tables = load_parameters(aggregation, economy.activities, economy.commodities, country=economy.country)
    parameters = changes.on(tables)
    benchmark = calibrate(economy, parameters)
    paths = build_paths(benchmark, parameters, years, **baseline.chosen)
    faults = [*_out_of_time(benchmark, baseline, scenarios, years[-1]), *_faults(benchmark, scenarios, years)]
    if faults:
        raise ScenarioError(joined(message("CGE119", count=len(faults)), faults) if faults[1:] else faults[0])
    return Posed(benchmark, parameters, paths)


def pose_study(study: Study, aggregation: str | None = None, years: Sequence[int] | None = None) -> Posed:
    """A study posed, see :func:`pose`; ``aggregation`` and ``years`` instead of its own."""
    return pose(
        aggregation or study.base.sectors, tuple(years or study.time.years), base=study.base,
        baseline=study.baseline, changes=study.parameters, scenarios=study.scenarios,
    )  # fmt: skip


def _out_of_time(
    benchmark: Benchmark, baseline: Baseline, scenarios: Sequence[Scenario], end: int
) -> Iterator[Message]:
    """Policies that would act in years that are observed, or begin after the last that is solved."""
    first, last = benchmark.economy.sam.year, benchmark.economy.country.observed(baseline.first_years)
    for scenario in scenarios:
        starts = {name: i.start_year for name, i in scenario.instruments.items()}
        starts |= {"cap": scenario.cap.start_year} if scenario.cap is not None else {}
        for table, start in starts.items():
            where = f"scenario[{scenario.id}].{table}"
            if first < last >= start:
                yield message("CGE129", table=where, start=start, latest=last)
            elif start > end and scenario.expect is None:
                yield message("CGE129.late", table=where, start=start, last=end)


def _faults(benchmark: Benchmark, scenarios: Sequence[Scenario], years: Sequence[int]) -> Iterator[Message]:
    """What scenarios ask that the economy does not have, by scenario and table."""
    year = benchmark.economy.sam.year
    facts = Facts(year, year, benchmark.sets, {}, {}, benchmark.parameters, np.empty(0),
                  benchmark.distance)  # fmt: skip
    weighed = cache(partial(drivers, benchmark))
    square = cache(partial(_refuse_not_square, benchmark))
    for scenario in scenarios:
        named = [p for group in scenario.trading.groups for p in group]
        named += [n for name in (scenario.cap.provinces if scenario.cap else ()) for n in name.split("+")]
        try:
            facts.members("r", named, "provinces")
        except CGEError as error:
            yield message("CGE116", where=f"scenario[{scenario.id}]", fault=both(error))
            continue
        lacking = _lacking(benchmark, scenario)
        if lacking:
            yield message("CGE116", where=f"scenario[{scenario.id}]", fault=listed(lacking))
            continue
        asked: list[tuple[str, Callable[[], None]]] = [
            ("", partial(instrument.refuse_unknown, facts)) for instrument in scenario.instruments.values()
        ]
        if scenario.cap is not None and scenario.cap.allocation != EQUAL_LOSS:
            asked.append((".cap", partial(_refuse_cap, benchmark, scenario.cap, weighed, years)))
        if not scenario.is_baseline:
            more = (e for i in scenario.instruments.values() for e in i.equations)
            choice = scenario.closure.model_dump()
            by_country = chosen_by_country(benchmark, choice)
            check = partial(_refuse_not_square, benchmark, given=by_country) if by_country else square
            asked.append((".closure", partial(check, (*policy_closure(choice), *more))))
        for table, refuse in asked:
            try:
                refuse()
            except CGEError as error:
                yield message("CGE116", where=f"scenario[{scenario.id}]{table}", fault=both(error))


def _lacking(benchmark: Benchmark, scenario: Scenario) -> list[Message]:
    """What a scenario asks of an economy without generation in TWh, without emissions, or of unknown people."""
    country, p, out = benchmark.economy.country, benchmark.parameters, []
    in_twh = [n for n, instrument in scenario.instruments.items() if instrument.in_twh]
    priced = ([] if scenario.cap is None else ["cap"]) + [n for n in scenario.instruments if n not in in_twh]
    if not p["grid"].any():
        out += [message("CGE169.table", table=n) for n in in_twh]
        if scenario.cap is not None and {"role"} & set(_weighed(scenario.cap)):
            out.append(message("CGE169.rule", rule=scenario.cap.allocation))
    if not country.published and displaces_fuel(policy_closure(scenario.closure.model_dump())):
        out.append(message("CGE169.closure"))
    if not p["em0"].all() and priced:
        without = [r for r, mt in zip(benchmark.sets["r"], p["em0"], strict=True) if mt <= 0]
        out.append(message("CGE170", regions=listed(without), tables=listed(priced)))
    weighed = set() if scenario.cap is None else set(_weighed(scenario.cap))
    if np.isnan(country.people(benchmark.held)).any() and weighed & set(PER_HEAD):
        out.append(message("CGE171.rule", rule=scenario.cap.allocation if scenario.cap else ""))
    if np.isnan(country.settled(benchmark.held)).any() and getattr(
        scenario.instruments.get("revenue"), "dividend", 0
    ):
        out.append(message("CGE171.revenue"))
    years = {"cap": scenario.cap, **scenario.instruments}
    for table, given in years.items():
        if given is not None and not country.year <= given.start_year <= given.end_year <= country.last_year:
            out.append(message("CGE172", table=table, first=country.year, last=country.last_year))
    return out


def _weighed(cap: Cap) -> list[str]:
    """Factors that a cap's rule weighs; equal losses weigh none."""
    return [] if cap.allocation == EQUAL_LOSS else [name for name, power in cap.rule.items() if power]


def _refuse_cap(benchmark: Benchmark, cap: Cap, weighed: Callable[[], Drivers], years: Sequence[int]) -> None:
    caps_by_year(benchmark, cap, ruled_shares(benchmark, cap, weighed()), years)


def _refuse_not_square(benchmark: Benchmark, active: tuple[str, ...], given: Mapping[str, Array] | None = None) -> None:
    asked = {"market": benchmark.parameters["market"] + 1.0, "displaces": np.array(float(displaces_fuel(active)))}
    inspect_structure(THEORY, benchmark.sets, benchmark.parameters | asked | dict(given or {}), active).require()


def drivers(benchmark: Benchmark) -> Drivers:
    """Base-year facts that allocation rules weigh."""
    economy, regions = benchmark.economy, list(benchmark.sets["r"])
    made = economy.generation.groupby("region")["twh"].sum().reindex(regions).to_numpy(float)
    used = economy.electricity_use.set_index("region")["twh"].reindex(regions).to_numpy(float)
    return Drivers(
        gdp=benchmark.parameters["gdp0"], population=economy.country.people(benchmark.held), generation=made,
        electricity_use=used, energy_exports=energy_exports(benchmark),
    )  # fmt: skip


def energy_exports(benchmark: Benchmark) -> Array:
    """Net energy sold to other provinces and abroad in the base year, (r,), 1e8 CNY."""
    cells = benchmark.economy.sam.cells
    row, column = (_parts(cells[k]) for k in ("row", "column"))
    traded = (row[1] == column[1]) & row[0].eq("com") & column[0].eq("com")
    country = benchmark.economy.country
    energy = {k for k in benchmark.sets["c"] if country.role(k) in (*HOUSEHOLD_ENERGY, BUSBAR)}
    sold = row[0].eq("com") & row[1].isin(energy) & (traded | column[0].eq("row"))
    bought = column[0].eq("com") & column[1].isin(energy) & (traded | row[0].eq("row"))
    out = cells["value"][sold].groupby(row[2][sold]).sum()
    into = cells["value"][bought].groupby(column[2][bought]).sum()
    regions = list(benchmark.sets["r"])
    return (out.reindex(regions).fillna(0.0) - into.reindex(regions).fillna(0.0)).to_numpy(float)


def _parts(accounts: pd.Series) -> pd.DataFrame:
    """Kind, code and region in the names of accounts, each name split once."""
    places, names = pd.factorize(accounts)
    return pd.Series(names).str.split(":", expand=True).take(places).set_axis(accounts.index)


def ruled_shares(benchmark: Benchmark, cap: Cap, facts: Drivers, energy_base: float = 0.0) -> Array:
    """Cap of the end year as a share of each province's own base-year emissions by a rule of drivers, (r,).

    Parameters
    ----------
    energy_base : float
        Weight of the rule of that name in the role-and-stage allocation.
    """
    em0 = benchmark.parameters["em0"]
    by = partial(allocate, em0, facts, target=cap.target(em0), bounds=cap.bounds)
    shares = by(cap.rule)
    if cap.allocation == "role-and-stage" and energy_base > 0:
        other = by(EXPONENTS["energy-base"])
        return mix([shares, other], [1 - energy_base, energy_base])
    return shares


def caps_by_year(benchmark: Benchmark, cap: Cap, shares: Array, years: Sequence[int]) -> dict[int, Array]:
    """Caps of every year from their start on, Mt, (r,), for the ``shares`` of their end.

    Raises
    ------
    InfeasibleCapError
        Caps of zero or less; lower limits are found and named by the solver.
    """
    regions = list(benchmark.sets["r"])
    table = cap.table(regions, benchmark.parameters["em0"], shares, years)
    caps = {y: table[t] for t, y in enumerate(years) if y >= cap.start_year}
    bad = np.flatnonzero(np.min([*caps.values()], axis=0, initial=np.inf) <= 0)
    if bad.size:
        raise InfeasibleCapError(message("CGE501", names=listed(region_words(regions[k]) for k in bad)))
    return caps
