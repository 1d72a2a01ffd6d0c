"""A study run whole: every scenario solved, with its indicators and checks."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cge.language.structure import inspect_structure, numeraires
from cge.measure.budgets import budgets
from cge.measure.energy import accounts
from cge.measure.goods import goods
from cge.measure.indicators import changes, levels
from cge.measure.industries import industries
from cge.runs.dynamics import run_policy
from cge.runs.place import held
from cge.runs.workers import as_they_come
from cge.study.economy import economy_for
from cge.study.model import WALRAS, Log, Model, Tuning, model_of, policy_of, solver_checks
from cge.study.results import Results, ResultsError, of_countries
from cge.study.scenario import Scenario, Study
from cge.theory.chapters import THEORY
from cge.theory.closures import CLOSURES
from cgebase.digest import digest, file_digest
from cgebase.messages import LANGUAGES, message
from cgebase.program import commit, program_digest, version
from cgebase.progress import step
from sam import paths as data
from sam.choices import Choices
from sam.country import Country
from sam.economy import Economy
from sam.matrix import SAM
from sam.regions import grouping
from sam.registry import NATION, SHIPPED

UNTUNED = Tuning()


@dataclass(frozen=True)
class Solved:
    """A solved scenario.

    Parameters
    ----------
    tidy : DataFrame
        Its indicators, rows of the results file.
    checks : dict of str to float
        Violations of the identities.
    active : tuple of str
        Equations of its closure and instruments.
    counts : dict
        Equations and unknowns of its last year, definitions included, and the variables that are given.
    """

    tidy: pd.DataFrame
    checks: dict[str, float]
    active: tuple[str, ...]
    counts: dict[str, Any]


def solve_scenario(model: Model, scenario: Scenario, log: Log = lambda _: None) -> Solved:
    """Solve a scenario and take what is reported of it.

    Raises
    ------
    ConvergenceError
        A year could not be solved.
    IdentityError
        Accounts do not close.
    """
    if scenario.is_baseline:
        run, active, beside = model.baseline, CLOSURES["baseline"], []
    else:
        policy = policy_of(model, scenario, log)
        run, active = run_policy(
            model.system, model.benchmark, model.paths, model.baseline, policy, name=scenario.id, log=log,
            kept=model.kept,
        ), policy.active  # fmt: skip
        beside = [changes(model.benchmark, model.baseline, run, scenario.id)]
    of_run = [table(model.benchmark, run, scenario.id) for table in (levels, accounts, goods, industries, budgets)]
    tidy, checks = pd.concat([*beside, *of_run], ignore_index=True), solver_checks(model, run, scenario.id)
    found = inspect_structure(THEORY, model.benchmark.sets, run[-1].parameters, active)
    return Solved(tidy, checks, active, found.counts)


def run(
    study: Study,
    *,
    aggregation: str | None = None,
    years: Sequence[int] | None = None,
    folder: Path | None = None,
    force: bool = False,
    complete: bool = True,
    progress: Log = lambda _: None,
    tuned: Model | None = None,
    tuning: Tuning = UNTUNED,
    workers: int = 1,
) -> Results:
    """Solve a study; what its folder holds of the same question is not solved again.

    Parameters
    ----------
    study : Study
    aggregation, years
        Instead of the study's own, see :meth:`Study.folder`.
    folder : Path, optional
        Where the results are saved, and solved periods kept.
    force : bool
        Solve anew over a complete run that is there.
    complete : bool
        Nothing follows that belongs to the results, such as reports.
    progress : callable
        Told each step in words.
    tuned : Model, optional
        A model at hand, instead of one that is made here.
    tuning : Tuning
        Fitted scalars of the model that is made here.
    workers : int
        Processes that policies are spread over; all share one model.

    Raises
    ------
    CompleteError
        The folder holds the complete run of another question.
    """
    aggregation, years = aggregation or study.base.sectors, tuple(years or study.time.years)
    asked = question(study, aggregation, years, asdict(tuned.tuning if tuned else tuning))

    def make() -> Results:
        begin = time.perf_counter()
        _announce(study, years, progress, solved=tuned is not None)
        model = tuned or replace(model_of(study, aggregation, years, log=progress, out=folder), tuning=tuning)
        solved = _solve_all(study, model, progress, workers)
        if model.kept is not None:
            model.kept.finish(solved, years)
        checks = {name: of.checks for name, of in solved.items()}
        counts = {name: of.counts for name, of in solved.items()}
        facts = manifest(study, model, aggregation, checks, time.perf_counter() - begin)
        rows, countries = of_countries(pd.concat([of.tidy for of in solved.values()], ignore_index=True))
        return Results(
            rows, facts | {"question": asked, "closures": counts}, study.model_dump(mode="json", by_alias=True),
            {name: list(of.active) for name, of in solved.items()}, countries=countries,
        )  # fmt: skip

    if folder is None:
        return make()
    with held(folder) as place:
        if place.holds(asked) and not (force and place.complete):
            progress(message("read_again"))
            return Results.load(folder)
        place.start(asked, force=force)
        results = make()
        results.save(folder, complete=complete)
    return results


def question(study: Study, aggregation: str | None, years: Sequence[int] | None, *more: Any) -> str:
    """Digest of all that results follow from: what is asked, the data, and the program."""
    aggregation, years = aggregation or study.base.sectors, tuple(years or study.time.years)
    own = study.base.folder
    files = sorted(p for p in own.glob("*") if p.is_file()) if own is not None else []
    data = {path.name: file_digest(path) for path in files}
    if study.base.regions:
        data["regions"] = digest(*(f"{p} {r}" for p, r in grouping(study.base.regions).items()))
    return digest(study.model_dump_json(by_alias=True), aggregation, list(years), data, program_digest(), more)


def _announce(study: Study, years: Sequence[int], progress: Log, *, solved: bool) -> None:
    """Say how many years of how many scenarios are ahead; a tuned model has its baseline solved."""
    count = sum(not (solved and s.is_baseline) for s in study.scenarios)
    words = message("ahead", scenarios=len(study.scenarios), years=len(years) - 1)
    progress(step(words, ahead=count * (len(years) - 1)))


def _solve_all(study: Study, model: Model, progress: Log, workers: int) -> dict[str, Solved]:
    """Every scenario by name, in the order of the study; policies side by side, as long as no process dies."""
    policies = [s for s in study.scenarios if not s.is_baseline]
    # Baselines first: what they load and evaluate is shared by all processes.
    found = {s.id: solve_scenario(model, s, progress) for s in study.scenarios if s.is_baseline}
    if workers > 1 and len(policies) > 1:
        calls = [partial(solve_scenario, model, s) for s in policies]
        try:
            for k, result in as_they_come(calls, workers):
                found[policies[k].id] = result
                progress(step(message("scenario_solved", name=policies[k].id), len(model.paths.years) - 1))
        except BrokenProcessPool:
            progress(message("process_died"))
    return {s.id: found.get(s.id) or solve_scenario(model, s, progress) for s in study.scenarios}


def sam_digest(sam: SAM) -> str:
    """Digest of the cells of a SAM with their accounts, bit for bit."""
    cells = sam.cells
    names = ("\n".join(cells[k].astype(str)) for k in ("row", "column"))
    return digest(sam.unit, sam.year, *names, cells["value"].to_numpy(float))


def economy_of(made: Mapping[str, Any]) -> Economy:
    """The economy of a finished run, by its manifest.

    Raises
    ------
    SAMError
        It cannot be read any more.
    ResultsError
        Another SAM stands there now.
    """
    own = None if made["sam"] == SHIPPED else Path(made["sam"])
    economy = economy_for(made["aggregation"], own, Choices(**made["sam_choices"]),
                          regions=made.get("regions", ""))
    now = sam_digest(economy.sam)
    if now != made["sam_digest"]:
        raise ResultsError(message("CGE355.sam", sam=made["sam"], found=made["sam_digest"][:12], expected=now[:12]))
    return economy


def said_of(country: Country) -> dict[str, Any]:
    """What results say of a country that the shipped tables do not speak of."""
    codes = (NATION, *country.codes, *country.nations.values(), *country.roles, *country.household_codes)
    named = {code: words for code in codes if (words := country.words(code)) is not None}
    return {
        "code": country.list_name, "countries": len(set(country.nations.values())) or 1,
        "currency": country.currency, "rate": country.rate, "year": country.year, "begin": country.begin,
        "tiles": {code: list(at) for code, at in country.tiles.items()},
        "names": {code: [words.text(x) for x in LANGUAGES] for code, words in named.items()},
    }  # fmt: skip


def manifest(study: Study, model: Model, aggregation: str, found: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What was asked, with which data, parameters and programs, and how it was solved."""
    import llvmlite
    import scipy
    import sympy

    sam, (code, modified) = model.benchmark.economy.sam, commit()
    country = model.benchmark.economy.country
    of_study = {"region": data.FOCUS, "price_ratio": data.xinjiang_price_ratio(),
                "gdp": {str(y): v for y, v in data.xinjiang_study_gdp().items()}}  # fmt: skip
    beside = {"study_gdp": of_study} if country.published else {"country": said_of(country)}
    return {
        "study": study.id, "sam": study.base.sam, "regions": study.base.regions,
        "sam_digest": sam_digest(sam), "sam_choices": asdict(sam.choices),
        "sam_sources": list(sam.sources), "aggregation": aggregation, "years": list(model.paths.years),
        "baseline": study.baseline.chosen,
        **beside,
        "program": version(), "commit": code, "modified": modified,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
                     "sympy": sympy.__version__, "llvmlite": llvmlite.__version__, "pandas": pd.__version__},
        "parameter_set": model.parameter_set, "fitted": asdict(model.tuning),
        "parameter_digest": model.parameters.digest(),
        "changed_parameters": {f"{p}[{i}]": v for (p, i), v in model.parameters.changed.items()},
        "numeraire": ", ".join(dict.fromkeys(THEORY.equations[n].ref for n in numeraires(THEORY, CLOSURES["policy"]))),
        "walras_equation": WALRAS,
        "checks": found, "seconds": round(seconds, 1),
    }  # fmt: skip
